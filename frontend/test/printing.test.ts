import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { tellUnprinted } from "../offline/printing";

/** A window of which only what it prints by is there. */
const frameOf = (print = () => {}): Window => Object.assign(new EventTarget(), { print }) as unknown as Window;

describe("printing", () => {
  const said = () => document.querySelector("dialog")?.textContent ?? "";
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is said to be forbidden where it does not begin", () => {
    const frame = frameOf();
    tellUnprinted(frame);
    frame.print();
    vi.runAllTimers();
    expect(said()).toMatch(/to_html\("report\.html"\).*Close/);
    document.querySelector("button")!.click();
    expect(said()).toBe("");
  });

  it("is said nothing of where it begins", () => {
    const frame: Window = frameOf(() => void frame.dispatchEvent(new Event("beforeprint")));
    tellUnprinted(frame);
    frame.print();
    vi.runAllTimers();
    expect(said()).toBe("");
  });
});

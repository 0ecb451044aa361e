import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { passWheel } from "../src/wheel";

const posted = vi.fn();

const around = { postMessage: posted } as unknown as Window;

/** A window that passes its wheel on, of which only what it listens by is there. */
function frameOf(): Window {
  const frame = new EventTarget() as Window;
  passWheel(frame, around);
  return frame;
}

/** An element that is so far scrolled, of 1,000 pixels in a box of 100. */
function boxOf(overflowY: string, scrollTop: number): HTMLElement {
  const box = document.createElement("div");
  box.style.overflowY = overflowY;
  for (const [name, value] of Object.entries({ scrollTop, scrollHeight: 1000, clientHeight: 100 })) Object.defineProperty(box, name, { value });
  document.body.append(box);
  return box;
}

/** A turn of the wheel over something, at a time. */
function turn(over: EventTarget, deltaY: number, timeStamp: number, more: object = {}): Event {
  const event = new Event("wheel", { cancelable: true });
  const set = { deltaY, deltaMode: 0, ctrlKey: false, timeStamp, composedPath: () => [over, document.body, document, window], ...more };
  for (const [name, value] of Object.entries(set)) Object.defineProperty(event, name, { value });
  return event;
}

beforeEach(() => void posted.mockClear());
afterEach(() => document.body.replaceChildren());

describe("the wheel", () => {
  it("is told of where nothing can scroll on, after a pause", () => {
    const frame = frameOf();
    frame.dispatchEvent(turn(boxOf("auto", 850), 100, 1000));
    const end = boxOf("auto", 900);
    frame.dispatchEvent(turn(end, 100, 1200));
    expect(posted, "one movement of the hand").not.toHaveBeenCalled();
    frame.dispatchEvent(turn(end, 100, 1500));
    expect(posted.mock.calls).toEqual([[{ histdiag: "wheel", deltaY: 100, deltaMode: 0 }, "*"]]);
    frame.dispatchEvent(turn(end, -100, 2000));
    expect(posted, "the other way it can").toHaveBeenCalledOnce();
  });

  it("is told of over what is cut off, and not where it enlarges or is taken", () => {
    const frame = frameOf();
    const cut = boxOf("hidden", 0);
    frame.dispatchEvent(turn(cut, 100, 1000));
    expect(posted).toHaveBeenCalledOnce();
    frame.dispatchEvent(turn(cut, 100, 2000, { ctrlKey: true }));
    const taken = turn(cut, 100, 3000);
    taken.preventDefault();
    frame.dispatchEvent(taken);
    frame.dispatchEvent(turn(cut, 0, 4000));
    expect(posted).toHaveBeenCalledOnce();
  });
});

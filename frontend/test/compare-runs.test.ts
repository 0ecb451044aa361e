import { html, render } from "lit";
import { afterEach, describe, expect, it } from "vitest";
import { runChoices } from "../src/compare-runs";
import { MOST_RUNS, START, type Link } from "../src/state";
import { finding, report } from "./fixtures";

afterEach(() => document.body.replaceChildren());

const names = Array.from({ length: MOST_RUNS + 2 }, (_, i) => `run ${i}`);

function show(link: Partial<Link>, runs = names) {
  const [first] = report().runs;
  const found = report({ runs: runs.map((run) => ({ ...first!, run })), findings: [finding({ run: "run 1" })] });
  const asked: Partial<Link>[] = [];
  const element = document.createElement("div");
  element.addEventListener("change-link", (event) => asked.push((event as CustomEvent).detail));
  render(html`${runChoices(element, found, { ...START, ...link }, runs[0]!, () => html`<i></i>`)}`, element);
  document.body.append(element);
  return { element, asked, boxes: [...element.querySelectorAll<HTMLInputElement>("[type=checkbox]")] };
}

describe("the choice of runs to compare with", () => {
  it("offers every other run, and keeps them in the order of the log", () => {
    const { element, asked, boxes } = show({ with: ["run 3", "gone"] });
    expect([...element.querySelectorAll("label:has(input)")].map((label) => label.textContent!.trim()).slice(0, 2)).toEqual(["run 1 (1 finding)", "run 2"]);
    expect(boxes.map(({ checked }) => checked).indexOf(true)).toBe(2);
    boxes[0]!.click();
    boxes[2]!.click();
    expect(asked).toEqual([{ with: ["run 1", "run 3"] }, { with: [] }]);
    expect(element.querySelector("summary")!.textContent).toContain("Compare with 1");
  });

  it("ends where no more can be told apart", () => {
    const { element, boxes } = show({ with: names.slice(1, MOST_RUNS + 1) });
    expect(boxes.map(({ disabled }) => disabled)).toEqual([...Array(MOST_RUNS).fill(false), true]);
    expect(element.textContent).toContain(`No more than ${MOST_RUNS}`);
  });

  it("changes places with the run that is chosen to be shown", () => {
    const { element, asked } = show({ with: ["run 2", "run 4"] });
    const select = element.querySelector("select")!;
    select.value = "run 4";
    select.dispatchEvent(new Event("change"));
    expect(asked).toMatchObject([{ run: "run 4", with: ["run 2", "run 0"] }]);
  });

  it("is not there for a single run", () => {
    expect(show({}, ["run 0"]).element.querySelector("details")).toBeNull();
  });
});

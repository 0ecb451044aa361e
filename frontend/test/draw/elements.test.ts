import { afterEach, describe, expect, it } from "vitest";
import "../../src/heatmap";
import "../../src/strips";
import "../../src/twin";
import { heatRow, histograms, metric, spread } from "./fixtures";

afterEach(() => document.body.replaceChildren());

async function show<K extends "histdiag-heatmap" | "histdiag-strips" | "histdiag-twin">(name: K, properties: Partial<HTMLElementTagNameMap[K]>) {
  const element = Object.assign(document.createElement(name), properties);
  document.body.append(element);
  await element.updateComplete;
  return { element, all: (selector: string) => Array.from(element.shadowRoot!.querySelectorAll(selector)) };
}

const text = (element: Element | undefined): string => (element?.textContent ?? "").replace(/\s+/g, " ").trim();
const heard = (element: HTMLElement, type: string): unknown[] => {
  const details: unknown[] = [];
  element.addEventListener(type, (event) => details.push((event as CustomEvent).detail));
  return details;
};
const press = (target: Element, key: string) => target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));

const rows = [
  heatRow("fc1", "weight", ["clear", "clear", "warning"], { id: 1, worst: "warning" }),
  heatRow("fc1", "bias", ["error", "clear", "clear"], { id: 2, worst: "error" }),
  heatRow("fc2", "weight", ["not-applicable", "not-applicable", "not-applicable"], { id: 3 }),
];
const heat = { rows, domain: [0, 200] as const, folded: new Set(["fc2"]) };

describe("the heatmap", () => {
  it("is a grid with a named row for every layer and tensor", async () => {
    const { all } = await show("histdiag-heatmap", heat);
    expect(all("[role=row]")).toHaveLength(5);
    expect(all("[role=rowheader]").map(text)).toEqual(["fc1, worst: error", "weight, worst: warning", "bias, worst: error", "fc2", "weight"]);
    expect(all("button").map((button) => button.getAttribute("aria-expanded"))).toEqual(["true", "false"]);
  });

  it("moves its cell by arrow keys and selects its tensor by Enter", async () => {
    const { element, all } = await show("histdiag-heatmap", heat);
    const [grid] = all("[role=grid]");
    const [steps, chosen, pins] = [heard(element, "cursor"), heard(element, "select-series"), heard(element, "pin")];
    grid!.dispatchEvent(new FocusEvent("focus"));
    for (const key of ["ArrowDown", "ArrowLeft", "ArrowLeft", "ArrowLeft", "Enter"]) press(grid!, key);
    await element.updateComplete;
    expect(steps).toEqual([200, 200, 100, 0, 0].map((step) => ({ step })));
    expect(chosen).toEqual([{ id: 2 }]);
    expect(pins).toEqual([{ step: 0 }]);
    expect(grid!.getAttribute("aria-activedescendant")).toBe("cell-2");
    expect(text(all("#cell-2")[0])).toBe("step 0 · error");
    expect(text(all(".read")[0])).toBe("fc1/bias step 0 · error");
  });

  it("names the finding of its cell, and dashes the outline of what only evidence names", async () => {
    const found = [{ tag: "fc1/bias", first_step: 0, last_step: 50, severity: "error" as const, title: "Dead units" }];
    const selection = { ids: [2], beside: [1], span: [0, 200] as const };
    const { element, all } = await show("histdiag-heatmap", { ...heat, rows: rows.map((row) => (row.id === 2 ? { ...row, found } : row)), selection });
    expect([".picked", ".beside"].map((kind) => all(kind).length)).toEqual([1, 1]);
    element.cursor = 0;
    await element.updateComplete;
    expect(text(all("#cell-2")[0])).toBe("step 0 · error · Dead units");
    element.cursor = 100;
    await element.updateComplete;
    expect(text(all("#cell-2")[0])).toBe("step 100 · clear");
  });

  it("folds the layer of its cell by Space", async () => {
    const { element, all } = await show("histdiag-heatmap", heat);
    const folds = heard(element, "fold");
    press(all("[role=grid]")[0]!, " ");
    expect(folds).toEqual([{ layer: "fc1" }]);
  });

  it("says the same as a table", async () => {
    const { element, all } = await show("histdiag-heatmap", { ...heat, asTable: true });
    expect(all("tbody tr").map((row) => Array.from(row.children, text).join(" "))).toEqual(["fc1/weight warning – 200 – –", "fc1/bias error 0 – – –", "fc2/weight not applicable – – – –"]);
    const chosen = heard(element, "select-series");
    (all("tbody button")[1] as HTMLElement).click();
    expect(chosen).toEqual([{ id: 2 }]);
  });

  it("shows a metric in figures in its table", async () => {
    const zeros = { name: "zeros", title: "zeros", unit: "", scale: "fraction", map: "magnitude", bounded: true, text: "" };
    const numbers = [heatRow("fc1", "weight", Float64Array.of(0.1, 0.9, 0.5, Number.NaN), { nonfinite: Uint8Array.of(0, 0, 0, 1) })];
    const { all } = await show("histdiag-heatmap", { ...heat, rows: numbers, metric: zeros, asTable: true });
    expect(all("tbody tr").map((row) => Array.from(row.children, text).join(" "))).toEqual(["fc1/weight 10 % 50 % 10 % 90 % 1"]);
  });

  it("takes tags as text", async () => {
    const { all } = await show("histdiag-heatmap", { ...heat, rows: [heatRow("<img src=x onerror=alert(1)>", "w", ["clear"])] });
    expect(all("img")).toEqual([]);
  });
});

describe("the twin", () => {
  const data = histograms([spread(-1, 1), null, spread(-2, 2)]);

  it("is a slider over its steps that says what stands at each", async () => {
    const { element, all } = await show("histdiag-twin", { histograms: data, label: "fc1/weight: a bell" });
    const [slider] = all("[role=slider]");
    expect(slider!.getAttribute("aria-label")).toBe("fc1/weight: a bell");
    expect(slider!.getAttribute("aria-valuetext")).toBe("step 200: 30 values from −2 to 2");
    const pins = heard(element, "pin");
    press(slider!, "ArrowUp");
    expect(pins).toEqual([{ step: 100 }]);
    element.pinned = 100;
    await element.updateComplete;
    expect(slider!.getAttribute("aria-valuetext")).toBe("step 100: not finite");
  });

  it("is a picture with a text on a small card", async () => {
    const { all } = await show("histdiag-twin", { histograms: data, label: "a bell", compact: true });
    expect(all("[role=img]")[0]!.getAttribute("aria-label")).toBe("a bell");
    expect(all("[tabindex]")).toEqual([]);
  });

  it("says that no record lies at the steps chosen", async () => {
    const { all } = await show("histdiag-twin", { histograms: histograms([]), label: "fc1/weight" });
    expect(all("[role=img]")[0]!.getAttribute("aria-label")).toBe("fc1/weight. No record at the steps chosen");
  });

  it("waits for its data", async () => {
    const { all } = await show("histdiag-twin", { histograms: null });
    expect(all("[role=slider]")).toEqual([]);
  });
});

describe("the strips", () => {
  const strips = [{
    title: "zeros", unit: "", scale: "fraction" as const,
    lines: [{ label: "zeros", series: metric([0.1, 0.6, 0.77]) }],
    thresholds: [{ value: 0.5, label: "warning from", severity: "warning" as const }],
  }];

  it("read the newest value, and the one at the cursor", async () => {
    const { element, all } = await show("histdiag-strips", { strips, domain: [0, 200] });
    expect(text(all(".name")[0])).toBe("zeros77 %");
    expect(all("[role=img]")[0]!.getAttribute("aria-label")).toBe("zeros over steps: newest 77 %, threshold warning from 50 %");
    element.cursor = 100;
    await element.updateComplete;
    expect(text(all(".name")[0])).toBe("zeros60 %");
  });

  it("read bounds where buckets tell no more, and no data where there is none", async () => {
    const series = metric([NaN, NaN], { low: Float64Array.of(0, NaN), high: Float64Array.of(0.9, NaN) });
    const { element, all } = await show("histdiag-strips", { strips: [{ ...strips[0]!, lines: [{ label: "zeros", series }] }], domain: [0, 200], pinned: 0 });
    expect(text(all(".name")[0])).toBe("zeros0 % to 90 %");
    element.cursor = 100;
    await element.updateComplete;
    expect(text(all(".name")[0])).toBe("zerosno data");
  });

  it("move the pinned step by keys on their axis", async () => {
    const { element, all } = await show("histdiag-strips", { strips, domain: [0, 200], pinned: 100 });
    const pins = heard(element, "pin");
    const [slider] = all("[role=slider]");
    for (const key of ["ArrowRight", "Home", "a"]) press(slider!, key);
    expect(pins).toEqual([{ step: 200 }, { step: 0 }]);
    expect(slider!.getAttribute("aria-valuetext")).toBe("step 100");
  });

  it("are empty without strips", async () => {
    const { all } = await show("histdiag-strips", { strips: [] });
    expect(all("*").filter((element) => element.localName !== "style")).toEqual([]);
  });
});

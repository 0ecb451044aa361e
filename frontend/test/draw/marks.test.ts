import { describe, expect, it } from "vitest";
import { markWords, shapesOf } from "../../src/draw/marks";
import { brokenBands, layRidges } from "../../src/draw/ridges";
import type { Mark } from "../../src/types";
import { histograms, spread } from "./fixtures";

const frame = { width: 400, height: 260, top: 20, right: 340, bottom: 240, left: 10 };
const options = { mode: "offset", axis: "step", values: "linear", counts: "linear", fit: false, kept: { steps: [], values: [] } } as const;
const ridges = layRidges(histograms([spread(-1, 1), spread(-1, 1), null, spread(-1, 1)]), frame, options);
const mark = (kind: Mark["kind"], more: Partial<Mark>): Mark => ({ kind, tag: "t", first_step: null, last_step: null, low: null, high: null, label: "here", ...more });

describe("marks", () => {
  it("of a range of steps are a wash and a bracket from its first to its last baseline", () => {
    const [shape] = shapesOf([mark("step-range", { first_step: 50, last_step: 300, label: "active from 100" })], ridges);
    expect(shape!.wash).toMatchObject({ y: ridges.slices[1]!.y, height: ridges.slices[3]!.y - ridges.slices[1]!.y });
    expect(shape).toMatchObject({ style: "bracket", label: { text: "active from 100", anchor: "start" } });
  });

  it("of a step are a line at its baseline, and only a label where it was not finite", () => {
    const [fine, broken] = shapesOf([mark("step", { first_step: 100 }), mark("step", { first_step: 200, label: "NaN from 200" })], ridges);
    expect(fine!.path).toContain(ridges.slices[1]!.y.toFixed(1));
    expect(broken!.label!.y, "above the line of its band").toBe(brokenBands(ridges)[0]!.top - 5);
    expect(broken).toMatchObject({ path: "", label: { text: "NaN from 200" } });
  });

  it("of values are uprights over the whole height", () => {
    const [one, two] = shapesOf([mark("value", { low: 0 }), mark("value-range", { low: -0.5, high: 0.5 })], ridges);
    expect(one!.path.match(/M/g)).toHaveLength(1);
    expect(two!.path.match(/M/g)).toHaveLength(2);
  });

  it("of a value outside the axis say in which direction it lies", () => {
    const [far] = shapesOf([mark("value", { low: 99, label: "limit" })], ridges);
    expect(far).toMatchObject({ path: "", label: { text: "limit →" } });
  });

  it("outside the steps shown are left out, as are steps where all share a baseline", () => {
    expect(shapesOf([mark("step", { first_step: 999 }), mark("step-range", { first_step: 900, last_step: 999 })], ridges)).toEqual([]);
    expect(shapesOf([mark("value", { low: 0 })], layRidges(histograms([]), frame, options)), "nothing is over no picture").toEqual([]);
    const overlay = layRidges(histograms([spread(-1, 1)]), frame, { ...options, mode: "overlay" });
    expect(shapesOf([mark("step", { first_step: 0 }), mark("value", { low: 0 })], overlay)).toHaveLength(1);
  });

  it("do not lie on one another", () => {
    const shapes = shapesOf([mark("value", { low: 0 }), mark("value", { low: 0.01 }), mark("note", {}), mark("note", {})], ridges);
    const places = shapes.map(({ label }) => `${Math.round(label!.x / 40)} ${label!.y}`);
    expect(new Set(places).size).toBe(places.length);
  });

  it("have words", () => {
    expect(markWords([mark("step", { first_step: 1200, label: "" }), mark("note", { label: "widening" })])).toBe("step 1,200; widening");
  });
});

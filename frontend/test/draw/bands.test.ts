import { describe, expect, it } from "vitest";
import { bandPath } from "../../src/draw/band";
import { layBands, LEVELS, quantiles } from "../../src/draw/bands";
import { bandShapes } from "../../src/draw/bandmarks";
import type { Mark } from "../../src/types";
import { histograms, spread, type Bucket } from "./fixtures";
// What TensorBoard's own Distributions tab shows of these buckets; made and described by tests/test_stock_bands.py.
import golden from "./golden.json";
import stock from "./stock-bands.json";

const frame = { width: 500, height: 256, top: 20, right: 452, bottom: 232, left: 128 };
const shown = stock as unknown as Record<string, (number[] | null)[]>;
const cases = (golden as unknown as { name: string; steps: (Bucket[] | null)[] }[]).filter(({ name }) => shown[name]);
const of = (buckets: readonly Bucket[]): number[] => quantiles(histograms([buckets]), 0);

describe("the nine quantiles", () => {
  it.each(cases.map(({ name, steps }) => [name, steps] as const))("equal those of the stock Distributions tab for %s", (name, steps) => {
    steps.forEach((buckets, step) => {
      const values = shown[name]![step];
      if (!values) return expect(buckets ?? []).toEqual([]);
      const size = Math.max(...buckets!.flatMap(([left, right]) => [Math.abs(left), Math.abs(right)]));
      of(buckets!).forEach((value, i) => expect(Math.abs(value - values[i]!) / (size || 1)).toBeLessThan(1e-9));
    });
  });

  it("are exact where a share ends at an edge", () => {
    const edges = [-3, -1.5, -1, 0.1, 0.3, 0.7, 1.9, 2.2, 5];
    const shares = LEVELS.slice(1).map((level, i) => level - LEVELS[i]!);
    expect(of(shares.map((share, i) => [edges[i]!, edges[i + 1]!, share * 1e4]))).toEqual(edges);
  });

  it("skip a gap between buckets instead of reaching into it", () => {
    expect(of([[0, 1, 5], [9, 10, 5]])[4]).toBe(1);
    expect(of([[0, 0, 5], [0, 9, 0], [9, 10, 5]]).slice(0, 6)).toEqual([0, 0, 0, 0, 0, expect.closeTo(9.383, 9)]);
  });

  it("are one value of a constant, and none of a step without values", () => {
    expect(of([[0.1, 0.1, 48]])).toEqual(Array(9).fill(0.1));
    expect(of([])).toEqual(Array(9).fill(Number.NaN));
    expect(of([[0, 1, 0]])).toEqual(Array(9).fill(Number.NaN));
    expect(quantiles(histograms([null]), 0)).toEqual(Array(9).fill(Number.NaN));
  });

  it("rise from the smallest to the largest, between the largest doubles too", () => {
    const huge = Number.MAX_VALUE;
    const values = of([[-huge, huge, 7]]);
    expect(values.every((value, i) => Number.isFinite(value) && (i === 0 || value >= values[i - 1]!))).toBe(true);
    expect([values[0], values[8]]).toEqual([-huge, huge]);
  });
});

describe("the bands", () => {
  const data = histograms([spread(-1, 1), spread(-2, 2), null, null, spread(-1, 3)]);
  const bands = layBands(data, frame, "step", "linear", [0, 400]);

  it("stand where the strips have the same steps", () => {
    expect(Array.from(bands.places)).toEqual([134, 212, 290, 368, 446]);
    expect(bands.x(50)).toBe(173);
    expect(Array.from(layBands(data, frame, "step", "linear", [-400, 400]).places)[0]).toBe(290);
  });

  it("span the values of all that stand beside them", () => {
    const wide = layBands(data, frame, "step", "linear", [0, 400], histograms([spread(-40, 3)]));
    expect([wide.ticks[0], Array.from(wide.places)]).toEqual([-40, Array.from(bands.places)]);
  });

  it("stand by time on the other axes, where a step is at its record", () => {
    const times = { ...data, wallTimes: Float64Array.of(1e9, 1e9 + 300, 1e9 + 310, 1e9 + 320, 1e9 + 400) };
    const relative = layBands(times, frame, "relative", "linear", [0, 400]);
    expect([relative.places[0], relative.places[1], relative.places[4]]).toEqual([134, 368, 446]);
    expect(relative.x(110)).toBe(368);
    expect(relative.axis.map(({ label }) => label)).toEqual(["0", "2 min", "4 min", "6.67 min"]);
  });

  it("are four, the widest first, with a gap where a step was not finite", () => {
    expect(bands.bands).toHaveLength(4);
    expect(bands.lines).toHaveLength(9);
    expect(bands.bands[0]!.match(/M/g)).toHaveLength(2);
    expect(bands.broken).toEqual([{ left: 251, right: 407 }]);
  });

  it("have room for all values", () => {
    expect(bands.ticks).toEqual([-2, -1, 0, 1, 2, 3]);
    expect([bands.y(-2), bands.y(3)]).toEqual([232, 20]);
    expect(layBands(data, frame, "step", "symlog", [0, 400])).toMatchObject({ near: 0.1 });
  });

  it("of a single record are as wide as a dash", () => {
    const one = layBands(histograms([spread(0, 1)]), frame, "relative", "linear", [0, 0]);
    expect(one.places[0]).toBe(290);
    expect(one.bands[0]).toBe("M288.0 20.0h4V232.0h-4Z");
    expect(bandPath(Float64Array.of(0, 9), Float64Array.of(1, Number.NaN), Float64Array.of(2, 2), (x) => x, (y) => y)).toBe("M-2.0 2.0h4V1.0h-4Z");
  });

  it("survive steps none of which is finite", () => {
    const none = layBands(histograms([null, null]), frame, "wall", "symlog", [0, 100]);
    expect(none).toMatchObject({ ticks: [], broken: [{ left: 128, right: 452 }] });
    expect(none.bands.join("")).toBe("");
  });

  const mark = (kind: Mark["kind"], more: Partial<Mark>): Mark => ({ kind, tag: "t", first_step: null, last_step: null, low: null, high: null, label: "here", ...more });

  it("bear marks of steps from left to right and of values upwards", () => {
    const [steps, step, value, range] = bandShapes([
      mark("step-range", { first_step: 100, last_step: 300 }), mark("step", { first_step: 200 }), mark("value", { low: 0 }), mark("value-range", { low: -1, high: 1 }),
    ], bands);
    expect(steps).toMatchObject({ style: "bracket", path: "M212 26V20.75H368V26" });
    expect(step!.path).toBe("M290.0 20V232");
    expect(value!.path).toBe("M128 147.2H452");
    expect(range!.path.match(/M/g)).toHaveLength(2);
  });

  it("leave out marks of other steps, and say where a value lies outside", () => {
    const shapes = bandShapes([mark("step", { first_step: 900 }), mark("step-range", { first_step: 500 }), mark("value", { low: 99 }), mark("note", { first_step: 0, low: 1 })], bands);
    expect(shapes.map(({ path, label }) => [path, label!.text])).toEqual([["", "here ↑"], ["", "here"]]);
  });
});

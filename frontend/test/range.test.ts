import { describe, expect, it } from "vitest";
import { jointDomain } from "../src/draw/bins";
import { axisWithin, cutHistograms, cutSeries, cutStrip, rangeOf } from "../src/range";
import { START } from "../src/state";
import { histograms, metric, spread } from "./draw/fixtures";

const data = histograms([spread(-9, 9), null, spread(0, 1), spread(0, 2)]);

describe("the steps shown", () => {
  it("are all, those of the finding, or those chosen", () => {
    expect(rangeOf(START, [1, 2])).toBeNull();
    expect(rangeOf({ ...START, span: "finding" }, [1, 2])).toEqual([1, 2]);
    expect(rangeOf({ ...START, span: "finding" }, null)).toBeNull();
    expect(rangeOf({ ...START, from: 5 }, null)).toEqual([5, Infinity]);
    expect(rangeOf({ ...START, from: 0, to: 0 }, null)).toEqual([0, 0]);
  });

  it("set the axis, unless nothing is left of it", () => {
    expect(axisWithin([0, 300], null)).toEqual([0, 300]);
    expect(axisWithin([0, 300], [100, Infinity])).toEqual([100, 300]);
    expect(axisWithin([0, 300], [200, 100])).toEqual([0, 300]);
    expect(axisWithin([0, 300], [400, 500])).toEqual([0, 300]);
  });
});

describe("what lies within them", () => {
  it("are the histograms of these steps, over their own domain", () => {
    const cut = cutHistograms(data, [150, 300]);
    expect(Array.from(cut.steps)).toEqual([200, 300]);
    expect(jointDomain(cut, [0, 1])).toEqual([0, 2]);
    expect(jointDomain(cut, [0])).toEqual([0, 1]);
    expect(cut.left).toBe(data.left);
    expect(Array.from(cutHistograms(data, [100, 100]).nonfinite)).toEqual([1]);
  });

  it("is the same object where nothing is left out", () => {
    expect(cutHistograms(data, null)).toBe(data);
    expect(cutHistograms(data, [-5, Infinity])).toBe(data);
  });

  it("may be nothing", () => {
    for (const range of [[110, 190], [300, 0], [400, 500], [-9, -1]] as const) {
      expect(cutHistograms(data, range).steps).toHaveLength(0);
      expect(cutSeries(metric([1, 2, 3]), range).value).toHaveLength(0);
    }
    expect(cutHistograms(histograms([]), [0, 1]).steps).toHaveLength(0);
  });

  it("are the lines of a strip, with their bounds", () => {
    const series = metric([1, 2, 3], { low: Float64Array.of(0, 1, 2), high: Float64Array.of(2, 3, 4) });
    const strip = { title: "mean", unit: "", scale: "linear", lines: [{ label: "mean", series }], thresholds: [] } as const;
    const [line] = cutStrip(strip, [100, 100]).lines;
    expect([line!.series.low, line!.series.value, line!.series.high].map((one) => Array.from(one!))).toEqual([[1], [2], [3]]);
  });
});

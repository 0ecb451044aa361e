import { describe, expect, it } from "vitest";
import { binAt, binRange, brokenBands, curveOf, curvePath, firstOf, heightAt, layRidges, sliceAt, type RidgeOptions } from "../../src/draw/ridges";
import { histograms, spread } from "./fixtures";

const frame = { width: 400, height: 260, top: 20, right: 340, bottom: 240, left: 10 };
const options: RidgeOptions = { mode: "offset", axis: "step", values: "linear", counts: "linear", fit: true, kept: { steps: [], values: [] } };
const three = histograms([spread(-1, 1), spread(-1, 1), spread(-1, 1)], [0, 100, 400]);

describe("ridges in offset", () => {
  const ridges = layRidges(three, frame, options);

  it("stand oldest at the top and newest on the axis, at distances of their steps", () => {
    const [first, second, last] = ridges.slices.map(({ y }) => y) as [number, number, number];
    expect(last).toBe(240);
    expect(second - first).toBeCloseTo((last - first) / 4, 9);
  });

  it("rise at most by the stock chart's share of the height, and stay in the frame", () => {
    const top = Math.min(...curveOf(ridges, ridges.slices[0]!).map(([, y]) => y));
    expect(ridges.slices[0]!.y - top).toBeCloseTo(220 / 2.5, 6);
    expect(top).toBeGreaterThanOrEqual(frame.top - 1e-9);
  });

  it("age from 0 to 1", () => expect(ridges.slices.map(({ age }) => age)).toEqual([0, 0.25, 1]));

  it("put the points at the middles of the bins", () => {
    const points = curveOf(ridges, ridges.slices[0]!);
    expect(points).toHaveLength(30);
    expect(points[0]![0]).toBeCloseTo(ridges.x(-1 + 1 / 30), 9);
    expect(curvePath(ridges, ridges.slices[0]!)).toMatch(/^M[\d.]+ [\d.]+(L[\d.]+ [\d.]+){29}$/);
  });

  it("label both ends of the time axis", () => {
    expect(ridges.axis[0]).toMatchObject({ label: "0" });
    expect(ridges.axis.at(-1)).toMatchObject({ label: "400", y: 240 });
  });

  it("find the front ridge that covers the pointer, else the nearest baseline", () => {
    const [back, , front] = ridges.slices as [typeof ridges.slices[0], unknown, typeof ridges.slices[0]];
    const x = ridges.x(0);
    expect(sliceAt(ridges, x, front!.y - 2)).toBe(front);
    expect(sliceAt(ridges, x, back!.y - heightAt(ridges, back!, x) + 1)).toBe(back);
    expect(sliceAt(ridges, x, frame.top)).toBe(back);
  });

  it("read the bin under the pointer", () => {
    const i = binAt(ridges, ridges.x(0.01));
    expect(i).toBe(15);
    expect(binRange(ridges, i)).toEqual([expect.closeTo(0, 9), expect.closeTo(1 / 15, 9)]);
    expect(binAt(ridges, -500)).toBe(0);
    expect(binAt(ridges, 5000)).toBe(29);
  });
});

describe("ridges otherwise", () => {
  it("share one baseline in overlay, over the full height", () => {
    const ridges = layRidges(three, frame, { ...options, mode: "overlay" });
    expect(new Set(ridges.slices.map(({ y }) => y))).toEqual(new Set([240]));
    expect(Math.min(...curveOf(ridges, ridges.slices[0]!).map(([, y]) => y))).toBeCloseTo(frame.top, 6);
    expect(ridges.axis).toEqual([]);
  });

  it("stand by wall time on the other axes", () => {
    const data = { ...three, wallTimes: Float64Array.of(1e9, 1e9 + 3000, 1e9 + 4000) };
    const relative = layRidges(data, frame, { ...options, axis: "relative" });
    expect(relative.slices.map(({ age }) => age)).toEqual([0, 0.75, 1]);
    expect(relative.axis[0]!.label).toBe("0");
    expect(relative.axis.at(-1)!.label).toBe("1.11 h");
    expect(layRidges(data, frame, { ...options, axis: "wall" }).axis[0]!.label).toMatch(/^\d\d\/\d\d \d\d:\d\d:\d\d$/);
    const quick = { ...three, wallTimes: Float64Array.of(1e9 + 0.2, 1e9 + 1, 1e9 + 2.4) };
    const labels = layRidges(quick, frame, { ...options, axis: "wall" }).axis.map(({ label }) => label);
    expect(new Set(labels).size, "no time twice").toBe(labels.length);
    expect(labels.length).toBeGreaterThan(2);
  });

  it("keep a single record on the axis", () => {
    const ridges = layRidges(histograms([spread(0, 1)]), frame, options);
    expect(ridges.slices).toMatchObject([{ y: 240, age: 1 }]);
    expect(ridges.axis).toHaveLength(1);
  });

  it("span the values of all that stand beside them", () => {
    const scope = histograms([spread(-1, 1), spread(-4, 8), spread(-1, 1)]);
    const ridges = layRidges(histograms([spread(-1, 1)]), frame, options, scope);
    expect([ridges.bins!.domain, ridges.slices.length]).toEqual([[-4, 8], 1]);
    const wide = histograms(Array.from({ length: 20 }, (_, i) => spread(i === 4 ? -80 : -1, 1)));
    expect(layRidges(three, frame, options, wide).fit).toMatchObject({ domain: [-1, 1], wide: [] });
  });

  it("fit the axis unless asked for the stock chart's", () => {
    const data = histograms(Array.from({ length: 20 }, (_, i) => spread(i === 4 ? -80 : -1, 1)));
    expect(layRidges(data, frame, options).fit).toMatchObject({ domain: [-1, 1], wide: [4] });
    expect(layRidges(data, frame, { ...options, fit: false }).bins!.domain).toEqual([-80, 1]);
    expect(layRidges(data, frame, { ...options, kept: { steps: [400], values: [] } }).fit).toBeNull();
  });

  it("survive a log in which nothing is finite, and an empty one", () => {
    const broken = layRidges(histograms([null, null]), frame, options);
    expect(broken.bins).toBeNull();
    expect(brokenBands(broken)).toMatchObject([{ first: 0, last: 100 }]);
    expect(sliceAt(broken, 10, 10)).not.toBeNull();
    expect(layRidges(histograms([]), frame, options).slices).toEqual([]);
  });
});

describe("steps that were not finite", () => {
  it("are the first's of several sources, whose bands the others' do not tear apart", () => {
    const ridges = layRidges(histograms([null, spread(0, 1), null, spread(0, 1), spread(0, 1), null], [0, 0, 100, 100, 200, 200]), frame, options);
    const of = Uint8Array.of(0, 1, 0, 1, 0, 1);
    expect(brokenBands(firstOf(ridges, of)).map(({ first, last }) => [first, last])).toEqual([[0, 100]]);
    expect(firstOf(ridges, undefined)).toBe(ridges);
  });

  it("are bands between the baselines around them, neighbours in one", () => {
    const ridges = layRidges(histograms([spread(0, 1), null, null, spread(0, 1), null]), frame, options);
    const [first, second, ...rest] = brokenBands(ridges);
    const y = ridges.slices.map((slice) => slice.y);
    expect(rest).toEqual([]);
    expect(first).toEqual({ top: (y[0]! + y[1]!) / 2, bottom: (y[2]! + y[3]!) / 2, first: 100, last: 200 });
    expect(second).toMatchObject({ bottom: y[4], first: 400, last: 400 });
  });
});

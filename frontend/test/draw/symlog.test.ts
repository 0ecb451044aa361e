import { describe, expect, it } from "vitest";
import { bentEdges, binAll, rebin } from "../../src/draw/bins";
import { layBuckets } from "../../src/draw/buckets";
import { binAt, binRange, curveOf, layRidges } from "../../src/draw/ridges";
import { bend, nearZero, symlogScale, unbend } from "../../src/draw/symlog";
import { histograms, spread } from "./fixtures";

const frame = { width: 400, height: 260, top: 20, right: 340, bottom: 240, left: 10 };
const sum = (values: Iterable<number>): number => Array.from(values).reduce((a, b) => a + b, 0);

describe("the symmetric logarithmic axis", () => {
  it("gives values back, whatever their size and sign", () => {
    for (const value of [-1e300, -3, -1e-9, 0, 1e-30, 2.5e-4, 7, 1e12]) expect(unbend(bend(value, 1e-3), 1e-3)).toBeCloseTo(value, 9 - Math.log10(Math.abs(value) || 1));
    const scale = symlogScale([-100, 100], [0, 400], 0.01);
    expect([-100, 0, 100].map(scale)).toEqual([0, 200, 400]);
    expect(scale.invert(scale(0.3))).toBeCloseTo(0.3, 9);
  });

  it.each([
    [[-100, 100], 0.01, [-100, -10, -1, -0.1, 0, 0.1, 1, 10, 100]],
    [[-2e-7, 3e-8], 1e-10, [-1e-7, -1e-8, -1e-9, 0, 1e-9, 1e-8]],
    [[0, 1e300], 1e288, [0, 1e290, 1e292, 1e294, 1e296, 1e298, 1e300]],
    [[1e-12, 1e-3], 1e-12, [1e-11, 1e-9, 1e-7, 1e-5, 1e-3]],
  ] as const)("has ticks at powers of ten that have room, %j", (domain, near, ticks) => {
    const found = symlogScale(domain, [0, 400], near).ticks(5);
    expect(found.map((value) => Number(value.toPrecision(3)))).toEqual(ticks);
  });

  it("has round ticks within a decade", () => {
    expect(symlogScale([0.5, 0.9], [0, 400], 0.1).ticks(5)).toEqual([0.5, 0.6, 0.7, 0.8, 0.9]);
    expect(symlogScale([0, 0], [0, 400], 1).ticks(5)).toEqual([0]);
  });

  it("calls near 0 what is smaller than most values", () => {
    expect(nearZero(histograms([spread(-1, 1, 100, 40)]), [0])).toBe(0.01);
    expect(nearZero(histograms([[[-1e-8, 1e-8, 90], [0.5, 1, 10]]]), [0])).toBe(1e-9);
    expect(nearZero(histograms([[[0, 0, 500], [40, 60, 10]]]), [0])).toBe(10);
  });

  it("never spans more decades than an axis can show", () => {
    expect(nearZero(histograms([[[-1e-300, 1e-300, 90], [1, 1e300, 1]]]), [0])).toBe(1e288);
    expect(nearZero(histograms([[[0, 5e-324, 90]]]), [0])).toBe(1e-300);
    expect(nearZero(histograms([[[0, 0, 90]], null, []]), [0, 1, 2])).toBe(1);
  });
});

describe("what is drawn on it", () => {
  const wide = histograms([[[-1e-6, 1e-6, 900], [1e-6, 1, 90], [1, 1000, 10]], spread(-1e-5, 1e-5, 1000, 9)]);

  it("is binned equally wide as drawn, and loses no value", () => {
    const edges = bentEdges([-10, 1000], 1e-3);
    expect([edges.left[0], edges.right[29]]).toEqual([-10, 1000]);
    const widths = Array.from(edges.left, (left, i) => bend(edges.right[i]!, 1e-3) - bend(left, 1e-3));
    expect(Math.max(...widths) - Math.min(...widths)).toBeLessThan(1e-9);
    const { rows } = binAll(wide, [0, 1], [-1e-5, 1000], 1e-7);
    expect(rows.map(sum)).toEqual([1000, 1000].map((total) => expect.closeTo(total, 6)));
  });

  it("spreads a bucket's values evenly over its values, not over the axis", () => {
    const row = rebin(histograms([[[0, 1000, 1000]]]), 0, bentEdges([0, 1000], 1e-3));
    expect(row[29]! / row[28]!).toBeCloseTo((1000 - unbend((29 / 30) * bend(1000, 1e-3), 1e-3)) / (row[28]!), 6);
    expect(row[0]).toBeLessThan(1e-3);
  });

  it("are ridges whose points are evenly apart, whose bins are read in values", () => {
    const ridges = layRidges(wide, frame, { mode: "offset", axis: "step", values: "symlog", counts: "linear", fit: true, kept: { steps: [], values: [] } });
    expect(ridges).toMatchObject({ near: 1e-7, fit: null, offersFit: false });
    const xs = curveOf(ridges, ridges.slices[0]!).map(([x]) => x);
    expect(xs[1]! - xs[0]!).toBeCloseTo(xs[29]! - xs[28]!, 6);
    const i = binAt(ridges, ridges.x(500));
    const [from, to] = binRange(ridges, i);
    expect(from <= 500 && 500 <= to).toBe(true);
  });

  it("raises small counts by a logarithmic count axis", () => {
    const options = { mode: "overlay", axis: "step", values: "linear", fit: false, kept: { steps: [], values: [] } } as const;
    const [linear, log] = (["linear", "log"] as const).map((counts) => layRidges(wide, frame, { ...options, counts }));
    const most = linear!.bins!.highest;
    expect([linear!.rise(most), log!.rise(most)]).toEqual([220, expect.closeTo(220, 9)]);
    expect(linear!.rise(10) / log!.rise(10)).toBeLessThan(0.1);
    expect([linear!.rise(0), log!.rise(0)]).toEqual([0, 0]);
  });

  it("are one step's buckets by density, since equal buckets are not drawn equally wide", () => {
    const one = histograms([spread(-1, 1, 100, 40)]);
    expect(layBuckets(one, 0, frame).measure).toBe("count");
    const { bars, measure, near, total } = layBuckets(one, 0, frame, "symlog");
    expect({ measure, near, total }).toMatchObject({ measure: "density", near: 0.01, total: expect.closeTo(100, 9) });
    expect(bars.every((bar) => bar.x >= frame.left - 1 && bar.x + bar.width <= 341)).toBe(true);
  });
});

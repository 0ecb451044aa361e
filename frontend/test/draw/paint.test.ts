import { describe, expect, it } from "vitest";
import { barAt, layBuckets, paintBuckets } from "../../src/draw/buckets";
import { layGrid } from "../../src/draw/cells";
import { CIVIDIS, SIGNED, mix, pick, rgb, ridgeColours } from "../../src/draw/colours";
import { magnitudeOf } from "../../src/draw/magnitude";
import { dashOf, paintRidges, type Canvas } from "../../src/draw/paint";
import { paintCells } from "../../src/draw/paintcells";
import { layRidges } from "../../src/draw/ridges";
import { stepScale } from "../../src/draw/steps";
import { tokens } from "../../src/styles";
import { contrast } from "./contrast";
import { heatRow, histograms, spread } from "./fixtures";

type Rect = { fill: unknown; x: number; y: number; width: number; height: number };

/** A canvas that remembers: rectangles with their fill, its paths, and how often it filled and stroked some. */
function notebook() {
  const rects: Rect[] = [];
  const fills: unknown[] = [];
  const lines: unknown[] = [];
  const path: [number, number][][] = [];
  const to = (x: number, y: number) => void path.at(-1)?.push([x, y]);
  const g = {
    fillStyle: "", strokeStyle: "", lineWidth: 1,
    beginPath() { path.push([]); }, moveTo: to, lineTo: to, setLineDash() {},
    fill() { fills.push(g.fillStyle); },
    stroke() { lines.push(g.strokeStyle); },
    fillRect(x: number, y: number, width: number, height: number) { rects.push({ fill: g.fillStyle, x, y, width, height }); },
  };
  return { g: g as unknown as Canvas, rects, fills, lines, path, strokes: () => lines.length };
}

const frame = { width: 400, height: 260, top: 20, right: 340, bottom: 240, left: 10 };
const options = { mode: "offset", axis: "step", values: "linear", counts: "linear", fit: true, kept: { steps: [], values: [] } } as const;
const colours = { old: "#c9d3e2", young: "#1d3a66", edge: "#ffffff", surface: "#ffffff", line: "#e0e0e0", error: "#b34700", errorTint: "#fdf1ea", over: null };

describe("painted ridges", () => {
  it("go from the lightest at the back to the darkest in front, half as strong outside the span", () => {
    const { g, fills } = notebook();
    paintRidges(g, layRidges(histograms([spread(0, 1), spread(0, 1), spread(0, 1)]), frame, options), colours, [100, 200], false);
    expect(fills).toEqual([mix(colours.old, "#ffffff", 0.5), mix(colours.old, colours.young, 0.5), colours.young]);
  });

  it("keep their strength where the span holds no ridge", () => {
    const { g, fills } = notebook();
    paintRidges(g, layRidges(histograms([spread(0, 1), null]), frame, options), colours, [100, 100], false);
    expect(fills).toEqual([colours.old]);
  });

  it("mark a step that was not finite in place of a ridge", () => {
    const { g, rects, fills } = notebook();
    paintRidges(g, layRidges(histograms([spread(0, 1), null, spread(0, 1)]), frame, options), colours, null, false);
    expect(fills).toHaveLength(2);
    expect(rects.map(({ fill }) => fill)).toContain(colours.error);
  });

  it("are lines in overlay", () => {
    const { g, fills, strokes } = notebook();
    paintRidges(g, layRidges(histograms([spread(0, 1), spread(0, 1)]), frame, { ...options, mode: "overlay" }), colours, null, false);
    expect([fills.length, strokes()]).toEqual([0, 2]);
  });

  it("of other sources are lines in their colours over the first's", () => {
    const { g, fills, lines } = notebook();
    const second = ["#ffe0c0", "#e8710a"] as const;
    const over = { of: Uint8Array.of(0, 1, 0, 1), colours: ["#1d3a66", "#e8710a"], ramps: [[colours.old, colours.young], second] as const, single: false };
    const four = histograms([spread(0, 1), spread(0, 2), spread(0, 1), spread(0, 2)], [0, 0, 100, 100]);
    paintRidges(g, layRidges(four, frame, options), { ...colours, over }, null, false);
    expect(fills).toEqual([colours.old, colours.young]);
    expect(lines).toEqual([colours.edge, second[0], colours.edge, second[1]]);
  });

  it("of other sources are no lines along empty bins", () => {
    const { g, fills, path } = notebook();
    const over = { of: Uint8Array.of(0, 1), colours: ["#1d3a66", "#e8710a"], ramps: [["#fff", "#000"], ["#fff", "#000"]] as const, single: false };
    const ridges = layRidges(histograms([spread(0, 10), spread(4, 5, 30, 1)], [0, 100]), frame, options);
    paintRidges(g, ridges, { ...colours, over }, null, false);
    expect(fills).toHaveLength(1);
    const [own, other] = path.slice(-2).map((points) => points.map(([x]) => x));
    expect(Math.max(...own!) - Math.min(...own!)).toBeGreaterThan(250);
    expect(Math.max(...other!) - Math.min(...other!)).toBeLessThan(100);
  });
});

describe("the dashes of a line", () => {
  it("tell single ones apart, and lines of one colour", () => {
    expect(new Set([0, 1, 2, 3].map((k) => dashOf([], k, true).join())).size).toBe(4);
    const colours = ["#111", "#222", "#111", "#222", "#111"];
    expect([0, 1].map((k) => dashOf(colours, k))).toEqual([[], []]);
    expect([2, 3, 4].map((k) => dashOf(colours, k))).toEqual([dashOf([], 1, true), dashOf([], 1, true), dashOf([], 2, true)]);
  });
});

describe("one step's buckets", () => {
  it("are bars as high as their count where they are equally wide", () => {
    const buckets = layBuckets(histograms([[[0, 1, 2], [1, 2, 8], [3, 4, 4]]]), 0, frame);
    expect(buckets).toMatchObject({ measure: "count", largest: 8, total: 14 });
    expect(buckets.bars.map(({ height }) => height / 220)).toEqual([0.25, 1, 0.5]);
    expect(barAt(buckets, buckets.x(1.5))).toMatchObject({ left: 1, right: 2, count: 8 });
    expect(barAt(buckets, buckets.x(2.5))).toBeNull();
    const beside = layBuckets(histograms([[[0, 1, 2]]]), 0, frame, "linear", "linear", histograms([[[0, 1, 2]], [[-5, 5, 1]]]));
    expect([beside.bars.length, beside.ticks[0], beside.ticks.at(-1)]).toEqual([1, -10, 10]);
  });

  it("have the area of their count where they are not", () => {
    const { measure, bars } = layBuckets(histograms([[[0, 1, 4], [1, 5, 4]]]), 0, frame);
    expect(measure).toBe("density");
    expect(bars[0]!.height / bars[1]!.height).toBeCloseTo(4, 9);
  });

  it("share a bar where uneven ones are too narrow to tell apart, and lose no value", () => {
    const edges = Array.from({ length: 60 }, (_, i) => 1e-6 * 1.3 ** i);
    const buckets = layBuckets(histograms([edges.slice(1).map((right, i) => [edges[i]!, right, i + 1] as const)]), 0, frame);
    expect(buckets.bars.length).toBeLessThan(buckets.logged);
    expect(buckets.bars.reduce((sum, { count }) => sum + count, 0)).toBe(buckets.total);
    expect(buckets.bars.every(({ width }) => width >= 4 - 1e-9)).toBe(true);
  });

  it("name heights as whole counts", () => {
    const data = histograms([[[0, 1, 1], [1, 2, 80], [2, 3, 4000]]]);
    const linear = layBuckets(data, 0, frame);
    expect(linear.heights.every(({ count }) => Number.isInteger(count) && count > 0)).toBe(true);
    const log = layBuckets(data, 0, frame, "linear", "log");
    expect(log.heights.map(({ count }) => count)).toEqual(expect.arrayContaining([10, 100, 1000]));
    expect(log.bars[0]!.height).toBeGreaterThan(linear.bars[0]!.height);
    expect(log.bars[2]!.height).toBeCloseTo(220, 9);
  });

  it("show a constant as a line", () => {
    const { bars } = layBuckets(histograms([[[0.25, 0.25, 48]]]), 0, frame);
    expect(bars).toMatchObject([{ height: 220, width: 1.5 }]);
  });

  it("are painted within the frame, and nothing where there is none", () => {
    const { g, rects } = notebook();
    paintBuckets(g, layBuckets(histograms([spread(-1, 1)]), 0, frame), "#000000");
    expect(rects).toHaveLength(3);
    expect(rects.every(({ y, height }) => y >= frame.top - 1e-9 && y + height <= 240 + 1e-9)).toBe(true);
    expect(layBuckets(histograms([null]), 0, frame).bars).toEqual([]);
  });
});

describe("painted cells", () => {
  const paint = { error: "error", warning: "warning", info: "info", clear: "clear", ground: "ground", hatch: "hatch", dots: "dots", mark: "mark" };
  const rows = [
    heatRow("a", "w", ["error", "error", "clear", "not-applicable", "no-data"]),
    heatRow("a", "b", ["info", "warning", "clear", "clear", "clear"], { nonfinite: Uint8Array.of(0, 0, 0, 0, 1) }),
  ];
  const view = { grid: layGrid(rows, new Set<string>()), scale: stepScale([0, 400], 500), usual: 100, magnitude: null, top: 0, bottom: 500, ratio: 1 };

  it("have their state's fill over hatching, one rectangle a run", () => {
    const { g, rects } = notebook();
    paintCells(g, view, paint);
    const first = rects.filter(({ y }) => y === view.grid.lanes[0]!.y).map(({ fill }) => fill);
    expect(first).toEqual(["ground", "hatch", "error", "clear", "ground", "dots"]);
  });

  it("are a lower bar for a note and carry a cross where not finite", () => {
    const { g, rects, strokes } = notebook();
    paintCells(g, view, paint);
    expect(rects.find(({ fill }) => fill === "info")!.height).toBeLessThan(view.grid.lanes[1]!.height * 0.7);
    expect(strokes()).toBe(1);
  });

  it("are skipped out of view", () => {
    const { g, rects } = notebook();
    paintCells(g, { ...view, top: 1000, bottom: 1200 }, paint);
    expect(rects).toEqual([]);
  });

  it("take a metric's colours cell by cell", () => {
    const numbers = [heatRow("a", "w", Float64Array.of(0, 0.5, 1))];
    const { g, rects } = notebook();
    const magnitude = magnitudeOf(numbers, { scale: "fraction", map: "magnitude" });
    paintCells(g, { ...view, grid: layGrid(numbers, new Set()), scale: stepScale([0, 200], 500), magnitude }, paint);
    expect(rects.slice(2).map(({ fill }) => fill)).toEqual([pick(CIVIDIS, 0), pick(CIVIDIS, 0.5), pick(CIVIDIS, 1)]);
  });
});

describe("colours of a metric", () => {
  const rows = [heatRow("a", "w", Float64Array.of(0, 1e-6, 1e-3, 1))];

  it("are logarithmic where the metric is, and nothing below the least takes the least's", () => {
    const { colour, low, high, log } = magnitudeOf(rows, { scale: "log", map: "magnitude" });
    expect([colour(0), colour(1e-6), colour(1e-3), colour(1)]).toEqual([0, 0, 0.5, 1].map((place) => pick(CIVIDIS, place)));
    expect([low, high, log]).toEqual(["1e−6", "1", true]);
  });

  it("are white at 0 for values with a sign, with equal reach on both sides", () => {
    const { colour, low, high } = magnitudeOf([heatRow("a", "w", Float64Array.of(-1, 0, 4))], { scale: "linear", map: "signed" });
    expect(colour(0)).toBe(pick(SIGNED, 0.5));
    expect([low, high]).toEqual(["−4", "4"]);
    expect(rgb(colour(-4))[2]).toBeGreaterThan(rgb(colour(-4))[0]);
  });

  it("do not let a single spike drown the rest", () => {
    const cells = Float64Array.from({ length: 400 }, (_, i) => (i === 7 ? 1e6 : i / 400));
    const { colour, high } = magnitudeOf([heatRow("a", "w", cells)], { scale: "linear", map: "magnitude" });
    expect(colour(0.5)).not.toBe(pick(CIVIDIS, 0));
    expect(high).toMatch(/^≥ /);
  });

  it("exist for rows without numbers", () => {
    for (const scale of ["linear", "log", "fraction"]) expect(magnitudeOf([heatRow("a", "w", new Float64Array())], { scale, map: "magnitude" }).colour(1)).toMatch(/^#/);
  });
});

describe("colours", () => {
  it("are read from the notations that themes use", () => {
    expect([rgb("#abc"), rgb("#1D3A66"), rgb("rgb(1, 2, 3)"), rgb("what")]).toEqual([[170, 187, 204], [29, 58, 102], [1, 2, 3], [0, 0, 0]]);
    expect(mix("#000000", "#ffffff", 0.5)).toBe("#808080");
    expect(pick(CIVIDIS, 7)).toBe("#fee838");
    expect(ridgeColours("#000000", "#ffffff", 0.72)).toEqual(["#b8b8b8", "#000000"]);
  });

  it.each(["light", "dark"])("of severity stand 3 to 1 against a clear cell in %s", (theme) => {
    const block = tokens.cssText.slice(tokens.cssText.indexOf(`[data-theme="${theme}"]`));
    const cell = (name: string): string => new RegExp(`--cell-${name}: (#[0-9a-f]{6})`).exec(block)![1]!;
    for (const severity of ["error", "warning", "info"]) expect(contrast(cell(severity), cell("clear"))).toBeGreaterThanOrEqual(3);
  });
});

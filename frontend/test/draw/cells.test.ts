import { describe, expect, it } from "vitest";
import { worse } from "../../src/format";
import { FOLDED, LANE, cellAt, cellEdges, laneAt, layGrid, outlinesOf, runsOf, stateOf } from "../../src/draw/cells";
import { stepScale, unite } from "../../src/draw/steps";
import { heatRow } from "./fixtures";

const rows = [
  heatRow("fc1", "weight", ["clear", "clear", "warning"], { id: 1, worst: "warning" }),
  heatRow("fc1", "bias", ["error", "clear", "clear"], { id: 2, worst: "error" }),
  heatRow("fc2", "weight", ["info", "no-data", "not-applicable"], { id: 3, worst: "info" }),
];
const scale = stepScale([0, 200], 212);
const union = unite(rows.map(({ steps }) => steps));

describe("the rows of the heatmap", () => {
  it("are thin lanes of one row where their layer is folded", () => {
    const { blocks, lanes, height } = layGrid([...rows.slice(0, 2), ...Array.from({ length: 3 }, (_, i) => heatRow("fc1", `x${i}`, ["clear"]))], new Set(["fc1"]));
    expect(blocks).toMatchObject([{ layer: "fc1", folded: true, height: FOLDED }]);
    expect(lanes.map((lane) => lane.height)).toEqual([LANE, LANE, LANE, LANE, LANE]);
    expect(height).toBe(FOLDED);
  });

  it("never become thinner than a lane, so that folding hides nothing", () => {
    const many = Array.from({ length: 12 }, (_, i) => heatRow("fc1", `x${i}`, ["clear"], { id: i }));
    const { blocks, lanes } = layGrid(many, new Set(["fc1"]));
    expect(lanes.every((lane) => lane.height === LANE)).toBe(true);
    expect(blocks[0]!.height).toBeGreaterThanOrEqual(12 * LANE);
  });

  it("carry the worst sign of their layer", () => {
    expect(layGrid(rows, new Set()).blocks.map(({ worst }) => worst)).toEqual(["error", "info"]);
    expect(worse(null, "info")).toBe("info");
    expect(worse("warning", "error")).toBe("error");
    expect(worse("info", "warning")).toBe("warning");
  });

  it("are found by height, and not between the blocks", () => {
    const grid = layGrid(rows, new Set());
    expect(grid.lanes.map((lane) => laneAt(grid, lane.y + 2)?.row.id)).toEqual([1, 2, 3]);
    expect(laneAt(grid, 3)).toBeNull();
    expect(laneAt(grid, 1e6)).toBeNull();
  });
});

describe("cells", () => {
  it("meet half-way between their steps and fill the ends of the domain", () => {
    const edges = cellEdges(Float64Array.of(0, 100, 200), scale, 100);
    expect(Array.from(edges)).toEqual([0, 56, 56, 156, 156, 212]);
  });

  it("leave a hole of the log open", () => {
    const steps = Float64Array.of(0, 10, 20, 30, 130, 140, 150);
    const edges = cellEdges(steps, stepScale([0, 150], 162), 10);
    expect(edges[7]).toBeLessThan(edges[8]!);
    expect(edges[5]).toBe(edges[6]);
  });

  it("of a single record are as wide as the others' rhythm, or as everything", () => {
    const [left, right] = cellEdges(Float64Array.of(100), scale, 100) as unknown as [number, number];
    expect(right - left).toBeCloseTo(100, 9);
    expect(Array.from(cellEdges(Float64Array.of(0), stepScale([0, 0], 80), 0))).toEqual([0, 80]);
  });

  it("have a state of severity, of no verdict, or of a number", () => {
    expect(["error", "clear", "clear"].map((_, i) => stateOf(rows[1]!, i))).toEqual(["error", "clear", "clear"]);
    expect([0, 1, 2].map((i) => stateOf(rows[2]!, i))).toEqual(["info", "no-data", "not-applicable"]);
    expect(stateOf(rows[0]!, -1)).toBe("no-data");
    const numbers = heatRow("a", "b", Float64Array.of(1, Number.NaN, 3), { nonfinite: Uint8Array.of(0, 0, 1) });
    expect([0, 1, 2].map((i) => stateOf(numbers, i))).toEqual(["value", "not-applicable", "not-finite"]);
    expect(stateOf(heatRow("a", "b", ["something else"]), 0)).toBe("no-data");
  });

  it("in the same state are one run", () => {
    expect(runsOf(rows[0]!)).toEqual([{ state: "clear", first: 0, last: 1 }, { state: "warning", first: 2, last: 2 }]);
  });

  it("are found under the pointer", () => {
    const grid = layGrid(rows, new Set());
    const y = grid.lanes[1]!.y + 1;
    expect([1, 55, 57, 211].map((x) => cellAt(grid, scale, 100, union, x, y)?.index)).toEqual([0, 0, 1, 2]);
    expect(cellAt(grid, scale, 100, union, 57, y)).toMatchObject({ lane: { row: { id: 2 } }, step: 100 });
    expect(cellAt(grid, scale, 100, union, 57, 2)).toBeNull();
  });

  it("that were not logged are found with the step of the others", () => {
    const late = heatRow("fc3", "weight", ["clear"], { id: 9, steps: Float64Array.of(200) });
    const grid = layGrid([...rows, late], new Set());
    expect(cellAt(grid, scale, 100, union, 3, grid.lanes.at(-1)!.y)).toMatchObject({ index: -1, step: 0 });
  });
});

describe("outlines", () => {
  const grid = layGrid(rows, new Set());

  it("join neighbouring rows of a layer, not those of another", () => {
    const boxes = outlinesOf(grid, new Set([1, 2, 3]), [0, 200], scale, 100);
    expect(boxes).toHaveLength(2);
    expect(boxes[0]).toMatchObject({ x: 0, width: 212, y: grid.lanes[0]!.y });
  });

  it("reach over the span only", () => {
    expect(outlinesOf(grid, new Set([1]), [100, 150], scale, 100)).toMatchObject([{ x: 56, width: 100 }]);
    expect(outlinesOf(grid, new Set([1]), [900, 950], scale, 100)).toEqual([]);
  });
});

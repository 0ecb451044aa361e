/** Where the heatmap's rows and cells lie, and what is under a point. */
import { worse } from "../format";
import type { Severity } from "../report";
import type { HeatRow, StepSpan } from "../types";
import { floor, max, min } from "./math";
import { WORDS } from "./signs";
import { nearest, rhythm, type StepScale } from "./steps";

export const ROW = 16;
export const FOLDED = 24;
export const LANE = 4;
/** Room at the foot of a block. */
const FOOT = 4;

export interface Lane {
  readonly row: HeatRow;
  /** Place among all lanes. */
  readonly index: number;
  readonly y: number;
  readonly height: number;
  readonly block: number;
}

/** A layer: open, a title line and a row a tensor; folded, one row of thin lanes. */
export interface Block {
  readonly layer: string;
  readonly folded: boolean;
  readonly y: number;
  readonly height: number;
  readonly lanes: readonly Lane[];
  readonly worst: Severity | null;
}

export interface Grid {
  readonly blocks: readonly Block[];
  readonly lanes: readonly Lane[];
  readonly height: number;
}

/** Lay rows out in blocks; rows of a layer stand together already. */
export function layGrid(rows: readonly HeatRow[], folded: ReadonlySet<string>): Grid {
  const blocks: Block[] = [];
  const all: Lane[] = [];
  let y = 0;
  for (let i = 0; i < rows.length; ) {
    const { layer } = rows[i]!;
    let end = i;
    while (end < rows.length && rows[end]!.layer === layer) end++;
    const own = rows.slice(i, end);
    const shut = folded.has(layer);
    const size = shut ? max(LANE, floor((FOLDED - FOOT) / own.length)) : ROW;
    const top = y + (shut ? FOOT / 2 : ROW);
    const lanes = own.map((row, k) => ({ row, index: all.length + k, y: top + k * size, height: shut ? size : size - 1, block: blocks.length }));
    const height = shut ? max(FOLDED, own.length * size + FOOT) : ROW * (own.length + 1) + FOOT;
    const worst = own.reduce<Severity | null>((most, row) => (row.worst ? worse(most, row.worst) : most), null);
    blocks.push({ layer, folded: shut, y, height, lanes, worst });
    all.push(...lanes);
    y += height;
    i = end;
  }
  return { blocks, lanes: all, height: y };
}

/** A gap this many times the usual one is a hole, not a slow stretch; sampled logs have uneven gaps. */
const HOLE = 6;

/**
 * Left and right edge of every record's cell: neighbours meet half-way, and a hole in the log stays open.
 *
 * `usual` is the distance to assume for a row with a single record.
 */
export function cellEdges(steps: Float64Array, scale: StepScale, usual: number): Float64Array {
  const own = rhythm(steps) || usual;
  const [first, last] = scale.domain;
  const out = new Float64Array(2 * steps.length);
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i]!;
    const before = i > 0 ? step - steps[i - 1]! : own;
    const after = i + 1 < steps.length ? steps[i + 1]! - step : own;
    const left = step - (before > HOLE * own ? own : before) / 2;
    const right = step + (after > HOLE * own ? own : after) / 2;
    out[2 * i] = own === 0 || left <= first ? 0 : scale(left);
    out[2 * i + 1] = own === 0 || right >= last ? scale.width : scale(right);
  }
  return out;
}

/** Words for a cell: a health state, "not finite", or "value" for a metric's number. */
export type CellState = "error" | "warning" | "info" | "clear" | "not-applicable" | "no-data" | "not-finite" | "value";

/** The state of record i of a row. */
export function stateOf(row: HeatRow, i: number): CellState {
  if (i < 0) return "no-data";
  if (row.nonfinite[i]) return "not-finite";
  const cell = row.cells[i];
  if (typeof cell === "number") return isNaN(cell) ? "not-applicable" : "value";
  return cell !== undefined && Object.hasOwn(WORDS, cell) ? (cell as CellState) : "no-data";
}

export interface Hit {
  readonly lane: Lane;
  /** Record, -1 where the row has none here. */
  readonly index: number;
  readonly step: number;
}

/** What lies under a point; `usual` as in cellEdges, `union` the steps of all rows. */
export function cellAt(grid: Grid, scale: StepScale, usual: number, union: ArrayLike<number>, x: number, y: number): Hit | null {
  const lane = laneAt(grid, y);
  if (lane === null) return null;
  const edges = cellEdges(lane.row.steps, scale, usual);
  const { steps } = lane.row;
  let index = nearest(steps, scale.invert(x));
  // Cells meet half-way on the axis, but an end cell may reach further: look at the neighbours too.
  index = [index, index - 1, index + 1].find((i) => i >= 0 && i < steps.length && x >= edges[2 * i]! && x < edges[2 * i + 1]!) ?? -1;
  const other = nearest(union, scale.invert(x));
  return { lane, index, step: index >= 0 ? steps[index]! : (union[other] ?? 0) };
}

/** The lane at a height; the hairline below a row belongs to it. */
export function laneAt(grid: Grid, y: number): Lane | null {
  let low = 0;
  let high = grid.lanes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (grid.lanes[middle]!.y <= y) low = middle + 1;
    else high = middle;
  }
  const lane = grid.lanes[low - 1];
  return lane !== undefined && y < lane.y + lane.height + 1 ? lane : null;
}

/** Runs of neighbouring records in the same state, so that a long stretch is one rectangle. */
export function runsOf(row: HeatRow): { state: CellState; first: number; last: number }[] {
  const runs: { state: CellState; first: number; last: number }[] = [];
  for (let i = 0; i < row.steps.length; i++) {
    const state = stateOf(row, i);
    const open = runs.at(-1);
    if (open?.state === state) open.last = i;
    else runs.push({ state, first: i, last: i });
  }
  return runs;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Outlines around the selected rows within a span of steps; neighbouring rows of a layer share one. */
export function outlinesOf(grid: Grid, ids: ReadonlySet<number>, span: StepSpan, scale: StepScale, usual: number): Box[] {
  const boxes: { x: number; y: number; width: number; height: number; block: number }[] = [];
  for (const lane of grid.lanes) {
    if (!ids.has(lane.row.id)) continue;
    const { steps } = lane.row;
    const first = steps.findIndex((step) => step >= span[0]);
    const last = steps.findLastIndex((step) => step <= span[1]);
    if (first < 0 || last < first) continue;
    const edges = cellEdges(steps, scale, usual);
    const x = edges[2 * first]!;
    const right = edges[2 * last + 1]!;
    const open = boxes.at(-1);
    if (open && open.block === lane.block && lane.y - (open.y + open.height) <= 1) {
      const end = max(open.x + open.width, right);
      open.x = min(open.x, x);
      open.width = end - open.x;
      open.height = lane.y + lane.height - open.y;
    } else boxes.push({ x, y: lane.y, width: right - x, height: lane.height, block: lane.block });
  }
  return boxes;
}

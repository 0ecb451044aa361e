/** The heatmap's cells on a canvas. */
import { cellEdges, runsOf, type Grid, type Lane } from "./cells";
import type { Magnitude } from "./magnitude";
import { floor, max, min, round } from "./math";
import type { Canvas } from "./paint";
import { spaced, type StepScale } from "./steps";

type Fill = string | CanvasPattern;

export interface CellPaint {
  readonly error: string;
  readonly warning: string;
  readonly info: string;
  readonly clear: string;
  /** Ground below hatching and dots. */
  readonly ground: string;
  readonly hatch: Fill;
  readonly dots: Fill;
  /** Crosses and signs on cells. */
  readonly mark: string;
}

export interface CellView {
  readonly grid: Grid;
  readonly scale: StepScale;
  readonly usual: number;
  readonly magnitude: Magnitude | null;
  /** Heights in view. */
  readonly top: number;
  readonly bottom: number;
  /** Device pixels a pixel, so that edges are sharp. */
  readonly ratio: number;
}

/** Paint the lanes in view; y is relative to `top`. */
export function paintCells(g: Canvas, view: CellView, paint: CellPaint): void {
  for (const lane of view.grid.lanes) {
    if (lane.y + lane.height < view.top || lane.y > view.bottom) continue;
    paintLane(g, lane, view, paint);
  }
  for (const block of view.grid.blocks) {
    if (block.y + block.height < view.top || block.y > view.bottom) continue;
    paintCrosses(g, block.folded ? crossesOfBlock(block.lanes, view) : block.lanes.flatMap((lane) => crossesOf(lane, view)), paint.mark);
  }
}

function paintLane(g: Canvas, lane: Lane, view: CellView, paint: CellPaint): void {
  const snap = (x: number): number => round(x * view.ratio) / view.ratio;
  const edges = cellEdges(lane.row.steps, view.scale, view.usual);
  const y = lane.y - view.top;
  const fill = (style: Fill, from: number, to: number, inset = 0): void => {
    const x = snap(from);
    const top = snap(y + inset);
    g.fillStyle = style;
    g.fillRect(x, top, max(1 / view.ratio, snap(to) - x), snap(y + lane.height - inset) - top);
  };
  fill(paint.ground, 0, view.scale.width);
  fill(paint.hatch, 0, view.scale.width);
  for (const { state, first, last } of runsOf(lane.row)) {
    const [from, to] = [edges[2 * first]!, edges[2 * last + 1]!];
    switch (state) {
      case "no-data":
        break;
      case "not-applicable":
        fill(paint.ground, from, to);
        fill(paint.dots, from, to);
        break;
      case "not-finite":
        fill(paint.error, from, to);
        break;
      case "value":
        for (let i = first; i <= last; i++) {
          fill(view.magnitude?.colour(lane.row.cells[i] as number) ?? paint.clear, edges[2 * i]!, edges[2 * i + 1]!);
        }
        break;
      case "info":
        // Half as tall: told from a warning without colour.
        fill(paint.clear, from, to);
        fill(paint.info, from, to, lane.height / 4);
        break;
      default:
        fill(paint[state], from, to);
    }
  }
}

interface Cross {
  readonly x: number;
  readonly y: number;
}

/** Crosses keep this distance, however narrow the cells are. */
const APART = 14;

/** Crosses for the cells that were not finite: one each where there is room, else evenly over the run. */
function crossesOf(lane: Lane, { scale, usual, top }: CellView): Cross[] {
  const edges = cellEdges(lane.row.steps, scale, usual);
  const y = lane.y + lane.height / 2 - top;
  return runsOf(lane.row).filter(({ state }) => state === "not-finite").flatMap(({ first, last }) => {
    const from = edges[2 * first]!;
    const width = edges[2 * last + 1]! - from;
    const n = max(1, min(last - first + 1, floor(width / APART)));
    return Array.from({ length: n }, (_, i) => ({ x: from + ((i + 0.5) * width) / n, y }));
  });
}

/** A folded layer's lanes are too thin for a cross each: one line of crosses for all. */
function crossesOfBlock(lanes: readonly Lane[], view: CellView): Cross[] {
  const places = lanes.flatMap((lane) => crossesOf(lane, view));
  const first = lanes[0]!;
  const last = lanes.at(-1)!;
  const y = (first.y + last.y + last.height) / 2 - view.top;
  return spaced(places.map((one) => one.x).sort((a, b) => a - b), APART).map((x) => ({ x, y }));
}

function paintCrosses(g: Canvas, crosses: readonly Cross[], colour: string): void {
  const r = 2.5;
  g.strokeStyle = colour;
  g.lineWidth = 1.25;
  for (const { x, y } of crosses) {
    g.beginPath();
    g.moveTo(x - r, y - r);
    g.lineTo(x + r, y + r);
    g.moveTo(x + r, y - r);
    g.lineTo(x - r, y + r);
    g.stroke();
  }
}

/** The twin's ridges on a canvas: oldest at the back and lightest, newest in front and darkest. */
import type { StepSpan } from "../types";
import { mix } from "./colours";
import { round } from "./math";
import { brokenBands, curveOf, firstOf, type Ridges, type Slice } from "./ridges";

export interface RidgePaint {
  readonly old: string;
  readonly young: string;
  readonly edge: string;
  readonly surface: string;
  readonly line: string;
  readonly error: string;
  readonly errorTint: string;
  /** Of several sources whose each histogram is, and the colours of each; all but the first are lines, so that it shows. */
  readonly over: { readonly of: Uint8Array; readonly colours: readonly string[]; readonly ramps: readonly (readonly [old: string, young: string])[]; readonly single: boolean } | null;
}

/** The part of a 2D context that is drawn on. */
export type Canvas = Pick<
  CanvasRenderingContext2D,
  | "beginPath" | "moveTo" | "lineTo" | "fill" | "stroke" | "fillRect" | "fillStyle" | "strokeStyle"
  | "lineWidth" | "setLineDash"
>;

/** For whoever cannot tell the colours. */
const DASHES = [[], [5, 3], [1.5, 2.5], [9, 3, 2, 3]] as const;

/** How the line at a place is dashed: single ones each in their own way, others where a colour comes again. */
export const dashOf = (colours: readonly unknown[], k: number, single = false): readonly number[] =>
  DASHES[(single ? k : colours.slice(0, k).filter((colour) => colour === colours[k]).length) % DASHES.length]!;

const trace = (g: Canvas, points: readonly (readonly [number, number])[]): void => {
  g.beginPath();
  points.forEach(([x, y], i) => (i === 0 ? g.moveTo(x, y) : g.lineTo(x, y)));
};

/** Paint the ridges; steps outside `span` are half as strong, unless no ridge would be in full strength. */
export function paintRidges(g: Canvas, ridges: Ridges, colours: RidgePaint, span: StepSpan | null, small: boolean): void {
  const { frame, slices } = ridges;
  const own = firstOf(ridges, colours.over?.of);
  const { left, right } = frame;
  const offset = ridges.mode === "offset";
  if (offset && !small) {
    g.fillStyle = colours.line;
    for (const { y } of ridges.axis) g.fillRect(left, round(y), right - left, 1);
  }
  if (offset) {
    for (const band of brokenBands(own)) {
      g.fillStyle = colours.errorTint;
      g.fillRect(left, band.top, right - left, band.bottom - band.top);
    }
  }
  const inside = ({ step, row }: Slice): boolean => span !== null && row !== null && step >= span[0] && step <= span[1];
  const all = !slices.some(inside);
  for (const slice of slices) {
    if (slice.row === null) continue;
    const { over } = colours;
    const k = over?.of[slice.index] ?? 0;
    const [old, young] = over?.ramps[k] ?? [colours.old, colours.young];
    const full = mix(old, young, slice.age);
    const colour = all || inside(slice) ? full : mix(full, colours.surface, 0.5);
    const points = curveOf(ridges, slice);
    const filled = offset && k === 0;
    if (filled) {
      trace(g, [...points, [points.at(-1)![0], slice.y], [points[0]![0], slice.y]]);
      g.fillStyle = colour;
      g.fill();
    }
    if (offset) outline(g, points, slice.y);
    else trace(g, points);
    g.strokeStyle = filled ? colours.edge : colour;
    g.lineWidth = filled ? (small ? 0.5 : 0.75) : over?.single ? 2 : offset ? 1.25 : 1;
    g.setLineDash(over ? [...dashOf(over.colours, k, over.single)] : []);
    g.stroke();
    g.setLineDash([]);
  }
  if (offset) {
    g.fillStyle = colours.error;
    for (const band of brokenBands(own)) {
      g.fillRect(left, round(band.top), right - left, small ? 1 : 1.5);
    }
  }
}

/** Along the values, not along empty bins: many empty ones would cover what lies behind. */
function outline(g: Canvas, points: readonly (readonly [number, number])[], base: number): void {
  g.beginPath();
  let drawing = false;
  for (let i = 0; i + 1 < points.length; i++) {
    const [from, to] = [points[i]!, points[i + 1]!];
    const before = drawing;
    drawing = base - from[1] > 0.3 || base - to[1] > 0.3;
    if (drawing && !before) g.moveTo(...from);
    if (drawing) g.lineTo(...to);
  }
}

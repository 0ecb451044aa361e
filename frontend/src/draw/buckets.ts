/** One step at true resolution: the buckets as they were logged. */
import type { CountAxis, SeriesHistograms, ValueAxis } from "../types";
import { jointDomain } from "./bins";
import { linearScale } from "./linear";
import { logScale } from "./log";
import { max, min } from "./math";
import type { Canvas } from "./paint";
import { valueScale, WIDE, type Frame } from "./ridges";
import { nearZero } from "./symlog";

export interface Bar {
  readonly x: number;
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly count: number;
}

export interface Buckets {
  readonly frame: Frame;
  readonly bars: readonly Bar[];
  /** Buckets in the log; narrow uneven ones share a bar. */
  readonly logged: number;
  /** "count" where all buckets are drawn equally wide; else bars have the area of their count. */
  readonly measure: "count" | "density";
  readonly largest: number;
  readonly total: number;
  readonly ticks: readonly number[];
  readonly x: (value: number) => number;
  readonly near: number | null;
  /** Heights to name: counts; none for densities, which have no plain unit. */
  readonly heights: readonly { readonly count: number; readonly y: number }[];
}

/** Bucket widths count as equal within this share; writers round edges to float32. */
const SAME = 1e-3;
const THINNEST = 1.5;
/** Uneven buckets are drawn together below this width. */
const NARROWEST = 4;

interface Piece {
  readonly left: number;
  readonly right: number;
  readonly count: number;
}

/**
 * Join neighbours until each piece is at least `least` wide.
 *
 * Exponential buckets are so narrow around 0 that a single value in one would look like a spike.
 */
export function joinNarrow(pieces: readonly Piece[], least: number, x = (value: number): number => value): Piece[] {
  const out: Piece[] = [];
  for (const piece of pieces) {
    const open = out.at(-1);
    const joins = open && (x(piece.right) - x(open.left) <= least || (x(open.right) - x(open.left) < least && x(piece.left) - x(open.right) < least));
    if (joins) out[out.length - 1] = { left: open.left, right: piece.right, count: open.count + piece.count };
    else out.push(piece);
  }
  return out;
}

/** Lay the buckets of histogram h out in a frame, on the axis of all in `scope`; a bucket of no width is a thin line. */
export function layBuckets(
  data: SeriesHistograms, h: number, frame: Frame, values: ValueAxis = "linear", counts: CountAxis = "linear", scope: SeriesHistograms | null = null,
): Buckets {
  const { left, right, top, bottom } = frame;
  const spanned = [scope ?? data, scope ? Array.from(scope.steps.keys()) : [h]] as const;
  const near = values === "symlog" ? nearZero(...spanned) : null;
  const x = valueScale(jointDomain(...spanned), [left, right], WIDE, near);
  const logged: Piece[] = [];
  for (let b = data.start[h]!; b < data.start[h + 1]!; b++) {
    logged.push({ left: data.left[b]!, right: data.right[b]!, count: data.count[b]! });
  }
  const widths = logged.map(({ left, right }) => x(right) - x(left));
  const uneven = min(...widths) > 0 && max(...widths) - min(...widths) > SAME * max(...widths);
  const measure = uneven ? "density" : "count";
  const pieces = uneven ? joinNarrow(logged, NARROWEST, x) : logged;
  const weights = pieces.map(({ left, right, count }) => (uneven ? count / (x(right) - x(left)) : count));
  const inner = bottom - top;
  const rise = heightScale(weights, inner, counts === "log");
  const bars = pieces.map((piece, i) => {
    const [from, to] = [x(piece.left), x(piece.right)];
    const width = max(THINNEST, to - from);
    return { ...piece, x: (from + to) / 2 - width / 2, width, height: rise(weights[i]!) };
  });
  return {
    frame,
    bars,
    logged: logged.length,
    measure,
    largest: max(...bars.map((bar) => bar.count), 0),
    total: logged.reduce((sum, { count }) => sum + count, 0),
    ticks: x.marks,
    x,
    near,
    heights: uneven ? [] : rise.ticks(max(2, inner / 50)).filter(whole).map((count) => ({ count, y: bottom - rise(count) })),
  };
}

const whole = (count: number): boolean => count > 0 && Number.isInteger(count);

/** Heights in pixels; a logarithmic axis begins at half of the smallest, so that this still shows. */
function heightScale(weights: readonly number[], inner: number, log: boolean) {
  const some = weights.filter((weight) => weight > 0);
  const most = max(...some, Number.MIN_VALUE);
  return log && some.length > 0 ? logScale([min(...some) / 2, most], [0, inner]) : linearScale([0, most], [0, inner]);
}

/** The bucket under an x, the higher one where several share it. */
export function barAt(buckets: Buckets, x: number): Bar | null {
  const reach = 2;
  return buckets.bars
    .filter((bar) => x >= bar.x - reach && x <= bar.x + bar.width + reach)
    .reduce<Bar | null>((best, bar) => (best === null || inside(bar, x) > inside(best, x) ? bar : best), null);
}

const inside = (bar: Bar, x: number): number => (x >= bar.x && x <= bar.x + bar.width ? 1e9 : 0) + bar.height;

/** Paint the bars; a hairline keeps wide neighbours apart. */
export function paintBuckets(g: Canvas, buckets: Buckets, colour: string): void {
  g.fillStyle = colour;
  for (const bar of buckets.bars) {
    const gap = bar.width > 4 ? 1 : 0;
    g.fillRect(bar.x + gap / 2, buckets.frame.bottom - bar.height, bar.width - gap, bar.height);
  }
}

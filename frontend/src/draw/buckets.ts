/** One step at true resolution: the buckets as they were logged. */
import { scaleLinear } from "d3-scale";
import type { SeriesHistograms } from "../types";
import { jointDomain } from "./bins";
import type { Canvas } from "./paint";
import type { Frame } from "./ridges";

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
  /** "count" where all buckets are equally wide; else bars have the area of their count. */
  readonly measure: "count" | "density";
  readonly largest: number;
  readonly total: number;
  readonly ticks: readonly number[];
  readonly x: (value: number) => number;
}

/** Bucket widths count as equal within this share; writers round edges to float32. */
const SAME = 1e-3;
const THINNEST = 1.5;

/** Lay the buckets of histogram h out in a frame; a bucket of no width is a line of full height. */
export function layBuckets(data: SeriesHistograms, h: number, frame: Frame): Buckets {
  const [low, high] = jointDomain(data, [h]) ?? [-1, 1];
  const wanted = Math.max(2, (frame.width - frame.left - frame.right) / 90);
  const x = scaleLinear([low, high], [frame.left, frame.width - frame.right]).nice(wanted);
  const own = Array.from({ length: data.start[h + 1]! - data.start[h]! }, (_, i) => data.start[h]! + i);
  const widths = own.map((b) => data.right[b]! - data.left[b]!);
  const solid = widths.filter((width) => width > 0);
  const [narrow, wide] = [Math.min(...solid), Math.max(...solid)];
  const measure = solid.length === own.length && wide - narrow > SAME * wide ? "density" : "count";
  const weight = (b: number, i: number): number => data.count[b]! / (measure === "density" ? widths[i]! : 1);
  const weights = own.map(weight);
  const most = Math.max(...weights, 0);
  const inner = frame.height - frame.top - frame.bottom;
  const bars = own.map((b, i) => {
    const [from, to] = [x(data.left[b]!), x(data.right[b]!)];
    const width = Math.max(THINNEST, to - from);
    return {
      x: (from + to) / 2 - width / 2,
      width,
      height: most > 0 ? (weights[i]! / most) * inner : 0,
      left: data.left[b]!,
      right: data.right[b]!,
      count: data.count[b]!,
    };
  });
  return {
    frame,
    bars,
    measure,
    largest: Math.max(...bars.map((bar) => bar.count), 0),
    total: bars.reduce((sum, bar) => sum + bar.count, 0),
    ticks: x.ticks(wanted),
    x,
  };
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
  const base = buckets.frame.height - buckets.frame.bottom;
  g.fillStyle = colour;
  for (const bar of buckets.bars) {
    const gap = bar.width > 4 ? 1 : 0;
    g.fillRect(bar.x + gap / 2, base - bar.height, bar.width - gap, bar.height);
  }
}

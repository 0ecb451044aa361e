/**
 * The bands of the stock Distributions tab: nine quantiles of each histogram over the steps.
 *
 * They are taken from the histograms as they were logged, not from the metrics, so that any histogram can be shown.
 */
import type { SeriesHistograms, StepAxis, StepSpan, ValueAxis } from "../types";
import { bandPath, linePath } from "./band";
import { extent, jointDomain } from "./bins";
import { linearScale } from "./linear";
import { max, min } from "./math";
import { HIGH, timeOf, timeTicks, valueScale, type Frame } from "./ridges";
import { nearest, rhythm, STEP_PAD } from "./steps";
import { brokenSpans } from "./strip";
import { nearZero } from "./symlog";

/** What lies below -1.5, -1, -0.5 ... 1.5 standard deviations of a normal distribution, between both ends. */
export const LEVELS = [0, 0.0668, 0.1587, 0.3085, 0.5, 0.6915, 0.8413, 0.9332, 1] as const;
export const LEVEL_NAMES = ["min", "p7", "p16", "p31", "p50", "p69", "p84", "p93", "max"] as const;
/** Sums of counts may miss a level by rounding. */
const SLACK = 1e-12;

export interface Bands {
  readonly frame: Frame;
  /** Where each record stands from left to right. */
  readonly places: Float64Array;
  /** Values by level; NaN where a record has none. */
  readonly levels: readonly Float64Array[];
  /** Where a step stands, be it logged or not. */
  readonly x: (step: number) => number;
  readonly y: (value: number) => number;
  readonly near: number | null;
  readonly ticks: readonly number[];
  readonly axis: readonly { readonly place: number; readonly label: string }[];
  /** From the widest band to the narrowest. */
  readonly bands: readonly string[];
  /** The line of each level. */
  readonly lines: readonly string[];
  /** Stretches of steps that were not finite. */
  readonly broken: readonly { readonly left: number; readonly right: number }[];
}

/**
 * The value below which each share of histogram h lies, interpolated within its bucket; exact where a share ends at
 * an edge. NaN where it is empty or not finite.
 */
export function quantiles(data: SeriesHistograms, h: number): number[] {
  const own = extent(data, h);
  const [first, end] = [data.start[h]!, data.start[h + 1]!];
  let total = 0;
  for (let b = first; b < end; b++) total += data.count[b]!;
  if (own === null || total === 0) return LEVELS.map(() => NaN);
  const out: number[] = [own[0]];
  let below = 0;
  for (let b = first; b < end; b++) {
    const count = data.count[b]!;
    const within = (): boolean => out.length < LEVELS.length - 1 && below + count >= (LEVELS[out.length]! - SLACK) * total;
    while (count > 0 && within()) {
      const share = max(0, (LEVELS[out.length]! * total - below) / count);
      out.push(between(data.left[b]!, data.right[b]!, share > 1 - (SLACK * total) / count ? 1 : share));
    }
    below += count;
  }
  return [...out, own[1]];
}

/** Between the largest doubles no difference may be taken. */
const between = (left: number, right: number, share: number): number =>
  share === 1 || left === right ? right : left * (1 - share) + right * share;

/**
 * Lay the bands out in a frame; steps stand where the strips have them, times from the first to the last. The value axis
 * is that of all in `scope`.
 */
export function layBands(data: SeriesHistograms, frame: Frame, axis: StepAxis, values: ValueAxis, steps: StepSpan, scope = data): Bands {
  const shown = Array.from(data.steps.keys());
  const all = Array.from(scope.steps.keys());
  const times = shown.map((h) => timeOf(data, axis, h));
  const [first, last] = axis === "step" ? steps : [times[0] ?? 0, times.at(-1) ?? 0];
  const { left, right, top, bottom } = frame;
  const xOf = linearScale([first, last], [left + STEP_PAD, right - STEP_PAD]);
  const places = Float64Array.from(times, xOf);
  const half = max(1, rhythm(places) / 2);

  const near = values === "symlog" ? nearZero(scope, all) : null;
  const domain = jointDomain(scope, all);
  const y = valueScale(domain, [bottom, top], HIGH, near);
  const rows = shown.map((h) => quantiles(data, h));
  const levels = LEVELS.map((_, i) => Float64Array.from(rows, (row) => row[i]!));
  const same = (x: number): number => x;
  return {
    frame,
    places,
    levels,
    x: axis === "step" ? xOf : (step) => places[nearest(data.steps, step)] ?? left,
    y,
    near,
    ticks: domain ? y.marks : [],
    axis: shown.length === 0 && axis !== "step" ? [] : timeTicks(first, last, axis, xOf, axis === "wall" ? 104 : 52),
    bands: [0, 1, 2, 3].map((i) => bandPath(places, levels[i]!, levels[8 - i]!, same, y)),
    lines: levels.map((level) => linePath(places, level, same, y)),
    broken: brokenSpans({ steps: places, nonfinite: data.nonfinite })
      .map(([from, to]) => ({ left: max(left, from - half), right: min(right, to + half) })),
  };
}

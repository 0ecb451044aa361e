/** A strip's value axis: its domain, ticks and what stands at the line ends. */
import type { MetricSeries, Strip } from "../types";
import { linearScale } from "./linear";
import { logScale } from "./log";
import { abs, clamp, floor, log10, max, min } from "./math";
import { percent, tick } from "./numbers";
import { recordAt, spaced } from "./steps";

export interface StripScale {
  /** Pixels from the top; clamped just outside the strip, so that a far value still shows where it went. */
  readonly y: (value: number) => number;
  readonly ticks: readonly number[];
  readonly label: (value: number) => string;
}

const PAD = 3;
/** The height of a label. */
const LABEL = 12;
/** A strip of less than this many decades is not told apart from a constant. */
const DECADES = 0.3;

type Input = Pick<Strip, "lines" | "scale" | "thresholds">;

/** What the axis has to show; on a logarithmic one a lower bound close to 0 would take all the room. */
function* valuesOf({ lines, thresholds, scale }: Input): Iterable<number> {
  for (const { series: { value, low, high } } of lines) {
    yield* value;
    if (scale !== "log") for (const bound of [low, high]) yield* bound ?? [];
  }
  for (const { value } of thresholds) yield value;
}

/** Smallest and largest of the values shown; bounds count too, so that a line is never zoomed beyond what is proved. */
export function stripDomain(strip: Input): readonly [number, number] {
  if (strip.scale === "fraction") return [0, 1];
  const log = strip.scale === "log";
  let low = Infinity;
  let high = -Infinity;
  for (const value of valuesOf(strip)) {
    if (!isFinite(value) || (log && value <= 0)) continue;
    low = min(low, value);
    high = max(high, value);
  }
  if (low > high) return log ? [0.1, 10] : [-1, 1];
  if (log) {
    const spread = log10(high / low);
    const pad = spread < DECADES ? (DECADES * 2 - spread) / 2 : spread * 0.06;
    return [low / 10 ** pad, high * 10 ** pad];
  }
  if (high === low) return low === 0 ? [-1, 1] : [low - abs(low) / 2, high + abs(high) / 2];
  const pad = (high - low) * 0.08;
  return [low - pad, high + pad];
}

/** The value axis of a strip of the given height. */
export function stripScale(strip: Input, height: number): StripScale {
  const domain = stripDomain(strip);
  const range = [height - PAD, PAD] as const;
  const wanted = max(2, floor(height / 22));
  const seen = (y: number): number => clamp(y, -1, height + 1);
  if (strip.scale === "log") {
    const scale = logScale(domain, range);
    const y = (value: number): number => (value > 0 ? seen(scale(value)) : height + 1);
    return { y, ticks: spaced(scale.ticks(wanted), LABEL, y), label: tick };
  }
  const scale = linearScale(domain, range);
  const y = (value: number): number => seen(scale(value));
  if (strip.scale === "fraction") return { y, ticks: [0, 0.5, 1], label: percent };
  return { y, ticks: scale.ticks(wanted), label: tick };
}

/** Shift label middles apart so that they keep `gap` pixels, staying within 0..height as far as they fit. */
export function pushApart(places: readonly number[], gap: number, height: number): number[] {
  const order = places.map((_, i) => i).sort((a, b) => places[a]! - places[b]!);
  const out = [...places];
  let before = -Infinity;
  for (const i of order) {
    out[i] = max(before + gap, places[i]!);
    before = out[i]!;
  }
  const over = before - height;
  if (over > 0) for (const i of order) out[i]! -= clamp(out[i]!, 0, over);
  let after = Infinity;
  for (const i of [...order].reverse()) {
    out[i] = min(after - gap, out[i]!);
    after = out[i]!;
  }
  return out;
}

/** Runs of neighbouring records that were not finite in any line: first and last step. */
export function brokenSpans(series: Pick<MetricSeries, "steps" | "nonfinite">): (readonly [number, number])[] {
  const out: [number, number][] = [];
  for (let i = 0; i < series.steps.length; i++) {
    if (!series.nonfinite[i]) continue;
    const open = out.at(-1);
    if (open && i > 0 && series.nonfinite[i - 1]) open[1] = series.steps[i]!;
    else out.push([series.steps[i]!, series.steps[i]!]);
  }
  return out;
}

/** The record to read at a step; without a step the newest that has a value. -1: none. */
export function readAt(series: MetricSeries, step: number | null): number {
  if (step !== null) return recordAt(series.steps, step);
  for (let i = series.steps.length - 1; i >= 0; i--) if (!isNaN(series.value[i]!)) return i;
  return -1;
}

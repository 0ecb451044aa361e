/** The steps to show, and what lies within them. Pure; nothing is copied. */
import { max, min } from "./draw/math";
import type { Link } from "./state";
import type { MetricSeries, SeriesHistograms, StepSpan, Strip } from "./types";

/** The steps that the link asks for; null is all of them. */
export function rangeOf({ span, from, to }: Pick<Link, "span" | "from" | "to">, finding: StepSpan | null): StepSpan | null {
  if (span === "finding" && finding) return finding;
  return from === null && to === null ? null : [from ?? -Infinity, to ?? Infinity];
}

/** The part of a step axis within a range; where nothing is left, all of it. */
export function axisWithin(domain: StepSpan, range: StepSpan | null): StepSpan {
  if (!range) return domain;
  const cut = [max(domain[0], range[0]), min(domain[1], range[1])] as const;
  return cut[0] <= cut[1] ? cut : domain;
}

/** The arrays of an object over ascending steps, from the first to the last within a range; itself where all are. */
function cut<T extends { readonly steps: Float64Array }>(data: T, keys: readonly (keyof T)[], range: StepSpan | null): T {
  const { steps } = data;
  if (!range) return data;
  const first = steps.findIndex((step) => step >= range[0]);
  const from = first < 0 ? steps.length : first;
  const to = max(from, steps.findLastIndex((step) => step <= range[1]) + 1);
  if (from === 0 && to === steps.length) return data;
  const part = (key: keyof T) => (data[key] as Float64Array | null)?.subarray(from, key === "start" ? to + 1 : to) ?? null;
  return { ...data, ...Object.fromEntries(keys.map((key) => [key, part(key)])) };
}

const KEYS = ["steps", "wallTimes", "nonfinite"] as const;

/** The records within a range; their buckets are shared. */
export const cutHistograms = (data: SeriesHistograms, range: StepSpan | null): SeriesHistograms => cut(data, [...KEYS, "start"], range);

export const cutSeries = (data: MetricSeries, range: StepSpan | null): MetricSeries => cut(data, [...KEYS, "low", "value", "high"], range);

export const cutStrip = (strip: Strip, range: StepSpan | null): Strip => ({
  ...strip,
  lines: strip.lines.map((line) => ({ ...line, series: cutSeries(line.series, range) })),
});

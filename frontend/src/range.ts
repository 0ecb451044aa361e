/** The steps to show, and what lies within them. Pure; nothing is copied. */
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
  const cut = [Math.max(domain[0], range[0]), Math.min(domain[1], range[1])] as const;
  return cut[0] <= cut[1] ? cut : domain;
}

/** Places in ascending steps, from and up to but not including; null where all are within. */
function placesOf(steps: Float64Array, range: StepSpan | null): readonly [from: number, to: number] | null {
  if (!range) return null;
  const first = steps.findIndex((step) => step >= range[0]);
  const from = first < 0 ? steps.length : first;
  const to = Math.max(from, steps.findLastIndex((step) => step <= range[1]) + 1);
  return from === 0 && to === steps.length ? null : [from, to];
}

/** The records within a range; their buckets are shared. */
export function cutHistograms(data: SeriesHistograms, range: StepSpan | null): SeriesHistograms {
  const places = placesOf(data.steps, range);
  if (!places) return data;
  return {
    ...data,
    steps: data.steps.subarray(...places),
    wallTimes: data.wallTimes.subarray(...places),
    nonfinite: data.nonfinite.subarray(...places),
    start: data.start.subarray(places[0], places[1] + 1),
  };
}

export function cutSeries(data: MetricSeries, range: StepSpan | null): MetricSeries {
  const places = placesOf(data.steps, range);
  if (!places) return data;
  return {
    id: data.id,
    steps: data.steps.subarray(...places),
    wallTimes: data.wallTimes.subarray(...places),
    nonfinite: data.nonfinite.subarray(...places),
    low: data.low && data.low.subarray(...places),
    value: data.value.subarray(...places),
    high: data.high && data.high.subarray(...places),
  };
}

export const cutStrip = (strip: Strip, range: StepSpan | null): Strip => ({
  ...strip,
  lines: strip.lines.map(({ label, series }) => ({ label, series: cutSeries(series, range) })),
});

import type { HeatRow, MetricSeries, SeriesHistograms } from "../../src/types";

export type Bucket = readonly [left: number, right: number, count: number];

/** Histograms of one series; null is a step that was not finite. */
export function histograms(records: readonly (readonly Bucket[] | null)[], steps = records.map((_, i) => i * 100)): SeriesHistograms {
  const buckets = records.flatMap((record) => record ?? []);
  let at = 0;
  return {
    id: 0,
    run: "train",
    tag: "dense/kernel",
    steps: Float64Array.from(steps),
    wallTimes: Float64Array.from(steps, (step) => 1.7e9 + step),
    nonfinite: Uint8Array.from(records, (record) => (record === null ? 1 : 0)),
    start: Int32Array.from([0, ...records.map((record) => (at += record?.length ?? 0))]),
    left: Float64Array.from(buckets, ([left]) => left),
    right: Float64Array.from(buckets, ([, right]) => right),
    count: Float64Array.from(buckets, ([, , count]) => count),
  };
}

/** A histogram of `count` values between low and high in equal buckets. */
export const spread = (low: number, high: number, count = 30, k = 3): Bucket[] =>
  Array.from({ length: k }, (_, i) => [low + ((high - low) * i) / k, i === k - 1 ? high : low + ((high - low) * (i + 1)) / k, count / k] as const);

export function heatRow(layer: string, name: string, cells: HeatRow["cells"], more: Partial<HeatRow> = {}): HeatRow {
  const steps = Float64Array.from({ length: cells.length }, (_, i) => i * 100);
  return {
    id: more.id ?? 1, tag: `${layer}/${name}`, layer, name, worst: null, found: [], steps, cells,
    nonfinite: new Uint8Array(cells.length), ...more,
  };
}

export function metric(value: readonly number[], more: Partial<MetricSeries> = {}): MetricSeries {
  const steps = Float64Array.from(value, (_, i) => i * 100);
  return {
    id: 1, steps, wallTimes: steps, nonfinite: new Uint8Array(value.length), low: null, value: Float64Array.from(value), high: null, ...more,
  };
}

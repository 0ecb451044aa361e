/** What the elements hand to each other. Arrays come straight from the wire; nothing here is computed. */
import type { Mark, Severity, Span } from "./report";

/** All histograms of one series, canonical buckets in compressed sparse rows. */
export interface SeriesHistograms {
  readonly id: number;
  readonly run: string;
  readonly tag: string;
  readonly steps: Float64Array;
  /** Seconds since 1970. */
  readonly wallTimes: Float64Array;
  /** 1 where the logged tensor held NaN or infinity; such a histogram owns no buckets. */
  readonly nonfinite: Uint8Array;
  /** Histogram h owns buckets start[h] to start[h + 1]. */
  readonly start: Int32Array;
  readonly left: Float64Array;
  readonly right: Float64Array;
  readonly count: Float64Array;
}

/** One metric of one series over its steps; NaN where there is nothing. Low and high are absent for plain estimates. */
export interface MetricSeries {
  readonly id: number;
  readonly steps: Float64Array;
  readonly wallTimes: Float64Array;
  readonly nonfinite: Uint8Array;
  readonly low: Float64Array | null;
  readonly value: Float64Array;
  readonly high: Float64Array | null;
}

/** One logged scalar (loss, accuracy, learning rate). */
export interface ScalarSeries {
  readonly tag: string;
  readonly kind: string;
  readonly steps: Float64Array;
  readonly wallTimes: Float64Array;
  readonly value: Float64Array;
}

export type StepSpan = readonly [first: number, last: number];
export type Mode = "offset" | "overlay" | "bands" | "step";
export type StepAxis = "step" | "relative" | "wall";
export type ValueAxis = "linear" | "symlog";
export type CountAxis = "linear" | "log";

export interface Threshold {
  readonly value: number;
  readonly label: string;
  readonly severity: Severity;
}

/** One strip under the twin: several lines share it when they share a unit (training and validation loss). */
export interface Strip {
  readonly title: string;
  readonly unit: string;
  readonly scale: "linear" | "log" | "fraction";
  /** Lines of several runs have a colour each. */
  readonly lines: readonly { readonly label: string; readonly series: MetricSeries; readonly colour?: string }[];
  readonly thresholds: readonly Threshold[];
}

/** Where a finding is active, with its title. */
export interface Active extends Span {
  readonly title: string;
}

/** One row of the heatmap: a tensor. Rows of a layer stand together; folded, they are lanes of the layer's row. */
export interface HeatRow {
  readonly id: number;
  readonly tag: string;
  readonly layer: string;
  /** Short name within the layer: weight, bias, weight gradient, output. */
  readonly name: string;
  /** Worst severity of any finding on this tensor; null when none. */
  readonly worst: Severity | null;
  readonly found: readonly Active[];
  /** Steps at which it was logged. */
  readonly steps: Float64Array;
  /** One health state (see Health in report.ts) or metric value a step. */
  readonly cells: readonly string[] | Float64Array;
  readonly nonfinite: Uint8Array;
}

/** `cursor`: pointer or focus is at a step (null: left). `pin`: the step is to stay (null: let go). */
export interface StepEvent {
  readonly step: number | null;
}

export type { Mark };

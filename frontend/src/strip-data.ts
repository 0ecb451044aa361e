/** Which strips stand under the twin, and their lines. Pure. */
import { abs } from "./draw/math";
import { leadEvidence } from "./model";
import type { Evidence, Finding, Mark, MetricDoc } from "./report";
import type { MetricSeries, ScalarSeries, Strip, Threshold } from "./types";

/** The strips that every tensor has. */
export const USUAL = ["mean", "spread", "drift", "zeros"] as const;

/** The metric that a finding was judged by on a tag. */
export function judgedMetric(finding: Finding | null, tag: string): Evidence | null {
  if (!finding) return null;
  const lead = leadEvidence(finding);
  if (lead?.metric && lead.tag === tag) return lead;
  const rows = finding.evidence.filter((row) => row.tag === tag && row.metric);
  return rows.find((row) => row.threshold != null) ?? rows[0] ?? null;
}

/** Whether a measured value is one of the line's: the ratio of two tensors, or of two records, is not. */
export function isOnLine(row: Evidence, series: MetricSeries): boolean {
  const { value } = row;
  const shown = series.value.filter(isFinite);
  const slack = 1e-6 * abs(value ?? 0);
  return value != null && shown.some((other) => other >= value - slack) && shown.some((other) => other <= value + slack);
}

/** The thresholds of a metric on a tag, where they can be compared with its line. */
function thresholds(finding: Finding, metric: string, tag: string, series: MetricSeries): Threshold[] {
  const rows = finding.evidence.filter(
    (row) => row.metric === metric && row.tag === tag && row.threshold != null && isOnLine(row, series),
  );
  const values = new Map(rows.map((row) => [row.threshold as number, row.label]));
  return [...values].map(([value, label]) => ({ value, label, severity: finding.severity }));
}

/** A scalar in the shape of a metric, so that it can be a line of a strip. */
export function asMetric(scalar: ScalarSeries): MetricSeries {
  return {
    id: -1,
    steps: scalar.steps,
    wallTimes: scalar.wallTimes,
    nonfinite: Uint8Array.from(scalar.value, (value) => (isFinite(value) ? 0 : 1)),
    low: null,
    value: scalar.value,
    high: null,
  };
}

/** A short name for a line's end: by its kind, or where that is not unique by the end of its tag. */
function lossName(scalar: ScalarSeries, all: readonly ScalarSeries[]): string {
  const alone = all.filter((other) => other.kind === scalar.kind).length === 1;
  if (alone) return scalar.kind === "loss" ? "train" : "val";
  const last = scalar.tag.split(/[/.]/).findLast(Boolean) ?? scalar.tag;
  return last.length > 7 ? `${last.slice(0, 6)}…` : last;
}

/** One of several runs, drawn as a line in its colour. */
export interface RunLine {
  readonly run: string;
  readonly colour: string;
  readonly metric: (name: string) => MetricSeries | null;
  readonly scalars: readonly ScalarSeries[];
}

const lossesOf = (scalars: readonly ScalarSeries[]): ScalarSeries[] =>
  scalars.filter((scalar) => scalar.kind.endsWith("loss")).sort((a, b) => a.kind.length - b.kind.length || a.tag.length - b.tag.length);

/** The losses of a run, or the first of each of several. */
function lossStrip(scalars: readonly ScalarSeries[], finding: Finding | null, runs: readonly RunLine[]): Strip[] {
  const shown = lossesOf(scalars).slice(0, runs.length ? 1 : 3);
  const others = runs.slice(1).flatMap(({ run, colour, scalars }) => lossesOf(scalars).slice(0, 1).map((loss) => ({ label: run, colour, series: asMetric(loss) })));
  if (!shown.length) return [];
  const positive = shown.every((scalar) => scalar.value.every((value) => value > 0 || !isFinite(value)));
  return [
    {
      title: "loss",
      unit: "",
      scale: positive ? "log" : "linear",
      lines: [...shown.map((scalar) => ({ label: lossName(scalar, shown), series: asMetric(scalar), ...named(runs[0]) })), ...others],
      thresholds: finding ? shown.flatMap((scalar) => thresholds(finding, scalar.kind, scalar.tag, asMetric(scalar))) : [],
    },
  ];
}

const named = (line: RunLine | undefined) => line && { label: line.run, colour: line.colour };

/** What stands in a strip's place while its line is on the way, so that nothing below it jumps. */
const NONE = new Float64Array();
const NOT_YET = asMetric({ tag: "", kind: "", steps: NONE, wallTimes: NONE, value: NONE });

/** The strips of a tensor; of several runs, the shown one first, each has a line. */
export function stripsOf(
  tag: string,
  finding: Finding | null,
  metric: (name: string, tag: string) => MetricSeries | null,
  doc: (name: string) => MetricDoc | null,
  scalars: readonly ScalarSeries[],
  runs: readonly RunLine[] = [],
): Strip[] {
  const judged = judgedMetric(finding, tag);
  const names = [...new Set([...(judged ? [judged.metric] : []), ...USUAL])];
  const strips = names.flatMap((name): Strip[] => {
    const about = doc(name);
    if (!about) return [];
    const series = metric(name, tag) ?? NOT_YET;
    const others = runs.slice(1).flatMap((line) => {
      const found = line.metric(name);
      return found ? [{ label: line.run, colour: line.colour, series: found }] : [];
    });
    const own = finding && name === judged?.metric ? thresholds(finding, name, tag, series) : [];
    return [
      {
        title: (USUAL as readonly string[]).includes(name) ? name : about.title.replace(/ \(.*/, ""),
        unit: about.unit === "value" ? "" : about.unit,
        scale: about.scale as Strip["scale"],
        lines: [{ label: about.title, series, ...named(runs[0]) }, ...others],
        thresholds: own,
      },
    ];
  });
  return [...strips, ...lossStrip(scalars, finding, runs)];
}

/** Metrics whose value lies on the histogram's own axis. */
const ON_AXIS = new Set(["mean", "median", "minimum", "maximum"]);

/** Marks for what an evidence row points at: its step, and its value where that lies on the histogram's axis. */
export function passingMarks(row: Evidence): Mark[] {
  const mark = { tag: row.tag, first_step: null, last_step: null, low: null, high: null, label: "" };
  const at: Mark[] = row.step == null ? [] : [{ ...mark, kind: "step", first_step: row.step, last_step: row.step }];
  return row.value != null && ON_AXIS.has(row.metric)
    ? [...at, { ...mark, kind: "value", low: row.value, high: row.value, label: row.label }]
    : at;
}

/** The files that can be taken away: their names, and data as CSV and JSON. Pure. */
import { original } from "./names";
import type { Finding, MetricDoc } from "./report";
import type { MetricSeries, SeriesHistograms } from "./types";

/** Letters of the longest file name without its ending; some systems allow 255 bytes, and a letter may take four. */
const LONGEST = 60;

/** A name that every system takes: letters, digits and few signs; never empty, hidden or a device. */
export function fileName(parts: readonly string[], ending: string): string {
  const plain = parts.map((part) => part.normalize("NFC").replace(/[^\p{L}\p{M}\p{N}._-]+/gu, "-").replace(/^[-.]+|[-.]+$/g, ""));
  const name = [...["histdiag", ...plain.filter(Boolean)].join("-")];
  if (name.length > LONGEST) name.splice(LONGEST / 2, name.length - LONGEST, "--");
  return `${name.join("")}.${ending}`;
}

/** A field of a CSV file; what a spreadsheet would take for a formula gets a quote before it. */
export function field(value: string | number | null): string {
  if (typeof value === "number") return isNaN(value) ? "" : String(value).replace("Infinity", "inf");
  const text = original(value ?? "").replace(/^(?=[=+\-@\t\r])/, "'");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const csv = (rows: readonly (readonly (string | number | null)[])[]): string =>
  rows.map((row) => `${row.map(field).join(",")}\n`).join("");

/** JSON knows no infinite numbers: they stand as words; what is not known is null. */
export const json = (value: unknown, indent = 0): string =>
  `${original(JSON.stringify(value, (_, one: unknown) => (one === Infinity ? "inf" : one === -Infinity ? "-inf" : one), indent))}\n`;

/** One row a bucket; a record that was not finite has none, and says so. */
export function histogramsCsv({ steps, wallTimes, nonfinite, start, left, right, count }: SeriesHistograms): string {
  const rows: (string | number)[][] = [["step", "wall_time", "left", "right", "count"]];
  steps.forEach((step, record) => {
    const at = [step, wallTimes[record]!];
    if (nonfinite[record]) rows.push([...at, "nan", "nan", ""]);
    for (let bucket = start[record]!; bucket < start[record + 1]!; bucket++)
      rows.push([...at, left[bucket]!, right[bucket]!, count[bucket]!]);
  });
  return csv(rows);
}

export function histogramsJson({ run, tag, steps, wallTimes, nonfinite, start, left, right, count }: SeriesHistograms): string {
  const records = Array.from(steps, (step, record) => {
    const part = (values: Float64Array) => [...values.subarray(start[record], start[record + 1])];
    const own = { left: part(left), right: part(right), count: part(count) };
    return { step, wall_time: wallTimes[record], finite: !nonfinite[record], ...own };
  });
  return json({ run, tag, records });
}

/** The metrics of one tensor, by name. */
export type Measures = ReadonlyMap<string, MetricSeries>;

export function metricsCsv(run: string, tag: string, measures: Measures): string {
  const rows = [...measures].flatMap(([name, { steps, low, value, high }]) =>
    Array.from(steps, (step, i) => [run, tag, step, name, low?.[i] ?? null, value[i]!, high?.[i] ?? null]),
  );
  return csv([["run", "tag", "step", "metric", "low", "value", "high"], ...rows]);
}

export function metricsJson(run: string, tag: string, measures: Measures, docs: ReadonlyMap<string, MetricDoc>): string {
  const metrics = [...measures].map(([name, { steps, low, value, high }]) => {
    const list = (values: Float64Array | null) => values && [...values];
    const doc = docs.get(name);
    return { metric: name, title: doc?.title, unit: doc?.unit, step: list(steps), low: list(low), value: list(value), high: list(high) };
  });
  return json({ run, tag, metrics });
}

/** What is muted is left out, and named. */
export const findingsJson = (run: string, findings: readonly Finding[], muted: readonly Finding[]): string =>
  json({ run, findings, muted: muted.map(({ fingerprint, rule }) => ({ fingerprint, rule })) }, 1);

/** The plugin's routes. Addresses are relative, so that any path prefix, proxy or experiment works. */
import { original, visible } from "./names";
import type { Report, Rules, RunComparison, SeriesEntry } from "./report";
import type { MetricSeries, ScalarSeries, SeriesHistograms } from "./types";
import { decodeHistograms, decodeMetrics, decodeScalars } from "./wire";

async function ask(route: string, headers: Record<string, string> = {}): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(route, { headers, cache: "no-store" });
  } catch {
    throw new Error("TensorBoard does not answer. Is it still running?");
  }
  if (answer.ok || answer.status === 304) return answer;
  const text = answer.headers.get("content-type")?.includes("html") ? "" : (await answer.text()).trim();
  throw new Error(text || `The server answered ${answer.status} ${answer.statusText}`.trim(), { cause: answer.status });
}

/** An answer in JSON, with names as they can be shown. */
const read = async <T>(answer: Response): Promise<T> => JSON.parse(visible(await answer.text())) as T;

/** A query, with names as the server knows them. */
const query = (values: Record<string, string>): string =>
  String(new URLSearchParams(Object.entries(values).map(([key, value]) => [key, original(value)])));

let etag = "";

/** The report, or null when it has not changed since the last time. */
export async function fetchReport(): Promise<Report | null> {
  const answer = await ask("report", etag ? { "If-None-Match": etag } : {});
  if (answer.status === 304) return null;
  const report = await read<Report>(answer);
  etag = answer.headers.get("etag") ?? "";
  return report;
}

export async function fetchRules(): Promise<Rules> {
  return read(await ask("rules"));
}

/** Texts of the tab that stand beside the bundle, whose size is limited, by their names. */
export async function fetchBeside(file: "snippets" | "styles" | "help"): Promise<Readonly<Record<string, string>>> {
  return read(await ask(`static/${file}.json`));
}

export async function fetchComparison(run: string, other: string): Promise<RunComparison> {
  return read(await ask(`compare?${query({ run, with: other })}`));
}

/** All of TensorBoard's runs in its order, by which it gives them colours; none where it does not say. */
export async function fetchRuns(): Promise<readonly string[]> {
  try {
    const runs: unknown = await read(await ask("../../runs"));
    return Array.isArray(runs) ? runs.map(visible) : []; // TensorBoard writes them in ASCII
  } catch {
    return [];
  }
}

/** The name by which the metrics route gives the run's scalars. */
export const SCALARS = "loss";

export interface Measured {
  readonly metrics: Map<string, Map<number, MetricSeries>>;
  /** Null unless they were asked for. */
  readonly scalars: ScalarSeries[] | null;
}

/** Metrics of a few series of a run; or of all, without times and bounds. */
export async function fetchMetrics(revision: string, run: string, names: readonly string[], series?: readonly number[]): Promise<Measured> {
  const some: Record<string, string> = series ? { series: series.join(",") } : { brief: "true" };
  const bytes = await (await ask(`metrics?${query({ revision, run, metric: names.join(","), ...some })}`)).arrayBuffer();
  const own = names.filter((name) => name !== SCALARS);
  return { metrics: own.length ? decodeMetrics(bytes, own) : new Map(), scalars: names.includes(SCALARS) ? decodeScalars(bytes) : null };
}

export async function fetchHistograms(
  revision: string,
  ids: readonly number[],
  steps: number | null,
  entry: (id: number) => SeriesEntry | undefined,
): Promise<Map<number, SeriesHistograms>> {
  const some = steps == null ? null : { steps: String(steps) };
  const route = `histograms?${query({ revision, series: ids.join(","), ...some })}`;
  return decodeHistograms(await (await ask(route)).arrayBuffer(), entry);
}

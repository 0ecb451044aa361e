/** The routes' bytes (safetensors layout) -> arrays of series. Metrics are views of the answer; histograms are copied, to be kept each alone. */
import { visible } from "./names";
import type { SeriesEntry } from "./report";
import type { MetricSeries, ScalarSeries, SeriesHistograms } from "./types";

/** The name by which the metrics route gives no metric, only where there are records. */
export const RECORDS = "records";

const ARRAYS = { F64: Float64Array, I32: Int32Array, U8: Uint8Array } as const;
type Kind = keyof typeof ARRAYS;
type Numbers = Float64Array | Int32Array | Uint8Array;

export interface Tensors {
  readonly text: Readonly<Record<string, string>>;
  f64(name: string): Float64Array;
  i32(name: string): Int32Array;
  u8(name: string): Uint8Array;
  has(name: string): boolean;
}

/** Decode the layout: 8 bytes of header length, the JSON header, raw little-endian buffers. */
export function decode(bytes: ArrayBuffer): Tensors {
  if (bytes.byteLength < 8) throw new Error(SHORT);
  const size = Number(new DataView(bytes).getBigUint64(0, true));
  if (8 + size > bytes.byteLength) throw new Error(SHORT);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 8, size))) as Record<string, unknown>;
  const { __metadata__: text = {}, ...tensors } = header;
  const entries = new Map(Object.entries(tensors as Record<string, { dtype: Kind; data_offsets: [number, number] }>));
  const read = (name: string, kind: Kind): Numbers => {
    const entry = entries.get(name);
    if (entry?.dtype !== kind) throw new Error(`The answer holds no "${name}".`);
    const [from, to] = entry.data_offsets;
    if (8 + size + to > bytes.byteLength) throw new Error(SHORT);
    return new ARRAYS[kind](bytes, 8 + size + from, (to - from) / ARRAYS[kind].BYTES_PER_ELEMENT); // the server aligns them
  };
  return {
    text: text as Record<string, string>,
    f64: (name) => read(name, "F64") as Float64Array,
    i32: (name) => read(name, "I32") as Int32Array,
    u8: (name) => read(name, "U8") as Uint8Array,
    has: (name) => entries.has(name),
  };
}

const SHORT = "The answer is cut short.";
const NONE = new Float64Array();

/** The answer of `metrics`: per metric, the series by id. Of a whole run, times and bounds are left out. */
export function decodeMetrics(bytes: ArrayBuffer, names: readonly string[]): Map<string, Map<number, MetricSeries>> {
  const tensors = decode(bytes);
  const ids = tensors.i32("series");
  const start = tensors.i32("start");
  const step = tensors.f64("step");
  const some = (name: string) => (tensors.has(name) ? tensors.f64(name) : null);
  const clock = tensors.has("clock") ? tensors.i32("clock") : null; // series with the same steps share them
  const ends = clock && tensors.i32("clock_start");
  const clocks = ends && Array.from(ends, (from, i) => step.subarray(from, ends[i + 1]));
  const wallTime = some("wall_time") ?? NONE;
  const nonfinite = tensors.u8("nonfinite");
  const result = new Map<string, Map<number, MetricSeries>>();
  for (const name of names) {
    const value = name === RECORDS ? NONE : tensors.f64(`${name}.value`);
    const low = some(`${name}.low`);
    const high = some(`${name}.high`);
    const found = new Map<number, MetricSeries>();
    ids.forEach((id, index) => {
      const [from, to] = [start[index], start[index + 1]];
      found.set(id, {
        id,
        steps: clocks?.[clock![index]!] ?? step.subarray(from, to),
        wallTimes: wallTime.subarray(from, to),
        nonfinite: nonfinite.subarray(from, to),
        low: low && low.subarray(from, to),
        value: value.subarray(from, to),
        high: high && high.subarray(from, to),
      });
    });
    result.set(name, found);
  }
  return result;
}

/** The answer of `metrics?metric=loss`: the run's scalars. */
export function decodeScalars(bytes: ArrayBuffer): ScalarSeries[] {
  const tensors = decode(bytes);
  const found: ScalarSeries[] = [];
  for (let index = 0; tensors.has(`${index}.value`); index++) {
    found.push({
      tag: visible(tensors.text[index] ?? ""),
      kind: tensors.text[`${index}.kind`] ?? "other",
      steps: tensors.f64(`${index}.step`),
      wallTimes: tensors.f64(`${index}.wall_time`),
      value: tensors.f64(`${index}.value`),
    });
  }
  return found;
}

/** The answer of `histograms`, by series id. */
export function decodeHistograms(
  bytes: ArrayBuffer,
  entry: (id: number) => SeriesEntry | undefined,
): Map<number, SeriesHistograms> {
  const tensors = decode(bytes);
  const ids = tensors.i32("series");
  const seriesStart = tensors.i32("series_start");
  const start = tensors.i32("start");
  const found = new Map<number, SeriesHistograms>();
  ids.forEach((id, index) => {
    const [from = 0, to = 0] = [seriesStart[index], seriesStart[index + 1]];
    const [first = 0, last = 0] = [start[from], start[to]];
    const buckets = (name: string) => tensors.f64(name).slice(first, last);
    found.set(id, {
      id,
      run: entry(id)?.run ?? "",
      tag: entry(id)?.tag ?? "",
      steps: tensors.f64("step").slice(from, to),
      wallTimes: tensors.f64("wall_time").slice(from, to),
      nonfinite: tensors.u8("nonfinite").slice(from, to),
      start: start.slice(from, to + 1).map((bucket) => bucket - first),
      left: buckets("left"),
      right: buckets("right"),
      count: buckets("count"),
    });
  });
  return found;
}

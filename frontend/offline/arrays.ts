/**
 * Named arrays in the layout of safetensors, cut to what is asked for and joined. See server/wire.py for the layout.
 *
 * What a page holds has its float64 arrays by planes, all first bytes before all second ones, which compresses better:
 * they are uint8 of shape [8, n].
 */
const TYPES = { F64: Float64Array, I32: Int32Array, U8: Uint8Array } as const;
const DOUBLE = 8;

export type Numbers = Float64Array | Int32Array | Uint8Array;

export interface Arrays {
  readonly text: Readonly<Record<string, string>>;
  readonly arrays: ReadonlyMap<string, Numbers>;
}

interface Entry {
  readonly dtype: keyof typeof TYPES;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

function gathered(planes: Uint8Array): Float64Array {
  const length = planes.length / DOUBLE;
  const bytes = new Uint8Array(planes.length);
  for (let plane = 0; plane < DOUBLE; plane++)
    for (let i = 0, from = plane * length; i < length; i++) bytes[i * DOUBLE + plane] = planes[from + i]!;
  return new Float64Array(bytes.buffer);
}

export function decode(bytes: ArrayBuffer): Arrays {
  const size = Number(new DataView(bytes).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, DOUBLE, size))) as Record<string, unknown>;
  const { __metadata__: text = {}, ...entries } = header;
  const read = ({ dtype, shape, data_offsets: [from, to] }: Entry): Numbers => {
    const array = new TYPES[dtype](bytes.slice(DOUBLE + size + from, DOUBLE + size + to));
    return shape.length > 1 ? gathered(array as Uint8Array) : array;
  };
  const arrays = new Map(Object.entries(entries as Record<string, Entry>).map(([name, entry]) => [name, read(entry)]));
  return { text: text as Record<string, string>, arrays };
}

const dtypeOf = (array: Numbers): keyof typeof TYPES => (array instanceof Float64Array ? "F64" : array instanceof Int32Array ? "I32" : "U8");

export function encode({ text, arrays }: Arrays): ArrayBuffer {
  const header: Record<string, unknown> = Object.keys(text).length ? { __metadata__: text } : {};
  const sorted = [...arrays].sort(([, a], [, b]) => b.BYTES_PER_ELEMENT - a.BYTES_PER_ELEMENT);
  let offset = 0;
  for (const [name, array] of sorted)
    header[name] = { dtype: dtypeOf(array), shape: [array.length], data_offsets: [offset, (offset += array.byteLength)] };
  const words = new TextEncoder().encode(JSON.stringify(header));
  const size = Math.ceil(words.length / DOUBLE) * DOUBLE;
  const bytes = new Uint8Array(DOUBLE + size + offset).fill(0x20, DOUBLE, DOUBLE + size);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(size), true);
  bytes.set(words, DOUBLE);
  let at = DOUBLE + size;
  for (const [, array] of sorted) {
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    at += array.byteLength;
  }
  return bytes.buffer;
}

/** Arrays of one kind, one behind the other. */
function joined(parts: readonly Numbers[]): Numbers {
  const made = new TYPES[dtypeOf(parts[0]!)](parts.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const part of parts) {
    made.set(part, at);
    at += part.length;
  }
  return made;
}

const startsOf = (lengths: readonly number[]): Int32Array => {
  let next = 0;
  return Int32Array.from([0, ...lengths.map((length) => (next += length))]);
};

/** Only some rows of what lies between neighbouring starts, and where they then start. */
function cut(start: Numbers, rows: readonly number[], arrays: readonly (readonly [string, Numbers])[]): [Int32Array, [string, Numbers][]] {
  const parts = rows.map((row) => [start[row]!, start[row + 1]!] as const);
  const of = (array: Numbers): Numbers => joined([array.subarray(0, 0), ...parts.map(([from, to]) => array.subarray(from, to))]);
  return [startsOf(parts.map(([from, to]) => to - from)), arrays.map(([name, array]) => [name, of(array)])];
}

/** The metrics of some of the series, in the order in which they stand. */
export function someSeries(arrays: ReadonlyMap<string, Numbers>, ids: ReadonlySet<number>): Map<string, Numbers> {
  const own = new Map(arrays);
  const [series, start] = [own.get("series")!, own.get("start")!];
  own.delete("series");
  own.delete("start");
  const rows = Array.from(series.keys()).filter((row) => ids.has(series[row]!));
  const [starts, records] = cut(start, rows, [...own]);
  return new Map([["series", Int32Array.from(rows, (row) => series[row]!)], ["start", starts], ...records]);
}

const BUCKETS = ["left", "right", "count"];

/** At most so many records of a series, evenly chosen, the last among them. */
export function thinned(arrays: ReadonlyMap<string, Numbers>, most: number): ReadonlyMap<string, Numbers> {
  const own = new Map(arrays);
  const start = own.get("start")!;
  const records = start.length - 1;
  if (records <= most) return arrays;
  own.delete("start");
  const rows = Array.from({ length: most }, (_, i) => (most > 1 ? Math.round((i * (records - 1)) / (most - 1)) : records - 1));
  const every = Int32Array.from({ length: records + 1 }, (_, i) => i); // records are rows of one
  const [, ofRecords] = cut(every, rows, [...own].filter(([name]) => !BUCKETS.includes(name)));
  const [starts, ofBuckets] = cut(start, rows, [...own].filter(([name]) => BUCKETS.includes(name)));
  return new Map([["start", starts], ...ofRecords, ...ofBuckets]);
}

/** The histograms of several series as one answer. */
export function together(found: ReadonlyMap<number, ReadonlyMap<string, Numbers>>): Map<string, Numbers> {
  const all = [...found.values()];
  const join = (name: string, kind: Numbers): [string, Numbers] => [name, joined([kind, ...all.map((one) => one.get(name)!)])];
  const lengths = (one: ReadonlyMap<string, Numbers>): number[] => Array.from(one.get("start")!.subarray(1), (end, i) => end - one.get("start")![i]!);
  return new Map([
    ["series", Int32Array.from(found.keys())],
    ["series_start", startsOf(all.map((one) => one.get("step")!.length))],
    ["start", startsOf(all.flatMap(lengths))],
    ...["step", "wall_time", ...BUCKETS].map((name) => join(name, new Float64Array())),
    join("nonfinite", new Uint8Array()),
  ]);
}

/** The bytes of the routes, cut to the series that are asked for. See server/wire.py for the layout. */

const TYPES = { F64: Float64Array, I32: Int32Array, U8: Uint8Array };

function decode(bytes) {
  const size = Number(bytes.readBigUInt64LE());
  const { __metadata__: text, ...tensors } = JSON.parse(bytes.subarray(8, 8 + size).toString());
  const read = ({ dtype, data_offsets: [from, to] }) => new TYPES[dtype](new Uint8Array(bytes.subarray(8 + size + from, 8 + size + to)).buffer);
  return { text, arrays: Object.fromEntries(Object.entries(tensors).map(([name, entry]) => [name, read(entry)])) };
}

function encode(text, arrays) {
  const header = text ? { __metadata__: text } : {};
  const buffers = [];
  let offset = 0;
  for (const [name, array] of Object.entries(arrays).sort(([, a], [, b]) => b.BYTES_PER_ELEMENT - a.BYTES_PER_ELEMENT)) {
    const dtype = Object.keys(TYPES).find((type) => array instanceof TYPES[type]);
    header[name] = { dtype, shape: [array.length], data_offsets: [offset, (offset += array.byteLength)] };
    buffers.push(Buffer.from(array.buffer));
  }
  const words = JSON.stringify(header);
  const head = Buffer.from(words.padEnd(Math.ceil(words.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(head.length));
  return Buffer.concat([length, head, ...buffers]);
}

/** The parts of an array between neighbouring starts, for the rows asked for; and where they then start. */
function cutRows(rows, start, arrays) {
  const parts = rows.map((row) => [start[row], start[row + 1]]);
  let next = 0;
  const starts = Int32Array.from([0, ...parts.map(([from, to]) => (next += to - from))]);
  const cut = (array) => array.constructor.from(parts.flatMap(([from, to]) => [...array.subarray(from, to)]));
  return [starts, Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, cut(array)]))];
}

/** Only some of the series of an answer: each has records, and in an answer of histograms each record has buckets. */
export function cut(bytes, ids) {
  const { text, arrays } = decode(bytes);
  const { series, series_start: ofSeries, start, left, right, count, ...rest } = arrays;
  const rows = ids.map((id) => series.indexOf(id)).filter((row) => row >= 0);
  const own = { series: Int32Array.from(rows, (row) => series[row]) };
  const scalars = Object.fromEntries(Object.entries(rest).filter(([name]) => /^\d+\./.test(name)));
  const records = Object.fromEntries(Object.entries(rest).filter(([name]) => !/^\d+\./.test(name)));
  if (!ofSeries) {
    const [starts, kept] = cutRows(rows, start, records);
    return encode(text, { ...own, start: starts, ...kept, ...scalars });
  }
  const [starts, kept] = cutRows(rows, ofSeries, { ...records, record: Int32Array.from(start.keys()).subarray(0, -1) });
  const { record, ...others } = kept;
  const [buckets, values] = cutRows([...record], start, { left, right, count });
  return encode(text, { ...own, series_start: starts, start: buckets, ...others, ...values });
}

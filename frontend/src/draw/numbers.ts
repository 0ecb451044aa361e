/** Numbers, steps and times as text. */
import { abs, max, round } from "./math";

const minus = (text: string): string => text.replace(/^-/, "−").replace("e-", "e−");
/** A sentence with the signs that figures have: at a hyphen, or before a per cent sign, a line may break. */
export const signed = (text: string): string => text.replace(/-(?=\d)(?<=(^|[\s(]|\de)-)/g, "−").replace(/(?<=\d) (?=%)/g, "\u00a0");
const trim = (text: string): string => text.replace(/(\.\d*?)0+(?=e|$)/, "$1").replace(/\.(?=e|$)/, "").replace("e+", "e");

/** A tick as the stock Time Series card writes it: 0, exponents below 0.001 and from 10,000 on, else four digits. */
export function tick(value: number): string {
  if (value === 0) return "0";
  const size = abs(value);
  return minus(size >= 1e4 || size < 1e-3 ? trim(value.toExponential(2)) : String(Number(value.toPrecision(4))));
}

/** A measured value with few digits; an en dash where there is none. */
export function short(value: number | null | undefined, digits = 2): string {
  if (value === null || value === undefined || isNaN(value)) return "–";
  if (!isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const size = abs(value);
  if (size < 1e-3 || size >= 1e5) return minus(trim(value.toExponential(digits - 1)));
  const plain = Number(value.toPrecision(size >= 100 ? max(3, digits) : digits));
  return size >= 1000 ? whole(plain) : minus(String(plain));
}

/** A share of 1 as per cent; what is not nothing never reads 0 %, what is not all never reads 100 %. */
export function percent(value: number | null | undefined): string {
  if (value === null || value === undefined || !isFinite(value)) return "–";
  if (value > 0 && value < 0.005) return "<1 %";
  if (value < 1 && value >= 0.995) return ">99 %";
  return minus(`${round(value * 100)} %`);
}

/** A value in the manner of its scale. */
export const measured = (value: number | null | undefined, scale: string): string =>
  scale === "fraction" ? percent(value) : short(value);

/** Whole numbers with thousands separated: steps, counts. */
const grouped = new Intl.NumberFormat("en-US"); // making one takes longer than writing a hundred numbers
export const whole = (value: number): string => minus(grouped.format(round(value)));

/** A step as an axis label; from a million on it would not fit in full. */
export function stepLabel(step: number): string {
  if (abs(step) < 1e6) return whole(step);
  const [unit, name] = abs(step) < 1e9 ? ([1e6, "M"] as const) : ([1e9, "G"] as const);
  return `${minus(trim((step / unit).toFixed(3)))}${name}`;
}

/** A count of values that rebinning may have split. */
export const count = (value: number): string =>
  value >= 100 || Number.isInteger(value) ? whole(value) : `about ${Number(value.toPrecision(2))}`;

const UNITS = [[86_400, "d"], [3_600, "h"], [60, "min"], [1, "s"]] as const;

/** Seconds since the first record: 90 is 1.5 min. */
export function relativeTime(seconds: number): string {
  if (seconds === 0) return "0";
  const [size, name] = UNITS.find(([unit]) => abs(seconds) >= unit) ?? ([0.001, "ms"] as const);
  return minus(`${Number((seconds / size).toPrecision(3))} ${name}`);
}

/** Local date and time of seconds since 1970; the stock charts take the seconds for milliseconds. */
export function wallTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  return isNaN(date.getTime()) ? "–" : date.toLocaleString("sv").slice(5).replace("-", "/"); // in Swedish dates are written as in ISO 8601
}

/** A step for a sentence: "step 3,400". */
export const stepWords = (step: number): string => `step ${whole(step)}`;

/** Steps from a to b in a list. */
export const spanOf = (first: number, last: number): string => (first === last ? whole(first) : `${whole(first)} to ${whole(last)}`);

/** Steps from a to b for a sentence. */
export const spanWords = (first: number, last: number): string => `step${first === last ? "" : "s"} ${spanOf(first, last)}`;

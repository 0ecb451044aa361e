/** The heatmap's colour scale for a metric. */
import type { MetricDoc } from "../report";
import type { HeatRow } from "../types";
import { CIVIDIS, SIGNED, pick } from "./colours";
import { abs, log10, max, min, round } from "./math";
import { percent, short } from "./numbers";

export interface Magnitude {
  readonly colour: (value: number) => string;
  readonly colours: readonly string[];
  /** Legend text at the two ends; with ≤ or ≥ where values beyond take the end's colour. */
  readonly low: string;
  readonly high: string;
  readonly log: boolean;
}

/** Linear scales run over this share of the values, so that a single spike does not drown the rest. */
const TAIL = 0.01;

function finite(rows: readonly HeatRow[]): Float64Array {
  const values: number[] = [];
  for (const { cells } of rows) {
    for (const cell of cells) if (typeof cell === "number" && isFinite(cell)) values.push(cell);
  }
  return Float64Array.from(values).sort();
}

const at = (sorted: Float64Array, share: number): number => sorted[round((sorted.length - 1) * share)] ?? 0;

/** Make the scale that a metric asks for from the rows in the heatmap. */
export function magnitudeOf(rows: readonly HeatRow[], metric: Pick<MetricDoc, "scale" | "map">): Magnitude {
  if (metric.map === "signed") return signed(rows);
  if (metric.scale === "fraction") {
    return { colour: (value) => pick(CIVIDIS, value), colours: CIVIDIS, low: percent(0), high: percent(1), log: false };
  }
  return metric.scale === "log" ? logarithmic(rows) : linear(rows);
}

function logarithmic(rows: readonly HeatRow[]): Magnitude {
  let low = Infinity;
  let high = 0;
  for (const { cells } of rows) {
    for (const cell of cells) {
      if (typeof cell !== "number" || !(cell > 0 && cell < Infinity)) continue;
      low = min(low, cell);
      high = max(high, cell);
    }
  }
  if (high === 0) low = high = 1;
  const span = log10(high / low) || 1;
  const colour = (value: number): string => pick(CIVIDIS, value <= low ? 0 : log10(value / low) / span);
  return { colour, colours: CIVIDIS, low: short(low), high: short(high), log: true };
}

function linear(rows: readonly HeatRow[]): Magnitude {
  const values = finite(rows);
  const [low, high] = [at(values, TAIL), at(values, 1 - TAIL)];
  const colour = (value: number): string => pick(CIVIDIS, (value - low) / (high - low || 1));
  const words = ends(low, high, values);
  return { colour, colours: CIVIDIS, ...words, log: false };
}

function signed(rows: readonly HeatRow[]): Magnitude {
  const values = finite(rows);
  const reach = max(abs(at(values, TAIL)), abs(at(values, 1 - TAIL)), Number.MIN_VALUE);
  const colour = (value: number): string => pick(SIGNED, 0.5 + value / reach / 2);
  return { colour, colours: SIGNED, ...ends(-reach, reach, values), log: false };
}

const ends = (low: number, high: number, values: Float64Array) => ({
  low: `${(values[0] ?? low) < low ? "≤ " : ""}${short(low)}`,
  high: `${(values.at(-1) ?? high) > high ? "≥ " : ""}${short(high)}`,
});

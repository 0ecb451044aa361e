/** A symmetric logarithmic axis: linear around 0, logarithmic far from it on both sides. */
import type { SeriesHistograms } from "../types";
import { linearScale, roundTicks, type Ends, type LinearScale } from "./linear";
import { abs, floor, log10, max, round } from "./math";

/** The place of a value in decades from 0, which is linear for values much smaller than `near`. */
export const bend = (value: number, near: number): number => (Math.sign(value) * Math.log1p(abs(value) / near)) / Math.LN10;

/** The value at a place. */
export const unbend = (place: number, near: number): number => Math.sign(place) * near * Math.expm1(abs(place) * Math.LN10);

/** Decades that an axis has on one side at most. */
const DECADES = 12;
const TINIEST = -300;
/** About this share of the values lies where the axis is linear. */
const LINEAR = 0.1;

/** The power of ten that separates what is drawn as near 0 from what is drawn by its magnitude. */
export function nearZero(data: SeriesHistograms, shown: readonly number[]): number {
  const tally = new Map<number, number>();
  let total = 0;
  let most = 0;
  for (const h of shown) {
    for (let b = data.start[h]!; b < data.start[h + 1]!; b++) {
      const reach = max(abs(data.left[b]!), abs(data.right[b]!));
      const count = data.count[b]!;
      if (reach === 0 || count === 0) continue;
      const decade = floor(log10(reach / 2));
      tally.set(decade, (tally.get(decade) ?? 0) + count);
      total += count;
      most = max(most, reach);
    }
  }
  if (most === 0) return 1;
  let passed = 0;
  const decades = [...tally].sort(([a], [b]) => a - b);
  const [lowest] = decades.find(([, count]) => (passed += count) >= LINEAR * total)!;
  return 10 ** max(lowest, floor(log10(most)) - DECADES, TINIEST);
}

/** Map a domain to a range. */
export function symlogScale(domain: Ends, range: Ends, near: number): LinearScale {
  const scale = linearScale([bend(domain[0], near), bend(domain[1], near)], range);
  const place = (value: number): number => scale(bend(value, near));
  /** 0 and powers of ten from the largest down, as many as fit; within a decade round values. */
  const ticks = (wanted: number): number[] => {
    const gap = (abs(range[1] - range[0]) / wanted) * 0.6;
    const largest = floor(log10(max(abs(domain[0]), abs(domain[1]))));
    const powers = Array.from({ length: max(0, largest - round(log10(near)) + 1) }, (_, i) => 10 ** (largest - i));
    const kept: number[] = [];
    const keep = (values: readonly number[]): void => {
      for (const value of values) {
        if (value < domain[0] || value > domain[1]) continue;
        if (kept.every((other) => abs(place(other) - place(value)) >= gap)) kept.push(value);
      }
    };
    keep([0, ...powers.flatMap((power) => [power, -power])]);
    if (kept.length < 3) keep(roundTicks(domain, wanted));
    return kept.sort((a, b) => a - b);
  };
  return Object.assign(place, { invert: (at: number) => unbend(scale.invert(at), near), ticks });
}

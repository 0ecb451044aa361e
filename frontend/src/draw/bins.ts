/** The binning of the stock Time Series card, on canonical buckets. */
import type { SeriesHistograms } from "../types";

export const BINS = 30;

export type Domain = readonly [low: number, high: number];

/** Equal bins over one domain: row h holds the counts of the h-th histogram asked for. */
export interface Bins {
  readonly domain: Domain;
  readonly width: number;
  readonly rows: readonly Float64Array[];
  readonly highest: number;
}

/** Lower and upper edge of histogram h, null where it owns no buckets. */
export function extent(data: SeriesHistograms, h: number): Domain | null {
  const first = data.start[h]!;
  const end = data.start[h + 1]!;
  return end > first && data.nonfinite[h] === 0 ? [data.left[first]!, data.right[end - 1]!] : null;
}

/** The joint extent of the histograms that have one; a domain of no width is widened as the stock chart does. */
export function jointDomain(data: SeriesHistograms, shown: readonly number[]): Domain | null {
  let low = Infinity;
  let high = -Infinity;
  for (const h of shown) {
    const own = extent(data, h);
    if (own === null) continue;
    low = Math.min(low, own[0]);
    high = Math.max(high, own[1]);
  }
  if (low > high) return null;
  if (low < high) return [low, high];
  // Below about -10 the stock chart's two ends change places.
  const ends = [low / 1.1 - 1, low * 1.1 + 1] as const;
  return [Math.min(...ends), Math.max(...ends)];
}

/** Put histogram h's counts into 30 bins: count * overlap / width, a bucket of no width into the one bin that holds it. */
export function rebin(data: SeriesHistograms, h: number, [low, high]: Domain, bins = BINS): Float64Array {
  const out = new Float64Array(bins);
  const width = (high - low) / bins;
  const leftOf = (i: number) => low + i * width;
  const rightOf = (i: number) => (i === bins - 1 ? high : leftOf(i) + width);
  for (let b = data.start[h]!; b < data.start[h + 1]!; b++) {
    const left = data.left[b]!;
    const right = data.right[b]!;
    const count = data.count[b]!;
    if (right < low || left > high) continue;
    let i = Math.min(bins - 1, Math.max(0, Math.floor((left - low) / width)));
    while (i > 0 && left < leftOf(i)) i--;
    while (i < bins - 1 && left >= rightOf(i)) i++;
    if (right === left) {
      out[i]! += count;
      continue;
    }
    for (; i < bins && leftOf(i) < right; i++) {
      const overlap = Math.min(right, rightOf(i)) - Math.max(left, leftOf(i));
      if (overlap > 0) out[i]! += (count * overlap) / (right - left);
    }
  }
  return out;
}

/** Bin the histograms shown over one domain. */
export function binAll(data: SeriesHistograms, shown: readonly number[], domain: Domain): Bins {
  const rows = shown.map((h) => rebin(data, h, domain));
  let highest = 0;
  for (const row of rows) for (const value of row) highest = Math.max(highest, value);
  return { domain, width: (domain[1] - domain[0]) / BINS, rows, highest };
}

/** A domain that leaves some wide histograms out, and which. */
export interface Fit {
  readonly domain: Domain;
  readonly wide: readonly number[];
}

/** At most this share of the histograms, but at least one, may reach out of a fitted domain. */
const LEFT_OUT = 0.05;
/** Leaving them out must narrow the domain by this factor; else the stock domain stands. */
const WORTH = 2.5;
const FEWEST = 6;

/**
 * The domain that most histograms need, when a few wide ones squeeze all the others.
 *
 * Returns null when nothing is to be gained, so that the stock domain stands. The histograms in `kept` are never
 * left out: they are what a finding points at.
 */
export function fittedDomain(data: SeriesHistograms, shown: readonly number[], kept: ReadonlySet<number>): Fit | null {
  const known = shown.filter((h) => extent(data, h) !== null);
  if (known.length < FEWEST) return null;
  const all = jointDomain(data, known)!;
  const budget = Math.max(1, Math.floor(known.length * LEFT_OUT));
  const left = known.filter((h) => !kept.has(h));
  const reach = (h: number): number => {
    const [low, high] = extent(data, h)!;
    return Math.max(Math.abs(low), Math.abs(high));
  };
  const wide = left.sort((a, b) => reach(b) - reach(a)).slice(0, budget);
  const rest = known.filter((h) => !wide.includes(h));
  const domain = jointDomain(data, rest);
  if (domain === null || (all[1] - all[0]) / (domain[1] - domain[0]) < WORTH) return null;
  const outside = (h: number): boolean => {
    const [low, high] = extent(data, h)!;
    return low < domain[0] || high > domain[1];
  };
  return { domain, wide: wide.filter(outside).sort((a, b) => a - b) };
}

/** The binning of the stock Time Series card, on canonical buckets. */
import type { SeriesHistograms } from "../types";
import { abs, clamp, floor, max, min } from "./math";
import { bend, unbend } from "./symlog";

export const BINS = 30;

export type Domain = readonly [low: number, high: number];

/** Where bins begin and end, and about where in them a value lies. */
export interface Edges {
  readonly left: Float64Array;
  readonly right: Float64Array;
  readonly place: (value: number) => number;
}

/** Bins over one domain, equally wide as drawn: row h holds the counts of the h-th histogram asked for. */
export interface Bins {
  readonly domain: Domain;
  readonly edges: Edges;
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
    low = min(low, own[0]);
    high = max(high, own[1]);
  }
  if (low > high) return null;
  if (low < high) return [low, high];
  // Below about -10 the stock chart's two ends change places.
  const ends = [low / 1.1 - 1, low * 1.1 + 1] as const;
  return [min(...ends), max(...ends)];
}

/** Equal bins. Neighbours may overlap by a rounding error, as in the stock chart. */
export function evenEdges([low, high]: Domain, bins = BINS): Edges {
  const width = (high - low) / bins;
  const left = Float64Array.from({ length: bins }, (_, i) => low + i * width);
  const right = left.map((edge, i) => (i === bins - 1 ? high : edge + width));
  return { left, right, place: (value) => (value - low) / width };
}

/** Bins that are equally wide on a symmetric logarithmic axis. */
export function bentEdges([low, high]: Domain, near: number, bins = BINS): Edges {
  const { left: ends, place } = evenEdges([bend(low, near), bend(high, near)], bins);
  const left = ends.map((end, i) => (i === 0 ? low : unbend(end, near)));
  return { left, right: left.map((_, i) => left[i + 1] ?? high), place: (value) => place(bend(value, near)) };
}

/** Put histogram h's counts into bins: count * overlap / width, a bucket of no width into the one bin that holds it. */
export function rebin(data: SeriesHistograms, h: number, { left: starts, right: ends, place }: Edges): Float64Array {
  const bins = starts.length;
  const out = new Float64Array(bins);
  for (let b = data.start[h]!; b < data.start[h + 1]!; b++) {
    const left = data.left[b]!;
    const right = data.right[b]!;
    const count = data.count[b]!;
    if (right < starts[0]! || left > ends[bins - 1]!) continue;
    let i = clamp(floor(place(left)), 0, bins - 1);
    // Where neighbours overlap the lower one has it, as in the stock chart.
    while (i > 0 && left < ends[i - 1]!) i--;
    while (i < bins - 1 && left >= ends[i]!) i++;
    if (right === left) {
      out[i]! += count;
      continue;
    }
    for (; i < bins && starts[i]! < right; i++) {
      const overlap = min(right, ends[i]!) - max(left, starts[i]!);
      if (overlap > 0) out[i]! += (count * overlap) / (right - left);
    }
  }
  return out;
}

/** Bin the histograms shown over one domain; `near` bends the axis. */
export function binAll(data: SeriesHistograms, shown: readonly number[], domain: Domain, near: number | null = null): Bins {
  const edges = near === null ? evenEdges(domain) : bentEdges(domain, near);
  const rows = shown.map((h) => rebin(data, h, edges));
  let highest = 0;
  for (const row of rows) for (const value of row) highest = max(highest, value);
  return { domain, edges, rows, highest };
}

/** A domain that most values need. */
export interface Fit {
  readonly domain: Domain;
  /** Histograms that reach out of it with more than their tails. */
  readonly wide: readonly number[];
  /** Share of all values that lie outside. */
  readonly outside: number;
  /** Whether anything lies below, and above. */
  readonly cut: readonly [below: boolean, above: boolean];
}

/** At most this share of a histogram's values may be cut off at either end. */
const TAIL = 0.005;
/** At most this share of the histograms, but at least one, may reach out of a fitted domain. */
const LEFT_OUT = 0.05;
/** The domain must become narrower by this factor; else the stock domain stands. */
const WORTH = 2;
const FEWEST = 6;

function totalOf(data: SeriesHistograms, h: number): number {
  let total = 0;
  for (let b = data.start[h]!; b < data.start[h + 1]!; b++) total += data.count[b]!;
  return total;
}

/** Where histogram h lies without its thin tails: whole buckets are left off its ends. */
function bulk(data: SeriesHistograms, h: number): Domain {
  const spare = totalOf(data, h) * TAIL;
  let first = data.start[h]!;
  let last = data.start[h + 1]! - 1;
  for (let left = data.count[first]!; left <= spare && first < last; left += data.count[first]!) first++;
  for (let right = data.count[last]!; right <= spare && first < last; right += data.count[last]!) last--;
  return [data.left[first]!, data.right[last]!];
}

const join = (domains: readonly Domain[]): Domain => [
  min(...domains.map(([low]) => low)),
  max(...domains.map(([, high]) => high)),
];

/**
 * The domain that most values need, when thin tails or a few wide histograms squeeze all the rest.
 *
 * Returns null when little is to be gained, so that the stock domain stands. The histograms and values in `kept` are
 * never cut: they are what a finding points at.
 */
export function fittedDomain(data: SeriesHistograms, shown: readonly number[], kept: { readonly histograms: ReadonlySet<number>; readonly values: readonly number[] }): Fit | null {
  const known = shown.filter((h) => extent(data, h) !== null);
  if (known.length < FEWEST) return null;
  const all = jointDomain(data, known)!;
  const needs = known.map((h) => ({ h, needed: kept.histograms.has(h) ? extent(data, h)! : bulk(data, h) }));
  const reach = ({ needed: [low, high] }: { needed: Domain }): number => max(abs(low), abs(high));
  const budget = max(1, floor(known.length * LEFT_OUT));
  const widest = needs.filter((one) => !kept.histograms.has(one.h)).sort((a, b) => reach(b) - reach(a)).slice(0, budget);
  const marked = kept.values.filter((value) => value >= all[0] && value <= all[1]).map((value) => [value, value] as const);
  const [low, high] = join([...needs.filter((need) => !widest.includes(need)).map((one) => one.needed), ...marked]);
  if (low === high || (all[1] - all[0]) / (high - low) < WORTH) return null;
  const domain = [low, high] as const;
  const wide = widest.filter(({ needed }) => needed[0] < low || needed[1] > high).map((one) => one.h);
  return { domain, wide: wide.sort((a, b) => a - b), outside: outsideOf(data, known, domain), cut: [all[0] < low, all[1] > high] };
}

function outsideOf(data: SeriesHistograms, shown: readonly number[], domain: Domain): number {
  let total = 0;
  let inside = 0;
  for (const h of shown) {
    total += totalOf(data, h);
    for (const count of rebin(data, h, evenEdges(domain, 1))) inside += count;
  }
  return total > 0 ? max(0, 1 - inside / total) : 0;
}

/** A linear axis with round ticks. */
import { ceil, floor, log10, max, round, sqrt } from "./math";

export interface LinearScale {
  (value: number): number;
  /** The value at a place. */
  invert(place: number): number;
  /** Round values within the domain, about `wanted` of them. */
  ticks(wanted: number): number[];
}

export type Ends = readonly [from: number, to: number];

/** A distance between ticks: `by`, or one `by`-th below 1, where only the inverse is a whole number. */
interface Step {
  readonly by: number;
  readonly below1: boolean;
}

/** The step 1, 2 or 5 times a power of ten that gives nearest to `wanted` ticks; null where doubles hold no such step. */
function stepOf([low, high]: Ends, wanted: number): Step | null {
  const raw = (high - low) / wanted;
  const power = floor(log10(raw));
  const rest = raw / 10 ** power;
  const factor = rest >= sqrt(50) ? 10 : rest >= sqrt(10) ? 5 : rest >= sqrt(2) ? 2 : 1;
  const by = power < 0 ? 10 ** -power / factor : 10 ** power * factor;
  return isFinite(by) ? { by, below1: power < 0 } : null;
}

const times = (i: number, { by, below1 }: Step): number => (below1 ? i / by : i * by);
const steps = (value: number, { by, below1 }: Step): number => (below1 ? value * by : value / by);

/** Round values from low to high. */
export function roundTicks(domain: Ends, wanted: number): number[] {
  const [low, high] = domain;
  if (low === high) return [low];
  const step = stepOf(domain, wanted);
  if (step === null) return [];
  let first = round(steps(low, step));
  let last = round(steps(high, step));
  if (times(first, step) < low) first++;
  if (times(last, step) > high) last--;
  if (last < first && wanted < 2) return roundTicks(domain, wanted * 2);
  return Array.from({ length: max(0, last - first + 1) }, (_, i) => times(first + i, step));
}

/** Widen a domain to the round values around it. */
export function niceDomain(domain: Ends, wanted: number): Ends {
  const step = stepOf(domain, wanted);
  if (step === null) return domain;
  const wide = [times(floor(steps(domain[0], step)), step), times(ceil(steps(domain[1], step)), step)] as const;
  // A wider domain may have wider steps.
  return stepOf(wide, wanted)?.by === step.by ? wide : niceDomain(wide, wanted);
}

/** Map a domain to a range; a domain of no width lies in the middle. */
export function linearScale(domain: Ends, range: Ends): LinearScale {
  const between = ([a, b]: Ends, [c, d]: Ends) => (x: number): number => {
    const share = b === a ? 0.5 : (x - a) / (b - a);
    return c * (1 - share) + d * share;
  };
  return Object.assign(between(domain, range), { invert: between(range, domain), ticks: (wanted: number) => roundTicks(domain, wanted) });
}

/** A logarithmic axis over the linear one. */
import { linearScale, roundTicks } from "./linear";
import { ceil, floor, log10, max } from "./math";

export interface LogScale {
  /** Place of a value above 0. */
  (value: number): number;
  /** Powers of ten, at most about `wanted`; within a decade round values. */
  ticks(wanted: number): number[];
}

/** Map values above 0 to pixels by their logarithm. */
export function logScale([low, high]: readonly [number, number], range: readonly [number, number]): LogScale {
  const place = linearScale([log10(low), log10(high)], range);
  const ticks = (wanted: number): number[] => {
    const first = ceil(log10(low) - 1e-9);
    const last = floor(log10(high) + 1e-9);
    const powers = Array.from({ length: max(0, last - first + 1) }, (_, i) => first + i);
    if (powers.length < 2 && high / low <= 8) return roundTicks([low, high], wanted).filter((value) => value > 0);
    const by = max(1, ceil((powers.length - 1) / max(1, wanted - 1)));
    return powers.filter((_, i) => i % by === 0).map((power) => 10 ** power);
  };
  return Object.assign((value: number) => place(log10(value)), { ticks });
}

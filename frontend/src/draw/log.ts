/** A logarithmic axis over the linear one. */
import { linearScale, roundTicks } from "./linear";

export interface LogScale {
  /** Place of a value above 0. */
  (value: number): number;
  /** Powers of ten, at most about `wanted`; within a decade round values. */
  ticks(wanted: number): number[];
}

/** Map values above 0 to pixels by their logarithm. */
export function logScale([low, high]: readonly [number, number], range: readonly [number, number]): LogScale {
  const place = linearScale([Math.log10(low), Math.log10(high)], range);
  const ticks = (wanted: number): number[] => {
    const first = Math.ceil(Math.log10(low) - 1e-9);
    const last = Math.floor(Math.log10(high) + 1e-9);
    const powers = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
    if (powers.length < 2 && high / low <= 8) return roundTicks([low, high], wanted).filter((value) => value > 0);
    const by = Math.max(1, Math.ceil((powers.length - 1) / Math.max(1, wanted - 1)));
    return powers.filter((_, i) => i % by === 0).map((power) => 10 ** power);
  };
  return Object.assign((value: number) => place(Math.log10(value)), { ticks });
}

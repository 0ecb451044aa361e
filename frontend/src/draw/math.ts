/** Arithmetic: what is used of `Math`, by its own names, and a value kept within bounds. */
export const { abs, ceil, floor, log10, max, min, round, sqrt } = Math;

/** The value, but not below `low` and not above `high`; where these have changed places, `high`. */
export const clamp = (value: number, low: number, high: number): number => min(high, max(low, value));

/** One step axis for heatmap, ridges, strips and loss. */
import type { StepSpan } from "../types";
import { linearScale } from "./linear";
import { abs, floor, log10, max } from "./math";
import { stepLabel } from "./numbers";

/** Room between the plot's edge and its first and last step, so that no mark lies on the frame. */
export const STEP_PAD = 6;

export interface StepScale {
  (step: number): number;
  readonly domain: StepSpan;
  readonly width: number;
  invert(x: number): number;
}

/** Place steps on `width` pixels; the same domain and width give the same x in every plot. */
export function stepScale(domain: StepSpan, width: number): StepScale {
  return Object.assign(linearScale(domain, [STEP_PAD, width - STEP_PAD]), { domain, width });
}

/** Index of the step nearest to `step` in ascending steps; -1 where there are none. */
export function nearest(steps: ArrayLike<number>, step: number): number {
  let low = 0;
  let high = steps.length - 1;
  if (high < 0) return -1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (steps[middle]! <= step) low = middle;
    else high = middle;
  }
  return abs(steps[low]! - step) <= abs(steps[high]! - step) ? low : high;
}

/** The usual distance between neighbouring steps; 0 for fewer than two. */
export function rhythm(steps: ArrayLike<number>): number {
  let found = known.get(steps);
  if (found === undefined) {
    const gaps = Array.from({ length: max(0, steps.length - 1) }, (_, i) => steps[i + 1]! - steps[i]!);
    known.set(steps, (found = gaps.sort((a, b) => a - b)[gaps.length >> 1] ?? 0));
  }
  return found;
}

/** Steps never change, and thousands of rows share them. */
const known = new WeakMap<ArrayLike<number>, number>();

/** Index of the record that stands for `step`: the nearest one, unless it lies further off than one usual distance. */
export function recordAt(steps: ArrayLike<number>, step: number): number {
  const i = nearest(steps, step);
  return i >= 0 && abs(steps[i]! - step) <= rhythm(steps) ? i : -1;
}

/** Those of the values whose places keep a distance to the one before. */
export function spaced(values: readonly number[], gap: number, placeOf = (value: number): number => value): number[] {
  const kept: number[] = [];
  for (const value of values) if (kept.length === 0 || abs(placeOf(value) - placeOf(kept.at(-1)!)) >= gap) kept.push(value);
  return kept;
}

const same = (a: ArrayLike<number>, b: ArrayLike<number>): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
};

/** Ascending union of several step lists; most series of a log have the same steps. */
export function unite(lists: readonly ArrayLike<number>[]): Float64Array {
  const all = new Set<number>();
  lists.forEach((list, k) => {
    if (k > 0 && same(list, lists[k - 1]!)) return;
    for (let i = 0; i < list.length; i++) all.add(list[i]!);
  });
  return Float64Array.from(all).sort();
}

const NICE = [1, 2, 5, 10] as const;

/** The smallest 1, 2 or 5 times a power of ten that is at least `raw`. */
export function niceStep(raw: number): number {
  const power = 10 ** floor(log10(raw));
  return (NICE.find((factor) => factor * power >= raw * 0.999) ?? 10) * power;
}

/** Round steps with both ends of the domain; labels keep `room` pixels between their middles. */
export function stepTicks(scale: StepScale, room = 64): number[] {
  const [first, last] = scale.domain;
  if (first === last) return [first];
  const widest = max(stepLabel(first).length, stepLabel(last).length) * 7 + 16;
  const apart = max(room, widest);
  const by = max(1, niceStep(((last - first) / scale.width) * apart));
  const out = [first];
  for (let i = floor(first / by) + 1; i * by < last; i++) {
    const tick = i * by;
    if (scale(tick) - scale(first) >= apart * 0.8 && scale(last) - scale(tick) >= apart * 0.8) out.push(tick);
  }
  if (scale(last) - scale(first) >= apart * 0.8) out.push(last);
  return out;
}

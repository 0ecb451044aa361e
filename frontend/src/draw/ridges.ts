/** Where everything of the twin lies: bins over one joint domain, a baseline for each histogram shown. */
import type { CountAxis, Mode, SeriesHistograms, StepAxis, ValueAxis } from "../types";
import { BINS, binAll, extent, fittedDomain, jointDomain, type Bins, type Domain, type Fit } from "./bins";
import { linearScale, niceDomain, type LinearScale } from "./linear";
import { abs, clamp, floor, max, min } from "./math";
import { relativeTime, stepLabel, wallTime } from "./numbers";
import { niceStep } from "./steps";
import { nearZero, symlogScale } from "./symlog";

/** A picture's size, and where in it the plot has its edges. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

export interface RidgeOptions {
  readonly mode: Mode;
  readonly axis: StepAxis;
  readonly values: ValueAxis;
  readonly counts: CountAxis;
  /** Fit the value axis to most values, where tails or a few wide histograms squeeze the rest. */
  readonly fit: boolean;
  /** What a finding points at; it is never cut off. */
  readonly kept: { readonly steps: readonly number[]; readonly values: readonly number[] };
}

/** A histogram's place: `y` is its baseline, `row` its bins, null where the tensor was not finite or empty. */
export interface Slice {
  readonly index: number;
  readonly step: number;
  readonly y: number;
  readonly row: Float64Array | null;
  readonly finite: boolean;
  /** 0 for the oldest, 1 for the newest. */
  readonly age: number;
}

export interface Ridges {
  readonly frame: Frame;
  readonly mode: Mode;
  readonly slices: readonly Slice[];
  readonly bins: Bins | null;
  readonly fit: Fit | null;
  /** Whether fitting would change, or has changed, the value axis. */
  readonly offersFit: boolean;
  /** Height of a count in pixels. */
  readonly rise: (count: number) => number;
  readonly x: (value: number) => number;
  /** What is near 0 on a symmetric logarithmic axis; null on a linear one. */
  readonly near: number | null;
  readonly ticks: readonly number[];
  readonly axis: readonly { readonly y: number; readonly label: string }[];
}

/** The share of the height that one ridge may rise, as in the stock chart. */
const SLICE = 1 / 2.5;

export const timeOf = (data: SeriesHistograms, axis: StepAxis, h: number): number =>
  axis === "step" ? data.steps[h]! : data.wallTimes[h]!;

/** Lay the histograms out in a frame; the value axis is that of all in `scope`. */
export function layRidges(data: SeriesHistograms, frame: Frame, options: RidgeOptions, scope = data): Ridges {
  const shown = Array.from(data.steps.keys());
  const all = Array.from(scope.steps.keys());
  const histograms = new Set(all.filter((h) => options.kept.steps.includes(scope.steps[h]!)));
  const near = options.values === "symlog" ? nearZero(scope, all) : null;
  const found = near !== null ? null : fittedDomain(scope, all, { histograms, values: options.kept.values });
  const offer = found && scope !== data ? { ...found, wide: [] } : found; // they are those of the scope
  const fit = options.fit ? offer : null;
  const domain = fit?.domain ?? jointDomain(scope, all);
  const bins = domain && binAll(data, shown, domain, near);
  const { left, right, top, bottom } = frame;
  const scale = valueScale(domain, [left, right], WIDE, near);

  const inner = bottom - top;
  const slice = options.mode === "offset" ? inner * SLICE : inner;
  const times = shown.map((h) => timeOf(data, options.axis, h));
  const first = min(...times);
  const last = max(...times);
  const yOf = (time: number): number =>
    options.mode === "offset" && last > first ? bottom - ((last - time) / (last - first)) * (inner - slice) : bottom;
  const slices = shown.map((h, i) => ({
    index: h,
    step: data.steps[h]!,
    y: yOf(times[i]!),
    row: extent(data, h) === null ? null : bins!.rows[i]!,
    finite: data.nonfinite[h] === 0,
    age: last > first ? (times[i]! - first) / (last - first) : 1,
  }));
  return {
    frame,
    mode: options.mode,
    slices,
    bins,
    fit,
    offersFit: offer !== null,
    rise: riseOf(bins?.highest ?? 0, slice, options.counts),
    x: scale,
    near,
    ticks: scale.marks,
    axis: options.mode === "offset" && shown.length > 0 ? timeTicks(first, last, options.axis, yOf).map(({ place, label }) => ({ y: place, label })) : [],
  };
}

/** The axis of values, about a tick each `gap` pixels: linear with round ends, or bent at `near`. */
export function valueScale(domain: Domain | null, range: Domain, gap: number, near: number | null): LinearScale & { readonly marks: readonly number[] } {
  const wanted = max(2, abs(range[1] - range[0]) / gap);
  const ends = domain ?? [-1, 1];
  const scale = near === null ? linearScale(niceDomain(ends, wanted), range) : symlogScale(ends, range, near);
  return Object.assign(scale, { marks: scale.ticks(wanted) });
}

/** Pixels to a tick from left to right, and upwards. */
export const [WIDE, HIGH] = [90, 44];

function riseOf(highest: number, room: number, counts: CountAxis): Ridges["rise"] {
  if (highest === 0) return () => 0;
  if (counts === "linear") return (count) => (count / highest) * room;
  return (count) => (Math.log1p(count) / Math.log1p(highest)) * room;
}

const MIN_GAP = 22;

/** A step or a time as the axis writes it. */
export const timeLabel = (time: number, first: number, axis: StepAxis): string =>
  axis === "step" ? stepLabel(time) : axis === "relative" ? relativeTime(time - first) : wallTime(time);

/** Labels along a time axis: both ends and round values between them, about `gap` pixels apart. */
export function timeTicks(first: number, last: number, axis: StepAxis, placeOf: (time: number) => number, gap = MIN_GAP) {
  const at = (time: number) => ({ place: placeOf(time), label: timeLabel(time, first, axis) });
  if (last === first) return [at(first)];
  const room = abs(placeOf(last) - placeOf(first));
  const end = at(last);
  if (room < gap) return [end];
  const out = [at(first)];
  const origin = axis === "step" ? 0 : first;
  const by = roundTime(((last - first) / room) * gap * 1.3, axis);
  for (let i = floor((first - origin) / by) + 1; origin + i * by < last; i++) {
    const tick = at(origin + i * by);
    const told = [out.at(-1)!.label, end.label].includes(tick.label); // of times within a second
    if (tick.place - out[0]!.place >= gap * 0.8 && end.place - tick.place >= gap * 0.8 && !told) out.push(tick);
  }
  return [...out, end];
}

const CLOCK = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400];

/** A round interval of at least `raw`: decimal for steps, clock units for seconds. */
function roundTime(raw: number, axis: StepAxis): number {
  if (axis === "step") return max(1, niceStep(raw));
  if (raw < 1) return niceStep(raw);
  return CLOCK.find((seconds) => seconds >= raw) ?? niceStep(raw / 86_400) * 86_400;
}

/** Centre of a bin in pixels. */
export function centreOf({ x, bins }: Ridges, i: number): number {
  return (x(bins!.edges.left[i]!) + x(bins!.edges.right[i]!)) / 2;
}

/** The polyline through the bin centres of one slice. */
export function curveOf(ridges: Ridges, slice: Slice): (readonly [x: number, y: number])[] {
  return Array.from(slice.row ?? [], (value, i) => [centreOf(ridges, i), slice.y - ridges.rise(value)] as const);
}

/** The curve as SVG path data. */
export const curvePath = (ridges: Ridges, slice: Slice): string =>
  curveOf(ridges, slice)
    .map(([x, y], i) => `${i === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`)
    .join("");

/** How many bins lie left of an x; they are equally wide as drawn. */
function binsBefore({ x, bins }: Ridges, at: number): number {
  const [low, high] = bins!.domain;
  return ((at - x(low)) / (x(high) - x(low))) * BINS;
}

/** Bin under an x; clamped, since the curve's ends are half a bin inside the domain. */
export const binAt = (ridges: Ridges, x: number): number =>
  clamp(floor(binsBefore(ridges, x)), 0, BINS - 1);

/** Values of a bin, for the read-out. */
export const binRange = ({ bins }: Ridges, i: number): Domain => [bins!.edges.left[i]!, bins!.edges.right[i]!];

/** The curve's height above its baseline at an x, between bin centres too. */
export function heightAt(ridges: Ridges, slice: Slice, x: number): number {
  if (slice.row === null) return 0;
  const place = binsBefore(ridges, x) - 0.5;
  if (place < 0 || place > BINS - 1) return 0;
  const i = min(BINS - 2, floor(place));
  const [from, to] = [ridges.rise(slice.row[i]!), ridges.rise(slice.row[i + 1]!)];
  return from + (to - from) * (place - i);
}

/**
 * The slice under the pointer.
 *
 * In offset the front one whose ridge covers the point, else the one with the nearest baseline; in overlay the one
 * whose curve passes nearest.
 */
export function sliceAt(ridges: Ridges, x: number, y: number): Slice | null {
  const { slices, mode } = ridges;
  if (mode === "offset") {
    for (let i = slices.length - 1; i >= 0; i--) {
      const slice = slices[i]!;
      const height = heightAt(ridges, slice, x);
      if (height >= 1 && y <= slice.y && y >= slice.y - height) return slice;
    }
  }
  const off = (slice: Slice): number =>
    abs(y - slice.y + (mode === "offset" ? 0 : heightAt(ridges, slice, x)));
  return slices.reduce<Slice | null>((best, slice) => (best === null || off(slice) < off(best) ? slice : best), null);
}

/** What is of the first of several sources: the others' records between would tear its bands apart. */
export const firstOf = (ridges: Ridges, of: Uint8Array | undefined): Ridges =>
  of ? { ...ridges, slices: ridges.slices.filter((one) => !of[one.index]) } : ridges;

/** Neighbouring slices that were not finite, as bands between the baselines around them. */
export function brokenBands(ridges: Ridges): { top: number; bottom: number; first: number; last: number }[] {
  const { slices } = ridges;
  const bands: { top: number; bottom: number; first: number; last: number }[] = [];
  slices.forEach((slice, i) => {
    if (slice.finite) return;
    const before = slices[i - 1];
    const after = slices[i + 1];
    const bottom = after?.finite ? (slice.y + after.y) / 2 : slice.y;
    const open = bands.at(-1);
    if (before && !before.finite && open) Object.assign(open, { bottom, last: slice.step });
    else bands.push({ top: before ? (before.y + slice.y) / 2 : slice.y - 4, bottom, first: slice.step, last: slice.step });
  });
  return bands.map((band) => ({ ...band, top: min(band.top, band.bottom - 2) }));
}

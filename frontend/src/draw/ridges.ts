/** Where everything of the twin lies: bins over one joint domain, a baseline for each histogram shown. */
import type { Mode, SeriesHistograms, StepAxis } from "../types";
import { BINS, binAll, extent, fittedDomain, jointDomain, type Bins, type Domain, type Fit } from "./bins";
import { linearScale, niceDomain } from "./linear";
import { relativeTime, stepLabel, wallTime } from "./numbers";
import { niceStep } from "./steps";

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
  /** Height of the highest bin in pixels per count. */
  readonly perCount: number;
  readonly x: (value: number) => number;
  readonly invert: (x: number) => number;
  readonly ticks: readonly number[];
  readonly axis: readonly { readonly y: number; readonly label: string }[];
}

/** The share of the height that one ridge may rise, as in the stock chart. */
const SLICE = 1 / 2.5;

const timeOf = (data: SeriesHistograms, axis: StepAxis, h: number): number =>
  axis === "step" ? data.steps[h]! : data.wallTimes[h]!;

/** Lay the histograms out in a frame. */
export function layRidges(data: SeriesHistograms, frame: Frame, options: RidgeOptions): Ridges {
  const shown = Array.from(data.steps.keys());
  const histograms = new Set(shown.filter((h) => options.kept.steps.includes(data.steps[h]!)));
  const offer = fittedDomain(data, shown, { histograms, values: options.kept.values });
  const fit = options.fit ? offer : null;
  const domain = fit?.domain ?? jointDomain(data, shown);
  const bins = domain && binAll(data, shown, domain);
  const wanted = Math.max(2, (frame.width - frame.left - frame.right) / 90);
  const scale = linearScale(niceDomain(domain ?? [-1, 1], wanted), [frame.left, frame.width - frame.right]);

  const inner = frame.height - frame.top - frame.bottom;
  const slice = options.mode === "offset" ? inner * SLICE : inner;
  const bottom = frame.height - frame.bottom;
  const times = shown.map((h) => timeOf(data, options.axis, h));
  const first = Math.min(...times);
  const last = Math.max(...times);
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
    perCount: bins && bins.highest > 0 ? slice / bins.highest : 0,
    x: scale,
    invert: scale.invert,
    ticks: scale.ticks(wanted),
    axis: options.mode === "offset" && shown.length > 0 ? timeTicks(first, last, options.axis, yOf) : [],
  };
}

const MIN_GAP = 22;

/** Labels down the right side: both ends and round values between them. */
function timeTicks(first: number, last: number, axis: StepAxis, yOf: (time: number) => number) {
  const label = (time: number): string =>
    axis === "step" ? stepLabel(time) : axis === "relative" ? relativeTime(time - first) : wallTime(time);
  const at = (time: number) => ({ y: yOf(time), label: label(time) });
  if (last === first) return [at(first)];
  const room = Math.abs(yOf(last) - yOf(first));
  if (room < MIN_GAP) return [at(last)];
  const out = [at(first)];
  const origin = axis === "step" ? 0 : first;
  const by = roundTime(((last - first) / room) * MIN_GAP * 1.3, axis);
  for (let i = Math.floor((first - origin) / by) + 1; origin + i * by < last; i++) {
    const time = origin + i * by;
    if (yOf(time) - yOf(first) >= MIN_GAP * 0.8 && yOf(last) - yOf(time) >= MIN_GAP * 0.8) out.push(at(time));
  }
  return [...out, at(last)];
}

const CLOCK = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400];

/** A round interval of at least `raw`: decimal for steps, clock units for seconds. */
function roundTime(raw: number, axis: StepAxis): number {
  if (axis === "step") return Math.max(1, niceStep(raw));
  if (raw < 1) return niceStep(raw);
  return CLOCK.find((seconds) => seconds >= raw) ?? niceStep(raw / 86_400) * 86_400;
}

/** Centre of a bin in pixels. */
export const centreOf = (ridges: Ridges, i: number): number =>
  ridges.x(ridges.bins!.domain[0] + (i + 0.5) * ridges.bins!.width);

/** The polyline through the bin centres of one slice. */
export function curveOf(ridges: Ridges, slice: Slice): (readonly [x: number, y: number])[] {
  return Array.from(slice.row ?? [], (value, i) => [centreOf(ridges, i), slice.y - value * ridges.perCount] as const);
}

/** The curve as SVG path data. */
export const curvePath = (ridges: Ridges, slice: Slice): string =>
  curveOf(ridges, slice)
    .map(([x, y], i) => `${i === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`)
    .join("");

/** Bin under an x; clamped, since the curve's ends are half a bin inside the domain. */
export function binAt(ridges: Ridges, x: number): number {
  const { domain, width } = ridges.bins!;
  return Math.min(BINS - 1, Math.max(0, Math.floor((ridges.invert(x) - domain[0]) / width)));
}

/** Values and count of a bin, for the read-out. */
export function binRange(ridges: Ridges, i: number): Domain {
  const { domain, width } = ridges.bins!;
  return [domain[0] + i * width, domain[0] + (i + 1) * width];
}

/** The curve's height above its baseline at an x, between bin centres too. */
export function heightAt(ridges: Ridges, slice: Slice, x: number): number {
  if (slice.row === null) return 0;
  const place = (ridges.invert(x) - ridges.bins!.domain[0]) / ridges.bins!.width - 0.5;
  if (place < 0 || place > BINS - 1) return 0;
  const i = Math.min(BINS - 2, Math.floor(place));
  return (slice.row[i]! + (slice.row[i + 1]! - slice.row[i]!) * (place - i)) * ridges.perCount;
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
    Math.abs(y - slice.y + (mode === "offset" ? 0 : heightAt(ridges, slice, x)));
  return slices.reduce<Slice | null>((best, slice) => (best === null || off(slice) < off(best) ? slice : best), null);
}

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
  return bands.map((band) => ({ ...band, top: Math.min(band.top, band.bottom - 2) }));
}

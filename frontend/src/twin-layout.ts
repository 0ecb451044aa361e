/** What a twin is given, what of it is drawn in which frame, and where it lies. Pure. */
import type { Superimposed } from "./compare";
import { layBands, type Bands } from "./draw/bands";
import { layBuckets, type Buckets } from "./draw/buckets";
import { max } from "./draw/math";
import { layRidges, timeLabel, timeOf, type Frame, type Ridges } from "./draw/ridges";
import { nearest } from "./draw/steps";
import type { CountAxis, Mark, Mode, SeriesHistograms, StepAxis, StepSpan, ValueAxis } from "./types";

export interface TwinGiven {
  readonly histograms: SeriesHistograms | null;
  /** These and those of other runs, or one of each. Drawn in place of `histograms`, but as bands. */
  readonly over: Superimposed | null;
  /** All that stand side by side, whose values the axes span; null where these stand alone. */
  readonly scope: SeriesHistograms | null;
  readonly marks: readonly Mark[];
  /** Marks shown while an evidence row is pointed at. */
  readonly temporary: readonly Mark[];
  /** The finding's steps; others are half as strong. Null where all are in full strength. */
  readonly span: StepSpan | null;
  readonly mode: Mode;
  readonly axis: StepAxis;
  readonly values: ValueAxis;
  readonly counts: CountAxis;
  /** The steps of the strips, so that bands stand above them. */
  readonly domain: StepSpan;
  readonly cursor: number | null;
  readonly pinned: number | null;
  readonly compact: boolean;
  readonly label: string;
  /** Fit the value axis to most values; false gives the stock chart's axis. */
  readonly fit: boolean;
}

/** The size of an element, and the room that the strips below it leave left and right. */
export interface Room {
  readonly width: number;
  readonly height: number;
  readonly gutters: () => readonly [left: number, right: number];
}

/** One of them where there is something to draw. */
export interface Laid {
  readonly ridges: Ridges | null;
  readonly buckets: Buckets | null;
  readonly bands: Bands | null;
}

export const NOTHING: Laid = { ridges: null, buckets: null, bands: null };

export const drawn = ({ over, histograms }: TwinGiven): SeriesHistograms => over?.data ?? histograms!;

/** The record that is pointed at, else the pinned one, else the newest. */
export function current({ histograms, cursor, pinned }: TwinGiven): number {
  const { steps } = histograms!;
  const step = cursor ?? pinned;
  return step === null ? steps.length - 1 : nearest(steps, step);
}

export const labelAt = (data: SeriesHistograms, axis: StepAxis, h: number): string =>
  timeLabel(timeOf(data, axis, h), timeOf(data, axis, 0), axis);

/** The frame of a mode, with some more room at the top for a line above the picture. */
function frameOf(twin: TwinGiven, { width, height, gutters }: Room, more: number): Frame {
  if (twin.compact) return { width, height, top: 2, right: width, bottom: height - 18, left: 0 };
  const [top, bottom] = [20 + more, height - 24];
  if (twin.mode === "bands") {
    const [left, right] = gutters();
    return { width, height, top, right: width - right, bottom, left };
  }
  const data = drawn(twin);
  const { length } = data.steps;
  const longest = length > 0 ? max(...[0, length - 1].map((h) => labelAt(data, twin.axis, h).length)) : 0;
  const right = twin.mode === "offset" ? max(56, longest * 6.4 + 20) : 8;
  return { width, height, top, right: width - right, bottom, left: twin.mode === "step" ? 44 : 8 };
}

const LINE = 16;
/** In less width a line above the picture breaks. */
const WIDE = 440;

/** Lay out what is drawn. */
export function lay(twin: TwinGiven, room: Room): Laid {
  const { histograms: data, mode, axis, values, counts, fit, marks } = twin;
  if (data === null) return NOTHING;
  const frame = (more: number) => frameOf(twin, room, more);
  const some = data.steps.length > 0;
  if (some && mode === "step") return { ...NOTHING, buckets: layBuckets(data, current(twin), frame(LINE), values, counts, twin.scope) };
  if (some && mode === "bands") return { ...NOTHING, bands: layBands(data, frame(values === "symlog" ? LINE : 0), axis, values, twin.domain, twin.scope ?? data) };
  const kept = {
    steps: marks.flatMap(({ kind, first_step: step }) => (kind === "step" && step !== null ? [step] : [])),
    values: marks.flatMap(({ low, high }) => [low, high].filter((value) => value !== null)),
  };
  const within = (more: number) => layRidges(drawn(twin), frame(more), { mode, axis, values, counts, fit, kept }, twin.scope ?? drawn(twin));
  const ridges = within(0);
  return { ...NOTHING, ridges: (ridges.offersFit || ridges.near !== null) && !twin.compact ? within(room.width < WIDE ? 2 * LINE : LINE) : ridges };
}

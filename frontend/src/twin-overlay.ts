/** What lies over the twin's canvas, or is all of it: axes, marks, the steps pointed at. */
import { nothing, svg, type TemplateResult } from "lit";
import { bandShapes } from "./draw/bandmarks";
import type { Bands } from "./draw/bands";
import { bandsPicture } from "./draw/bandsvg";
import { shapesOf } from "./draw/marks";
import { whole } from "./draw/numbers";
import { firstOf, type Frame, type Ridges, type Slice } from "./draw/ridges";
import { text } from "./draw/shapes";
import { recordAt } from "./draw/steps";
import { brokenLabels, highlight, markShape, oneStep, timeAxis, valueAxis, wideEnds } from "./draw/twinsvg";
import { current, drawn, labelAt, type Laid, type TwinGiven } from "./twin-layout";
import { NO_RECORD, recordWords, stateWords } from "./twin-words";
import type { SeriesHistograms } from "./types";

/** The overlay; `pointer` is where the pointer is. */
export function overlay(twin: TwinGiven, laid: Laid, pointer: number | null): TemplateResult | typeof nothing {
  const { ridges, buckets, bands } = laid;
  const data = twin.histograms;
  if (data === null) return nothing;
  if (buckets) {
    if (twin.compact) return valueAxis(buckets.frame, buckets.ticks, buckets.x, true);
    const h = current(twin);
    return oneStep(buckets, data.steps[h]!, stateWords(data, h, laid), pointer);
  }
  if (bands) return bandsOverlay(twin, data, bands, laid);
  return ridges === null ? nothing : ridgesOverlay(twin, data, ridges, laid, pointer);
}

function ridgesOverlay(twin: TwinGiven, data: SeriesHistograms, ridges: Ridges, laid: Laid, pointer: number | null): TemplateResult {
  const { over, marks, axis: timeBy } = twin;
  const axis = ridges.bins ? valueAxis(ridges.frame, ridges.ticks, ridges.x, twin.compact, ridges.fit?.cut) : nothingFinite(data, ridges.frame);
  if (twin.compact) return axis;
  const slices = chosen(twin, ridges);
  const marked = (first: number, last: number): boolean => marks.some(({ first_step: step }) => step !== null && step >= first && step <= last);
  return svg`${axis}${timeAxis(ridges, timeBy, slices[0] ?? null)}
    ${shapesOf(marks, ridges).map((shape) => markShape(shape, false))}
    ${shapesOf(twin.temporary, ridges).map((shape) => markShape(shape, true))}
    ${brokenLabels(firstOf(ridges, over?.of), marked)}
    ${wideEnds(ridges, drawn(twin))}
    ${slices.map((slice) => {
      const place = over?.of[slice.index] ?? 0;
      const words = (over?.single ? stateWords : recordWords)(drawn(twin), slice.index, laid);
      const time = over?.single ? "" : labelAt(drawn(twin), timeBy, slice.index);
      return highlight(ridges, { slice, time, words, pointer, place, name: over?.names[place] ?? "", outlined: !over?.single });
    })}`;
}

function bandsOverlay(twin: TwinGiven, data: SeriesHistograms, bands: Bands, laid: Laid): TemplateResult {
  const index = current(twin);
  const step = twin.cursor ?? twin.pinned;
  const marked = step !== null && recordAt(data.steps, step) >= 0;
  const time = twin.axis === "step" ? `${marked ? "" : "step "}${whole(data.steps[index]!)}` : labelAt(data, twin.axis, index);
  const words = stateWords(data, index, laid);
  return bandsPicture(bands, { index, time, words, marked }, twin.span, bandShapes(twin.marks, bands), bandShapes(twin.temporary, bands));
}

function nothingFinite({ steps, nonfinite }: SeriesHistograms, { width, height }: Frame): TemplateResult {
  if (steps.length === 0) return text(NO_RECORD, width / 2, height / 2, "middle", "ink");
  const words = nonfinite.some((flag) => flag !== 0) ? "not finite at any step shown" : "empty at every step shown";
  return text(words, width / 2, height - 6, "middle", "ink halo");
}

/** At the step pointed at or pinned, of each source; single ones all. */
function chosen({ over, cursor, pinned }: TwinGiven, { slices }: Ridges): Slice[] {
  if (over?.single) return [...slices].sort((a, b) => over.of[a.index]! - over.of[b.index]!);
  const step = cursor ?? pinned;
  if (step === null) return [];
  return (over?.names ?? [""]).flatMap((_, k) => {
    const own = slices.filter(({ index }) => (over?.of[index] ?? 0) === k);
    return own[recordAt(own.map((slice) => slice.step), step)] ?? [];
  });
}

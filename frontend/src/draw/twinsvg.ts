/** What lies over the twin's canvas: axes, marks, the chosen step and its figures. */
import { nothing, svg, type TemplateResult } from "lit";
import type { SeriesHistograms } from "../types";
import { badge } from "./axis";
import { extent, type Fit } from "./bins";
import { barAt, type Buckets } from "./buckets";
import type { Shape } from "./marks";
import { abs, clamp } from "./math";
import { count, short, spanOf, stepLabel, tick, whole } from "./numbers";
import { binAt, binRange, brokenBands, curveOf, curvePath, type Frame, type Ridges, type Slice } from "./ridges";
import { box, dot, line, text } from "./shapes";

type Part = TemplateResult | typeof nothing;

/** Labels may reach this far out of the plot, into its panel's padding. */
const OVERHANG = 8;

/** The value axis; compact plots name only its ends, with dots where values lie beyond. */
export function valueAxis(
  { width, height, left, right, bottom }: Frame, ticks: readonly number[], x: (value: number) => number, compact: boolean, cut: Fit["cut"] = [false, false],
): TemplateResult {
  const y = bottom + 0.5;
  const axis = line("axis", `M${left} ${y}H${right}`);
  if (compact) {
    const [first, last] = [ticks[0], ticks.at(-1)];
    return svg`${axis}${first === undefined ? nothing : text(`${cut[0] ? "… " : ""}${tick(first)}`, x(first) < width / 3 ? 0 : x(first), height - 4, "start")}
      ${last === undefined ? nothing : text(`${tick(last)}${cut[1] ? " …" : ""}`, width, height - 4, "end")}`;
  }
  return svg`${axis}${ticks.map((value) => {
    const [name, at] = [tick(value), x(value)];
    const half = name.length * 3.4 - OVERHANG;
    return [line("axis", `M${at} ${y}v4`), text(name, clamp(at, half, width - half), height - 6, "middle")];
  })}`;
}

/** The time axis at the right; labels that the chosen step's badge would cover are left out. */
export function timeAxis({ axis, frame: { right } }: Ridges, title: string, chosen: Slice | null): Part {
  if (axis.length === 0) return nothing;
  const at = chosen?.y ?? Infinity;
  const crowded = axis.length === 2 && axis[1]!.y - axis[0]!.y < 12;
  return svg`${text(title, right + 8, axis[0]!.y - 10, "start")}
    ${axis.map(({ y, label }, i) => [line("axis", `M${right} ${y}h4`), abs(y - at) < 15 || (crowded && i === 0) ? nothing : text(label, right + 8, y + 4, "start")])}`;
}

/** A mark; those that show only while something is pointed at are dashed. */
export function markShape({ path, style, wash, label }: Shape, passing: boolean): TemplateResult {
  return svg`${wash ? box("wash", wash.x, wash.y, wash.width, wash.height) : nothing}
    ${line(`${style} ${passing ? "passing" : ""}`, path)}
    ${label ? text(label.text, label.x, label.y, label.anchor, `ink halo ${label.bold ? "bold" : ""}`) : nothing}`;
}

const MOST_LABELS = 3;

/** Names the bands of steps that were not finite, where no mark does; where there are many, or no bands, counts them. */
export function brokenLabels(ridges: Ridges, marked: (first: number, last: number) => boolean): Part {
  if (ridges.bins === null) return nothing;
  const { frame, slices } = ridges;
  const bands = brokenBands(ridges);
  if (bands.length > MOST_LABELS || (ridges.mode !== "offset" && bands.length > 0)) {
    const broken = slices.filter((one) => !one.finite).length;
    return text(`${broken} of ${slices.length} steps not finite`, frame.left + 4, frame.top + 14, "start", "halo broken");
  }
  return svg`${bands.filter(({ first, last }) => !marked(first, last)).map(({ top, first, last }) =>
    text(`not finite at ${spanOf(first, last)}`, frame.right - 4, top - 4, "end", "halo broken"))}`;
}

/** Small arrows where a wide step goes on outside a fitted axis. */
export function wideEnds(ridges: Ridges, data: SeriesHistograms): TemplateResult[] {
  if (ridges.fit === null || ridges.mode !== "offset") return [];
  const { domain, wide } = ridges.fit;
  const { left, right } = ridges.frame;
  return ridges.slices.filter((one) => wide.includes(one.index)).map(({ index, y }) => {
    const [low, high] = extent(data, index)!;
    return line("dot", `${low < domain[0] ? `M${left} ${y}l6 -3.5v7z` : ""}${high > domain[1] ? `M${right} ${y}l-6 -3.5v7z` : ""}`);
  });
}

export interface Chosen {
  readonly slice: Slice;
  /** Its place on the time axis as text. */
  readonly time: string;
  /** Said in place of figures where it has none. */
  readonly words: string;
  /** Where the pointer is, null where the step was chosen elsewhere. */
  readonly pointer: number | null;
  /** Of several sources, the name; the figures of each stand below those before. */
  readonly name: string;
  readonly place: number;
  /** Whether the curve is to stand out; single ones do. */
  readonly outlined: boolean;
}

/** The chosen step's curve, its badge on the axis, and the bin under the pointer in figures. */
export function highlight(ridges: Ridges, { slice, time, words, pointer, name, place, outlined }: Chosen): TemplateResult {
  const { right, top } = ridges.frame;
  const offset = ridges.mode === "offset";
  const say = (figures: string): TemplateResult =>
    text([name, figures].filter(Boolean).join(": "), right - 4, top + 14 + 16 * place, "end", "ink halo");
  const sign = offset ? badge(right + 10 + time.length * 3.2, slice.y, time) : nothing;
  if (slice.row === null) return svg`${sign}${say(words)}`;
  const curve = svg`${outlined ? line(`outline ${place ? "passing" : ""}`, curvePath(ridges, slice)) : nothing}${sign}`;
  if (pointer === null) return offset || !outlined ? curve : svg`${curve}${say(time)}`;
  const i = binAt(ridges, pointer);
  const [x, y] = curveOf(ridges, slice)[i]!;
  const [from, to] = binRange(ridges, i);
  return svg`${curve}${dot(x, y)}
    ${say(`${offset || !time ? "" : `${time}: `}${short(from, 3)} to ${short(to, 3)}: ${count(slice.row[i]!)} values`)}`;
}

/** From this width on there is room for all of a line. */
const ROOMY = 400;

/** One step's buckets: what they are, or the one under the pointer. */
export function oneStep(buckets: Buckets, step: number, empty: string, pointer: number | null): TemplateResult {
  const { frame, bars, logged, measure, largest, total } = buckets;
  const title = svg`<tspan class="bold ink">Step ${whole(step)}</tspan>`;
  const say = (figures: string): TemplateResult => svg`<text x="8" y="12">${title}<tspan dx="10">${figures}</tspan></text>`;
  if (bars.length === 0) return say(empty);
  const bar = pointer === null ? null : barAt(buckets, pointer);
  const { left, right, bottom } = frame;
  const kind = bars.length < logged ? ", narrow ones joined" : measure === "density" ? ", drawn by density" : " as logged";
  const words = bar
    ? `${short(bar.left, 4)} to ${short(bar.right, 4)}: ${count(bar.count)} values`
    : `${logged} ${logged === 1 ? "bucket" : "buckets"}${kind}, ${count(total)} values${measure === "count" && frame.width > ROOMY ? `, highest ${count(largest)}` : ""}`;
  return svg`${say(words)}
    ${buckets.heights.map(({ count: value, y }) => [line("tick", `M${left} ${y}H${right}`), text(stepLabel(value), left - 6, y + 4, "end")])}
    ${valueAxis(frame, buckets.ticks, buckets.x, false)}
    ${bar ? box("outline", bar.x, bottom - bar.height, bar.width, bar.height) : nothing}`;
}

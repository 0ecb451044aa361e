/** The percentile bands as SVG: axes, bands, marks, the chosen step and its nine values. */
import { nothing, svg, type TemplateResult } from "lit";
import type { StepSpan } from "../types";
import { badge } from "./axis";
import { LEVEL_NAMES, type Bands } from "./bands";
import type { Shape } from "./marks";
import { abs, clamp, round } from "./math";
import { short, tick } from "./numbers";
import { box, broken, dot, line, text } from "./shapes";
import { markShape } from "./twinsvg";

export interface BandsChosen {
  readonly index: number;
  /** Its place on the axis as text, with room for all of it. */
  readonly time: string;
  /** Said in place of figures where it has none. */
  readonly words: string;
  /** Whether it was pointed at or pinned; else it is the newest, and only its figures are shown. */
  readonly marked: boolean;
}

/** Room that tick labels have left of the plot. */
const TICKS = 50;
const LINE = 16;

/** The whole picture; the steps of `span` stand on a darker ground. */
export function bandsPicture(bands: Bands, chosen: BandsChosen, span: StepSpan | null, shapes: readonly Shape[], passing: readonly Shape[]): TemplateResult {
  const { left, right, top, bottom } = bands.frame;
  const { y } = bands;
  const at = chosen.marked ? bands.places[chosen.index]! : null;
  const covered = (place: number, label: string): boolean => at !== null && abs(place - at) < (label.length + chosen.time.length) * 3.2 + 12;
  const [from, to] = (span ?? [0, 0]).map((step) => clamp(bands.x(step), left, right)) as [number, number];
  return svg`${box("ground", left, top, right - left, bottom - top)}
    ${bands.ticks.map((value) => [line("tick", `M${left} ${y(value)}H${right}`), text(tick(value), left - 6, y(value) + 4, "end")])}
    ${span ? box("wash", from, top, to - from, bottom - top) : nothing}
    ${bands.broken.map((gap) => broken(gap.left, top, gap.right - gap.left, bottom - top, top + 12))}
    ${bands.bands.map((path) => line("band", path))}
    ${bands.lines.map((path, i) => line(i === 4 ? "level median" : "level", path))}
    ${line("axis", `M${left} ${bottom + 0.5}H${right}`)}
    ${bands.axis.map(({ place, label }) => [line("axis", `M${place} ${bottom}v4`), covered(place, label) ? nothing : text(label, place, bottom + 18, "middle")])}
    ${shapes.map((shape) => markShape(shape, false))}
    ${passing.map((shape) => markShape(shape, true))}
    ${at === null ? nothing : [
      line("cross", `M${round(at) + 0.5} ${top}V${bottom}`),
      bands.levels.map((level) => isNaN(level[chosen.index]!) ? nothing : dot(at, y(level[chosen.index]!), 2.5)),
      badge(at, bottom + 14, chosen.time),
    ]}
    ${figures(bands, chosen)}`;
}

/** The nine values beside the plot, the largest on top as in the picture. */
function figures({ frame, levels }: Bands, { index, time, words }: BandsChosen): TemplateResult {
  const top = frame.top + 10;
  const head = text(time, 0, top, "start", "ink bold");
  if (isNaN(levels[0]![index]!)) return svg`${head}${text(words, 0, top + LINE, "start")}`;
  return svg`${head}${[...LEVEL_NAMES].reverse().map((name, i) => {
    const at = top + (i + 1) * LINE;
    const value = levels[8 - i]![index]!;
    const exact = short(value, 3);
    return svg`${text(name, 0, at, "start")}${text(exact.includes("e") ? short(value) : exact, frame.left - TICKS, at, "end", "ink")}`;
  })}`;
}

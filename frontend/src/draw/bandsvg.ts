/** The percentile bands as SVG: axes, bands, marks, the chosen step and its nine values. */
import { nothing, svg, type TemplateResult } from "lit";
import type { StepSpan } from "../types";
import { badge } from "./axis";
import { LEVEL_NAMES, type Bands } from "./bands";
import type { Shape } from "./marks";
import { abs, clamp, round } from "./math";
import { short, tick } from "./numbers";
import { markShape, text } from "./twinsvg";

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
  const { frame, y } = bands;
  const right = frame.width - frame.right;
  const base = frame.height - frame.bottom;
  const at = chosen.marked ? bands.places[chosen.index]! : null;
  const covered = (place: number, label: string): boolean => at !== null && abs(place - at) < (label.length + chosen.time.length) * 3.2 + 12;
  const [from, to] = (span ?? [0, 0]).map((step) => clamp(bands.x(step), frame.left, right)) as [number, number];
  return svg`<rect class="ground" x=${frame.left} y=${frame.top} width=${right - frame.left} height=${base - frame.top}></rect>
    ${bands.ticks.map((value) => svg`<path class="tick" d="M${frame.left} ${y(value)}H${right}"></path>${text(tick(value), frame.left - 6, y(value) + 4, "end", "")}`)}
    ${span ? svg`<rect class="wash" x=${from} y=${frame.top} width=${to - from} height=${base - frame.top}></rect>` : nothing}
    ${bands.broken.map(({ left, right: end }) => svg`<g class="broken"><rect x=${left} y=${frame.top} width=${end - left} height=${base - frame.top}></rect>
      <path d="M${left} ${frame.top}V${base}M${(left + end) / 2 - 3.5} ${frame.top + 8.5}l7 7m0 -7l-7 7"></path></g>`)}
    ${bands.bands.map((path) => svg`<path class="band" d=${path}></path>`)}
    ${bands.lines.map((path, i) => svg`<path class="level ${i === 4 ? "median" : ""}" d=${path}></path>`)}
    <path class="axis" d="M${frame.left} ${base + 0.5}H${right}"></path>
    ${bands.axis.map(({ place, label }) => svg`<path class="axis" d="M${place} ${base}v4"></path>${covered(place, label) ? nothing : text(label, place, base + 18, "middle", "")}`)}
    ${shapes.map((shape) => markShape(shape, false))}
    ${passing.map((shape) => markShape(shape, true))}
    ${at === null ? nothing : svg`<path class="cross" d="M${round(at) + 0.5} ${frame.top}V${base}"></path>
      ${bands.levels.map((level) => isNaN(level[chosen.index]!) ? nothing : svg`<circle class="dot" cx=${at} cy=${y(level[chosen.index]!)} r="2.5"></circle>`)}
      ${badge(at, base + 14, chosen.time)}`}
    ${figures(bands, chosen)}`;
}

/** The nine values beside the plot, the largest on top as in the picture. */
function figures({ frame, levels }: Bands, { index, time, words }: BandsChosen): TemplateResult {
  const top = frame.top + 10;
  const head = text(time, 0, top, "start", "ink bold");
  if (isNaN(levels[0]![index]!)) return svg`${head}${text(words, 0, top + LINE, "start", "")}`;
  return svg`${head}${[...LEVEL_NAMES].reverse().map((name, i) => {
    const line = top + (i + 1) * LINE;
    const value = levels[8 - i]![index]!;
    const exact = short(value, 3);
    return svg`${text(name, 0, line, "start", "")}${text(exact.includes("e") ? short(value) : exact, frame.left - TICKS, line, "end", "ink")}`;
  })}`;
}

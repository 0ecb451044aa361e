/** The shared step axis as SVG: ticks, crosshair badge. */
import { nothing, svg, type TemplateResult } from "lit";
import { abs } from "./math";
import { stepLabel, whole } from "./numbers";
import { line, text } from "./shapes";
import { stepTicks, type StepScale } from "./steps";

const CHARACTER = 6.4;

/** A label on a dark ground whose middle is at x, kept within 0..width plus the gutter. */
export function badge(x: number, y: number, words: string): TemplateResult {
  const width = words.length * CHARACTER + 12;
  return svg`<g class="badge"><rect x=${x - width / 2} y=${y - 8} width=${width} height="16" rx="3" />${text(words, x, y + 4, "middle")}</g>`;
}

/** Ticks below y; a tick that the badge at `step` would cover is left out. */
export function stepAxis(scale: StepScale, y: number, step: number | null): TemplateResult {
  const at = step === null ? Infinity : scale(step);
  const covered = (tick: number): boolean => abs(scale(tick) - at) < (stepLabel(tick).length + whole(step ?? 0).length) * 3.2 + 12;
  return svg`${stepTicks(scale).map((tick) => [line("axis", `M${scale(tick).toFixed(1)} ${y}v4`), covered(tick) ? nothing : text(stepLabel(tick), scale(tick), y + 16, "middle")])}
    ${step === null ? nothing : badge(at, y + 12, whole(step))}`;
}

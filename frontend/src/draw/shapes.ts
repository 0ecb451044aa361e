/** What pictures are made of, as SVG; how it looks is up to the styles. */
import { svg, type TemplateResult } from "lit";

export type Anchor = "start" | "middle" | "end";

export const text = (words: string, x: number, y: number, anchor: Anchor, style = ""): TemplateResult =>
  svg`<text class=${style} x=${x} y=${y} text-anchor=${anchor}>${words}</text>`;

export const line = (style: string, path: string): TemplateResult => svg`<path class=${style} d=${path} />`;

export const box = (style: string, x: number, y: number, width: number, height: number): TemplateResult =>
  svg`<rect class=${style} x=${x} y=${y} width=${width} height=${height} />`;

export const dot = (x: number, y: number, r = 3): TemplateResult => svg`<circle class="dot" cx=${x} cy=${y} r=${r} />`;

/** Where something was not finite: a tinted ground, a line where it begins, a cross in the middle of its width. */
export const broken = (x: number, top: number, width: number, height: number, cross = top + height / 2): TemplateResult =>
  svg`<g class="broken">${box("", x, top, width, height)}${line("", `M${x} ${top}V${top + height}M${x + width / 2 - 3.5} ${cross - 3.5}l7 7m0 -7l-7 7`)}</g>`;

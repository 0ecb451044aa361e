/** The heatmap for a file: every row as it is folded, with its name, the step axis and the legend. */
import { nothing, render, svg, type TemplateResult } from "lit";
import { stepAxis } from "./draw/axis";
import type { Block, Grid } from "./draw/cells";
import type { Magnitude } from "./draw/magnitude";
import { max } from "./draw/math";
import { paintCells, type CellPaint } from "./draw/paintcells";
import { sign } from "./draw/signs";
import type { StepScale } from "./draw/steps";
import { HEALTH } from "./heatmap-legend";
import type { Drawing } from "./picture";
import { token } from "./surface";

export type CellColours = Omit<CellPaint, "hatch" | "dots">;

export const cellColours = (styles: CSSStyleDeclaration): CellColours => ({
  error: token(styles, "--cell-error"),
  warning: token(styles, "--cell-warning"),
  info: token(styles, "--cell-info"),
  clear: token(styles, "--cell-clear"),
  mark: token(styles, "--cell-mark"),
  ground: token(styles, "--sunken"),
});

/** Each layer's sign at its end, and where it is open each tensor's. */
export const signsOf = ({ worst, folded, y, height, lanes }: Block, width: number): TemplateResult => svg`
  ${worst ? sign(worst, width + 10, folded ? y + (height - 12) / 2 : y + 2, 12) : nothing}
  ${folded ? nothing : lanes.map(({ row, y: at }) => (row.worst ? sign(row.worst, width + 11, at + 3, 10) : nothing))}`;

const CHARACTER = 6.2;
/** Characters of a name; what tells tensors apart is its end. */
const LONGEST = 48;
const short = (name: string): string => (name.length > LONGEST ? `…${name.slice(1 - LONGEST)}` : name);

const label = (name: string, y: number, style: string): TemplateResult =>
  svg`<text class=${style} x="-8" y=${y} text-anchor="end">${short(name)}</text>`;

const named = ({ layer, folded, y, height, lanes }: Block): TemplateResult => svg`
  ${label(layer, folded ? y + height / 2 + 4 : y + 13, "ink")}
  ${folded ? nothing : lanes.map(({ row, y: at }) => label(row.name, at + 12, ""))}`;

function legendOf(magnitude: Magnitude | null, colours: CellColours, y: number): TemplateResult {
  let x = 0;
  const entry = (name: string, fills: readonly string[], inset = 0): TemplateResult => {
    const at = x;
    const width = max(12, fills.length * 6);
    x += width + name.length * CHARACTER + 22;
    return svg`${fills.map((fill, i) => svg`<rect x=${at + i * 6} y=${y + inset} width=${fills.length > 1 ? 6 : 12} height=${10 - 2 * inset} fill=${fill}></rect>`)}
      <text x=${at + width + 6} y=${y + 9}>${name}</text>`;
  };
  const { low, high, log } = magnitude ?? {};
  return svg`${magnitude
    ? entry(`${low} to ${high}${log ? " (log)" : ""}`, magnitude.colours.filter((_, i) => i % 17 === 0))
    : HEALTH.map(([kind, name]) => entry(name, [colours[kind]], kind === "info" ? 2.5 : 0))}
    ${entry("not finite ×", [colours.error])}${entry("no data", ["url(#hatch)"])}${entry("not applicable", ["url(#dots)"])}`;
}

export interface HeatView {
  readonly name: string;
  readonly grid: Grid;
  readonly scale: StepScale;
  readonly usual: number;
  readonly magnitude: Magnitude | null;
}

/** What lies over the cells is drawn in the element's own tree, where its styles are, and gone at once. */
export function heatDrawing(root: ParentNode & Node, { name, grid, scale, usual, magnitude }: HeatView): Drawing {
  const over = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  root.append(over);
  queueMicrotask(() => over.remove());
  const styles = getComputedStyle(over);
  const colours = cellColours(styles);
  const hatch = token(styles, "--hatch");
  render(
    svg`${grid.blocks.map((block) => [named(block), signsOf(block, scale.width)])}
      <rect class="axis" x="-.5" y="-.5" width=${scale.width + 1} height=${grid.height + 1} style="fill:none"></rect>
      ${stepAxis(scale, grid.height, null)}${legendOf(magnitude, colours, grid.height + 32)}`,
    over,
  );
  const names = grid.blocks.flatMap(({ layer, folded, lanes }) => [layer, ...(folded ? [] : lanes.map((one) => one.row.name))]);
  return {
    name,
    left: max(...names.map((name) => short(name).length)) * CHARACTER + 8,
    width: max(scale.width + 28, 560),
    height: grid.height + 46,
    over,
    paint: (g) =>
      paintCells(g, { grid, scale, usual, magnitude, top: 0, bottom: grid.height, ratio: 2 }, { ...colours, hatch: "url(#hatch)", dots: "url(#dots)" }),
    patterns: pattern("hatch", `<path d="M-1 1 1-1M-1 5 5-1M3 5 5 3" stroke="${hatch}"/>`) + pattern("dots", `<path d="M1 1h1.4v1.4H1z" fill="${hatch}"/>`),
  };
}

const pattern = (id: string, content: string): string => `<pattern id="${id}" width="4" height="4" patternUnits="userSpaceOnUse">${content}</pattern>`;

/** The line under the heatmap: what the colours mean, or what the cell under the pointer says. */
import { html, type TemplateResult } from "lit";
import type { Magnitude } from "./draw/magnitude";

const swatch = (kind: string, name: string): TemplateResult => html`<span><i class="swatch ${kind}"></i>${name}</span>`;

const scaleOf = ({ colours, low, high, log }: Magnitude): TemplateResult => {
  const stops = colours.filter((_, i) => i % 17 === 0).join(",");
  return html`<span>${low} <i class="swatch ramp" style="background-image:linear-gradient(90deg,${stops})"></i> ${high}${log ? " (log)" : ""}</span>`;
};

export const HEALTH = [["error", "error"], ["warning", "warning"], ["info", "note"], ["clear", "clear"]] as const;

/** The legend; `readOut` takes its place while a cell is pointed at. */
export function legend(magnitude: Magnitude | null, readOut: TemplateResult | null): TemplateResult {
  return html`<div class="legend">${readOut ? html`<span class="read">${readOut}</span>` : html`
    ${magnitude ? scaleOf(magnitude) : HEALTH.map(([kind, name]) => swatch(kind, name))}
    ${swatch("broken", "not finite")}${swatch("hatch", "no data")}${swatch("dots", "not applicable")}`}</div>`;
}

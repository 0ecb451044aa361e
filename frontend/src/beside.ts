/** The runs beside the one shown: whose the lines are, who has nothing to draw, and their pictures side by side. */
import { css, html, nothing, type TemplateResult } from "lit";
import { button } from "./controls";
import { drawable, runColour, standApart, type Source, type Superimposed } from "./compare";
import { swatch } from "./compare-runs";
import { dashOf } from "./draw/paint";
import { plural } from "./format";
import type { Theme } from "./host";
import { change, type Link } from "./state";
import type { SeriesHistograms } from "./types";

/** How a source is drawn: the first of several as ridges, where these are filled, all others in lines. */
function sign({ colours, single }: Superimposed, k: number, filled: boolean): TemplateResult {
  return html`<svg width="20" height="10" aria-hidden="true"><path d="M0 5H20" fill="none"
    stroke=${colours[k]!} stroke-width=${k || single || !filled ? 2 : 10} stroke-dasharray=${dashOf(colours, k, single).join(" ") || "none"}></path></svg>`;
}

/** Why there is nothing to see of a run, or not all; "" where there is, or may yet be. */
function lack({ run, data }: Source, tag: string, overlaid: boolean): string {
  if (data === undefined) return `${run} has no tensor ${tag}. `;
  if (data?.steps.length === 0) return `${run} has no record at the steps chosen. `;
  const broken = overlaid ? data?.nonfinite.filter(Boolean).length : 0;
  return broken ? `${run} is not finite at ${plural(broken, "step")}. ` : "";
}

/** What is drawn over each other, and in which colour, and what is not. */
export function legend(element: EventTarget, link: Link, tag: string, sources: readonly Source[], over: Superimposed | null) {
  const [, ...others] = sources;
  if (!others.length && !over) return nothing;
  const apart = standApart(link);
  const banded = link.mode === "bands";
  return html`<div class="legend">
    <p role="status">
      ${over?.names.map((name, k) => html`<span>${sign(over, k, link.mode === "offset")}${name}</span>`)}
      ${link.step2 === null ? others.map((source) => lack(source, tag, over?.single === false)) : nothing}
    </p>
    ${others.length && link.step2 === null
      ? button("Side by side", () => change(element, { apart: !apart }), banded ? "Bands stand side by side" : "", apart, banded)
      : nothing}
  </div>`;
}

/** A picture of each run in its colour; `picture` draws one, of the run shown or of another. */
export function sideBySide(
  sources: readonly Source[], { mode }: Link, order: readonly string[], theme: Theme, picture: (run: string, data: SeriesHistograms, first: boolean) => TemplateResult,
): TemplateResult {
  return html`<div class="apart ${mode}">
    ${drawable(sources).map(({ run, data }) => {
      const colour = runColour(order, run, theme);
      return html`<figure style="--series:${colour};--ridge-new:${colour};--band:${colour}33">
        <figcaption>${swatch(order, run, theme)} ${run}</figcaption>
        ${picture(run, data, run === sources[0]!.run)}
      </figure>`;
    })}
  </div>`;
}

export const besideStyles = css`
  .legend { display: flex; align-items: center; gap: var(--s2); padding-bottom: var(--s1); font: var(--t-small); overflow-wrap: anywhere; }
  .legend p { display: flex; flex-wrap: wrap; gap: var(--s1) var(--s4); min-width: 0; }
  .legend span { max-width: 100%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .legend svg, figcaption svg { display: inline-block; margin-right: 6px; }
  .legend .btn { flex: none; margin-left: auto; }
  .apart { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 280px), 1fr)); gap: var(--s2) var(--s4); --ridge: 208px; }
  .apart.bands { grid-template-columns: minmax(0, 1fr); }
  figure { min-width: 0; }
  figcaption { overflow: hidden; font: var(--t-small); text-overflow: ellipsis; white-space: nowrap; }
  dialog .apart { flex: 1; overflow: auto; }
`;

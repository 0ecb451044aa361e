/** Which run is shown, and which other one beside it, each with its colour. */
import { html, nothing, type TemplateResult } from "lit";
import { runColour } from "./compare";
import { plural } from "./format";
import { valueOf } from "./health";
import type { Theme } from "./host";
import type { Report } from "./report";
import { change, type Link } from "./state";

export const swatch = (order: readonly string[], run: string, theme: Theme): TemplateResult =>
  html`<svg class="swatch" aria-hidden="true"><rect width="10" height="10" rx="2" fill=${runColour(order, run, theme)}></rect></svg>`;

/** Two choices of runs, in the name of an element. */
export function runChoices(element: EventTarget, { runs, findings }: Report, link: Link, shown: string, swatchOf: (run: string) => TemplateResult) {
  const found = (run: string) => findings.filter((finding) => finding.run === run).length;
  const options = (chosen: string, left = "") =>
    runs.filter(({ run }) => run !== left).map(({ run }) => html`<option value=${run} .selected=${run === chosen}>
      ${run}${found(run) && runs.length > 1 ? ` (${plural(found(run), "finding")})` : ""}
    </option>`);
  // The run it was compared with changes places with it.
  const choose = (run: string) =>
    change(element, { run, with: link.with === run ? shown : link.with, finding: "", tag: "", step: null, step2: null });
  return html`<span>
      <label for="run">Run</label>${runs.length > 1 ? swatchOf(shown) : nothing}
      <select class="sel" id="run" @change=${(event: Event) => choose(valueOf(event))}>${options(shown)}</select>
    </span>
    ${runs.length > 1
      ? html`<span>
          <label for="with">Compare with</label>${link.with ? swatchOf(link.with) : nothing}
          <select class="sel" id="with" @change=${(event: Event) => change(element, { with: valueOf(event) })}>
            <option value="" .selected=${!link.with}>no other run</option>
            ${options(link.with, shown)}
          </select>
        </span>`
      : nothing}`;
}

/** Which run is shown, and which others beside it, each with its colour. */
import { html, nothing, type TemplateResult } from "lit";
import { runColour } from "./compare";
import { options, pop, valueOf } from "./controls";
import { plural } from "./format";
import type { Theme } from "./host";
import type { Report } from "./report";
import { change, MOST_RUNS, UNCHOSEN, type Link } from "./state";

export const swatch = (order: readonly string[], run: string, theme: Theme): TemplateResult =>
  html`<svg class="swatch" aria-hidden="true"><rect width="10" height="10" rx="2" fill=${runColour(order, run, theme)} /></svg>`;

/** The run shown, and those to compare it with, in the name of an element. */
export function runChoices(element: EventTarget, { runs, findings }: Report, link: Link, shown: string, swatchOf: (run: string) => TemplateResult) {
  const found = (run: string): string => {
    const count = findings.filter((finding) => finding.run === run).length;
    return count && runs.length > 1 ? ` (${plural(count, "finding")})` : "";
  };
  // The run it was compared with changes places with it.
  const choose = (run: string) => {
    const others = link.with.map((other) => (other === run ? shown : other));
    change(element, { run, with: others, ...UNCHOSEN });
  };
  return html`<span>
      <label for="run">Run</label>${runs.length > 1 ? swatchOf(shown) : nothing}
      <select class="sel" id="run" @change=${(event: Event) => choose(valueOf(event))}>
        ${options(runs.map(({ run }) => [run, run + found(run)]), shown)}
      </select>
    </span>
    ${runs.length > 1 ? others(element, runs.map((one) => one.run).filter((run) => run !== shown), link.with, (run) => html`${swatchOf(run)}${run}${found(run)}`) : nothing}`;
}

/** The other runs, to be ticked; as many as can be told apart. */
function others(element: EventTarget, runs: readonly string[], chosen: readonly string[], nameOf: (run: string) => TemplateResult): TemplateResult {
  const ticked = runs.filter((run) => chosen.includes(run));
  const full = ticked.length >= MOST_RUNS;
  const tick = (run: string, on: boolean) => change(element, { with: runs.filter((one) => (one === run ? on : ticked.includes(one))) });
  return pop("runs", html`<summary class="btn">Compare with${ticked.length ? ` ${ticked.length}` : ""} ▾</summary>`, "Compare with", html`
    ${runs.map((run) => {
      const on = ticked.includes(run);
      return html`<label><input type="checkbox" .checked=${on} ?disabled=${full && !on} @change=${() => tick(run, !on)} /><span>${nameOf(run)}</span></label>`;
    })}
    ${full ? html`<p class="muted">No more than ${MOST_RUNS} can be told apart.</p>` : nothing}`);
}

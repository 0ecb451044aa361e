/** The verdict: one sentence, then the run, its steps, what was checked, and what can be taken away. */
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { runChoices, swatch } from "./compare-runs";
import { button, pop } from "./controls";
import "./copy-button";
import { whole } from "./draw/numbers";
import { customElement, given } from "./given";
import { icon } from "./icons";
import { outcomes, ruleNames, type RunView } from "./model";
import { popStyles } from "./pop";
import type { Coverage, Report, RuleDoc } from "./report";
import { coverageText, judgedText, stepsText, verdict, type Verdict } from "./sentence";
import type { Theme } from "./host";
import type { Link } from "./state";
import { shared } from "./styles";

/** The verdict as a sentence, with its signs. */
export const said = ({ counts, clear, rest }: Verdict): TemplateResult => html`
  ${counts.map(({ severity, text }) => html`<span class="count ${severity}">${icon(severity)}${text}</span> `)}
  ${clear ? html`<span class="count clear">${icon("clear")}Nothing found</span>` : nothing} ${rest}`;

@customElement("histdiag-verdict")
export class VerdictBar extends LitElement {
  @given view!: RunView;
  @given report!: Report;
  @given rules!: ReadonlyMap<string, RuleDoc>;
  @given answered!: number;
  @given link!: Link;
  /** All runs of TensorBoard, in its order. */
  @given order!: readonly string[];
  @given theme!: Theme;
  /** The address to copy. */
  @given address!: () => string;

  override render() {
    const { source, text } = this.report.configuration;
    return html`<section aria-label="Verdict">
      <p class="say">
        ${said(verdict(this.view, this.report.progress))}
      </p>
      <div class="facts">
        ${runChoices(this, this.report, this.link, this.view.run.run, (run) => swatch(this.order, run, this.theme))}
        <slot name="muted"></slot> <span>${stepsText(this.view)}</span> ${this.#coverage()} <span>${judgedText(this.view, this.report.progress)}</span>
        <span>updated ${new Date(this.answered).toLocaleTimeString()}</span>
        <span class="end">
          <histdiag-copy .label=${"Copy link"} .text=${this.address}></histdiag-copy>
          <slot></slot>
          ${button(html`Help <kbd>?</kbd>`, () => this.dispatchEvent(new Event("help")))}
        </span>
      </div>
      ${source === "defaults" ? nothing : html`<p class="muted">Configuration: ${source}. ${text}</p>`}
    </section>`;
  }

  #coverage() {
    const { ran, waiting, failed } = outcomes(this.view.coverage);
    const words = coverageText(this.view);
    if (!words) return nothing;
    const { missing } = this.view.run;
    return pop("", html`<summary>${words}</summary>`, "What was checked", html`
      ${missing.length ? html`<p>Not logged in this run: ${missing.join(", ")}.</p>` : nothing}
      ${this.#outcomes("Failed", failed)} ${this.#outcomes("Not applicable", waiting)}
      <h2>Ran</h2>
      <p class="muted">${ruleNames(ran, this.rules) || "None."}</p>`, 0);
  }

  #outcomes(title: string, rows: readonly Coverage[]) {
    if (!rows.length) return nothing;
    return html`<h2>${title}</h2>
      <dl>${rows.map((row) => html`<dt>${ruleNames([row], this.rules)}</dt>
        <dd>${row.reasons.map(({ reason, count }) => (count > 1 ? `${reason} (${whole(count)})` : reason)).join("; ")}</dd>`)}</dl>`;
  }

  static override styles = [
    shared,
    popStyles,
    css`
      :host { position: relative; padding: var(--s3) var(--page-pad); background: var(--surface); border-bottom: 1px solid var(--line); }
      .say { max-height: 4lh; overflow: hidden auto; font: var(--t-verdict); font-weight: 600; text-wrap: pretty; overflow-wrap: anywhere; }
      .muted { overflow-wrap: anywhere; }
      .count {
        display: inline-flex; align-items: center; gap: 6px; margin-right: var(--s1); white-space: nowrap;
        vertical-align: bottom;
      }
      .facts {
        display: flex; flex-wrap: wrap; align-items: center; gap: var(--s1) var(--s4); margin-top: var(--s1);
        font: var(--t-small); color: var(--ink-2);
      }
      .facts > * { display: inline-flex; align-items: center; gap: 6px; min-height: var(--control); min-width: 0; }
      .facts > :empty:not(slot) { display: none; }
      .facts .sel { max-width: 232px; }
      @media (min-width: 1600px) { .facts .sel { max-width: 320px !important; } }
      .runs label, .runs label span { display: flex; align-items: center; gap: var(--s2); min-height: 24px; overflow-wrap: anywhere; }
      .facts .btn, .facts .sel { color: var(--ink); }
    `,
  ];
}

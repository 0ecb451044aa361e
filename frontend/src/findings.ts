/** The findings: one card a likely cause, worst first; what it explains hangs on the same card. */
import { css, html, nothing, type TemplateResult } from "lit";
import { plural, WORD } from "./format";
import { customElement, given, Part } from "./given";
import { icon } from "./icons";
import { measuredText, thresholdText } from "./markdown";
import { leadEvidence, outcomes, ruleNames, type Card, type RunView } from "./model";
import type { Finding, MetricDoc, RuleDoc } from "./report";
import { whereAndSince } from "./sentence";
import { spark } from "./spark";
import { change } from "./state";
import { isOnLine } from "./strip-data";
import { shared } from "./styles";
import type { MetricSeries } from "./types";

const FINE = "All rules that apply are clear. Each tensor with its reading is below.";

const FEW = "Too few records to tell: most rules need three.";

/** Sub-findings that are shown before the rest is folded away. */
const SUBS = 3;

@customElement("histdiag-findings")
export class Findings extends Part {
  @given view!: RunView;
  @given rules!: ReadonlyMap<string, RuleDoc>;
  @given metrics!: ReadonlyMap<string, MetricDoc>;
  /** The series of a metric on a tag; null while it is on its way. */
  @given series!: (metric: string, tag: string) => MetricSeries | null;
  @given selected!: Finding | null;
  @given fresh!: ReadonlySet<string>;
  @given busy!: boolean;
  /** Findings of the run that are muted. */
  @given muted!: number;
  /** Changes when something was read. */
  @given tick!: number;

  override render() {
    const { cards } = this.view;
    return html`<section tabindex="-1" aria-label="Findings">
      <header><h2>Findings</h2>${cards.length ? html`<span>worst first, then earliest</span>` : nothing}</header>
      ${cards.length
        ? html`<ol class="cards" @keydown=${this.#walk}>${cards.map((card) => this.#card(card))}</ol>`
        : html`<div class="panel fine">
            <p>${icon("clear")}<b>Nothing found</b></p>
            <p class="muted">${this.busy ? "So far; measuring goes on." : this.muted ? `But for ${plural(this.muted, "muted finding")}.` : this.view.run.records < 3 ? FEW : FINE}</p>
          </div>`}
      ${this.#passed()}
    </section>`;
  }

  #card({ group, findings }: Card): TemplateResult {
    const [lead, ...rest] = findings as [Finding, ...Finding[]];
    const [shown, more] = [rest.slice(0, SUBS), rest.slice(SUBS)];
    const chosen = more.some((finding) => finding === this.selected);
    const heading = group.title !== lead.title && rest.length > 0;
    return html`<li class="card ${findings.includes(this.selected!) ? "on" : ""}">
      ${heading ? html`<p class="cause">${group.title}</p>` : nothing} ${this.#lead(lead)}
      ${shown.map((finding) => this.#sub(finding, lead))}
      ${more.length
        ? html`<details ?open=${chosen}>
            <summary>${plural(more.length, "more finding")}</summary>
            ${more.map((finding) => this.#sub(finding, lead))}
          </details>`
        : nothing}
    </li>`;
  }

  #button(finding: Finding, className: string, content: TemplateResult): TemplateResult {
    const open = finding === this.selected;
    return html`<button
      class=${className}
      aria-expanded=${open}
      tabindex=${open || (!this.selected && finding === this.view.cards[0]?.findings[0]) ? 0 : -1}
      data-finding=${finding.fingerprint}
      @click=${() => this.#select(finding)}
    >
      ${icon(finding.severity, WORD[finding.severity])}${content}
    </button>`;
  }

  #tags(finding: Finding): TemplateResult {
    return html`<span class="tags">
      ${this.fresh.has(finding.fingerprint) ? html`<span class="tag new">new</span>` : nothing}
      <span class="tag ${finding.strength}">${finding.strength}</span>
    </span>`;
  }

  #lead(finding: Finding): TemplateResult {
    const evidence = leadEvidence(finding);
    const scale = this.metrics.get(evidence?.metric ?? "")?.scale ?? "";
    const limit = evidence?.threshold == null ? "" : thresholdText(evidence, scale);
    const series = evidence?.metric ? this.series(evidence.metric, evidence.tag) : null;
    const limits = evidence?.threshold != null && series && isOnLine(evidence, series) ? [evidence.threshold] : [];
    return this.#button(
      finding,
      "lead",
      html`<b>${finding.title}</b>${this.#tags(finding)}
        <span class="where">${whereAndSince(finding, this.view.domain[0])}</span>
        <span class="meas">
          <span>${evidence ? html`<strong>${measuredText(evidence, scale)}</strong>` : nothing}${limit ? ` threshold ${limit}` : nothing}</span>
          <small>${evidence && !evidence.word ? evidence.label : finding.summary}</small>
          ${series ? spark(series, limits, scale === "log", finding.severity) : nothing}
        </span>`,
    );
  }

  #sub(finding: Finding, lead: Finding): TemplateResult {
    const title = finding.title === lead.title ? "" : finding.title;
    const place = whereAndSince(finding, this.view.domain[0]).split(" · ")[0];
    return this.#button(
      finding,
      "sub",
      html`<span class="what">${title} <span class=${title ? "muted" : ""}>${title && place ? "· " : ""}${place}</span></span>${this.#tags(finding)}`,
    );
  }

  #passed() {
    const { ran } = outcomes(this.view.coverage);
    const quiet = ran.filter((row) => row.found === 0);
    if (!quiet.length) return nothing;
    return html`<details class="passed">
      <summary>${icon("clear")}<span>${plural(quiet.length, "rule")} found nothing</span></summary>
      <p>${ruleNames(quiet, this.rules)}.</p>
    </details>`;
  }

  #select(finding: Finding): void {
    change(this, { finding: finding.fingerprint, tag: "" });
  }

  #walk = (event: KeyboardEvent): void => {
    const all = this.renderRoot.querySelectorAll<HTMLButtonElement>("button[data-finding]");
    const buttons = [...all].filter((button) => button.checkVisibility()); // what is folded away has a place, too
    const at = buttons.indexOf(event.target as HTMLButtonElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    const button = next == null ? undefined : buttons[next];
    if (!button) return;
    event.preventDefault();
    button.focus();
    button.click();
  };

  static override styles = [
    shared,
    css`
      header {
        display: flex; align-items: baseline; justify-content: space-between; gap: var(--s2);
        padding-bottom: var(--s2); font: var(--t-small); color: var(--ink-2);
      }
      header h2 { color: var(--ink); }
      .cards { display: grid; gap: var(--s2); }
      .card {
        overflow: hidden; background: var(--surface); border: 1px solid var(--line); border-radius: var(--radius);
        content-visibility: auto; contain-intrinsic-size: auto 106px;
      }
      .card.on { border-color: var(--line-strong); }
      .cause { padding: var(--s2) var(--s3) 0; font: var(--t-small); font-weight: 600; color: var(--ink-2); }
      button { display: grid; width: 100%; border: 0; background: none; text-align: left; }
      button:hover { background: var(--sunken); }
      button[aria-expanded="true"] { background: var(--surface); box-shadow: inset 3px 0 var(--ink); }
      .card :focus-visible { outline-offset: -2px; }
      .lead {
        grid-template-columns: 16px minmax(0, 1fr) auto; column-gap: var(--s2); align-items: center;
        padding: var(--s3);
      }
      .lead b { font: var(--t-title); font-weight: 600; }
      .tags { display: inline-flex; gap: var(--s1); }
      .where { grid-column: 2 / 4; font: var(--t-small); color: var(--ink-2); overflow-wrap: anywhere; }
      .meas {
        grid-column: 2 / 4; display: grid; grid-template-columns: minmax(0, 1fr) auto; column-gap: var(--s2);
        align-items: end; margin-top: var(--s2);
      }
      .meas span { grid-column: 1 / 3; font: var(--t-small); color: var(--ink-2); }
      .meas strong { font: var(--t-body); font-weight: 600; color: var(--ink); }
      .meas small { grid-column: 1; align-self: start; font: var(--t-small); color: var(--ink-2); overflow-wrap: anywhere; }
      .meas svg { grid-column: 2; grid-row: 2; }
      .sub {
        grid-template-columns: 16px minmax(0, 1fr) auto; column-gap: var(--s2); align-items: center;
        padding: 6px var(--s3); border-top: 1px solid var(--line); font: var(--t-small);
      }
      .sub .ico { width: 12px; height: 12px; justify-self: center; }
      .what { overflow-wrap: anywhere; }
      .where, .what, .meas small { max-height: 4lh; overflow: hidden; }
      .card summary {
        padding: 6px var(--s3) 6px 36px; border-top: 1px solid var(--line); font: var(--t-small);
        color: var(--ink-2); cursor: pointer;
      }
      .fine { padding: var(--s3); }
      .fine p { display: flex; gap: var(--s2); align-items: center; }
      .fine p + p { margin-top: var(--s1); font: var(--t-small); }
      .passed { margin-top: var(--s3); font: var(--t-small); color: var(--ink-2); }
      .passed summary { display: flex; align-items: center; min-height: 24px; gap: var(--s2); padding: 0 var(--s3); cursor: pointer; }
      .passed summary::after { content: "▸"; }
      .passed[open] summary::after { content: "▾"; }
      .passed p { padding: var(--s2) var(--s3) 0; }
    `,
  ];
}

/** The explanation of the selected finding, or the reading of a tensor chosen by hand. */
import { css, html, nothing } from "lit";
import { bullet, reached } from "./bullet";
import { button, heads } from "./controls";
import "./copy-button";
import { spanWords, stepWords } from "./draw/numbers";
import { amount, lowerFirst, paragraphs, plural, WORD } from "./format";
import { customElement, given, Part } from "./given";
import { icon } from "./icons";
import { boundsText, findingMarkdown, measuredText, thresholdText } from "./markdown";
import type { RunView } from "./model";
import type { MuteEvent } from "./mute";
import { tellMute } from "./muted";
import type { Evidence, Finding, MetricDoc, RuleDoc, SeriesEntry } from "./report";
import { where } from "./sentence";
import { change } from "./state";
import type { Tab } from "./stock";
import { USUAL } from "./strip-data";
import { shared } from "./styles";
import { tell } from "./tell";
import type { MetricSeries } from "./types";

/** A text in lines, but none that ends within a flag of the command line; who copies it gets what there is. */
const unbroken = (text: string): unknown[] =>
  text.split(/(--\w[\w=-]*)/).map((part, i) => (i % 2 ? html`<span style="display:inline-block">${part}</span>` : part));

@customElement("histdiag-words")
export class Words extends Part {
  @given view!: RunView;
  /** The finding to explain; null when the tensor was chosen by hand outside of it. */
  @given finding!: Finding | null;
  /** The finding to go back to. */
  @given back!: Finding | null;
  @given entry!: SeriesEntry | null;
  @given rules!: ReadonlyMap<string, RuleDoc>;
  @given metrics!: ReadonlyMap<string, MetricDoc>;
  @given series!: (metric: string, tag: string) => MetricSeries | null;
  @given address!: () => string;
  /** Changes when something was read. */
  @given tick!: number;

  override render() {
    if (this.finding) return this.#explanation(this.finding);
    return this.entry ? this.#reading(this.entry) : html`<p class="muted">Choose a finding or a tensor.</p>`;
  }

  #explanation(finding: Finding) {
    const doc = this.rules.get(finding.rule) ?? null;
    const text = () => findingMarkdown(finding, doc, (name) => this.metrics.get(name) ?? null, this.address());
    const always = finding.first_step <= this.view.domain[0] && finding.last_step >= this.view.domain[1];
    const steps = always ? "all steps" : spanWords(finding.first_step, finding.last_step);
    return html`<section class="words" tabindex="-1" aria-label="Explanation">
      <div class="top">
        <span class="sev ${finding.severity}">
          ${icon(finding.severity)}${WORD[finding.severity]}<span class="tag ${finding.strength}">${finding.strength}</span>
        </span>
        <h2>${finding.title}</h2>
        <p class="muted">${[where(finding), steps].filter(Boolean).join(" · ")}</p>
      </div>
      ${this.#chapter("Reading", this.#text(finding.explanation || finding.summary), "read")}
      ${this.#chapter("Why it matters", this.#text(doc?.why))}
      ${this.#chapter("What to try", finding.advice.length && html`<ol class="try">${finding.advice.map((item) => html`<li><span>${unbroken(item)}</span></li>`)}</ol>`)}
      ${this.#chapter("When it is harmless", this.#text(doc?.harmless))}
      ${this.#chapter("Evidence", finding.evidence.length && this.#evidence(finding))}
      ${this.#chapter("References", finding.references.length && html`<p class="muted">${finding.references.join(" · ")}</p>`)}
      ${this.#chapter("Likelier cause", this.#causes(finding))}
      <div class="acts">
        ${this.#openButtons(finding.tags[0])}
        <histdiag-copy .label=${"Copy as Markdown"} .text=${text}></histdiag-copy>
        ${this.#muteButton("findings", finding.fingerprint, "Mute")}
        ${this.#muteButton("rules", finding.rule, "Mute this rule")}
      </div>
    </section>`;
  }

  /** Nothing where it would be empty. */
  #chapter(name: string, content: unknown, className = "") {
    return content ? html`<section class=${className}><h3>${name}</h3>${content}</section>` : nothing;
  }

  #text(text: string | undefined) {
    return text && paragraphs(text).map((paragraph) => html`<p>${unbroken(paragraph)}</p>`);
  }

  #evidence(finding: Finding) {
    return html`<table class="ev">
        ${heads(["what", "measured", "threshold"])}
        <tbody>${finding.evidence.map((row) => this.#row(row, finding))}</tbody>
      </table>
      <p class="note" ?hidden=${finding.evidence.every((row) => row.low == null)}>
        ${finding.strength === "certain"
          ? "Certain: it holds wherever the values lie within their buckets."
          : "Likely: it holds for the best estimate; grey is what buckets prove."}
      </p>`;
  }

  #row(row: Evidence, finding: Finding) {
    const scale = this.metrics.get(row.metric)?.scale ?? "";
    const bad = reached(row);
    const bounds = boundsText(row, scale);
    const namesakes = finding.evidence.filter((one) => one.label === row.label).length > 1;
    const detail = [namesakes ? row.tag : "", row.step == null ? "" : stepWords(row.step)].filter(Boolean).join(", ");
    const show = () => change(this, { tag: row.tag, ...(row.step == null ? {} : { step: row.step }) });
    const point = (target: Evidence | null) => tell(this, "point", target);
    return html`<tr
      @mouseenter=${() => point(row)}
      @mouseleave=${() => point(null)}
      @focusin=${() => point(row)}
      @focusout=${() => point(null)}
    >
      <td>
        ${this.view.byTag.has(row.tag)
          ? html`<button class="plain" title=${`Show ${row.tag}`} @click=${show}>${row.label}</button>`
          : html`<span>${row.label}</span>`}
        ${detail ? html`<small>${detail}</small>` : nothing} ${bullet(row, scale, bad ? finding.severity : "muted")}
      </td>
      <td><b>${measuredText(row, scale)}</b>${bounds ? html`<small>${bounds}</small>` : nothing}</td>
      <td>
        ${thresholdText(row, scale)}
        ${row.threshold == null ? nothing : icon(bad ? finding.severity : "clear", bad ? "reached" : "not reached")}
      </td>
    </tr>`;
  }

  #causes(finding: Finding) {
    const others = this.view.findings.filter((other) => finding.explained_by.includes(other.fingerprint));
    return others.length && html`<p>${others.map((other) => html`${button(other.title, () => this.#go(other))} `)}</p>`;
  }

  #reading(entry: SeriesEntry) {
    const worst = this.view.worst.get(entry.tag);
    const reading = this.view.readings.get(entry.tag);
    const own = this.view.findings.filter((finding) => finding.tags.includes(entry.tag));
    const size = entry.size == null ? "" : `${plural(entry.size, "value")} · `;
    return html`<section class="words" tabindex="-1" aria-label="Reading">
      <div class="top">
        <span class="sev ${worst ?? "clear"}">
          ${icon(worst ?? (entry.judged ? "clear" : "info"))}
          ${worst ? plural(own.length, "finding") : entry.judged ? "No finding on this tensor" : "Not judged"}
        </span>
        <h2>${entry.tag}</h2>
        <p class="muted">${size}${plural(entry.records, "record")}${entry.sampled ? " (a sample of what was logged)" : ""}</p>
      </div>
      ${this.#chapter("Reading", this.#text(reading?.text), "read")}
      ${this.#chapter("Why not", !entry.judged && this.#text(entry.why_not))}
      ${this.#newest(entry)}
      <div class="acts">
        ${this.back && !own.includes(this.back)
          ? button(`‹ Back to ${lowerFirst(this.back.title)}`, () => this.#go(this.back!))
          : nothing}
        ${own.map((finding) => button(`Show ${lowerFirst(finding.title)}`, () => this.#go(finding)))}
        ${this.#openButtons(entry.tag)}
      </div>
    </section>`;
  }

  #newest(entry: SeriesEntry) {
    const rows = USUAL.flatMap((name) => {
      const series = this.series(name, entry.tag);
      const doc = this.metrics.get(name);
      const at = series ? series.value.findLastIndex((value) => !isNaN(value)) : -1;
      return series && doc && at >= 0 ? [{ name, doc, series, at }] : [];
    });
    if (!rows.length) return nothing;
    const shown = (value: number | undefined, doc: MetricDoc) => amount(value ?? null, "", doc.scale);
    const { series, at } = rows[0]!;
    return this.#chapter(
      `Newest ${at < series.steps.length - 1 ? "finite " : ""}record, ${stepWords(series.steps[at]!)}`,
      html`<table class="ev">
        ${heads(["metric", "value", "surely within"])}
        <tbody>
          ${rows.map(
            ({ name, doc, series, at }) => html`<tr>
              <td title=${doc.title}>${name}</td>
              <td><b>${shown(series.value[at], doc)}</b></td>
              <td class="muted">${series.low && series.high ? `${shown(series.low[at], doc)} to ${shown(series.high[at], doc)}` : "–"}</td>
            </tr>`,
          )}
        </tbody>
      </table>`,
    );
  }

  #openButtons(tag: string | undefined) {
    if (!tag || !this.view.byTag.has(tag)) return nothing;
    const way = (tab: Tab, name: string) => html`<button class="btn stock" @click=${() => tell(this, "open-tab", { tab, tag })}>Open in ${name}</button>`;
    return [way("histograms", "Histograms"), way("timeseries", "Time Series")];
  }

  #muteButton(kind: MuteEvent["kind"], name: string, label: string) {
    return button(label, () => tellMute(this, { kind, name, on: true }), "Leave it out, in this browser; unmute it at the top");
  }

  #go(finding: Finding): void {
    change(this, { finding: finding.fingerprint, tag: "" });
  }

  static override styles = [
    shared,
    css`
      .words { display: grid; gap: var(--s4); padding: var(--s4); overflow-wrap: anywhere; }
      .words > * { min-width: 0; }
      .top :is(h2, p), .read p, .plain, small { max-height: 10lh; overflow: hidden auto; } /* a name may have thousands of letters */
      .top { display: grid; gap: var(--s1); }
      .sev { display: flex; align-items: center; gap: 6px; font: var(--t-small); font-weight: 600; }
      .sev .tag { margin-left: auto; font-weight: 400; }
      h2 { font: var(--t-verdict); font-weight: 600; }
      h3 { margin-bottom: 2px; font: var(--t-small); font-weight: 600; color: var(--ink-2); }
      section p + p { margin-top: var(--s2); }
      .read p:first-of-type { font: var(--t-title); }
      .try { display: grid; gap: var(--s1); counter-reset: n; }
      .try li { display: grid; grid-template-columns: 16px 1fr; counter-increment: n; }
      .try li::before { content: counter(n); color: var(--ink-2); }
      .ev { width: calc(100% + 16px); margin: 0 -8px; border-collapse: collapse; font: var(--t-small); }
      .ev :is(th, td):first-child { padding-left: var(--s2); }
      .ev :is(th, td):last-child { padding-right: var(--s2); }
      .ev th { padding: 0 0 var(--s1); font-weight: 400; color: var(--ink-2); text-align: left; }
      .ev :is(th, td):nth-child(n + 2) { padding-left: var(--s3); text-align: right; white-space: nowrap; }
      .ev td { padding: 6px 0; border-top: 1px solid var(--line); vertical-align: top; }
      .ev tbody tr:is(:hover, :focus-within) { background: var(--wash); }
      .ev b { font-weight: 600; }
      .ev small { display: block; font: var(--t-axis); color: var(--ink-2); }
      .ev .ico { display: inline-block; width: 12px; height: 12px; margin-left: var(--s1); vertical-align: -2px; }
      .plain {
        margin-bottom: -1px; padding: 0 0 1px; border: 0; background: none; text-align: left; text-decoration: underline;
        text-decoration-color: var(--line-strong); text-underline-offset: 3px;
      }
      .bullet { margin-top: 2px; max-width: 100%; }
      .note { margin-top: var(--s1); font: var(--t-axis); color: var(--ink-2); }
      .acts {
        display: flex; flex-wrap: wrap; gap: var(--s2); padding-top: var(--s4); border-top: 1px solid var(--line);
      }
      .acts .btn { max-width: 100%; overflow: hidden; text-overflow: ellipsis; }
    `,
  ];
}

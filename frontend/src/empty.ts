/** What stands where there is little or nothing to show, each case with its own text. */
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { fetchBeside } from "./api";
import { button, segments } from "./controls";
import "./copy-button";
import { max } from "./draw/math";
import { whole } from "./draw/numbers";
import { plural } from "./format";
import { customElement, state } from "./given";
import { icon } from "./icons";
import { outcomes, type RunView } from "./model";
import type { Progress, Report } from "./report";
import { judgedOf } from "./sentence";
import { shared } from "./styles";

const FRAMEWORKS = [["pytorch", "PyTorch"], ["keras", "Keras"], ["tf2", "TF2 loop"], ["jax", "JAX"]] as const;

const NONE =
  "There are no histograms in this log yet. Three records are enough for a first reading; " +
  "weights, gradients and outputs together let all rules apply.";

/** How to log histograms, to be copied. */
@customElement("histdiag-snippets")
export class Snippets extends LitElement {
  @state private framework: (typeof FRAMEWORKS)[number][0] = "pytorch";
  @state private snippets: Readonly<Record<string, string>> = {};
  @state private failure = "";

  override async connectedCallback(): Promise<void> {
    super.connectedCallback();
    try {
      this.snippets = await fetchBeside("snippets");
    } catch (reason) {
      this.failure = (reason as Error).message;
    }
  }

  override render() {
    const snippet = this.snippets[this.framework] ?? this.failure;
    return html`<div class="bar">
        ${segments("Framework", FRAMEWORKS, this.framework, (name) => (this.framework = name))}
        <histdiag-copy .text=${() => snippet}></histdiag-copy>
      </div>
      <pre tabindex="0" role="region" aria-label="How to log histograms with ${new Map(FRAMEWORKS).get(this.framework)}">${snippet.trim()}</pre>`;
  }

  static override styles = [
    shared,
    css`
      .bar { display: flex; flex-wrap: wrap; justify-content: space-between; gap: var(--s2); }
      pre {
        margin: var(--s2) 0 0; padding: var(--s3) var(--s4); overflow-x: auto; background: var(--sunken);
        border: 1px solid var(--line); border-radius: var(--radius); font: 12px/20px var(--mono);
      }
    `,
  ];
}

/** The page while there is no tensor to show: a title, a text, and what to do. */
export function nothingYet(report: Report | null, failure: string, retry: () => void): TemplateResult {
  const page = (heading: string, text: string, more: unknown) =>
    html`<section class="panel empty" aria-label=${heading}><h2>${heading}</h2><p>${text}</p>${more}</section>`;
  if (failure) return page("The server did not answer as it should", failure, button("Try again", retry));
  if (!report) return html`<p class="sr" role="status">Reading the log</p>`;
  const { judged, total } = report.progress;
  if (judged < total) return page("Measuring", `Judged ${judgedOf(report.progress)}`, meter(report.progress));
  return page("Log histograms to see a diagnosis", [NONE, ...report.messages].join("\n"), html`<histdiag-snippets></histdiag-snippets>
    <p class="muted">The tab fills by itself when TensorBoard reloads.</p>`);
}

export function meter({ judged, total }: Progress): TemplateResult {
  return html`<progress value=${judged} max=${total} aria-label="Tensors judged"></progress>`;
}

/** A line above the page. */
export const line = (text: string, more: unknown = nothing): TemplateResult =>
  html`<div class="notice" role="status">${icon("info")}<p>${text}</p>${more}</div>`;

/** Lines above the page: what limits the diagnosis of this run. */
export function notices(view: RunView, progress: Progress, messages: readonly string[]): TemplateResult[] {
  const { run, coverage, series } = view;
  const lines: TemplateResult[] = [];
  const busy = progress.judged < progress.total;
  if (busy)
    lines.push(line(`Judged ${judgedOf(progress)} What is known so far is shown; rules that compare layers wait for the last tensor.`, meter(progress)));
  const longest = max(0, ...series.map((entry) => entry.records));
  if (series.length && longest < 3)
    lines.push(line(`This run has ${plural(longest, "record")} so far. Most rules follow a tensor over time and need at least three.`));
  const missing = run.missing.filter((kind) => kind !== "loss");
  if (series.length && missing.length && !busy) {
    const { waiting } = outcomes(coverage);
    const wait = waiting.length ? ` ${plural(waiting.length, "rule")} of ${whole(coverage.length)} cannot be applied.` : "";
    lines.push(
      html`<details class="notice">
        <summary>${icon("info")}<span>This run logs no ${missing.join(" and no ")}.${wait} <u>How to log them</u></span></summary>
        <histdiag-snippets></histdiag-snippets>
      </details>`,
    );
  }
  return [...lines, ...messages.map((message) => line(message))];
}

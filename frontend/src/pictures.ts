/** The selected tensor: its twin of the stock chart, and under it the strips on the same steps. */
import { css, html, LitElement, nothing, type PropertyValues } from "lit";
import "./strips";
import "./twin";
import { stepWords, whole } from "./draw/numbers";
import { plural } from "./format";
import { customElement, given } from "./given";
import { valueOf } from "./health";
import type { Theme } from "./host";
import { spanOn, type RunView } from "./model";
import { axisWithin, cutHistograms, cutStrip, rangeOf } from "./range";
import type { Finding, Mark, SeriesEntry } from "./report";
import { change, type Link } from "./state";
import { shared } from "./styles";
import type { SeriesHistograms, StepSpan, Strip } from "./types";

const MODES = [["offset", "Offset"], ["overlay", "Overlay"], ["step", "One step"]] as const;
const AXES = [["step", "Step"], ["relative", "Relative"], ["wall", "Wall"]] as const;

@customElement("histdiag-pictures")
export class Pictures extends LitElement {
  @given view!: RunView;
  @given link!: Link;
  @given finding: Finding | null = null;
  @given entry: SeriesEntry | null = null;
  @given histograms: SeriesHistograms | null = null;
  @given strips: readonly Strip[] = [];
  /** What an evidence row points at. */
  @given temporary: readonly Mark[] = [];
  @given temporaryValue: { value: number } | null = null;
  @given cursor: number | null = null;
  @given theme: Theme = "light";
  // Made anew only when they change: the twin paints again what it is given anew.
  #span: StepSpan | null = null;
  #range: StepSpan | null = null;
  #shown: SeriesHistograms | null = null;
  #marks: readonly Mark[] = [];

  protected override willUpdate(changed: PropertyValues): void {
    if (!["view", "link", "finding", "entry", "histograms"].some((name) => changed.has(name))) return;
    const tag = this.entry?.tag ?? "";
    this.#span = spanOn(this.finding, this.#own().length ? tag : (this.finding?.tags[0] ?? ""));
    this.#range = rangeOf(this.link, this.#span);
    this.#shown = this.histograms && cutHistograms(this.histograms, this.#range);
    this.#marks = this.finding?.marks.filter((mark) => mark.tag === tag) ?? [];
  }

  override render() {
    const tag = this.entry?.tag ?? "";
    const span = this.#span;
    const step = this.cursor ?? this.link.step;
    const reading = this.view.readings.get(tag)?.text ?? "";
    return html`<section class="panel" aria-label="Pictures of the selected tensor">
      <header>
        ${this.#tensors(tag)}
        ${this.entry?.size == null ? nothing : html`<span class="muted small wide">${plural(this.entry.size, "value")}</span>`}
        <div class="end">
          <label class="sr" for="span">Steps shown</label>
          <select class="sel" id="span" ?disabled=${!span} @change=${(event: Event) => change(this, { span: valueOf(event) as Link["span"] })}>
            <option value="all" .selected=${this.link.span === "all"}>All steps</option>
            <option value="finding" .selected=${this.link.span === "finding"}>Its steps</option>
          </select>
          <label class="sr" for="axis">Step axis</label>
          <select class="sel" id="axis" @change=${(event: Event) => change(this, { axis: valueOf(event) as Link["axis"] })}>
            ${AXES.map(([axis, name]) => html`<option value=${axis} .selected=${this.link.axis === axis}>${name}</option>`)}
          </select>
          <div class="seg" role="group" aria-label="Histogram mode">
            ${MODES.map(
              ([mode, name]) => html`<button aria-pressed=${this.link.mode === mode} @click=${() => change(this, { mode })}>${name}</button>`,
            )}
          </div>
        </div>
      </header>
      <div class="body">
        <histdiag-twin
          .histograms=${this.#shown}
          .marks=${this.#marks}
          .temporary=${this.temporary}
          .span=${this.link.span === "finding" ? null : span}
          .mode=${this.link.mode}
          .axis=${this.link.axis}
          .cursor=${this.cursor}
          .pinned=${this.link.step}
          .theme=${this.theme}
          .label=${`${tag}: ${reading}`}
        ></histdiag-twin>
        <div class="rowhead">
          <h3>Over the steps</h3>
          <div class="end">
            <button class="btn" aria-label="Previous record" @click=${() => this.#move(-1)}>‹</button>
            <output>${step == null ? "newest step" : stepWords(step)}</output>
            <button class="btn" aria-label="Next record" @click=${() => this.#move(1)}>›</button>
          </div>
        </div>
        <histdiag-strips
          .strips=${this.strips.map((strip) => cutStrip(strip, this.#range))}
          .span=${span}
          .cursor=${this.cursor}
          .pinned=${this.link.step}
          .domain=${axisWithin(this.view.domain, this.#range)}
          .temporary=${this.temporaryValue}
          .theme=${this.theme}
        ></histdiag-strips>
        ${reading && !this.finding ? html`<p class="sr">${reading}</p>` : nothing}
      </div>
    </section>`;
  }

  /** The finding's tensors; one about the loss has none, and its steps hold for the loss under any tensor. */
  #own(): string[] {
    return (this.finding?.tags ?? []).filter((name) => this.view.byTag.has(name));
  }

  #tensors(tag: string) {
    const option = (name: string) => html`<option value=${name} .selected=${name === tag}>${name}</option>`;
    const own = this.#own();
    return html`<label class="sr" for="tensor">Tensor</label>
      <select class="sel" id="tensor" @change=${(event: Event) => change(this, { tag: valueOf(event) })}>
        ${own.length ? html`<optgroup label="In this finding">${own.map(option)}</optgroup>` : nothing}
        <optgroup label="All ${whole(this.view.series.length)} tensors">
          ${this.view.series.filter((entry) => !own.includes(entry.tag)).map((entry) => option(entry.tag))}
        </optgroup>
      </select>`;
  }

  #move(by: number): void {
    this.dispatchEvent(new CustomEvent("move-step", { detail: by }));
  }

  static override styles = [
    shared,
    css`
      .small { font: var(--t-small); }
      header { flex-wrap: nowrap !important; }
      #tensor { flex: 0 1 auto; min-width: 96px; max-width: 400px; }
      header .end { flex: none; }
      #span { width: 92px; }
      #axis { width: 84px; }
      @media (max-width: 700px) { header { flex-wrap: wrap !important; } }
      .rowhead {
        display: flex; align-items: center; gap: var(--s2); margin-top: var(--s2); padding: var(--s2) 0;
        border-top: 1px solid var(--line);
      }
      .rowhead .end { gap: var(--s1); font: var(--t-small); color: var(--ink-2); }
      .rowhead .btn { justify-content: center; width: var(--control); padding: 0; color: var(--ink); }
      .rowhead output { min-width: 88px; text-align: center; color: var(--ink); }
      @media (max-width: 1599px) { .wide { display: none; } }
    `,
  ];
}

/** The selected tensor: its twin of the stock chart, and under it the strips on the same steps. */
import { css, html, nothing, type PropertyValues } from "lit";
import "./strips";
import "./twin";
import { besideStyles, legend, sideBySide } from "./beside";
import { button, options, segments, select, valueOf } from "./controls";
import { atStep, drawable, pool, standApart, superimposed, type Source, type Superimposed } from "./compare";
import { clamp } from "./draw/math";
import { stepWords, whole } from "./draw/numbers";
import { nearest, rhythm } from "./draw/steps";
import { plural } from "./format";
import { customElement, given, Part, state } from "./given";
import type { Theme } from "./host";
import { spanOn, type RunView } from "./model";
import { axisWithin, cutHistograms, cutStrip, rangeOf } from "./range";
import type { Finding, Mark, SeriesEntry } from "./report";
import { change, type Link } from "./state";
import { shared } from "./styles";
import { tell } from "./tell";
import type { SeriesHistograms, StepSpan, Strip } from "./types";

const MODES = [["offset", "Offset"], ["overlay", "Overlay"], ["bands", "Bands"], ["step", "One step"]] as const;
const OUTWARDS = "M9.5 2H14V6.5M14 2 9 7M6.5 14H2V9.5M2 14l5-5";
const INWARDS = "M14 7H9V2M9 7l5-5M2 9h5v5M7 9l-5 5";
const AXES = [["step", "Step"], ["relative", "Relative"], ["wall", "Wall time"]] as const;

/** More tensors than these are listed only while somebody is about to choose, so many a frame: all would hold up the page. */
const LISTED = 500;

@customElement("histdiag-pictures")
export class Pictures extends Part {
  @given view!: RunView;
  @given link!: Link;
  @given finding!: Finding | null;
  @given entry!: SeriesEntry | null;
  @given histograms!: SeriesHistograms | null;
  @given strips!: readonly Strip[];
  /** The runs compared with, and how to get their histograms of a tag: undefined where they have none. */
  @given others!: readonly string[];
  @given histogramsOf!: (run: string, tag: string) => SeriesHistograms | null | undefined;
  /** What is said of a tensor in any run. */
  @given readingOf!: (run: string, tag: string) => string;
  /** Changes when something was read. */
  @given tick!: number;
  /** All runs of TensorBoard, in its order. */
  @given order!: readonly string[];
  /** What an evidence row points at. */
  @given temporary!: readonly Mark[];
  @given temporaryValue!: { value: number } | null;
  @given cursor!: number | null;
  @given theme!: Theme;
  @state private full = false;
  /** The tensors, where somebody is about to choose one of many. */
  @state private listed: readonly Node[] = [];
  // Made anew only when they change: the twin paints again what it is given anew.
  #span: StepSpan | null = null;
  #range: StepSpan | null = null;
  #domain: StepSpan = [0, 1];
  #shown: SeriesHistograms | null = null;
  #over: Superimposed | null = null;
  #scope: SeriesHistograms | null = null;
  #found: readonly Source[] = [];
  #sources: readonly Source[] = [];
  #marks: readonly Mark[] = [];

  protected override willUpdate(changed: PropertyValues): void {
    const tag = this.entry?.tag ?? "";
    const found = this.others.map((run) => ({ run, data: this.histogramsOf(run, tag) }));
    const known = this.#found.length === found.length && found.every(({ run, data }, i) => run === this.#found[i]!.run && data === this.#found[i]!.data);
    const anew = !known || ["view", "link", "finding", "entry", "histograms", "order", "theme"].some((name) => changed.has(name));
    if (anew) this.#look(tag, (this.#found = found));
    if (anew || (found.length && this.link.mode === "step" && changed.has("cursor"))) this.#superimpose();
  }

  /** Cut what there is to the steps shown. */
  #look(tag: string, found: readonly Source[]): void {
    this.#span = spanOn(this.finding, this.#own().length ? tag : (this.finding?.tags[0] ?? ""));
    this.#range = rangeOf(this.link, this.#span);
    this.#domain = axisWithin(this.view.domain, this.#range);
    const sources = [{ run: this.view.run.run, data: this.histograms }, ...found];
    this.#sources = sources.map(({ run, data }) => ({ run, data: data && cutHistograms(data, this.#range) }));
    this.#shown = this.#sources[0]!.data ?? null;
    this.#marks = this.finding?.marks.filter((mark) => mark.tag === tag) ?? [];
  }

  #superimpose(): void {
    const { link, cursor, order, theme } = this;
    this.#over = superimposed({ link, sources: this.#sources, cursor, order, theme });
    const drawn = drawable(this.#sources).map(({ data }) => (link.mode === "step" ? atStep(data, cursor ?? link.step) : data));
    this.#scope = this.#sources.length > 1 && standApart(link) ? pool(drawn).data : null;
  }

  protected override updated(): void {
    const dialog = this.renderRoot.querySelector("dialog");
    if (dialog && !dialog.open) dialog.showModal();
  }

  override render() {
    const tag = this.entry?.tag ?? "";
    const reading = this.view.readings.get(tag)?.text ?? "";
    return html`<section class="panel" tabindex="-1" aria-label="Pictures of the selected tensor">
      ${this.#header(tag, false)}
      <div class="body">
        ${this.#drawn(tag, `${tag}: ${reading}`)} ${this.#steps()}
        <div class="rowhead">
          <h3>Over the steps</h3>
          ${this.#records()}
        </div>
        <histdiag-strips
          .strips=${this.strips.map((strip) => cutStrip(strip, this.#range))}
          .span=${this.#span}
          .cursor=${this.cursor}
          .pinned=${this.link.step}
          .domain=${this.#domain}
          .temporary=${this.temporaryValue}
          .theme=${this.theme}
        ></histdiag-strips>
        ${reading && !this.finding ? html`<p class="sr">${reading}</p>` : nothing}
      </div>
      ${this.full
        ? html`<dialog aria-label="Histograms of ${tag}" @keydown=${keepEscape} @close=${() => (this.full = false)}>
            ${this.#header(tag, true)}
            <div class="body">${this.#drawn(tag, `${tag}: ${reading}`)} ${this.#steps()}
              <div class="rowhead">${this.#records()}</div></div>
          </dialog>`
        : nothing}
    </section>`;
  }

  /** What is shown and how; also in full size, so that nothing in it may have an id. */
  #header(tag: string, full: boolean) {
    const turn = full ? () => this.renderRoot.querySelector("dialog")!.close() : () => (this.full = true);
    return html`<header>
      ${this.#tensors(tag, full)}
      ${this.entry?.size == null ? nothing : html`<span class="muted small wide">${plural(this.entry.size, "value")}</span>`}
      <div class="end">
        ${select("Step axis", AXES, this.link.axis, (axis) => change(this, { axis }), "axis")}
        ${segments("Histogram mode", MODES, this.link.step2 === null ? this.link.mode : null, (mode) => change(this, { mode, step2: null }))}
        ${button(html`<svg class="ico" viewBox="0 0 16 16" aria-hidden="true"><path d=${full ? INWARDS : OUTWARDS} fill="none" stroke="currentColor" stroke-width="1.5" /></svg>`, turn, full ? "Back to the page (Esc)" : "Full size")}
      </div>
    </header>`;
  }

  /** The twin, or one for each of several runs. */
  #drawn(tag: string, label: string) {
    const { link, order, theme } = this;
    const one = (run: string, data: SeriesHistograms, first: boolean) => this.#twin(data, null, first ? this.#marks : [], `${run}: ${first ? label : `${tag}: ${this.readingOf(run, tag)}`}`);
    return html`${legend(this, link, tag, this.#sources, this.#over)}
      ${this.#scope ? sideBySide(this.#sources, link, order, theme, one) : this.#twin(this.#shown, this.#over, this.#marks, label)}`;
  }

  #twin(data: SeriesHistograms | null, over: Superimposed | null, marks: readonly Mark[], label: string) {
    const { span, mode, axis, values, counts, step } = this.link;
    return html`<histdiag-twin
      .histograms=${data}
      .over=${over}
      .scope=${this.#scope}
      .held=${this.link.step2}
      .marks=${marks}
      .temporary=${this.temporary}
      .span=${span === "finding" ? null : this.#span}
      .domain=${this.#domain}
      .mode=${over?.single ? "overlay" : mode}
      .axis=${axis}
      .values=${values}
      .counts=${counts}
      .cursor=${this.cursor}
      .pinned=${step}
      .theme=${this.theme}
      .label=${label}
    ></histdiag-twin>`;
  }

  /** The step looked at, and another to compare it with. */
  #records() {
    return html`<div class="end">
      ${this.#mover("record", this.cursor ?? this.link.step, (by) => tell(this, "move-step", by))} ${this.#second()}
    </div>`;
  }

  /** Back and forth between records. */
  #mover(name: string, step: number | null, move: (by: number) => void) {
    return html`<button class="btn" aria-label="Previous ${name}" @click=${() => move(-1)}>‹</button>
      <output>${step == null ? "newest step" : stepWords(step)}</output>
      <button class="btn" aria-label="Next ${name}" @click=${() => move(1)}>›</button>`;
  }

  /** The second of two steps to compare: at first the oldest record, or the newest where that is pinned. */
  #second() {
    const { step, step2 } = this.link;
    const steps = this.#shown?.steps ?? new Float64Array();
    const turn = () => change(this, { step2: step2 === null ? (steps.at(step === steps[0] ? -1 : 0) ?? null) : null });
    const move = (by: number) => change(this, { step2: steps[clamp(nearest(steps, step2!) + by, 0, steps.length - 1)] ?? null });
    return html`${button("Compare two steps", turn, "Or click in the picture with Shift held", step2 !== null)}
      ${step2 === null ? nothing : this.#mover("second record", step2, move)}`;
  }

  /** The steps shown, and how values and counts are drawn. */
  #steps() {
    const { span, from, to, mode, values, counts } = this.link;
    const own = span === "finding" && this.#span;
    const chosen = !own && (from !== null || to !== null);
    const ends = own || [from, to];
    const choose = (event: Event) => change(this, { span: valueOf(event) as Link["span"], from: null, to: null });
    const field = (i: 0 | 1, name: string) => html`<input
      class="field" type="number" aria-label=${name} placeholder=${this.view.domain[i]}
      min=${this.view.domain[0]} step=${rhythm(this.histograms?.steps ?? []) || 1} .value=${String(ends[i] ?? "")}
      @change=${(event: Event) => {
        const step = valueOf(event) === "" ? null : Number(valueOf(event));
        change(this, i === 0 ? { span: "all", from: step, to: ends[1] } : { span: "all", from: ends[0], to: step });
      }}
    />`;
    return html`<div class="steps">
      <select class="sel" aria-label="Steps shown" @change=${choose}>
        <option value="all" .selected=${!own && !chosen}>All steps</option>
        ${this.#span || own ? html`<option value="finding" .selected=${Boolean(own)}>The finding's</option>` : nothing}
        ${chosen ? html`<option selected>Steps from</option>` : nothing}
      </select>
      ${field(0, "First step shown")} to ${field(1, "Last step shown")}
      <div class="end">
        ${button("Log values", () => change(this, { values: values === "symlog" ? "linear" : "symlog" }), "Symmetric logarithmic value axis", values === "symlog")}
        ${button("Log counts", () => change(this, { counts: counts === "log" ? "linear" : "log" }), "Logarithmic count axis", counts === "log", mode === "bands")}
      </div>
    </div>`;
  }

  /** The finding's tensors; one about the loss has none, and its steps hold for the loss under any tensor. */
  #own(): string[] {
    return (this.finding?.tags ?? []).filter((name) => this.view.byTag.has(name));
  }

  #tensors(tag: string, full: boolean) {
    const list = (names: readonly string[]) => options(names.map((name) => [name]), tag);
    const own = this.#own();
    const { series } = this.view;
    const many = series.length > LISTED;
    const others = series.map((entry) => entry.tag).filter((name) => !own.includes(name));
    const listed = full === this.full ? this.listed : [];
    const missing = listed.length * LISTED < others.length;
    const begin = ({ target }: Event) => many && this.#list(target as HTMLSelectElement, others);
    const end = ({ target }: Event) => !(target as Element).matches(":hover, :focus") && (this.listed = []);
    return html`<select class="sel tensor ${many ? "fixed" : ""}" aria-label="Tensor" title=${tag}
      @pointerenter=${begin} @focus=${begin} @pointerleave=${end} @blur=${end} @change=${(event: Event) => change(this, { tag: valueOf(event) })}>
      ${own.length ? html`<optgroup label="In this finding">${list(own)}</optgroup>` : nothing}
      <optgroup label="All ${whole(series.length)} tensors">
        ${list(others.filter((name) => missing && (!many || name === tag)))}${listed}
      </optgroup>
    </select>`;
  }

  #list(select: HTMLSelectElement, names: readonly string[], from = 0): void {
    if (!from !== !this.listed.length) return; // begun already, or ended since
    const [some, next] = [new DocumentFragment(), from + LISTED]; // a template for each would take longer
    some.append(...names.slice(from, next).map((name) => new Option(name, name, false, name === select.value)));
    this.listed = [...this.listed, some];
    if (next < names.length) requestAnimationFrame(() => this.#list(select, names, next));
  }

  static override styles = [
    shared,
    besideStyles,
    css`
      .small { font: var(--t-small); }
      header { flex-wrap: nowrap !important; }
      .tensor.fixed { width: 400px; }
      .tensor { flex: 0 1 auto; min-width: 96px; max-width: 400px; }
      header .end { flex: none; }
      .axis { width: 98px; }
      .steps { display: flex; flex-wrap: wrap; align-items: center; gap: var(--s2); padding: var(--s2) 0; font: var(--t-small); }
      .steps .field { width: 84px; appearance: textfield; } /* Firefox would give half of it to its arrows */
      dialog {
        width: 100vw; max-width: none; height: 100vh; max-height: none; padding: 0; border: 0; background: var(--surface);
        color: var(--ink);
      }
      dialog header { display: flex; align-items: center; gap: var(--s2); padding: var(--s2) var(--s3); }
      dialog .body { display: flex; flex-direction: column; height: calc(100vh - 44px); }
      dialog histdiag-twin { flex: 1; min-height: 160px; }
      @media (max-width: 700px) { header { flex-wrap: wrap !important; } header .end { flex: 0 1 auto; } }
      .rowhead {
        display: flex; flex-wrap: wrap; align-items: center; gap: var(--s2); padding: var(--s2) 0;
        border-top: 1px solid var(--line);
      }
      .rowhead .end { gap: var(--s1); font: var(--t-small); color: var(--ink-2); }
      .rowhead .btn:not([aria-pressed]) { justify-content: center; width: var(--control); padding: 0; color: var(--ink); }
      .rowhead output { min-width: 88px; text-align: center; color: var(--ink); }
      @media (max-width: 1599px) { .wide { display: none; } }
    `,
  ];
}

/** The dialog closes by itself; the page's own Escape would let go of the step too. */
const keepEscape = (event: KeyboardEvent): void => void (event.key === "Escape" && event.stopPropagation());

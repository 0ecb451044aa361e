/** The twin of the stock chart: ridges over steps, with a finding's marks. */
import { LitElement, html, nothing, svg, type PropertyValues, type TemplateResult } from "lit";
import { LEVEL_NAMES, layBands, type Bands } from "./draw/bands";
import { bandShapes } from "./draw/bandmarks";
import { bandsPicture } from "./draw/bandsvg";
import type { Superimposed } from "./compare";
import { extent } from "./draw/bins";
import { layBuckets, paintBuckets, type Buckets } from "./draw/buckets";
import { ridgeColours } from "./draw/colours";
import { markWords, shapesOf } from "./draw/marks";
import { count, percent, short, tick, whole } from "./draw/numbers";
import { paintRidges, type Canvas } from "./draw/paint";
import { layRidges, sliceAt, timeLabel, timeOf, type Frame, type Ridges, type Slice } from "./draw/ridges";
import { nearest, recordAt } from "./draw/steps";
import { brokenLabels, highlight, markShape, oneStep, timeAxis, valueAxis, wideEnds } from "./draw/twinsvg";
import { customElement, given, property, state } from "./given";
import type { Drawing } from "./picture";
import { change } from "./state";
import { Surface, keyed, pixels, plotStyles, prepare, tellStep, token } from "./surface";
import { twinStyles } from "./twin-styles";
import type { CountAxis, Mark, Mode, SeriesHistograms, StepAxis, StepSpan, ValueAxis } from "./types";

/** Changes that leave the ridges as they are. */
const OVER: ReadonlySet<PropertyKey> = new Set(["cursor", "pinned", "pointer", "temporary", "label"]);

const NO_RECORD = "No record at the steps chosen";

@customElement("histdiag-twin")
export class Twin extends LitElement {
  @given histograms: SeriesHistograms | null = null;
  /** These and those of another run; or two alone, one of each. Drawn in place of `histograms`, but as bands. */
  @given over: Superimposed | null = null;
  @given marks: readonly Mark[] = [];
  /** Marks shown while an evidence row is pointed at. */
  @given temporary: readonly Mark[] = [];
  /** The finding's steps; others are half as strong. Null where all are in full strength. */
  @given span: StepSpan | null = null;
  @given mode: Mode = "offset";
  @given axis: StepAxis = "step";
  @given values: ValueAxis = "linear";
  @given counts: CountAxis = "linear";
  /** The steps of the strips, so that bands stand above them. */
  @given domain: StepSpan = [0, 1];
  @given cursor: number | null = null;
  @given pinned: number | null = null;
  /** A second step, to compare the pinned one with. */
  @given held: number | null = null;
  @property({ type: Boolean, reflect: true }) compact = false;
  @given label = "Histogram over steps";
  @given theme: "light" | "dark" = "light";
  /** Fit the value axis to most values; false gives the stock chart's axis. */
  @given fit = true;
  @state private pointer: { x: number; y: number } | null = null;

  readonly #surface = new Surface(this);
  #ridges: Ridges | null = null;
  #buckets: Buckets | null = null;
  #bands: Bands | null = null;

  static override styles = [plotStyles, twinStyles];

  override willUpdate(changed: PropertyValues): void {
    if (this.#affects(changed)) this.#surface.stale = true;
    if (!this.#surface.ready || !this.#surface.stale) return;
    const data = this.histograms;
    this.#ridges = this.#buckets = this.#bands = null;
    if (data === null) return;
    const some = data.steps.length > 0;
    if (some && this.mode === "step") this.#buckets = layBuckets(data, this.#current(), this.#frame(16), this.values, this.counts);
    else if (some && this.mode === "bands") this.#bands = layBands(data, this.#frame(this.values === "symlog" ? 16 : 0), this.axis, this.values, this.domain);
    else {
      const options = {
        mode: this.mode,
        axis: this.axis,
        values: this.values,
        counts: this.counts,
        fit: this.fit,
        kept: {
          steps: this.marks.flatMap(({ kind, first_step: step }) => (kind === "step" && step !== null ? [step] : [])),
          values: this.marks.flatMap(({ low, high }) => [low, high].filter((value) => value !== null)),
        },
      };
      const ridges = layRidges(this.#drawn, this.#frame(0), options);
      this.#ridges = (ridges.offersFit || ridges.near !== null) && !this.compact ? layRidges(this.#drawn, this.#frame(16), options) : ridges;
    }
  }

  override render(): TemplateResult {
    const { width, height } = this.#surface;
    const interactive = !this.compact && this.histograms !== null && this.histograms.steps.length > 0;
    const drawing = html`<canvas></canvas>
      <svg width=${width} height=${height} aria-hidden="true">${this.#overlay()}</svg>`;
    if (!interactive) return html`<div class="plot" role="img" aria-label=${this.#words()}>${drawing}</div>`;
    const { steps } = this.histograms!;
    return html`${this.#note()}
      <div
        class="plot"
        role="slider"
        tabindex="0"
        aria-orientation=${this.mode === "bands" ? "horizontal" : "vertical"}
        aria-label=${this.#words()}
        aria-valuemin=${steps[0]!}
        aria-valuemax=${steps.at(-1)!}
        aria-valuenow=${steps[this.#current()]!}
        aria-valuetext=${this.#stepWords(this.#current())}
        @pointermove=${this.#move}
        @pointerleave=${this.#leave}
        @click=${this.#press}
        @keydown=${this.#key}
      >
        ${drawing}
      </div>`;
  }

  override updated(): void {
    const canvas = this.renderRoot.querySelector("canvas")!;
    // Hundreds of cards would keep their pixels.
    if (!this.#surface.visible) canvas.width = 0;
    if (!this.#surface.ready || !this.#surface.stale) return;
    const g = prepare(canvas, this.#surface.width, this.#surface.height);
    if (g === null) return;
    this.#surface.stale = false;
    this.#paint(g);
  }

  /** For a file. */
  drawing(): Drawing | null {
    const over = this.renderRoot.querySelector("svg");
    if (!over || !this.histograms?.steps.length) return null;
    const { width, height } = this.#surface;
    return { name: this.histograms.tag + this.#both(), width, height, over, paint: (g) => this.#paint(g) };
  }

  #paint(g: Canvas): void {
    const styles = getComputedStyle(this);
    const surface = token(styles, "--surface");
    const { over } = this;
    const coloursOf = (k: 0 | 1) => ridgeColours(over!.colours[k], surface, over!.of.length > 2 ? 0.6 : 0);
    const [old, young] = over ? coloursOf(0) : [token(styles, "--ridge-old"), token(styles, "--ridge-new")];
    const other = over && coloursOf(1);
    if (this.#buckets) paintBuckets(g, this.#buckets, token(styles, "--series"));
    if (this.#ridges === null) return;
    const paint = {
      old,
      young,
      second: other && { of: over.of, old: other[0], young: other[1] },
      surface,
      edge: token(styles, "--ridge-edge"),
      line: token(styles, "--line"),
      error: token(styles, "--error"),
      errorTint: token(styles, "--error-tint"),
    };
    paintRidges(g, this.#ridges, paint, this.span, this.compact);
  }

  /** Whether the ridges must be laid out and painted again. */
  #affects(changed: PropertyValues): boolean {
    return this.mode === "step" || [...changed.keys()].some((key) => !OVER.has(key));
  }

  #frame(extra: number): Frame {
    const { width, height } = this.#surface;
    if (this.compact) return { width, height, top: 2, right: 0, bottom: 18, left: 0 };
    const top = 20 + extra;
    if (this.mode === "bands") {
      const styles = getComputedStyle(this);
      return { width, height, top, right: pixels(styles, "--gutter-right", 48), bottom: 24, left: pixels(styles, "--gutter-left", 128) };
    }
    const { length } = this.#drawn.steps;
    const longest = length > 0 ? Math.max(...[0, length - 1].map((h) => this.#timeLabel(h, this.#drawn).length)) : 0;
    const right = this.mode === "offset" ? Math.max(56, longest * 6.4 + 20) : 8;
    return { width, height, top, right, bottom: 24, left: this.mode === "step" ? 44 : 8 };
  }

  /** The record that is pointed at, else the pinned one, else the newest. */
  #current(): number {
    const { steps } = this.histograms!;
    const step = this.cursor ?? this.pinned;
    return step === null ? steps.length - 1 : nearest(steps, step);
  }

  get #drawn(): SeriesHistograms {
    return this.over?.data ?? this.histograms!;
  }

  #timeLabel(h: number, data = this.histograms!): string {
    return timeLabel(timeOf(data, this.axis, h), timeOf(data, this.axis, 0), this.axis);
  }

  /** What is drawn over each other. */
  #both(): string {
    return this.over && this.mode !== "bands" ? `, ${this.over.names.join(", and in lines ")}` : "";
  }

  #words(): string {
    const marked = markWords(this.marks);
    const none = this.histograms?.steps.length === 0 ? `. ${NO_RECORD}` : "";
    return `${this.label}${this.#both()}${none}${marked === "" ? "" : `. Marked: ${marked}`}`;
  }

  #stepWords(h: number, data = this.histograms!): string {
    return `step ${whole(data.steps[h]!)}: ${this.#stateWords(h, data)}`;
  }

  #stateWords(h: number, data = this.histograms!): string {
    if (data.nonfinite[h] !== 0) return "not finite";
    const own = extent(data, h);
    if (own === null) return "empty";
    if (this.#bands) return LEVEL_NAMES.map((name, i) => `${name} ${short(this.#bands!.levels[i]![h], 3)}`).join(", ");
    const total = data.count.subarray(data.start[h]!, data.start[h + 1]!).reduce((a, b) => a + b, 0);
    return `${count(total)} values from ${short(own[0], 3)} to ${short(own[1], 3)}`;
  }

  /** Says how the value axis is bent, or what it leaves out, and gives the way back. */
  #note(): TemplateResult | typeof nothing {
    const near = (this.#ridges ?? this.#bands ?? this.#buckets)?.near ?? null;
    if (near !== null) return html`<p class="note end">logarithmic beyond ±${tick(near)}</p>`;
    if (!this.#ridges?.offersFit) return nothing;
    const { fit } = this.#ridges;
    const words = fit ? `${this.#wideSteps(fit.wide)}${percent(fit.outside)} of the values lie beyond this axis. ` : "";
    const flip = () => (this.fit = !this.fit);
    return html`<p class="note">${words}<button @click=${flip}>${fit ? "Show the full axis" : "Fit the axis to most values"}</button></p>`;
  }

  #wideSteps(wide: readonly number[]): string {
    const [one] = wide;
    if (one === undefined) return "";
    return wide.length === 1 ? `Step ${whole(this.#drawn.steps[one]!)} and ` : `${wide.length} steps and `;
  }

  #overlay(): TemplateResult | typeof nothing {
    const [ridges, buckets, data] = [this.#ridges, this.#buckets, this.histograms];
    if (data === null) return nothing;
    if (buckets) {
      if (this.compact) return valueAxis(buckets.frame, buckets.ticks, buckets.x, true);
      const h = this.#current();
      return oneStep(buckets, data.steps[h]!, this.#stateWords(h), this.pointer?.x ?? null);
    }
    if (this.#bands) return this.#bandsPicture(this.#bands, data);
    if (ridges === null) return nothing;
    const axis = ridges.bins ? valueAxis(ridges.frame, ridges.ticks, ridges.x, this.compact, ridges.fit?.cut) : this.#nothingFinite(ridges.frame);
    if (this.compact) return axis;
    const { over } = this;
    const pair = over?.of.length === 2;
    const slices = this.#chosen(ridges);
    const marked = (first: number, last: number): boolean =>
      this.marks.some(({ first_step: step }) => step !== null && step >= first && step <= last);
    return svg`${axis}${timeAxis(ridges, this.axis, slices[0] ?? null)}
      ${shapesOf(this.marks, ridges).map((shape) => markShape(shape, false))}
      ${shapesOf(this.temporary, ridges).map((shape) => markShape(shape, true))}
      ${brokenLabels(ridges, marked)}
      ${wideEnds(ridges, this.#drawn)}
      ${slices.map((slice) => {
        const second = Boolean(over?.of[slice.index]);
        const words = this.#stepWords(slice.index, this.#drawn);
        const time = pair ? "" : this.#timeLabel(slice.index, this.#drawn);
        const pointer = this.pointer?.x ?? null;
        return highlight(ridges, { slice, time, words, pointer, second, name: over?.names[second ? 1 : 0] ?? "", outlined: !pair });
      })}`;
  }

  #bandsPicture(bands: Bands, data: SeriesHistograms): TemplateResult {
    const index = this.#current();
    const step = this.cursor ?? this.pinned;
    const marked = step !== null && recordAt(data.steps, step) >= 0;
    const time = this.axis === "step" ? `${marked ? "" : "step "}${whole(data.steps[index]!)}` : this.#timeLabel(index);
    const words = this.#stateWords(index);
    return bandsPicture(bands, { index, time, words, marked }, this.span, bandShapes(this.marks, bands), bandShapes(this.temporary, bands));
  }

  #nothingFinite({ width, height }: Frame): TemplateResult {
    const { steps, nonfinite } = this.histograms!;
    if (steps.length === 0) return svg`<text class="ink" x=${width / 2} y=${height / 2} text-anchor="middle">${NO_RECORD}</text>`;
    const words = nonfinite.some((flag) => flag !== 0) ? "not finite at any step shown" : "empty at every step shown";
    return svg`<text class="ink halo" x=${width / 2} y=${height - 6} text-anchor="middle">${words}</text>`;
  }

  /** At the step pointed at or pinned, of each source; of a pair, both. */
  #chosen({ slices }: Ridges): Slice[] {
    const of = this.over?.of;
    const step = of?.length === 2 ? slices[0]!.step : (this.cursor ?? this.pinned);
    if (step === null) return [];
    return [0, 1].flatMap((k) => {
      const own = slices.filter(({ index }) => (of?.[index] ?? 0) === k);
      return own[of?.length === 2 ? 0 : recordAt(own.map((slice) => slice.step), step)] ?? [];
    });
  }

  #move(event: PointerEvent): void {
    const box = this.getBoundingClientRect();
    this.pointer = { x: event.clientX - box.left, y: event.clientY - box.top };
    const { x, y } = this.pointer;
    const step = this.#bands
      ? this.histograms!.steps[nearest(this.#bands.places, x)]!
      : this.#ridges && (sliceAt(this.#ridges, x, y)?.step ?? null);
    if (step !== null && step !== this.cursor) tellStep(this, "cursor", step);
  }

  #leave(): void {
    this.pointer = null;
    if (this.mode !== "step") tellStep(this, "cursor", null);
  }

  #press(event: MouseEvent): void {
    const step = this.cursor;
    if (step !== null && event.shiftKey) change(this, { step2: step === this.held ? null : step });
    else if (step !== null) tellStep(this, "pin", step === this.pinned ? null : step);
  }

  /** Up is back in time, as in the picture; along bands it is forward. */
  #key(event: KeyboardEvent): void {
    const { steps } = this.histograms!;
    const to = keyed(event, this.#current(), steps.length, this.mode === "bands" ? 1 : -1);
    if (to !== null) tellStep(this, "pin", steps[to]!);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "histdiag-twin": Twin;
  }
}

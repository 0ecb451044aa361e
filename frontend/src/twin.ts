/** The twin of the stock chart: ridges over steps, with a finding's marks. */
import { LitElement, html, type PropertyValues, type TemplateResult } from "lit";
import type { Superimposed } from "./compare";
import { paintBuckets } from "./draw/buckets";
import { ridgeColours } from "./draw/colours";
import { paintRidges, type Canvas } from "./draw/paint";
import { sliceAt } from "./draw/ridges";
import { nearest } from "./draw/steps";
import { customElement, given, property, state } from "./given";
import type { Drawing } from "./picture";
import { change } from "./state";
import { Surface, gutters, keyed, plotStyles, prepare, ridgePaint, tellStep, token, turnPin } from "./surface";
import { current, lay, NOTHING, type Laid, type TwinGiven } from "./twin-layout";
import { overlay } from "./twin-overlay";
import { twinStyles } from "./twin-styles";
import { axisNote, overNames, nameOf, recordWords } from "./twin-words";
import type { CountAxis, Mark, Mode, SeriesHistograms, StepAxis, StepSpan, ValueAxis } from "./types";

/** Changes that leave the ridges as they are. */
const OVER: ReadonlySet<PropertyKey> = new Set(["cursor", "pinned", "pointer", "temporary", "label"]);

@customElement("histdiag-twin")
export class Twin extends LitElement implements TwinGiven {
  @given histograms: SeriesHistograms | null = null;
  @given over: Superimposed | null = null;
  @given scope: SeriesHistograms | null = null;
  @given marks: readonly Mark[] = [];
  @given temporary: readonly Mark[] = [];
  @given span: StepSpan | null = null;
  @given mode: Mode = "offset";
  @given axis: StepAxis = "step";
  @given values: ValueAxis = "linear";
  @given counts: CountAxis = "linear";
  @given domain: StepSpan = [0, 1];
  @given cursor: number | null = null;
  @given pinned: number | null = null;
  /** A second step, to compare the pinned one with. */
  @given held: number | null = null;
  @property({ type: Boolean, reflect: true }) compact = false;
  @given label = "";
  @given theme!: "light" | "dark";
  @given fit = true;
  @state private pointer: { x: number; y: number } | null = null;

  readonly #surface = new Surface(this);
  #laid: Laid = NOTHING;

  static override styles = [plotStyles, twinStyles];

  override willUpdate(changed: PropertyValues): void {
    if (this.#affects(changed)) this.#surface.stale = true;
    if (!this.#surface.ready || !this.#surface.stale) return;
    const { width, height } = this.#surface;
    this.#laid = lay(this, { width, height, gutters: () => gutters(getComputedStyle(this)) });
  }

  override render(): TemplateResult {
    const { width, height } = this.#surface;
    const data = this.histograms;
    const drawing = html`<canvas></canvas>
      <svg width=${width} height=${height} aria-hidden="true">${overlay(this, this.#laid, this.pointer?.x ?? null)}</svg>`;
    if (this.compact || !data?.steps.length) return html`<div class="plot" role="img" aria-label=${nameOf(this)}>${drawing}</div>`;
    const h = current(this);
    return html`${axisNote(this, this.#laid, this.#flip)}
      <div
        class="plot"
        role="slider"
        tabindex="0"
        aria-orientation=${this.mode === "bands" ? "horizontal" : "vertical"}
        aria-label=${nameOf(this)}
        aria-valuemin=${data.steps[0]!}
        aria-valuemax=${data.steps.at(-1)!}
        aria-valuenow=${data.steps[h]!}
        aria-valuetext=${recordWords(data, h, this.#laid)}
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
    const { run, tag } = this.histograms;
    return { run, name: tag + overNames(this), width, height, over, paint: (g) => this.#paint(g) };
  }

  #paint(g: Canvas): void {
    const styles = getComputedStyle(this);
    const { over } = this;
    const { ridges, buckets } = this.#laid;
    if (buckets) paintBuckets(g, buckets, token(styles, "--series"));
    if (ridges === null) return;
    const paint = ridgePaint(styles);
    const ramps = over?.colours.map((colour) => ridgeColours(colour, paint.surface, over.single ? 0 : 0.6)) ?? [];
    paintRidges(g, ridges, { ...paint, over: over && { ...over, ramps } }, this.span, this.compact);
  }

  /** Whether the ridges must be laid out and painted again. */
  #affects(changed: PropertyValues): boolean {
    return this.mode === "step" || [...changed.keys()].some((key) => !OVER.has(key));
  }

  #flip = (): void => void (this.fit = !this.fit);

  #move(event: PointerEvent): void {
    const box = this.getBoundingClientRect();
    this.pointer = { x: event.clientX - box.left, y: event.clientY - box.top };
    const { x, y } = this.pointer;
    const { bands, ridges } = this.#laid;
    const step = bands ? this.histograms!.steps[nearest(bands.places, x)]! : ridges && (sliceAt(ridges, x, y)?.step ?? null);
    if (step !== null && step !== this.cursor) tellStep(this, "cursor", step);
  }

  #leave(): void {
    this.pointer = null;
    if (this.mode !== "step") tellStep(this, "cursor", null);
  }

  #press(event: MouseEvent): void {
    const step = this.cursor;
    if (step !== null && event.shiftKey) change(this, { step2: step === this.held ? null : step });
    else turnPin(this, step);
  }

  /** Up is back in time, as in the picture; along bands it is forward. */
  #key(event: KeyboardEvent): void {
    const { steps } = this.histograms!;
    const to = keyed(event, current(this), steps.length, this.mode === "bands" ? 1 : -1);
    if (to !== null) tellStep(this, "pin", steps[to]!);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "histdiag-twin": Twin;
  }
}

/** The twin of the stock chart: ridges over steps, with a finding's marks. */
import { LitElement, css, html, nothing, svg, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { barAt, layBuckets, paintBuckets, type Buckets } from "./draw/buckets";
import { extent } from "./draw/bins";
import { ridgeColours } from "./draw/colours";
import { markWords, shapesOf, type Shape } from "./draw/marks";
import { count, relativeTime, short, stepLabel, tick, wallTime, whole } from "./draw/numbers";
import { paintRidges } from "./draw/paint";
import { binAt, binRange, brokenBands, curveOf, curvePath, layRidges, sliceAt, type Frame, type Ridges, type Slice } from "./draw/ridges";
import { nearest, recordAt } from "./draw/steps";
import { Surface, plotStyles, prepare, tellStep, token } from "./surface";
import type { Mark, Mode, SeriesHistograms, StepAxis, StepSpan } from "./types";

/** Changes that leave the ridges as they are. */
const OVER: ReadonlySet<PropertyKey> = new Set(["cursor", "pinned", "pointer", "temporary", "label"]);

@customElement("histdiag-twin")
export class Twin extends LitElement {
  @property({ attribute: false }) histograms: SeriesHistograms | null = null;
  @property({ attribute: false }) marks: readonly Mark[] = [];
  /** Marks shown while an evidence row is pointed at. */
  @property({ attribute: false }) temporary: readonly Mark[] = [];
  /** The finding's steps; others are half as strong. */
  @property({ attribute: false }) span: StepSpan | null = null;
  @property({ type: Boolean }) onlySpan = false;
  @property() mode: Mode = "offset";
  @property() axis: StepAxis = "step";
  @property({ attribute: false }) cursor: number | null = null;
  @property({ attribute: false }) pinned: number | null = null;
  @property({ type: Boolean, reflect: true }) compact = false;
  @property() label = "Histogram over steps";
  @property() color = "";
  @property() theme: "light" | "dark" = "light";
  /** Leave a few very wide steps out of the value axis; false gives the stock chart's axis. */
  @property({ attribute: false }) fit = true;
  @state() private pointer: { x: number; y: number } | null = null;

  private readonly surface = new Surface(this);
  private ridges: Ridges | null = null;
  private buckets: Buckets | null = null;

  static override styles = [
    plotStyles,
    css`
      :host {
        height: var(--ridge, 256px);
      }
      :host([compact]) {
        height: var(--ridge-compact, 104px);
      }
      .plot {
        position: absolute;
        inset: 0;
      }
      .plot > * {
        position: absolute;
        top: 0;
        left: 0;
      }
      .note {
        position: absolute;
        top: 0;
        left: 8px;
        z-index: 1;
        margin: 0;
        color: var(--ink-2, #5f6368);
      }
      .note button {
        padding: 0 2px;
        border: 0;
        background: none;
        color: var(--ink, #202124);
        font: inherit;
        text-decoration: underline;
        text-underline-offset: 2px;
        cursor: pointer;
      }
      .upright {
        stroke: var(--ink, #202124);
        stroke-dasharray: 2 3;
        fill: none;
      }
      .line {
        stroke: var(--ink, #202124);
        fill: none;
      }
      .bracket {
        stroke: var(--ink, #202124);
        stroke-width: 1.5;
        fill: none;
      }
      .passing {
        stroke-dasharray: 5 3;
      }
      .wash {
        fill: var(--wash, rgba(32, 33, 36, 0.06));
      }
      .outline {
        stroke: var(--ink, #202124);
        stroke-width: 1.75;
        fill: none;
        stroke-linejoin: round;
      }
      .dot {
        fill: var(--ink, #202124);
      }
    `,
  ];

  override willUpdate(changed: PropertyValues): void {
    if (this.affects(changed)) this.surface.stale = true;
    if (!this.surface.ready || !this.surface.stale) return;
    const data = this.histograms;
    this.ridges = this.buckets = null;
    if (data === null || data.steps.length === 0) return;
    if (this.mode === "step") this.buckets = layBuckets(data, this.current(), this.frame(16));
    else {
      const options = {
        mode: this.mode,
        axis: this.axis,
        only: this.onlySpan ? this.span : null,
        fit: this.fit,
        kept: this.marks.flatMap(({ kind, first_step: step }) => (kind === "step" && step !== null ? [step] : [])),
      };
      const ridges = layRidges(data, this.frame(0), options);
      this.ridges = ridges.fit && !this.compact ? layRidges(data, this.frame(16), options) : ridges;
    }
  }

  override render(): TemplateResult {
    const { width, height } = this.surface;
    const interactive = !this.compact && this.histograms !== null && this.histograms.steps.length > 0;
    const drawing = html`<canvas></canvas>
      <svg width=${width} height=${height} aria-hidden="true">${this.overlay()}</svg>`;
    if (!interactive) return html`<div class="plot" role="img" aria-label=${this.words()}>${drawing}</div>`;
    const { steps } = this.histograms!;
    return html`${this.note()}
      <div
        class="plot"
        role="slider"
        tabindex="0"
        aria-orientation="vertical"
        aria-label=${this.words()}
        aria-valuemin=${steps[0]!}
        aria-valuemax=${steps.at(-1)!}
        aria-valuenow=${steps[this.current()]!}
        aria-valuetext=${this.stepWords(this.current())}
        @pointermove=${this.move}
        @pointerleave=${this.leave}
        @click=${this.press}
        @keydown=${this.key}
      >
        ${drawing}
      </div>`;
  }

  override updated(): void {
    if (!this.surface.ready || !this.surface.stale) return;
    const g = prepare(this.renderRoot.querySelector("canvas")!, this.surface.width, this.surface.height);
    if (g === null) return;
    this.surface.stale = false;
    const styles = getComputedStyle(this);
    const surface = token(styles, "--surface", "#ffffff");
    const [old, young] = this.color
      ? ridgeColours(this.color, "#ffffff")
      : [token(styles, "--ridge-old", "#c9d3e2"), token(styles, "--ridge-new", "#1d3a66")];
    if (this.buckets) paintBuckets(g, this.buckets, this.color || token(styles, "--series", "#1d3a66"));
    if (this.ridges === null) return;
    const paint = {
      old,
      young,
      surface,
      edge: token(styles, "--ridge-edge", surface),
      line: token(styles, "--line", "#e0e0e0"),
      error: token(styles, "--error", "#b34700"),
      errorTint: token(styles, "--error-tint", "#fdf1ea"),
    };
    paintRidges(g, this.ridges, paint, this.onlySpan ? null : this.span, this.compact);
  }

  /** Whether the ridges must be laid out and painted again. */
  private affects(changed: PropertyValues): boolean {
    return this.mode === "step" || [...changed.keys()].some((key) => !OVER.has(key));
  }

  private frame(extra: number): Frame {
    const { width, height } = this.surface;
    if (this.compact) return { width, height, top: 2, right: 0, bottom: 18, left: 0 };
    const longest = Math.max(...[0, (this.histograms?.steps.length ?? 1) - 1].map((h) => this.timeLabel(h).length));
    const right = this.mode === "offset" ? Math.max(56, longest * 6.4 + 20) : 8;
    return { width, height, top: 20 + extra, right, bottom: 24, left: 8 };
  }

  /** The record that is pointed at, else the pinned one, else the newest. */
  private current(): number {
    const { steps } = this.histograms!;
    const step = this.cursor ?? this.pinned;
    return step === null ? steps.length - 1 : nearest(steps, step);
  }

  private timeLabel(h: number): string {
    const { steps, wallTimes } = this.histograms!;
    if (this.axis === "wall") return wallTime(wallTimes[h]!);
    return this.axis === "relative" ? relativeTime(wallTimes[h]! - wallTimes[0]!) : stepLabel(steps[h]!);
  }

  private words(): string {
    const marked = markWords(this.marks);
    return marked === "" ? this.label : `${this.label}. Marked: ${marked}`;
  }

  private stepWords(h: number): string {
    const data = this.histograms!;
    const name = `step ${whole(data.steps[h]!)}`;
    if (data.nonfinite[h] !== 0) return `${name}: not finite`;
    const own = extent(data, h);
    if (own === null) return `${name}: empty`;
    let total = 0;
    for (let b = data.start[h]!; b < data.start[h + 1]!; b++) total += data.count[b]!;
    return `${name}: ${count(total)} values from ${short(own[0], 3)} to ${short(own[1], 3)}`;
  }

  /** Says which steps the value axis leaves out, and gives the way back. */
  private note(): TemplateResult | typeof nothing {
    const fit = this.ridges?.fit;
    if (this.compact || this.mode === "step" || this.histograms === null) return nothing;
    if (fit) {
      const [one] = fit.wide;
      const named = fit.wide.length === 1 ? `Step ${whole(this.histograms.steps[one!]!)} is` : `${fit.wide.length} steps are`;
      return html`<p class="note">
        ${named} wider than this axis. <button @click=${() => (this.fit = false)}>Show the full axis</button>
      </p>`;
    }
    return this.fit ? nothing : html`<p class="note"><button @click=${() => (this.fit = true)}>Fit the axis to most steps</button></p>`;
  }

  private overlay(): TemplateResult | typeof nothing {
    if (this.buckets) return this.oneStep(this.buckets);
    const ridges = this.ridges;
    if (ridges === null) return nothing;
    return svg`${this.valueAxis(ridges.frame, ridges.ticks, ridges.x)}
      ${this.compact ? nothing : svg`
        ${this.timeAxis(ridges)}
        ${shapesOf(this.marks, ridges).map((shape) => this.shape(shape, false))}
        ${shapesOf(this.temporary, ridges).map((shape) => this.shape(shape, true))}
        ${this.wideEnds(ridges)}
        ${this.highlight(ridges)}`}`;
  }

  private valueAxis({ width, height, left, right, bottom }: Frame, ticks: readonly number[], x: (value: number) => number): TemplateResult {
    const y = height - bottom + 0.5;
    const line = svg`<path class="axis" d="M${left} ${y}H${width - right}"></path>`;
    if (this.compact) {
      const ends = [ticks[0], ticks.at(-1)];
      return svg`${line}${ends.map((value, i) => value === undefined ? nothing
        : svg`<text x=${i === 0 ? 0 : width} y=${height - 4} text-anchor=${i === 0 ? "start" : "end"}>${tick(value)}</text>`)}`;
    }
    return svg`${line}${ticks.map((value) => svg`<path class="axis" d="M${x(value)} ${y}v4"></path>
      <text x=${Math.max(x(value), left + 8)} y=${height - 6} text-anchor="middle">${tick(value)}</text>`)}`;
  }

  private timeAxis(ridges: Ridges): TemplateResult | typeof nothing {
    if (ridges.axis.length === 0) return nothing;
    const right = ridges.frame.width - ridges.frame.right;
    const badge = this.chosen(ridges)?.y ?? Infinity;
    const last = ridges.axis.length - 1;
    return svg`<text x=${right + 8} y=${ridges.axis[0]!.y - 10}>${this.axis}</text>
      ${ridges.axis.map(({ y, label }, i) => svg`<path class="axis" d="M${right} ${y}h4"></path>
        ${Math.abs(y - badge) < 15 || (i === last && ridges.axis.length > 1 && y - ridges.axis[0]!.y < 12) ? nothing
          : svg`<text x=${right + 8} y=${y + 4}>${label}</text>`}`)}`;
  }

  private shape({ path, style, wash, label }: Shape, passing: boolean): TemplateResult {
    return svg`${wash ? svg`<rect class="wash" x=${wash.x} y=${wash.y} width=${wash.width} height=${wash.height}></rect>` : nothing}
      <path class="${style} ${passing ? "passing" : ""}" d=${path}></path>
      ${label ? svg`<text class="ink halo ${label.bold ? "bold" : ""}" x=${label.x} y=${label.y} text-anchor=${label.anchor}>${label.text}</text>` : nothing}`;
  }

  /** Small arrows where a wide step goes on outside the axis. */
  private wideEnds(ridges: Ridges): TemplateResult[] {
    if (ridges.fit === null || ridges.mode !== "offset") return [];
    const { domain, wide } = ridges.fit;
    return ridges.slices.filter(({ index }) => wide.includes(index)).map(({ index, y }) => {
      const [low, high] = extent(this.histograms!, index)!;
      const left = ridges.frame.left;
      const right = ridges.frame.width - ridges.frame.right;
      return svg`${low < domain[0] ? svg`<path class="dot" d="M${left} ${y}l6 -3.5v7z"></path>` : nothing}
        ${high > domain[1] ? svg`<path class="dot" d="M${right} ${y}l-6 -3.5v7z"></path>` : nothing}`;
    });
  }

  private chosen(ridges: Ridges): Slice | null {
    const step = this.cursor ?? this.pinned;
    if (step === null) return null;
    const i = recordAt(ridges.slices.map((slice) => slice.step), step);
    return ridges.slices[i] ?? null;
  }

  /** The chosen step's curve, its badge on the axis, and the bin under the pointer in figures. */
  private highlight(ridges: Ridges): TemplateResult | typeof nothing {
    const slice = this.chosen(ridges);
    if (slice === null) return nothing;
    const { frame } = ridges;
    const right = frame.width - frame.right;
    const i = this.pointer && slice.row ? binAt(ridges, this.pointer.x) : null;
    const text = this.timeLabel(slice.index);
    const badge = ridges.mode === "offset" ? this.badge(right + 4, slice.y, text) : nothing;
    const read = (words: string) => svg`<text class="ink halo" x=${right - 4} y=${frame.top + 14} text-anchor="end">${words}</text>`;
    const name = ridges.mode === "overlay" ? `${text}: ` : "";
    if (slice.row === null) return svg`${badge}${read(this.stepWords(slice.index))}`;
    if (i === null) return svg`<path class="outline" d=${curvePath(ridges, slice)}></path>${badge}${name && read(`step ${text}`)}`;
    const [x, y] = curveOf(ridges, slice)[i]!;
    const [from, to] = binRange(ridges, i);
    return svg`<path class="outline" d=${curvePath(ridges, slice)}></path>${badge}
      <circle class="dot" cx=${x} cy=${y} r="3"></circle>
      ${read(`${name}${short(from, 3)} to ${short(to, 3)}: ${count(slice.row[i]!)} values`)}`;
  }

  private badge(x: number, y: number, text: string): TemplateResult {
    const width = text.length * 6.4 + 10;
    return svg`<g class="badge"><rect x=${x} y=${y - 8} width=${width} height="16" rx="3"></rect>
      <text x=${x + width / 2} y=${y + 4} text-anchor="middle">${text}</text></g>`;
  }

  private oneStep(buckets: Buckets): TemplateResult {
    const data = this.histograms!;
    const h = this.current();
    const { frame, bars } = buckets;
    const axis = this.valueAxis(frame, buckets.ticks, buckets.x);
    if (this.compact) return axis;
    const title = svg`<text class="ink bold" x=${frame.left} y="12">Step ${whole(data.steps[h]!)}</text>`;
    if (bars.length === 0) return svg`${title}<text class="ink" x=${frame.width / 2} y=${frame.height / 2} text-anchor="middle">${this.stepWords(h)}</text>`;
    const bar = this.pointer ? barAt(buckets, this.pointer.x) : null;
    const height = buckets.measure === "density" ? "area is the count" : `highest ${count(buckets.largest)}`;
    const plural = bars.length === 1 ? "bucket" : "buckets";
    const words = bar ? `${short(bar.left, 4)} to ${short(bar.right, 4)}: ${count(bar.count)} values`
      : `${bars.length} ${plural} as logged, ${count(buckets.total)} values, ${height}`;
    const base = frame.height - frame.bottom;
    return svg`${title}${axis}
      ${bar ? svg`<rect class="outline" x=${bar.x} y=${base - bar.height} width=${bar.width} height=${bar.height}></rect>` : nothing}
      <text class=${bar ? "ink" : ""} x=${frame.width - frame.right} y="12" text-anchor="end">${words}</text>`;
  }

  private move(event: PointerEvent): void {
    const box = this.getBoundingClientRect();
    this.pointer = { x: event.clientX - box.left, y: event.clientY - box.top };
    if (this.ridges === null) return;
    const slice = sliceAt(this.ridges, this.pointer.x, this.pointer.y);
    if (slice !== null && slice.step !== this.cursor) tellStep(this, "cursor", slice.step);
  }

  private leave(): void {
    this.pointer = null;
    if (this.mode !== "step") tellStep(this, "cursor", null);
  }

  private press(): void {
    const step = this.cursor;
    if (step !== null) tellStep(this, "pin", step === this.pinned ? null : step);
  }

  /** Up is back in time, as in the picture. */
  private key(event: KeyboardEvent): void {
    const by = { ArrowUp: -1, ArrowLeft: -1, ArrowDown: 1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity }[event.key];
    const { steps } = this.histograms!;
    if (by === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    tellStep(this, "pin", steps[Math.min(steps.length - 1, Math.max(0, this.current() + by))]!);
  }

  /** The bands of steps that were not finite, for tests and for the app's own words. */
  get broken(): readonly StepSpan[] {
    return this.ridges ? brokenBands(this.ridges).map(({ first, last }) => [first, last] as const) : [];
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "histdiag-twin": Twin;
  }
}

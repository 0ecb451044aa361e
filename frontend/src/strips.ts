/** Metrics over steps: a line, the band that the buckets prove, thresholds; one step axis for all. */
import { LitElement, css, html, nothing, svg, type TemplateResult } from "lit";
import { stepAxis } from "./draw/axis";
import { bandPath, linePath } from "./draw/band";
import { clamp, max, min, round } from "./draw/math";
import { measured, whole } from "./draw/numbers";
import { dashOf } from "./draw/paint";
import { brokenSpans, pushApart, readAt, stripScale, type StripScale } from "./draw/strip";
import { box, broken, dot, line, text } from "./draw/shapes";
import { nearest, rhythm, stepScale, unite, type StepScale } from "./draw/steps";
import { customElement, given } from "./given";
import { Surface, keyed, pixels, plotScale, plotStyles, stepOf, tellStep, turnPin } from "./surface";
import type { StepSpan, Strip } from "./types";

/** Lines of a strip whose ends there is room for. */
const MOST_NAMED = 4;

@customElement("histdiag-strips")
export class Strips extends LitElement {
  @given strips: readonly Strip[] = [];
  @given span: StepSpan | null = null;
  @given cursor: number | null = null;
  @given pinned: number | null = null;
  @given domain: StepSpan = [0, 1];
  /** A value to show in the first strip while an evidence row is pointed at. */
  @given temporary: { readonly value: number } | null = null;
  @given theme!: "light" | "dark";

  readonly #surface = new Surface(this);
  #steps: Float64Array = new Float64Array();
  #scale: StepScale = stepScale([0, 1], 1);
  #tall = 48;

  static override styles = [
    plotStyles,
    css`
      .strips {
        position: relative;
        display: grid;
        gap: 12px;
      }
      .strip {
        position: relative;
        display: grid;
        grid-template-columns: var(--gutter-left) minmax(0, 1fr);
      }
      .crosshair {
        position: absolute;
        top: 0;
        bottom: 16px;
        width: 1px;
        background: var(--ink);
        pointer-events: none;
      }
      .axis-row {
        margin-top: -12px;
      }
      .axis-row svg {
        cursor: default;
      }
      svg svg { overflow: hidden; }
      p { margin: 0; color: var(--ink-2); }
      .name {
        min-width: 0;
        padding-right: 52px;
        font: var(--t-small);
      }
      .name b {
        display: block;
        overflow-wrap: break-word;
        font-weight: 600;
        text-wrap: balance;
      }
      .name span {
        display: block;
        color: var(--ink-2);
      }
      .value {
        fill: none;
        stroke: var(--series);
        stroke-width: 1.5;
        stroke-linecap: round;
        stroke-linejoin: round;
      }
      .value.other {
        stroke: var(--series-2);
        stroke-width: 1.25;
      }
      .value.third {
        stroke-dasharray: 3 2;
      }
      .threshold {
        fill: none;
        stroke: currentColor;
        stroke-width: 1.5;
        stroke-dasharray: 5 3;
      }
      text.of {
        fill: currentColor;
      }
      .passing {
        color: var(--ink);
      }
      .dot {
        fill: var(--surface);
        stroke: var(--ink);
        stroke-width: 1.5;
      }
    `,
  ];

  override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has("strips")) this.#steps = unite(this.strips.flatMap(({ lines }) => lines.map((one) => one.series.steps)));
    const styles = getComputedStyle(this);
    this.#scale = plotScale(this.domain, this.#surface.width, styles);
    this.#tall = pixels(styles, "--strip", 48);
  }

  override render(): TemplateResult | typeof nothing {
    if (this.strips.length === 0) return nothing;
    const step = stepOf(this);
    const { width } = this.#scale;
    const [first, last] = [this.#steps[0] ?? 0, this.#steps.at(-1) ?? 0];
    return html`<div class="strips" @pointermove=${this.#move} @pointerleave=${() => tellStep(this, "cursor", null)} @click=${this.#press}>
      ${step === null ? nothing : html`<i class="crosshair" style="left:calc(var(--gutter-left) + ${round(this.#scale(step))}px)"></i>`}
      ${this.strips.map((strip, i) => this.#strip(strip, i, step))}
      <div class="strip axis-row"><span></span>
        <svg width=${width} height="20" role="slider" tabindex="0" aria-label="Step" aria-valuemin=${first} aria-valuemax=${last}
          aria-valuenow=${step ?? last} aria-valuetext=${step === null ? "newest step" : `step ${whole(step)}`} @keydown=${this.#key}>
          ${stepAxis(this.#scale, 0, step)}
        </svg></div>
      <p>${this.strips.some((one) => one.lines[0]?.colour) ? "a line for each run" : "grey: what the buckets prove"}${this.span ? " · shaded: steps of the finding · dashed: threshold" : ""}</p>
    </div>`;
  }

  #strip(strip: Strip, i: number, step: number | null): TemplateResult {
    const { width } = this.#scale;
    const value = stripScale(strip, this.#tall);
    const x = step === null ? null : round(this.#scale(step)) + 0.5;
    const runs = Boolean(strip.lines[0]?.colour);
    return html`<div class="strip">
      <div class="name" title=${strip.lines[0]?.label}><b>${strip.title}</b><span>${this.#readOut(strip, step)}</span></div>
      <svg width=${width} height=${this.#tall} role="img" aria-label=${this.#words(strip)}>
        ${box("ground", 0, 0, width, this.#tall)}
        ${this.#washed()}
        ${this.#ticks(value)}
        ${((runs ? strip.lines.slice(0, 1) : strip.lines).map((one) => brokenSpans(one.series)).find((spans) => spans.length > 0) ?? []).map((span) => this.#broken(span))}
        ${this.#lines(strip, value)}
        ${i === 0 && this.temporary ? line("threshold passing", `M0 ${value.y(this.temporary.value)}H${width}`) : nothing}
        ${this.#ends(strip, value, step)}
        ${x === null ? nothing : [
          line("cross", `M${x} 0V${this.#tall}`),
          (runs ? strip.lines : strip.lines.slice(0, 1)).map(({ series }) => {
            const at = readAt(series, step);
            return at < 0 || isNaN(series.value[at]!) ? nothing : dot(this.#scale(series.steps[at]!), value.y(series.value[at]!));
          }),
        ]}
      </svg>
    </div>`;
  }

  #washed(): TemplateResult | typeof nothing {
    if (this.span === null) return nothing;
    const half = rhythm(this.#steps) / 2;
    const left = max(0, this.#scale(this.span[0] - half));
    const right = min(this.#scale.width, this.#scale(this.span[1] + half));
    return right <= left ? nothing : box("wash", left, 0, right - left, this.#tall);
  }

  #ticks({ ticks, y, label }: StripScale): TemplateResult[][] {
    return ticks.map((value) => [
      line("tick", `M0 ${y(value)}H${this.#scale.width}`),
      text(label(value), -6, clamp(y(value) + 4, 9, this.#tall - 1), "end"),
    ]);
  }

  /** Steps that were not finite: tinted to the next record, a line where they begin, a cross in the middle. */
  #broken([first, last]: StepSpan): TemplateResult {
    const half = rhythm(this.#steps) / 2;
    const left = max(0, this.#scale(first - half));
    const right = last >= this.domain[1] ? this.#scale.width : this.#scale(last + half);
    return svg`<g><title>not finite from step ${whole(first)}</title>${broken(left, 0, max(2, right - left), this.#tall)}</g>`;
  }

  #lines({ lines, thresholds }: Strip, { y }: StripScale): TemplateResult {
    // The loss may be logged at steps at which no histogram is: those lie outside the shared axis.
    const wide = this.#scale.width + 4;
    return svg`<svg x="-2" y="-2" width=${wide} height=${this.#tall + 4} viewBox="-2 -2 ${wide} ${this.#tall + 4}" overflow="hidden">${lines.map(({ series: { low, high, steps }, colour }) =>
        low && high && (!colour || lines.length < 2) ? line("band", bandPath(steps, low, high, this.#scale, y)) : nothing)}
      ${lines.map(({ series, colour }, i) => svg`<path class="value ${i > 0 ? "other" : ""} ${i > 1 && !colour ? "third" : ""}" style=${colour ? `stroke:${colour};stroke-dasharray:${dashOf(lines.map((line) => line.colour), i).join(" ")}` : nothing} d=${linePath(series.steps, series.value, this.#scale, y)} />`).reverse()}</svg>
      ${thresholds.map(({ value, severity }) => line(`threshold ${severity}`, `M0 ${y(value)}H${this.#scale.width}`))}`;
  }

  /** Thresholds and, where there are several, names of the lines or values of the runs: right of the strip, pushed apart. */
  #ends({ lines, thresholds, scale }: Strip, { y }: StripScale, step: number | null): TemplateResult[] {
    const named = lines.length < 2 || lines.length > MOST_NAMED ? [] : lines.flatMap(({ label, series, colour }) => {
      const at = readAt(series, colour ? step : null);
      const value = series.value[at] ?? NaN;
      return isNaN(value) ? [] : [{ text: colour ? measured(value, scale) : label, title: label, at: y(value), style: "", colour }];
    });
    const bounds = thresholds.map(({ value, label, severity }) => ({ text: measured(value, scale), title: label, at: y(value), style: `of ${severity}`, colour: "" }));
    const all = [...bounds, ...named];
    const places = pushApart(all.map((one) => one.at), 12, this.#tall);
    return all.map(({ text, title, style, colour }, i) => svg`${colour ? svg`<rect x=${this.#scale.width + 3} y=${places[i]! - 4} width="3" height="8" fill=${colour} />` : nothing}
      <text class=${style} x=${this.#scale.width + (colour ? 9 : 6)} y=${places[i]! + 4}><title>${title}</title>${text}</text>`);
  }

  /** The value of a line; of runs the one shown, whose name is known. */
  #readOut({ lines, scale, unit }: Strip, step: number | null, line = lines[0]): string {
    if (line === undefined) return "no data";
    const { series, label } = line;
    const at = readAt(series, step);
    const value = at < 0 ? NaN : series.value[at]!;
    const bounds = [series.low, series.high].map((bound) => bound?.[at] ?? NaN);
    if (isNaN(value)) return series.nonfinite[at] ? "not finite" : bounds.some(isNaN) ? "no data" : bounds.map((bound) => measured(bound, scale)).join(" to ");
    const name = lines.length > 1 && !line.colour ? `${label} ` : "";
    return `${name}${measured(value, scale)}${unit && scale !== "fraction" ? ` ${unit}` : ""}`;
  }

  #words(strip: Strip): string {
    const newest = this.#readOut(strip, null);
    const bounds = strip.thresholds.map(({ value, label }) => `${label} ${measured(value, strip.scale)}`);
    const others = strip.lines.slice(1).flatMap((line) => (line.colour ? `${line.label} ${this.#readOut(strip, null, line)}` : []));
    return [`${strip.title} over steps: newest ${newest}`, ...others, ...bounds.map((bound) => `threshold ${bound}`)].join(", ");
  }

  #stepAt(event: MouseEvent): number | null {
    const plot = this.renderRoot.querySelector("svg")!.getBoundingClientRect();
    const x = event.clientX - plot.left;
    if (x < 0 || x > this.#scale.width) return null;
    const at = nearest(this.#steps, this.#scale.invert(x));
    return at < 0 ? null : this.#steps[at]!;
  }

  #move(event: PointerEvent): void {
    const step = this.#stepAt(event);
    if (step !== this.cursor) tellStep(this, "cursor", step);
  }

  #press(event: MouseEvent): void {
    turnPin(this, this.#stepAt(event));
  }

  #key(event: KeyboardEvent): void {
    const now = nearest(this.#steps, this.cursor ?? this.pinned ?? this.#steps.at(-1) ?? 0);
    const to = keyed(event, now, this.#steps.length, 1);
    if (to !== null) tellStep(this, "pin", this.#steps[to] ?? null);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "histdiag-strips": Strips;
  }
}

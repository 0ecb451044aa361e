/** What the three plots need from the page: size, visibility, tokens, a crisp canvas. */
import { css, type ReactiveController, type ReactiveControllerHost } from "lit";
import { clamp, max, round } from "./draw/math";
import { stepScale, type StepScale } from "./draw/steps";
import { tell } from "./tell";
import type { StepSpan } from "./types";

/** Tells when what is watched comes near the window and leaves it. Without its root, a frame's own edge would cut the margin off. */
export const observer = (tell: (near: boolean, box: DOMRectReadOnly) => void): IntersectionObserver =>
  new IntersectionObserver((entries) => tell(entries.at(-1)!.isIntersecting, entries.at(-1)!.boundingClientRect), { root: document, rootMargin: "300px" });

/** Watches an element's size and whether it is in view, and asks it to draw again. */
export class Surface implements ReactiveController {
  width = 0;
  height = 0;
  /** The picture no longer shows what the properties say. */
  stale = true;
  visible = false;
  readonly #size = new ResizeObserver(() => this.#measure());
  readonly #view = observer((visible) => this.#see(visible));
  readonly #host: ReactiveControllerHost & HTMLElement;

  constructor(host: ReactiveControllerHost & HTMLElement) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    this.#size.observe(this.#host);
    this.#view.observe(this.#host);
  }

  hostDisconnected(): void {
    this.#size.disconnect();
    this.#view.disconnect();
  }

  /** A hidden frame has no size: then the old picture stays. */
  get ready(): boolean {
    return this.visible && this.width > 0 && this.height > 0;
  }

  #see(visible: boolean): void {
    if (visible === this.visible) return;
    this.visible = visible;
    this.#spoil();
  }

  #measure(): void {
    const { clientWidth, clientHeight } = this.#host;
    if (clientWidth === 0 || clientHeight === 0 || (clientWidth === this.width && clientHeight === this.height)) return;
    this.width = clientWidth;
    this.height = clientHeight;
    this.#spoil();
  }

  #spoil(): void {
    this.stale = true;
    this.#host.requestUpdate();
  }
}

/** Read a colour of the theme. */
export const token = (styles: CSSStyleDeclaration, name: string): string => styles.getPropertyValue(name).trim();

/** The colours of ridges, and of what is not finite among them. */
export const ridgePaint = (styles: CSSStyleDeclaration) => ({
  old: token(styles, "--ridge-old"),
  young: token(styles, "--ridge-new"),
  over: null,
  surface: token(styles, "--surface"),
  edge: token(styles, "--ridge-edge"),
  line: token(styles, "--line"),
  error: token(styles, "--error"),
  errorTint: token(styles, "--error-tint"),
});

/** Read a custom property that is a length in pixels. */
export function pixels(styles: CSSStyleDeclaration, name: string, fallback: number): number {
  const value = parseFloat(styles.getPropertyValue(name));
  return isFinite(value) ? value : fallback;
}

/** The room that plots leave left and right, for what stands beside them. */
export const gutters = (styles: CSSStyleDeclaration): readonly [left: number, right: number] =>
  [pixels(styles, "--gutter-left", 128), pixels(styles, "--gutter-right", 48)];

/** The steps as they stand in every plot of this width. */
export function plotScale(domain: StepSpan, width: number, styles: CSSStyleDeclaration): StepScale {
  const [left, right] = gutters(styles);
  return stepScale(domain, max(80, width - left - right));
}

/** Size a canvas to device pixels and clear it; null where the browser has no 2D context. */
export function prepare(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D | null {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = round(width * ratio);
  canvas.height = round(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const g = canvas.getContext("2d");
  g?.setTransform(ratio, 0, 0, ratio, 0, 0);
  return g;
}

/** A 4 px tile: hatched for no data, dotted for not applicable. */
export function tile(g: CanvasRenderingContext2D, colour: string, kind: "hatch" | "dots"): string | CanvasPattern {
  const canvas = document.createElement("canvas");
  const size = 4;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = canvas.height = round(size * ratio);
  const draw = canvas.getContext("2d");
  if (draw === null) return "transparent";
  draw.scale(canvas.width / size, canvas.height / size);
  draw.strokeStyle = draw.fillStyle = colour;
  if (kind === "dots") draw.fillRect(1, 1, 1.4, 1.4);
  else {
    draw.beginPath();
    for (const from of [-size, 0, size]) {
      draw.moveTo(from - 1, size + 1);
      draw.lineTo(from + size + 1, -1);
    }
    draw.stroke();
  }
  const pattern = g.createPattern(canvas, "repeat");
  pattern?.setTransform(new DOMMatrix().scale(size / canvas.width));
  return pattern ?? "transparent";
}

/** Whether a key is held with others, which is the browser's. */
export const chorded = (event: KeyboardEvent): boolean => event.ctrlKey || event.metaKey || event.altKey;

/** The place that a key moves to, among `length` from the one at `from`; null for other keys. `up` is what ArrowUp adds. */
export function keyed(event: KeyboardEvent, from: number, length: number, up: 1 | -1): number | null {
  const by = { Home: -Infinity, End: Infinity, ArrowLeft: -1, ArrowRight: 1, ArrowUp: up, ArrowDown: -up, PageUp: 10 * up, PageDown: -10 * up }[event.key];
  if (by === undefined || chorded(event)) return null;
  event.preventDefault();
  return clamp(from + by, 0, length - 1);
}

/** The step pointed at, else the one that stays; null where it lies outside of the steps shown. */
export function stepOf({ cursor, pinned, domain: [first, last] }: { cursor: number | null; pinned: number | null; domain: StepSpan }): number | null {
  const step = cursor ?? pinned;
  return step !== null && step >= first && step <= last ? step : null;
}

/** Tell the page that the pointer is at a step, or that a step is to stay. */
export const tellStep = (host: HTMLElement, type: "cursor" | "pin", step: number | null): boolean => tell(host, type, { step });

/** Let a step stay, or go where it stays already. */
export const turnPin = (plot: HTMLElement & { pinned: number | null }, step: number | null): void => {
  if (step !== null) tellStep(plot, "pin", step === plot.pinned ? null : step);
};

/** Text and lines that every plot shares. */
export const plotStyles = css`
  :host {
    display: block;
    position: relative;
    color: var(--ink);
    font: var(--t-axis);
    font-variant-numeric: tabular-nums;
  }
  :host([hidden]) {
    display: none;
  }
  canvas,
  svg {
    display: block;
  }
  svg {
    overflow: visible;
  }
  svg text {
    font: var(--t-axis);
    font-variant-numeric: tabular-nums;
    fill: var(--ink-2);
  }
  svg text.ink {
    fill: var(--ink);
  }
  svg text.bold {
    font-weight: 600;
  }
  svg text.halo {
    paint-order: stroke;
    stroke: var(--surface);
    stroke-width: 3px;
    stroke-linejoin: round;
  }
  svg .tick {
    stroke: var(--line);
  }
  svg .axis {
    stroke: var(--line-strong);
    fill: none;
  }
  svg .cross {
    stroke: var(--ink);
    fill: none;
  }
  svg .badge rect {
    fill: var(--ink);
  }
  svg .badge text {
    fill: var(--surface);
  }
  .ground {
    fill: var(--sunken);
  }
  .wash {
    fill: var(--wash);
  }
  .band {
    fill: var(--band);
  }
  .broken rect {
    fill: var(--error-tint);
  }
  .broken path {
    fill: none;
    stroke: var(--error);
    stroke-width: 1.5;
  }
  .error {
    color: var(--error);
  }
  .warning {
    color: var(--warning);
  }
  .info {
    color: var(--info);
  }
  :focus-visible {
    outline: 2px solid var(--ink);
    outline-offset: 2px;
  }
  .heard {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @media (forced-colors: active) {
    :host {
      background: var(--surface);
      forced-color-adjust: none; /* a picture keeps its colours, and stands on its own ground */
    }
  }
`;

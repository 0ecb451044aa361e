/** The network's health: tensors by layer, steps across, a colour and a shape for the worst finding. */
import { LitElement, html, nothing, svg, type PropertyValues, type TemplateResult } from "lit";
import { layerLabels, titlesAt } from "./cells";
import { stepAxis } from "./draw/axis";
import { cellAt, layGrid, outlinesOf, stateOf, type Block, type Grid, type Lane } from "./draw/cells";
import { magnitudeOf, type Magnitude } from "./draw/magnitude";
import { clamp, max, min, round } from "./draw/math";
import { measured, whole } from "./draw/numbers";
import { paintCells } from "./draw/paintcells";
import { WORDS } from "./draw/signs";
import { nearest, recordAt, rhythm, stepScale, unite, type StepScale } from "./draw/steps";
import { customElement, given, state } from "./given";
import { heatStyles } from "./heatmap-styles";
import { legend } from "./heatmap-legend";
import { cellColours, heatDrawing, signsOf } from "./heatmap-picture";
import { heatTable } from "./heatmap-table";
import { chevron } from "./icons";
import type { Drawing } from "./picture";
import type { MetricDoc, Severity } from "./report";
import { Surface, chorded, gutters, pixels, plotScale, plotStyles, prepare, stepOf, tellStep, tile, token } from "./surface";
import { tell } from "./tell";
import type { HeatRow, StepSpan } from "./types";

const OVER: ReadonlySet<PropertyKey> = new Set(["cursor", "pinned", "selection", "active", "pointed"]);
const MARGIN = 200;

@customElement("histdiag-heatmap")
export class Heatmap extends LitElement {
  @given rows: readonly HeatRow[] = [];
  /** null shows health. */
  @given metric: MetricDoc | null = null;
  @given folded: ReadonlySet<string> = new Set();
  /** Tensors to outline, and those that only its evidence names. */
  @given selection: { readonly ids: readonly number[]; readonly beside: readonly number[]; readonly span: StepSpan } | null = null;
  @given cursor: number | null = null;
  @given pinned: number | null = null;
  @given domain: StepSpan = [0, 1];
  @given asTable = false;
  @given theme!: "light" | "dark";
  /** The cell that the arrow keys move. */
  @state private active: { readonly id: number; readonly step: number } | null = null;
  @state private pointed: { readonly id: number; readonly step: number } | null = null;
  @state private scrolled = 0;

  readonly #surface = new Surface(this);
  #grid: Grid = { blocks: [], lanes: [], height: 0 };
  #scale: StepScale = stepScale([0, 1], 1);
  #magnitude: Magnitude | null = null;
  #union: Float64Array = new Float64Array();
  #usual = 0;
  #labels: ReadonlyMap<string, string> = new Map();
  #gutter = 128;
  #view = 0;

  static override styles = [plotStyles, heatStyles];

  override willUpdate(changed: PropertyValues): void {
    if (changed.has("rows")) {
      this.#union = unite([...new Set(this.rows.map((one) => one.steps))]);
      this.#usual = rhythm(this.#union);
    }
    if (changed.has("rows") || changed.has("folded")) this.#grid = layGrid(this.rows, this.folded);
    if (changed.has("rows") || changed.has("metric")) this.#magnitude = this.metric && magnitudeOf(this.rows, this.metric);
    if (this.#affects(changed)) this.#surface.stale = true;
    const styles = getComputedStyle(this);
    [this.#gutter] = gutters(styles);
    if (changed.has("rows")) this.#labels = layerLabels([...new Set(this.rows.map((one) => one.layer))], (this.#gutter - 20) / 6.4);
    this.#view = min(this.#grid.height, pixels(styles, "--heat-height", 432));
    this.#scale = plotScale(this.domain, this.#surface.width, styles);
  }

  override render(): TemplateResult | typeof nothing {
    if (this.rows.length === 0) return nothing;
    if (this.asTable) return heatTable(this.rows, this.metric, (id) => tell(this, "select-series", { id }));
    const { width } = this.#scale;
    const step = stepOf(this);
    return html`<div class="frame">
        <div class="scroll" style="height:${this.#view}px" @scroll=${this.#roll}>
          <div class="body" style="height:${this.#grid.height}px">
            <canvas aria-hidden="true" style="left:${this.#gutter}px;top:${this.#top}px"
              @pointermove=${this.#move} @pointerleave=${this.#leave} @click=${this.#press}></canvas>
            <svg aria-hidden="true" style="left:${this.#gutter}px" width=${width} height=${this.#grid.height}>${this.#overlay()}</svg>
            ${this.#cells()}
          </div>
        </div>
        <svg class="over" aria-hidden="true" style="left:${this.#gutter}px" width=${width} height=${this.#view + 20}>
          <rect class="axis" x="-.5" y="-.5" width=${width + 1} height=${this.#view + 1}></rect>
          ${step === null ? nothing : svg`<path class="cross" d="M${round(this.#scale(step)) + 0.5} 0V${this.#view + 4}"></path>`}
          ${stepAxis(this.#scale, this.#view, step)}
        </svg>
      </div>
      ${legend(this.#magnitude, this.#readOut())}`;
  }

  override updated(changed: PropertyValues): void {
    // The same ones again, because the pointer has moved, are no reason to scroll back.
    const ids = this.selection?.ids;
    if (ids && changed.has("selection") && String(ids) !== String((changed.get("selection") as typeof this.selection)?.ids)) this.#reveal(ids);
    if (this.asTable || this.rows.length === 0 || !this.#surface.ready || !this.#surface.stale) return;
    const canvas = this.renderRoot.querySelector("canvas")!;
    const height = min(this.#grid.height - this.#top, this.#view + 2 * MARGIN);
    const g = prepare(canvas, this.#scale.width, height);
    if (g === null) return;
    const styles = getComputedStyle(this);
    const hatch = token(styles, "--hatch");
    const view = { ...this.#laid, top: this.#top, bottom: this.#top + height, ratio: window.devicePixelRatio || 1 };
    paintCells(g, view, { ...cellColours(styles), hatch: tile(g, hatch, "hatch"), dots: tile(g, hatch, "dots") });
    this.#surface.stale = false;
  }

  /** What the cells are drawn from. */
  get #laid() {
    return { grid: this.#grid, scale: this.#scale, usual: this.#usual, magnitude: this.#magnitude };
  }

  /** For a file. */
  drawing(): Drawing | null {
    if (!this.rows.length) return null;
    return heatDrawing(this.renderRoot, { name: this.metric?.title ?? "network health", ...this.#laid });
  }

  #affects(changed: PropertyValues): boolean {
    return [...changed.keys()].some((key) => !OVER.has(key));
  }

  /** The canvas covers what is in view and a little more. */
  get #top(): number {
    return max(0, min(this.scrolled, this.#grid.height - this.#view) - MARGIN);
  }

  #shows({ y, height }: { y: number; height: number }): boolean {
    return y + height >= this.#top && y <= this.#top + this.#view + 2 * MARGIN;
  }

  /** Blocks in view, and the one that the keys are in. */
  get #inView(): readonly Block[] {
    return this.#grid.blocks.filter((block) => this.#shows(block) || block.lanes.some((one) => one.row.id === this.active?.id));
  }

  /** Labels and, for those who hear it, the cell of each row at the current step. */
  #cells(): TemplateResult {
    const name = this.metric ? this.metric.title : "Health";
    const active = this.active && this.#grid.lanes.some((one) => one.row.id === this.active!.id) ? `cell-${this.active.id}` : nothing;
    return html`<div class="grid" role="grid" tabindex="0" aria-label="${name} of ${this.rows.length} tensors over steps"
      aria-describedby="help" aria-rowcount=${this.#grid.lanes.length + this.#grid.blocks.length} aria-colcount=${this.#union.length + 1} aria-activedescendant=${active}
      @keydown=${this.#key} @focus=${this.#enter} @blur=${this.#quit}>
      ${this.#inView.map((block) => this.#block(block, block.lanes.filter((lane) => this.#shows(lane) || lane.row.id === this.active?.id)))}
    </div><span id="help" class="heard">Arrows move the cell, Enter shows its tensor, Space folds its layer.</span>`;
  }

  #block(block: Block, lanes: readonly Lane[]): TemplateResult {
    const { layer, folded, y, height } = block;
    const name = layer || "(no layer)";
    const top = folded ? y + (height - 16) / 2 : y;
    return html`<div role="rowgroup" aria-label=${name}>
      <div role="row" class="title" aria-rowindex=${block.lanes[0]!.index + block.lanes[0]!.block + 1} style="top:${top}px;width:${this.#gutter}px"><div role="rowheader" aria-colindex="1">
        <button tabindex="-1" title=${name} aria-expanded=${!folded} @click=${() => tell(this, "fold", { layer })}>
          ${chevron(!folded)}<span><bdi>${this.#labels.get(layer) || name}</bdi></span>${heardWorst(block.worst)}
        </button></div></div>
      ${lanes.map((lane) => this.#lane(lane, folded))}
    </div>`;
  }

  #lane({ row, y, index, block }: Lane, folded: boolean): TemplateResult {
    const picked = this.selection?.ids.includes(row.id) ?? false;
    const step = this.active?.id === row.id ? this.active.step : (this.cursor ?? this.pinned ?? row.steps.at(-1) ?? 0);
    return html`<div role="row" class="lane" style="top:${y}px" aria-rowindex=${index + block + 2} aria-selected=${picked}>
      <div role="rowheader" aria-colindex="1" class=${folded ? "heard" : `name ${picked ? "on" : ""}`} style="width:${this.#gutter - 8}px" title=${row.tag}>${row.name}${heardWorst(row.worst)}</div>
      <div role="gridcell" class="heard" id="cell-${row.id}" aria-colindex=${nearest(this.#union, step) + 2}>${this.#words(row, step)}</div>
    </div>`;
  }

  /** Outlines of the selection and of the cell under the keys, and each layer's sign at its end. */
  #overlay(): TemplateResult {
    const [grid, scale, usual] = [this.#grid, this.#scale, this.#usual];
    const { selection, active } = this;
    const boxes = (ids: readonly number[], span: StepSpan) => outlinesOf(grid, new Set(ids), span, scale, usual);
    const outline = (kind: string) => (box: { x: number; y: number; width: number; height: number }) => ["halo", kind].map((style) => svg`
      <rect class="outline ${style}" x=${box.x - 1} y=${box.y - 1} width=${box.width + 2} height=${box.height + 2}></rect>`);
    return svg`${this.#inView.map((block) => signsOf(block, scale.width))}
      ${selection ? [boxes(selection.beside, selection.span).map(outline("beside")), boxes(selection.ids, selection.span).map(outline("picked"))] : nothing}
      ${active ? boxes([active.id], [active.step, active.step]).map(outline("active")) : nothing}`;
  }

  #words(row: HeatRow, step: number): string {
    const i = recordAt(row.steps, step);
    const state = stateOf(row, i);
    const value = i >= 0 ? row.cells[i] : undefined;
    const text = state === "value" && typeof value === "number" && this.metric
      ? `${this.metric.title} ${measured(value, this.metric.scale)}` : WORDS[state]!;
    const at = i >= 0 ? row.steps[i]! : step;
    return [`step ${whole(at)}`, text, ...titlesAt(row.found, at)].join(" · ");
  }

  #readOut(): TemplateResult | null {
    const at = this.pointed ?? this.active;
    const row = at && this.rows.find((one) => one.id === at.id);
    return row ? html`<b>${row.tag}</b> ${this.#words(row, at.step)}` : null;
  }

  /** Scroll the first of the rows into view. */
  #reveal(ids: readonly number[]): void {
    const lane = this.#grid.lanes.find((one) => ids.includes(one.row.id));
    const box = this.renderRoot.querySelector(".scroll");
    if (!lane || !box) return;
    const { y, height } = this.#grid.blocks[lane.block]!;
    const least = y + min(height, this.#view) - this.#view;
    // To ask the box would have the whole page laid out.
    if (y < this.scrolled) box.scrollTop = this.scrolled = y;
    else if (least > this.scrolled) box.scrollTop = this.scrolled = least;
  }

  #hit(event: MouseEvent): { id: number; step: number } | null {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const found = cellAt(this.#grid, this.#scale, this.#usual, this.#union, event.clientX - box.left, event.clientY - box.top + this.#top);
    return found && { id: found.lane.row.id, step: found.step };
  }

  #move(event: PointerEvent): void {
    const at = this.#hit(event);
    if (at?.id === this.pointed?.id && at?.step === this.pointed?.step) return;
    this.pointed = at;
    if (at) tellStep(this, "cursor", at.step);
  }

  #leave(): void {
    this.pointed = null;
    tellStep(this, "cursor", null);
  }

  #press(event: MouseEvent): void {
    const at = this.#hit(event);
    if (at) this.#choose(at.id, at.step);
  }

  #enter(): void {
    const first = this.#grid.lanes.find((one) => this.selection?.ids.includes(one.row.id)) ?? this.#grid.lanes[0];
    if (this.active === null && first) this.#go(first, this.pinned ?? first.row.steps.at(-1) ?? 0);
  }

  #quit(): void {
    this.active = null;
    tellStep(this, "cursor", null);
  }

  #go(lane: Lane, step: number): void {
    const i = nearest(lane.row.steps, step);
    this.active = { id: lane.row.id, step: lane.row.steps[i] ?? step };
    this.#reveal([lane.row.id]);
    tellStep(this, "cursor", this.active.step);
  }

  #key(event: KeyboardEvent): void {
    const { lanes } = this.#grid;
    const at = max(0, lanes.findIndex((one) => one.row.id === this.active?.id));
    const lane = lanes[at];
    if (!lane || chorded(event)) return;
    const { steps } = lane.row;
    const now = nearest(steps, this.active?.step ?? steps.at(-1) ?? 0);
    const rows = { ArrowUp: -1, ArrowDown: 1, PageUp: -5, PageDown: 5 }[event.key];
    const column = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: Infinity }[event.key];
    if (rows) this.#go(lanes[clamp(at + rows, 0, lanes.length - 1)]!, this.active?.step ?? 0);
    else if (column !== undefined) this.#go(lane, steps[clamp(column, 0, steps.length - 1)] ?? 0);
    else if (event.key === " ") tell(this, "fold", { layer: lane.row.layer });
    else if (event.key === "Enter") this.#choose(lane.row.id, this.active?.step ?? null);
    else return;
    event.preventDefault();
  }

  #choose(id: number, step: number | null): void {
    tellStep(this, "pin", step);
    tell(this, "select-series", { id });
  }

  #roll(event: Event): void {
    this.scrolled = (event.currentTarget as HTMLElement).scrollTop;
  }
}

/** What the sign at the end of a row says. */
const heardWorst = (worst: Severity | null) => (worst ? html`<span class="heard">, worst: ${WORDS[worst]}</span>` : nothing);

declare global {
  interface HTMLElementTagNameMap {
    "histdiag-heatmap": Heatmap;
  }
}

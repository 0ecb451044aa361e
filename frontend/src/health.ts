/** Network health: the heatmap with its controls. */
import { css, html, LitElement, nothing } from "lit";
import type { Heatmap } from "./heatmap";
import "./heatmap";
import { heatRows } from "./cells";
import { whole } from "./draw/numbers";
import { customElement, given, state } from "./given";
import type { Theme } from "./host";
import type { RunView } from "./model";
import { axisWithin, rangeOf } from "./range";
import type { MetricDoc, SeriesEntry } from "./report";
import { change, type Link } from "./state";
import { shared } from "./styles";
import type { MetricSeries, StepSpan } from "./types";

/** Rows that the table shows at once: thousands would hold up the page. */
const ROWS = 100;

@customElement("histdiag-health")
export class Health extends LitElement {
  @given view!: RunView;
  /** Those that match the filter, in their order. */
  @given entries!: readonly SeriesEntry[];
  @given link!: Link;
  @given metrics!: ReadonlyMap<string, MetricDoc>;
  /** Any metric, for the steps; and the one shown, null for health. */
  @given any!: ReadonlyMap<number, MetricSeries> | null;
  @given values!: ReadonlyMap<number, MetricSeries> | null;
  @given folded!: ReadonlySet<string>;
  @given selection!: Heatmap["selection"];
  @given cursor!: number | null;
  @given theme!: Theme;
  /** The first row of the table. */
  @state private first = 0;
  #rows: ReturnType<typeof heatRows> = [];
  #domain: StepSpan = [0, 1];

  focusFilter(): void {
    const field = this.renderRoot.querySelector<HTMLInputElement>("#filter")!;
    field.focus();
    field.select();
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    const { from, to } = this.link;
    const before = (changed.get("link") ?? this.link) as Link;
    if (before.from === from && before.to === to && !["view", "entries", "any", "values"].some((name) => changed.has(name))) return;
    const range = rangeOf({ span: "all", from, to }, null);
    this.#domain = axisWithin(this.view.domain, range);
    this.#rows = heatRows(this.view, this.entries, this.any, this.values, range);
  }

  override render() {
    const total = this.view.series.length;
    const open = this.folded.size === 0;
    return html`<section class="panel" aria-label="Network health">
      <header>
        <h2>Network health</h2>
        <div class="end">
          <label class="sr" for="metric">Metric</label>
          <select class="sel" id="metric" @change=${(event: Event) => change(this, { metric: valueOf(event) })}>
            <option value="health" .selected=${this.link.metric === "health"}>Health</option>
            ${[...this.metrics.values()].map(
              (doc) => html`<option value=${doc.name} .selected=${this.link.metric === doc.name}>${doc.title}</option>`,
            )}
          </select>
          <label class="sr" for="order">Order</label>
          <select class="sel" id="order" @change=${(event: Event) => change(this, { order: valueOf(event) as Link["order"] })}>
            ${(["depth", "name", "severity"] as const).map(
              (order) => html`<option value=${order} .selected=${this.link.order === order}>by ${order}</option>`,
            )}
          </select>
          ${this.link.table && this.#rows.length > ROWS ? this.#pages() : nothing}
          <button class="btn" aria-pressed=${this.link.table} @click=${() => change(this, { table: !this.link.table })}>Table</button>
          <button class="btn" ?hidden=${this.link.table} @click=${() => this.dispatchEvent(new Event("fold-all"))}>
            ${open ? "Fold all" : "Unfold all"}
          </button>
          <label class="sr" for="filter">Filter tensors by a regular expression</label>
          <input
            class="field"
            id="filter"
            type="search"
            placeholder="Filter ( / )"
            title="A regular expression; it holds for the cards below, too"
            spellcheck="false"
            .value=${this.link.filter}
            @input=${(event: Event) => change(this, { filter: valueOf(event) })}
          />
        </div>
      </header>
      <div class="body">
        ${this.link.filter && this.entries.length
          ? html`<p class="muted small" role="status">${whole(this.entries.length)} of ${whole(total)} tensors match</p>`
          : nothing}
        ${this.entries.length
          ? html`<histdiag-heatmap
              .rows=${this.link.table ? this.#rows.slice(this.#first, this.#first + ROWS) : this.#rows}
              .metric=${this.values ? (this.metrics.get(this.link.metric) ?? null) : null}
              .folded=${this.folded}
              .selection=${this.selection}
              .cursor=${this.cursor}
              .pinned=${this.link.step}
              .domain=${this.#domain}
              .asTable=${this.link.table}
              .theme=${this.theme}
            ></histdiag-heatmap>`
          : html`<p class="none" role="status">No tensor matches: 0 of ${whole(total)}.</p>`}
        ${this.view.run.order_known || this.link.order !== "depth"
          ? nothing
          : html`<p class="note">The order of the layers is not known; they stand by name.</p>`}
      </div>
    </section>`;
  }

  get #first(): number {
    return this.first < this.#rows.length ? this.first : 0;
  }

  #pages() {
    const { length } = this.#rows;
    const starts = Array.from({ length: Math.ceil(length / ROWS) }, (_, page) => page * ROWS);
    return html`<select class="sel" aria-label="Rows of the table" @change=${(event: Event) => (this.first = Number(valueOf(event)))}>
      ${starts.map((first) => html`<option value=${first} .selected=${first === this.#first}>
        ${whole(first + 1)}–${whole(Math.min(first + ROWS, length))} of ${whole(length)}
      </option>`)}
    </select>`;
  }

  static override styles = [
    shared,
    css`
      .small { margin-bottom: var(--s2); font: var(--t-small); }
      .note { margin-top: var(--s2); font: var(--t-axis); color: var(--ink-2); }
      .none { padding: var(--s6); text-align: center; color: var(--ink-2); }
      #metric { width: 100px; }
      #order { width: 110px; }
      .field { width: 84px; }
      @media (min-width: 1600px) { #metric { width: 200px; } .field { width: 160px; } }
    `,
  ];
}

export const valueOf = (event: Event): string => (event.target as HTMLInputElement | HTMLSelectElement).value;

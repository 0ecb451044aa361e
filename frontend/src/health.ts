/** Network health: the heatmap with its controls. */
import { css, html, nothing } from "lit";
import type { Heatmap } from "./heatmap";
import "./heatmap";
import { heatRows } from "./cells";
import { button, select, valueOf } from "./controls";
import { ceil, min } from "./draw/math";
import { whole } from "./draw/numbers";
import { customElement, given, Part, state } from "./given";
import type { Theme } from "./host";
import type { RunView } from "./model";
import { axisWithin, rangeOf } from "./range";
import type { MetricDoc, SeriesEntry } from "./report";
import { change, type Link } from "./state";
import { shared } from "./styles";
import type { MetricSeries, StepSpan } from "./types";

/** Rows that the table shows at once: thousands would hold up the page. */
const ROWS = 100;

const ORDERS = [["depth", "by depth"], ["name", "by name"], ["severity", "by severity"]] as const;

@customElement("histdiag-health")
export class Health extends Part {
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
    const field = this.renderRoot.querySelector("input");
    field?.focus();
    field?.select();
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
    return html`<section class="panel" aria-label="Network health">
      <header>
        <h2>Network health</h2>
        <div class="end">
          ${select("Metric", [["health", "Health"], ...[...this.metrics.values()].map(({ name, title }) => [name, title] as const)], this.link.metric, (metric) => change(this, { metric }), "metric")}
          ${select("Order", ORDERS, this.link.order, (order) => change(this, { order }), "order")}
          ${this.link.table && this.#rows.length > ROWS ? this.#pages() : nothing}
          ${button("Table", () => change(this, { table: !this.link.table }), "", this.link.table)}
          ${this.link.table ? nothing : button(this.folded.size ? "Unfold all" : "Fold all", () => this.dispatchEvent(new Event("fold-all")))}
          <input
            class="field"
            type="search"
            aria-label="Filter tensors by a regular expression"
            placeholder="Filter ( / )"
            title="A regular expression, also for the cards below"
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
          : html`<p class="note">Layer order unknown: by name.</p>`}
      </div>
    </section>`;
  }

  get #first(): number {
    return this.first < this.#rows.length ? this.first : 0;
  }

  #pages() {
    const { length } = this.#rows;
    const starts = Array.from({ length: ceil(length / ROWS) }, (_, page) => page * ROWS);
    const pages = starts.map((first) => [String(first), `${whole(first + 1)}–${whole(min(first + ROWS, length))} of ${whole(length)}`] as const);
    return select("Rows of the table", pages, String(this.#first), (first) => (this.first = Number(first)));
  }

  static override styles = [
    shared,
    css`
      .small { margin-bottom: var(--s2); font: var(--t-small); }
      .note { margin-top: var(--s2); font: var(--t-axis); color: var(--ink-2); }
      .none { padding: var(--s6); text-align: center; color: var(--ink-2); }
      .metric { width: 100px; }
      .order { width: 110px; }
      .field { width: 84px; }
      @media (min-width: 1600px) { .metric { width: 200px; } .field { width: 160px; } }
    `,
  ];
}

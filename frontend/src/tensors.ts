/** All tensors: a row is a layer, each tensor a small twin with its reading. Only what is near the window is made. */
import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import "./twin";
import { groupsOf, turned } from "./cells";
import { segments } from "./controls";
import { ceil } from "./draw/math";
import { whole } from "./draw/numbers";
import { plural, WORD, worse } from "./format";
import { customElement, given, Part, state } from "./given";
import type { Theme } from "./host";
import { chevron, icon } from "./icons";
import { ROLE_ORDER, type RunView } from "./model";
import { roleName } from "./names";
import type { SeriesEntry, Severity } from "./report";
import { change } from "./state";
import { shared } from "./styles";
import { observer } from "./surface";
import { tell } from "./tell";
import type { SeriesHistograms } from "./types";

/** Layers with more tensors than this are made in pieces. */
const PIECE = 24;
/** With more tensors than this, healthy layers start folded. */
const MANY = 120;

/** About how much room a card takes. */
const WIDE = 260;
const HIGH = 208;

/** A piece of a layer: it has its cards only while it is near the window, else as much room. */
@customElement("histdiag-cards")
export class Cards extends LitElement {
  @given entries!: readonly SeriesEntry[];
  @given view!: RunView;
  /** What all entries begin with: their layer, or a part of its name. */
  @given group!: string;
  @given histograms!: (id: number) => SeriesHistograms | null;
  @given shown!: string;
  @given theme!: Theme;
  /** Changes when something was read. */
  @given tick!: number;
  @state private near = false;
  readonly #watch = observer((near, { height }) => {
    if (this.near && !near && !this.shadowRoot!.activeElement) this.style.minHeight = `${height}px`;
    this.near = near || Boolean(this.shadowRoot!.activeElement); // what has the focus stays
  });

  override connectedCallback(): void {
    super.connectedCallback();
    this.#watch.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#watch.disconnect();
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (this.near) this.style.minHeight = "";
    else if (changed.has("entries")) this.style.minHeight = `${HIGH * ceil((this.entries.length * WIDE) / innerWidth)}px`;
  }

  override render() {
    return this.near ? html`<div class="grid">${this.entries.map((entry) => this.#card(entry))}</div>` : nothing;
  }

  #card(entry: SeriesEntry): TemplateResult {
    const worst = this.view.worst.get(entry.tag);
    const reading = this.view.readings.get(entry.tag)?.text ?? "";
    const rest = entry.tag.slice(this.group.length).replace(/^[/.]/, "");
    const name = this.group === entry.layer ? this.view.names.get(entry.id) : rest;
    return html`<button
      class="mini ${entry.tag === this.shown ? "on" : ""}"
      aria-pressed=${entry.tag === this.shown}
      @click=${() => tell(this, "select-series", { id: entry.id })}
    >
      <span class="h" title=${entry.tag}><span>${name}</span>${worst ? icon(worst, WORD[worst]) : nothing}</span>
      <histdiag-twin
        .histograms=${this.histograms(entry.id)}
        .compact=${true}
        .theme=${this.theme}
        .label=${`${entry.tag}: ${reading}`}
      ></histdiag-twin>
      <span class="read">${reading}</span>
    </button>`;
  }

  static override styles = [
    shared,
    css`
      .grid {
        display: grid; grid-template-columns: repeat(auto-fill, minmax(min(232px, 100%), 1fr)); gap: var(--s2);
        padding: var(--s2) 0;
      }
      .mini {
        display: grid; grid-template-rows: auto auto 1fr; align-content: start; min-width: 0; min-height: 200px;
        padding: var(--s2) var(--s3) var(--s3); border: 1px solid var(--line);
        border-radius: var(--radius); background: var(--surface); text-align: left;
      }
      .mini:hover { border-color: var(--line-strong); }
      .mini.on { border-color: var(--ink); box-shadow: inset 0 0 0 1px var(--ink); }
      .h {
        display: flex; align-items: center; justify-content: space-between; gap: var(--s2); min-width: 0;
        font: var(--t-small); font-weight: 600;
      }
      .h span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
      .h .ico { width: 14px; height: 14px; }
      histdiag-twin { height: 104px; margin-top: var(--s1); pointer-events: none; --ridge: 104px; }
      .read { margin-top: var(--s1); font: var(--t-small); color: var(--ink-2); overflow-wrap: anywhere; }
    `,
  ];
}

@customElement("histdiag-tensors")
export class Tensors extends Part {
  @given view!: RunView;
  /** Those that match the filter, in the order of the heatmap: layers stand together. */
  @given entries!: readonly SeriesEntry[];
  @given histograms!: (id: number) => SeriesHistograms | null;
  @given shown!: string;
  /** The role to show; "" is all of them. */
  @given chosen!: string;
  @given theme!: Theme;
  @given tick!: number;
  /** Layers that somebody opened or closed by hand. */
  @state private turned: ReadonlySet<string> = new Set();
  #layers: ReadonlyMap<string, readonly SeriesEntry[]> = new Map();

  protected override willUpdate(changed: PropertyValues): void {
    if (!changed.has("entries") && !changed.has("chosen")) return;
    const { chosen, entries } = this; // of one role, a layer has one
    this.#layers = chosen ? new Map([["", entries.filter((entry) => entry.role === chosen)]]) : groupsOf(entries);
  }

  override render() {
    const layers = [...this.#layers];
    const entries = layers.flatMap(([, members]) => members);
    const total = this.view.series.length;
    return html`<section aria-label="All tensors">
      <header>
        <h2>All tensors</h2>
        <span class="muted">${whole(entries.length)} of ${whole(total)}, each with its reading</span>
        <div class="end">${this.#roles()}</div>
      </header>
      ${layers.map(([layer, members]) => this.#layer(layer, members))}
      ${entries.length
        ? nothing
        : html`<p class="none">
            No tensor matches: 0 of ${whole(total)}.<br />The filter is a regular expression on the tag.
          </p>`}
    </section>`;
  }

  #roles() {
    const present = new Set(this.view.series.map((entry) => entry.role));
    const roles = ROLE_ORDER.filter((role) => present.has(role));
    return segments("Role", [["", "all"], ...roles.map((role) => [role, roleName(role)] as const)], this.chosen, (role) => change(this, { role }));
  }

  #layer(layer: string, members: readonly SeriesEntry[]) {
    const signs = members.flatMap((entry) => this.view.worst.get(entry.tag) ?? []);
    const worst = signs.reduce<Severity | null>(worse, null);
    const starts = this.view.series.length <= MANY || worst != null || this.entries.length <= PIECE;
    const open = starts !== this.turned.has(layer);
    const pieces: SeriesEntry[][] = [];
    for (let from = 0; from < members.length; from += PIECE) pieces.push(members.slice(from, from + PIECE));
    return html`<div class="layer">
      <button class="fold" aria-expanded=${open} @click=${() => (this.turned = turned(this.turned, layer))}>
        ${chevron(open)}
        <h3>${layer || (this.chosen ? roleName(this.chosen) : "(no layer)")}</h3>
        <span class="end">${worst ? icon(worst, WORD[worst]) : nothing}${plural(members.length, "tensor")}</span>
      </button>
      ${open
        ? pieces.map(
            (piece) => html`<histdiag-cards
              .entries=${piece}
              .view=${this.view}
              .group=${layer}
              .histograms=${this.histograms}
              .shown=${this.shown}
              .theme=${this.theme}
              .tick=${this.tick}
            ></histdiag-cards>`,
          )
        : nothing}
    </div>`;
  }

  static override styles = [
    shared,
    css`
      :host { padding: var(--s2) var(--page-pad) var(--s8); }
      header { display: flex; flex-wrap: wrap; align-items: center; gap: var(--s3); padding-bottom: var(--s3); }
      .seg { flex-wrap: wrap; }
      .layer { margin-bottom: var(--s2); }
      .fold {
        display: flex; align-items: center; gap: var(--s2); width: 100%; min-height: 40px; padding: 0 var(--s3);
        border: 1px solid var(--line);
        border-radius: var(--radius); background: var(--surface); text-align: left;
      }
      .fold h3 { min-width: 0; overflow-wrap: anywhere; }
      .fold .end {
        flex: none; flex-wrap: nowrap; gap: var(--s3); font: var(--t-small); color: var(--ink-2);
        white-space: nowrap;
      }
      .fold .ico { width: 14px; height: 14px; }
      .none { padding: var(--s6); text-align: center; color: var(--ink-2); }
    `,
  ];
}

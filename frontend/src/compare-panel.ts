/** How a run differs from others, one at a time: one sentence, then a row for each tensor of both, what differs most first. */
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { swatch } from "./compare-runs";
import { button, select } from "./controls";
import { short, signed, whole } from "./draw/numbers";
import { plural } from "./format";
import { customElement, given, state } from "./given";
import type { Theme } from "./host";
import { icon } from "./icons";
import { legible } from "./names";
import type { Difference, LoneFinding, Range, RunComparison, SeriesEntry } from "./report";
import { change } from "./state";
import { shared } from "./styles";
import { tell } from "./tell";

/** Rows that are shown at first, and more at each wish. */
const ROWS = 40;

/** A value and, where they say more than it, what the buckets prove of it. */
export function bounded({ low, value, high }: Range): string {
  if (value === null) return "–";
  const [from, at, to] = [low, value, high].map((one) => (one === null ? "" : short(one, 2)));
  return from === at && to === at ? at! : `${at} (${from || "?"} to ${to || "?"})`;
}

@customElement("histdiag-compare")
export class Compare extends LitElement {
  @given others!: readonly string[];
  /** How another run differs; null while that is on its way. */
  @given comparison!: (other: string) => RunComparison | null;
  /** Changes when something was read. */
  @given tick!: number;
  @given byTag!: ReadonlyMap<string, SeriesEntry>;
  /** The tag of the tensor shown. */
  @given shown!: string;
  /** Fingerprints of findings that are not muted. */
  @given heard!: ReadonlySet<string>;
  /** Whether it waits for all tensors. */
  @given measuring!: boolean;
  @given order!: readonly string[];
  @given theme!: Theme;
  @given rows = ROWS;
  /** The one chosen of several. */
  @state private against = "";

  override render() {
    const { others } = this;
    const against = others.includes(this.against) ? this.against : others[0]!;
    const comparison = this.comparison(against);
    return html`<section class="panel" tabindex="-1" aria-label="Comparison of runs">
      <header>
        <h2 aria-live="polite">${comparison?.text ?? (this.measuring ? "Runs are compared when all tensors are judged." : "Comparing …")}</h2>
        <div class="end">
          ${others.length > 1
            ? select("Compare in words with", others.map((other) => [other] as const), against, (other) => (this.against = other))
            : nothing}
          ${button("Stop comparing", () => change(this, { with: [] }))}
        </div>
      </header>
      ${comparison ? html`<div class="body">${this.#table(comparison)} ${this.#alone(comparison)}</div>` : nothing}
    </section>`;
  }

  /** Folded at first, so that the findings stay in sight. */
  #table({ run, other, tensors }: RunComparison): TemplateResult | typeof nothing {
    const more = tensors.length - this.rows;
    const table = html`<div class="scroll" tabindex="0" role="region" aria-label="Tensors of both runs, what differs most first">
        <table>
          <thead>
            <tr>
              <th scope="col">Tensor</th>
              <th scope="col">What differs</th>
              <th scope="col" title="Wasserstein-1 distance, relative to the mean magnitude in ${run}">Drift</th>
              <th scope="col">Run, step</th>
              <th scope="col">Spread</th>
              <th scope="col">Mean</th>
              <th scope="col">Reading</th>
            </tr>
          </thead>
          ${tensors.slice(0, this.rows).map((row) => this.#row(row, run, other))}
        </table>
      </div>
      ${more > 0 ? html`<div class="more">${button(`Show more of ${plural(more, "tensor")}`, () => (this.rows += ROWS))}</div>` : nothing}`;
    return folded("Tensor by tensor", tensors.length, table);
  }

  #row(row: Difference, run: string, other: string): TemplateResult {
    const side = (name: string, { step, spread, mean, reading }: Difference["run"]) => html`<td>
        <span title=${name}>${swatch(this.order, name, this.theme)} ${name}</span><small>${whole(step)}</small>
      </td>
      <td class="figure">${bounded(spread)}</td>
      <td class="figure">${bounded(mean)}</td>
      <td>${signed(reading)}</td>`;
    const choose = () => tell(this, "select-series", { id: this.byTag.get(row.tag)?.id });
    return html`<tbody class=${row.tag === this.shown ? "on" : ""}>
      <tr>
        <th scope="row" rowspan="2"><button aria-pressed=${row.tag === this.shown} @click=${choose}>${legible(row.tag)}</button></th>
        <td rowspan="2" class=${row.differs ? "" : "muted"}>${row.text}</td>
        <td rowspan="2" class="figure">${bounded(row.drift)}</td>
        ${side(run, row.run)}
      </tr>
      <tr>${side(other, row.other)}</tr>
    </tbody>`;
  }

  #alone({ run, other, only_run, only_other, findings }: RunComparison): TemplateResult {
    const heard = findings.filter((one) => this.heard.has(one.fingerprint));
    const muted = findings.length - heard.length;
    const sides = [[run, only_run], [other, only_other]] as const;
    return html`${muted ? html`<p class="muted">${plural(muted, "finding")} counted above but muted here.</p>` : nothing}
      ${sides.map(([name, tags]) => {
        const own = heard.filter((finding) => finding.run === name);
        return html`${folded(`Found in ${name} alone`, own.length, html`<ul>${own.map((finding) => this.#finding(finding, run))}</ul>`)}
          ${folded(`Logged in ${name} alone`, tags.length, html`<p class="muted">${tags.join(", ")}</p>`)}`;
      })}`;
  }

  #finding({ run, tag, title, severity, summary, fingerprint }: LoneFinding, shown: string): TemplateResult {
    const link = html`<button @click=${() => change(this, { finding: fingerprint, tag: "" })}>${title}</button>`;
    return html`<li>${icon(severity)} ${run === shown ? link : title}: ${tag ? `${tag}, ` : ""}${summary}</li>`;
  }

  static override styles = [
    shared,
    css`
      :host { padding: var(--gap) var(--page-pad) 0; }
      h2 { max-height: 4lh; overflow: hidden auto; overflow-wrap: anywhere; white-space: normal !important; }
      header { flex-wrap: nowrap !important; }
      header .end { flex: none; }
      header .sel { max-width: 200px; }
      .body { display: flex; flex-wrap: wrap; gap: 0 var(--s6); }
      details[open] { flex: 1 0 100%; min-width: 0; }
      .scroll { max-height: 240px; margin-top: var(--s1); overflow: auto; scroll-padding-top: 32px; border-top: 1px solid var(--line); }
      table { width: 100%; border-collapse: collapse; font: var(--t-small); }
      th, td { padding: var(--s1) var(--s2); text-align: left; vertical-align: top; overflow-wrap: anywhere; }
      thead th { position: sticky; top: 0; background: var(--surface); white-space: nowrap; }
      th, .figure { font-weight: 600; }
      .figure { font-weight: 400; white-space: nowrap; }
      tbody { border-top: 1px solid var(--line); }
      tbody.on { background: var(--wash); }
      td svg { display: inline; }
      td span { display: inline-block; max-width: 160px; overflow: hidden; vertical-align: bottom; text-overflow: ellipsis; white-space: nowrap; }
      th button { max-height: 4lh; overflow: hidden auto; overflow-wrap: anywhere; }
      th button, li button { padding: 0; border: 0; background: none; text-align: left; text-decoration: underline; text-underline-offset: 3px; }
      td small { display: block; color: var(--ink-2); }
      tbody th { min-width: 184px; }
      td:last-child { min-width: 200px; }
      details { margin-top: var(--s1); font: var(--t-small); overflow-wrap: anywhere; }
      summary { cursor: pointer; }
      li, p { font: var(--t-small); overflow-wrap: anywhere; }
      li .ico { display: inline-block; width: 14px; height: 14px; vertical-align: -2px; }
      .more { margin-top: var(--s2); }
      @media (max-width: 1199px) {
        .scroll { max-height: 320px; }
        .figure { overflow-wrap: normal; white-space: normal; }
        tbody th { min-width: 112px; }
      }
    `,
  ];
}

const folded = (title: string, count: number, list: TemplateResult) =>
  count ? html`<details><summary>${title} (${whole(count)})</summary>${list}</details>` : nothing;

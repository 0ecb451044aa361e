/** The heatmap as a table: the same, in text. */
import { html, type TemplateResult } from "lit";
import { heads } from "./controls";
import { runsOf, stateOf } from "./draw/cells";
import { max, min } from "./draw/math";
import { measured, spanOf } from "./draw/numbers";
import { WORDS } from "./draw/signs";
import { legible } from "./names";
import type { MetricDoc } from "./report";
import type { HeatRow } from "./types";

/** Where a row was in a state, as spans of steps. */
function spans(row: HeatRow, wanted: string): string {
  return runsOf(row).filter((one) => one.state === wanted).map(({ first, last }) => spanOf(row.steps[first]!, row.steps[last]!)).join(", ");
}

const HEALTH = ["error", "warning", "info", "not-finite"] as const;

/** "Clear" where any record was judged, else why there is no verdict. */
function verdict(row: HeatRow): string {
  const states = new Set(runsOf(row).map((one) => one.state));
  return WORDS[row.worst ?? (states.has("clear") ? "clear" : states.has("not-applicable") ? "not-applicable" : "no-data")]!;
}

const healthCells = (row: HeatRow): TemplateResult => html`<td>${verdict(row)}</td>${HEALTH.map((state) => html`<td>${spans(row, state) || "–"}</td>`)}`;

function metricCells(row: HeatRow, { scale }: MetricDoc): TemplateResult {
  const values = Array.from<string | number>(row.cells).filter((cell): cell is number => typeof cell === "number" && isFinite(cell));
  const least = values.reduce((a, b) => min(a, b), Infinity);
  const most = values.reduce((a, b) => max(a, b), -Infinity);
  const shown = values.length ? [values[0], values.at(-1), least, most] : [null, null, null, null];
  const broken = Array.from(row.steps.keys()).filter((i) => stateOf(row, i) === "not-finite").length;
  return html`${shown.map((value) => html`<td>${measured(value, scale)}</td>`)}<td>${broken}</td>`;
}

/** A row a tensor, in the order of the heatmap. */
export function heatTable(rows: readonly HeatRow[], metric: MetricDoc | null, select: (id: number) => void): TemplateResult {
  const columns = metric ? ["first", "newest", "least", "most", "records not finite"] : ["worst", ...HEALTH.map((state) => `${WORDS[state]!} at steps`)];
  return html`<div class="table" tabindex="0" role="region" aria-label="${metric?.title ?? "Health"} as a table">
    <table>
      ${heads(["tensor", ...columns])}
      <tbody>${rows.map((row) => html`<tr>
        <th scope="row"><button @click=${() => select(row.id)}>${legible(row.tag)}</button></th>
        ${metric ? metricCells(row, metric) : healthCells(row)}
      </tr>`)}</tbody>
    </table>
  </div>`;
}

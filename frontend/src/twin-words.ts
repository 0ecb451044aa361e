/** What the twin says in words: its name, its steps, and how its value axis is drawn. */
import { html, nothing, type TemplateResult } from "lit";
import { LEVEL_NAMES } from "./draw/bands";
import { extent } from "./draw/bins";
import { markWords } from "./draw/marks";
import { count, percent, short, tick, whole } from "./draw/numbers";
import { drawn, type Laid, type TwinGiven } from "./twin-layout";
import type { SeriesHistograms } from "./types";

export const NO_RECORD = "No record at the steps chosen";

/** What is drawn over each other. */
export function overNames({ over, mode }: TwinGiven): string {
  if (!over || mode === "bands") return "";
  const [first, ...others] = over.names;
  return `, ${first}, and in lines ${others.join(", ")}`;
}

export function nameOf(twin: TwinGiven): string {
  const marked = markWords(twin.marks);
  const none = twin.histograms?.steps.length === 0 ? `. ${NO_RECORD}` : "";
  return `${twin.label}${overNames(twin)}${none}${marked === "" ? "" : `. Marked: ${marked}`}`;
}

export const recordWords = (data: SeriesHistograms, h: number, laid: Laid): string =>
  `step ${whole(data.steps[h]!)}: ${stateWords(data, h, laid)}`;

/** What a record holds. */
export function stateWords(data: SeriesHistograms, h: number, { bands }: Laid): string {
  if (data.nonfinite[h] !== 0) return "not finite";
  const own = extent(data, h);
  if (own === null) return "empty";
  if (bands) return LEVEL_NAMES.map((name, i) => `${name} ${short(bands.levels[i]![h], 3)}`).join(", ");
  const total = data.count.subarray(data.start[h]!, data.start[h + 1]!).reduce((a, b) => a + b, 0);
  return `${count(total)} values from ${short(own[0], 3)} to ${short(own[1], 3)}`;
}

/** Says how the value axis is bent, or what it leaves out, and gives the way back. */
export function axisNote(twin: TwinGiven, { ridges, bands, buckets }: Laid, flip: () => void): TemplateResult | typeof nothing {
  const near = (ridges ?? bands ?? buckets)?.near ?? null;
  if (near !== null) return html`<p class="note end">logarithmic beyond ±${tick(near)}</p>`;
  if (!ridges?.offersFit) return nothing;
  const { fit } = ridges;
  const words = fit ? `${wideSteps(drawn(twin), fit.wide)}${percent(fit.outside)} of the values lie beyond this axis. ` : "";
  return html`<p class="note">${words}<button @click=${flip}>${fit ? "Show the full axis" : "Fit the axis to most values"}</button></p>`;
}

function wideSteps({ steps }: SeriesHistograms, wide: readonly number[]): string {
  const [one] = wide;
  if (one === undefined) return "";
  return wide.length === 1 ? `Step ${whole(steps[one]!)} and ` : `${wide.length} steps and `;
}

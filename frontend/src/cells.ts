/** Rows and cells of the heatmap. Pure: the report and the metrics in, what is drawn out. */
import { max, min } from "./draw/math";
import { RANK, worse } from "./format";
import { matcher, natural, type RunView } from "./model";
import { cutSeries } from "./range";
import type { Finding, Health, SeriesEntry, Severity, Span } from "./report";
import type { Link } from "./state";
import type { Active, HeatRow, MetricSeries, StepSpan } from "./types";

// The same for all: to make thousands takes long.
const [EMPTY, FINITE] = [new Float64Array(), new Uint8Array()];

/** The state of one tensor at its steps: the worst severity active there, else clear where it was judged. */
export function healthCells(steps: ArrayLike<number>, spans: readonly Span[], judged: boolean): Health[] {
  const otherwise = judged ? "clear" : "not-applicable";
  const at = (step: number) =>
    spans.reduce<Severity | null>((worst, span) => (span.first_step <= step && step <= span.last_step ? worse(worst, span.severity) : worst), null);
  return Array.from(steps, (step) => at(step) ?? otherwise);
}

/** Spans of all findings by tag; a finding without spans is active from its first to its last step on all its tags. */
export function spansByTag(findings: readonly Finding[]): Map<string, Active[]> {
  const found = new Map<string, Active[]>();
  for (const { title, spans, tags, first_step, last_step, severity } of findings) {
    const add = (span: Span) => found.set(span.tag, [...(found.get(span.tag) ?? []), { ...span, title }]);
    const told = new Set(spans.map((span) => span.tag));
    spans.forEach(add);
    for (const tag of tags) if (!told.has(tag)) add({ tag, first_step, last_step, severity });
  }
  return found;
}

/** The findings active at a step, each told once. */
export const titlesAt = (found: readonly Active[], step: number): string[] => [
  ...new Set(found.filter(({ first_step, last_step }) => first_step <= step && step <= last_step).map((one) => one.title)),
];

/**
 * Names of layers that tell them apart in little room: without what all begin and end with, then with single letters
 * for words, then without their middle. The first and last parts of a path say most.
 */
export function layerLabels(layers: readonly string[], room: number): Map<string, string> {
  const cut = layers.map((layer) => layer.split(/(?=[/.])/));
  const shortest = min(...cut.map((one) => one.length));
  const same = (at: (parts: readonly string[]) => string | undefined) => cut.every((parts) => at(parts) === at(cut[0]!));
  let [from, to] = [0, 0];
  while (from < shortest - 1 && same((parts) => parts[from])) from++;
  while (from + to < shortest - 1 && same((parts) => parts.at(-1 - to))) to++;
  return new Map(layers.map((layer, i) => {
    if (layer.length <= room) return [layer, layer];
    const parts = cut[i]!.slice(max(0, from - 1), cut[i]!.length - to);
    let label = `${from > 1 ? "…" : ""}${parts.join("")}${to ? "…" : ""}`;
    if (label.length > room) label = label.replace(/([/.]|^)([^\W\d])\w*(?=.*[/.])/g, "$1$2");
    const half = room >> 1;
    return [layer, label.length > room ? `${label.slice(0, half)}…${label.slice(1 - half)}` : label];
  }));
}

/** Groups that a page can list. */
const GROUPS = 150;

/** What has the same key together, in the order in which keys come. */
function grouped<T>(all: readonly T[], keyOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const key = keyOf(one);
    const members = groups.get(key);
    if (members) members.push(one);
    else groups.set(key, [one]);
  }
  return groups;
}

/** Layers that are folded, with this one turned. */
export function turned(layers: ReadonlySet<string>, layer: string): Set<string> {
  const others = new Set(layers);
  if (!others.delete(layer)) others.add(layer);
  return others;
}

/** Tensors by layer, or where there are too many layers by as many leading parts of their names as leaves few groups. */
export function groupsOf(entries: readonly SeriesEntry[]): Map<string, SeriesEntry[]> {
  const paths = new Map(entries.map(({ layer }) => [layer, layer.split(/(?=[/.])/)]));
  const start = (path: readonly string[], depth: number) => path.slice(0, depth).join("");
  let depth = max(1, ...[...paths.values()].map(({ length }) => length));
  while (depth > 1 && new Set([...paths.values()].map((path) => start(path, depth))).size > GROUPS) depth--;
  return grouped(entries, ({ layer }) => start(paths.get(layer)!, depth));
}

/** Layers stay together; their order follows the choice. Entries come in the order of depth. */
export function ordered(view: RunView, order: Link["order"], filter: string): SeriesEntry[] {
  const matches = matcher(filter);
  const layers = grouped(view.series.filter((one) => matches(one.tag)), (one) => one.layer);
  const rank = (entries: SeriesEntry[]) => min(...entries.map((entry) => RANK[view.worst.get(entry.tag)!] ?? Infinity));
  const blocks = [...layers];
  if (order === "name") blocks.sort(([a], [b]) => natural.compare(a, b));
  if (order === "severity") blocks.sort(([, a], [, b]) => rank(a) - rank(b) || 0); // of equals none is worse
  return blocks.flatMap(([, entries]) => entries);
}

/** The heatmap's rows; without metrics yet, rows are empty but already in their place. */
export function heatRows(
  view: RunView,
  entries: readonly SeriesEntry[],
  any: ReadonlyMap<number, MetricSeries> | null,
  shown: ReadonlyMap<number, MetricSeries> | null,
  range: StepSpan | null = null,
): HeatRow[] {
  const spans = spansByTag(view.findings);
  return entries.map((entry) => {
    const own = shown?.get(entry.id);
    const all = own ?? any?.get(entry.id);
    const times = all && cutSeries(all, range);
    const steps = times?.steps ?? EMPTY;
    const found = spans.get(entry.tag) ?? [];
    let cells: HeatRow["cells"] | undefined = own && times!.value;
    return {
      id: entry.id,
      tag: entry.tag,
      layer: entry.layer,
      name: view.names.get(entry.id) ?? entry.tag,
      worst: view.worst.get(entry.tag) ?? null,
      found,
      steps,
      nonfinite: times?.nonfinite ?? FINITE,
      // Of thousands of rows few are looked at.
      get cells() {
        return (cells ??= healthCells(steps, found, entry.judged));
      },
    };
  });
}

/** What of a run is chosen: the finding, its tensor, and what the heatmap outlines. Pure. */
import type { Heatmap } from "./heatmap";
import { leadEvidence, type RunView } from "./model";
import type { Evidence, Finding, SeriesEntry } from "./report";

export const findingOf = ({ findings, cards }: RunView, fingerprint: string): Finding | null =>
  findings.find((finding) => finding.fingerprint === fingerprint) ?? cards[0]?.findings[0] ?? null;

/** The tensor chosen by hand, else the finding's that shows what was measured, else its first with histograms. */
export function entryOf({ byTag, series }: RunView, finding: Finding | null, chosen: string): SeriesEntry | null {
  const lead = (finding && leadEvidence(finding)?.tag) ?? "";
  const own = finding?.tags ?? [];
  const tags = [chosen, own.includes(lead) ? lead : "", ...own, lead];
  return tags.map((tag) => byTag.get(tag)).find(Boolean) ?? series[0] ?? null;
}

/** What the heatmap outlines: the tensor pointed at, else those of the finding, else the one chosen by hand. */
export function outlinedOf(view: RunView, own: Finding | null, entry: SeriesEntry | null, pointed: Evidence | null): Heatmap["selection"] {
  const idsOf = (tags: readonly string[]) => tags.flatMap((tag) => view.byTag.get(tag)?.id ?? []);
  const span = own ? ([own.first_step, own.last_step] as const) : view.domain;
  const at = pointed ? idsOf([pointed.tag]) : [];
  if (at.length) return { ids: at, beside: [], span };
  const ids = own ? idsOf(own.tags) : entry ? [entry.id] : [];
  return { ids, beside: idsOf(own?.evidence.map((one) => one.tag) ?? []).filter((id) => !ids.includes(id)), span };
}

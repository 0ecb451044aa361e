/** One run of the report, ordered and indexed for the page. Pure. */
import { max, min } from "./draw/math";
import { signed } from "./draw/numbers";
import { reached } from "./bullet";
import { RANK, worse } from "./format";
import { shortNames } from "./names";
import type { Coverage, Evidence, Finding, Group, Reading, Report, RuleDoc, RunEntry, SeriesEntry, Severity } from "./report";
import type { StepSpan } from "./types";

export interface Card {
  readonly group: Group;
  /** The leading finding first. */
  readonly findings: readonly Finding[];
}

export interface RunView {
  readonly run: RunEntry;
  /** In the order of depth: by layer, then weight before bias before gradients before outputs. */
  readonly series: readonly SeriesEntry[];
  readonly byTag: ReadonlyMap<string, SeriesEntry>;
  /** Names within layers. */
  readonly names: ReadonlyMap<number, string>;
  readonly cards: readonly Card[];
  readonly findings: readonly Finding[];
  readonly readings: ReadonlyMap<string, Reading>;
  readonly coverage: readonly Coverage[];
  /** The worst severity of any finding on a tag. */
  readonly worst: ReadonlyMap<string, Severity>;
  readonly domain: StepSpan;
}

export const ROLE_ORDER = [
  "weight", "embedding", "norm-scale", "bias", "norm-shift", "weight-gradient", "embedding-gradient", "norm-gradient",
  "bias-gradient", "gradient", "pre-activation", "activation", "attention", "activation-gradient", "moving-statistic",
  "optimizer", "mask", "unknown",
];

export const natural = new Intl.Collator("en", { numeric: true });
const rolePlace = (role: string): number => (ROLE_ORDER.indexOf(role) + ROLE_ORDER.length + 1) % (ROLE_ORDER.length + 1);

/** Most neighbours have the same layer, and the collator is slow to tell. */
const byName = (a: string, b: string): number => (a === b ? 0 : natural.compare(a, b));

/** Forward order as far as it is known, else names in natural order. */
function byDepth(a: SeriesEntry, b: SeriesEntry): number {
  return (
    (a.order ?? Infinity) - (b.order ?? Infinity) || // NaN where both are unknown: falls through to the names
    byName(a.network, b.network) ||
    byName(a.layer, b.layer) ||
    rolePlace(a.role) - rolePlace(b.role) ||
    natural.compare(a.tag, b.tag)
  );
}

export function worstByTag(findings: readonly Finding[]): Map<string, Severity> {
  const worst = new Map<string, Severity>();
  for (const finding of findings) {
    const spanned = new Map<string, Severity>();
    for (const span of finding.spans) spanned.set(span.tag, worse(spanned.get(span.tag), span.severity));
    for (const tag of finding.tags) if (!spanned.has(tag)) spanned.set(tag, finding.severity);
    for (const [tag, severity] of spanned) worst.set(tag, worse(worst.get(tag), severity));
  }
  return worst;
}

const worstFirst = (a: Finding, b: Finding): number => RANK[a.severity] - RANK[b.severity] || a.first_step - b.first_step;

/** The card of a finding that no group claims. */
function cardOf(finding: Finding): Card {
  const { run, title, severity, fingerprint, rule } = finding;
  return { group: { run, kind: rule, title, severity, fingerprints: [fingerprint] }, findings: [finding] };
}

export function viewRun(report: Report, run: RunEntry): RunView {
  const own = <T extends { readonly run: string }>(all: readonly T[]): T[] => all.filter((one) => one.run === run.run);
  const series = own(report.series).sort(byDepth);
  const findings = own(report.findings);
  const byPrint = new Map(findings.map((finding) => [finding.fingerprint, finding]));
  const cards = own(report.groups)
    .map((group) => ({ group, findings: group.fingerprints.flatMap((print) => byPrint.get(print) ?? []) }))
    .filter((card) => card.findings.length > 0);
  const grouped = new Set(cards.flatMap((card) => card.findings));
  const alone = findings.filter((finding) => !grouped.has(finding)).sort(worstFirst).map(cardOf);
  let names: RunView["names"] | undefined;
  return {
    run,
    series,
    get names() {
      return (names ??= shortNames(series)); // the verdict needs none
    },
    byTag: new Map(series.map((entry) => [entry.tag, entry])),
    cards: [...cards, ...alone],
    findings,
    readings: new Map(own(report.readings).map((reading) => [reading.tag, { ...reading, text: signed(reading.text) }])),
    coverage: own(report.coverage),
    worst: worstByTag(findings),
    domain: [run.first_step ?? 0, run.last_step ?? 0],
  };
}

/** Whether the server has not seen all of the log yet. */
export const measuring = ({ progress: { judged, total } }: Report): boolean => judged < total;

/** The run that a link names, else the one of the linked finding, else the one with the worst findings. */
export function chooseRun(report: Report, run: string, finding: string): RunEntry | null {
  const named = (name: string | undefined) => report.runs.find((entry) => entry.run === name);
  const linked = report.findings.find((item) => item.fingerprint === finding)?.run;
  const worst = [...report.findings].sort(worstFirst)[0]?.run;
  return named(run) ?? named(linked) ?? named(worst) ?? report.runs[0] ?? null;
}

/** The tags that a regular expression, or where it is none the plain text, is found in. */
export function matcher(filter: string): (tag: string) => boolean {
  if (!filter) return () => true;
  try {
    const pattern = new RegExp(filter, "i");
    return (tag) => pattern.test(tag);
  } catch {
    return (tag) => tag.toLowerCase().includes(filter.toLowerCase());
  }
}

/** The steps at which a finding is active on a tag; null when the tag is none of its own. */
export function spanOn(finding: Finding | null, tag: string): StepSpan | null {
  if (!finding?.tags.includes(tag)) return null;
  const spans = finding.spans.filter((span) => span.tag === tag);
  if (!spans.length) return [finding.first_step, finding.last_step];
  return [min(...spans.map((span) => span.first_step)), max(...spans.map((span) => span.last_step))];
}

/** The evidence a finding was judged by: the first that reaches its threshold, where one of several is enough. */
export const leadEvidence = ({ evidence }: Finding): Evidence | null =>
  evidence.find(reached) ?? evidence.find((row) => row.threshold != null) ?? evidence[0] ?? null;

/** Rules of a run by how they ended: some came to a verdict, some had nothing to judge, some failed. */
export function outcomes(coverage: readonly Coverage[]): { ran: Coverage[]; waiting: Coverage[]; failed: Coverage[] } {
  const judged = (row: Coverage) => row.found + row.clear > 0;
  return {
    ran: coverage.filter(judged),
    waiting: coverage.filter((row) => !judged(row) && row.error === 0),
    failed: coverage.filter((row) => row.error > 0),
  };
}

/** The titles of rules, in one line. */
export const ruleNames = (rows: readonly Pick<Coverage, "rule">[], rules: ReadonlyMap<string, RuleDoc>): string =>
  rows.map(({ rule }) => rules.get(rule)?.title ?? rule).join(", ");

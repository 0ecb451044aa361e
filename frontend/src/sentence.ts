/** The verdict and the places of findings as sentences. Pure. */
import { layersText, lowerFirst, plural, SEVERITIES } from "./format";
import { stepWords, whole } from "./draw/numbers";
import { outcomes, type Card, type RunView } from "./model";
import type { Finding, Progress, Severity } from "./report";

export interface Verdict {
  readonly counts: readonly { severity: Severity; text: string }[];
  /** Everything is fine: the word stands in the place of the counts. */
  readonly clear: boolean;
  readonly rest: string;
}

const NOUN: Record<Severity, string> = { error: "error", warning: "warning", info: "note" };

/** "from step 800", or "all steps" for what was so from the first record on. */
export const since = (finding: Finding, first: number): string =>
  finding.first_step <= first ? "all steps" : `from ${stepWords(finding.first_step)}`;

/** Its layers, or where it names none its tensors. */
export const where = ({ layers, tags }: Finding): string => layersText(layers.length ? layers : tags);

/** "dead units in wide/fc2 from step 3,400" */
function worstThing(card: Card, view: RunView): string {
  const finding = card.findings[0]!;
  const layers = new Set(card.findings.filter((one) => one.rule === finding.rule).flatMap((other) => other.layers));
  const more = layers.size - finding.layers.length;
  const place = more ? `${where(finding)} and ${plural(more, "more layer")}` : where(finding);
  const when = finding.first_step <= view.domain[0] ? "" : ` from ${stepWords(finding.first_step)}`;
  const cause = card.group.title === finding.title ? "" : ` (${lowerFirst(card.group.title)})`;
  const title = lowerFirst(finding.title);
  return `${title}${place && !title.includes(place) ? ` in ${place}` : ""}${when}${cause}`;
}

/** "312 of 5,000 tensors." */
export const judgedOf = ({ judged, total }: Progress): string => `${whole(judged)} of ${plural(total, "tensor")}.`;

export function verdict(view: RunView, progress: Progress): Verdict {
  const busy = progress.judged < progress.total;
  const counts = SEVERITIES.map((severity) => {
    const count = view.findings.filter((finding) => finding.severity === severity).length;
    return { severity, count, text: plural(count, NOUN[severity]) };
  }).filter((one) => one.count > 0);
  const total = view.series.length;
  if (!counts.length) {
    const { ran } = outcomes(view.coverage);
    const rest = busy
      ? `so far: judged ${judgedOf(progress)}`
      : `in ${plural(total, "tensor")}: ${whole(ran.length)} of ${plural(view.coverage.length, "rule")} looked at every record of this run.`;
    return { counts, clear: true, rest };
  }
  const struck = view.series.filter((one) => view.worst.has(one.tag)).length; // a finding may be about the loss alone
  const sick = `${struck ? `in ${whole(struck)} of` : "beside"} ${plural(total, "tensor")}`;
  const things = view.cards.slice(0, 2).map((card) => worstThing(card, view));
  return { counts, clear: false, rest: `${busy ? "so far, " : ""}${sick}: ${things.join(", and ")}.` };
}

export const verdictText = ({ counts, clear, rest }: Verdict): string =>
  [clear ? "Nothing found" : counts.map((count) => count.text).join(", "), rest].join(" ");

/** "deep/fc1 … fc3 · from step 100" */
export const whereAndSince = (finding: Finding, first: number): string =>
  [where(finding), since(finding, first)].filter(Boolean).join(" · ");

/** "steps 0–5,900, 60 records"; sentences call an epoch a step, so that it is said here. */
export function stepsText({ run: { records, first_step, last_step, steps_are_epochs } }: RunView): string {
  if (first_step == null || last_step == null) return "";
  const steps = first_step === last_step ? stepWords(first_step) : `steps ${whole(first_step)}–${whole(last_step)}`;
  return `${steps}${steps_are_epochs ? " (epochs)" : ""}, ${plural(records, "record")}`;
}

/** "36 of 41 rules ran" */
export function coverageText({ coverage }: RunView): string {
  const { ran, failed } = outcomes(coverage);
  const all = new Set(coverage.map((row) => row.rule)).size;
  if (!all) return "";
  const parts = [`${ran.length} of ${plural(all, "rule")} ran`];
  if (failed.length) parts.push(`${failed.length} failed`);
  return parts.join(", ");
}

/** How many are judged where it is not all of them; while measuring goes on, the verdict says it. */
export function judgedText({ series }: RunView, { judged, total }: Progress): string {
  const count = series.filter((entry) => entry.judged).length;
  return judged < total || count === series.length ? "" : `${whole(count)} of ${plural(series.length, "tensor")} judged`;
}

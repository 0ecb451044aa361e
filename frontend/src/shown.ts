/** What of the report is on the page: one run, with the muted findings set aside. Pure. */
import { chooseRun, viewRun, type RunView } from "./model";
import { quiet, type Mutes } from "./mute";
import type { Finding, Report } from "./report";
import type { Link } from "./state";

export interface Shown {
  /** The report as it came, and without what is muted. */
  readonly raw: Report;
  readonly report: Report;
  readonly mutes: Mutes;
  readonly view: RunView;
  /** The findings of the run that are muted. */
  readonly muted: readonly Finding[];
}

/** What a link shows of a report; `before` itself where nothing has changed, null where there is no run. */
export function shownOf(raw: Report, { run: named, finding }: Link, mutes: Mutes, before: Shown | null): Shown | null {
  const run = chooseRun(raw, named, finding);
  if (!run) return null;
  if (before?.raw === raw && before.mutes === mutes && before.view.run.run === run.run) return before;
  const { report, muted } = quiet(raw, mutes);
  return { raw, report, mutes, view: viewRun(report, run), muted: muted.filter((finding) => finding.run === run.run) };
}

/** The runs to compare with, but those that are gone. */
export const otherRuns = ({ report, view }: Shown, { with: others }: Link): string[] =>
  others.filter((other) => other !== view.run.run && report.runs.some((one) => one.run === other));

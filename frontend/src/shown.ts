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

/** The run to compare with; "" for none and for one that is gone. */
export const otherRun = ({ report, view }: Shown, { with: other }: Link): string =>
  report.runs.find(({ run }) => run === other && run !== view.run.run)?.run ?? "";

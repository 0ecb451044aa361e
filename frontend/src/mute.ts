/** What a reader has muted in a log: single findings and whole rules. Muted findings are set aside, never dropped. */
import { worse } from "./format";
import type { Finding, Group, Report } from "./report";

export interface Mutes {
  /** Fingerprints. */
  readonly findings: readonly string[];
  readonly rules: readonly string[];
}

export const NONE: Mutes = { findings: [], rules: [] };

/** A change: this finding or rule is to be muted, or no longer. */
export interface MuteEvent {
  readonly kind: keyof Mutes;
  readonly name: string;
  readonly on: boolean;
}

/** The report without the muted findings, and those. */
export function quiet(report: Report, mutes: Mutes): { report: Report; muted: Finding[] } {
  const isMuted = ({ fingerprint, rule }: Finding) => mutes.findings.includes(fingerprint) || mutes.rules.includes(rule);
  const muted = report.findings.filter(isMuted);
  if (!muted.length) return { report, muted };
  const findings = report.findings.filter((finding) => !isMuted(finding));
  const byPrint = new Map(report.findings.map((finding) => [finding.fingerprint, finding]));
  const groups = report.groups.flatMap((group) => {
    const members = group.fingerprints.flatMap((print) => byPrint.get(print) ?? []);
    return members.some(isMuted) ? regroup(group, members, members.filter((finding) => !isMuted(finding))) : [group];
  });
  return { report: { ...report, findings, groups }, muted };
}

/** A group with some members gone: as bad as the others, and named after them unless its name is the cause of several. */
function regroup(group: Group, before: readonly Finding[], members: readonly Finding[]): Group[] {
  const lead = members[0];
  if (!lead) return [];
  const shared = members.some((one) => one.rule !== lead.rule) && before.every((one) => one.title !== group.title);
  return [
    {
      ...group,
      title: shared ? group.title : lead.title,
      severity: members.reduce((worst, { severity }) => worse(worst, severity), lead.severity),
      fingerprints: members.map((one) => one.fingerprint),
    },
  ];
}

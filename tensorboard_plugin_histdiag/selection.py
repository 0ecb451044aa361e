"""Which rules were asked for: pure functions from a report to a smaller one."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence

import msgspec

from .finding import Finding, Severity
from .report import Group, Report


def nearest(name: str, known: Collection[str]) -> str | None:
    """Return the known name that was probably meant."""
    close = difflib.get_close_matches(name.lower().replace("_", "-"), sorted(known), n=1)
    return close[0] if close else None


def narrow(report: Report, *, select: Collection[str] = (), ignore: Collection[str] = ()) -> Report:
    """Keep what the selected rules say, without what the ignored ones say.

    Parameters
    ----------
    report
        A whole report.
    select
        Rules to keep; all where empty.
    ignore
        Rules to leave out, also from those selected.

    Returns
    -------
    Report
        Findings, groups and coverage of these rules only, with a message that says so. Readings and series stay.
    """
    if not select and not ignore:
        return report

    def asked(rule: str) -> bool:
        return (not select or rule in select) and rule not in ignore

    kept = [finding for finding in report.findings if asked(finding.rule)]
    prints = {finding.fingerprint: finding for finding in kept}
    findings = tuple(
        msgspec.structs.replace(finding, explained_by=tuple(p for p in finding.explained_by if p in prints))
        for finding in kept
    )
    groups = tuple(
        _regroup(group, [prints[p] for p in group.fingerprints if p in prints])
        for group in report.groups
        if any(p in prints for p in group.fingerprints)
    )
    said = [f"Only the rules {', '.join(sorted(select))} were asked for."] if select else []
    said += [f"Left out as asked: {', '.join(sorted(ignore))}."] if ignore else []
    return msgspec.structs.replace(
        report,
        findings=findings,
        groups=groups,
        coverage=tuple(row for row in report.coverage if asked(row.rule)),
        messages=(*report.messages, *said),
    )


def _regroup(group: Group, members: Sequence[Finding]) -> Group:
    """Shrink a group to the members that stay; it is as bad as the worst of them."""
    if len(members) == len(group.fingerprints):
        return group
    return msgspec.structs.replace(
        group,
        # A title that names the cause no longer fits where the leading finding has gone.
        title=group.title if members[0].fingerprint == group.fingerprints[0] else members[0].title,
        severity=min((member.severity for member in members), key=lambda severity: severity.rank),
        fingerprints=tuple(member.fingerprint for member in members),
    )


def reaches(report: Report, level: str) -> bool:
    """Tell whether a finding is at least as severe as ``level``, which "never" is not."""
    return level != "never" and any(finding.severity.rank <= Severity(level).rank for finding in report.findings)

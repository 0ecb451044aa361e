"""The report for people, in a terminal or in the log of a build."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ..finding import Evidence, Finding, Severity
from ..report import Group, Report, RunEntry
from . import words
from .coverage import coverage
from .page import Page, Paper

CLEAN = 10
"""Runs without findings that are named."""
_COLUMN = 10


def render(
    report: Report,
    paper: Paper = Paper(),  # noqa: B008 (frozen)
    *,
    verbose: bool = False,
    known: Collection[str] = (),
) -> str:
    """Write the verdict, the findings by run and group, and what was checked.

    Parameters
    ----------
    report
        What `diagnose` returned.
    paper
        Width, colour and encoding.
    verbose
        Show every tag and every finding in full, and the reading of each series.
    known
        Fingerprints of findings that a baseline holds already.
    """
    page = Page(paper)
    page.add((words.verdict(report), "bold"))
    if report.progress.judged < report.progress.total:
        page.add(f"Not complete: {report.progress.judged:,} of {report.progress.total:,} tensors are judged.")
    for message in report.messages:
        page.add("- ", words.prose(message), hang=2)
    if report.configuration.source != "defaults":
        page.add(f"Configuration: {report.configuration.source}. {report.configuration.text}")
    sick = {finding.run for finding in report.findings}
    for run in sorted(report.runs, key=lambda run: _worst(report, run)):
        if run.run in sick or verbose:
            _run(page, report, run, verbose, known)
    if not verbose:
        _clean(page, report, [run for run in report.runs if run.run not in sick])
    page.blank()
    coverage(page, report, verbose)
    page.blank()
    if report.findings:
        page.add("Certain: true whatever the values inside the buckets are. Likely: true on the best estimate.")
        page.add(f"More on a rule: histdiag explain {report.findings[0].rule}")
    if not verbose:
        page.add("The reading of each tensor: --verbose")
    if report.findings:
        # Once more, for a terminal and the log of a build show the end.
        page.blank()
        page.add((words.verdict(report), "bold"))
    return str(page)


def one(
    report: Report,
    finding: Finding,
    paper: Paper = Paper(),  # noqa: B008 (frozen)
    *,
    verbose: bool = False,
    known: Collection[str] = (),
) -> str:
    """Write a single finding in full."""
    page = Page(paper)
    run = next((run for run in report.runs if run.run == finding.run), None)
    _finding(page, report, run, finding, indent=0, verbose=verbose, known=known)
    return str(page)


def _worst(report: Report, run: RunEntry) -> int:
    """Rank the run by its worst finding: 0 for an error, most for none."""
    return min((finding.severity.rank for finding in report.findings if finding.run == run.run), default=len(Severity))


def _run(page: Page, report: Report, run: RunEntry, verbose: bool, known: Collection[str]) -> None:
    page.blank()
    page.add("Run ", (page.name(run.run, 4), "bold"))
    page.add(words.verdict_on_run(report, run), indent=2)
    findings = {finding.fingerprint: finding for finding in report.findings if finding.run == run.run}
    grouped: set[str] = set()
    for group in report.groups:
        members = [findings[print_] for print_ in group.fingerprints if print_ in findings]
        if group.run == run.run and members:
            _group(page, report, run, group, members, verbose, known)
            grouped.update(group.fingerprints)
    for print_, finding in findings.items():
        if print_ not in grouped:
            _finding(page, report, run, finding, indent=2, verbose=verbose, known=known)
    if verbose:
        _readings(page, report, run)


def _clean(page: Page, report: Report, runs: Sequence[RunEntry]) -> None:
    """Write one paragraph on each run in which nothing was found, and count those beyond a few."""
    page.blank()
    for run in runs[:CLEAN]:
        said = words.verdict_on_run(report, run)
        page.add("Run ", (page.name(run.run, 5), "bold"), f": {said[0].lower()}{said[1:]}", hang=2)
    if len(runs) > CLEAN:
        page.add(f"And {words.count(len(runs) - CLEAN, 'more run')} without findings: --verbose has them all")


def _group(
    page: Page,
    report: Report,
    run: RunEntry,
    group: Group,
    members: Sequence[Finding],
    verbose: bool,
    known: Collection[str],
) -> None:
    """Write the leading finding in full; of the others what differs from it."""
    if len(members) == 1:
        _finding(page, report, run, members[0], indent=2, verbose=verbose, known=known)
        return
    page.blank()
    title, size = words.prose(group.title), words.count(len(members), "finding")
    page.add(_sign(group.severity), "  ", (title, "bold"), f" ({size})", indent=2, hang=2)
    explained: set[str] = set()
    also: list[Finding] = []
    for finding in members:
        if verbose or finding.rule not in explained:
            # One likely cause needs one advice: that of the finding that leads.
            leader = members[0] if explained and not verbose else None
            _finding(page, report, run, finding, indent=4, verbose=verbose, known=known, leader=leader)
        else:
            also.append(finding)
        explained.add(finding.rule)
    if also:
        page.blank()
        page.add("Likewise:", indent=4)
    for finding in also:
        _brief(page, run, finding, indent=4, known=known)


def _sign(severity: Severity) -> tuple[str, str]:
    return f"{words.SIGN[severity]} {words.WORD[severity]}", words.STYLE[severity]


def _finding(
    page: Page,
    report: Report,
    run: RunEntry | None,
    finding: Finding,
    *,
    indent: int,
    verbose: bool,
    known: Collection[str] = (),
    leader: Finding | None = None,
) -> None:
    """Write one finding in full, but for what its ``leader`` has said already: the cause and what to try."""
    page.blank()
    title, sure = words.prose(finding.title), words.sure(finding, known)
    page.add(_sign(finding.severity), "  ", (title, "bold"), f" ({finding.rule}, {sure})", indent=indent, hang=2)
    at = indent + 2
    if finding.layers and finding.layers != finding.tags:
        shown = _some(finding.layers, verbose)
        layers = ", ".join(page.name(layer, at + _COLUMN) for layer in finding.layers[:shown])
        more = f" and {len(finding.layers) - shown:,} more" if shown < len(finding.layers) else ""
        label = "Layers" if len(finding.layers) > 1 else "Layer"
        page.field(label, layers, more, indent=at, column=_COLUMN)
    _tags(page, finding, at, verbose)
    page.field("When", words.when(finding, run), indent=at, column=_COLUMN)
    shown = _some(finding.evidence, verbose)
    for place, evidence in enumerate(finding.evidence[:shown]):
        _evidence(page, run, finding, evidence, "" if place else "Measured", at)
    if shown < len(finding.evidence):
        page.field("", f"and {len(finding.evidence) - shown:,} more", indent=at, column=_COLUMN)
    page.field("What", words.prose(finding.explanation or finding.summary), indent=at, column=_COLUMN)
    all_findings = report.findings if finding.explained_by else ()
    causes = [other for other in all_findings if other.fingerprint in finding.explained_by and other != leader]
    if causes:
        named = list(dict.fromkeys(f"{words.prose(other.title)} ({other.rule})" for other in causes))
        page.field("Because", "probably a consequence of: ", words.listed(named), indent=at, column=_COLUMN)
    for place, advice in enumerate(() if leader else finding.advice):
        page.field("" if place else "Try", "- ", words.prose(advice), indent=at, column=_COLUMN)
    for place, reference in enumerate(finding.references if verbose else ()):
        page.field("" if place else "Sources", "- ", words.prose(reference), indent=at, column=_COLUMN)


def _some(items: Sequence[object], verbose: bool) -> int:
    """Return how many items to show: three, unless all are asked for or one more would do."""
    return len(items) if verbose or len(items) <= 4 else 3


def _tags(page: Page, finding: Finding, indent: int, verbose: bool) -> None:
    """Write the tags one a line: any character, also a comma or a space, may be in them."""
    shown = _some(finding.tags, verbose)
    for place, tag in enumerate(finding.tags[:shown]):
        label = "" if place else "Tags" if len(finding.tags) > 1 else "Tag"
        page.field(label, page.name(tag, indent + _COLUMN), indent=indent, column=_COLUMN)
    if shown < len(finding.tags):
        page.field("", f"and {len(finding.tags) - shown:,} more", indent=indent, column=_COLUMN)


def _evidence(page: Page, run: RunEntry | None, finding: Finding, evidence: Evidence, label: str, indent: int) -> None:
    """Write what was measured, where that is not the finding's first tag, and what it was compared with."""
    elsewhere = evidence.tag and evidence.tag not in finding.tags[:1]
    limit = words.threshold(evidence)
    page.field(
        label,
        words.prose(evidence.label or evidence.metric),
        ": ",
        (words.measured(evidence), "bold"),
        f" on {page.name(evidence.tag, indent + _COLUMN)}" if elsewhere else "",
        "" if evidence.step is None else f" at {words.steps(evidence.step, evidence.step, run)}",
        f"; {limit}" if limit else "",
        indent=indent,
        column=_COLUMN,
    )


def _brief(page: Page, run: RunEntry, finding: Finding, *, indent: int, known: Collection[str]) -> None:
    """Write in a line or two where, since when, how much."""
    where = page.name(finding.tags[0], indent + 2) if finding.tags else finding.rule
    first = [f"{words.prose(one.label or one.metric)} {words.measured(one)}" for one in finding.evidence[:1]]
    said = ", ".join([words.when(finding, run), *first, words.sure(finding, known)])
    page.add("- ", (where, "bold"), f": {said}", indent=indent, hang=2)


def _readings(page: Page, report: Report, run: RunEntry) -> None:
    roles = {entry.tag: entry.role for entry in report.series if entry.run == run.run}
    readings = [reading for reading in report.readings if reading.run == run.run]
    if readings:
        page.blank()
        page.add(("Readings", "bold"), indent=2)
    for reading in readings:
        role = roles.get(reading.tag, "")
        page.add((page.name(reading.tag, 30), "bold"), (f" ({role})" if role else "", "dim"), indent=4)
        page.add(words.prose(reading.text), indent=6)

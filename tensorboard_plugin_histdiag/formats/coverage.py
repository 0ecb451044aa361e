"""What was checked, what was not, and why: the end of the text report."""

from __future__ import annotations

from ..report import Coverage, Report
from . import words
from .page import Page

_NAMES = {"loss": "the loss (a scalar)"}


def in_short(report: Report) -> str:
    """Say how many rules ran, did not apply and failed."""
    ran = words.came_to_a_verdict(report.coverage)
    failed = {row.rule for row in report.coverage if row.error}
    nowhere = {row.rule for row in _idle(report)} - {*ran, *failed}
    return f"{words.count(len(ran), 'rule')} ran, {len(nowhere):,} did not apply, {len(failed):,} failed."


def _idle(report: Report) -> list[Coverage]:
    return [row for row in report.coverage if not row.found + row.clear + row.error]


def coverage(page: Page, report: Report, verbose: bool) -> None:
    """Write how many rules ran, which did not apply and why, which failed, and what is not logged."""
    idle = _idle(report)
    page.add(("What was checked", "bold"))
    page.add(in_short(report), indent=2)
    if verbose:
        _outcomes(page, report)
    for row in report.coverage:
        if row.error:
            why = "; ".join(words.prose(reason.reason) for reason in row.reasons)
            page.add("- ", (f"{row.rule} failed on run {page.name(row.run, 40)}: {why}", "red"), indent=2, hang=2)
    if idle:
        page.add("Not applicable", indent=2)
    for reason, rules, runs in _reasons(report, idle):
        some = f" (in {len(runs):,} of {words.count(len(report.runs), 'run')})" if len(runs) < len(report.runs) else ""
        page.add("- ", f"{reason}: {', '.join(rules)}{some}", indent=4, hang=2)
    _not_logged(page, report)


def _outcomes(page: Page, report: Report) -> None:
    """Write how often each rule found something, found nothing or did not apply: on series, or on runs."""
    for rule in words.came_to_a_verdict(report.coverage):
        rows = [row for row in report.coverage if row.rule == rule]
        found, clear = sum(row.found for row in rows), sum(row.clear for row in rows)
        idle = sum(row.not_applicable for row in rows)
        page.add("- ", f"{rule}: {found:,} found, {clear:,} clear, {idle:,} not applicable", indent=2, hang=2)


def _reasons(report: Report, idle: list[Coverage]) -> list[tuple[str, list[str], list[str]]]:
    """Bring together the rules that did not apply to the same runs for the same reason."""
    of_rule: dict[tuple[str, str], list[str]] = {}
    for row in idle:
        reason = max(row.reasons, key=lambda reason: reason.count).reason if row.reasons else "for no stated reason"
        of_rule.setdefault((row.rule, words.prose(reason)), []).append(row.run)
    together: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (rule, reason), runs in of_rule.items():
        together.setdefault((reason, tuple(runs)), []).append(rule)
    return [(reason, rules, list(runs)) for (reason, runs), rules in together.items()]


def _not_logged(page: Page, report: Report) -> None:
    lacking: dict[tuple[str, ...], list[str]] = {}
    for run in report.runs:
        if run.missing:
            lacking.setdefault(run.missing, []).append(run.run)
    if lacking:
        page.add("Not logged (the README shows how; more rules apply then)", indent=2)
    for missing, runs in lacking.items():
        names = [page.name(run, 40) for run in runs[:3]] + ([f"{len(runs) - 3:,} more"] if len(runs) > 3 else [])
        where = "" if len(runs) == len(report.runs) else f" in {words.listed(names)}"
        page.add("- ", f"{words.listed([_NAMES.get(name, name) for name in missing])}{where}", indent=4, hang=2)

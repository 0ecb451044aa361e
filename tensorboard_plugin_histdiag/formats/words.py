"""Counts, lists and figures in words, and the one-sentence verdict."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence

from ..finding import Comparison, Evidence, Finding, Severity
from ..report import Coverage, Report, RunEntry, SeriesEntry

WORD = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
SIGN = {Severity.ERROR: "✗", Severity.WARNING: "▲", Severity.INFO: "●"}
STYLE = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.INFO: "bold cyan"}


_SHARES = ("share", "fraction")


def number(value: float, unit: str = "") -> str:
    """Write a figure with three digits, which is more than buckets warrant; a share in percent."""
    if unit in _SHARES:
        # Never 100 % unless it is all.
        return f"{min(100 * value, 99.9) if value < 1 else 100 * value:.3g} %"
    size = abs(value)
    if size < 1e6 and (value.is_integer() or size >= 999.5):
        return f"{value:,.0f}"
    if 1e-3 <= size < 1e6 or not math.isfinite(value):
        return f"{value:.3g}"
    mantissa, exponent = f"{value:.2e}".split("e")
    return f"{float(mantissa):g}e{int(exponent)}"


def count(amount: int, word: str) -> str:
    """Write "1 error" or "2 errors"; the plural of "series" is "series"."""
    return f"{amount:,} {word}{'' if amount == 1 or word.endswith('series') else 's'}"


def listed(words: Sequence[str]) -> str:
    """Join words as in "a, b and c"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def prose(text: str) -> str:
    """Put a text onto one line."""
    return " ".join(text.split())


def severities(findings: Iterable[Finding]) -> str:
    """Count findings by severity: "2 errors and 1 note"."""
    of = [finding.severity for finding in findings]
    return listed([count(of.count(severity), WORD[severity]) for severity in Severity if severity in of])


def sure(finding: Finding, known: Collection[str] = ()) -> str:
    """Say how sure a finding is, and whether a baseline holds it already."""
    return f"{finding.strength.value}{', known' if finding.fingerprint in known else ''}"


def came_to_a_verdict(coverage: Iterable[Coverage]) -> list[str]:
    """Name the rules that found something, or that found nothing, on at least one series."""
    return list(dict.fromkeys(row.rule for row in coverage if row.found + row.clear))


def verdict(report: Report) -> str:
    """Say the verdict on the whole log."""
    return _verdict(report.findings, report.series, report.coverage, f" in {count(len(report.runs), 'run')}")


def verdict_on_run(report: Report, run: RunEntry) -> str:
    """Say the verdict on one run, and the steps that it covers."""
    return _verdict(
        [finding for finding in report.findings if finding.run == run.run],
        [entry for entry in report.series if entry.run == run.run],
        [row for row in report.coverage if row.run == run.run],
        f", {steps(run.first_step, run.last_step, run)}",
    )


def _verdict(
    findings: Sequence[Finding], series: Sequence[SeriesEntry], coverage: Sequence[Coverage], where: str
) -> str:
    """Say in one sentence what was found, or what was checked without finding anything."""
    rules, tensors = came_to_a_verdict(coverage), f"{count(len(series), 'tensor')}{where}"
    if findings:
        # A finding may be about the loss alone: no tensor then is struck.
        sick = {(finding.run, tag) for finding in findings for tag in finding.tags}
        sick &= {(entry.run, entry.tag) for entry in series}
        return f"{severities(findings)} {f'on {len(sick):,} of' if sick else 'beside'} {tensors}."
    if not rules:
        reasons = [entry.why_not for entry in series if entry.why_not]
        why = f": {max(reasons, key=reasons.count)}" if reasons else ""
        return f"No rule could judge {tensors}{why}."
    judged = sum(entry.judged for entry in series)
    some = f"{judged:,} of " if judged < len(series) else ""
    return f"Nothing found; {count(len(rules), 'rule')} ran on {some}{tensors}."


def steps(first: int | None, last: int | None, run: RunEntry | None = None) -> str:
    """Write "steps 0 to 1,200", or "steps 0 to 9 (epochs)" of a run whose steps are epochs."""
    if first is None or last is None:
        return "no steps"
    epochs = " (epochs)" if run is not None and run.steps_are_epochs else ""
    return (f"step {first:,}" if first == last else f"steps {first:,} to {last:,}") + epochs


def when(finding: Finding, run: RunEntry | None) -> str:
    """Write since when a finding holds, and whether it still does at the end of its run."""
    if finding.first_step == finding.last_step:
        return f"at {steps(finding.first_step, finding.last_step)}"
    if run is None or run.last_step is None or finding.last_step < run.last_step:
        return steps(finding.first_step, finding.last_step)
    return f"since {steps(finding.first_step, finding.first_step)}, to the last record"


def measured(evidence: Evidence) -> str:
    """Write the measured value with its bounds."""
    if evidence.value is None:
        return evidence.word or "nothing"
    unit = f" {evidence.unit}" if evidence.unit and evidence.unit not in _SHARES else ""
    return f"{number(evidence.value, evidence.unit)}{_bounds(evidence)}{unit}"


def _bounds(evidence: Evidence) -> str:
    """Write what the buckets prove; nothing where that is the value itself, or nothing."""
    low, high = (None if end is None else number(end, evidence.unit) for end in (evidence.low, evidence.high))
    if low == high or (None in (low, high) and evidence.value in (evidence.low, evidence.high)):
        return ""
    if high is None:
        return f" (at least {low})"
    return f" (at most {high})" if low is None else f" ({low} to {high})"


def threshold(evidence: Evidence) -> str:
    """Write what the value was compared with."""
    if evidence.threshold is None:
        return ""
    word = {Comparison.OVER: "over", Comparison.UNDER: "under", Comparison.EQUAL: "equal to"}[evidence.comparison]
    return f"{word} the threshold of {number(evidence.threshold, evidence.unit)}"

"""What has changed from one report to the next, a line each."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ..finding import Finding
from ..report import Report
from . import words
from .names import printable, shorten

MOST = 20
"""Findings of a look that are named; the worst come first."""


def changes(before: Report | None, after: Report, known: Collection[str] = ()) -> list[str]:
    """Say how far the log has come, what is wrong with it, what is found now and what no longer is.

    Parameters
    ----------
    before
        The report before, if there was one.
    after
        The report of what is there now.
    known
        Fingerprints of findings that a baseline holds already.
    """
    was = {} if before is None else {one.fingerprint: one for one in before.findings}
    now = {one.fingerprint: one for one in after.findings}
    steps = [run.last_step for run in after.runs if run.last_step is not None]
    reached = f"To step {max(steps):,}: " if steps else ""
    lines = [f"{reached}{words.verdict(after)}"]
    told = () if before is None else before.messages
    lines += [words.prose(message) for message in after.messages if message not in told]
    new = [one for print_, one in now.items() if print_ not in was or was[print_].severity != one.severity]
    gone = [one for print_, one in was.items() if print_ not in now]
    lines += [_new(finding, known) for finding in new[:MOST]] + _more(new)
    lines += [f"✓ no longer  {_named(finding)} ({finding.rule})" for finding in gone[:MOST]] + _more(gone)
    return lines


def _more(findings: Sequence[Finding]) -> list[str]:
    return [f"and {len(findings) - MOST:,} more"] if len(findings) > MOST else []


def _new(finding: Finding, known: Collection[str]) -> str:
    sign = f"{words.SIGN[finding.severity]} {words.WORD[finding.severity]}"
    sure = words.sure(finding, known)
    return f"{sign}  {_named(finding)} ({finding.rule}, {sure}), since step {finding.first_step:,}"


def _named(finding: Finding) -> str:
    more = f" and {len(finding.tags) - 1:,} more" if len(finding.tags) > 1 else ""
    tags = f" on {_name(finding.tags[0])}{more}" if finding.tags else ""
    return f"{words.prose(finding.title)}{tags} of run {_name(finding.run or '.')}"


def _name(name: str) -> str:
    return shorten(printable(name), 80)

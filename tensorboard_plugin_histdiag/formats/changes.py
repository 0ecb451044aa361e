"""What has changed from one report to the next, a line each."""

from __future__ import annotations

from collections.abc import Collection

from ..finding import Finding
from ..report import Report
from . import words


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
    for fingerprint, finding in now.items():
        if fingerprint not in was or was[fingerprint].severity != finding.severity:
            sign = f"{words.SIGN[finding.severity]} {words.WORD[finding.severity]}"
            since = f"since step {finding.first_step:,}"
            lines.append(f"{sign}  {_named(finding)} ({finding.rule}, {words.sure(finding, known)}), {since}")
    lines += [f"✓ no longer  {_named(one)} ({one.rule})" for print_, one in was.items() if print_ not in now]
    return lines


def _named(finding: Finding) -> str:
    more = f" and {len(finding.tags) - 1:,} more" if len(finding.tags) > 1 else ""
    tags = f" on {finding.tags[0]}{more}" if finding.tags else ""
    return f"{words.prose(finding.title)}{tags} of run {finding.run or '.'}"

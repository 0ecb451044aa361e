"""Names as people type them, and severities as they ask for them."""

from __future__ import annotations

import difflib
from collections.abc import Collection

from .finding import Severity
from .report import Report


def nearest(name: str, known: Collection[str]) -> str | None:
    """Return the known name that was probably meant."""
    plain = {one.replace("_", "-"): one for one in sorted(known)}
    close = difflib.get_close_matches(name.lower().replace("_", "-"), plain, n=1)
    return plain[close[0]] if close else None


def reaches(report: Report, level: str) -> bool:
    """Tell whether a finding is at least as severe as ``level``, which "never" is not."""
    return level != "never" and any(finding.severity.rank <= Severity(level).rank for finding in report.findings)

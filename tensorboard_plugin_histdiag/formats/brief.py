"""A diagnosis in a few lines, as Python prints it."""

from __future__ import annotations

from collections.abc import Sequence

from ..finding import Finding
from .names import printable
from .words import WORD

_WORST = 5
"""Findings told; of more, how many."""


def in_short(verdict: str, findings: Sequence[Finding], *, with_run: bool) -> str:
    """Put a verdict above the worst findings, a line each."""
    lines = [verdict]
    for finding in findings[:_WORST]:
        place = [finding.run] * with_run + list(finding.tags[:1])
        lines.append(f"  {WORD[finding.severity]:7}  {printable('  '.join(place))}  {finding.title}")
    if len(findings) > _WORST:
        lines.append(f"  and {len(findings) - _WORST:,} more")
    return "\n".join(lines)

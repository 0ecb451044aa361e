"""Findings with one likely cause stand together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from .finding import Finding
from .report import Group

CAUSES: tuple[tuple[str, frozenset[str]], ...] = (
    ("Gradient starvation", frozenset({"vanishing-gradients", "no-gradient", "dead-units", "saturated-activations"})),
    (
        "Instability, likely the learning rate",
        frozenset(
            {
                "exploding-gradients",
                "gradient-spikes",
                "large-updates",
                "weight-explosion",
                "sudden-shift",
                "non-finite-values",
            }
        ),
    ),
    (
        "Layers that do not learn",
        frozenset({"frozen-weights", "stopped-learning", "only-last-layer-learns", "small-updates"}),
    ),
)
"""Families of rules that are symptoms of one fault, with the title of their card."""


def group(findings: Iterable[Finding]) -> Iterator[Group]:
    """Join findings of one run that share a rule, an explanation or a family of causes.

    Yields
    ------
    Group
        Worst and earliest first; the leading finding is one that nothing else explains.
    """
    parts: list[list[Finding]] = []
    for finding in findings:
        joined = [part for part in parts if any(_together(finding, other) for other in part)]
        parts = [part for part in parts if part not in joined]
        parts.append([*(other for part in joined for other in part), finding])
    for part in sorted(parts, key=lambda part: min(map(_rank, part))):
        members = sorted(part, key=lambda member: (bool(member.explained_by), _rank(member)))
        yield Group(
            run=members[0].run,
            kind="rule" if len({member.rule for member in members}) == 1 else "cause",
            title=_title(members),
            severity=min((member.severity for member in members), key=lambda severity: severity.rank),
            fingerprints=tuple(member.fingerprint for member in members),
        )


def _together(one: Finding, other: Finding) -> bool:
    return (
        one.rule == other.rule
        or one.fingerprint in other.explained_by
        or other.fingerprint in one.explained_by
        or any(one.rule in rules and other.rule in rules for _, rules in CAUSES)
    )


def _rank(finding: Finding) -> tuple[int, int]:
    return finding.severity.rank, finding.first_step


def _title(members: Sequence[Finding]) -> str:
    rules = {member.rule for member in members}
    if len(rules) > 1:
        for title, family in CAUSES:
            if len(rules & family) > 1 and members[0].rule in family:
                return title
    return members[0].title

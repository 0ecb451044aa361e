"""Findings with one likely cause stand together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from .finding import Finding
from .report import Group

CAUSES: tuple[tuple[str, frozenset[str]], ...] = (
    (
        "Gradient starvation",
        frozenset(
            {
                "no-gradient",
                "vanishing-gradients",
                "gradient-underflow",
                "dead-units",
                "saturated-activations",
                "activation-collapse",
            }
        ),
    ),
    (
        "Instability, likely the learning rate",
        frozenset(
            {
                "non-finite-values",
                "loss-not-finite",
                "loss-diverging",
                "exploding-gradients",
                "gradient-spikes",
                "large-updates",
                "weight-explosion",
                "activation-explosion",
                "sudden-shift",
                "oscillating-weights",
            }
        ),
    ),
    (
        "Layers that do not learn",
        frozenset({"frozen-weights", "stopped-learning", "only-last-layer-learns", "small-updates", "still-initial"}),
    ),
    (
        "Parameters that shrink away, likely too strong a penalty",
        frozenset({"weight-collapse", "norm-scale-collapse", "dead-channels"}),
    ),
)
"""Families of rules that are symptoms of one fault, with the title of their card."""
LOST = frozenset({"non-finite-values", "loss-not-finite"})
"""Values are lost for many reasons: of these alone no cause is likelier than another."""


def group(findings: Iterable[Finding]) -> Iterator[Group]:
    """Join findings of one run that share a rule, an explanation or a family of causes.

    A consequence stands with the worst and earliest of its causes only: it may have several, and then must not make
    one card of what has nothing else in common.

    Yields
    ------
    Group
        Worst and earliest first; the leading finding is one that nothing else explains.
    """
    findings = list(findings)
    causes = _leading_causes(findings)
    parts: list[list[Finding]] = []
    for finding in findings:
        joined = [part for part in parts if any(_together(finding, other, causes) for other in part)]
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


def _leading_causes(findings: Sequence[Finding]) -> dict[str, str]:
    """Return the fingerprint of the worst and earliest cause of each finding that has one."""
    known = {finding.fingerprint: finding for finding in findings}
    causes = {
        finding.fingerprint: [known[cause] for cause in finding.explained_by if cause in known] for finding in findings
    }
    return {effect: min(found, key=_rank).fingerprint for effect, found in causes.items() if found}


def _together(one: Finding, other: Finding, causes: Mapping[str, str]) -> bool:
    return (
        one.rule == other.rule
        or one.fingerprint == causes.get(other.fingerprint)
        or other.fingerprint == causes.get(one.fingerprint)
        or any(one.rule in rules and other.rule in rules for _, rules in CAUSES)
    )


def _rank(finding: Finding) -> tuple[int, int]:
    return finding.severity.rank, finding.first_step


def _title(members: Sequence[Finding]) -> str:
    rules = {member.rule for member in members}
    if len(rules) > 1:
        for title, family in CAUSES:
            if len(rules & family) > 1 and members[0].rule in family and not rules <= LOST:
                return title
    return members[0].title

"""Judge one run: call the rules, count their outcomes, find which finding explains which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

import msgspec
import numpy as np

from .bounded import Bools
from .config import Config
from .context import ACTIVATIONS, RunContext
from .finding import Finding, Severity, fingerprint
from .grouping import group
from .report import Coverage, Group, Reason
from .rules import Draft, NotApplicable, Outcome, Rule, RunRule, SeriesRule
from .thresholds import Thresholds


@dataclass(frozen=True)
class Verdicts:
    """What all rules say about one run.

    Attributes
    ----------
    muted
        What the configuration leaves out.
    judged
        bool[S]: some rule came to a verdict on the series.
    why_not
        S entries: the main reason where none did, else "".
    """

    findings: tuple[Finding, ...]
    muted: tuple[Finding, ...]
    groups: tuple[Group, ...]
    coverage: tuple[Coverage, ...]
    judged: Bools
    why_not: tuple[str, ...]


@dataclass
class _Tally:
    """The outcomes of one rule."""

    found: int = 0
    clear: int = 0
    not_applicable: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)


def judge_run(context: RunContext, rules: Sequence[Rule], config: Config) -> Verdicts:
    """Apply every rule to a run; a rule that raises becomes a row of the coverage and costs nobody else's findings."""
    limits = config.thresholds
    judged = np.zeros(len(context.series), dtype=bool)
    reasons: list[Counter[str]] = [Counter() for _ in context.series]
    pairs: list[tuple[Rule, Draft]] = []
    tallies: dict[str, _Tally] = {}
    trends = context.since_break()
    for rule in rules:
        seen = trends if rule.trend else context
        tally = tallies[rule.name] = _Tally()
        if rule.scope == "run":
            drafts = _over_run(rule, seen, limits, tally)
        else:
            drafts = _over_series(rule, seen, limits, tally, judged, reasons)
        for draft in drafts:
            pairs.append((rule, draft))
            for series in draft.series:
                judged[series.index] = True
    # Equals keep this order when findings are ranked: the first layers first.
    pairs.sort(key=lambda pair: _depth(pair[1]))
    findings = [_finish(rule, draft, context, config) for rule, draft in pairs]
    loud = _without_silenced(findings, {rule.name for rule in rules if rule.silences})
    kept = [finding for finding in loud if config.keeps(finding)]
    explained = tuple(_explain(kept, {rule.name: rule for rule in rules}, context))
    return Verdicts(
        findings=explained,
        muted=tuple(finding for finding in loud if not config.keeps(finding)),
        groups=tuple(group(explained)),
        coverage=tuple(
            _coverage(context.run, name, tally) for name, tally in tallies.items() if name not in config.muted_rules
        ),
        judged=judged,
        why_not=tuple(
            "" if judged[index] else _why_not(context, index, counter) for index, counter in enumerate(reasons)
        ),
    )


def _over_run(rule: Rule, context: RunContext, limits: Thresholds, tally: _Tally) -> list[Draft]:
    try:
        outcomes = list(cast(RunRule, rule.function)(context, limits))
    except Exception as error:
        tally.errors[_in_words(error)] += 1
        return []
    drafts = _sorted_out(outcomes, tally)
    if not outcomes:
        tally.clear += 1
    return drafts


def _kinds(roles: Collection[str]) -> str:
    """Name roles in words; "gradient" stands for all kinds of it."""
    kinds = [role for role in roles if "gradient" not in roles or not role.endswith("-gradient")]
    return " or ".join(kind if kind == "pre-activation" else kind.replace("-", " ") for kind in kinds)


def _over_series(
    rule: Rule,
    context: RunContext,
    limits: Thresholds,
    tally: _Tally,
    judged: Bools,
    reasons: list[Counter[str]],
) -> list[Draft]:
    of_role = context.in_roles(*rule.roles) if rule.roles else np.ones(len(context.series), dtype=bool)
    if not of_role.any():
        tally.not_applicable[f"no {_kinds(rule.roles)} is logged"] += 1
        return []
    long_enough = context.metrics.records >= rule.records
    for index in np.flatnonzero(of_role & ~long_enough):
        reason = f"fewer than {rule.records} records"
        tally.not_applicable[reason] += 1
        reasons[index][reason] += 1
    applies = of_role & long_enough
    try:
        candidate = applies & rule.screen(context, limits) if rule.screen else applies
    except Exception as error:
        tally.errors[_in_words(error)] += int(applies.sum())
        return []
    clear = applies & ~candidate
    tally.clear += int(clear.sum())
    judged |= clear
    drafts: list[Draft] = []
    for index in np.flatnonzero(candidate):
        series = context.series[index]
        try:
            outcomes = list(cast(SeriesRule, rule.function)(series, context, limits))
        except Exception as error:
            tally.errors[f"{series.tag}: {_in_words(error)}"] += 1
            continue
        drafts += _sorted_out(outcomes, tally)
        why = [outcome.reason for outcome in outcomes if isinstance(outcome, NotApplicable)]
        reasons[index].update(why)
        if not why:
            judged[index] = True
        if not outcomes:
            tally.clear += 1
    return drafts


def _sorted_out(outcomes: Iterable[Outcome], tally: _Tally) -> list[Draft]:
    drafts: list[Draft] = []
    for outcome in outcomes:
        if isinstance(outcome, NotApplicable):
            tally.not_applicable[outcome.reason] += 1
        else:
            drafts.append(outcome)
            tally.found += 1
    return drafts


def _depth(draft: Draft) -> tuple[str, int]:
    return (draft.series[0].info.network, draft.series[0].order) if draft.series else ("", -1)


def _finish(rule: Rule, draft: Draft, context: RunContext, config: Config) -> Finding:
    documentation = rule.documentation(config.thresholds)
    # A finding about a scalar has no series; its tag stands in the span.
    tags = tuple(dict.fromkeys([*(series.tag for series in draft.series), *(span.tag for span in draft.spans)]))
    return Finding(
        rule=rule.name,
        severity=config.severity(rule.name, draft.severity or rule.severity),
        strength=draft.strength,
        run=context.run,
        tags=tags,
        role=draft.series[0].role if draft.series else "",
        layers=tuple(dict.fromkeys(series.layer for series in draft.series if series.layer)),
        first_step=min(span.first_step for span in draft.spans),
        last_step=max(span.last_step for span in draft.spans),
        evidence=draft.evidence,
        marks=draft.marks,
        spans=tuple(
            msgspec.structs.replace(span, severity=config.severity(rule.name, span.severity)) for span in draft.spans
        ),
        title=draft.title or rule.title,
        summary=draft.summary,
        explanation=draft.explanation,
        advice=draft.advice or documentation.advice,
        references=documentation.references,
        fingerprint=fingerprint(rule.name, context.run, tags[0] if rule.scope == "series" else ""),
        explained_by=(),
    )


def _without_silenced(findings: Sequence[Finding], silencing: set[str]) -> list[Finding]:
    """Drop what is said about a tag from the step on at which a silencing finding begins there.

    A note silences nothing: after an isolated infinity a gradient goes on and may well become zero.
    """
    since = {
        span.tag: span.first_step
        for finding in findings
        if finding.rule in silencing and finding.severity is not Severity.INFO
        for span in finding.spans
    }
    return [
        finding
        for finding in findings
        if finding.rule in silencing
        or any(span.tag not in since or span.first_step < since[span.tag] for span in finding.spans)
    ]


def _explain(findings: Sequence[Finding], rules: dict[str, Rule], context: RunContext) -> Iterator[Finding]:
    """Note on each finding the findings that are its likelier cause."""
    places = {series.layer: (series.info.network, series.order) for series in context.series}
    for finding in findings:
        causes = tuple(
            other.fingerprint
            for other in findings
            if other.fingerprint != finding.fingerprint
            and (other.severity is not Severity.INFO or finding.severity is Severity.INFO)
            and (
                _follows(finding, other, rules, context)
                or (
                    other.rule in rules[finding.rule].explained_by
                    and other.first_step <= finding.last_step
                    and (
                        "run" in (rules[other.rule].scope, rules[finding.rule].scope)
                        or _reaches(other, finding, places, context.order_known)
                    )
                )
            )
        )
        yield msgspec.structs.replace(finding, explained_by=causes) if causes else finding


def _follows(finding: Finding, other: Finding, rules: dict[str, Rule], context: RunContext) -> bool:
    """Tell whether a finding begins with or after values that are not finite: whatever does may come of them."""
    lost = rules[other.rule].silences and other.severity is not Severity.INFO
    since = max(other.first_step, context.first_step + 1)  # at the very first record nothing has come of it yet
    return lost and not rules[finding.rule].silences and finding.first_step >= since


def _reaches(cause: Finding, struck: Finding, places: dict[str, tuple[str, int]], order_known: bool) -> bool:
    """Tell whether a cause sits on the same layer or, where the order is known, where its effects come by.

    What is wrong with a layer shows in those before it, because gradients come to them through it, and in the outputs
    of those behind it.
    """
    if set(cause.layers) & set(struck.layers):
        return True
    forward = struck.role in (*ACTIVATIONS, "moving-statistic")
    return order_known and any(
        places[source][0] == places[layer][0]
        and min(places[source][1], places[layer][1]) >= 0
        and (forward or places[source][1] > places[layer][1])
        for source in cause.layers
        for layer in struck.layers
    )


def _coverage(run: str, rule: str, tally: _Tally) -> Coverage:
    counted = [*tally.errors.items(), *tally.not_applicable.most_common()]
    return Coverage(
        run=run,
        rule=rule,
        found=tally.found,
        clear=tally.clear,
        not_applicable=sum(tally.not_applicable.values()),
        error=sum(tally.errors.values()),
        reasons=tuple(Reason(reason, count) for reason, count in counted),
    )


def _why_not(context: RunContext, index: int, reasons: Counter[str]) -> str:
    if reasons:
        return reasons.most_common(1)[0][0]
    if context.series[index].role == "unknown":
        return "its name does not tell what it is"
    return "no rule is about this kind of tensor"


def _in_words(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"

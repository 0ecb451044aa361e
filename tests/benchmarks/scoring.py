"""What became of each run of a gallery: found, rightly diagnosed, in time, or a false alarm; and the counts of many."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec
from exact import Truth
from label import Label
from verdicts import Verdict

from tensorboard_plugin_histdiag.finding import Finding, Severity
from tensorboard_plugin_histdiag.rules import DEFAULT

OWN = "histdiag"
ONSET_INTERVALS = 2
JUDGES = frozenset(rule.name for rule in DEFAULT)
"""What the other rules find, which are off unless asked for, is only noted."""


class Spoken(msgspec.Struct, frozen=True):
    """A finding: its words, and since which step it holds on which tag."""

    rule: str
    severity: Severity
    since: dict[str, int]
    text: str


class Answer(msgspec.Struct, frozen=True):
    """What one tool says of a run.

    Attributes
    ----------
    found
        It flags anything.
    right
        It names a problem that is labelled, on a tag that is.
    problems
        What it names, in its own words.
    """

    found: bool
    right: bool
    problems: tuple[str, ...]


class Outcome(msgspec.Struct, frozen=True):
    """One run, what is known of it and what was said.

    Attributes
    ----------
    spoken, noted
        Warnings and errors; findings of severity "info", and all of rules that are off by default.
    right_by
        The expected rules that speak on an expected tag.
    timely
        Whether one of them begins within two logging intervals of the fault; None where its onset is not known.
    wrong
        Rules that speak of a faulty run though they are neither expected nor allowed.
    answers
        By tool; this package's under `OWN`.
    failed
        Rules that raised an error.
    """

    label: Label
    spoken: tuple[Spoken, ...]
    noted: tuple[Spoken, ...]
    right_by: tuple[str, ...]
    timely: bool | None
    wrong: tuple[str, ...]
    answers: dict[str, Answer]
    failed: tuple[str, ...] = ()
    truth: Truth | None = None


class Tally(msgspec.Struct):
    """Counts over runs.

    ``timed`` counts the rightly diagnosed faults whose onset is known, ``timely`` those named in time; ``alarmed``
    the healthy runs with a warning or an error, ``astray`` the faulty ones with a wrong one.
    """

    faulty: int = 0
    found: int = 0
    right: int = 0
    timed: int = 0
    timely: int = 0
    healthy: int = 0
    alarmed: int = 0
    astray: int = 0


class RuleTally(msgspec.Struct):
    """Counts over runs for one rule.

    ``expected`` counts the faulty runs for which it is the first of the right diagnoses, ``found`` and ``right`` those
    of them that were found and rightly diagnosed, by whichever rule; ``named`` the runs in which this rule is right
    and speaks; ``alarmed`` the healthy runs that it flags, ``astray`` the faulty ones in which it is wrong.
    ``notable`` counts the runs whose label says that it may be noted, ``noted`` those of them in which it is, and
    ``noted_healthy`` the healthy runs in which it is without such a label.
    """

    expected: int = 0
    found: int = 0
    right: int = 0
    timed: int = 0
    timely: int = 0
    named: int = 0
    alarmed: int = 0
    astray: int = 0
    notable: int = 0
    noted: int = 0
    noted_healthy: int = 0


def told(findings: Iterable[Finding], *, loud: bool) -> tuple[Spoken, ...]:
    """Return the warnings and errors, or what is only noted."""
    return tuple(
        Spoken(
            finding.rule,
            finding.severity,
            {span.tag: span.first_step for span in finding.spans if not loud or span.severity is not Severity.INFO},
            f"{finding.summary}. {finding.explanation}",
        )
        for finding in findings
        if (finding.severity is not Severity.INFO and finding.rule in JUDGES) is loud
    )


def score(
    label: Label,
    spoken: Sequence[Spoken],
    verdicts: dict[str, Sequence[Verdict]],
    noted: Sequence[Spoken] = (),
    failed: Sequence[str] = (),
    truth: Truth | None = None,
) -> Outcome:
    """Compare what was said with what is known."""
    matches = [
        (expected, one, step)
        for expected in label.expected
        for one in spoken
        if one.rule == expected.rule
        for tag, step in one.since.items()
        if not expected.tags or tag in expected.tags
    ]
    delays = [abs(step - expected.onset) for expected, _, step in matches if expected.onset is not None]
    known = {expected.rule for expected in label.expected} | set(label.allowed)
    right_by = tuple(dict.fromkeys(one.rule for _, one, _ in matches))
    own = Answer(bool(spoken), bool(right_by), tuple(dict.fromkeys(one.rule for one in spoken)))
    return Outcome(
        label,
        tuple(spoken),
        tuple(noted),
        right_by,
        min(delays) <= ONSET_INTERVALS * label.interval if delays else None,
        () if label.healthy else tuple(rule for rule in own.problems if rule not in known),
        {OWN: own} | {tool: answer(label, given) for tool, given in verdicts.items()},
        tuple(failed),
        truth,
    )


def answer(label: Label, verdicts: Sequence[Verdict]) -> Answer:
    """Compare a tool's verdicts with what is known; one that is about the run as a whole needs no tag."""
    right = any(
        expected.rule in verdict.rules
        and (not expected.tags or not verdict.tags or bool({*expected.tags} & {*verdict.tags}))
        for expected in label.expected
        for verdict in verdicts
    )
    return Answer(bool(verdicts), right, tuple(dict.fromkeys(verdict.problem for verdict in verdicts)))


def counted(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Leave out runs that are called healthy but have not learned what healthy runs do."""
    return [outcome for outcome in outcomes if outcome.label.learned or not outcome.label.healthy]


def tally(outcomes: Iterable[Outcome], tool: str = OWN) -> Tally:
    """Count what one tool says of runs."""
    total = Tally()
    for outcome in outcomes:
        given = outcome.answers[tool]
        if outcome.label.healthy:
            total.healthy += 1
            total.alarmed += given.found
            continue
        total.faulty += 1
        total.found += given.found
        total.right += given.right
        if tool == OWN:
            total.timed += outcome.timely is not None
            total.timely += outcome.timely is True
            total.astray += bool(outcome.wrong)
    return total


def tally_by(outcomes: Iterable[Outcome], keys: Callable[[Label], Iterable[str]], tool: str = OWN) -> dict[str, Tally]:
    """Count runs in groups, by the names of the groups; a run may be in several."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        for key in keys(outcome.label):
            groups.setdefault(key, []).append(outcome)
    return {name: tally(groups[name], tool) for name in sorted(groups)}


def tally_rules(outcomes: Iterable[Outcome]) -> dict[str, RuleTally]:
    """Count runs by rule: those it is expected in, and those it speaks of."""
    rules: dict[str, RuleTally] = {}

    def of(rule: str) -> RuleTally:
        return rules.setdefault(rule, RuleTally())

    for outcome in outcomes:
        label, own = outcome.label, outcome.answers[OWN]
        for rule in outcome.right_by:
            of(rule).named += 1
        for rule in outcome.wrong:
            of(rule).astray += 1
        for rule in own.problems if label.healthy else ():
            of(rule).alarmed += 1
        notes = {one.rule for one in outcome.noted}
        for rule in label.notes:
            of(rule).notable += 1
            of(rule).noted += rule in notes
        for rule in notes.difference(label.notes) if label.healthy else ():
            of(rule).noted_healthy += 1
        if not label.healthy:
            row = of(label.expected[0].rule)
            row.expected += 1
            row.found += own.found
            row.right += own.right
            row.timed += outcome.timely is not None
            row.timely += outcome.timely is True
    return dict(sorted(rules.items()))


def is_false_alarm(outcome: Outcome) -> bool:
    """Tell whether a healthy run was flagged."""
    return outcome.label.healthy and outcome.answers[OWN].found


def is_miss(outcome: Outcome) -> bool:
    """Tell whether a fault was not rightly diagnosed."""
    return not outcome.label.healthy and not outcome.answers[OWN].right

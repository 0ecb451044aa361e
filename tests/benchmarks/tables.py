"""Figures of a part of the gallery, and how they are printed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec
from exact import Claims
from label import Label
from scoring import (
    OWN,
    Outcome,
    RuleTally,
    Tally,
    counted,
    is_false_alarm,
    is_miss,
    tally,
    tally_by,
    tally_rules,
)

from tensorboard_plugin_histdiag.finding import Strength

WIDTH = 26
RIGHT, IN_TIME, ALARMS = 0.95, 0.95, 0.01
RIGHT_OF_WRITER, ALARMS_OF_WRITER = 0.92, 0.02
"""What is asked for: least shares of faults, largest of healthy runs."""


class Checked(msgspec.Struct):
    """What the tensors say of all runs together: records by metric, evidence by strength."""

    within: dict[str, int]
    rounded: dict[str, int]
    outside: int
    missing: int
    claims: dict[Strength, Claims]


class Figures(msgspec.Struct):
    """Everything that is counted over one part of the gallery.

    Runs with a known trap stand in ``traps`` by its number, faulty ones in ``severities`` by how grave the fault is.
    ``beside`` holds what each tool says by the first expected rule, by writer and by family, in that order of keys.
    ``alarms`` holds by tool how many healthy runs each of its problems is reported of, ``weak`` the runs that are
    called healthy but have not learned, which are left out.
    """

    tools: dict[str, Tally]
    rules: dict[str, RuleTally]
    writers: dict[str, Tally]
    families: dict[str, Tally]
    severities: dict[str, Tally]
    traps: dict[str, Tally]
    beside: dict[str, dict[str, dict[str, Tally]]]
    alarms: dict[str, dict[str, int]]
    checked: Checked | None
    weak: tuple[str, ...]


KEYS: dict[str, Callable[[Label], Iterable[str]]] = {
    "fault": lambda label: [one.rule for one in label.expected[:1]],
    "writer": lambda label: [label.writer],
    "family": lambda label: [label.family],
}
"""What runs are grouped by where all tools stand side by side."""


def figures(outcomes: Sequence[Outcome]) -> Figures:
    """Count the outcomes of one part."""
    usable = counted(outcomes)
    tools = list(outcomes[0].answers) if outcomes else [OWN]
    return Figures(
        tools={tool: tally(usable, tool) for tool in tools},
        rules=tally_rules(usable),
        writers=tally_by(usable, KEYS["writer"]),
        families=tally_by(usable, KEYS["family"]),
        severities=tally_by(usable, lambda label: [label.severity] if label.severity else []),
        traps=tally_by(usable, lambda label: [f"trap {trap:2}" for trap in label.traps]),
        beside={title: {tool: tally_by(usable, key, tool) for tool in tools} for title, key in KEYS.items()},
        alarms={tool: alarms(usable, tool) for tool in tools},
        checked=checked(outcomes),
        weak=tuple(outcome.label.name for outcome in outcomes if outcome not in usable),
    )


def alarms(outcomes: Iterable[Outcome], tool: str) -> dict[str, int]:
    """Count the healthy runs of which a tool reports each of its problems."""
    healthy = (outcome for outcome in outcomes if outcome.label.healthy)
    return dict(Counter(problem for outcome in healthy for problem in outcome.answers[tool].problems).most_common())


def checked(outcomes: Iterable[Outcome]) -> Checked | None:
    """Sum up the comparison with the tensors."""
    truths = [outcome.truth for outcome in outcomes if outcome.truth is not None]
    if not truths:
        return None
    within: Counter[str] = Counter()
    rounded: Counter[str] = Counter()
    total = Checked(within, rounded, 0, 0, {strength: Claims() for strength in Strength})
    for truth in truths:
        within.update(truth.within)
        rounded.update(truth.rounded)
        total.outside += len(truth.outside)
        total.missing += truth.missing
        for strength, claims in truth.claims.items():
            total.claims[strength].true += claims.true
            total.claims[strength].false += claims.false
            total.claims[strength].untold += claims.untold
    return total


def summary(part: str, counts: Figures, outcomes: Sequence[Outcome]) -> str:
    """Write all tables of one part."""
    lines = [f"\n{part.capitalize()} part: {len(outcomes)} runs"]
    if counts.weak:
        lines.append(f"left out, called healthy but not learned: {', '.join(counts.weak)}")
    lines += bars(counts)
    tables = {
        "tool": counts.tools,
        "writer": counts.writers,
        "family": counts.families,
        "severity": counts.severities,
        "trap": counts.traps,
    }
    for title, rows in tables.items():
        lines += ["", head(title), *(row(name, one) for name, one in rows.items())] if rows else []
    lines += [
        "",
        head("rule (first expected)"),
        *(rule_row(name, one) for name, one in counts.rules.items() if is_loud(one)),
    ]
    lines += side_by_side(counts)
    lines += ["", f"{'only noted':{WIDTH}}{'true of':>9}{'noted':>9}{'healthy besides':>17}"]
    lines += [
        f"{name:{WIDTH}}{one.notable:9}{one.noted:9}{one.noted_healthy:17}"
        for name, one in counts.rules.items()
        if one.notable or one.noted_healthy
    ]
    lines += ["", "healthy runs of which a problem is reported"]
    for tool, problems in counts.alarms.items():
        lines.append(
            f"{tool:{WIDTH}}{', '.join(f'{problem} {count}' for problem, count in problems.items()) or 'none'}"
        )
    if counts.checked:
        lines += ["", *truth_lines(counts.checked)]
    return "\n".join(lines)


def bars(counts: Figures) -> list[str]:
    """Say where the figures fall short of what is asked for, overall and by writer."""
    own = counts.tools[OWN]
    least = [("right overall", own.right, own.faulty, RIGHT), ("in time overall", own.timely, own.timed, IN_TIME)]
    most = [("false alarms overall", own.alarmed, own.healthy, ALARMS)]
    for writer, one in counts.writers.items():
        least.append((f"right with {writer}", one.right, one.faulty, RIGHT_OF_WRITER))
        most.append((f"false alarms with {writer}", one.alarmed, one.healthy, ALARMS_OF_WRITER))
    short = [f"below {bar:.0%}: {what}, {of(part, whole)}" for what, part, whole, bar in least if part < bar * whole]
    short += [f"above {bar:.0%}: {what}, {of(part, whole)}" for what, part, whole, bar in most if part > bar * whole]
    return short or ["every bar is met: right, in time and false alarms, overall and with each writer"]


def head(title: str) -> str:
    """Write the heads of the columns."""
    return (
        f"{title:{WIDTH}}{'faults':>7}{'found':>9}{'right':>9}{'in time':>15}{'healthy':>9}{'alarms':>13}{'astray':>8}"
    )


def row(name: str, one: Tally) -> str:
    """Write the counts of one group of runs."""
    return (
        f"{name:{WIDTH}}{one.faulty:7}{percent(one.found, one.faulty):>9}{percent(one.right, one.faulty):>9}"
        f"{of(one.timely, one.timed):>15}{one.healthy:9}{with_count(one.alarmed, one.healthy):>13}{one.astray:8}"
    )


def rule_row(name: str, one: RuleTally) -> str:
    """Write the counts of one rule; in place of healthy runs, those in which it rightly speaks."""
    return (
        f"{name:{WIDTH}}{one.expected:7}{percent(one.found, one.expected):>9}{percent(one.right, one.expected):>9}"
        f"{of(one.timely, one.timed):>15}{f'says {one.named}':>9}{one.alarmed:13}{one.astray:8}"
    )


def is_loud(one: RuleTally) -> bool:
    """Tell whether a rule is expected, or warned, in any run."""
    return bool(one.expected or one.named or one.alarmed or one.astray)


def side_by_side(counts: Figures) -> Iterator[str]:
    """Write how many faults each tool rightly names, and how many healthy runs it flags."""
    for title, tools in counts.beside.items():
        yield f"\n{title:{WIDTH}}" + "".join(f"{tool:>24}" for tool in tools)
        yield f"{'':{WIDTH}}" + f"{'right':>14}{'alarms':>10}" * len(tools)
        for name in counts.beside[title][OWN]:
            cells = [tools[tool][name] for tool in tools]
            yield f"{name:{WIDTH}}" + "".join(
                f"{fraction(one.right, one.faulty):>14}{fraction(one.alarmed, one.healthy):>10}" for one in cells
            )


def fraction(part: int, whole: int) -> str:
    """Write a part of a whole; a dash of nothing."""
    return f"{part}/{whole}" if whole else "-"


def truth_lines(one: Checked) -> Iterator[str]:
    """Write how bounds and evidence stand to the tensors."""
    within, rounded = sum(one.within.values()), sum(one.rounded.values())
    yield f"{within + rounded + one.outside} bounds of {len(one.within)} metrics: {within} hold exactly,"
    yield f"  {rounded} but for rounding, {one.outside} do not; {one.missing} records have no tensor"
    for strength, claims in one.claims.items():
        told = claims.true + len(claims.false)
        untold = f"{len(claims.untold)} that tensors do not tell of{by_rule(claims.untold)}"
        yield f"{strength.value} evidence: {claims.true} of {told} true{by_rule(claims.false)}, {untold}"


def by_rule(claims: Iterable[str]) -> str:
    """Count claims by the rule that their words begin with."""
    counts = Counter(text.partition(" on ")[0] for text in claims)
    return f" ({', '.join(f'{rule} {count}' for rule, count in counts.most_common())})" if counts else ""


def show(outcomes: Sequence[Outcome]) -> str:
    """List every false alarm, miss and wrong rule with what was said and what is known."""
    lines = []
    for outcome in counted(outcomes):
        label = outcome.label
        about = f"{label.name} ({label.family}, {label.writer}, every {label.interval})"
        if is_false_alarm(outcome):
            lines += ["", f"FALSE ALARM on {about}, score {label.score}", *_said(outcome)]
        elif is_miss(outcome):
            kind = "MISSED" if not outcome.answers[OWN].found else "MISNAMED"
            lines += ["", f"{kind} {about}", *_known(outcome), *_said(outcome)]
        elif outcome.timely is False:
            lines += ["", f"LATE OR EARLY {about}", *_known(outcome), *_said(outcome)]
        elif outcome.wrong:
            lines += ["", f"ASTRAY {', '.join(outcome.wrong)} on {about}", *_known(outcome), *_said(outcome)]
    for outcome in outcomes:
        if outcome.truth:
            for strength, claims in outcome.truth.claims.items():
                lines += [f"UNTRUE, {strength.value}, of {outcome.label.name}: {text}" for text in claims.false]
            lines += [f"OUTSIDE in {outcome.label.name}: {text}" for text in outcome.truth.outside[:5]]
    return "\n".join(lines)


def _said(outcome: Outcome) -> list[str]:
    said = []
    for one in outcome.spoken:
        places = ", ".join(f"{tag} from {step}" for tag, step in one.since.items())
        said += [f"    said: {one.severity.value} {one.rule} on {places}", f"        {one.text}"]
    return said or ["    said: nothing"]


def _known(outcome: Outcome) -> list[str]:
    label = outcome.label
    known = [
        f"    expected: {one.rule} on {', '.join(one.tags) or 'any tag'}"
        + ("" if one.onset is None else f" from {one.onset}")
        for one in label.expected
    ]
    return [*known, f"    allowed: {', '.join(label.allowed)}"] if label.allowed else known


def percent(part: int, whole: int) -> str:
    """Write a share; a dash of nothing."""
    return f"{100 * part / whole:.1f} %" if whole else "-"


def of(part: int, whole: int) -> str:
    """Write a share and of how many."""
    return f"{percent(part, whole)} of {whole}" if whole else "-"


def with_count(part: int, whole: int) -> str:
    """Write a count and which share it is."""
    return f"{part} ({percent(part, whole)})" if whole else "-"

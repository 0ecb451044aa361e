"""What a rule is: a documented function in a table, and the words in its docstring."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

import msgspec
import numpy as np

from ..bounded import Bools, Ints
from ..context import RunContext
from ..finding import Comparison, Evidence, Mark, Severity, Span, Strength
from ..measured import SeriesMetrics, stretches
from ..report import RuleDoc
from ..thresholds import Thresholds

SECTIONS = (
    "What it shows",
    "Why it matters",
    "How it is computed",
    "What to try",
    "When it is harmless",
    "References",
)


@dataclass(frozen=True)
class NotApplicable:
    """A rule's answer where it cannot judge, with the reason in a few words."""

    reason: str


@dataclass(frozen=True)
class Draft:
    """A finding as a rule states it; `diagnose` adds what follows from the rule and the series.

    ``series`` has the primary one first, ``spans`` one entry for each. Title and advice are the rule's own unless
    given.
    """

    series: tuple[SeriesMetrics, ...]
    spans: tuple[Span, ...]
    summary: str
    explanation: str
    evidence: tuple[Evidence, ...]
    marks: tuple[Mark, ...] = ()
    severity: Severity | None = None
    strength: Strength = Strength.LIKELY
    title: str = ""
    advice: tuple[str, ...] = ()


Outcome = Draft | NotApplicable
SeriesRule = Callable[[SeriesMetrics, RunContext, Thresholds], Iterator[Outcome]]
RunRule = Callable[[RunContext, Thresholds], Iterator[Outcome]]
Screen = Callable[[RunContext, Thresholds], Bools]


@dataclass(frozen=True)
class Rule:
    """One row of the table of rules.

    Attributes
    ----------
    scope
        "series": called for every series in one of ``roles`` that ``screen`` lets through; "run": called once a run.
    records
        Fewest records of a series to which it applies.
    screen
        One vectorised look at all series of a run, bool[S] in the run's order: False is clear. It must never say
        False where the function would find something.
    silences
        Whether what it finds on a tag mutes every other rule there from its first step on.
    trend
        Whether it compares records with earlier ones: then it sees those only that were logged since steps went back.
    explained_by
        Rules whose findings are the likelier cause when they hold on the same tag, layer or deeper.
    """

    name: str
    scope: Literal["series", "run"]
    roles: tuple[str, ...]
    severity: Severity
    function: SeriesRule | RunRule
    screen: Screen | None = None
    records: int = 1
    silences: bool = False
    explained_by: tuple[str, ...] = ()
    default: bool = True
    title: str = field(default="")
    trend: bool = False

    @property
    def summary(self) -> str:
        """The first sentence of the docstring."""
        return inspect.getdoc(self.function).splitlines()[0]  # type: ignore[union-attr]

    @lru_cache(maxsize=256)  # noqa: B019 - rules live as long as the program; asked for with every finding
    def documentation(self, limits: Thresholds) -> RuleDoc:
        """Return the docstring's sections with the thresholds filled in."""
        text = sections(self.function)
        words = {name: _threshold(getattr(limits, name)) for name in msgspec.structs.asdict(limits)}

        def filled(section: str) -> str:
            return re.sub(r"\{(\w+)\}", lambda match: words[match[1]], text[section])

        return RuleDoc(
            rule=self.name,
            title=self.title,
            severity=self.severity,
            scope=self.scope,
            roles=self.roles,
            default=self.default,
            summary=self.summary,
            what=filled("What it shows"),
            why=filled("Why it matters"),
            how=filled("How it is computed"),
            advice=tuple(_items(filled("What to try"))),
            harmless=filled("When it is harmless"),
            references=tuple(part.strip().rstrip(".") for part in filled("References").split(";")),
        )


def rule(
    name: str,
    *,
    scope: Literal["series", "run"],
    severity: str,
    roles: tuple[str, ...] = (),
    screen: Screen | None = None,
    records: int = 1,
    silences: bool = False,
    explained_by: tuple[str, ...] = (),
    default: bool = True,
    title: str = "",
    trend: bool = False,
) -> Callable[[SeriesRule | RunRule], Rule]:
    """Make a function a rule.

    Raises
    ------
    ValueError
        If the docstring lacks a section.
    """

    def make(function: SeriesRule | RunRule) -> Rule:
        missing = [section for section in SECTIONS if not sections(function).get(section)]
        if missing:
            raise ValueError(f"rule {name}: the docstring lacks {', '.join(missing)}")
        words = title or name.replace("-", " ").capitalize()
        return Rule(
            name,
            scope,
            roles,
            Severity(severity),
            function,
            screen,
            records,
            silences,
            explained_by,
            default,
            words,
            trend,
        )

    return make


def sections(function: SeriesRule | RunRule) -> dict[str, str]:
    """Split a docstring into its titled sections, each as one paragraph or a list of lines that begin with "- "."""
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in (inspect.getdoc(function) or "").splitlines():
        if line.strip() in SECTIONS and not line.startswith(" "):
            current = found.setdefault(line.strip(), [])
        else:
            current.append(line.strip())
    return {title: _joined(lines) for title, lines in found.items()}


def _joined(lines: list[str]) -> str:
    text = " ".join(line if not line.startswith("- ") else "\n" + line for line in lines if line)
    return "\n".join(line.strip() for line in text.splitlines()).strip()


def _items(text: str) -> list[str]:
    return [line.removeprefix("- ") for line in text.splitlines() if line]


def _threshold(value: float) -> str:
    return f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e") if 0 < abs(value) < 1e-3 else f"{value:g}"


# What rules build their findings from


def sustained(held: Bools, limits: Thresholds) -> list[slice]:
    """Return the stretches of records in which a fault holds long enough to count.

    At least ``sustained_records`` successive records that reach into the last ``sustained_records`` of the series,
    or that cover ``sustained_share`` of it.

    Parameters
    ----------
    held
        bool[n], one entry a record.
    """
    records = len(held)
    return [
        span
        for span in stretches(held)
        if span.stop - span.start >= limits.sustained_records
        and (
            span.stop > records - limits.sustained_records or span.stop - span.start >= limits.sustained_share * records
        )
    ]


def held_in(spans: list[slice]) -> Ints:
    """Return the records of several stretches."""
    return np.concatenate([np.arange(span.start, span.stop) for span in spans])


def span_of(series: SeriesMetrics, records: slice, severity: Severity) -> Span:
    """Return where a finding is active on one series."""
    return Span(series.tag, int(series.step[records.start]), int(series.step[records.stop - 1]), severity)


def measured(
    series: SeriesMetrics,
    metric: str,
    at: int | slice,
    *,
    over: float | None = None,
    under: float | None = None,
    label: str = "",
    unit: str = "",
) -> Evidence:
    """Return a metric's value beside its threshold, at one record or as the median over several."""
    bounded = series[metric]
    low, value, high = (
        _finite(np.nanmedian(array[at]) if np.isfinite(array[at]).any() else np.nan)
        for array in (bounded.low, bounded.value, bounded.high)
    )
    step = int(series.step[at]) if isinstance(at, int) else None
    return Evidence(
        series.tag,
        metric,
        label or metric.replace("_", " "),
        step,
        low,
        value,
        high,
        "",
        over if over is not None else under,
        Comparison.UNDER if under is not None else Comparison.OVER,
        unit,
    )


def quotient(
    tag: str,
    label: str,
    value: float,
    *,
    low: float | None = None,
    high: float | None = None,
    over: float | None = None,
    under: float | None = None,
    step: int | None = None,
    metric: str = "",
    unit: str = "",
) -> Evidence:
    """Return a value made of several series or records beside its threshold."""
    word = "" if np.isfinite(value) else str(value)
    return Evidence(
        tag,
        metric,
        label,
        step,
        None if low is None else _finite(low),
        _finite(value),
        None if high is None else _finite(high),
        word,
        over if over is not None else under,
        Comparison.UNDER if under is not None else Comparison.OVER,
        unit,
    )


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def names(series: tuple[SeriesMetrics, ...] | list[SeriesMetrics], most: int = 3) -> str:
    """List layers for a sentence: "fc1, fc2 and 3 more"."""
    layers = list(dict.fromkeys(one.layer or one.tag for one in series))
    if len(layers) <= most:
        return ", ".join(layers[:-1]) + (" and " if len(layers) > 1 else "") + layers[-1] if layers else ""
    return f"{', '.join(layers[: most - 1])} and {len(layers) - most + 1} more"

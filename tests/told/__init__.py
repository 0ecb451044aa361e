"""Whether readings are true: every sentence is taken apart and compared with the metrics of the series it is about.

This is independent of the code that writes them: it knows the text and the metrics alone. A sentence that no kind of
`facts.KINDS` knows is a complaint, and so is a number in it that its kind compares with nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from tensorboard_plugin_histdiag.diagnose import judge, measure
from tensorboard_plugin_histdiag.finding import Severity
from tensorboard_plugin_histdiag.measured import Metrics
from tensorboard_plugin_histdiag.provider.sources import Source
from tensorboard_plugin_histdiag.report import Reading, Report

from . import meanings, movements, shapes  # noqa: F401 (they register their kinds)
from .facts import KINDS, Facts, Told, Untrue

__all__ = ["Facts", "Tally", "check", "check_log", "facts_of"]


@dataclass
class Tally:
    """What was compared: sentences and complaints by kind, numbers, and the complaints in words."""

    series: int = 0
    numbers: int = 0
    sentences: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Say what was compared: a line, and one for each kind of sentence."""
        kinds = sorted({*self.sentences, *self.failures}, key=lambda kind: (-self.sentences[kind], kind))
        rows = [f"  {kind:<22} {self.sentences[kind]:>7,} said {self.failures[kind]:>5,} not true" for kind in kinds]
        counts = f"{self.series:,} series, {self.sentences.total():,} sentences, {self.numbers:,} numbers"
        return "\n".join([f"{counts}, {self.failures.total():,} not true", *rows])

    def add(self, other: Tally) -> None:
        """Count what another has counted."""
        self.series += other.series
        self.numbers += other.numbers
        self.sentences.update(other.sentences)
        self.failures.update(other.failures)
        self.complaints += other.complaints


def check(report: Report, metrics: Metrics) -> Tally:
    """Compare every reading of a report with the metrics it was made of; both in the same order of series."""
    tally = Tally()
    for reading, facts in zip(report.readings, facts_of(report, metrics), strict=True):
        tally.series += 1
        for kind, complaint in complaints_of(reading, facts, tally):
            tally.failures[kind] += 1
            tally.complaints.append(f"{reading.run} {reading.tag}: {complaint} [{kind}] {reading.text}")
    return tally


def check_log(source: Source) -> Tally:
    """Measure and judge everything a source holds, and check what is read."""
    metrics = Metrics.concatenate([measure(batch) for batch in source.batches()]).arranged()
    runs = list(dict.fromkeys(series.run for series in metrics.series))
    return check(judge(metrics, source.scalars_of(runs), models=source.models_of(runs)), metrics)


def complaints_of(reading: Reading, facts: Facts, tally: Tally) -> Iterator[tuple[str, str]]:
    """Yield the kind of each sentence that is not true, and what is wrong with it."""
    text, place = reading.text, 0
    said: list[str] = []
    while place < len(text):
        known = next((one for one in KINDS if one[1].match(text, place)), None)
        if known is None:
            yield "unknown sentence", text[place:]
            return
        kind, pattern, holds = known
        match = pattern.match(text, place)
        assert match
        told = Told(match, facts, text)
        try:
            yield from ((kind, complaint) for complaint in holds(told))
        except Untrue as untrue:
            yield kind, str(untrue)
        for name in told.unread:
            yield kind, f"{name} {match[name]} is compared with nothing"
        tally.sentences[kind] += 1
        tally.numbers += told.numbers
        said.append(kind)
        place = match.end()
        if place < len(text):
            if text[place] != " ":
                yield kind, f"goes on with {text[place:]!r}"
                return
            place += 1
    if len(set(said)) != len(said):
        yield "repeated", "says the same twice"
    yield from _in_short(reading, facts, said)
    warned = "warning" in said
    if warned != bool(facts.warnings):
        yield "warning", f"the findings about it are {dict(facts.warnings)}"


def _in_short(reading: Reading, facts: Facts, said: list[str]) -> Iterator[tuple[str, str]]:
    """What is said for machines agrees with the text."""
    at = facts.finite
    steps = (int(facts.step[at[0]]), int(facts.step[at[-1]])) if len(at) else (None, None)
    if (reading.first_step, reading.last_step) != steps:
        yield "in short", f"steps {reading.first_step} and {reading.last_step}"
    for word, phrase in (
        ("widening", "spread grew|spread from one value"),
        ("narrowing", "shrank"),
        ("shifting right", "(values increase)"),
        ("shifting left", "(values decrease)"),
        ("abruptly", "changed abruptly"),
        ("settled", "; steady since"),
    ):
        if (word in reading.movement) != any(one in reading.text for one in phrase.split("|")):
            yield "in short", f"the movement is called {reading.movement!r}"
    if not said:
        yield "in short", "nothing is said"


def facts_of(report: Report, metrics: Metrics) -> list[Facts]:
    """Return what is known of each series since its steps last went back, with the warnings about it."""
    warnings: dict[tuple[str, str], dict[str, str]] = {}
    for finding in report.findings:
        for span in finding.spans:
            if Severity.INFO not in (finding.severity, span.severity):
                titles = warnings.setdefault((finding.run, span.tag), {})
                worse = Severity.ERROR in (span.severity, titles.get(finding.title))
                titles[finding.title] = "error" if worse else "warning"
    found = []
    for index, entry in enumerate(report.series):
        own = np.arange(metrics.series_start[index], metrics.series_start[index + 1])
        own = own[metrics.step[own] >= metrics.resumed_at[index]]
        found.append(
            Facts(
                tag=entry.tag,
                role=entry.role,
                step=metrics.step[own],
                size=metrics.size[own],
                lost=metrics.nonfinite[own],
                values=_Chosen(metrics, own),
                warnings=warnings.get((entry.run, entry.tag), {}),
                layer=(entry.run, entry.layer),
                peers=found,
            )
        )
    return found


class _Chosen(Mapping[str, np.ndarray]):
    """The best estimates of some records, and their lower bounds under ``name.low``."""

    def __init__(self, metrics: Metrics, own: np.ndarray) -> None:
        self._metrics, self._own = metrics, own

    def __getitem__(self, name: str) -> np.ndarray:
        metric, _, bound = name.partition(".")
        found: np.ndarray = getattr(self._metrics.values[metric], bound or "value")[self._own]
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._metrics.values)

    def __len__(self) -> int:
        return len(self._metrics.values)

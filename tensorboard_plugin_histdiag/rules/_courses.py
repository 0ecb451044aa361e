"""What the rules about series that never settle share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from ..bounded import Floats
from ..context import RunContext
from ..finding import Mark, MarkKind, Severity, Span
from ..measured import SeriesMetrics
from ..metrics.trend import kendall_tau, theil_sen
from ..thresholds import Thresholds
from ._losses import falling, falls_now
from ._rule import NotApplicable


@dataclass(frozen=True)
class Course:
    """A series that still moves at the end: how far it went in its last quarter, and since which step."""

    series: SeriesMetrics
    move: float
    since: int

    def span(self) -> Span:
        """Return where it moves at an even pace."""
        return Span(self.series.tag, self.since, int(self.series.step[-1]), Severity.INFO)

    def mark(self, label: str) -> Mark:
        """Return what to draw there."""
        return Mark(MarkKind.STEP_RANGE, self.series.tag, self.since, int(self.series.step[-1]), None, None, label)


Find = Callable[[RunContext, Thresholds], Iterable[Course]]


def while_loss_rests(find: Find, context: RunContext, limits: Thresholds) -> list[Course] | NotApplicable:
    """Return the courses that are found, none where the training loss still falls over its second half.

    While it does, all that learns moves.
    """
    losses = falling(context, limits.course_records)
    if isinstance(losses, NotApplicable):
        return losses
    values = [loss.value[np.isfinite(loss.value)] for loss in losses]
    falls = any(falls_now(one[len(one) // 2 :], limits, noises=1.0) for one in values)
    return [] if falls else list(find(context, limits))


def last_quarter(context: RunContext, metric: str) -> tuple[Floats, Floats]:
    """Return a metric before the last quarter and at its end, float64[S] each: most series go nowhere there."""
    records = context.metrics.records
    last = context.metrics.series_start[1:] - 1
    before = np.maximum(last - records // 4, 0)
    values = context.metrics.values[metric].value
    if not len(values):
        return np.full(len(records), np.nan), np.full(len(records), np.nan)
    return values[before], values[np.maximum(last, 0)]


def course(series: SeriesMetrics, values: Floats, limits: Thresholds) -> Course | None:
    """Return the course of a series whose values moved one way in their second half, at the end no slower than before.

    Parameters
    ----------
    values
        float64[n], one a record.
    """
    records = len(values)
    if records < limits.course_records or not np.isfinite(values).all():
        return None
    half, quarter = records // 2, records // 4
    late = theil_sen(values[-quarter:]) / (quarter - 1)
    before = theil_sen(values[half:-quarter]) / (records - quarter - half - 1)
    steady = abs(kendall_tau(values[half:])) >= limits.course_tau
    if not steady or not late * before > 0 or abs(late) < limits.course_pace * abs(before):
        return None
    return Course(series, late * quarter, int(series.step[half]))

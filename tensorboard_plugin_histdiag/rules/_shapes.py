"""What the notes about shapes share: one note a run, about the tensors that keep a shape."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..bounded import Bools
from ..context import RunContext
from ..finding import Evidence, Mark, MarkKind, Severity
from ..measured import SeriesMetrics
from ..thresholds import Thresholds
from ._resolution import too_coarse
from ._rule import Draft, span_of, sustained

Shaped = tuple[SeriesMetrics, slice]
"""A series and the records in which it has a shape."""
_SHOWN = 3
"""Tensors of a note whose values are given as evidence."""


def has_shape(context: RunContext, limits: Thresholds) -> Bools:
    """bool[H]: over all records of a run, whether buckets show a shape: not separate values, one bucket, or coarse."""
    values = context.metrics.values
    several = np.isnan(values["levels"].value) & (values["top_mass"].value < limits.coarse_mass)
    return several & ~too_coarse(context, limits)


def lasting(context: RunContext, flags: Bools, roles: Sequence[str], size: int, limits: Thresholds) -> Iterator[Shaped]:
    """Yield the series, in depth order, in which a flag lasts, with the records from its first to its last stretch.

    Parameters
    ----------
    flags
        bool[H], over all records of the run.
    size
        Fewest values of a tensor.
    """
    start = context.metrics.series_start
    before = np.concatenate([[0], np.cumsum(flags)])
    flagged = before[start[1:]] - before[start[:-1]] >= limits.sustained_records
    chosen = flagged & context.in_roles(*roles) & (context.first_size() >= size)
    found = [context.series[index] for index in np.flatnonzero(chosen)]
    for series in sorted(found, key=lambda one: (one.info.network, one.order, one.tag)):
        spans = sustained(flags[start[series.index] : start[series.index + 1]], limits)
        if spans:
            yield series, slice(spans[0].start, spans[-1].stop)


def note(found: Sequence[Shaped], summary: str, explanation: str, label: str, evidence: Sequence[Evidence]) -> Draft:
    """Return one note about several tensors; ``label`` marks the records in which they have the shape."""
    spans = tuple(span_of(series, records, Severity.INFO) for series, records in found)
    return Draft(
        series=tuple(series for series, _ in found),
        spans=spans,
        summary=summary,
        explanation=explanation,
        evidence=tuple(evidence[:_SHOWN]),
        marks=tuple(
            Mark(MarkKind.STEP_RANGE, span.tag, span.first_step, span.last_step, None, None, label) for span in spans
        ),
        severity=Severity.INFO,
    )


def some(found: Sequence[Shaped]) -> list[SeriesMetrics]:
    """Return the series alone."""
    return [series for series, _ in found]

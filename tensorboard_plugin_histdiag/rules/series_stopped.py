"""Rule series-stopped."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..bounded import Bools, Floats
from ..context import RunContext
from ..finding import Mark, MarkKind, Severity, Span, Strength
from ..measured import SeriesMetrics
from ..thresholds import Thresholds
from ._rule import Draft, quotient, rule


def _screen(context: RunContext, limits: Thresholds) -> Bools:
    ends = np.array([series.step[-1] if len(series) else context.last_step for series in context.series])
    candidate: Bools = ends < context.last_step
    return candidate


@rule(
    "series-stopped",
    scope="series",
    severity="warning",
    records=3,
    screen=_screen,
    explained_by=("non-finite-values", "loss-not-finite"),
)
def series_stopped(series: SeriesMetrics, context: RunContext, limits: Thresholds) -> Iterator[Draft]:
    """A tensor is no longer logged while the run goes on.

    What it shows
        The last histogram of this tag lies well before the end of the run.

    Why it matters
        What is not logged is not seen. Some writers raise an error on a tensor that is all NaN, so a series that
        ends may be the only trace of one.

    How it is computed
        The run goes on for more than {gap_intervals} of the series' own intervals after its last record, in steps and
        by the clock: tags that count epochs beside tags that count steps have not stopped.

    What to try
        - Look at the program's log near that step for an error in the call that writes the histogram.
        - If the tensor became NaN, see what grew before that step.

    When it is harmless
        Training in phases, where a part of the network is logged only while it is trained. Where other tags begin
        when this one ends, or its weight stays as it is from then on, this is a note.

    References
        PyTorch documentation, SummaryWriter.add_histogram
    """
    own = _interval(series.step.astype(np.float64))
    missing = (context.last_step - int(series.step[-1])) / own
    clock = _interval(series.wall_time, stalls=1 + len(series) // 10)
    waited = context.last_wall_time - float(series.wall_time[-1])
    if missing <= limits.gap_intervals or (clock > 0 and waited <= limits.gap_intervals * clock):
        return
    last = int(series.step[-1])
    severity = Severity.INFO if _phase_ended(series, context) else Severity.WARNING
    yield Draft(
        series=(series,),
        spans=(Span(series.tag, last, context.last_step, severity),),
        summary=f"not logged after step {last:,}",
        explanation=(
            f"{series.tag} was logged every {own:,.0f} steps until step {last:,}; "
            f"the run goes on to step {context.last_step:,}. It may have become NaN, which some writers refuse to"
            " log, or belong to a phase that ended."
        ),
        evidence=(quotient(series.tag, "intervals without a record", missing, over=limits.gap_intervals, step=last),),
        marks=(Mark(MarkKind.STEP, series.tag, last, None, None, None, "last record"),),
        severity=severity,
        strength=Strength.CERTAIN,
    )


def _phase_ended(series: SeriesMetrics, context: RunContext) -> bool:
    """Tell whether the next phase's tags begin here, or the weight whose gradient this is was frozen here."""
    last = int(series.step[-1])
    if any(len(other) and int(other.step[0]) >= last for other in context.series):
        return True
    weight = context.sibling(series, "weight", "embedding") if series.role.endswith("gradient") else None
    if weight is None:
        return False
    later = weight["unchanged"].value[np.searchsorted(weight.step, last, side="right") + 1 :]
    return len(later) > 1 and bool((later == 1).all())


def _interval(times: Floats, stalls: int = 0) -> float:
    """Return the usual distance of records; half of the longest where training goes by turns.

    Turns come again; what compiles, saves or evaluates now and then is a stall, and so many of the longest do not
    count.
    """
    intervals = np.sort(np.diff(times))
    longest = intervals[max(len(intervals) - 1 - stalls, 0)]
    return max(float(np.median(intervals)), float(longest) / 2)

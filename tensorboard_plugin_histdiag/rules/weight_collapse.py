"""Rule weight-collapse."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..bounded import Bools
from ..context import RunContext
from ..finding import Mark, MarkKind, Severity, Strength
from ..measured import SeriesMetrics
from ..thresholds import Thresholds
from ..words import number
from ._rule import Draft, quotient, rule, span_of
from ._weights import feeds_norm


def _screen(context: RunContext, limits: Thresholds) -> Bools:
    shrunken = context.least("mean_abs", "low") <= limits.weight_shrink * context.first_of("mean_abs", "high")
    candidate: Bools = shrunken & (context.first_size() >= limits.least_size)
    return candidate


@rule("weight-collapse", scope="series", roles=("weight",), severity="warning", records=3, screen=_screen, trend=True)
def weight_collapse(series: SeriesMetrics, context: RunContext, limits: Thresholds) -> Iterator[Draft]:
    """Weights shrink towards zero.

    What it shows
        The histogram narrows around 0 to a small part of its first width, and goes on narrowing.

    Why it matters
        Regularisation outweighs what the data ask for; the layer passes on less and less.

    How it is computed
        Upper bound of the mean magnitude over the lower bound of the first record's: at most {weight_shrink}, at the
        last record and still falling over the last quarter, or at most {weight_vanished}, falling or not.

    What to try
        - Lower weight decay or the L1 / L2 penalty, and leave it off for biases and norm layers.
        - Check whether the layer gets a gradient at all.

    When it is harmless
        Pruning by regularisation, where layers are meant to vanish. Weights in front of a normalisation layer: their
        scale has no effect on the output (a note then).

    References
        Ben Braiek & Khomh 2022, TheDeepChecker
    """
    size = series["mean_abs"]
    finite = np.flatnonzero(np.isfinite(size.value))
    if len(finite) < limits.sustained_records or not size.low[finite[0]] > 0:
        return
    start, last = int(finite[0]), int(finite[-1])
    ratio = size.high / size.low[start]
    quarter = int(finite[-max(2, len(finite) // 4)])
    falling = bool(size.value[last] < size.value[quarter])
    if ratio[last] > (limits.weight_shrink if falling else limits.weight_vanished):
        return
    first = int(np.flatnonzero(ratio <= limits.weight_shrink)[0])
    severity = Severity.INFO if feeds_norm(series, context) else Severity.WARNING
    span = span_of(series, slice(first, last + 1), severity)
    yield Draft(
        series=(series,),
        spans=(span,),
        summary=f"mean magnitude fell to {number(float(size.value[last] / size.value[start]))} of the first",
        explanation=(
            f"The mean magnitude of {series.layer or series.tag} fell from {number(float(size.value[start]))} to"
            f" {number(float(size.value[last]))}{' and is still falling' if falling else ''}."
        ),
        evidence=(
            quotient(
                series.tag,
                "mean magnitude over the first",
                float(size.value[last] / size.value[start]),
                high=float(ratio[last]),
                under=limits.weight_shrink,
                step=int(series.step[last]),
                metric="mean_abs",
            ),
        ),
        marks=(Mark(MarkKind.STEP_RANGE, series.tag, span.first_step, span.last_step, None, None, "shrunken"),),
        severity=severity,
        strength=Strength.CERTAIN,
    )

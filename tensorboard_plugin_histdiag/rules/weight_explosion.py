"""Rule weight-explosion."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..bounded import Bools
from ..context import RunContext
from ..finding import Mark, MarkKind, Severity, Strength
from ..measured import SeriesMetrics
from ..thresholds import Thresholds
from ..words import number
from ._rule import Draft, NotApplicable, Outcome, quotient, rule, span_of
from ._weights import feeds_norm


def _screen(context: RunContext, limits: Thresholds) -> Bools:
    with np.errstate(divide="ignore", invalid="ignore"):
        growth = context.most("mean_abs", "low") / context.first_of("mean_abs", "high")
    small = context.first_size() < limits.least_size
    return ~(small | (growth < limits.weight_growth))


@rule(
    "weight-explosion",
    scope="series",
    roles=("weight",),
    severity="warning",
    records=3,
    screen=_screen,
    explained_by=("exploding-gradients", "large-updates"),
)
def weight_explosion(series: SeriesMetrics, context: RunContext, limits: Thresholds) -> Iterator[Outcome]:
    """Weights have grown out of proportion.

    What it shows
        The histogram widens to many times its first width.

    Why it matters
        Large weights make outputs and gradients large, and usually end in saturation or NaN.

    How it is computed
        Lower bound of the mean magnitude over the upper bound of the first record's: at least {weight_growth}, as an
        error {weight_growth_error}, or a mean magnitude above {weight_magnitude_error}. The buckets prove it. Weights
        that start nearly at 0 are compared with the narrowest usual initialisation instead ({narrow_initialisation}
        over N^(1/4), N weights).

    What to try
        - Lower the learning rate, or warm it up.
        - Add weight decay, or clip gradients.

    When it is harmless
        Weights in front of a normalisation layer: their scale has no effect on the output (a note then).

    References
        Schoop et al. 2021, UMLAUT; Cao et al. 2022, DeepFD
    """
    size = series["mean_abs"]
    if not size.high[0] > 0:
        yield NotApplicable("the first record is all zeros or not finite")
        return
    with np.errstate(invalid="ignore"):
        start = max(float(size.high[0]), limits.narrow_initialisation / float(series.size[0]) ** 0.25)
        growth = size.low / start
        grown = (growth >= limits.weight_growth) | (size.low > limits.weight_magnitude_error)
    if not grown.any() or not grown[np.flatnonzero(np.isfinite(growth))[-1]]:
        return
    first = int(np.flatnonzero(grown)[0])
    most = float(np.nanmax(growth))
    severity = Severity.WARNING
    if most >= limits.weight_growth_error or np.nanmax(size.low) > limits.weight_magnitude_error:
        severity = Severity.ERROR
    if feeds_norm(series, context):
        severity = Severity.INFO
    span = span_of(series, slice(first, len(series)), severity)
    at = int(np.nanargmax(growth))
    yield Draft(
        series=(series,),
        spans=(span,),
        summary=f"mean magnitude grew at least {number(most)}-fold",
        explanation=(
            f"The mean magnitude of {series.layer or series.tag} grew from {number(float(size.value[0]))} to"
            f" {number(float(size.value[at]))}, at least {number(most)}-fold; {limits.weight_growth:g}-fold was"
            f" passed at step {span.first_step:,}."
        ),
        evidence=(
            quotient(
                series.tag,
                "mean magnitude over the first",
                float(size.value[at] / size.value[0]),
                low=most,
                high=float(size.high[at] / size.low[0]) if size.low[0] > 0 else None,
                over=limits.weight_growth,
                step=int(series.step[at]),
                metric="mean_abs",
            ),
        ),
        marks=(
            Mark(MarkKind.STEP_RANGE, series.tag, span.first_step, span.last_step, None, None, "grown"),
            Mark(MarkKind.VALUE_RANGE, series.tag, None, None, *_extent(series), "range of the first record"),
        ),
        severity=severity,
        strength=Strength.CERTAIN,
    )


def _extent(series: SeriesMetrics) -> tuple[float, float]:
    return float(series["minimum"].value[0]), float(series["maximum"].value[0])

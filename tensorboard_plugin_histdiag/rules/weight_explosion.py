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
from ._weights import feeds_norm, starts_at_initialisation


def _screen(context: RunContext, limits: Thresholds) -> Bools:
    with np.errstate(divide="ignore", invalid="ignore"):
        growth = context.most("mean_abs", "low") / context.first_of("mean_abs", "high")
    size = context.first_size()
    wide = context.most("mean_abs", "low") * size**0.25 >= limits.weight_growth * limits.usual_initialisation
    return ~((size < limits.least_size) | ((growth < limits.weight_growth) & ~wide))


@rule(
    "weight-explosion",
    scope="series",
    roles=("weight",),
    severity="warning",
    records=3,
    screen=_screen,
    explained_by=("exploding-gradients", "large-updates"),
    trend=True,
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
        over N^(1/4), N weights). Where logging began after the initialisation, as Keras does after an epoch, the first
        record may already be too wide: from {uniform_size} weights on, a wide usual initialisation
        ({usual_initialisation} over N^(1/4)) is then taken for the first record.

    What to try
        - Lower the learning rate, or warm it up.
        - Add weight decay, or clip gradients.

    When it is harmless
        Weights in front of a normalisation layer: their scale has no effect on the output. Fewer than
        {uniform_size} weights that draw a sharp boundary: the loss has fallen by {solved_gain} of its first value and
        was never twice as high. (Notes then.)

    References
        Schoop et al. 2021, UMLAUT; Cao et al. 2022, DeepFD
    """
    size = series["mean_abs"]
    if not size.high[0] > 0:
        yield NotApplicable("the first record is all zeros or not finite")
        return
    with np.errstate(invalid="ignore"):
        root = float(series.size[0]) ** 0.25
        start = max(float(size.high[0]), limits.narrow_initialisation / root)
        late = not starts_at_initialisation(series, context) and series.size[0] >= limits.uniform_size
        late = late and start > limits.usual_initialisation / root
        if late:
            start = limits.usual_initialisation / root
        growth = size.low / start
        grown = (growth >= limits.weight_growth) | (size.low > limits.weight_magnitude_error)
    if not grown.any() or not grown[np.flatnonzero(np.isfinite(growth))[-1]]:
        return
    first = int(np.flatnonzero(grown)[0])
    most = float(np.nanmax(growth))
    severity = Severity.WARNING
    if most >= limits.weight_growth_error or np.nanmax(size.low) > limits.weight_magnitude_error:
        severity = Severity.ERROR
    # Of a large tensor, or of a loss that shot up first, a fall proves nothing: it falls from where the fault threw it.
    few = series.size[0] < limits.uniform_size
    learns = severity is Severity.WARNING and few and _solved(context, limits)
    if learns or feeds_norm(series, context) or (late and context.having("norm-scale")):
        severity = Severity.INFO
    span = span_of(series, slice(first, len(series)), severity)
    at = int(np.nanargmax(growth))
    text = (
        f"The mean magnitude of {series.layer or series.tag} grew from {number(float(size.value[0]))} to"
        f" {number(float(size.value[at]))}, at least {number(most)}-fold; {limits.weight_growth:g}-fold was"
        f" passed at step {span.first_step:,}."
    )
    if late:
        text = (
            f"The mean magnitude of {series.layer or series.tag} is {number(float(size.value[at]))}, at least"
            f" {number(most)} times that of a wide usual initialisation; logging began after the first steps."
        )
    if learns:
        text += " The loss fell all the while: few weights that draw a sharp boundary look like this."
    yield Draft(
        series=(series,),
        spans=(span,),
        summary=f"mean magnitude at least {number(most)} times {'the usual' if late else 'the first'}",
        explanation=text,
        evidence=(
            quotient(
                series.tag,
                f"mean magnitude over {'a usual' if late else 'the first'}",
                float(size.value[at] / (start if late else size.value[0])),
                low=most,
                high=_highest(float(size.high[at]), start if late else float(size.low[0])),
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


def _solved(context: RunContext, limits: Thresholds) -> bool:
    """Tell whether the loss came down to little, and was never far above where it began."""
    if context.loss is None or not context.loss.value[0] > 0:
        return False
    relative = context.loss.value / context.loss.value[0]
    return bool(np.median(relative[-3:]) <= 1 - limits.solved_gain and relative.max() < 2)


def _highest(size: float, start: float) -> float | None:
    return size / start if start > 0 else None


def _extent(series: SeriesMetrics) -> tuple[float, float]:
    return float(series["minimum"].value[0]), float(series["maximum"].value[0])

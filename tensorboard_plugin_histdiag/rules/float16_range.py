"""Rule float16-range."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..bounded import Bools
from ..context import GRADIENTS, RunContext
from ..finding import Mark, MarkKind, Strength
from ..measured import SeriesMetrics, stretches
from ..thresholds import Thresholds
from ..words import number
from ._binary import FLOAT16_LOST, largest
from ._gradients import is_noise
from ._rule import Draft, NotApplicable, Outcome, measured, quotient, rule, span_of, sustained

_ROLES = ("weight", "bias", "norm-scale", "norm-shift", "embedding", "activation", "pre-activation", *GRADIENTS)


def _screen(context: RunContext, limits: Thresholds) -> Bools:
    reach = np.maximum(context.most("maximum"), -context.least("minimum"))
    lost = np.maximum(-context.most("q16", "low"), context.least("q84", "high")) < FLOAT16_LOST
    candidate: Bools = (reach > limits.float16_largest) | lost
    return candidate


@rule(
    "float16-range",
    scope="series",
    roles=_ROLES,
    severity="warning",
    screen=_screen,
    default=False,
    explained_by=("weight-explosion", "exploding-gradients", "vanishing-gradients"),
)
def float16_range(series: SeriesMetrics, context: RunContext, limits: Thresholds) -> Iterator[Outcome]:
    """Values would not fit float16: too large to hold, or gradients too small to keep.

    What it shows
        The largest magnitude comes near 65,504, the largest float16; or most of a gradient is smaller than 3e-8, which
        float16 rounds to 0.

    Why it matters
        A training that is fine in float32 overflows to infinity or loses its gradients when it is switched to float16.

    How it is computed
        Largest magnitude, which is logged exactly, above {float16_largest} at any record. For gradients: 68 % of the
        values proved to lie below 3e-8 while less than {float16_zeros} can be zeros, in {sustained_records} successive
        records. Both are certain.

    What to try
        - Use bfloat16, which has the range of float32.
        - With float16, scale the loss (small gradients), and keep layers with large values in float32.

    When it is harmless
        Wherever training stays in float32 or bfloat16; it is off by default for that. Gradients logged while the loss
        is scaled up are meant to be large.

    References
        Micikevicius et al. 2018, Mixed Precision Training
    """
    reach = largest(series)
    spans = stretches(reach > limits.float16_largest)
    if spans:
        yield _too_large(series, slice(spans[0].start, spans[-1].stop), float(np.nanmax(reach)), limits)
    if spans or series.role not in GRADIENTS:
        return
    if is_noise(context, series):
        yield NotApplicable("a bias whose gradient is rounding noise")
        return
    inside = (series["q16"].low > -FLOAT16_LOST) & (series["q84"].high < FLOAT16_LOST)
    spans = sustained(inside & (series["zeros"].high < limits.float16_zeros), limits)
    if spans:
        yield _too_small(series, slice(spans[0].start, spans[-1].stop))


def _too_large(series: SeriesMetrics, records: slice, most: float, limits: Thresholds) -> Draft:
    span = span_of(series, records, float16_range.severity)
    return Draft(
        series=(series,),
        spans=(span,),
        summary=f"values up to {number(most)}; float16 ends at 65,504",
        explanation=f"{series.tag} reaches {number(most)}, first at step {span.first_step:,}. Float16 ends at 65,504.",
        evidence=(quotient(series.tag, "largest magnitude", most, over=limits.float16_largest, metric="maximum"),),
        marks=(Mark(MarkKind.STEP_RANGE, series.tag, span.first_step, span.last_step, None, None, "near overflow"),),
        strength=Strength.CERTAIN,
    )


def _too_small(series: SeriesMetrics, records: slice) -> Draft:
    span = span_of(series, records, float16_range.severity)
    return Draft(
        series=(series,),
        spans=(span,),
        summary="more than two thirds of the values are too small for float16",
        explanation=(
            f"More than two thirds of {series.tag} lie below 3e-8 from step {span.first_step:,} to step"
            f" {span.last_step:,}; float16 would round them to 0."
        ),
        evidence=(
            measured(series, "q84", records, under=FLOAT16_LOST, label="84th percentile"),
            measured(series, "q16", records, over=-FLOAT16_LOST, label="16th percentile"),
        ),
        marks=(Mark(MarkKind.STEP_RANGE, series.tag, span.first_step, span.last_step, None, None, "underflow"),),
        strength=Strength.CERTAIN,
    )

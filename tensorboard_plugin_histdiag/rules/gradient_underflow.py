"""Rule gradient-underflow."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..bounded import Bools
from ..context import RunContext
from ..finding import Mark, MarkKind, Strength
from ..measured import SeriesMetrics
from ..thresholds import Thresholds
from ..words import number, percent
from ._binary import (
    BFLOAT16_BITS,
    FLOAT16_LOST,
    FLOAT16_STEP,
    binary_digits,
    largest,
    on_float16_steps,
    rounded_to_zero,
)
from ._rule import Draft, NotApplicable, Outcome, quotient, rule, span_of, sustained
from ._weights import is_expert

_FEW = 16
"""Values below which a share of zeros tells nothing."""
_FEW_STEPS = 14
"""Multiples of float16's smallest number, to either side, that thirty buckets keep apart."""
_BFLOAT16_REACH = FLOAT16_STEP * 2**BFLOAT16_BITS / 2
"""Above this every bfloat16 is a multiple of float16's smallest step too."""


def _screen(context: RunContext, limits: Thresholds) -> Bools:
    sparse = np.maximum(context.most("zeros"), context.most("top_mass")) >= limits.underflow_share
    small = np.maximum(-context.most("minimum"), context.least("maximum")) <= limits.underflow_largest
    candidate: Bools = sparse & small
    return candidate


@rule(
    "gradient-underflow",
    scope="series",
    roles=("weight-gradient", "bias-gradient", "norm-gradient", "gradient"),
    severity="warning",
    records=3,
    screen=_screen,
)
def gradient_underflow(series: SeriesMetrics, context: RunContext, limits: Thresholds) -> Iterator[Outcome]:
    """Most of a gradient has been rounded to exactly zero, as float16 has no smaller numbers.

    What it shows
        Nearly all values are 0, and the smallest and largest that are left are whole multiples of 6e-8, the smallest
        number that float16 can hold. Or all values are 0 and some of them -0, as rounding leaves them.

    Why it matters
        Values below 3e-8 are rounded to 0 in float16. What is lost so teaches the layer nothing, and it goes on to all
        layers before it.

    How it is computed
        At least {underflow_share} zeros in {sustained_records} successive records, no value above {underflow_largest},
        minimum and maximum, which are logged exactly, multiples of 2^-24 at each of them. A gradient that is as sparse
        where it is large is sparse by nature. Records in which all is 0 count where an end is -0 in at least
        {sustained_records} of them, as rounding leaves of a negative number, and the gradient was that small when it
        last was there; else it may have been multiplied by 0. Certain where seven eighths of the values are proved to
        lie below 3e-8; else the share of zeros is an estimate. Gradients that were divided by the loss scale before
        logging no longer show this, nor does what underflows in float32.

    What to try
        - Scale the loss up before the backward pass (torch.amp.GradScaler, LossScaleOptimizer), or use bfloat16.
        - Log gradients before they are unscaled, to see how much of the range they use.

    When it is harmless
        Where only the logged copy was converted to float16. Embeddings and experts are not judged: a batch may pass
        them by.

    References
        Micikevicius et al. 2018, Mixed Precision Training
    """
    if is_expert(series):
        yield NotApplicable("a batch may pass an expert by")
        return
    if series.size[-1] < _FEW:
        yield NotApplicable(f"fewer than {_FEW} values")
        return
    reach = largest(series)
    # Within a few steps each bucket holds one multiple at most, whether or not zeros stand out from their neighbours.
    zeros = np.where(reach <= _FEW_STEPS * FLOAT16_STEP, series["top_mass"].value, series["zeros"].value)
    sparse = zeros >= limits.underflow_share
    small = (reach > 0) & (reach <= limits.underflow_largest)
    if np.count_nonzero(sparse & (reach > limits.underflow_largest)) >= limits.sustained_records:
        yield NotApplicable("sparse where it is large, too")
        return
    low, high = series["minimum"].value, series["maximum"].value
    lost = sparse & small & on_float16_steps(low) & on_float16_steps(high)
    lost |= _rounded_away(series, limits)
    spans = sustained(lost, limits)
    if not spans:
        return
    records = slice(spans[0].start, spans[-1].stop)
    digits = np.maximum(binary_digits(low[records]), binary_digits(high[records]))
    if np.nanmax(reach[records]) >= _BFLOAT16_REACH and digits.max() <= BFLOAT16_BITS:
        yield NotApplicable("may be bfloat16, which reaches as far down as float32")
        return
    share = float(np.nanmedian(zeros[records]))
    most = float(np.nanmax(reach[records]))
    rest = (
        f"The largest value is {number(most)}, and the ends of every histogram are whole multiples of 6e-8, the"
        " smallest number in float16: what was smaller has been rounded to 0."
        if most
        else "Some of the zeros are -0, which is what rounding leaves of small negative numbers."
    )
    proved = (series["q07"].low > -FLOAT16_LOST) & (series["q93"].high < FLOAT16_LOST)
    span = span_of(series, records, gradient_underflow.severity)
    yield Draft(
        series=(series,),
        spans=(span,),
        summary=f"{percent(share)} are 0, the rest multiples of 6e-8" if most else "all values rounded to 0",
        explanation=(
            f"{percent(share)} of {series.tag} are exactly 0 from step {span.first_step:,} to step {span.last_step:,}."
            f" {rest}"
        ),
        evidence=(
            quotient(series.tag, "exact zeros", share, over=limits.underflow_share, metric="zeros", unit="share"),
            quotient(series.tag, "largest value", most, under=limits.underflow_largest, metric="maximum"),
        ),
        marks=(
            Mark(MarkKind.STEP_RANGE, series.tag, span.first_step, span.last_step, None, None, "underflow"),
            Mark(MarkKind.VALUE, series.tag, None, None, 0.0, 0.0, "rounded to 0"),
        ),
        strength=Strength.CERTAIN if most and bool(proved[records].all()) else Strength.LIKELY,
    )


def _rounded_away(series: SeriesMetrics, limits: Thresholds) -> Bools:
    """bool[n]: all is 0, of both signs, where the gradient was next to nothing before (or after, if not before).

    What is switched off by a factor of 0 is of both signs, too, but was of its usual size a record ago.
    """
    reach = largest(series)
    some = np.flatnonzero(reach > 0)
    if not len(some) or np.count_nonzero(rounded_to_zero(series)) < limits.sustained_records:
        return np.zeros(len(series), dtype=bool)
    nearest = some[np.maximum(np.searchsorted(some, np.arange(len(series))) - 1, 0)]
    away: Bools = (reach == 0) & (reach[nearest] <= limits.underflow_largest)
    return away

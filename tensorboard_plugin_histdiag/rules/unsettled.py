"""Rule unsettled."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..context import RunContext
from ..thresholds import Thresholds
from ..words import number
from ._courses import Course, course, last_quarter, while_loss_rests
from ._resolution import mostly_too_coarse
from ._rule import Draft, NotApplicable, Outcome, names, quotient, rule
from ._weights import feeds_norm


@rule(
    "unsettled",
    scope="run",
    severity="info",
    explained_by=("loss-diverging", "weight-explosion", "large-updates"),
    trend=True,
)
def unsettled(context: RunContext, limits: Thresholds) -> Iterator[Outcome]:
    """Weights widen to the end at an undiminished rate, though the loss rests.

    What it shows
        From record to record the histogram grows wider and does not settle.

    Why it matters
        Weights that grow without a gain make the model more sure, not more right, and later less stable.

    How it is computed
        Over the second half of the run the spread grows (Kendall's tau of at least {course_tau}), in the last
        quarter at no less than {course_pace} of the pace before, and there by at least {course_growth} of itself,
        while the training loss does not fall. Of weights with at least {least_size} values and {course_records}
        records; not in front of a normalisation, where their scale has no effect.

    What to try
        - Add weight decay, or lower the learning rate towards the end of training.

    When it is harmless
        A plateau that training is about to leave; weights whose scale has no effect.

    References
        Krogh & Hertz 1991, A Simple Weight Decay Can Improve Generalization; Wortsman et al. 2023
    """
    moving = while_loss_rests(_moving, context, limits)
    if isinstance(moving, NotApplicable):
        yield moving
        return
    if not moving:
        return
    worst = max(moving, key=lambda one: one.move)
    spread = worst.series.value("spread")
    yield Draft(
        series=tuple(one.series for one in moving),
        spans=tuple(one.span() for one in moving),
        summary=f"still widening in {names([one.series for one in moving])}",
        explanation=(
            f"{worst.series.tag} widens at an even pace, from a spread of {number(float(spread[len(spread) // 2]))} at"
            f" step {worst.since:,} to {number(float(spread[-1]))} at the end, in the last quarter"
            f" {number(float(np.exp(worst.move)))}-fold; the loss does not fall."
            + (f" So do {len(moving) - 1} other tensors." if len(moving) > 2 else "")
        ),
        evidence=tuple(
            quotient(
                one.series.tag,
                "growth of the spread over the last quarter",
                float(np.expm1(one.move)),
                over=limits.course_growth,
                metric="spread",
                unit="share",
            )
            for one in moving[:6]
        ),
        marks=tuple(one.mark("widening") for one in moving),
    )


def _moving(context: RunContext, limits: Thresholds) -> Iterator[Course]:
    if context.having("norm-scale") and not context.order_known:
        return  # any weight may stand in front of a normalisation
    before, end = last_quarter(context, "spread")
    grows = (end >= (1 + 0.5 * limits.course_growth) * before) & ~mostly_too_coarse(context, limits)
    for series in context.having("weight", "embedding"):
        if not grows[series.index] or not series.size[0] >= limits.least_size or feeds_norm(series, context):
            continue
        found = course(series, np.log(series.value("spread")), limits)
        if found and np.expm1(found.move) >= limits.course_growth:
            yield found

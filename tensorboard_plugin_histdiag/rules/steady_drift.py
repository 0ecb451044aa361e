"""Rule steady-drift."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..context import RunContext
from ..thresholds import Thresholds
from ..words import number
from ._courses import Course, course, last_quarter, while_loss_rests
from ._rule import Draft, NotApplicable, Outcome, names, quotient, rule


@rule(
    "steady-drift",
    scope="run",
    severity="info",
    explained_by=("loss-diverging", "weight-explosion", "large-updates"),
    trend=True,
)
def steady_drift(context: RunContext, limits: Thresholds) -> Iterator[Outcome]:
    """Weights or biases shift to one side to the end at an undiminished rate, though the loss rests.

    What it shows
        From record to record the histogram moves to the right (its values generally increase) or to the left, and
        does not settle.

    Why it matters
        Something pulls all values of a layer the same way without a gain: a constant in its inputs or in its gradient.

    How it is computed
        Over the second half of the run the mean moves one way (Kendall's tau of at least {course_tau}), in the last
        quarter at no less than {course_pace} of the pace before, and there by at least {course_shift} of the spread
        (of the layer's weights, where that is larger), while the training loss does not fall. Of tensors with at least
        {least_size} values and {course_records} records.

    What to try
        - Centre the inputs of the layer, or normalise in front of it.
        - Add weight decay, or lower the learning rate at the end of training.

    When it is harmless
        Shifts that cancel out, as those of all logits before a softmax; a plateau that training is about to leave.

    References
        LeCun et al. 1998, Efficient BackProp; Ioffe & Szegedy 2015, Batch Normalization
    """
    moving = while_loss_rests(_moving, context, limits)
    if isinstance(moving, NotApplicable):
        yield moving
        return
    if not moving:
        return
    worst = max(moving, key=lambda one: abs(one.move))
    side = "right (values increase)" if worst.move > 0 else "left (values decrease)"
    tag, mean = worst.series.tag, worst.series.value("mean")
    yield Draft(
        series=tuple(one.series for one in moving),
        spans=tuple(one.span() for one in moving),
        summary=f"still shifting in {names([one.series for one in moving])}",
        explanation=(
            f"{tag} shifts to the {side} at an even pace, from a mean of {number(float(mean[len(mean) // 2]))} at step"
            f" {worst.since:,} to {number(float(mean[-1]))} at the end; the loss does not fall."
            + (f" So do {len(moving) - 1} other tensors." if len(moving) > 2 else "")
        ),
        evidence=tuple(
            quotient(
                one.series.tag,
                "shift of the mean over the last quarter, in spreads",
                abs(one.move),
                over=limits.course_shift,
                metric="mean",
            )
            for one in moving[:6]
        ),
        marks=tuple(one.mark("shifting") for one in moving),
    )


def _moving(context: RunContext, limits: Thresholds) -> Iterator[Course]:
    before, end = last_quarter(context, "mean")
    goes = np.abs(end - before) >= 0.5 * limits.course_shift * context.last_of("spread")
    for series in context.having("weight", "embedding", "bias"):
        if not goes[series.index] or not len(series) or not series.size[0] >= limits.least_size:
            continue
        # Beside weights of a usual size, biases that are next to nothing may go where they like.
        weight = context.sibling(series, "weight") or series
        unit = max(float(one.value("spread")[-1]) for one in (series, weight) if len(one))
        found = course(series, series.value("mean") / unit, limits) if unit > 0 else None
        if found and abs(found.move) >= limits.course_shift:
            yield found

"""Rule loss-flat."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..bounded import Floats
from ..context import RunContext
from ..finding import Severity, Span
from ..thresholds import Thresholds
from ..words import percent
from ._losses import ends, falling, falls_now, improved, of_loss
from ._rule import Draft, NotApplicable, Outcome, rule

RECORDS = 6
"""Fewest records that show a plateau."""


@rule(
    "loss-flat",
    scope="run",
    severity="info",
    explained_by=(
        "non-finite-values",
        "no-gradient",
        "vanishing-gradients",
        "exploding-gradients",
        "dead-units",
        "saturated-activations",
        "poor-initialisation",
        "weight-explosion",
        "weight-collapse",
        "frozen-weights",
        "stopped-learning",
        "small-updates",
        "norm-scale-collapse",
    ),
    title="The loss does not fall",
    trend=True,
)
def loss_flat(context: RunContext, limits: Thresholds) -> Iterator[Outcome]:
    """The training loss has hardly fallen since the start, and does not fall now.

    What it shows
        The loss is a level line but for the noise of batches.

    Why it matters
        The model has learned next to nothing, or nothing that this loss rewards.

    How it is computed
        Median of the last tenth of the training loss lower than that of the first by less than {flat_fall} of it, and
        a gain over the last quarter below {flat_gain} or lost in the noise. Over at least
        {small_update_steps} steps, or fewer where these look like epochs, and only while no accuracy rises. A
        loss that fell and then levelled off has converged, and is not meant.

    What to try
        - Raise the learning rate ten-fold, then lower it ten-fold.
        - Check that labels belong to their inputs, and that the model can fit one small batch.

    When it is harmless
        Fine-tuning of a model that is good already; labels so noisy that there is little to learn; a plateau that
        training is about to leave.

    References
        Zhang et al. 2021, AutoTrainer; Wardat et al. 2022, DeepDiagnosis
    """
    if context.adapters:
        yield NotApplicable("low-rank adapters are trained: the model was good before")
        return
    losses = falling(context, RECORDS)
    if isinstance(losses, NotApplicable):
        yield losses
        return
    covered = max(int(loss.step[-1] - loss.step[0]) for loss in losses)
    if not context.may_be_epochs and covered < limits.small_update_steps:
        yield NotApplicable(f"fewer than {limits.small_update_steps} steps")
        return
    values = [loss.value[np.isfinite(loss.value)] for loss in losses]
    if improved(context) or not all(_is_level(one, limits) for one in values):
        return
    loss = losses[0]
    first, last = (float(np.median(part)) for part in ends(values[0]))
    gain = (first - last) / abs(first)
    course = f"{percent(gain)} lower" if gain >= 0.0005 else "no lower"
    yield Draft(
        series=(),
        spans=tuple(Span(one.tag, int(one.step[0]), int(one.step[-1]), Severity.INFO) for one in losses),
        summary=f"{loss.tag} went from {first:.4g} to {last:.4g}",
        explanation=(
            f"From step {int(loss.step[0]):,} to step {int(loss.step[-1]):,} {loss.tag} went from {first:.4g} to"
            f" {last:.4g}, {course}, and over the last quarter it shows no fall."
        ),
        evidence=(of_loss(loss, "loss, median of the last records", last, over=first - limits.flat_fall * abs(first)),),
    )


def _is_level(values: Floats, limits: Thresholds) -> bool:
    """Tell whether a loss neither fell nor rose, all in all, and does not fall now."""
    first, last = (float(np.median(part)) for part in ends(values))
    if first == 0 or not -limits.loss_gain < (first - last) / abs(first) < limits.flat_fall:
        return False
    return not falls_now(values[-max(4, len(values) // 4) :], limits, limits.flat_noise)

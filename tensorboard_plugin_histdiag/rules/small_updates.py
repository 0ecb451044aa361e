"""Rule small-updates."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..context import RunContext
from ..finding import Mark, MarkKind, Severity, Span
from ..thresholds import Thresholds
from ..words import number, percent
from ._rule import Draft, NotApplicable, Outcome, quotient, rule
from ._weights import final_drift, is_frozen


@rule(
    "small-updates",
    scope="run",
    severity="warning",
    roles=("weight",),
    explained_by=("vanishing-gradients", "no-gradient", "weight-explosion", "non-finite-values"),
    trend=True,
)
def small_updates(context: RunContext, limits: Thresholds) -> Iterator[Outcome]:
    """No weight matrix moves as far as learning needs.

    What it shows
        The histograms of all weights are nearly the same at the first and the last record, and the loss does not
        fall.

    Why it matters
        The model does not learn, or so slowly that the training time is wasted.

    How it is computed
        Drift from the first record to the last (Wasserstein distance over mean magnitude) below {idle_drift} for every
        weight matrix that is not frozen (or for all, where nothing moves), over at least {small_update_intervals}
        intervals, and {small_update_steps} steps where these do not look like epochs, while the loss has fallen by less
        than {loss_gain}. A histogram cannot see small random moves that keep its shape: with a falling loss nothing is
        said.

    What to try
        - Raise the learning rate ten-fold, or use Adam.
        - Check that gradients reach the weights and that the optimiser was given all parameters.

    When it is harmless
        Fine-tuning with a very small learning rate; the end of a schedule, if logging began only there.

    References
        Stanford CS231n notes, ratio of weights to updates; Zhang et al. 2021, AutoTrainer
    """
    judged = [
        series
        for series in context.having("weight")
        if len(series) > limits.small_update_intervals
        and series.size[0] >= limits.least_size
        and series.value("spread")[0] > 0  # of one value, poor-initialisation speaks
    ]
    # A frozen layer does not count beside others; where all are bit-identical, updates are lost in rounding.
    weights = [series for series in judged if not is_frozen(series)] or judged
    if not weights:
        yield NotApplicable("no weight tensor with enough records")
        return
    covered = max(int(series.step[-1] - series.step[0]) for series in weights)
    if not context.may_be_epochs and covered < limits.small_update_steps:
        yield NotApplicable(f"fewer than {limits.small_update_steps} steps")
        return
    drift = np.array([final_drift(series) for series in weights])
    if not (drift < limits.idle_drift).all():
        return
    gain = context.loss_gain()
    if gain is None:
        yield NotApplicable("the loss is not logged")
        return
    if gain >= limits.loss_gain:
        return
    worst = float(drift.max())
    moves = f"none of {len(weights)} weight tensors moved by more than {number(worst)} of its size"
    if worst == 0:
        moves = f"{len(weights)} weight tensors stayed the same to the last bit"
    loss = context.loss
    fell = f"fell by {percent(gain)}" if gain > 0 else "did not fall"
    yield Draft(
        series=tuple(weights),
        spans=tuple(Span(one.tag, int(one.step[0]), int(one.step[-1]), Severity.WARNING) for one in weights),
        summary=f"all weights moved by less than {number(limits.idle_drift)} of their size",
        explanation=(
            f"From step {int(weights[0].step[0]):,} to step {int(weights[0].step[-1]):,} {moves}, and the loss {fell}"
            f"{f' ({loss.tag})' if loss else ''}. Small random moves that keep the shape are not visible in histograms."
        ),
        evidence=tuple(
            quotient(one.tag, f"drift, {one.layer or one.tag}", float(moved), under=limits.idle_drift, metric="drift")
            for one, moved in list(zip(weights, drift, strict=True))[:8]
        ),
        marks=tuple(
            Mark(MarkKind.STEP_RANGE, one.tag, int(one.step[0]), int(one.step[-1]), None, None, "hardly moves")
            for one in weights
        ),
    )

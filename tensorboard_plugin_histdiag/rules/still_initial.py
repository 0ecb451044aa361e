"""Rule still-initial."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..bounded import Bools
from ..context import RunContext
from ..finding import Mark, MarkKind, Severity
from ..measured import SeriesMetrics
from ..thresholds import Thresholds
from ..words import number
from ._rule import Draft, NotApplicable, Outcome, measured, rule, span_of
from ._weights import final_drift, is_adapted, is_expert, is_frozen, looks_uniform


def _screen(context: RunContext, limits: Thresholds) -> Bools:
    flat = np.maximum(context.first_of("uniformity"), context.last_of("uniformity")) < limits.uniform_distance_few
    screened: Bools = flat & ~(context.last_of("drift") >= limits.idle_drift)
    return screened


@rule(
    "still-initial",
    scope="series",
    roles=("weight",),
    severity="info",
    records=4,
    screen=_screen,
    explained_by=("small-updates", "vanishing-gradients", "no-gradient", "dead-units", "stopped-learning"),
    title="Weights as they were initialised",
    trend=True,
)
def still_initial(series: SeriesMetrics, context: RunContext, limits: Thresholds) -> Iterator[Outcome]:
    """Weights still look like their uniform initialisation, and have hardly moved.

    What it shows
        The histogram is flat between two limits at the first record and at the last, and nearly the same.

    Why it matters
        What a layer learns gives its weights another shape. This one works with random weights, or learns very slowly.

    How it is computed
        Distance to flat (Kolmogorov-Smirnov) below {uniform_distance}, or {uniform_distance_few} where the weights are
        few (at least {uniform_size}), at both ends, and a drift from first to last below {idle_drift} of the size,
        over at least {small_update_steps} steps, or fewer where these look like epochs. Of weights that never moved at
        all, frozen-weights speaks.

    What to try
        - Check that gradients reach this layer, and compare their size with those of the others.
        - Give the layer a higher learning rate.

    When it is harmless
        A wide layer of which a little learning is enough; a training that has just begun. A histogram does not show
        moves that keep the shape.

    References
        Glorot & Bengio 2010; Ben Braiek & Khomh 2022, TheDeepChecker
    """
    last = len(series) - 1
    covered = int(series.step[last] - series.step[0])
    if not context.may_be_epochs and covered < limits.small_update_steps:
        yield NotApplicable(f"fewer than {limits.small_update_steps} steps")
        return
    if is_frozen(series) or is_adapted(series, context) or is_expert(series):
        return
    drift = final_drift(series)
    if not (looks_uniform(series, 0, limits) and looks_uniform(series, last, limits) and drift < limits.idle_drift):
        return
    moved = (
        f"drifted by about {number(drift)} of its size in all, as far as buckets show"
        if drift > 0
        else "moved too little for its buckets to show"
    )
    span = span_of(series, slice(0, last + 1), Severity.INFO)
    yield Draft(
        series=(series,),
        spans=(span,),
        summary=f"flat as initialised, drift {number(drift)}",
        explanation=(
            f"{series.tag} is flat between {number(float(series['minimum'].value[last]))} and"
            f" {number(float(series['maximum'].value[last]))} from step {span.first_step:,} to step"
            f" {span.last_step:,}, and {moved}: it still looks like its uniform initialisation."
        ),
        evidence=(
            measured(series, "drift", last, under=limits.idle_drift, label="drift from the first record"),
            measured(series, "uniformity", last, under=limits.flat_distance(float(series.size[last]))),
        ),
        marks=(Mark(MarkKind.STEP_RANGE, series.tag, span.first_step, span.last_step, None, None, "as initialised"),),
    )

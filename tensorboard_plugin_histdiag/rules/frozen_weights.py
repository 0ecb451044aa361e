"""Rule frozen-weights."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..bounded import Bools
from ..context import RunContext
from ..finding import Mark, MarkKind, Severity, Strength
from ..measured import SeriesMetrics
from ..thresholds import Thresholds
from ..words import number
from ._rule import Draft, rule, span_of
from ._weights import has_moved, is_adapted, is_expert, looks_uniform, unmoved


def _screen(context: RunContext, limits: Thresholds) -> Bools:
    return context.most("unchanged") >= 1


@rule(
    "frozen-weights",
    scope="series",
    roles=("weight", "embedding"),
    severity="warning",
    records=3,
    screen=_screen,
    explained_by=(
        "no-gradient",
        "vanishing-gradients",
        "only-last-layer-learns",
        "poor-initialisation",
        "small-updates",
        "non-finite-values",
    ),
)
def frozen_weights(series: SeriesMetrics, context: RunContext, limits: Thresholds) -> Iterator[Draft]:
    """Weights have never changed since logging began.

    What it shows
        The histogram is the same at every record, to the last bit of every bucket.

    Why it matters
        This layer does not learn: what it computes is fixed by its initialisation or by what was loaded into it.

    How it is computed
        Bit-identical buckets in at least {sustained_records} records from the first on, at least {least_size}
        weights. That is certain of the buckets; values that swap places, or move without crossing an edge, do not
        show. A warning where the weights are still flat, like a uniform initialisation (distance to flat below
        {uniform_distance}, or {uniform_distance_few} where they are few, at least {uniform_size} weights), and other
        layers move: then the layer was probably never trained. A note otherwise.

    What to try
        - Check that the optimiser was given this layer's parameters and that it is marked as trainable.
        - Check that no detach() or stop_gradient() lies between this layer and the loss.

    When it is harmless
        A backbone that is frozen on purpose, linear probing, fine-tuning of a few layers; experts that the router
        passes by. Beside low-rank adapters nothing is said of the weights that they adapt.

    References
        Humbatova et al. 2020, Taxonomy of Real Faults in Deep Learning Systems
    """
    same = series["unchanged"].value[1:] == 1
    held = int(np.argmin(np.append(same, False))) + 1
    if held < limits.sustained_records or not series.size[0] >= limits.least_size or is_adapted(series, context):
        return
    if series["minimum"].value[0] == series["maximum"].value[0]:
        return  # one value everywhere is what poor-initialisation speaks of
    thawed = held < len(series)
    others = any(has_moved(other) for other in context.having("weight", "embedding") if other is not series)
    flat = looks_uniform(series, 0, limits)
    untrained = flat and others and not thawed and not is_expert(series)
    severity = Severity.WARNING if untrained else Severity.INFO
    span = span_of(series, slice(0, held), severity)
    text = f"The histogram of {series.tag} is bit-identical in {held} records,"
    text += f" step {span.first_step:,} to {span.last_step:,}"
    text += ", and then moves." if thawed else "."
    if flat:
        text += " It is flat, as a uniform initialisation leaves it." + (
            " Other layers do move: this one was probably never trained." if untrained else ""
        )
    elif not thawed:
        text += " Its shape does not tell whether it was trained before: a frozen backbone looks like this."
    yield Draft(
        series=(series,),
        spans=(span,),
        summary=f"bit-identical in {held} of {len(series)} records" + (", flat as initialised" if flat else ""),
        explanation=text,
        evidence=(unmoved(series, span.last_step),),
        marks=(
            Mark(
                MarkKind.STEP_RANGE,
                series.tag,
                span.first_step,
                span.last_step,
                None,
                None,
                f"unchanged, spread {number(float(series['spread'].value[0]))}",
            ),
        ),
        severity=severity,
        strength=Strength.CERTAIN,
        title="" if severity is Severity.WARNING else "Weights frozen",
    )

"""Rule stopped-learning."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from ..bounded import Bools
from ..context import RunContext
from ..finding import Mark, MarkKind, Severity, Strength
from ..measured import SeriesMetrics
from ..thresholds import Thresholds
from ..words import counted
from ._rule import Draft, rule, span_of
from ._weights import is_expert, unmoved

_ROUNDING = float(np.finfo(np.float32).eps)
"""Moves that are no larger, beside the size of what moves, are of last places alone."""


def _screen(context: RunContext, limits: Thresholds) -> Bools:
    stopped: Bools = np.logical_and(context.last_of("unchanged") == 1, context.least("unchanged") == 0)
    return stopped


@rule(
    "stopped-learning",
    scope="series",
    roles=("weight", "embedding"),
    severity="warning",
    records=4,
    screen=_screen,
    explained_by=(
        "no-gradient",
        "dead-units",
        "vanishing-gradients",
        "non-finite-values",
        "norm-scale-collapse",
        "weight-collapse",
    ),
)
def stopped_learning(series: SeriesMetrics, context: RunContext, limits: Thresholds) -> Iterator[Draft]:
    """Weights changed at first, and then not at all, while others go on.

    What it shows
        From some step on the histogram stays the same to the last bit, until the end.

    Why it matters
        The layer no longer learns although the rest of the network does.

    How it is computed
        Bit-identical buckets in at least {sustained_records} records up to the last, over at least {sustained_share}
        of the run, with changes before and with another weight that still changes at the end, by more than what
        rounding in single precision leaves of a gradient once all is learned. That is certain
        of the buckets; values that swap places, or move without crossing an edge, do not show.

    What to try
        - See whether the layer's gradient became 0, or its units died, at that step.
        - Check what the program changes at that step: a schedule, trainable flags, the optimiser's parameters.

    When it is harmless
        Gradual freezing or unfreezing, where whole parts of the network take turns, and experts that the router has
        come to pass by (a note then).

    References
        Humbatova et al. 2020, Taxonomy of Real Faults in Deep Learning Systems
    """
    since = _stopped_at(series)
    records = len(series)
    if not since or records - since < max(limits.sustained_records, limits.sustained_share * records):
        return
    step = int(series.step[since])
    weights = [other for other in context.having("weight", "embedding") if len(other) > 3]
    moving = [
        other
        for other in weights
        if _stopped_at(other) >= len(other) - 1
        and other["unchanged"].value[-1] == 0
        and np.nanmax(other["drift_previous"].high[other.step > step], initial=0.0) > _ROUNDING
    ]
    if not moving:
        return
    on_purpose = _takes_turns(step, weights) or _is_all_of_its_part(series, step, weights)
    severity = Severity.INFO if on_purpose or is_expert(series) else Severity.WARNING
    span = span_of(series, slice(since, records), severity)
    yield Draft(
        series=(series,),
        spans=(span,),
        summary=f"unchanged from step {step:,} on",
        explanation=(
            f"{series.tag} changed until step {step:,}. Its histogram is bit-identical in all {records - since} records"
            f" since, while {counted(len(moving), 'other weight tensor')} still"
            f" {'changes' if len(moving) == 1 else 'change'}."
            + (" Other layers were frozen or released as a whole too: on purpose?" if on_purpose else "")
        ),
        evidence=(unmoved(series, span.last_step),),
        marks=(Mark(MarkKind.STEP_RANGE, series.tag, span.first_step, span.last_step, None, None, "unchanged"),),
        severity=severity,
        strength=Strength.CERTAIN,
    )


def _takes_turns(step: int, weights: list[SeriesMetrics]) -> bool:
    """Tell whether other weights are frozen or released at other steps, as a schedule does."""
    for other in weights:
        still = other["unchanged"].value[1:] == 1
        if still.all():
            continue
        released = int(np.argmin(still))
        if released >= 2 or (still[-2:].all() and int(other.step[_stopped_at(other)]) != step):
            return True
    return False


def _is_all_of_its_part(series: SeriesMetrics, step: int, weights: list[SeriesMetrics]) -> bool:
    """Tell whether all layers of a part with a name, such as ``encoder`` but not ``block2``, stopped at that step."""
    name = re.split(r"[./]", series.layer)[0]
    part = [other for other in weights if re.split(r"[./]", other.layer)[0] == name]
    several = len({other.layer for other in part}) > 1 and not name[-1:].isdigit()
    return several and all(int(other.step[_stopped_at(other)]) == step for other in part)


def _stopped_at(series: SeriesMetrics) -> int:
    """Return the first record from which all that follow are the same."""
    changes = np.flatnonzero(series["unchanged"].value[1:] != 1)
    return int(changes[-1]) + 1 if len(changes) else 0

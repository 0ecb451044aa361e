"""Rule only-last-layer-learns."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..context import RunContext
from ..finding import Mark, MarkKind, Severity, Span, Strength
from ..thresholds import Thresholds
from ..words import number
from ._rule import Draft, NotApplicable, Outcome, names, quotient, rule
from ._weights import final_drift, is_frozen, looks_uniform


@rule(
    "only-last-layer-learns",
    scope="run",
    severity="warning",
    roles=("weight",),
    explained_by=("vanishing-gradients", "no-gradient"),
    title="Only one layer learns",
    trend=True,
)
def only_last_layer_learns(context: RunContext, limits: Thresholds) -> Iterator[Outcome]:
    """One weight matrix moves and all others stay where they were.

    What it shows
        From the first record to the last one layer's weights drift, and all others hardly move or not at all.

    Why it matters
        The network learns no features: it fits one layer on top of what its initialisation happens to compute.

    How it is computed
        Drift from the first record to the last (Wasserstein distance over mean magnitude): above {learning_drift} for
        exactly one weight matrix, below {idle_drift} for every other, over at least {sustained_records} records. A
        warning where the others are still flat like a uniform initialisation, a note otherwise.

    What to try
        - Check which parameters the optimiser was given, and which layers are marked as trainable.
        - Check for detach() or stop_gradient() between the last layer and the ones before.

    When it is harmless
        Linear probing: only a new last layer is meant to learn.

    References
        Humbatova et al. 2020, Taxonomy of Real Faults in Deep Learning Systems
    """
    weights = [
        series
        for series in context.having("weight")
        if len(series) >= limits.sustained_records and series.size[0] >= limits.least_size
    ]
    if len(weights) < 3:
        yield NotApplicable("fewer than 3 weight tensors with enough records")
        return
    drift = np.array([final_drift(series) for series in weights])
    learning = [series for series, moved in zip(weights, drift, strict=True) if moved > limits.learning_drift]
    idle = [series for series, moved in zip(weights, drift, strict=True) if moved < limits.idle_drift]
    if len(learning) != 1 or len(idle) != len(weights) - 1 or context.adapters:
        return
    flat = [series for series in idle if looks_uniform(series, -1, limits)]
    large = [series for series in idle if series.size[-1] >= limits.uniform_size]
    severity = Severity.WARNING if flat and len(flat) == len(large) else Severity.INFO
    alone = len({series.layer or series.tag for series in idle}) == 1
    still = [series for series in idle if is_frozen(series)]
    do, worst = "does" if alone else "do", max(final_drift(series) for series in idle)
    text = (
        f"Only {learning[0].layer or learning[0].tag} learns: its weights drifted by"
        f" {number(final_drift(learning[0]))} of their size, while {names(idle)} {do} not"
        + (f" learn (drift at most {number(worst)})." if worst > 0 else " change at all.")
    )
    if flat:
        text += f" The weights of {names(flat)} are still flat, like their uniform initialisation."
    yield Draft(
        series=tuple(idle),
        spans=tuple(Span(one.tag, int(one.step[0]), int(one.step[-1]), severity) for one in idle),
        summary=f"{names(idle)} {do} not learn, {learning[0].layer or learning[0].tag} does",
        explanation=text,
        evidence=(
            quotient(
                learning[0].tag,
                f"drift, {learning[0].layer}",
                final_drift(learning[0]),
                over=limits.learning_drift,
                metric="drift",
            ),
            *(
                quotient(one.tag, f"drift, {one.layer}", final_drift(one), under=limits.idle_drift, metric="drift")
                for one in idle[:7]
            ),
        ),
        marks=tuple(
            Mark(MarkKind.STEP_RANGE, one.tag, int(one.step[0]), int(one.step[-1]), None, None, "hardly moves")
            for one in idle
        ),
        severity=severity,
        strength=Strength.CERTAIN if len(still) == len(idle) else Strength.LIKELY,
    )

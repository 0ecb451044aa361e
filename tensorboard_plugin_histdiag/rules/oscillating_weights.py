"""Rule oscillating-weights."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..bounded import Bools, Bounded, Floats
from ..context import RunContext
from ..finding import Mark, MarkKind, Severity, Strength
from ..measured import SeriesMetrics
from ..thresholds import Thresholds
from ..words import number
from ._rule import Draft, quotient, rule, span_of

_METRICS = {"mean": "mean", "rms": "magnitude (rms)"}


def _screen(context: RunContext, limits: Thresholds) -> Bools:
    """A swing is certain only where some record lies wholly above another."""
    apart = [context.most(metric, "low") > context.least(metric, "high") for metric in _METRICS]
    either: Bools = np.logical_or(*apart)
    return either


@rule(
    "oscillating-weights",
    scope="series",
    roles=("weight", "embedding", "bias"),
    severity="warning",
    records=12,
    screen=_screen,
    explained_by=("large-updates", "exploding-gradients", "weight-explosion"),
    default=False,
    trend=True,
)
def oscillating_weights(series: SeriesMetrics, context: RunContext, limits: Thresholds) -> Iterator[Draft]:
    """Weights swing back and forth between records, without going anywhere.

    What it shows
        The histogram moves to one side or grows, and goes back at the next records, over and over.

    Why it matters
        Steps overshoot the minimum: the learning rate is at the edge of what the curvature bears.

    How it is computed
        The mean, or the root mean square (rms), turns round at {oscillating_turns} or more of the records after
        warm-up. Its median swing is no blur of the buckets (the bounds of both ends do not overlap) and at least
        {oscillating_swing} of the rms, does not shrink from the first half to the second, and all in all it goes no
        farther than two swings. Off by default: batches that differ much make weights swing in health.

    What to try
        - Lower the learning rate two- to five-fold, or let it decay.
        - Use larger batches, or less momentum.

    When it is harmless
        Two trainings that alternate; weight averaging; a cyclic learning rate.

    References
        Cohen et al. 2021, Gradient Descent on Neural Networks Typically Occurs at the Edge of Stability
    """
    records = np.arange(limits.warmup(len(series)), len(series))
    records = records[np.isfinite(series.value("mean")[records])]
    if len(records) < 8 or not series.size[0] >= limits.least_size:
        return
    size, largest = (float(np.median(bound[records])) for bound in (series["rms"].value, series["rms"].high))
    for metric, words in _METRICS.items():
        found = _swings(series[metric][records], size, limits)
        if found is None:
            continue
        swings, apart = found
        span = span_of(series, slice(int(records[0]), int(records[-1]) + 1), Severity.WARNING)
        swing, least = float(np.median(swings)) / size, float(np.median(apart)) / largest
        yield Draft(
            series=(series,),
            spans=(span,),
            summary=f"{words} swings by {number(swing)} of the rms",
            explanation=(
                f"The {words} of {series.tag} turns round {len(swings) - 1} times in {len(records)} records; its median"
                f" swing is {number(swing)} of the rms and does not shrink."
            ),
            evidence=(
                quotient(
                    series.tag,
                    f"median swing of the {words} over the rms",
                    swing,
                    low=least,
                    over=limits.oscillating_swing,
                    metric=metric,
                ),
            ),
            marks=(Mark(MarkKind.STEP_RANGE, series.tag, span.first_step, span.last_step, None, None, "swinging"),),
            strength=Strength.CERTAIN if least >= limits.oscillating_swing else Strength.LIKELY,
        )
        return


def _swings(values: Bounded, size: float, limits: Thresholds) -> tuple[Floats, Floats] | None:
    """Return the distances between turning points, and what of them is proved; None where it is no oscillation."""
    move = np.sign(np.diff(values.value))
    turns = np.flatnonzero(move[1:] * move[:-1] < 0) + 1
    if len(turns) < limits.oscillating_turns * (len(values.value) - 2):
        return None
    ends = np.concatenate([[0], turns, [len(values.value) - 1]])
    swing = np.abs(np.diff(values.value[ends]))
    apart = np.maximum(values.low[ends[1:]] - values.high[ends[:-1]], values.low[ends[:-1]] - values.high[ends[1:]])
    half = len(swing) // 2
    typical = float(np.median(swing))
    if np.median(apart) <= 0 or typical < limits.oscillating_swing * size:
        return None
    if np.median(swing[half:]) < 0.8 * np.median(swing[:half]):
        return None
    quarter = max(2, len(values.value) // 4)
    gone = abs(float(np.median(values.value[-quarter:]) - np.median(values.value[:quarter])))
    return (swing, apart) if gone <= 2 * typical else None

"""Rule large-updates."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..bounded import Bools, Floats
from ..context import RunContext
from ..finding import Mark, MarkKind, Severity, Strength
from ..measured import SeriesMetrics, stretches
from ..thresholds import Thresholds
from ..words import counted, number
from ._rule import Draft, NotApplicable, Outcome, quotient, rule, span_of

_CLOSE = 0.1
"""Bounds this close, relative to what they bound, are of values themselves: buckets bound no small update so."""


def _screen(context: RunContext, limits: Thresholds) -> Bools:
    large = context.most("update_ratio", "low") > limits.large_update
    candidate: Bools = large & (context.first_size() >= limits.least_size)
    return candidate


@rule("large-updates", scope="series", roles=("weight",), severity="warning", records=4, screen=_screen, trend=True)
def large_updates(series: SeriesMetrics, context: RunContext, limits: Thresholds) -> Iterator[Outcome]:
    """Single steps change the weights by more than they should.

    What it shows
        From record to record the histogram moves by more than a hundredth of its size for every step between.

    Why it matters
        Updates this large tend to throw the weights about instead of improving them: a learning rate that is too high.

    How it is computed
        Certified lower bound of the relative update (Wasserstein distance between two records over the mean
        magnitude, by the buckets' unfavourable edges) per optimiser step above {large_update} in at least
        {large_update_pairs} successive pairs after the warm-up and the first {large_update_first} steps. The magnitude
        is at least the weight's usual one, so that what starts at 0 may grow. Usual is 0.001. Not where steps are
        epochs. Of a large update buckets prove only a part; where the values themselves were recorded,
        {large_update_exact} is asked for.

        Weights that are thrown back and forth in place keep their histogram: of such updates the buckets prove
        nothing, and the rule is silent. What gives them away is the loss, which stays noisy, or the other signs of
        a learning rate that is too high.

    What to try
        - Lower the learning rate three- to ten-fold.
        - Warm the learning rate up, or clip gradients.

    When it is harmless
        The first steps of a training. Networks that are trained against each other, as in a GAN, move faster (a note
        where a run has several networks), and a small network may learn well at such a rate: look at its loss.

    References
        Stanford CS231n notes, ratio of weights to updates
    """
    if context.steps_are_epochs is not False:
        yield NotApplicable("steps are epochs, or may be")
        return
    update = _update(series)
    moved = series["update_ratio"]
    close = moved.high - moved.low <= _CLOSE * moved.value
    exact = bool(close[np.isfinite(moved.value)].all())
    limit = limits.large_update_exact if exact else limits.large_update
    held = update > limit
    held[: limits.warmup(len(series))] = False
    held[series.step <= series.step[0] + limits.large_update_first] = False
    spans = [span for span in stretches(held) if span.stop - span.start >= limits.large_update_pairs]
    if not spans:
        return
    records = slice(spans[0].start, spans[-1].stop)
    several = len(context.networks("weight")) > 1
    severity = Severity.INFO if several else Severity.WARNING
    span = span_of(series, records, severity)
    before = int(series.step[records.start - 1])
    typical = float(np.median(update[spans[0]]))
    yield Draft(
        series=(series,),
        spans=(span,),
        summary=f"steps move the weights by {number(typical)} times their size",
        explanation=(
            f"Between step {before:,} and step {span.last_step:,}, in {counted(int(held[records].sum()), 'interval')},"
            f" {series.layer or series.tag} moved by more than {number(limit)} times its size a step on"
            f" average, at first by {number(typical)} (median); 0.001 is usual."
            f" The {'values' if exact else 'buckets'} prove it."
            + (" Networks that are trained against each other may need to move as fast." if several else "")
        ),
        evidence=(
            quotient(
                series.tag,
                "relative update per step, at least",
                typical,
                low=typical,
                over=limit,
                metric="update_ratio",
            ),
        ),
        marks=(Mark(MarkKind.STEP_RANGE, series.tag, span.first_step, span.last_step, None, None, "large updates"),),
        severity=severity,
        strength=Strength.CERTAIN,
    )


def _update(series: SeriesMetrics) -> Floats:
    """float64[n]: certified relative update per step, by the larger of the size before and the usual size."""
    size = series["mean_abs"].high
    before = np.concatenate([[np.nan], size[:-1]])
    with np.errstate(divide="ignore", invalid="ignore"):
        part: Floats = np.minimum(before / np.nanmedian(size), 1.0)
    return series["update_ratio"].low * part

"""Rule norm-scale-collapse."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..bounded import Bools
from ..context import RunContext
from ..finding import Mark, MarkKind, Strength
from ..measured import SeriesMetrics
from ..thresholds import Thresholds
from ..words import number
from ._rule import Draft, NotApplicable, Outcome, quotient, rule, span_of, sustained

_HALVES = (("minimum", "median"), ("q16", "q69"))
"""Between each two lies half of the units, or just over."""


def _screen(context: RunContext, limits: Thresholds) -> Bools:
    with np.errstate(invalid="ignore"):
        limit = limits.norm_scale_shrink * context.first_of("mean_abs")
    candidate: Bools = context.least("median") <= limit
    return candidate


@rule(
    "norm-scale-collapse",
    scope="series",
    roles=("norm-scale",),
    severity="warning",
    records=3,
    screen=_screen,
    title="Norm scale collapses",
    trend=True,
)
def norm_scale_collapse(series: SeriesMetrics, context: RunContext, limits: Thresholds) -> Iterator[Outcome]:
    """The scale of a normalisation layer has gone to zero in half of its units or more.

    What it shows
        The histogram, a spike near 1 at first, has moved to 0 for half of the units or more.

    Why it matters
        A unit whose scale is 0 passes on its shift and nothing else: whatever comes in, the same goes out, and the
        layers below get no gradient through it.

    How it is computed
        Half of the scales (all up to the median, or all between the 16th and the 69th percentile) lie within
        {norm_scale_shrink} of the first record's mean magnitude around 0, in at least {sustained_records} successive
        records. Certain where the limits of their buckets do.

    What to try
        - Leave weight decay and L1 penalties off for the scales of normalisation layers.
        - Check whether a residual branch around the layer made it superfluous: then it can be removed.

    When it is harmless
        Channels that are pruned on purpose by a penalty on the scales (network slimming). Scales that start at 0 or
        nearly so (zero-initialised residual branches, layer scale) are compared with where they start.

    References
        Ioffe & Szegedy 2015, Batch Normalization; Liu et al. 2017, Learning Efficient Convolutional Networks through
        Network Slimming
    """
    size = series["mean_abs"]
    finite = np.flatnonzero(np.isfinite(size.value))
    if not len(finite) or not size.value[finite[0]] > 0:
        yield NotApplicable("the scale starts at 0")
        return
    if series.size[finite[0]] < limits.least_size:
        yield NotApplicable(f"fewer than {limits.least_size} units")
        return
    first = float(size.value[finite[0]])
    spans = sustained(_small(series, limits.norm_scale_shrink * first), limits)
    if not spans:
        return
    records = slice(spans[0].start, spans[-1].stop)
    at = records.stop - 1
    span = span_of(series, records, norm_scale_collapse.severity)
    proved = sustained(_surely_small(series, limits.norm_scale_shrink * float(size.low[finite[0]])), limits)
    median = series["median"]
    with np.errstate(divide="ignore"):
        most = float(median.high[at] / size.low[finite[0]])
    yield Draft(
        series=(series,),
        spans=(span,),
        summary=f"median scale fell to {number(float(median.value[at]) / first)} of the first mean",
        explanation=(
            f"The scales of {series.layer or series.tag} have a mean magnitude of {number(first)} at step"
            f" {int(series.step[finite[0]]):,}. At step {span.last_step:,} their median is"
            f" {number(float(median.value[at]))}: half of the units pass on next to nothing."
        ),
        evidence=(
            quotient(
                series.tag,
                "median over the first mean magnitude",
                float(median.value[at]) / first,
                low=float(median.low[at]) / float(size.high[finite[0]]),
                high=most,
                under=limits.norm_scale_shrink,
                step=span.last_step,
                metric="median",
            ),
        ),
        marks=(
            Mark(MarkKind.STEP_RANGE, series.tag, span.first_step, span.last_step, None, None, "collapsed"),
            Mark(MarkKind.VALUE, series.tag, None, None, first, first, "first mean"),
        ),
        strength=Strength.CERTAIN if proved else Strength.LIKELY,
    )


def _small(series: SeriesMetrics, limit: float) -> Bools:
    """bool[n]: half of the scales lie within a limit around 0, as far as the buckets let estimate."""
    halves = [(series.value(lower) >= -limit) & (series.value(upper) <= limit) for lower, upper in _HALVES]
    return halves[0] | halves[1]


def _surely_small(series: SeriesMetrics, limit: float) -> Bools:
    """bool[n]: half of the scales lie within a limit around 0, on the buckets' unfavourable bounds."""
    halves = [(series[lower].low >= -limit) & (series[upper].high <= limit) for lower, upper in _HALVES]
    return halves[0] | halves[1]

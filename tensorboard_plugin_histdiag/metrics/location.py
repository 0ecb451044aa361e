"""Where the values lie: mean, magnitude, extremes, quantiles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..bounded import Bounded, Floats
from ..histogram import HistogramBatch, once, per_histogram


@once
def mean(batch: HistogramBatch) -> Bounded:
    """Bound the mean of each histogram's values.

    Parameters
    ----------
    batch
        H histograms.

    Returns
    -------
    Bounded
        Arrays of shape (H,), in the tensor's own unit; NaN where a histogram is empty.

    Notes
    -----
    Every value lies between the edges of its bucket, so
    ``sum(count * left) / N <= mean <= sum(count * right) / N``; the estimate is the middle, which is
    exact when values are spread evenly within buckets.
    """
    low = _blank(batch, per_histogram(batch, batch.share * batch.left))
    high = _blank(batch, per_histogram(batch, batch.share * batch.right))
    return Bounded(low, low + (high - low) / 2, high)


@once
def mean_abs(batch: HistogramBatch) -> Bounded:
    """Bound the mean magnitude of each histogram's values.

    Returns
    -------
    Bounded
        Arrays of shape (H,), in the tensor's own unit; NaN where a histogram is empty.

    Notes
    -----
    Low takes the nearest, high the farthest magnitude in each bucket. The estimate spreads values evenly: the
    middle's magnitude, or ``(left^2 + right^2) / (2 (right - left))`` in a bucket that holds 0.
    """
    low = _blank(batch, per_histogram(batch, batch.share * batch.nearest))
    high = _blank(batch, per_histogram(batch, batch.share * batch.farthest))
    estimate = np.abs(batch.middle)
    across = (batch.left < 0) & (batch.right > 0)
    if across.any():
        below, above = -batch.left[across], batch.right[across]
        width = below + above
        estimate[across] = (below * (below / width) + above * (above / width)) / 2
    value = _blank(batch, per_histogram(batch, batch.share * estimate))
    return Bounded(low, np.clip(value, low, high), high)


def minimum(batch: HistogramBatch) -> Bounded:
    """Return the exact smallest value of each histogram: the first left edge, shape (H,)."""
    return Bounded(batch.minimum, batch.minimum, batch.minimum)


def maximum(batch: HistogramBatch) -> Bounded:
    """Return the exact largest value of each histogram: the last right edge, shape (H,)."""
    return Bounded(batch.maximum, batch.maximum, batch.maximum)


def quantiles(batch: HistogramBatch, levels: Sequence[float]) -> list[Bounded]:
    """Bound several quantiles of each histogram's values.

    Parameters
    ----------
    batch
        H histograms.
    levels
        Shares between 0 and 1.

    Returns
    -------
    list of Bounded
        One for each level, arrays of shape (H,).

    Notes
    -----
    A quantile is the smallest value with at least that share at or below it ("inverted CDF"). It lies in the bucket
    where the cumulative share crosses the level; the estimate interpolates within that bucket.
    """
    found: list[Bounded] = []
    owns = np.flatnonzero(~batch.empty)
    ladder = _ladder(batch)
    for level in levels:
        low, value, high = (np.full(len(batch), np.nan) for _ in range(3))
        if len(owns):
            place = np.arange(len(owns)) + level
            bucket = np.searchsorted(ladder, place - 1e-12, side="left")
            bucket = np.clip(bucket, batch.start[:-1][owns], batch.start[1:][owns] - 1)
            # An empty bucket cannot hold the crossing: go on to the next that holds values.
            share = batch.share[bucket]
            below = ladder[bucket] - np.arange(len(owns)) - share
            with np.errstate(divide="ignore", invalid="ignore"):
                inside = np.where(share > 0, (level - below) / share, 0.0)
            low[owns], high[owns] = batch.left[bucket], batch.right[bucket]
            value[owns] = low[owns] + np.clip(inside, 0.0, 1.0) * (high[owns] - low[owns])
        found.append(Bounded(low, value, high))
    return found


@once
def _ladder(batch: HistogramBatch) -> Floats:
    """Cumulative shares of all histograms in one increasing array, float64[B]: the k-th that is not empty adds k."""
    rank = np.cumsum(~batch.empty) - 1
    ladder: Floats = np.minimum(batch.cumulative, 1.0) + rank[batch.owner]
    return ladder


def quantile(level: float) -> _Quantile:
    """Return the metric that bounds one quantile."""
    return _Quantile(level)


class _Quantile:
    """A metric that knows its level, so that the table of metrics can compare and print it."""

    def __init__(self, level: float) -> None:
        self.level = level

    def __call__(self, batch: HistogramBatch) -> Bounded:
        return quantiles(batch, [self.level])[0]


def interquartile_range(batch: HistogramBatch) -> Bounded:
    """Bound the distance between the quartiles of each histogram, shape (H,), in the tensor's own unit."""
    lower, upper = quantiles(batch, [0.25, 0.75])
    return Bounded(np.maximum(upper.low - lower.high, 0.0), upper.value - lower.value, upper.high - lower.low)


def _blank(batch: HistogramBatch, values: Floats) -> Floats:
    values[batch.empty] = np.nan
    return values

"""Where the values lie: mean, magnitude, extremes, quantiles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..bounded import Bounded, Floats, Ints
from ..histogram import HistogramBatch, per_occupied
from ..keeping import once
from ._weighted import weighted

LEVELS = (0.0005, 0.0668, 0.1587, 0.25, 0.3085, 0.5, 0.6915, 0.75, 0.8413, 0.9332, 0.9995)
"""Shares at which quantiles are taken: those of the Distributions tab, the quartiles, and one in two thousand."""
_ROUNDING = 1e-12
"""How far a cumulative share may be from a level that it reaches."""
_GRID = 10_000
"""All levels are multiples of one in ten thousand, so how many a share has reached is looked up in a table."""
_REACHED = np.searchsorted(np.rint(np.array(LEVELS) * _GRID), np.arange(_GRID + 1), side="right").astype(np.int8)


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
    low = blank(batch, weighted(batch, batch.left))
    high = blank(batch, weighted(batch, batch.right))
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
    below, above = np.abs(batch.left), np.abs(batch.right)
    nearest, farthest = np.minimum(below, above), np.maximum(below, above)
    across = around_zero(batch)
    nearest[across] = 0.0
    low, high = (blank(batch, weighted(batch, size)) for size in (nearest, farthest))
    value = low + (high - low) / 2
    # Where a bucket holds 0, the mean magnitude is more than half of the farthest.
    below, above = below[across], above[across]
    width = below + above
    even = (below * (below / width) + above * (above / width)) / 2
    value[batch.owner[across]] += batch.share[across] * (even - farthest[across] / 2)
    return Bounded(low, np.clip(value, low, high), high)


@once
def around_zero(batch: HistogramBatch) -> Ints:
    """Find the buckets that reach from below 0 to above, at most one a histogram."""
    return np.flatnonzero((batch.left < 0) & (batch.right > 0))


def minimum(batch: HistogramBatch) -> Bounded:
    """Return the exact smallest value of each histogram: the first left edge, shape (H,)."""
    return Bounded(batch.minimum, batch.minimum, batch.minimum)


def maximum(batch: HistogramBatch) -> Bounded:
    """Return the exact largest value of each histogram: the last right edge, shape (H,)."""
    return Bounded(batch.maximum, batch.maximum, batch.maximum)


@once
def quantiles(batch: HistogramBatch) -> dict[float, Bounded]:
    """Bound the quantiles at `LEVELS` of each histogram's values.

    Returns
    -------
    dict of Bounded
        By level, arrays of shape (H,), in the tensor's own unit; NaN where a histogram is empty.

    Notes
    -----
    A quantile is the smallest value with at least that share at or below it ("inverted CDF"). It lies in the bucket
    where the cumulative share crosses the level; the estimate interpolates within that bucket.
    """
    levels = np.array(LEVELS)
    place = (batch.cumulative * _GRID + _GRID * _ROUNDING).astype(np.int64)
    reached = _REACHED.take(place, mode="clip")
    reached[batch.last] = len(levels)
    bucket = crossing(reached, batch.first, len(levels))
    # Clipping what is in range anyway saves a sixth of the time of choosing.
    low, high, share, until = (
        array.take(bucket, mode="clip") for array in (batch.left, batch.right, batch.share, batch.cumulative)
    )
    inside = (levels - (until - share)) / share
    value = low + np.minimum(np.maximum(inside, 0.0), 1.0) * (high - low)
    # A bucket from -1e300 to -1e20 loses its upper edge in the difference.
    value = np.minimum(value, high)
    bounds = (per_occupied(batch, np.ascontiguousarray(bound.T)) for bound in (low, value, high))
    return {level: Bounded(*level_bounds) for level, *level_bounds in zip(LEVELS, *bounds, strict=True)}


def crossing(reached: NDArray[np.signedinteger], first: Ints, marks: int) -> Ints:
    """Find the bucket in which each histogram reaches each of its marks first.

    Parameters
    ----------
    reached
        int[B]; how many marks a histogram has reached with each bucket, all of them with its last.
    first
        int64[K]; the first buckets of the histograms.
    marks
        How many marks a histogram has.

    Returns
    -------
    ndarray
        int64[K, marks].
    """
    row = np.repeat(np.arange(0, len(first) * marks, marks), np.diff(first, append=len(reached)))
    row += reached
    # A mark lies in the bucket behind all those that end before it. Repeating each bucket for its marks costs the same
    # for alike histograms, and up to four times as much for others.
    ended = np.bincount(row, minlength=len(first) * marks)
    return np.cumsum(ended[: len(first) * marks]).reshape(-1, marks)


def quantile(level: float) -> _Quantile:
    """Return the metric that bounds one quantile."""
    return _Quantile(level)


class _Quantile:
    """A metric that knows its level, so that the table of metrics can compare and print it."""

    def __init__(self, level: float) -> None:
        self.level = level

    def __call__(self, batch: HistogramBatch) -> Bounded:
        return quantiles(batch)[self.level]


def interquartile_range(batch: HistogramBatch) -> Bounded:
    """Bound the distance between the quartiles of each histogram, shape (H,), in the tensor's own unit."""
    lower, upper = quantiles(batch)[0.25], quantiles(batch)[0.75]
    return Bounded(np.maximum(upper.low - lower.high, 0.0), upper.value - lower.value, upper.high - lower.low)


def blank(batch: HistogramBatch, values: Floats) -> Floats:
    """Put NaN where a histogram is empty, in place, and return the values."""
    if len(batch.occupied) < len(batch):
        values[batch.empty] = np.nan
    return values

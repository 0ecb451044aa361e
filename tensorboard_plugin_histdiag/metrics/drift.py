"""How far a series moves: Wasserstein-1 between its records.

Between two records of one weight tensor W1 is at most ``mean |w' - w|``, so a lower bound of W1 proves a move. The
reverse does not hold: values that swap places leave no trace in a histogram.
"""

from __future__ import annotations

import numpy as np

from ..bounded import Bounded, Floats, Ints
from ..histogram import HistogramBatch, once, per_histogram
from .location import mean_abs

LEVELS = 64
"""Equal shares of the values at which two histograms are compared. In each the bounds stay true, only a little
wider than with a merge of all edges, and any two histograms compare at the cost of one subtraction."""


def drift(batch: HistogramBatch) -> Bounded:
    """Bound the distance of each histogram to its series' first, relative to the first's mean magnitude.

    Parameters
    ----------
    batch
        H histograms; the first record that is finite and not empty is the reference of its series.

    Returns
    -------
    Bounded
        Arrays of shape (H,), no unit; NaN where a histogram is empty or the reference is all zeros.
    """
    return _relative(batch, _first(batch))


@once
def drift_previous(batch: HistogramBatch) -> Bounded:
    """Bound the distance of each histogram to the one before, relative to that one's mean magnitude, shape (H,)."""
    return _relative(batch, _previous(batch))


def update_ratio(batch: HistogramBatch) -> Bounded:
    """Bound the relative update per step between two records, shape (H,); ``low`` is a certified lower bound.

    Notes
    -----
    ``W1_low / mean_abs_high / (step - step before)``. CS231n's notes compare the size of updates with that of
    weights; 1e-3 per step is usual.
    """
    before = _previous(batch)
    moved = drift_previous(batch)
    steps = np.where(before >= 0, batch.step - batch.step[np.maximum(before, 0)], 1).astype(np.float64)
    return Bounded(moved.low / steps, moved.value / steps, moved.high / steps)


def unchanged(batch: HistogramBatch) -> Bounded:
    """Tell whether a histogram is bit-identical to the one before, shape (H,): 1 or 0; NaN for the first."""
    before = _previous(batch)
    lengths = np.diff(batch.start)
    comparable = before >= 0
    value = np.where(comparable, 0.0, np.nan)
    same_length = comparable & (lengths == lengths[np.maximum(before, 0)])
    inside = same_length[batch.owner]
    at = np.flatnonzero(inside)
    owner = batch.owner[at]
    other = batch.start[:-1][np.maximum(before, 0)][owner] + (at - batch.start[:-1][owner])
    differs = (
        (batch.left[at] != batch.left[other])
        | (batch.right[at] != batch.right[other])
        | (batch.count[at] != batch.count[other])
    )
    different = np.zeros(len(batch.owner))
    different[at] = differs
    value[same_length & (per_histogram(batch, different) == 0) & ~batch.empty] = 1.0
    return Bounded(value, value, value)


def _first(batch: HistogramBatch) -> Ints:
    """int64[H]: the first record of the series that is not empty, -1 where there is none."""
    owned = ~batch.empty
    place = np.where(owned, np.arange(len(batch)), len(batch))
    first = np.full(len(batch.series), len(batch), dtype=np.int64)
    logged = np.flatnonzero(np.diff(batch.series_start) > 0)
    if len(logged):
        first[logged] = np.minimum.reduceat(place, batch.series_start[:-1][logged])
    reference = first[batch.series_of]
    return np.where((reference < len(batch)) & owned, reference, -1)


@once
def _previous(batch: HistogramBatch) -> Ints:
    """int64[H]: the record before in the same series that is not empty, -1 where there is none."""
    owned = np.flatnonzero(~batch.empty)
    before = np.full(len(batch), -1, dtype=np.int64)
    if len(owned) > 1:
        same = batch.series_of[owned[1:]] == batch.series_of[owned[:-1]]
        before[owned[1:][same]] = owned[:-1][same]
    return before


def _relative(batch: HistogramBatch, other: Ints) -> Bounded:
    distance = _distance(batch, other)
    size = mean_abs(batch)[np.maximum(other, 0)]
    with np.errstate(divide="ignore", invalid="ignore"):
        known = (other >= 0) & (size.high > 0)
        low = np.where(known, distance.low / size.high, np.nan)
        value = np.where(known, distance.value / size.value, np.nan)
        high = np.where(known & (size.low > 0), distance.high / size.low, np.where(known, np.inf, np.nan))
    return Bounded(low, value, high)


def _distance(batch: HistogramBatch, other: Ints) -> Bounded:
    """Bound W1 between each histogram and another, shape (H,), in the tensor's own unit.

    W1 is the integral over all shares u of the distance between the two quantiles at u. Within one of 64 equal
    shares a quantile lies between the left edge of the bucket at its beginning and the right edge of that at its
    end, so the gap between those intervals bounds the distance from below and their outer edges from above.
    """
    result = [np.full(len(batch), np.nan) for _ in range(3)]
    pair = np.flatnonzero(other >= 0)
    if len(pair):
        left, value, right = _quantile_cells(batch)
        rank = np.cumsum(~batch.empty) - 1
        mine, theirs = rank[pair], rank[other[pair]]
        low_a, low_b, high_a, high_b = left[mine], left[theirs], right[mine], right[theirs]
        gap = np.maximum(np.maximum(low_b - high_a, low_a - high_b), 0.0)
        reach = np.maximum(high_b - low_a, high_a - low_b)
        for target, cells in zip(result, (gap, np.abs(value[mine] - value[theirs]), reach), strict=True):
            target[pair] = cells.mean(axis=1)
    low, value, high = result
    return Bounded(low, np.clip(value, low, high), high)


@once
def _quantile_cells(batch: HistogramBatch) -> tuple[Floats, Floats, Floats]:
    """Lowest, middle and highest quantile within each of 64 equal shares, shape (non-empty histograms, 64)."""
    cumulative = np.minimum(batch.cumulative, 1.0)
    last = batch.start[1:][~batch.empty] - 1
    rows = len(last)

    def buckets(marks: Floats) -> Ints:
        """Bucket of each level: a bucket is repeated for every level at which its cumulative share is the first."""
        marks[last] = LEVELS
        before = np.concatenate([[0.0], marks[:-1]])
        before[batch.start[:-1][~batch.empty]] = 0.0
        times = np.maximum(marks - before, 0.0).astype(np.int64)
        return np.repeat(np.arange(len(marks)), times).reshape(rows, LEVELS)

    tiny = 1e-9
    # Level j / 64 begins in the first bucket whose cumulative share exceeds it, and ends in the first that reaches it.
    begins = buckets(np.ceil(cumulative * LEVELS - tiny))
    ends = buckets(np.floor(cumulative * LEVELS + tiny))
    middle = buckets(np.floor(cumulative * LEVELS + 0.5))
    at = (np.arange(LEVELS) + 0.5) / LEVELS
    below = cumulative[middle] - batch.share[middle]
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = np.clip(np.where(batch.share[middle] > 0, (at - below) / batch.share[middle], 0.5), 0.0, 1.0)
    value = batch.left[middle] + inside * (batch.right[middle] - batch.left[middle])
    return batch.left[begins], value, batch.right[ends]

"""How far a series moves: Wasserstein-1 between its records.

Between two records of one weight tensor W1 is at most ``mean |w' - w|``, so a lower bound of W1 proves a move. The
reverse does not hold: values that swap places leave no trace in a histogram.
"""

from __future__ import annotations

import numpy as np

from ..bounded import Bounded, Floats, Ints
from ..histogram import HistogramBatch, once, per_bucket, per_histogram
from .location import mean_abs, rises

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
    comparable = before >= 0
    value = np.where(comparable, 0.0, np.nan)
    other = np.maximum(before, 0)
    # Most histograms differ already in their ends; the buckets of the others are compared one by one.
    alike = comparable & (batch.lengths == batch.lengths[other])
    alike &= (batch.minimum == batch.minimum[other]) & (batch.maximum == batch.maximum[other])
    if alike.any():
        at = np.flatnonzero(per_bucket(batch, alike))
        there = at + per_bucket(batch, batch.start[:-1][other] - batch.start[:-1])[at]
        differs = np.zeros(len(batch.left))
        differs[at] = (
            (batch.left[at] != batch.left[there])
            | (batch.right[at] != batch.right[there])
            | (batch.count[at] != batch.count[there])
        )
        value[alike & (per_histogram(batch, differs) == 0)] = 1.0
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
        rank = np.cumsum(~batch.empty) - 1
        mine, theirs = rank[pair], rank[other[pair]]
        cells = _quantile_cells(batch)
        if (theirs + 1 == mine).all():
            # Compare each with the one before, across series too: slices cost less than choosing rows.
            distances = [found[mine - 1] for found in _between(cells, slice(1, None), slice(None, -1))]
        else:
            whole = len(pair) == len(cells[0])
            distances = _between(cells, slice(None) if whole else mine, theirs)
        for target, found in zip(result, distances, strict=True):
            target[pair] = found
    low, value, high = result
    return Bounded(low, np.clip(value, low, high), high)


def _between(cells: tuple[Floats, Floats, Floats], one: Ints | slice, two: Ints | slice) -> list[Floats]:
    """Lowest, estimated and highest W1 between rows of cells.

    The quantile intervals of two cells are apart by ``farther = max(left_b - right_a, left_a - right_b)``, overlap
    where that is negative, and reach ``farther + width_a + width_b`` at most.
    """
    left, value, right = cells
    farther, closer, moved = _rows(left, two), _rows(left, one), _rows(value, two)
    farther = farther - right[one]
    np.maximum(farther, closer - _rows(right, two), out=farther)
    reach = _sum(farther)
    np.maximum(farther, 0.0, out=farther)
    moved = moved - value[one]
    width = _sum(right) - _sum(left)
    sums = _sum(farther), _sum(np.abs(moved, out=moved)), reach + width[one] + width[two]
    return [total / LEVELS for total in sums]


def _rows(cells: Floats, chosen: Ints | slice) -> Floats:
    """Choose rows; `take` copies whole rows in half the time of an index."""
    return cells[chosen] if isinstance(chosen, slice) else cells.take(chosen, axis=0)


def _sum(cells: Floats) -> Floats:
    """Sum rows; `einsum` does short rows in half the time of `sum`."""
    total: Floats = np.einsum("ij->i", cells)
    return total


@once
def _quantile_cells(batch: HistogramBatch) -> tuple[Floats, Floats, Floats]:
    """Lowest, middle and highest quantile within each of 64 equal shares, shape (non-empty histograms, 64)."""
    cumulative, share = batch.cumulative * LEVELS, batch.share * LEVELS

    def times(marks: Floats) -> Ints:
        """How often each bucket stands: for every level at which its cumulative share is the first."""
        levels = marks.astype(np.int64)
        levels[batch.last] = LEVELS
        return rises(batch, levels)

    tiny = 1e-9
    # Level j / 64 begins in the first bucket whose cumulative share exceeds it, and ends in the first that reaches it.
    left = np.repeat(batch.left, times(np.ceil(cumulative - tiny)))
    right = np.repeat(batch.right, times(cumulative + tiny))
    middle = np.repeat(np.arange(len(share)), times(cumulative + 0.5))
    with np.errstate(divide="ignore", invalid="ignore"):
        # Shares grow evenly across a bucket: the quantile at u is left + (u - share below) * (width / share).
        # Buckets without a share give nonsense, and stand nowhere.
        slope = (batch.right - batch.left) / share
        origin = batch.left - (cumulative - share) * slope
    value = slope.take(middle).reshape(-1, LEVELS)
    value *= np.arange(LEVELS) + 0.5
    value += origin.take(middle).reshape(-1, LEVELS)
    return left.reshape(-1, LEVELS), value, right.reshape(-1, LEVELS)

"""How far a series moves: Wasserstein-1 between its records.

Between two records of one weight tensor W1 is at most ``mean |w' - w|``, so a lower bound of W1 proves a move. The
reverse does not hold: values that swap places leave no trace in a histogram.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from ..bounded import Bounded, Floats, Ints
from ..histogram import HistogramBatch, per_bucket, per_histogram
from ..keeping import once
from .location import crossing, mean_abs

LEVELS = 64
"""How many equally spaced shares two histograms are compared at. Between them the bounds stay true, only a little
wider than with a merge of all edges, and any two histograms compare at the cost of one subtraction."""
_MARKS = np.concatenate([[0.0], (np.arange(LEVELS) + 0.5) / LEVELS, [1.0]])
_CELLS = np.append(np.diff(_MARKS), 0.0)
"""Share between each mark and the next; none follows the last."""
_ROUNDING = 1e-9
STRETCH = 3000
"""Histograms whose marks are compared at once: what is made of them is 1.6 MB an array. In shorter stretches the
threads that measure wait for each other more often."""


class _Marks(NamedTuple):
    """Lowest, estimated and highest quantile at each of `_MARKS`, shape (non-empty histograms, 66).

    The estimate leaves out the marks 0 and 1, the extremes, which are outliers' places: it is 0 there. ``width`` is by
    how much the bounds of the quantiles lie apart, over all shares.
    """

    left: Floats
    value: Floats
    right: Floats
    width: Floats


def drift(batch: HistogramBatch) -> Bounded:
    """Bound the distance of each histogram to its series' first, relative to the first's mean magnitude.

    Where the steps of a series go back, the first record from there on is the reference of those that follow.

    Parameters
    ----------
    batch
        H histograms; the first record that is finite and not empty is the reference of its series.

    Returns
    -------
    Bounded
        Arrays of shape (H,), no unit; NaN where a histogram is empty or the reference is all zeros.
    """
    return _both(batch)[0]


def drift_previous(batch: HistogramBatch) -> Bounded:
    """Bound the distance of each histogram to the one before, relative to that one's mean magnitude, shape (H,).

    NaN where the steps of a series go back: the record before may be another training's.
    """
    return _both(batch)[1]


@once
def _both(batch: HistogramBatch) -> tuple[Bounded, Bounded]:
    """Measure the drift from the first and from the record before."""
    others = _first(batch), _previous_of_training(batch)
    distances = (_at_all_edges if batch.fine else _at_marks)(batch, others)
    moved = [_relative(batch, *each) for each in zip(distances, others, strict=True)]
    return moved[0], moved[1]


def _at_marks(batch: HistogramBatch, others: Sequence[Ints]) -> list[Floats]:
    """Bound W1 between each histogram and others, shapes (3, H), of a stretch of whole series after the other."""
    distances = [np.full((3, len(batch)), np.nan) for _ in others]
    row = np.cumsum(~batch.empty) - 1
    for begin, end in _stretches(batch):
        marks = _marks(batch, begin, end)
        before = np.searchsorted(batch.occupied, begin)
        for distance, other in zip(distances, others, strict=True):
            pair = begin + np.flatnonzero(other[begin:end] >= 0)
            if len(pair):
                distance[:, pair] = _distance(marks, row[pair] - before, row[other[pair]] - before)
    return distances


def _at_all_edges(batch: HistogramBatch, others: Sequence[Ints]) -> list[Floats]:
    """Do as `_at_marks` with every share at which either of two histograms leaves a bucket: exact for single values."""
    distances = [np.full((3, len(batch)), np.nan) for _ in others]
    for distance, other in zip(distances, others, strict=True):
        for one in np.flatnonzero(other >= 0):
            distance[:, one] = _merged(batch, int(one), int(other[one]))
    return distances


def _merged(batch: HistogramBatch, one: int, two: int) -> tuple[float, float, float]:
    """Bound W1 between two histograms by a merge of all their edges: lowest, estimated and highest."""
    if one == two:
        return 0.0, 0.0, 0.0
    mine, theirs = (slice(int(batch.start[each]), int(batch.start[each + 1])) for each in (one, two))
    # Whole numbers, so that equal shares are equal: a share's count here times the number of values there.
    until = [np.cumsum(batch.count[each]).astype(np.int64) for each in (mine, theirs)]
    until = [until[0] * until[1][-1], until[1] * until[0][-1]]
    cuts = np.concatenate(until)
    cuts.sort(kind="stable")  # two sorted runs are merged; numpy's union1d takes many times as long
    cuts = cuts[np.diff(cuts, prepend=0) > 0]
    share = np.diff(cuts, prepend=0) / cuts[-1]
    at = mine.start + np.searchsorted(until[0], cuts), theirs.start + np.searchsorted(until[1], cuts)
    left, right = batch.left, batch.right
    farther = np.maximum(left[at[1]] - right[at[0]], left[at[0]] - right[at[1]])
    width = (right[at[0]] - left[at[0]]) + (right[at[1]] - left[at[1]])
    low, high = (float(share @ reach) for reach in (np.maximum(farther, 0.0), farther + width))
    middle = np.abs((left[at[0]] - left[at[1]]) / 2 + (right[at[0]] - right[at[1]]) / 2)
    return low, min(max(float(share @ middle), low), high), high


def update_ratio(batch: HistogramBatch) -> Bounded:
    """Bound the relative update per step between two records, shape (H,); ``low`` is a certified lower bound.

    Notes
    -----
    ``W1_low / mean_abs_high / (step - step before)``. CS231n's notes compare the size of updates with that of
    weights; 1e-3 per step is usual.
    """
    before = _previous_of_training(batch)
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
    begins = _begins(batch)
    if not len(begins):
        return np.full(0, -1, dtype=np.int64)
    reference = np.repeat(np.minimum.reduceat(place, begins), np.diff(np.append(begins, len(batch))))
    return np.where((reference < len(batch)) & owned, reference, -1)


@once
def _begins(batch: HistogramBatch) -> Ints:
    """int64[T]: the records at which a training begins: the first of a series, and where its steps went back to."""
    resumed = batch.step == batch.resumed_at[batch.series_of]
    resumed[batch.series_start[:-1][np.diff(batch.series_start) > 0]] = True
    return np.flatnonzero(resumed)


@once
def _previous_of_training(batch: HistogramBatch) -> Ints:
    """int64[H]: as `_previous`, but -1 where it is another training's."""
    before = _previous(batch)
    training = np.zeros(len(batch), dtype=np.int64)
    training[_begins(batch)] = 1
    training = np.cumsum(training)
    return np.where(training == training[np.maximum(before, 0)], before, -1)


@once
def _previous(batch: HistogramBatch) -> Ints:
    """int64[H]: the record before in the same series that is not empty, -1 where there is none."""
    owned = np.flatnonzero(~batch.empty)
    before = np.full(len(batch), -1, dtype=np.int64)
    if len(owned) > 1:
        same = batch.series_of[owned[1:]] == batch.series_of[owned[:-1]]
        before[owned[1:][same]] = owned[:-1][same]
    return before


def _stretches(batch: HistogramBatch) -> Iterator[tuple[int, int]]:
    """Cut the records between series into stretches of about `STRETCH`."""
    begins = batch.series_start
    inner = begins[np.searchsorted(begins, np.arange(STRETCH, len(batch), STRETCH))]
    yield from pairwise(sorted({0, *inner.tolist(), len(batch)}))


def _relative(batch: HistogramBatch, distance: Floats, other: Ints) -> Bounded:
    size = mean_abs(batch)[np.maximum(other, 0)]
    with np.errstate(divide="ignore", invalid="ignore"):
        # Where there is no other, the distance is NaN; where the other may be all zeros, the highest is infinite.
        distance /= size.high, size.value, size.low
    distance[:, size.high == 0] = np.nan
    return Bounded(*distance)


def _distance(marks: _Marks, mine: Ints, theirs: Ints) -> Floats:
    """Bound W1 between rows of marks, shape (3, pairs): lowest, estimated and highest, in the tensor's own unit.

    W1 is the integral over all shares u of the distance between the two quantiles at u. Between two marks a quantile
    lies between the left edge of the bucket at the first mark and the right edge of that at the second, so the gap
    between those intervals bounds the distance from below and their outer edges from above. The estimate takes the
    quantiles at the marks themselves.
    """
    if (theirs + 1 == mine).all():
        # Compare each with the one before, across series too: slices cost less than choosing rows.
        low, value, high = (found[mine - 1] for found in _between(marks, slice(1, None), slice(None, -1)))
    else:
        whole = len(mine) == len(marks.left)
        low, value, high = _between(marks, slice(None) if whole else mine, theirs)
    return np.stack([low, np.clip(value, low, high), high])


def _between(marks: _Marks, one: Ints | slice, two: Ints | slice) -> list[Floats]:
    """Lowest, estimated and highest W1 between rows of marks.

    The quantile intervals of two cells are apart by ``farther = max(left_b - right_a, left_a - right_b)``, overlap
    where that is negative, and reach ``farther + width_a + width_b`` at most.
    """
    left, right, width = marks.left, marks.right, marks.width
    farther = _cells(_rows(left, two), right[one])
    np.maximum(farther, _cells(left[one], _rows(right, two)), out=farther)
    reach = _sum(farther, _CELLS)
    np.maximum(farther, 0.0, out=farther)
    moved = _rows(marks.value, two) - marks.value[one]
    np.abs(moved, out=moved)
    return [_sum(farther, _CELLS), np.einsum("ij->i", moved) / LEVELS, reach + width[one] + width[two]]


def _cells(begin: Floats, end: Floats) -> Floats:
    """Begin of each cell less the end, which stands one mark further on.

    Taken of all rows in one line, as that is thrice as fast; what lies between the rows is no cell.
    """
    result = np.empty(begin.shape)
    np.subtract(begin.reshape(-1)[:-1], end.reshape(-1)[1:], out=result.reshape(-1)[:-1])
    result[:, -1] = 0.0
    return result


def _rows(marks: Floats, chosen: Ints | slice) -> Floats:
    """Choose rows; `take` copies whole rows in half the time of an index."""
    return marks[chosen] if isinstance(chosen, slice) else marks.take(chosen, axis=0)


def _sum(rows: Floats, weight: Floats) -> Floats:
    """Weigh and sum each row; a matrix product's last digit would depend on how many rows there are."""
    total: Floats = np.einsum("ij,j->i", rows, weight)
    return total


def _marks(batch: HistogramBatch, begin: int, end: int) -> _Marks:
    """Find the marks of records ``begin:end``."""
    buckets = slice(int(batch.start[begin]), int(batch.start[end]))
    left, right, share, until = (edge[buckets] for edge in (batch.left, batch.right, batch.share, batch.cumulative))
    owns = slice(*np.searchsorted(batch.occupied, (begin, end)))
    first, last = batch.first[owns] - buckets.start, batch.last[owns] - buckets.start
    # The mark 0 is reached in the first bucket, the mark 1 in the last.
    reached = (until * LEVELS + (1.5 + _ROUNDING)).astype(np.int64)
    reached[last] = LEVELS + 2
    bucket = crossing(reached, first, LEVELS + 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        # Shares grow evenly across a bucket: the quantile at u is left + (u - share below) * (width / share).
        # Buckets without a share give nonsense, and stand nowhere.
        slope = (right - left) / share
        origin = left - (until - share) * slope
    # Clipping what is in range anyway saves a sixth of the time of choosing.
    value = slope.take(bucket, mode="clip")
    value *= _MARKS
    value += origin.take(bucket, mode="clip")
    # But for the ends.
    value[:, 0] = value[:, -1] = 0.0
    left, right = left.take(bucket, mode="clip"), right.take(bucket, mode="clip")
    return _Marks(left, value, right, -_sum(_cells(left, right), _CELLS))

"""What the histogram looks like: skewness, tails, peaks, flatness, and how finely it was logged."""

from __future__ import annotations

import numpy as np

from ..bounded import Bools, Bounded, Floats
from ..histogram import HistogramBatch, per_bucket, per_histogram, per_occupied
from ..keeping import once
from .spread import fullest, moments, scaled, std

CELLS = 30
"""Equal cells over [minimum, maximum] on which peaks are looked for: what TensorFlow 2 logs."""
PEAK_MASS = 0.1
"""A peak is a stretch that holds at least this share of the values,"""
VALLEY = 0.5
"""and is parted from the next by a valley no higher than this share of the lower one."""
_ROUNDING = 1e-9
"""Room in both comparisons, so that a tie is not settled by the last place of a sum."""
_TINY = np.finfo(np.float64).tiny


def skewness(batch: HistogramBatch) -> Bounded:
    """Estimate the skewness of each histogram's values, shape (H,): 0 for symmetric, above for a tail to the right."""
    second, third, _ = moments(batch)
    with np.errstate(divide="ignore", invalid="ignore"):
        return Bounded.estimate(np.where(second > 0, third / second**1.5, np.nan))


def kurtosis(batch: HistogramBatch) -> Bounded:
    """Estimate the excess kurtosis of each histogram's values, shape (H,): 0 normal, -1.2 flat, above: long tails."""
    second, _, fourth = moments(batch)
    with np.errstate(divide="ignore", invalid="ignore"):
        return Bounded.estimate(np.where(second > 0, fourth / second**2 - 3, np.nan))


def entropy(batch: HistogramBatch) -> Bounded:
    """Estimate the entropy relative to a flat histogram over the same range, shape (H,), in bits.

    Notes
    -----
    ``-sum(p log2(p R / w))`` with share p and width w of each bucket and range R: 0 for a flat histogram, negative
    the more the values concentrate. Splitting a bucket evenly does not change it. NaN for a constant.
    """
    scale, left, right = scaled(batch)
    extent = (batch.maximum - batch.minimum) / scale
    share = batch.share
    with np.errstate(divide="ignore", invalid="ignore"):
        width = np.maximum((right - left) / per_bucket(batch, extent), 1e-12)
    value = -per_histogram(batch, share * np.log2(np.maximum(share, _TINY) / width))
    value[batch.empty | ~(extent > 0)] = np.nan
    return Bounded.estimate(value)


def uniformity(batch: HistogramBatch) -> Bounded:
    """Estimate the distance to a flat histogram over [minimum, maximum], shape (H,), from 0 (flat) to 1.

    Notes
    -----
    The Kolmogorov-Smirnov distance at the bucket edges, where the cumulative share is exact.
    """
    scale, _, right = scaled(batch)
    low, extent = batch.minimum / scale, (batch.maximum - batch.minimum) / scale
    with np.errstate(divide="ignore", invalid="ignore"):
        flat = (right - per_bucket(batch, low)) / per_bucket(batch, extent)
    gap = np.abs(batch.cumulative - flat)
    value = per_occupied(batch, np.maximum.reduceat(gap, batch.first) if len(gap) else gap)
    value[~(extent > 0)] = np.nan
    return Bounded.estimate(value)


def peaks(batch: HistogramBatch) -> Bounded:
    """Count the peaks of each histogram, shape (H,).

    Notes
    -----
    On thirty equal cells, smoothed over three: two peaks are apart where a valley no higher than half of the lower
    one lies between, and each side holds at least a tenth of the values. 1 for a constant.
    """
    # A row a cell: each step works on all histograms at once.
    height = np.ascontiguousarray(density(batch).T)
    smooth = height.copy()
    smooth[1:-1] += height[:-2]
    smooth[1:-1] += height[2:]
    smooth[1:-1] /= 3
    to_left, to_right = smooth.copy(), smooth.copy()
    for cell in range(1, CELLS):
        np.maximum(to_left[cell - 1], to_left[cell], out=to_left[cell])
        np.maximum(to_right[-cell], to_right[-cell - 1], out=to_right[-cell - 1])
    mass = np.cumsum(height, axis=0)
    lower = np.minimum(to_left, to_right, out=to_left)
    lower *= VALLEY + _ROUNDING
    # With this cell, at least a tenth to the left and to the right.
    valley = (smooth <= lower) & (mass >= PEAK_MASS - _ROUNDING)
    mass -= height
    valley &= mass <= mass[-1] + height[-1] - (PEAK_MASS - _ROUNDING)
    count = np.ones(len(batch))
    several = np.flatnonzero(valley.any(axis=0))
    count[several] = np.maximum(_separate(height[:, several].T, valley[:, several].T), 1.0)
    count[batch.empty] = np.nan
    return Bounded.estimate(count)


def levels(batch: HistogramBatch) -> Bounded:
    """Count the values of a tensor that has few, shape (H,); NaN where non-empty buckets touch each other.

    Notes
    -----
    Quantised or clipped values leave buckets that stand apart, each between empty ones (or without width).
    """
    used, wide = batch.count > 0, batch.right > batch.left
    touching = np.zeros(len(used), dtype=bool)
    touching[1:] = used[1:] & used[:-1] & (wide[1:] | wide[:-1])
    touching[batch.first] = False
    apart = ~batch.empty
    apart[batch.occupied] &= ~np.logical_or.reduceat(touching, batch.first) if len(used) else used
    value = np.full(len(batch), np.nan)
    if apart.any():
        value[apart] = per_histogram(batch, used.astype(np.float64))[apart]
    return Bounded.estimate(value)


def resolution(batch: HistogramBatch) -> Bounded:
    """Tell how coarse the buckets are, shape (H,): the width of the std's bounds over its estimate; 0 is exact."""
    spread = std(batch)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(spread.high > spread.low, (spread.high - spread.low) / spread.value, 0.0)
    value[batch.empty] = np.nan
    return Bounded.estimate(value)


def top_mass(batch: HistogramBatch) -> Bounded:
    """Return the share of values in the fullest bucket, shape (H,)."""
    return Bounded.estimate(fullest(batch))


@once
def density(batch: HistogramBatch) -> Floats:
    """Return the share of values in thirty equal cells over [minimum, maximum], shape (H, 30).

    A constant stands in the first cell; an empty histogram has zeros.
    """
    extent = batch.maximum - batch.minimum
    spread = extent > 0
    ready = batch.lengths == CELLS
    middle = np.minimum(batch.start[:-1] + CELLS // 2, max(len(batch.left) - 1, 0))
    if ready.any():
        ready &= np.abs(batch.left[middle] - batch.minimum - extent / 2) <= 1e-3 * extent
    if ready.all():
        return batch.share.reshape(-1, CELLS)
    result = np.zeros((len(batch), CELLS))
    if ready.any():
        result[ready] = batch.share[batch.start[:-1][ready][:, None] + np.arange(CELLS)]
    result[~batch.empty & ~spread] = 0.0
    result[~batch.empty & ~spread, 0] = 1.0
    rest = np.flatnonzero(spread & ~ready)
    if len(rest):
        chosen = np.zeros(len(batch), dtype=bool)
        chosen[rest] = True
        pick = chosen[batch.owner]
        rank = np.cumsum(chosen) - 1
        owner = batch.owner[pick]
        # One increasing axis for all: histogram k occupies [2 k, 2 k + 1].
        edge = (batch.right[pick] - batch.minimum[owner]) / extent[owner] + 2 * rank[owner]
        share = batch.cumulative[pick] + 2 * rank[owner]
        begin = 2.0 * np.arange(len(rest))
        place = np.insert(edge, np.searchsorted(edge, begin), begin)
        level = np.insert(share, np.searchsorted(edge, begin), begin)
        grid = begin[:, None] + np.arange(CELLS + 1) / CELLS
        result[rest] = np.diff(np.interp(grid, place, level), axis=1)
    return result


def _separate(height: Floats, valley: Bools) -> Floats:
    """Count the stretches between valleys that hold at least `PEAK_MASS` of the values, shape (H,)."""
    begins = ~valley
    begins[:, 1:] &= valley[:, :-1]
    stretch = np.cumsum(begins, axis=1)
    # One number for each stretch of each histogram, so that all masses are added in one pass.
    number = stretch + (CELLS + 1) * np.arange(len(height))[:, None]
    mass = np.bincount(number[~valley], weights=height[~valley], minlength=(CELLS + 1) * len(height))
    heavy: Floats = (mass.reshape(len(height), CELLS + 1) >= PEAK_MASS - _ROUNDING).sum(axis=1).astype(np.float64)
    return heavy

"""What the histogram looks like: skewness, tails, peaks, flatness, and how finely it was logged."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ..bounded import Bools, Bounded, Floats, Ints
from ..histogram import HistogramBatch, per_bucket, per_histogram, per_occupied
from ..keeping import once
from ._weighted import CELLS, weighted
from .spread import fullest, moments, scaled, std

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
    value = -weighted(batch, np.log2(np.maximum(share, _TINY) / width))
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
    height, smooth, lower, inside = _profile(batch)
    parted = inside & (smooth <= lower * (VALLEY + _ROUNDING))
    count = np.ones(len(batch))
    several = np.flatnonzero(parted.any(axis=0))
    if len(several):
        rows = (np.ascontiguousarray(cells[:, several].T) for cells in (height, smooth, parted))
        count[several] = np.maximum(_separate(*rows), 1)
    count[batch.empty] = np.nan
    return Bounded.estimate(count)


def valley(batch: HistogramBatch) -> Bounded:
    """Estimate how high the deepest valley is beside the lower of its peaks, shape (H,): 1 where there is one peak.

    Notes
    -----
    On the cells of `peaks`, for valleys that have a tenth of the values on each side. Two standard errors higher than
    it looks, as counts of few values go up and down by chance.
    """
    _, smooth, lower, inside = _profile(batch)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.sqrt((lower + smooth) / (3 * batch.total))
        value = np.min((smooth + 2 * error) / lower, axis=0, where=inside & (lower > 0), initial=1.0)
    # The last places depend on what else is measured beside it: see `density`.
    value = np.round(value, 6)
    value[batch.empty] = np.nan
    return Bounded.estimate(value)


@once
def _profile(batch: HistogramBatch) -> tuple[Floats, Floats, Floats, Bools]:
    """Return each cell's share, the same smoothed over three, the lower of the peaks on both sides, shapes (30, H).

    And whether, with this cell, at least a tenth of the values lies to the left and to the right.
    """
    # A row a cell: each step works on all histograms at once. Copies, as the batch's own are read by others.
    height, mass = (np.array(rows.T, order="C") for rows in density(batch))
    smooth = height.copy()
    smooth[1:-1] += height[:-2]
    smooth[1:-1] += height[2:]
    smooth[1:-1] /= 3
    # The highest so far from the left, and beside it from the right.
    highest = np.stack([smooth, smooth[::-1]], axis=1)
    for before, here in pairwise(highest):
        np.maximum(before, here, out=here)
    lower = np.minimum(highest[:, 0], highest[::-1, 1])
    inside = mass >= PEAK_MASS - _ROUNDING
    mass -= height
    inside &= mass <= 1 - (PEAK_MASS - _ROUNDING)
    return height, smooth, lower, inside


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


def density(batch: HistogramBatch) -> tuple[Floats, Floats]:
    """Return the share of values in thirty equal cells over [minimum, maximum], and up to each, shapes (H, 30).

    A constant stands in the first cell; an empty histogram has zeros.
    """
    extent = batch.maximum - batch.minimum
    spread = extent > 0
    ready = batch.lengths == CELLS
    middle = np.minimum(batch.start[:-1] + CELLS // 2, max(len(batch.left) - 1, 0))
    if ready.any():
        ready &= np.abs(batch.left[middle] - batch.minimum - extent / 2) <= 1e-3 * extent
    if ready.all():
        return batch.share.reshape(-1, CELLS), batch.cumulative.reshape(-1, CELLS)
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
    return result, np.cumsum(result, axis=1)


def _separate(height: Floats, smooth: Floats, valley: Bools) -> Ints:
    """Count the stretches between valleys that are peaks of their own, shape (H,).

    Of two that no valley parts, which must be low beside the lower one, that one is a hump of the other's flank.
    """
    # Each run of valley cells, or of others, in one line of all histograms.
    begins = np.ones(valley.size, dtype=bool)
    begins[1:] = valley.ravel()[1:] != valley.ravel()[:-1]
    begins[::CELLS] = True
    run = np.flatnonzero(begins)
    owner = run // CELLS
    mass = np.add.reduceat(height.ravel(), run)
    highest, lowest = np.maximum.reduceat(smooth.ravel(), run), np.minimum.reduceat(smooth.ravel(), run)
    peak = np.flatnonzero(~valley.ravel()[run] & (mass >= PEAK_MASS - _ROUNDING))
    while True:
        left, right = peak[:-1], peak[1:]
        between = np.minimum.reduceat(lowest, np.stack([left + 1, right], axis=1).ravel())[::2]
        parted = between <= (VALLEY + _ROUNDING) * np.minimum(highest[left], highest[right])
        joined = np.flatnonzero(~parted & (owner[left] == owner[right]))
        if not len(joined):
            return np.bincount(owner[peak], minlength=len(height))
        peak = np.delete(peak, joined + (highest[left] >= highest[right])[joined])

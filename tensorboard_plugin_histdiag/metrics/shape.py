"""What the histogram looks like: skewness, tails, peaks, flatness, and how finely it was logged."""

from __future__ import annotations

import numpy as np

from ..bounded import Bools, Bounded, Floats
from ..histogram import HistogramBatch, once, per_histogram
from .location import mean
from .spread import std

CELLS = 30
"""Equal cells over [minimum, maximum] on which peaks are looked for: what TensorFlow 2 logs."""
PEAK_MASS = 0.1
"""A peak is a stretch that holds at least this share of the values,"""
VALLEY = 0.5
"""and is parted from the next by a valley no higher than this share of the lower one."""
_ROUNDING = 1e-9
"""Room in both comparisons, so that a tie is not settled by the last place of a sum."""


def skewness(batch: HistogramBatch) -> Bounded:
    """Estimate the skewness of each histogram's values, shape (H,): 0 for symmetric, above for a tail to the right."""
    second, third, _ = _moments(batch)
    with np.errstate(divide="ignore", invalid="ignore"):
        return Bounded.estimate(np.where(second > 0, third / second**1.5, np.nan))


def kurtosis(batch: HistogramBatch) -> Bounded:
    """Estimate the excess kurtosis of each histogram's values, shape (H,): 0 normal, -1.2 flat, above: long tails."""
    second, _, fourth = _moments(batch)
    with np.errstate(divide="ignore", invalid="ignore"):
        return Bounded.estimate(np.where(second > 0, fourth / second**2 - 3, np.nan))


def entropy(batch: HistogramBatch) -> Bounded:
    """Estimate the entropy relative to a flat histogram over the same range, shape (H,), in bits.

    Notes
    -----
    ``-sum(p log2(p R / w))`` with share p and width w of each bucket and range R: 0 for a flat histogram, negative
    the more the values concentrate. Splitting a bucket evenly does not change it. NaN for a constant.
    """
    extent = (batch.maximum - batch.minimum)[batch.owner]
    share = batch.share
    with np.errstate(divide="ignore", invalid="ignore"):
        width = np.maximum((batch.right - batch.left) / extent, 1e-12)
        terms = np.where(share > 0, -share * np.log2(share / width), 0.0)
    value = per_histogram(batch, np.where(np.isfinite(terms), terms, 0.0))
    value[batch.empty | ~(batch.maximum > batch.minimum)] = np.nan
    return Bounded.estimate(value)


def uniformity(batch: HistogramBatch) -> Bounded:
    """Estimate the distance to a flat histogram over [minimum, maximum], shape (H,), from 0 (flat) to 1.

    Notes
    -----
    The Kolmogorov-Smirnov distance at the bucket edges, where the cumulative share is exact.
    """
    extent = (batch.maximum - batch.minimum)[batch.owner]
    low = batch.minimum[batch.owner]
    with np.errstate(divide="ignore", invalid="ignore"):
        flat = (batch.right - low) / extent
    gap = np.abs(batch.cumulative - flat)
    value = np.full(len(batch), np.nan)
    spread = ~batch.empty & (batch.maximum > batch.minimum)
    if len(gap):
        owns = ~batch.empty
        largest = np.full(len(batch), np.nan)
        largest[owns] = np.maximum.reduceat(gap, batch.start[:-1][owns])
        value[spread] = largest[spread]
    return Bounded.estimate(value)


def peaks(batch: HistogramBatch) -> Bounded:
    """Count the peaks of each histogram, shape (H,).

    Notes
    -----
    On thirty equal cells, smoothed over three: two peaks are apart where a valley no higher than half of the lower
    one lies between, and each side holds at least a tenth of the values. 1 for a constant.
    """
    height = density(batch)
    smooth = height.copy()
    smooth[:, 1:-1] = (height[:, :-2] + height[:, 1:-1] + height[:, 2:]) / 3
    to_left = np.maximum.accumulate(smooth, axis=1)
    to_right = np.maximum.accumulate(smooth[:, ::-1], axis=1)[:, ::-1]
    mass = np.cumsum(height, axis=1)
    valley = (
        (smooth <= (VALLEY + _ROUNDING) * np.minimum(to_left, to_right))
        & (mass >= PEAK_MASS - _ROUNDING)
        & (mass[:, -1:] - mass + height >= PEAK_MASS - _ROUNDING)
    )
    count = np.maximum(_separate(height, valley), 1.0)
    count[batch.empty] = np.nan
    return Bounded.estimate(count)


def levels(batch: HistogramBatch) -> Bounded:
    """Count the values of a tensor that has few, shape (H,); NaN where non-empty buckets touch each other.

    Notes
    -----
    Quantised or clipped values leave buckets that stand apart, each between empty ones (or without width).
    """
    used = batch.count > 0
    apart = used.copy()
    if len(used) > 1:
        beside = used[1:] & used[:-1] & (batch.owner[1:] == batch.owner[:-1])
        wide = (batch.right > batch.left)[1:] | (batch.right > batch.left)[:-1]
        apart[1:] &= ~(beside & wide)
    count, separate = (per_histogram(batch, flag.astype(np.float64)) for flag in (used, apart))
    return Bounded.estimate(np.where((count == separate) & ~batch.empty, count, np.nan))


def resolution(batch: HistogramBatch) -> Bounded:
    """Tell how coarse the buckets are, shape (H,): the width of the std's bounds over its estimate; 0 is exact."""
    spread = std(batch)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(spread.high > spread.low, (spread.high - spread.low) / spread.value, 0.0)
    value[batch.empty] = np.nan
    return Bounded.estimate(value)


def top_mass(batch: HistogramBatch) -> Bounded:
    """Return the share of values in the fullest bucket, shape (H,)."""
    value = np.full(len(batch), np.nan)
    owns = ~batch.empty
    if owns.any():
        value[owns] = np.maximum.reduceat(batch.count, batch.start[:-1][owns]) / batch.total[owns]
    return Bounded.estimate(value)


@once
def density(batch: HistogramBatch) -> Floats:
    """Return the share of values in thirty equal cells over [minimum, maximum], shape (H, 30).

    A constant stands in the first cell; an empty histogram has zeros.
    """
    result = np.zeros((len(batch), CELLS))
    lengths = np.diff(batch.start)
    extent = batch.maximum - batch.minimum
    spread = extent > 0
    ready = lengths == CELLS
    if ready.any():
        middle = (batch.start[:-1] + CELLS // 2)[ready]
        equal = np.isclose(batch.left[middle] - batch.minimum[ready], extent[ready] / 2, rtol=1e-3, atol=0)
        ready[np.flatnonzero(ready)[~equal]] = False
    if ready.any():
        at = batch.start[:-1][ready][:, None] + np.arange(CELLS)
        result[ready] = batch.count[at] / batch.total[ready][:, None]
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


@once
def _moments(batch: HistogramBatch) -> tuple[Floats, Floats, Floats]:
    """Second to fourth central moments with values spread evenly within buckets, each relative to the range."""
    extent = batch.maximum - batch.minimum
    scale = np.where(extent > 0, extent, 1.0)
    offset = (batch.middle - mean(batch).value[batch.owner]) / scale[batch.owner]
    width = (batch.right - batch.left) / scale[batch.owner]
    square, wide = offset * offset, width * width
    second = per_histogram(batch, batch.share * (square + wide / 12))
    third = per_histogram(batch, batch.share * offset * (square + wide / 4))
    fourth = per_histogram(batch, batch.share * (square * square + square * wide / 2 + wide * wide / 80))
    for moment in (second, third, fourth):
        moment[batch.empty] = np.nan
    return second, third, fourth


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

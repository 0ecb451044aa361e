"""How much of a tensor is zero, or close to it."""

from __future__ import annotations

import numpy as np

from ..bounded import Bounded, Floats, Ints
from ..histogram import HistogramBatch, per_bucket, per_histogram
from .location import blank

ZERO_BUCKET = 1.2e-12
"""Widest edge of the bucket next to zero in the writers that use exponential buckets (they begin at 1e-12)."""
FAR_ABOVE = 1e-9
"""Size of the largest value from which the bucket [0, 1e-12) of exponential buckets can be read as "exactly zero"."""
NEAR = 0.01
"""`near_zeros` counts magnitudes up to this share of the largest magnitude."""
OCCUPIED = 3
"""Non-empty buckets apart from the one at zero below which a peak at zero cannot be told from a long tail."""


def zeros(batch: HistogramBatch) -> Bounded:
    """Bound the share of values that are exactly 0 (zero-concentration).

    Returns
    -------
    Bounded
        Arrays of shape (H,), shares from 0 to 1; NaN where a histogram is empty or its buckets tell nothing about
        exact zeros.

    Notes
    -----
    ``low`` is 1 where minimum and maximum are both 0, the mass of a bucket of no width at 0, and else 0, for values of
    1e-14 share a bucket with zero.
    ``high`` is the mass of all buckets that touch 0. The estimate depends on the writer's buckets:

    * exponential buckets (TensorFlow 1, PyTorch, tensorboardX): the mass of [0, 1e-12), which equals TensorFlow 1's
      ``fraction_of_zero_values`` as long as the tensor's values are far above 1e-12;
    * equal buckets of one-sided data that start (or end) at exactly 0 (a ReLU): the outermost bucket's count above
      what its neighbours lead to expect, ``(c0 - max(c1, 2 c1 - c2)) / N``;
    * equal buckets of two-sided data: the zero bucket's count above its larger neighbour, where at least three other
      buckets are in use. A long tail looks the same: it is never the ground of a certain statement.
    """
    largest = batch.largest
    # Few buckets touch 0, mostly one or two a histogram.
    at = np.flatnonzero((batch.left <= 0) & (batch.right >= 0))
    narrow = at[(batch.left[at] >= 0) & (batch.right[at] <= ZERO_BUCKET)]
    all_zero = largest == 0
    none = (batch.minimum > 0) | (batch.maximum < 0)
    points = at[batch.left[at] == batch.right[at]]
    low = np.where(all_zero, 1.0, np.minimum(_share_in(batch, points), 1.0))
    high = np.minimum(_share_in(batch, at), 1.0)
    # Exponential buckets without the one at zero have no exact zeros, however wide the others are.
    exact = ~all_zero & (_number_in(batch, narrow) > 0)
    readable = exact & (largest > FAR_ABOVE)
    value = np.where(exact | none | batch.empty, np.nan, _excess(batch, at))
    value[readable] = _share_in(batch, narrow)[readable]
    proved = low == high
    value[proved] = low[proved]
    blank(batch, low), blank(batch, high)
    return Bounded(low, np.clip(value, low, high), high)


def _share_in(batch: HistogramBatch, at: Ints) -> Floats:
    """Share of values of each histogram in some buckets, shape (H,)."""
    return _add(batch, at, batch.share[at])


def _add(batch: HistogramBatch, at: Ints, values: Floats) -> Floats:
    # Of nothing at all, bincount makes integers.
    return np.bincount(batch.owner[at], values, minlength=len(batch)).astype(np.float64, copy=False)


def _number_in(batch: HistogramBatch, at: Ints) -> Ints:
    """How many of some buckets each histogram owns, shape (H,)."""
    return np.bincount(batch.owner[at], minlength=len(batch))


def _excess(batch: HistogramBatch, touching: Ints) -> Floats:
    """Return the zero bucket's share above what its neighbours lead to expect."""
    # Zeros lie in the first bucket that ends above 0, or, where no value is above 0, in the last of all.
    above = touching[batch.right[touching] > 0]
    above = above[np.flatnonzero(np.diff(batch.owner[above], prepend=-1))]
    mirrored = np.flatnonzero((batch.maximum == 0) & (batch.minimum < 0))
    at = np.concatenate([above, batch.start[1:][mirrored] - 1])
    away = np.concatenate([np.ones_like(above), -np.ones_like(mirrored)])
    owner = batch.owner[at]
    begin, end = batch.start[:-1][owner], batch.start[1:][owner]

    def neighbour(offset: Ints) -> Floats:
        place = at + offset
        return np.where((place >= begin) & (place < end), batch.share[np.clip(place, begin, end - 1)], 0.0)

    one_sided = (batch.minimum[owner] == 0) | (away < 0)
    next_one = neighbour(away)
    one_sided_share = np.maximum(next_one, 2 * next_one - neighbour(2 * away))
    expected = np.where(one_sided, one_sided_share, np.maximum(next_one, neighbour(-away)))
    used = per_histogram(batch, (batch.count > 0).astype(np.float64))[owner]
    told = one_sided | (used > OCCUPIED)
    result = np.full(len(batch), np.nan)
    result[owner] = np.where(told, np.maximum(batch.share[at] - expected, 0.0), np.nan)
    return result


def near_zeros(batch: HistogramBatch) -> Bounded:
    """Bound the share of values within 1 % of the largest magnitude around 0, shape (H,), from 0 to 1.

    Notes
    -----
    ``low`` is the mass of buckets wholly inside, ``high`` the mass of buckets that reach in; the estimate takes the
    part of each bucket that lies inside.
    """
    each = per_bucket(batch, NEAR * batch.largest)
    at = np.flatnonzero((batch.left <= each) & (batch.right >= -each))
    left, right, reach = batch.left[at], batch.right[at], each[at]
    inside = at[(left >= -reach) & (right <= reach)]
    with np.errstate(divide="ignore", invalid="ignore"):
        part = (np.minimum(right, reach) - np.maximum(left, -reach)) / (right - left)
    part = np.where(right > left, np.minimum(part, 1.0), 1.0)
    low, high = _share_in(batch, inside), _share_in(batch, at)
    value = _add(batch, at, batch.share[at] * part)
    low, value, high = (blank(batch, np.minimum(bound, 1.0)) for bound in (low, value, high))
    return Bounded(low, np.clip(value, low, high), high)

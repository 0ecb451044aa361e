"""How much of a tensor is zero, or close to it."""

from __future__ import annotations

import numpy as np

from ..bounded import Bools, Bounded, Floats
from ..histogram import HistogramBatch, per_histogram

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
    ``low`` is 1 where minimum and maximum are both 0 and else 0, for values of 1e-14 share a bucket with zero.
    ``high`` is the mass of all buckets that touch 0. The estimate depends on the writer's buckets:

    * exponential buckets (TensorFlow 1, PyTorch, tensorboardX): the mass of [0, 1e-12), which equals TensorFlow 1's
      ``fraction_of_zero_values`` as long as the tensor's values are far above 1e-12;
    * equal buckets of one-sided data that start at exactly 0 (a ReLU): the first bucket's count above what its
      neighbours lead to expect, ``(c0 - max(c1, 2 c1 - c2)) / N``;
    * equal buckets of two-sided data: the zero bucket's count above its larger neighbour, where at least three other
      buckets are in use. A long tail looks the same: it is never the ground of a certain statement.
    """
    value = np.full(len(batch), np.nan)
    low, high = np.zeros(len(batch)), np.zeros(len(batch))
    touches = (batch.left <= 0) & (batch.right >= 0)
    high = np.minimum(per_histogram(batch, np.where(touches, batch.share, 0.0)), 1.0)
    none = ~batch.empty & ((batch.minimum > 0) | (batch.maximum < 0))
    value[none] = 0.0
    all_zero = (batch.minimum == 0) & (batch.maximum == 0)
    value[all_zero] = low[all_zero] = 1.0
    open_cases = ~batch.empty & ~none & ~all_zero
    narrow = touches & (batch.left >= 0) & (batch.right <= ZERO_BUCKET)
    exact = open_cases & (per_histogram(batch, narrow.astype(np.float64)) > 0)
    largest = np.maximum(np.abs(batch.minimum), np.abs(batch.maximum))
    readable = exact & (largest > FAR_ABOVE)
    value[readable] = per_histogram(batch, np.where(narrow, batch.share, 0.0))[readable]
    equal = open_cases & ~exact
    value[equal] = _excess(batch, touches)[equal]
    # Exponential buckets without the one at zero have no exact zeros, however wide the others are.
    for bound in (low, high):
        bound[batch.empty] = np.nan
    return Bounded(low, np.clip(value, low, high), high)


def _excess(batch: HistogramBatch, touches: Bools) -> Floats:
    """Return the zero bucket's share above what its neighbours lead to expect."""
    at = np.flatnonzero(touches & (batch.right > 0))
    result = np.full(len(batch), np.nan)
    if not len(at):
        # Zero is only touched from below (all values negative, up to 0): mirror image of a ReLU.
        at = np.flatnonzero(touches)
    first = np.unique(batch.owner[at], return_index=True)
    owner, at = first[0], at[first[1]]
    begin, end = batch.start[:-1][owner], batch.start[1:][owner]

    def neighbour(offset: int) -> Floats:
        inside = (at + offset >= begin) & (at + offset < end)
        return np.where(inside, batch.share[np.clip(at + offset, 0, len(batch.share) - 1)], 0.0)

    one_sided = batch.minimum[owner] == 0
    above, further = neighbour(1), neighbour(2)
    below = neighbour(-1)
    expected = np.where(one_sided, np.maximum(above, 2 * above - further), np.maximum(above, below))
    used = per_histogram(batch, (batch.count > 0).astype(np.float64))[owner]
    told = one_sided | (used > OCCUPIED)
    result[owner] = np.where(told, np.maximum(batch.share[at] - expected, 0.0), np.nan)
    return result


def near_zeros(batch: HistogramBatch) -> Bounded:
    """Bound the share of values within 1 % of the largest magnitude around 0, shape (H,), from 0 to 1.

    Notes
    -----
    ``low`` is the mass of buckets wholly inside, ``high`` the mass of buckets that reach in; the estimate takes the
    part of each bucket that lies inside.
    """
    largest = np.maximum(np.abs(batch.minimum), np.abs(batch.maximum))
    reach = (NEAR * largest)[batch.owner]
    inside = (batch.left >= -reach) & (batch.right <= reach)
    touching = (batch.left <= reach) & (batch.right >= -reach)
    width = batch.right - batch.left
    overlap = np.minimum(batch.right, reach) - np.maximum(batch.left, -reach)
    part = np.where(width > 0, np.clip(overlap, 0.0, None) / np.where(width > 0, width, 1.0), touching)
    low, value, high = (
        np.minimum(per_histogram(batch, batch.share * weight), 1.0)
        for weight in (inside, np.minimum(part, 1.0), touching)
    )
    for bound in (low, value, high):
        bound[batch.empty] = np.nan
    return Bounded(low, np.clip(value, low, high), high)

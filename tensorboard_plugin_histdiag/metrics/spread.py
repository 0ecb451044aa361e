"""How far the values lie apart and how large they are: std, rms, norm."""

from __future__ import annotations

import numpy as np

from ..bounded import Bounded, Floats
from ..histogram import HistogramBatch, once, per_bucket, per_histogram
from .location import mean

_REFINEMENTS = 3
"""Steps towards the centre of the lower bound; each at least halves the distance for any usable resolution."""


@once
def std(batch: HistogramBatch) -> Bounded:
    """Bound the standard deviation of each histogram's values.

    Returns
    -------
    Bounded
        Arrays of shape (H,), in the tensor's own unit; NaN where a histogram is empty.

    Notes
    -----
    With ``g(t) = sum(count * dist(t, [left, right])^2) / N`` the variance is at least ``g`` at the true mean. ``g`` is
    convex, so its tangent at any t bounds it from below over the whole interval in which the mean is known to lie.
    From above, ``var <= sum(count * max(|left - t|, |right - t|)^2) / N`` holds for every t; the estimated mean is
    used. The estimate spreads values evenly within buckets: ``sum(count * ((middle - mean)^2 + width^2 / 12)) / N``.
    """
    scale, left, right = scaled(batch)
    share = batch.share
    centre = mean(batch)
    lowest, highest = centre.low / scale, centre.high / scale
    at = centre.value / scale
    for _ in range(_REFINEMENTS):
        at = per_histogram(batch, share * np.minimum(np.maximum(per_bucket(batch, at), left), right))
    here = per_bucket(batch, at)
    gap = np.minimum(np.maximum(here, left), right) - here
    pull = share * gap
    value_at = per_histogram(batch, pull * gap)
    slope = -2.0 * per_histogram(batch, pull)
    lower = value_at + np.minimum(slope * (lowest - at), slope * (highest - at))
    middle = per_bucket(batch, centre.value / scale)
    reach = np.maximum(middle - left, right - middle)
    upper = per_histogram(batch, share * reach * reach)
    low, high = (scale * np.sqrt(np.maximum(bound, 0.0)) for bound in (lower, upper))
    value = scale * np.sqrt(moments(batch)[0])
    return Bounded(_blank(batch, low), _blank(batch, np.clip(value, low, high)), _blank(batch, high))


@once
def rms(batch: HistogramBatch) -> Bounded:
    """Bound the root of the mean square of each histogram's values, shape (H,), in the tensor's own unit.

    Notes
    -----
    As `mean_abs`, with squares; the estimate takes ``(left^2 + left right + right^2) / 3`` for each bucket.
    """
    scale, left, right = scaled(batch)
    squares, product = (left * left, right * right), left * right
    near, far = np.minimum(*squares), np.maximum(*squares)
    near[product < 0] = 0.0
    even = np.maximum((squares[0] + product + squares[1]) / 3, 0.0)
    low, value, high = (
        _blank(batch, scale * np.sqrt(per_histogram(batch, batch.share * square))) for square in (near, even, far)
    )
    return Bounded(low, np.clip(value, low, high), high)


def l2_norm(batch: HistogramBatch) -> Bounded:
    """Bound the Euclidean norm of each tensor, ``rms * sqrt(N)``, shape (H,), in the tensor's own unit."""
    size = rms(batch)
    root = np.sqrt(batch.total)
    return Bounded(size.low * root, size.value * root, size.high * root)


@once
def moments(batch: HistogramBatch) -> tuple[Floats, Floats, Floats]:
    """Second to fourth central moments of values spread evenly within buckets, relative to the largest magnitude."""
    scale, left, right = scaled(batch)
    share, width = batch.share, right - left
    offset = (left + width / 2) - per_bucket(batch, mean(batch).value / scale)
    square, wide = offset * offset, width * width
    second = per_histogram(batch, share * (square + wide / 12))
    third = per_histogram(batch, share * offset * (square + wide / 4))
    fourth = per_histogram(batch, share * (square * (square + wide / 2) + wide * wide / 80))
    return _blank(batch, second), _blank(batch, third), _blank(batch, fourth)


@once
def scaled(batch: HistogramBatch) -> tuple[Floats, Floats, Floats]:
    """Largest magnitude of each histogram (1 where all is 0), shape (H,), and left and right edges relative to it.

    So squares of 1e200 or 1e-200 stay in range.
    """
    largest = np.maximum(np.abs(batch.minimum), np.abs(batch.maximum))
    scale = np.where(largest > 0, largest, 1.0)
    size = per_bucket(batch, scale)
    return scale, batch.left / size, batch.right / size


def _blank(batch: HistogramBatch, values: Floats) -> Floats:
    values[batch.empty] = np.nan
    return values

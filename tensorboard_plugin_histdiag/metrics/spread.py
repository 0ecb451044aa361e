"""How far the values lie apart and how large they are: std, rms, norm."""

from __future__ import annotations

import numpy as np

from ..bounded import Bounded, Floats
from ..histogram import HistogramBatch, once, per_histogram
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
    centre = mean(batch)
    scale = _scale(batch)
    spread = scale[batch.owner]
    left, right = batch.left / spread, batch.right / spread
    lowest, highest = centre.low / scale, centre.high / scale
    at = centre.value / scale
    for _ in range(_REFINEMENTS):
        at = per_histogram(batch, batch.share * np.clip(at[batch.owner], left, right))
    here = at[batch.owner]
    pulled = np.clip(here, left, right)
    gap = pulled - here
    value_at = per_histogram(batch, batch.share * gap * gap)
    slope = -2.0 * per_histogram(batch, batch.share * gap)
    lower = value_at + np.minimum(slope * (lowest - at), slope * (highest - at))
    middle = (centre.value / scale)[batch.owner]
    reach = np.maximum(middle - left, right - middle)
    upper = per_histogram(batch, batch.share * reach * reach)
    width = right - left
    offset = (left + right) / 2 - middle
    value = per_histogram(batch, batch.share * (offset * offset + width * width / 12))
    low, high = (scale * np.sqrt(np.maximum(bound, 0.0)) for bound in (lower, upper))
    return Bounded(_blank(batch, low), _blank(batch, np.clip(scale * np.sqrt(value), low, high)), _blank(batch, high))


@once
def rms(batch: HistogramBatch) -> Bounded:
    """Bound the root of the mean square of each histogram's values, shape (H,), in the tensor's own unit.

    Notes
    -----
    As `mean_abs`, with squares; the estimate takes ``(left^2 + left right + right^2) / 3`` for each bucket.
    """
    scale = _scale(batch)
    spread = scale[batch.owner]
    near, far = batch.nearest / spread, batch.farthest / spread
    left, right = batch.left / spread, batch.right / spread
    low = scale * np.sqrt(per_histogram(batch, batch.share * near * near))
    high = scale * np.sqrt(per_histogram(batch, batch.share * far * far))
    square = np.maximum((left * left + left * right + right * right) / 3, 0.0)
    value = scale * np.sqrt(per_histogram(batch, batch.share * square))
    return Bounded(_blank(batch, low), _blank(batch, np.clip(value, low, high)), _blank(batch, high))


def l2_norm(batch: HistogramBatch) -> Bounded:
    """Bound the Euclidean norm of each tensor, ``rms * sqrt(N)``, shape (H,), in the tensor's own unit."""
    size = rms(batch)
    root = np.sqrt(batch.total)
    return Bounded(size.low * root, size.value * root, size.high * root)


@once
def _scale(batch: HistogramBatch) -> Floats:
    """Largest magnitude of each histogram, so that squares of 1e200 or 1e-200 stay in range; 1 where all is 0."""
    largest = np.maximum(np.abs(batch.minimum), np.abs(batch.maximum))
    return np.where(largest > 0, largest, 1.0)


def _blank(batch: HistogramBatch, values: Floats) -> Floats:
    values[batch.empty] = np.nan
    return values

"""What happens at the limits: saturation, piling up, outliers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..bounded import Bools, Bounded, Floats
from ..histogram import HistogramBatch, per_occupied
from ._weighted import weighted
from .location import blank, quantiles
from .spread import rms

_ROUNDING = 1e-6
"""How far beyond their limits tanh and sigmoid outputs may lie after float32 arithmetic."""

FLAT_FROM = 5.0
"""Pre-activations beyond this lie where sigmoid and tanh are flat (Wardat et al. 2022, DeepDiagnosis)."""


def tanh_slope(batch: HistogramBatch) -> Bounded:
    """Bound the mean slope of tanh at the values' places, E[1 - a^2], for values within [-1, 1].

    Returns
    -------
    Bounded
        Arrays of shape (H,), from 0 (saturated) to 1; NaN where values lie outside [-1, 1].

    Notes
    -----
    It is the very factor by which back-propagation multiplies the gradient at this layer (Glorot & Bengio 2010).
    """
    inside = np.flatnonzero(batch.largest <= 1 + _ROUNDING)
    size = rms(batch)
    result = np.full((3, len(batch)), np.nan)
    if len(inside):
        for slope, bound in zip(result, (size.high, size.value, size.low), strict=True):
            slope[inside] = np.clip(1 - bound[inside] ** 2, 0.0, 1.0)
    return Bounded(*result)


def sigmoid_slope(batch: HistogramBatch) -> Bounded:
    """Bound the mean slope of the sigmoid relative to its largest, 4 E[a (1 - a)], for values within [0, 1].

    Returns
    -------
    Bounded
        Arrays of shape (H,), from 0 (saturated) to 1; NaN where values lie outside [0, 1].
    """
    inside = (batch.minimum >= -_ROUNDING) & (batch.maximum <= 1 + _ROUNDING)
    return _only(batch, inside, _slope_of_sigmoid, np.nan)


def _slope_of_sigmoid(batch: HistogramBatch) -> Bounded:
    left, right = np.clip(batch.left, 0, 1), np.clip(batch.right, 0, 1)

    def slope(at: Floats) -> Floats:
        return 4 * at * (1 - at)

    low = weighted(batch, np.minimum(slope(left), slope(right)))
    high = weighted(batch, slope(np.clip(0.5, left, right)))
    even = 4 * ((left + right) / 2 - (left * left + left * right + right * right) / 3)
    value = weighted(batch, even)
    return Bounded(low, np.clip(value, low, high), high)


def edge_low(batch: HistogramBatch) -> Bounded:
    """Return the share of values in the first bucket, shape (H,): what has piled up at the lower limit."""
    return Bounded.estimate(per_occupied(batch, batch.share[batch.first]))


def edge_high(batch: HistogramBatch) -> Bounded:
    """Return the share of values in the last bucket, shape (H,): what has piled up at the upper limit."""
    return Bounded.estimate(per_occupied(batch, batch.share[batch.last]))


def edge_contrast(batch: HistogramBatch) -> Bounded:
    """Compare the fuller of the two outermost buckets with its neighbour, shape (H,): high where values pile up.

    Notes
    -----
    An empty neighbour counts as one value. NaN for fewer than three buckets.
    """
    value = np.full(len(batch), np.nan)
    owns = batch.lengths > 2
    first, last = batch.start[:-1][owns], batch.start[1:][owns] - 1
    lower = batch.count[first] >= batch.count[last]
    edge, neighbour = np.where(lower, first, last), np.where(lower, first + 1, last - 1)
    value[owns] = batch.count[edge] / np.maximum(batch.count[neighbour], 1.0)
    return Bounded.estimate(value)


def outlier_ratio(batch: HistogramBatch) -> Bounded:
    """Bound the largest magnitude over the 99.9 % quantile's magnitude, shape (H,); 1 where there are no outliers."""
    lower, upper = quantiles(batch)[0.0005], quantiles(batch)[0.9995]

    def size(first: Floats, second: Floats) -> Floats:
        return np.maximum(np.abs(first), np.abs(second))

    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(batch.largest > 0, batch.largest / size(lower.value, upper.value), 1.0)
    return Bounded.estimate(blank(batch, value))


def beyond_five(batch: HistogramBatch) -> Bounded:
    """Bound the share of values outside -5 to 5, where tanh and sigmoid are flat, shape (H,), from 0 to 1."""
    bounded = _only(batch, batch.largest > FLAT_FROM, _share_beyond_five, 0.0)
    return Bounded(*(blank(batch, bound) for bound in (bounded.low, bounded.value, bounded.high)))


def _share_beyond_five(batch: HistogramBatch) -> Bounded:
    outside = (batch.left > FLAT_FROM) | (batch.right < -FLAT_FROM)
    reaching = (batch.left < -FLAT_FROM) | (batch.right > FLAT_FROM)
    width = batch.right - batch.left
    inner = np.clip(np.minimum(batch.right, FLAT_FROM) - np.maximum(batch.left, -FLAT_FROM), 0.0, None)
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(width > 0, 1 - inner / width, outside)
    low, value, high = (
        np.minimum(weighted(batch, weight.astype(np.float64)), 1.0) for weight in (outside, part, reaching)
    )
    return Bounded(low, np.clip(value, low, high), high)


def _only(
    batch: HistogramBatch, chosen: Bools, function: Callable[[HistogramBatch], Bounded], otherwise: float
) -> Bounded:
    """Measure only the chosen histograms; most are far from what the metric asks for."""
    low, value, high = (np.full(len(batch), otherwise) for _ in range(3))
    if chosen.any():
        part = function(batch if chosen.all() else batch.pick(chosen))
        low[chosen], value[chosen], high[chosen] = part.low, part.value, part.high
    return Bounded(low, value, high)

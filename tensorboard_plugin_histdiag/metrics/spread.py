"""How far the values lie apart and how large they are: std, rms, norm."""

from __future__ import annotations

import numpy as np

from ..bounded import Bounded, Floats
from ..histogram import HistogramBatch, per_bucket, per_occupied
from ..keeping import once
from ._weighted import weighted
from .location import around_zero, blank, mean


@once
def std(batch: HistogramBatch) -> Bounded:
    """Bound the standard deviation of each histogram's values.

    Returns
    -------
    Bounded
        Arrays of shape (H,), in the tensor's own unit; NaN where a histogram is empty.

    Notes
    -----
    With ``g(t) = sum(count * dist(t, [left, right])^2) / N`` the variance is at least ``g`` at the true mean. Any t
    lies in one bucket at most, so ``g'' >= 2 (1 - largest share)``: a parabola from the estimated mean bounds ``g``
    from below over the whole interval in which the mean is known to lie. From above,
    ``var <= sum(count * max(|left - t|, |right - t|)^2) / N`` holds for every t; the estimated mean is used. The
    estimate spreads values evenly within buckets: ``sum(count * ((middle - mean)^2 + width^2 / 12)) / N``.
    """
    scale, centre = scaled(batch)[0], mean(batch)
    offset, half = _offsets(batch)
    away = np.abs(offset)
    gap = np.maximum(away - half, 0.0)
    slope = -2.0 * weighted(batch, np.copysign(gap, offset))
    gap *= gap
    curve = np.maximum(1.0 - fullest(batch), np.finfo(np.float64).tiny)
    lowest = np.maximum(-slope / (2 * curve), (centre.low - centre.value) / scale)
    lowest = np.minimum(lowest, (centre.high - centre.value) / scale)
    lower = weighted(batch, gap) + lowest * (slope + curve * lowest)
    away += half
    away *= away
    upper = weighted(batch, away)
    low, high = (scale * np.sqrt(np.maximum(bound, 0.0)) for bound in (lower, upper))
    value = scale * np.sqrt(moments(batch)[0])
    return Bounded(blank(batch, low), blank(batch, np.clip(value, low, high)), blank(batch, high))


@once
def fullest(batch: HistogramBatch) -> Floats:
    """Share of values in the fullest bucket, shape (H,); NaN where there is none."""
    return per_occupied(batch, np.maximum.reduceat(batch.share, batch.first) if len(batch.share) else batch.share)


@once
def rms(batch: HistogramBatch) -> Bounded:
    """Bound the root of the mean square of each histogram's values, shape (H,), in the tensor's own unit.

    Notes
    -----
    As `mean_abs`, with squares; the estimate is ``mean^2 + variance``, both of values spread evenly within buckets.
    """
    scale, left, right = scaled(batch)
    squares = left * left, right * right
    near, far = np.minimum(*squares), np.maximum(*squares)
    near[around_zero(batch)] = 0.0
    low, high = (blank(batch, scale * np.sqrt(weighted(batch, square))) for square in (near, far))
    value = scale * np.sqrt(moments(batch)[0] + (mean(batch).value / scale) ** 2)
    return Bounded(low, np.clip(value, low, high), high)


def l2_norm(batch: HistogramBatch) -> Bounded:
    """Bound the Euclidean norm of each tensor, ``rms * sqrt(N)``, shape (H,), in the tensor's own unit."""
    size = rms(batch)
    root = np.sqrt(batch.total)
    return Bounded(size.low * root, size.value * root, size.high * root)


@once
def moments(batch: HistogramBatch) -> tuple[Floats, Floats, Floats]:
    """Second to fourth central moments of values spread evenly within buckets, relative to the largest magnitude."""
    offset, half = _offsets(batch)
    wide = half * half
    reach = offset * offset
    reach += wide
    # Even over [offset - half, offset + half], the mean square is offset^2 + half^2 / 3; and so on for higher powers.
    second = weighted(batch, reach) - weighted(batch, wide) * (2 / 3)
    third = weighted(batch, offset * reach)
    reach *= reach
    wide *= wide
    fourth = weighted(batch, reach) - weighted(batch, wide) * 0.8
    return blank(batch, second), blank(batch, third), blank(batch, fourth)


@once
def _offsets(batch: HistogramBatch) -> tuple[Floats, Floats]:
    """Distance of the middle of each bucket from the estimated mean and half its width, as `scaled`, shape (B,)."""
    scale, left, right = scaled(batch)
    half = right - left
    half /= 2
    return left + half - per_bucket(batch, mean(batch).value / scale), half


@once
def scaled(batch: HistogramBatch) -> tuple[Floats, Floats, Floats]:
    """Largest magnitude of each histogram (1 where all is 0), shape (H,), and left and right edges relative to it.

    So squares of 1e200 or 1e-200 stay in range.
    """
    scale = np.where(batch.largest > 0, batch.largest, 1.0)
    size = per_bucket(batch, scale)
    return scale, batch.left / size, batch.right / size

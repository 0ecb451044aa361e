"""What the rules about activations share."""

from __future__ import annotations

import numpy as np

from ..bounded import Bools
from ..context import RunContext
from ..measured import SeriesMetrics

_OUTPUT = ("output", "logits", "softmax")
_NEAR_ONE = 0.99


def is_output(series: SeriesMetrics, context: RunContext) -> bool:
    """Tell whether these are the network's outputs: by name, or on the layer that owns the last weights.

    Where a model is logged, it knows better than names but for those that are never of hidden layers.
    """
    told = context.model.is_output(series)
    if series.info.hint in _OUTPUT or told is not None:
        return series.info.hint in _OUTPUT[1:] or told is not False
    for role in ("weight", "activation"):
        layers = [other.layer for other in context.having(role) if other.info.network == series.info.network]
        if layers:
            return context.order_known and len(set(layers)) > 1 and series.layer == layers[-1]
    return False


def is_softmax(series: SeriesMetrics) -> bool:
    """Tell whether values in [0, 1] have the mean 1/K at every record, K >= 3, as far as the buckets can tell."""
    mean = series["mean"]
    if not np.isfinite(mean.value).any() or not within_one(series).all():
        return False
    middle = float(np.nanmedian(mean.value))
    if not middle > 0 or not 2.5 <= 1 / middle < np.inf:
        return False
    share = 1 / round(1 / middle)
    return bool(np.all((mean.low <= share + 1e-6) & (mean.high >= share - 1e-6) | np.isnan(mean.value)))


def within_one(series: SeriesMetrics) -> Bools:
    """bool[n]: all values lie in [0, 1] (or there are none)."""
    outside = (series["minimum"].value < 0) | (series["maximum"].value > 1 + 1e-6)
    inside: Bools = ~outside
    return inside


def are_probabilities(series: SeriesMetrics) -> bool:
    """Tell whether the values stay in [0, 1] and come to fill it, as a sigmoid or softmax that grows sure does."""
    return bool(within_one(series).all() and series["maximum"].value[-1] >= _NEAR_ONE)

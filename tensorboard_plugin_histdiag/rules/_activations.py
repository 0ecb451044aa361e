"""What the rules about activations share."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..bounded import Bools
from ..context import RunContext
from ..measured import SeriesMetrics
from ..model.model import FROM_ZERO, WITHIN_ONE
from ..thresholds import Thresholds

HARD = frozenset(("hardtanh", "hardsigmoid"))
"""Functions that reach their limits, and have their full slope up to there."""
SPIKE = 0.05
"""Share of exact zeros from which values in [0, 1] are a clipped ReLU or a mask, not a sigmoid."""
_OUTPUT = ("output", "logits", "softmax")
_NEAR_ONE = 0.99
_ROUNDING = 1e-6


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


def at_limits(
    series: SeriesMetrics, function: str, limits: Thresholds, bound: str = "value"
) -> Iterator[tuple[str, Bools]]:
    """Yield the metrics by which outputs are judged, and the records in which they sit at the function's limits.

    Where the function is not known, values that fill [-1, 1] are taken for a tanh's, and values that fill [0, 1] for a
    sigmoid's.

    Parameters
    ----------
    function
        What the log says that the layer's is; "" where that is not known.
    bound
        Which bound of the metric must be below its threshold.
    """
    low, high, reach = series.value("minimum"), series.value("maximum"), limits.limit_reached
    for metric, functions, least, threshold in (
        ("tanh_slope", WITHIN_ONE, -1.0, limits.tanh_slope),
        ("sigmoid_slope", FROM_ZERO, 0.0, limits.sigmoid_slope),
    ):
        if function and function not in functions:
            continue
        held: Bools = getattr(series[metric], bound) < threshold
        at_low, at_high = low <= least + 1 - reach, high >= reach
        if not function:
            held = held & at_low & at_high
        elif function in HARD:
            at_low, at_high = low <= least + _ROUNDING, high >= 1 - _ROUNDING
            held = held & (at_low * series.value("edge_low") + at_high * series.value("edge_high") > 1 - threshold)
        if not function and least == 0:
            held = held & (low >= 0) & ~(series.value("zeros") > SPIKE)
        yield metric, held


def as_modelled(function: str) -> str:
    """Say what a layer's function is, as a sentence that follows others, "" where it is not known."""
    return f" Its function is {function}, as the logged model says." if function else ""


def within_one(series: SeriesMetrics) -> Bools:
    """bool[n]: all values lie in [0, 1] (or there are none)."""
    outside = (series["minimum"].value < 0) | (series["maximum"].value > 1 + _ROUNDING)
    inside: Bools = ~outside
    return inside


def are_probabilities(series: SeriesMetrics) -> bool:
    """Tell whether the values stay in [0, 1] and come to fill it, as a sigmoid or softmax that grows sure does."""
    return bool(within_one(series).all() and series["maximum"].value[-1] >= _NEAR_ONE)

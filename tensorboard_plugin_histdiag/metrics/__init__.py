"""Metrics on buckets: each a vectorised function from a `HistogramBatch` to `Bounded` arrays over its histograms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..bounded import Bounded, Floats
from ..histogram import HistogramBatch
from . import drift, location, shape, spread, tails, zeros

UNIT = "value"
"""Unit of metrics that are in the tensor's own unit."""


@dataclass(frozen=True)
class Metric:
    """A metric and how it behaves.

    Attributes
    ----------
    name, title
        What code and what people call it.
    unit
        "value" (the tensor's own unit) or "" (none).
    power
        It is multiplied by ``factor ** power`` when the values are multiplied by ``factor``; None where it may change
        in other ways.
    shift
        "moves" with the values, "keeps" its value when a constant is added to them, or None where neither holds.
    scale
        The axis it is drawn on: "linear", "log" or "fraction".
    signed
        Whether it is drawn around zero.
    bounded
        Whether the buckets bound it; else it is an estimate and never the ground of a certain statement.
    history
        Whether it compares a record with earlier ones of its series.
    """

    name: str
    title: str
    function: Callable[[HistogramBatch], Bounded]
    unit: str = ""
    power: float | None = 0
    shift: str | None = "keeps"
    scale: str = "linear"
    signed: bool = False
    bounded: bool = True
    history: bool = False

    def __call__(self, batch: HistogramBatch) -> Bounded:
        """Measure every histogram of the batch."""
        return self.function(batch)

    def scaled(self, value: Floats, factor: float) -> Floats:
        """Return what a value becomes when the tensor is multiplied by a positive factor."""
        return value if not self.power else value * factor**self.power

    @property
    def text(self) -> str:
        """One sentence that says what it measures."""
        return (self.function.__doc__ or _LEVEL_TEXT).strip().splitlines()[0]


_LEVEL_TEXT = "Bound one quantile of each histogram's values."


def _level(name: str, title: str, level: float) -> Metric:
    return Metric(name, title, location.quantile(level), UNIT, power=1, shift="moves", signed=True)


METRICS: tuple[Metric, ...] = (
    Metric("mean", "mean", location.mean, UNIT, power=1, shift="moves", signed=True),
    Metric("spread", "spread (std)", spread.std, UNIT, power=1, scale="log"),
    Metric("drift", "drift from the first record", drift.drift, shift=None, scale="log", history=True),
    Metric("zeros", "zero-concentration", zeros.zeros, power=None, shift=None, scale="fraction"),
    Metric("near_zeros", "near zero (1 % of the largest)", zeros.near_zeros, shift=None, scale="fraction"),
    Metric("minimum", "minimum", location.minimum, UNIT, power=1, shift="moves", signed=True),
    Metric("maximum", "maximum", location.maximum, UNIT, power=1, shift="moves", signed=True),
    Metric("mean_abs", "mean magnitude", location.mean_abs, UNIT, power=1, shift=None, scale="log"),
    Metric("rms", "root mean square", spread.rms, UNIT, power=1, shift=None, scale="log"),
    Metric("l2_norm", "L2 norm", spread.l2_norm, UNIT, power=1, shift=None, scale="log"),
    _level("q07", "7th percentile", 0.0668),
    _level("q16", "16th percentile", 0.1587),
    _level("q31", "31st percentile", 0.3085),
    _level("median", "median", 0.5),
    _level("q69", "69th percentile", 0.6915),
    _level("q84", "84th percentile", 0.8413),
    _level("q93", "93rd percentile", 0.9332),
    Metric("iqr", "interquartile range", location.interquartile_range, UNIT, power=1, scale="log"),
    Metric("skewness", "skewness", shape.skewness, signed=True, bounded=False),
    Metric("kurtosis", "excess kurtosis", shape.kurtosis, signed=True, bounded=False),
    Metric("entropy", "entropy against flat (bits)", shape.entropy, bounded=False),
    Metric("uniformity", "distance to flat", shape.uniformity, scale="fraction", bounded=False),
    Metric("peaks", "peaks", shape.peaks, bounded=False),
    Metric("valley", "deepest valley beside its peaks", shape.valley, scale="fraction", bounded=False),
    Metric("levels", "separate values", shape.levels, bounded=False),
    Metric("edge_low", "mass in the first bucket", tails.edge_low, scale="fraction", bounded=False),
    Metric("edge_high", "mass in the last bucket", tails.edge_high, scale="fraction", bounded=False),
    Metric("edge_contrast", "fuller edge over its neighbour", tails.edge_contrast, scale="log", bounded=False),
    Metric("outlier_ratio", "largest over 99.9 %", tails.outlier_ratio, shift=None, scale="log", bounded=False),
    Metric("tanh_slope", "mean slope of tanh", tails.tanh_slope, power=None, shift=None, scale="fraction"),
    Metric("sigmoid_slope", "mean slope of the sigmoid", tails.sigmoid_slope, power=None, shift=None, scale="fraction"),
    Metric("beyond_five", "share outside -5 to 5", tails.beyond_five, power=None, shift=None, scale="fraction"),
    Metric("resolution", "coarseness of the buckets", shape.resolution, scale="fraction", bounded=False),
    Metric("top_mass", "mass in the fullest bucket", shape.top_mass, scale="fraction", bounded=False),
    Metric(
        "drift_previous", "drift from the record before", drift.drift_previous, shift=None, scale="log", history=True
    ),
    Metric("update_ratio", "relative update per step", drift.update_ratio, shift=None, scale="log", history=True),
    Metric("unchanged", "identical to the record before", drift.unchanged, scale="fraction", history=True),
)

BY_NAME: dict[str, Metric] = {metric.name: metric for metric in METRICS}

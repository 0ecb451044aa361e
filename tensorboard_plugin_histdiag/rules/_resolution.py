"""Whether buckets are fine enough for statements about spread and shape."""

from __future__ import annotations

import numpy as np

from ..bounded import Bools
from ..context import RunContext
from ..thresholds import Thresholds


def too_coarse(context: RunContext, limits: Thresholds) -> Bools:
    """bool[H]: over all records of a run, whether the buckets do not tell how far the values lie apart, or how.

    A constant and a peak of exact zeros are not coarse.
    """
    values = context.metrics.values
    top, zeros = values["top_mass"].value, values["zeros"].value
    heaped = (top >= limits.coarse_mass) & ~(zeros >= limits.coarse_mass * top)
    varied = values["minimum"].value < values["maximum"].value
    coarse: Bools = varied & (heaped | (values["resolution"].value > limits.coarse_resolution))
    return coarse


def mostly_too_coarse(context: RunContext, limits: Thresholds) -> Bools:
    """bool[S]: which series of a run have buckets too coarse in more than half of their records."""
    start = context.metrics.series_start
    before = np.concatenate([[0], np.cumsum(too_coarse(context, limits))])
    mostly: Bools = 2 * (before[start[1:]] - before[start[:-1]]) > context.metrics.records
    return mostly

"""How a series of values moves: robust trend on a few step-binned medians."""

from __future__ import annotations

import numpy as np

from ..bounded import Floats

BINS = 32
"""Medians a trend is taken on: all pairs of hundreds of records cost seconds and tell no more."""


def binned(values: Floats) -> Floats:
    """Return at most 32 medians over equal stretches of records, NaN left out, shape (k,)."""
    finite = values[np.isfinite(values)]
    if len(finite) <= BINS:
        return finite
    return np.array([np.median(part) for part in np.array_split(finite, BINS)])


def kendall_tau(values: Floats) -> float:
    """Return Kendall's tau of values with time, from -1 (always falling) to 1; NaN for fewer than two.

    Notes
    -----
    On at most 32 binned medians: the share of pairs in order minus the share out of order.
    """
    medians = binned(values)
    if len(medians) < 2:
        return float("nan")
    first, second = np.triu_indices(len(medians), 1)
    return float(np.sign(medians[second] - medians[first]).mean())


def theil_sen(values: Floats) -> float:
    """Return the robust slope over the whole series: the median slope of all pairs times the number of bins less one.

    Notes
    -----
    Theil 1950, Sen 1968, on at most 32 binned medians; in the values' unit, over the whole run. NaN for fewer than
    two values.
    """
    medians = binned(values)
    if len(medians) < 2:
        return float("nan")
    first, second = np.triu_indices(len(medians), 1)
    return float(np.median((medians[second] - medians[first]) / (second - first)) * (len(medians) - 1))

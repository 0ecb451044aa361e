"""What smallest and largest values, which every writer logs exactly, tell about the number format they came from."""

from __future__ import annotations

import numpy as np

from ..bounded import Bools, Floats, Ints
from ..measured import SeriesMetrics

BFLOAT16_BITS, FLOAT16_BITS = 8, 11
"""Binary digits of a number's significand, the leading one counted; float32 has 24."""
FLOAT16_STEP = 2.0**-24
"""The smallest float16 above 0: all float16 numbers are multiples of it."""
FLOAT16_LOST = 2.0**-25
"""Up to half of that step, float16 rounds to 0."""
_DOUBLE_BITS = 53


def binary_digits(values: Floats) -> Ints:
    """Count the binary digits that each value needs, trailing zeros left out: 1 for powers of two, 0 for 0.

    Of random float32 numbers one in 2^13 fits float16's digits, and one in 2^16 those of bfloat16.
    """
    significand, _ = np.frexp(np.where(np.isfinite(values), values, 0.0))
    whole = np.ldexp(np.abs(significand), _DOUBLE_BITS).astype(np.int64)
    _, lowest = np.frexp((whole & -whole).astype(np.float64))
    digits: Ints = np.where(whole == 0, 0, _DOUBLE_BITS + 1 - lowest)
    return digits


def on_float16_steps(values: Floats) -> Bools:
    """Tell which values are multiples of the smallest float16."""
    steps = values / FLOAT16_STEP
    whole: Bools = steps == np.round(steps)
    return whole


def rounded_to_zero(series: SeriesMetrics) -> Bools:
    """bool[n]: all values are 0, and one of the ends is -0.

    That is what rounding leaves of a small negative number; what was set to zero, or never came, is +0.
    """
    low, high = series["minimum"].value, series["maximum"].value
    rounded: Bools = (low == 0) & (high == 0) & (np.signbit(low) | np.signbit(high))
    return rounded


def largest(series: SeriesMetrics) -> Floats:
    """Return the largest magnitude at every record, exact, shape (n,)."""
    size: Floats = np.maximum(np.abs(series["minimum"].value), np.abs(series["maximum"].value))
    return size

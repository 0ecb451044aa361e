"""What the buckets prove and what they suggest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

_NOTHING = np.broadcast_to(np.nan, 1 << 40)
"""A single NaN, as often as anyone asks for it."""


@dataclass(frozen=True)
class Bounded:
    """A quantity known only within limits, one entry a histogram.

    Attributes
    ----------
    low, high
        What the buckets prove: the true value lies in ``[low, high]``. NaN where nothing is proved, as for
        metrics that are plain estimates (entropy, peaks, skewness).
    value
        The best estimate; NaN where there is nothing to measure.
    """

    low: Floats
    value: Floats
    high: Floats

    @classmethod
    def estimate(cls, value: Floats) -> Bounded:
        """Wrap an estimate about which the buckets prove nothing; that nothing takes no memory."""
        nothing = _NOTHING[: len(value)]
        return cls(nothing, value, nothing)

    @property
    def is_estimate(self) -> bool:
        """Whether the bounds are a single NaN, spread over all entries: see `estimate`."""
        return self.low.strides == (0,)

    @property
    def proves(self) -> bool:
        """Whether any entry is bounded."""
        return not self.is_estimate and bool(np.isfinite(self.low).any() or np.isfinite(self.high).any())

    def __getitem__(self, index: slice | Bools | Ints) -> Bounded:
        return Bounded(self.low[index], self.value[index], self.high[index])

    def __len__(self) -> int:
        return len(self.value)

"""A spike at zero that is told from long tails: pruned and masked weights."""

from __future__ import annotations

from collections.abc import Callable

from .bounded import Bools, Bounded
from .thresholds import Thresholds


def spike_at_zero(metric: Callable[[str], Bounded], limits: Thresholds) -> Bools:
    """Tell where a good part of the values is exactly 0, and the others are not.

    Exponential buckets hold zeros in one that is next to nothing wide. Of equal buckets the one around 0 also holds
    what is small, nearly all of it where tails are long: then the other values have a high kurtosis about 0, or the
    largest lies far beyond 99.9 % of them.

    Parameters
    ----------
    metric
        Returns a metric's bounds by its name.

    Returns
    -------
    Bools
        As long as the bounds.
    """
    zeros = metric("zeros").value
    counted = metric("near_zeros").low >= zeros
    of_the_rest = (metric("kurtosis").value + 3) * (1 - zeros)
    told = (metric("outlier_ratio").value <= limits.pruned_outlier) & (of_the_rest <= limits.pruned_kurtosis)
    spike: Bools = (zeros >= limits.pruned_share) & (zeros < 1) & (counted | told)
    return spike

"""Rule mostly-zero-weights."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..context import RunContext
from ..spike import spike_at_zero
from ..thresholds import Thresholds
from ..words import counted, percent
from ._rule import Draft, measured, names, rule
from ._shapes import Shaped, lasting, note, some


@rule("mostly-zero-weights", scope="run", roles=("weight",), severity="info", explained_by=("weight-collapse",))
def mostly_zero_weights(context: RunContext, limits: Thresholds) -> Iterator[Draft]:
    """Weights are exactly 0 for the most part, or in a share that stays the same.

    What it shows
        A spike at 0 that the rest of the histogram does not lead up to.

    Why it matters
        Weights that are 0 cost memory and time and do nothing. Where nobody pruned them, a penalty or a mask is
        stronger than meant.

    How it is computed
        Share of exact zeros at least {mostly_zero}; or at least {pruned_share} and the same until the end, to within
        {pruned_change}, while the other weights move. In at least {sustained_records} successive records, of tensors
        with at least {shape_size} weights. Thirty equal buckets only estimate the share, and long tails look
        the same there: nothing is said where the largest weight is more than {pruned_outlier} times the 99.9 %
        quantile, or the kurtosis of the other weights about 0 above {pruned_kurtosis}, or where the largest weight
        has grown more than {weight_growth}-fold or shrunk to less than {weight_shrink} of what it was: beside what
        explodes, or is left of a collapse, all others lie in the bucket at 0.

    What to try
        - If nothing is pruned on purpose: lower the L1 penalty, or look for a mask on these weights.

    When it is harmless
        Pruned and sparse networks, masked layers (autoregressive models).

    References
        Han et al. 2015, Learning both Weights and Connections; Frankle & Carbin 2019, The Lottery Ticket Hypothesis
    """
    found = list(
        lasting(
            context, spike_at_zero(context.metrics.values.__getitem__, limits), ("weight",), limits.shape_size, limits
        )
    )
    found = [one for one in found if (_mostly(one, limits) or _constant(one, limits)) and _is_told(one, limits)]
    if not found:
        return
    shares = [float(np.nanmedian(series.value("zeros")[records])) for series, records in found]
    tensors = counted(len(found), "weight tensor")
    between = " to ".join(dict.fromkeys((percent(min(shares)), percent(max(shares)))))
    yield note(
        found,
        f"about {between} of the weights of {tensors} are 0",
        f"About {between} of the weights of {names(some(found))} are 0: pruned, masked, or driven there by a penalty.",
        "mostly 0",
        [
            measured(
                series,
                "zeros",
                records,
                over=limits.mostly_zero if _mostly((series, records), limits) else limits.pruned_share,
                label="zeros",
                unit="share",
            )
            for series, records in found
        ],
    )


def _mostly(one: Shaped, limits: Thresholds) -> bool:
    series, records = one
    return bool(np.nanmedian(series.value("zeros")[records]) >= limits.mostly_zero)


def _constant(one: Shaped, limits: Thresholds) -> bool:
    series, records = one
    zeros = series.value("zeros")[records]
    moving = bool((series.value("unchanged")[records][1:] == 0).any())
    return records.stop == len(series) and moving and float(np.ptp(zeros)) <= limits.pruned_change


def _is_told(one: Shaped, limits: Thresholds) -> bool:
    """Tell whether zeros are counted in a bucket of their own, or the other weights keep their size."""
    series, records = one
    if (series["near_zeros"].low[records] >= series.value("zeros")[records]).all():
        return True
    reach = np.maximum(-series.value("minimum"), series.value("maximum"))
    reach = reach[np.isfinite(reach)]
    change = reach / (reach[0] or np.nan)
    return bool(limits.weight_shrink < change.min() and change.max() < limits.weight_growth)

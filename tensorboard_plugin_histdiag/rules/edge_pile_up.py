"""Rule edge-pile-up."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..context import RunContext
from ..thresholds import Thresholds
from ..words import counted, number, percent
from ._rule import Draft, measured, names, rule
from ._shapes import has_shape, lasting, note, some

_ROLES = ("weight", "embedding", "weight-gradient", "embedding-gradient")
_FAR = 0.1
"""Share of the largest magnitude within which a limit is a wall at 0: values that may not be negative."""


@rule("edge-pile-up", scope="run", roles=_ROLES, severity="info")
def edge_pile_up(context: RunContext, limits: Thresholds) -> Iterator[Draft]:
    """Values pile up at a limit: they are probably clipped.

    What it shows
        The outermost bucket stands far above the one next to it: the histogram ends in a wall.

    Why it matters
        What lies beyond the limit is cut off. Weights at a limit no longer learn in that direction; gradients that
        are clipped one by one point elsewhere than the loss does.

    How it is computed
        The fuller of the two outermost buckets holds at least {edge_share} of the values and at least {edge_contrast}
        times as many as its neighbour, and its limit is no wall at 0; in at
        least {sustained_records} successive records, of tensors with at least {shape_size} values.

    What to try
        - Widen the limit, or clip gradients by their norm: that keeps their direction.

    When it is harmless
        Weights that are clipped on purpose (the first Wasserstein GAN, BinaryConnect), gradients that are clipped by
        value on purpose.

    References
        Arjovsky et al. 2017, Wasserstein GAN; Pascanu et al. 2013, On the difficulty of training Recurrent Neural
        Networks
    """
    values = {name: bounded.value for name, bounded in context.metrics.values.items()}
    low, high = values["edge_low"], values["edge_high"]
    limit = np.abs(np.where(low >= high, values["minimum"], values["maximum"]))
    largest = np.maximum(-values["minimum"], values["maximum"])
    flags = (np.maximum(low, high) >= limits.edge_share) & (values["edge_contrast"] >= limits.edge_contrast)
    flags &= has_shape(context, limits) & (limit >= _FAR * largest)
    found = list(lasting(context, flags, _ROLES, limits.shape_size, limits))
    if not found:
        return
    series, records = found[0]
    at = records.stop - 1
    upper = bool(series.value("edge_high")[at] > series.value("edge_low")[at])
    metric, end = ("edge_high", "maximum") if upper else ("edge_low", "minimum")
    share = float(series.value(metric)[at])
    tensors = counted(len(found), "tensor")
    yield note(
        found,
        f"{percent(share)} of the values lie at the limit {number(float(series.value(end)[at]))} ({tensors})",
        f"In {names(some(found))} values pile up at a limit. {series.tag}: {percent(share)} lie in the outermost"
        f" bucket, which ends at {number(float(series.value(end)[at]))} (step {int(series.step[at]):,}). That is what"
        " clipping leaves.",
        "piled up",
        [
            measured(
                series, metric, at, over=limits.edge_share, label=f"mass in the bucket at the {end}", unit="share"
            ),
            measured(
                series, "edge_contrast", at, over=limits.edge_contrast, label="outermost bucket over its neighbour"
            ),
        ],
    )

"""Rule multiple-clusters."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..context import RunContext
from ..thresholds import Thresholds
from ..words import counted
from ._rule import Draft, measured, names, rule
from ._shapes import has_shape, lasting, note, some


@rule(
    "multiple-clusters",
    scope="run",
    roles=("weight", "embedding"),
    severity="info",
    explained_by=("poor-initialisation", "weight-explosion"),
)
def multiple_clusters(context: RunContext, limits: Thresholds) -> Iterator[Draft]:
    """The weights of a layer gather in two or more clusters.

    What it shows
        The histogram has two or more peaks with a deep valley between.

    Why it matters
        Usual initialisations leave one peak, so training has made them, or that of the weights that were loaded. One
        reading among others: many weights have learned the same, and a smaller layer might do as well. No study
        supports more than "might".

    How it is computed
        Peaks on thirty cells smoothed over three, each with at least a tenth of the values, parted by a valley no
        higher than half of the lower one; at least two in {sustained_records} successive records, of tensors with at
        least {cluster_size} weights, as fewer show valleys by chance. Not where values stand apart, lie in one bucket,
        at 0, or at their limits (more than {cluster_edge} in an outermost bucket).

    What to try
        - Train a narrower layer, and compare.

    When it is harmless
        Several kinds of weights in one tensor (gates of a recurrent layer, scales beside shifts), weights that are
        pulled to certain values.

    References
        Han et al. 2016, Deep Compression
    """
    values = context.metrics.values
    flags = (values["peaks"].value >= 2) & has_shape(context, limits)
    # Pruning by size leaves zeros, and what is far from them.
    flags &= ~(values["zeros"].value >= limits.pruned_share)
    # Where weights pile up at their limits those are the peaks.
    flags &= np.maximum(values["edge_low"].value, values["edge_high"].value) < limits.cluster_edge
    found = list(lasting(context, flags, ("weight", "embedding"), limits.cluster_size, limits))
    if not found:
        return
    tensors = counted(len(found), "weight tensor")
    one = len(found) == 1
    peaks = [int(series.value("peaks")[records.stop - 1]) for series, records in found]
    most = max(peaks)
    yield note(
        found,
        f"{most} clusters in the weights of {found[0][0].tag}" if one else f"clusters in {tensors}",
        f"The weights of {names(some(found))} gather in {'' if most == min(peaks) else 'up to '}{most} clusters."
        " Perhaps many of them have learned the same, and a smaller layer would do; or they are of several kinds.",
        "clusters",
        [measured(series, "peaks", records.stop - 1, over=2.0, label="clusters") for series, records in found],
    )

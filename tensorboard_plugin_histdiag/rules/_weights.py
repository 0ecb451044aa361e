"""What the rules about weights share."""

from __future__ import annotations

import numpy as np

from ..context import RunContext
from ..finding import Comparison, Evidence
from ..measured import SeriesMetrics
from ..thresholds import Thresholds


def looks_uniform(series: SeriesMetrics, at: int, limits: Thresholds) -> bool:
    """Tell whether a record is flat between its limits, as uniform initialisation leaves it."""
    size = float(series.size[at])
    distance = float(series["uniformity"].value[at])
    return size >= limits.uniform_size and distance < limits.flat_distance(size)


def is_frozen(series: SeriesMetrics) -> bool:
    """Tell whether every record has the same buckets, to the last bit."""
    return len(series) > 1 and bool((series.value("unchanged")[1:] == 1).all())


def has_moved(series: SeriesMetrics) -> bool:
    """Tell whether some record differs from the one before."""
    return len(series) > 1 and bool((series.value("unchanged")[1:] == 0).any())


def final_drift(series: SeriesMetrics) -> float:
    """Return the relative drift from the first record to the last that is finite."""
    drift = series.value("drift")
    finite = drift[np.isfinite(drift)]
    return float(finite[-1]) if len(finite) else float("nan")


def starts_at_initialisation(series: SeriesMetrics, context: RunContext) -> bool:
    """Tell whether the first record may be the initialisation: step 0 or 1, and steps do not look like epochs."""
    return int(series.step[0]) in (0, 1) and not context.may_be_epochs


def feeds_norm(series: SeriesMetrics, context: RunContext) -> bool:
    """Tell whether the next layer in depth is a normalisation: then the weight's scale has no effect."""
    told = context.model.feeds_norm(series)
    if told is not None:
        return told
    norms = {other.order for other in context.having("norm-scale") if other.info.network == series.info.network}
    return context.order_known and series.order >= 0 and series.order + 1 in norms


def is_adapted(series: SeriesMetrics, context: RunContext) -> bool:
    """Tell whether low-rank adapters learn in place of this weight: then the whole model below them is frozen."""
    return bool(context.adapters) and series.layer not in context.adapters


def is_expert(series: SeriesMetrics) -> bool:
    """Tell whether the layer is one of several experts: a router may pass it by for long, or for ever."""
    return "expert" in series.layer.lower()


def unmoved(series: SeriesMetrics, step: int) -> Evidence:
    """Return the evidence that buckets stay the same; within them, and by swapping places, values may still move."""
    label = "records identical to the one before"
    return Evidence(series.tag, "unchanged", label, step, 1.0, 1.0, 1.0, "", 1.0, Comparison.EQUAL, "share")

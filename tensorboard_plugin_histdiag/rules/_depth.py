"""How activations grow or shrink from layer to layer."""

from __future__ import annotations

import numpy as np

from ..bounded import Bounded
from ..context import RunContext
from ..finding import Evidence
from ..measured import SeriesMetrics
from ..model.model import FROM_ZERO, SHARES
from ..thresholds import Thresholds
from ._activations import is_output
from ._rule import quotient

_NOT_PASSED_ON = SHARES | FROM_ZERO | {"output", "logits"}
_STEADY = 0.7
"""Kendall's tau from which sizes rise (or fall) from layer to layer: ReLUs between layers make them jag."""
_ONE_STEP = 0.7
"""Share of the whole growth above which a single step makes it: that is two kinds of tensors, not a trend."""


def hidden_chain(context: RunContext, network: str, limits: Thresholds) -> list[SeriesMetrics]:
    """Return the activations of a network's hidden layers in depth order; none where they are too few to tell."""
    chain = [
        series
        for series in context.having("activation", "pre-activation")
        if series.info.network == network
        and len(series)
        and series.order >= 0
        and not {series.info.hint, _function(series, context)} & _NOT_PASSED_ON
        and "embed" not in series.tag.lower()
    ]
    while chain and is_output(chain[-1], context):
        chain.pop()
    return chain if len({series.order for series in chain}) >= limits.activation_layers else []


def _function(series: SeriesMetrics, context: RunContext) -> str:
    return context.model.function(series) if series.role == "activation" else ""


def growth_evidence(
    series: SeriesMetrics, ratio: Bounded, step: int, *, over: float | None = None, under: float | None = None
) -> Evidence:
    """Return the growth of a chain that ends with this series beside its threshold."""
    low, value, high = (float(bound[0]) for bound in (ratio.low, ratio.value, ratio.high))
    label = "rms, last over first hidden layer"
    return quotient(series.tag, label, value, low=low, high=high, over=over, under=under, step=step, metric="rms")


def growth(chain: list[SeriesMetrics]) -> Bounded | None:
    """Bound the rms of the last activation over that of the first, at the first record; one entry.

    None unless it rises, or falls, steadily.
    """
    first = [series["rms"][:1] for series in chain]
    size = np.array([float(rms.value[0]) for rms in first])
    if not (np.isfinite(size).all() and (size > 0).all()):
        return None
    height = np.log(size)
    total = float(height[-1] - height[0])
    rows, columns = np.triu_indices(len(height), 1)
    tau = float(np.sign(height[columns] - height[rows]).mean())
    steepest = float(np.max(np.diff(height) * np.sign(total)))
    if tau * np.sign(total) < _STEADY or steepest > _ONE_STEP * abs(total):
        return None
    start, end = first[0], first[-1]
    with np.errstate(divide="ignore"):
        return Bounded(end.low / start.high, end.value / start.value, end.high / start.low)

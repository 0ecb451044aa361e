"""What the gradient rules share: gradients of one network through depth, and the global norm."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import reduce

import numpy as np

from ..bounded import Bounded, Floats, Ints
from ..context import RunContext
from ..keeping import once
from ..measured import SeriesMetrics

NORM_NOISE = 1e-5
"""A bias gradient this much smaller than its layer's weight gradient is rounding noise: the bias stands in front of a
normalisation, which takes it out again, or is an attention key's."""
_KEYS = re.compile(r"(?:^|[/._])(?:keys?|k|k_proj|k_lin|to_k|wk)$")
"""Layers that give an attention its keys: a softmax over keys takes their bias out, so that it has no gradient."""


@dataclass(frozen=True)
class Profile:
    """Mean magnitude of the gradients of one network, layer by layer.

    Attributes
    ----------
    series
        In depth order.
    step
        int64[n]: the steps at which all of them are logged.
    size
        Bounded arrays of shape (layers, n).
    """

    series: list[SeriesMetrics]
    step: Ints
    size: Bounded

    def ratio(self, layer: int, other: int) -> Bounded:
        """Bound the quotient of two layers' mean magnitudes at every step; NaN where either is exactly 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            low = self.size.low[layer] / self.size.high[other]
            value = self.size.value[layer] / self.size.value[other]
            high = self.size.high[layer] / self.size.low[other]
        nothing = ~((self.size.value[layer] > 0) & (self.size.value[other] > 0))
        return Bounded(*(np.where(nothing, np.nan, bound) for bound in (low, value, high)))


@once
def profiles(context: RunContext, role: str) -> list[Profile]:
    """Return the gradients of each network that share their steps; biases without a say are left out."""
    found = []
    for members in context.networks(role):
        usable = [series for series in members if len(series) and not is_noise(context, series)]
        if len(usable) < 2:
            continue
        # Mostly all have the same steps.
        step = reduce(np.intersect1d, {series.step.tobytes(): series.step for series in usable}.values())
        if not len(step):
            continue
        sizes = [series["mean_abs"][np.searchsorted(series.step, step)] for series in usable]
        size = Bounded(*(np.stack([getattr(one, bound) for one in sizes]) for bound in ("low", "value", "high")))
        found.append(Profile(usable, step, size))
    return found


@once
def global_norm(context: RunContext) -> tuple[Ints, Floats, list[SeriesMetrics]]:
    """Return the norm of all logged parameter gradients together, at the steps that most of them share.

    Returns
    -------
    step, norm
        Arrays of shape (n,); the norm is NaN where a gradient is not finite.
    series
        The gradients that take part.
    """
    gradients = [
        series
        for series in context.having(
            "weight-gradient", "bias-gradient", "norm-gradient", "embedding-gradient", "gradient"
        )
        if len(series)
    ]
    if not gradients:
        return np.empty(0, np.int64), np.empty(0), []
    common = Counter(series.step.tobytes() for series in gradients).most_common(1)[0][0]
    members = [series for series in gradients if series.step.tobytes() == common]
    norms = np.stack([np.where(series.nonfinite, np.nan, series.value("l2_norm")) for series in members])
    with np.errstate(over="ignore"):  # an infinite norm is left out by those who ask
        return members[0].step, np.sqrt((norms**2).sum(axis=0)), members


def is_noise(context: RunContext, series: SeriesMetrics) -> bool:
    """Tell whether this is a bias gradient that is nothing but rounding noise."""
    if series.role != "bias-gradient":
        return False
    if _KEYS.search(series.layer):
        return True
    weight = context.sibling(series, "weight-gradient")
    if weight is None or not len(weight):
        return False
    if context.least("mean_abs")[series.index] >= NORM_NOISE * context.most("mean_abs")[weight.index]:
        return False  # nor are the medians
    own, other = (one.value("mean_abs") for one in (series, weight))
    if not (np.isfinite(own).any() and np.isfinite(other).any()):
        return False
    return bool(np.nanmedian(own) < NORM_NOISE * np.nanmedian(other))

"""What a published debugging tool says of a run, and what its rules need of histograms."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tensorboard_plugin_histdiag.bounded import Bools, Floats
from tensorboard_plugin_histdiag.context import GRADIENTS, RunContext
from tensorboard_plugin_histdiag.measured import SeriesMetrics

QUANTILES = ("minimum", "q07", "q16", "q31", "median", "q69", "q84", "q93", "maximum")
LEVELS = (0.0, 0.0668, 0.1587, 0.3085, 0.5, 0.6915, 0.8413, 0.9332, 1.0)


@dataclass(frozen=True)
class Verdict:
    """A problem that a tool reports.

    Attributes
    ----------
    problem
        As the tool calls it.
    rules
        The rules of this package that speak of the same problem: any of them being labelled makes the verdict right.
    tags
        The tensors it is about; none where it is about the run.
    """

    problem: str
    rules: tuple[str, ...]
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tool:
    """A published tool: its name and its rules, applied to a run."""

    name: str
    judge: Callable[[RunContext], list[Verdict]]


def where(series: Iterable[SeriesMetrics], holds: Callable[[SeriesMetrics], Bools]) -> tuple[str, ...]:
    """Return the tags of the series in which something holds in any record."""
    return tuple(one.tag for one in series if len(one) and bool(np.any(holds(one))))


def report(problem: str, rules: tuple[str, ...], tags: tuple[str, ...]) -> list[Verdict]:
    """Return one verdict where any tag is struck, else none."""
    return [Verdict(problem, rules, tags)] if tags else []


def weights(context: RunContext) -> list[SeriesMetrics]:
    """Return what the tools call weights: kernels, embeddings and the scales of normalisations."""
    return context.having("weight", "embedding", "norm-scale")


def gradients(context: RunContext) -> list[SeriesMetrics]:
    """Return the gradients of all parameters."""
    return context.having(*GRADIENTS)


def relu_like(series: SeriesMetrics) -> bool:
    """Tell whether outputs look cut at 0; the tools know the activation functions."""
    least = series["minimum"].value
    return bool(np.nanmin(least, initial=np.inf) == 0) and not series.info.hint.startswith(("soft", "sig"))


def tanh_like(series: SeriesMetrics) -> bool:
    """Tell whether outputs stay within [-1, 1] and come near both ends."""
    least, most = series["minimum"].value, series["maximum"].value
    inside = bool(np.all(np.isnan(least) | (least >= -1) & (most <= 1)))
    return inside and bool(np.any((least < -0.5) & (most > 0.5)))


def sigmoid_like(series: SeriesMetrics) -> bool:
    """Tell whether outputs stay within (0, 1), as those of a sigmoid; those of a softmax are left out by name."""
    least, most = series["minimum"].value, series["maximum"].value
    inside = bool(np.all(np.isnan(least) | (least > 0) & (most <= 1)))
    return inside and "softmax" not in (series.info.hint, series.layer.lower())


def share_below(series: SeriesMetrics, value: float) -> Floats:
    """Estimate at every record the share of values below one: between quantiles, as they are measured."""
    curve = np.stack([series[name].value for name in QUANTILES])
    return np.array(
        [
            np.nan if np.isnan(column).any() else float(np.interp(value, column, LEVELS, left=0.0, right=1.0))
            for column in curve.T
        ]
    )


def one_value(series: SeriesMetrics, value: float = 0.0) -> Bools:
    """Tell at which records every entry has one value."""
    equal: Bools = (series["minimum"].value == value) & (series["maximum"].value == value)
    return equal


def in_a_row(held: Bools, count: int) -> bool:
    """Tell whether something holds in so many successive records."""
    return len(held) >= count and bool(np.lib.stride_tricks.sliding_window_view(held, count).all(axis=1).any())


def growth(value: Floats, least: float, count: int) -> bool:
    """Tell whether a value grows by a factor in so many successive records."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return in_a_row(value[1:] / value[:-1] >= least, count)


def shrinkage(value: Floats, most: float, count: int) -> bool:
    """Tell whether a value falls to a share of itself in so many successive records."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return in_a_row(value[1:] / value[:-1] <= most, count)


def shared(series: list[SeriesMetrics]) -> tuple[NDArray[np.int64], list[NDArray[np.int64]]]:
    """Return the steps at which all of several series are logged, and where these are in each."""
    steps = series[0].step
    for one in series[1:]:
        steps = np.intersect1d(steps, one.step)
    return steps, [np.searchsorted(one.step, steps) for one in series]

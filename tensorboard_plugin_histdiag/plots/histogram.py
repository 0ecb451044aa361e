"""One step's histogram as it was logged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from ..bounded import Bools, Floats
from ..finding import Finding
from ..histogram import HistogramBatch
from ._axes import PLAIN, axes_of, headline, step_text, value_axis
from ._bins import joint_domain
from ._marks import finding_on, mark_values, marks_on
from ._theme import theme_of

if TYPE_CHECKING:
    from ..run_diagnosis import SeriesDiagnosis

_SAME = 1e-3
"""Widths count as equal within this share; writers round edges to float32."""
_NARROWEST = 1 / 150
"""Uneven buckets are drawn together below this share of the axis."""


def plot_histogram(
    series: SeriesDiagnosis,
    step: int | None = None,
    *,
    density: bool | None = None,
    finding: Finding | None = None,
    marks: bool = True,
    color: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw one step's histogram with its real buckets.

    A bucket of no width, where all values are the same, is a spike.

    Parameters
    ----------
    series
        A tensor, ``diagnosis["run"]["tag"]``.
    step
        A step at which it was logged; the newest with values if not given.
    density
        Whether bars have the area of their count, else its height. If not given, they have where buckets are uneven,
        as those of PyTorch are, of which the widest would otherwise seem the fullest; very narrow ones share a bar.
    finding
        Whose marks to draw, those of the tensor's first finding if not given.
    marks
        Whether to draw marks.
    color
        Of the bars.
    ax
        Where to draw, the current axes if not given.

    Returns
    -------
    Axes
        What was drawn on.

    Examples
    --------
    >>> import tensorboard_plugin_histdiag as histdiag
    >>> with histdiag.diagnose("logs") as diagnosis:
    ...     ax = histdiag.plot_histogram(diagnosis["healthy-relu"]["dense1/kernel"], step=100)
    >>> ax.get_ylabel()
    'count'
    """
    batch = series.histograms()
    h = _record(series, batch, step)
    ax = axes_of(ax)
    theme = theme_of(ax)
    when = f"step {step_text(batch.step[h])}" if h is not None else ""
    size = float(batch.total[h]) if h is not None else 0.0
    headline(ax, theme, series.tag, f"{when}: {size:,.0f} values" if size > 0 else when)
    if h is None or not size > 0:
        _say(ax, "NaN or infinite" if h is not None and batch.nonfinite[h] else "no values")
        return ax
    chosen = np.zeros(len(batch), dtype=np.bool_)
    chosen[h] = True
    one = batch.pick(chosen)
    used = one.count > 0
    left, right, count = one.left[used], one.right[used], one.count[used]
    if density is None:
        density = _uneven(right - left)
    flat = right == left
    _bars(ax, left[~flat], right[~flat], count[~flat], density, color or theme.young, theme.ground)
    _spikes(ax, left[flat], count[flat], size, density, color or theme.young)
    ax.set_xlabel("value")
    value_axis(ax.xaxis)
    ax.set_ylabel("density" if density else "count")
    domain = joint_domain(one)
    if domain:
        room = 0.02 * (domain[1] - domain[0])
        ax.set_xlim(domain[0] - room, domain[1] + room)
    ax.set_ylim(0, ax.dataLim.ymax * 1.15 or 1)
    if marks:
        mark_values(ax, theme, marks_on(series, finding_on(series, finding)))
    return ax


def _record(series: SeriesDiagnosis, batch: HistogramBatch, step: int | None) -> int | None:
    """Return the place of a step, None where nothing was logged."""
    if step is None:
        some = batch.occupied if len(batch.occupied) else np.arange(len(batch))
        return int(some[-1]) if len(some) else None
    found = np.flatnonzero(batch.step == step)
    if not len(found):
        near = batch.step[np.abs(batch.step - step).argmin()] if len(batch) else None
        hint = "it was never logged" if near is None else f"the nearest is {near}"
        raise ValueError(f"{series.tag!r} has no histogram at step {step}; {hint}.")
    return int(found[0])


def _uneven(width: Floats) -> bool:
    return bool(width.min() > 0 and width.max() - width.min() > _SAME * width.max())


def _bars(ax: Axes, left: Floats, right: Floats, count: Floats, density: bool, color: str, ground: str) -> None:
    """Draw buckets as bars; a hairline keeps wide neighbours apart."""
    if not len(left):
        return
    if density:
        first = _joined(left, right, (right[-1] - left[0]) * _NARROWEST)
        starts = np.flatnonzero(first)
        count = np.add.reduceat(count, starts)
        left, right = left[starts], right[np.append(starts[1:], len(first)) - 1]
    width = right - left
    ax.bar(
        left, count / width if density else count, width, align="edge",
        color=color, edgecolor=ground, linewidth=0.5 if len(left) < 80 else 0,
    )  # fmt: skip


def _joined(left: Floats, right: Floats, least: float) -> Bools:
    """Tell which buckets begin a bar when neighbours are joined until each bar is wide enough.

    Exponential buckets are so narrow around 0 that a single value in one would look like a spike.
    """
    first = np.ones(len(left), dtype=np.bool_)
    start, end = left[0], right[0]
    for i in range(1, len(left)):
        joins = right[i] - start <= least or (end - start < least and left[i] - end < least)
        first[i] = not joins
        start, end = (start if joins else left[i]), right[i]
    return first


def _spikes(ax: Axes, value: Floats, count: Floats, size: float, density: bool, color: str) -> None:
    """Draw values that stand alone; among densities, which have no height for them, with their share."""
    if not len(value):
        return
    heights = np.full(len(value), ax.dataLim.ymax if ax.patches else 1.0) if density else count
    ax.vlines(value, 0, heights, color=color, linewidth=2.5)
    if density:
        for place, height, share in zip(value, heights, count / size, strict=True):
            ax.annotate(
                f"{share:.0%}", (place, height), (3, 0), textcoords="offset points", fontsize="small", va="top", **PLAIN
            )


def _say(ax: Axes, text: str) -> None:
    ax.set_xticks([])
    ax.set_yticks([])
    ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center")

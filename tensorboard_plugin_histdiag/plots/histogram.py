"""One step's histogram as it was logged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..bounded import Bools, Floats
from ..finding import Finding
from ..histogram import HistogramBatch
from ._axes import PLAIN, SMALL, axes_of, headline, log_axis, step_text, value_axis
from ._bins import joint_domain
from ._given import expect_tensor
from ._limits import Held, above_zero, follow, held_by, joined
from ._marks import finding_on, mark_values, marks_on
from ._scales import bend, drawn, undrawn, value_ticks
from ._theme import theme_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

    from ..api.run_diagnosis import SeriesDiagnosis

_SAME = 1e-3
"""Widths count as equal within this share; writers round edges to float32."""
_NARROWEST = 1 / 150
"""Uneven buckets are drawn together below this share of the axis."""


@dataclass(frozen=True)
class _Bars:
    """Bars, and the values that stand alone with their counts."""

    left: Floats
    right: Floats
    height: Floats
    density: bool
    spikes: Floats
    counts: Floats


def plot_histogram(
    series: SeriesDiagnosis,
    step: int | None = None,
    *,
    density: bool | None = None,
    log: bool = False,
    symlog: bool = False,
    finding: Finding | None = None,
    marks: bool = True,
    title: bool = True,
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
        Whether bars have the area of their count, else its height. If not given, they have where buckets are uneven
        as drawn, as those of PyTorch are, of which the widest would otherwise seem the fullest; very narrow ones
        share a bar.
    log
        Whether the axis of counts is logarithmic.
    symlog
        Whether the axis of values is symmetric logarithmic, linear only near 0; an axis that was given a scale before
        keeps it, a logarithmic one shows what lies above 0.
    finding
        Whose marks to draw, those of the tensor's first finding if not given.
    marks
        Whether to draw marks.
    title
        Whether to write above the axes what they show.
    color
        Of the bars.
    ax
        Where to draw, the current axes if not given.

    Returns
    -------
    Axes
        What was drawn on.

    Raises
    ------
    ValueError
        If the tensor was not logged at ``step``.

    Examples
    --------
    >>> import tensorboard_plugin_histdiag as histdiag
    >>> with histdiag.diagnose("logs") as diagnosis:
    ...     ax = histdiag.plot_histogram(diagnosis["healthy-relu"]["dense1/kernel"], step=100)
    >>> ax.get_ylabel()
    'count'
    """
    expect_tensor(series)
    batch = series.histograms()
    h = _record(series, batch, step)
    ax = axes_of(ax)
    theme = theme_of(ax)
    size = float(batch.total[h]) if h is not None else 0.0
    if title:
        when = f"step {step_text(batch.step[h])}" if h is not None else ""
        headline(ax, theme, series.tag, f"{when}: {size:,.0f} values" if size > 0 else when)
    if h is None or not size > 0:
        _say(ax, "NaN or infinite" if h is not None and batch.nonfinite[h] else "no values")
        return ax
    one = batch.pick(np.arange(len(batch)) == h)
    if symlog:
        bend(ax, "x", one)
    if log:
        ax.set_yscale("log")
    held = held_by(ax)
    used = one.count > 0
    if ax.get_xscale() == "log":
        used &= one.left > 0
    bars = _bars_of(one.left[used], one.right[used], one.count[used], density, ax.xaxis)
    ax.bar(
        bars.left, bars.height, bars.right - bars.left, align="edge",
        color=color or theme.young, edgecolor=theme.ground, linewidth=0.5 if len(bars.left) < 80 else 0,
    )  # fmt: skip
    _spikes(ax, bars, size, color or theme.young)
    _frame(ax, one, bars, held)
    if marks:
        mark_values(ax, theme, marks_on(series, finding_on(series, finding)))
    follow(ax)
    return ax


def _frame(ax: Axes, one: HistogramBatch, bars: _Bars, held: Held) -> None:
    """Name both axes and give them their limits."""
    domain = joint_domain(one)
    if domain:
        low, high = drawn(ax.xaxis, np.array(above_zero(domain, one.left, ax.get_xscale())))
        room = 0.02 * (high - low)
        left, right = undrawn(ax.xaxis, np.array([low - room, high + room])).tolist()
        ax.set_xlim(*joined((left, right), held.x))
    ax.set_ylim(*joined(_heights(bars, ax.get_yscale()), held.y))
    ax.set_xlabel("value")
    value_ticks(ax, "x")
    if not bars.density:
        ax.set_ylabel("count")
    else:
        ax.set_ylabel("density" if ax.get_xscale() == "linear" else "count per decade")
    if ax.get_yscale() == "log":
        log_axis(ax.yaxis, *ax.get_ylim())
    else:
        value_axis(ax.yaxis)


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


def _bars_of(left: Floats, right: Floats, count: Floats, density: bool | None, axis: Axis) -> _Bars:
    """Make bars of buckets; those of densities are joined until each is wide enough."""
    flat = left == right
    start, end = drawn(axis, left), drawn(axis, right)
    if density is None:
        width = end - start
        density = bool(len(width) and width.min() > 0 and width.max() - width.min() > _SAME * width.max())
    spikes = left[flat], count[flat]
    left, right, count, start, end = (each[~flat] for each in (left, right, count, start, end))
    if density and len(left):
        first = np.flatnonzero(_joined(start, end, (end[-1] - start[0]) * _NARROWEST))
        last = np.append(first[1:], len(left)) - 1
        count = np.add.reduceat(count, first)
        left, right, start, end = left[first], right[last], start[first], end[last]
    return _Bars(left, right, count / (end - start) if density else count, density, *spikes)


def _heights(bars: _Bars, scale: str) -> tuple[float, float]:
    """Return the ends of the axis of counts; a logarithmic one begins at half of the smallest, which still shows so."""
    heights = np.concatenate([bars.height, np.array([]) if bars.density else bars.counts])
    if not len(heights):
        return (0.1, 1.15) if scale == "log" else (0.0, 1.15)
    high = float(heights.max())
    if scale != "log":
        return 0.0, high * 1.15
    low = float(heights.min()) / 2
    return low, high * (high / low) ** 0.15


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


def _spikes(ax: Axes, bars: _Bars, size: float, color: str) -> None:
    """Draw values that stand alone; among densities, which have no height for them, with their share."""
    if not len(bars.spikes):
        return
    heights = np.full(len(bars.spikes), bars.height.max(initial=0) or 1.0) if bars.density else bars.counts
    ax.vlines(bars.spikes, 0, heights, color=color, linewidth=2.5)
    if bars.density:
        for place, height, share in zip(bars.spikes, heights, bars.counts / size, strict=True):
            ax.annotate(
                f"{share:.0%}", (place, height), (3, 0), textcoords="offset points", fontsize=SMALL, va="top", **PLAIN
            )


def _say(ax: Axes, text: str) -> None:
    ax.set_xticks([])
    ax.set_yticks([])
    ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center")

"""A metric over the steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..bounded import Bounded, Floats
from ..finding import Finding, Severity
from ..formats.words import number
from ..metrics import BY_NAME
from . import _matplotlib as mpl
from ._axes import (
    PLAIN,
    SMALL,
    along_steps,
    axes_of,
    capital,
    characters,
    extent_of,
    headline,
    log_axis,
    shorten,
    value_axis,
)
from ._broken import alone, broken_from_left_to_right
from ._given import expect_tensor
from ._limits import follow, held_by, joined
from ._marks import box, finding_on, mark_steps, marks_on
from ._theme import Theme, theme_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..api.run_diagnosis import SeriesDiagnosis

_ON_AXIS = frozenset(("mean", "median", "minimum", "maximum"))
"""Metrics whose value lies on the histogram's own axis, where marks of values belong."""
_DECADES = 0.6
"""A logarithmic axis spans at least so many: less is not told from a constant."""


def plot_metric(
    series: SeriesDiagnosis,
    metric: str,
    *,
    finding: Finding | None = None,
    marks: bool = True,
    title: bool = True,
    color: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a metric over the steps, what the buckets prove of it as a band, and the thresholds of findings as lines.

    The axis is linear or logarithmic as the metric asks for; it keeps a scale that it was given before.

    Parameters
    ----------
    series
        A tensor, ``diagnosis["run"]["tag"]``.
    metric
        The name of a metric, one of ``series.metrics``.
    finding
        Whose thresholds and marks to draw. If not given: thresholds of all the tensor's findings, marks of its first.
    marks
        Whether to draw thresholds and marks.
    title
        Whether to write above the axes what they show.
    color
        Of the line.
    ax
        Where to draw, the current axes if not given.

    Returns
    -------
    Axes
        What was drawn on.

    Raises
    ------
    KeyError
        If there is no such metric.

    Examples
    --------
    >>> import tensorboard_plugin_histdiag as histdiag
    >>> with histdiag.diagnose("logs") as diagnosis:
    ...     ax = histdiag.plot_metric(diagnosis["healthy-relu"]["dense1/kernel"], "spread")
    >>> ax.get_yscale()
    'log'
    """
    expect_tensor(series)
    measured = series[metric]
    about = BY_NAME[metric]
    ax = axes_of(ax)
    theme = theme_of(ax)
    shown = finding_on(series, finding)
    lines = thresholds(series, metric, [finding] if finding else series.findings) if marks else {}
    if title:
        width = characters(extent_of(ax)[0], SMALL)
        headline(ax, theme, capital(about.title), shorten(series.tag, width))
    given = ax.get_yscale()
    scale = about.scale if given == "linear" else "log" if given == "log" else "linear"
    if scale == "log" and not (measured.value > 0).any():
        scale = "linear"
    if "log" in (scale, given):
        ax.set_yscale(scale)
    held = held_by(ax)
    low, high = domain(measured, scale, list(lines))
    # On a logarithmic axis 0 lies infinitely far below: it is drawn at the lower edge.
    least = low if scale == "log" else -np.inf
    if measured.proves:
        ax.fill_between(
            series.step, np.maximum(measured.low, least), np.maximum(measured.high, least),
            color=color or theme.series, alpha=0.22, linewidth=0, label="proved by the buckets",
        )  # fmt: skip
    _line(ax, series.step.astype(np.float64), np.maximum(measured.value, least), color or theme.series)
    ax.set_ylim(*joined((low, high), held.y))
    _ticks(ax, scale, *ax.get_ylim())
    along_steps(ax, series.step, held.x)
    ax.set_ylabel("share" if about.scale == "fraction" else "value" if about.unit == "value" else "")
    broken_from_left_to_right(ax, theme, series.step, series.nonfinite)
    for value, (unit, severity) in lines.items():
        _threshold(ax, theme, value, "share" if scale == "fraction" else unit, theme.words[severity])
    if marks:
        mark_steps(ax, theme, marks_on(series, shown), values=metric in _ON_AXIS)
    follow(ax)
    return ax


def thresholds(series: SeriesDiagnosis, metric: str, findings: Sequence[Finding]) -> dict[float, tuple[str, Severity]]:
    """Return the thresholds that can be compared with a metric's line, each with its unit and its finding's severity.

    The ratio of two tensors, or of two records, is judged by a threshold of its own, which means nothing on the line.
    """
    value = series[metric].value
    value = value[np.isfinite(value)]
    found: dict[float, tuple[str, Severity]] = {}
    for finding in findings:
        for row in finding.evidence:
            if row.metric != metric or row.tag != series.tag or row.threshold is None or row.value is None:
                continue
            slack = 1e-6 * abs(row.value)
            if len(value) and value.min() - slack <= row.value <= value.max() + slack:
                found.setdefault(row.threshold, (row.unit, finding.severity))
    return found


def domain(measured: Bounded, scale: str, lines: Sequence[float]) -> tuple[float, float]:
    """Return the ends of a metric's axis.

    Bounds count too, so that a line is never zoomed beyond what is proved; but on a logarithmic axis a lower bound
    close to 0 would take all the room.
    """
    if scale == "fraction":
        return -0.02, 1.22
    log = scale == "log"
    parts = [measured.value, np.array(lines)] if log else [measured.value, measured.low, measured.high, np.array(lines)]
    values: Floats = np.concatenate(parts)
    values = values[np.isfinite(values) & (values > 0 if log else True)]
    if not len(values):
        return -1.0, 1.0
    low, high = float(values.min()), float(values.max())
    if log:
        spread = np.log10(high) - np.log10(low)
        room = max((_DECADES - spread) / 2, spread * 0.1)
        return low / 10**room, high * 10 ** (room + 0.15 * spread)
    if low == high:
        return (low - abs(low) / 2, high + abs(high) / 2) if low else (-1.0, 1.0)
    room = 0.08 * (high - low)
    return low - room, high + 2.5 * room


def _ticks(ax: Axes, scale: str, low: float, high: float) -> None:
    if scale == "log":
        log_axis(ax.yaxis, low, high)
    elif scale == "fraction":
        ax.set_yticks([0, 0.5, 1])
        ax.yaxis.set_major_formatter(mpl.ticker.PercentFormatter(1))
    else:
        value_axis(ax.yaxis)


def _line(ax: Axes, step: Floats, value: Floats, color: str) -> None:
    """Draw a line with gaps where nothing is known; a record between two gaps is a dot."""
    ax.plot(step, value, color=color, linewidth=1.5, label="estimate")
    single = alone(value)
    if single.any():
        ax.plot(step[single], value[single], ".", color=color)


def _threshold(ax: Axes, theme: Theme, value: float, unit: str, color: str) -> None:
    ax.axhline(value, color=color, linestyle="--", linewidth=1.3, zorder=4)
    above = (ax.transData + ax.transAxes.inverted()).transform((0, value))[1] < 0.85
    ax.annotate(
        f"threshold {number(value, unit)}", (1, value), (-3, 2 if above else -2),
        xycoords=ax.get_yaxis_transform(), textcoords="offset points", ha="right", va="bottom" if above else "top",
        fontsize=SMALL, color=color, zorder=5,
        bbox=box(theme), **PLAIN,
    )  # fmt: skip

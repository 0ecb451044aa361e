"""The percentile bands of TensorBoard's Distributions tab."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..finding import Finding
from ._axes import along_steps, axes_of, headline
from ._broken import alone, broken_from_left_to_right
from ._given import expect_tensor
from ._legend import legend_below
from ._limits import follow, held_by, joined
from ._marks import finding_on, mark_steps, marks_on
from ._scales import bend, drawn, undrawn, value_ticks
from ._theme import mix, theme_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..api.run_diagnosis import SeriesDiagnosis

BANDS = (
    ("minimum", "maximum", "all values"),
    ("q07", "q93", "7 to 93 %"),
    ("q16", "q84", "16 to 84 %"),
    ("q31", "q69", "31 to 69 %"),
)
"""Metrics at the ends of each band, from the widest: of a normal distribution, half a standard deviation apart."""
_BAR = 8.0
"""Points that a record between two gaps is wide."""
_STRENGTH = (0.16, 0.34, 0.54, 0.76)


def plot_distribution(
    series: SeriesDiagnosis,
    *,
    finding: Finding | None = None,
    marks: bool = True,
    symlog: bool = False,
    title: bool = True,
    color: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw how a tensor's values are distributed at each step, as percentile bands around the median.

    Parameters
    ----------
    series
        A tensor, ``diagnosis["run"]["tag"]``.
    finding
        Whose marks to draw, those of the tensor's first finding if not given.
    marks
        Whether to draw marks.
    symlog
        Whether the axis of values is symmetric logarithmic, linear only near 0; an axis that was given a scale before
        keeps it.
    title
        Whether to write above the axes what they show.
    color
        Of the median; bands are paler.
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
    ...     ax = histdiag.plot_distribution(diagnosis["healthy-relu"]["dense1/kernel"])
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['all values', '7 to 93 %', '16 to 84 %', '31 to 69 %', 'median']
    """
    expect_tensor(series)
    ax = axes_of(ax)
    theme = theme_of(ax)
    colour = color or theme.series
    if title:
        headline(ax, theme, series.tag, series.reading.text)
    if symlog:
        bend(ax, "y", series.histograms())
    held = held_by(ax)
    single = alone(series["median"].value)
    for (low, high, label), strength in zip(BANDS, _STRENGTH, strict=True):
        face = mix(theme.ground, colour, strength)
        bottom, top = series[low].value, series[high].value
        ax.fill_between(series.step, bottom, top, color=face, linewidth=0.5, label=label)
        if single.any():
            ax.vlines(series.step[single], bottom[single], top[single], color=face, linewidth=_BAR)
    line = colour if color else theme.ink
    ax.plot(series.step, series["median"].value, color=line, linewidth=1.5, label="median")
    if single.any():
        ax.plot(series.step[single], series["median"].value[single], "_", color=line, markersize=_BAR)
    along_steps(ax, series.step, held.x)
    ax.set_ylabel("value")
    first, last = drawn(ax.yaxis, np.array(ax.get_ylim()))
    roomy = undrawn(ax.yaxis, np.array([first, last + 0.1 * (last - first)]))
    ax.set_ylim(*joined((float(roomy[0]), float(roomy[1])), held.y))
    value_ticks(ax, "y")
    broken_from_left_to_right(ax, theme, series.step, series.nonfinite)
    if len(series.step):
        legend_below(ax, list(ax.get_legend_handles_labels()[0]))
    if marks:
        mark_steps(ax, theme, marks_on(series, finding_on(series, finding)), values=True)
    follow(ax)
    return ax

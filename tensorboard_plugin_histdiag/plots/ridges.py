"""A tensor's histograms over the steps, as TensorBoard draws them, with what a finding points at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ..bounded import Bools, Floats, Ints
from ..finding import Finding, Mark, MarkKind
from ..formats.words import WORD
from ..histogram import HistogramBatch
from ..words import percent
from ._axes import PLAIN, axes_of, capital, extent_of, headline, step_axis, step_text, value_axis
from ._bins import Domain, Fit, edges_of, fitted_domain, joint_domain, rebin
from ._broken import broken_downwards, broken_in_all
from ._given import expect_tensor
from ._legend import legend_below
from ._limits import Ends, above_zero, follow, held_by, joined
from ._marks import finding_on, mark_ridges, mark_values, marks_on, span_on
from ._scales import bend, drawn, undrawn, value_ticks
from ._theme import Theme, mix, theme_of

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

    from ..api.run_diagnosis import SeriesDiagnosis

Mode = Literal["offset", "overlay"]

STEPS = 51
"""Records drawn at most, as many as TensorBoard's own charts ask for."""
_RISE = 2 / 3
"""Height of the highest ridge against the room that the steps take, as in the stock chart."""
_HEAD = 0.12
"""Room above the highest ridge, for labels."""
_LINEAR = 0.3
"""Decades that counts below 1 take where their axis is logarithmic."""


@dataclass(frozen=True)
class _Ridges:
    """Some records of a tensor over one axis of values.

    Attributes
    ----------
    step, age
        H steps; 0 for the oldest to 1 for the newest.
    centre
        Middles of the bins.
    rows
        H rows of bins.
    drawn, broken
        Which have values; which were not finite.
    """

    step: Ints
    age: Floats
    centre: Floats
    rows: Floats
    drawn: Bools
    broken: Bools
    domain: Domain
    fit: Fit | None


def plot_ridges(
    series: SeriesDiagnosis,
    mode: Mode = "offset",
    *,
    finding: Finding | None = None,
    marks: bool = True,
    steps: int = STEPS,
    fit: bool = True,
    log: bool = False,
    symlog: bool = False,
    title: bool = True,
    color: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a tensor's histograms over the steps, as TensorBoard does, with what a finding points at.

    The oldest step is at the back and lightest. Each histogram is spread over thirty bins between the smallest and
    the largest value of all steps shown, as TensorBoard's own charts do.

    Parameters
    ----------
    series
        A tensor, ``diagnosis["run"]["tag"]``.
    mode
        "offset" puts each step below the one before, "overlay" all on one line.
    finding
        Whose marks to draw, those of the tensor's first finding if not given. Steps at which it is not active are
        paler.
    marks
        Whether to draw marks.
    steps
        How many records to draw at most.
    fit
        Whether to fit the axis to most values, where thin tails or a few wide histograms squeeze all the rest; a note
        then says how much lies beyond.
    log
        Whether the logarithm of counts is drawn: steps that hold few values still show.
    symlog
        Whether the axis of values is symmetric logarithmic, linear only near 0, with bins that are equally wide on
        it; so they are on an axis that was given a scale before. Such an axis is not fitted.
    title
        Whether to write above the axes what they show.
    color
        Of the newest step.
    ax
        Where to draw, the current axes if not given.

    Returns
    -------
    Axes
        What was drawn on; in offset mode its y axis has the steps.

    Raises
    ------
    ValueError
        If ``mode`` is another.

    Examples
    --------
    >>> import tensorboard_plugin_histdiag as histdiag
    >>> with histdiag.diagnose("logs") as diagnosis:
    ...     ax = histdiag.plot_ridges(diagnosis["nan-midway"]["dense3/kernel"])
    >>> ax.get_ylabel()
    'step'
    """
    expect_tensor(series)
    if mode not in ("offset", "overlay"):
        raise ValueError(f"mode must be 'offset' or 'overlay', not {mode!r}")
    ax = axes_of(ax)
    theme = theme_of(ax)
    shown = finding_on(series, finding) if marks else None
    own = marks_on(series, shown)
    if title:
        _head(ax, theme, series, shown)
    batch = series.histograms()
    _scale(ax, batch, mode, log, symlog)
    ridges = _lay(batch, own, steps, fit, ax.xaxis)
    if ridges is None:
        ax.text(0.5, 0.5, "no values", transform=ax.transAxes, ha="center", va="center")
        return ax
    held = held_by(ax)
    colours = _colours(ridges, theme, color, span_on(series, shown))
    ax.set_xlim(*joined(ridges.domain, held.x))
    beyond = f" ({percent(ridges.fit.outside)} lie beyond this axis)" if ridges.fit else ""
    ax.set_xlabel(f"value{beyond}", **PLAIN)
    value_ticks(ax, "x")
    if mode == "offset":
        _offset(ax, ridges, theme, colours, log, held.y)
        pointed = [mark.first_step for mark in own if mark.first_step is not None]
        broken_downwards(ax, theme, ridges.step, ridges.broken, pointed)
        mark_ridges(ax, theme, own, ridges.step, ridges.step[ridges.broken])
        mark_values(ax, theme, [mark for mark in own if mark.kind is not MarkKind.NOTE or mark.first_step is None])
        follow(ax)
        ax.callbacks.connect("ylim_changed", _keep_linear)  # as another scale changes limits that follow
        return ax
    _overlay(ax, ridges, colours, held.y)
    broken_in_all(ax, theme, ridges.broken)
    mark_values(ax, theme, own)
    follow(ax)
    return ax


def _scale(ax: Axes, batch: HistogramBatch, mode: Mode, log: bool, symlog: bool) -> None:
    if symlog:
        bend(ax, "x", batch)
    if mode == "offset":
        ax.set_yscale("linear")
    elif log or ax.get_yscale() == "log":
        ax.set_yscale("symlog", linthresh=1, linscale=_LINEAR)  # a bin may be empty


def _keep_linear(ax: Axes) -> None:
    if ax.get_yscale() != "linear":
        raise ValueError(
            f"Ridges that stand below each other have their heights in steps, which a {ax.get_yscale()!r} axis would"
            " bend: log=True draws logarithms of counts, plot_ridges(series, 'overlay') has an axis of counts."
        )


def _head(ax: Axes, theme: Theme, series: SeriesDiagnosis, finding: Finding | None) -> None:
    """Write the tensor's name, and what was found; else its reading."""
    if finding is None:
        headline(ax, theme, series.tag, series.reading.text)
        return
    said = f"{WORD[finding.severity].capitalize()}: {finding.title}. {capital(finding.summary)}"
    headline(ax, theme, series.tag, said, theme.words[finding.severity])


def _lay(batch: HistogramBatch, marks: list[Mark], steps: int, fit: bool, axis: Axis) -> _Ridges | None:
    pointed = {step for mark in marks for step in (mark.first_step, mark.last_step) if step is not None}
    batch = batch.pick(_some(batch, steps) | np.isin(batch.step, list(pointed)))
    kept = [mark.first_step for mark in marks if mark.kind is MarkKind.STEP and mark.first_step is not None]
    values = [value for mark in marks for value in (mark.low, mark.high) if value is not None]
    fitted = fitted_domain(batch, kept, values) if fit and axis.get_scale() == "linear" else None
    domain = fitted.domain if fitted else joint_domain(batch)
    if domain is None:
        if not batch.nonfinite.any():
            return None
        domain = -1.0, 1.0
    domain = above_zero(domain, np.concatenate([batch.left, batch.right]), axis.get_scale())
    edges = edges_of(domain, axis=axis)
    centre = undrawn(axis, (drawn(axis, edges[0]) + drawn(axis, edges[1])) / 2)
    extent = float(batch.step[-1] - batch.step[0])
    age = (batch.step - batch.step[0]) / extent if extent else np.ones(len(batch))
    return _Ridges(batch.step, age, centre, rebin(batch, edges), ~batch.empty, batch.nonfinite, domain, fitted)


def _some(batch: HistogramBatch, most: int) -> Bools:
    """Choose records evenly, the first and the last among them."""
    chosen = np.zeros(len(batch), dtype=np.bool_)
    if len(batch):
        chosen[np.linspace(0, len(batch) - 1, min(len(batch), max(2, most))).round().astype(np.int64)] = True
    return chosen


def _colours(ridges: _Ridges, theme: Theme, color: str | None, span: tuple[int, int] | None) -> list[str]:
    """Shade by age; steps at which the finding is not active are half as strong, unless none would be in full."""
    young = color or theme.young
    old = mix(color, theme.ground, 0.55) if color else theme.old
    inside = np.ones(len(ridges.step), dtype=np.bool_)
    if span is not None:
        within = (ridges.step >= span[0]) & (ridges.step <= span[1]) & ridges.drawn
        inside = within if within.any() else inside
    return [
        mix(mix(old, young, age), theme.ground, 0 if own else 0.5)
        for age, own in zip(ridges.age.tolist(), inside, strict=True)
    ]


def _offset(ax: Axes, ridges: _Ridges, theme: Theme, colours: list[str], log: bool, held: Ends | None) -> None:
    first, last = float(ridges.step[0]), float(ridges.step[-1])
    room = (last - first or 1.0) * _RISE
    rows = np.log1p(ridges.rows) if log else ridges.rows
    heights = rows / (rows.max() or 1) * room
    # Steps grow downwards.
    ax.set_ylim(*joined((last + 0.01 * room, first - room * (1 + _HEAD)), held))
    for k in np.flatnonzero(ridges.drawn):
        base, curve = ridges.step[k], ridges.step[k] - heights[k]
        ax.fill_between(ridges.centre, base, curve, color=colours[k], linewidth=0, zorder=2)
        # The outline follows the values, not the empty bins.
        risen = heights[k] > 0.002 * room
        seen = risen | np.append(risen[1:], False) | np.append(False, risen[:-1])
        ax.plot(ridges.centre, np.where(seen, curve, np.nan), color=theme.ground, linewidth=0.6, zorder=2)
    ax.spines[["left", "top", "right"]].set_visible(False)
    ax.yaxis.tick_right()
    ax.yaxis.set_label_position("right")
    step_axis(ax.yaxis, first, last, max(2, int(extent_of(ax)[1] / 60)))
    ax.yaxis.get_label().set_y(0.5 / (1 + _RISE))  # the middle of the steps
    ax.yaxis.grid(True, color=theme.line, linewidth=0.6)
    ax.set_axisbelow(True)


def _overlay(ax: Axes, ridges: _Ridges, colours: list[str], held: Ends | None) -> None:
    some = np.flatnonzero(ridges.drawn)
    named: list[Artist] = []
    for place, k in enumerate(some):
        end = place in (0, len(some) - 1)
        (line,) = ax.plot(ridges.centre, ridges.rows[k], color=colours[k], linewidth=2 if end else 1)
        if end:
            line.set_label(f"step {step_text(ridges.step[k])}")
            named.append(line)
    most = float(ridges.rows.max()) or 1.0
    top = most * (1 + _HEAD) if ax.get_yscale() == "linear" else most * max(10.0, most) ** _HEAD
    ax.set_ylim(*joined((0, top), held))
    value_axis(ax.yaxis)
    ax.set_ylabel("count per bin")
    if named:
        legend_below(ax, named)

"""A tensor's histograms over the steps, as TensorBoard draws them, with what a finding points at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from matplotlib.axes import Axes

from ..bounded import Bools, Floats, Ints
from ..finding import Finding, Mark, MarkKind
from ..formats.words import WORD
from ..histogram import HistogramBatch
from ..words import percent
from ._axes import PLAIN, SMALL, axes_of, capital, extent_of, headline, step_axis, step_text, value_axis
from ._bins import Domain, Fit, edges_of, fitted_domain, joint_domain, rebin
from ._marks import box, finding_on, mark_ridges, mark_values, marks_on, span_on
from ._theme import Theme, mix, theme_of

if TYPE_CHECKING:
    from ..run_diagnosis import SeriesDiagnosis

Mode = Literal["offset", "overlay"]

STEPS = 51
"""Records drawn at most, as many as TensorBoard's own charts ask for."""
_RISE = 2 / 3
"""Height of the highest ridge against the room that the steps take, as in the stock chart."""
_HEAD = 0.12
"""Room above the highest ridge, for labels."""


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
    color
        Of the newest step.
    ax
        Where to draw, the current axes if not given.

    Returns
    -------
    Axes
        What was drawn on; in offset mode its y axis has the steps.

    Examples
    --------
    >>> import tensorboard_plugin_histdiag as histdiag
    >>> with histdiag.diagnose("logs") as diagnosis:
    ...     ax = histdiag.plot_ridges(diagnosis["nan-midway"]["dense3/kernel"])
    >>> ax.get_ylabel()
    'step'
    """
    if mode not in ("offset", "overlay"):
        raise ValueError(f"mode must be 'offset' or 'overlay', not {mode!r}")
    ax = axes_of(ax)
    theme = theme_of(ax)
    shown = finding_on(series, finding) if marks else None
    own = marks_on(series, shown)
    _head(ax, theme, series, shown)
    ridges = _lay(series.histograms(), own, steps, fit)
    if ridges is None:
        ax.text(0.5, 0.5, "no values", transform=ax.transAxes, ha="center", va="center")
        return ax
    colours = _colours(ridges, theme, color, span_on(series, shown))
    ax.set_xlim(*ridges.domain)
    if mode == "offset":
        _offset(ax, ridges, theme, colours, any(mark.kind is MarkKind.STEP for mark in own))
    else:
        _overlay(ax, ridges, colours)
    ax.set_xlabel("value")
    value_axis(ax.xaxis)
    if ridges.fit:
        ax.set_xlabel("value", loc="right")
        _note(ax, theme, f"{percent(ridges.fit.outside)} of the values lie beyond this axis")
    if mode == "offset":
        mark_ridges(ax, theme, own, ridges.step, ridges.step[ridges.broken])
    mark_values(ax, theme, own)
    return ax


def _head(ax: Axes, theme: Theme, series: SeriesDiagnosis, finding: Finding | None) -> None:
    """Write the tensor's name, and what was found; else its reading."""
    if finding is None:
        headline(ax, theme, series.tag, series.reading.text)
        return
    said = f"{WORD[finding.severity].capitalize()}: {finding.title}. {capital(finding.summary)}"
    headline(ax, theme, series.tag, said, theme.words[finding.severity])


def _lay(batch: HistogramBatch, marks: list[Mark], steps: int, fit: bool) -> _Ridges | None:
    batch = batch.pick(_some(batch, steps))
    pointed = [mark.first_step for mark in marks if mark.kind is MarkKind.STEP and mark.first_step is not None]
    values = [value for mark in marks for value in (mark.low, mark.high) if value is not None]
    fitted = fitted_domain(batch, pointed, values) if fit else None
    domain = fitted.domain if fitted else joint_domain(batch)
    if domain is None:
        if not batch.nonfinite.any():
            return None
        domain = -1.0, 1.0
    left, right = edges_of(domain)
    extent = float(batch.step[-1] - batch.step[0])
    age = (batch.step - batch.step[0]) / extent if extent else np.ones(len(batch))
    rows = rebin(batch, domain)
    return _Ridges(batch.step, age, (left + right) / 2, rows, ~batch.empty, batch.nonfinite, domain, fitted)


def _some(batch: HistogramBatch, most: int) -> Bools:
    """Choose records evenly, the first and the last among them."""
    chosen = np.zeros(len(batch), dtype=np.bool_)
    if len(batch):
        chosen[np.unique(np.linspace(0, len(batch) - 1, min(len(batch), max(2, most))).round().astype(np.int64))] = True
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


def _offset(ax: Axes, ridges: _Ridges, theme: Theme, colours: list[str], told: bool) -> None:
    first, last = float(ridges.step[0]), float(ridges.step[-1])
    room = (last - first or 1.0) * _RISE
    heights = ridges.rows / (ridges.rows.max() or 1) * room
    # Steps grow downwards.
    ax.set_ylim(last + 0.01 * room, first - room * (1 + _HEAD))
    for k in np.flatnonzero(ridges.drawn):
        base, curve = ridges.step[k], ridges.step[k] - heights[k]
        ax.fill_between(ridges.centre, base, curve, color=colours[k], linewidth=0, zorder=2)
        # The outline follows the values, not the empty bins.
        risen = heights[k] > 0.002 * room
        seen = risen | np.append(risen[1:], False) | np.append(False, risen[:-1])
        ax.plot(ridges.centre, np.where(seen, curve, np.nan), color=theme.ground, linewidth=0.6, zorder=2)
    _broken(ax, ridges, theme, told)
    ax.spines[["left", "top", "right"]].set_visible(False)
    ax.yaxis.tick_right()
    ax.yaxis.set_label_position("right")
    most = max(2, int(extent_of(ax)[1] / 60))
    step_axis(ax.yaxis, first, last, most)
    ax.yaxis.get_label().set_y(0.5 / (1 + _RISE))  # the middle of the steps
    ax.yaxis.grid(True, color=theme.line, linewidth=0.6)
    ax.set_axisbelow(True)


def _broken(ax: Axes, ridges: _Ridges, theme: Theme, told: bool) -> None:
    """Draw stretches of steps that were not finite; what marks have told is not said again."""
    colour = theme.cells["error"]
    edges = np.flatnonzero(np.diff(np.concatenate([[False], ridges.broken, [False]]).astype(np.int8)))
    for first, end in zip(edges[::2], edges[1::2], strict=True):
        above = ridges.step[first] if first == 0 else (ridges.step[first - 1] + ridges.step[first]) / 2
        below = ridges.step[end - 1] if end == len(ridges.step) else (ridges.step[end - 1] + ridges.step[end]) / 2
        ax.axhspan(above, below, facecolor=colour, alpha=0.15, linewidth=0, zorder=1.9)
        ax.axhline(above, color=colour, linewidth=1.5, zorder=3)
        if told:
            continue
        text = f"not finite from {step_text(ridges.step[first])}"
        ax.annotate(
            text, (0.5, above), (0, -3), xycoords=ax.get_yaxis_transform(), textcoords="offset points",
            ha="center", va="top", fontsize=SMALL, color=theme.ink, zorder=11, bbox=box(theme),
        )  # fmt: skip


def _overlay(ax: Axes, ridges: _Ridges, colours: list[str]) -> None:
    drawn = np.flatnonzero(ridges.drawn)
    for place, k in enumerate(drawn):
        end = place in (0, len(drawn) - 1)
        label = f"step {step_text(ridges.step[k])}" if end else None
        ax.plot(ridges.centre, ridges.rows[k], color=colours[k], linewidth=2 if end else 1, label=label)
    ax.set_ylim(0, (ridges.rows.max() or 1) * (1 + _HEAD))
    ax.set_ylabel("count per bin")
    if len(drawn):
        ax.legend(loc="upper right", fontsize=SMALL)


def _note(ax: Axes, theme: Theme, text: str) -> None:
    ax.annotate(
        text, (0, 0), (0, -2.6), xycoords="axes fraction", textcoords="offset fontsize",
        fontsize=SMALL, color=theme.faint, va="top", annotation_clip=False, **PLAIN,
    )  # fmt: skip

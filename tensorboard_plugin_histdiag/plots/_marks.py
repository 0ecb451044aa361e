"""A finding's marks: on histograms, where values go from left to right, and along the steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..bounded import Ints
from ..finding import Finding, Mark, MarkKind
from ._axes import PLAIN, SMALL, characters, extent_of, points, shorten, signed
from ._scales import drawn, undrawn
from ._theme import Theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

    from ..api.run_diagnosis import SeriesDiagnosis

_BRACKET = 5
"""Length of a bracket's ends in points."""
_ABOVE = 10
"""Marks lie on whatever else is drawn."""


def finding_on(series: SeriesDiagnosis, finding: Finding | None) -> Finding | None:
    """Return the finding to show: the one given, else the first of the tensor's own that marks it, else its first."""
    if finding is not None:
        return finding
    own = [each for each in series.findings if marks_on(series, each)]
    return next(iter(own or series.findings), None)


def marks_on(series: SeriesDiagnosis, finding: Finding | None) -> list[Mark]:
    """Return the marks that a finding makes on a tensor."""
    return [mark for mark in finding.marks if mark.tag == series.tag] if finding else []


def span_on(series: SeriesDiagnosis, finding: Finding | None) -> tuple[int, int] | None:
    """Return the steps at which a finding is active on a tensor; None where it is not."""
    if finding is None or series.tag not in finding.tags:
        return None
    spans = [span for span in finding.spans if span.tag == series.tag]
    if not spans:
        return finding.first_step, finding.last_step
    return min(span.first_step for span in spans), max(span.last_step for span in spans)


class Labels:
    """Labels along the upper edge, on a new line wherever one would lie on another."""

    def __init__(self, ax: Axes, theme: Theme) -> None:
        self._ax, self._theme = ax, theme
        self._taken: list[list[tuple[float, float]]] = []

    def add(self, text: str, x: float, *, bold: bool = False) -> None:
        """Write a text at a place on the x axis, kept between the ends of the axis."""
        width, _ = extent_of(self._ax)
        text = shorten(signed(text), characters(width, SMALL))
        long = 0.6 * points(SMALL) * len(text) / width
        (low, high), transform = self._ax.get_xlim(), self._ax.transData + self._ax.transAxes.inverted()
        place = min(1.0, max(0.0, float(transform.transform((min(max(x, low), high), 0))[0])))
        align = "left" if place < long / 2 else "right" if place > 1 - long / 2 else "center"
        start = place - {"left": 0, "center": long / 2, "right": long}[align]
        line = self._line(start, start + long)
        note = self._ax.annotate(
            text,
            (place, 1),
            ({"left": 3, "center": 0, "right": -3}[align], -3 - line * 1.35 * points(SMALL)),
            xycoords="axes fraction",
            textcoords="offset points",
            ha=align,
            va="top",
            fontsize=SMALL,
            fontweight="bold" if bold else "normal",
            color=self._theme.ink,
            zorder=_ABOVE + 1,
            bbox=box(self._theme),
        )
        note.update(PLAIN)

    def _line(self, start: float, end: float) -> int:
        for number, taken in enumerate(self._taken):
            if all(end < first or start > last for first, last in taken):
                taken.append((start, end))
                return number
        self._taken.append([(start, end)])
        return len(self._taken) - 1


def box(theme: Theme) -> dict[str, object]:
    """Keep a label legible on whatever lies below it."""
    return {"facecolor": theme.ground, "edgecolor": "none", "alpha": 0.75, "pad": 1.0}


def mark_values(ax: Axes, theme: Theme, marks: Sequence[Mark]) -> None:
    """Draw the values that marks point at as upright lines, and notes."""
    labels = Labels(ax, theme)
    low, high = ax.get_xlim()
    for mark in marks:
        values = [value for value in (mark.low, mark.high) if value is not None]
        if mark.kind is MarkKind.VALUE:
            values = values[:1]
        if mark.kind in (MarkKind.VALUE, MarkKind.VALUE_RANGE) and values:
            for value in values:
                if low <= value <= high:
                    ax.axvline(value, color=theme.ink, linestyle=":", linewidth=1.2, zorder=_ABOVE)
            middle = _middle(ax.xaxis, values)
            before, behind = "← " if middle < low else "", " →" if middle > high else ""
            labels.add(f"{before}{mark.label}{behind}", middle)
        elif mark.kind is MarkKind.NOTE:
            labels.add(mark.label, low if mark.low is None else mark.low)


def mark_ridges(ax: Axes, theme: Theme, marks: Sequence[Mark], shown: Ints, broken: Ints) -> None:
    """Draw the steps that marks point at on an axis of steps from the oldest above to the newest below.

    A step that was not finite has a band of its own to say so, and no line.
    """
    transform = ax.get_yaxis_transform()
    for mark in marks:
        own = shown[(shown >= _or(mark.first_step, shown[0])) & (shown <= _or(mark.last_step, shown[-1]))]
        if mark.kind is MarkKind.STEP_RANGE and len(own):
            first, last = own[0], own[-1]
            ax.axhspan(first, last, color=theme.ink, alpha=0.06, linewidth=0, zorder=0.5)
            ax.plot(
                [0.013, 0.003, 0.003, 0.013], [first, first, last, last],
                color=theme.ink, linewidth=1.5, transform=transform, zorder=_ABOVE,
            )  # fmt: skip
            _beside(ax, theme, mark.label, 0.02, float(first))
        elif mark.kind is MarkKind.STEP and len(own):
            if own[0] not in broken:
                ax.axhline(own[0], color=theme.ink, linewidth=1, zorder=_ABOVE)
            _beside(ax, theme, mark.label, 0.99, float(own[0]))
        elif mark.kind is MarkKind.NOTE and mark.first_step is not None and len(own):
            _beside(ax, theme, mark.label, 0.02, float(own[0]), bold=False)


def _beside(ax: Axes, theme: Theme, text: str, x: float, y: float, *, above: bool = True, bold: bool = True) -> None:
    note = ax.annotate(
        shorten(signed(text), characters(extent_of(ax)[0], SMALL)),
        (x, y),
        (0, 3 if above else -3),
        xycoords=ax.get_yaxis_transform(),
        textcoords="offset points",
        ha="left" if x < 0.5 else "right",
        va="bottom" if above else "top",
        fontsize=SMALL,
        fontweight="bold" if bold else "normal",
        color=theme.ink,
        zorder=_ABOVE + 1,
        bbox=box(theme),
    )
    note.update(PLAIN)


def mark_steps(ax: Axes, theme: Theme, marks: Sequence[Mark], *, values: bool) -> None:
    """Draw marks where steps go from left to right; those of values only where the other axis has the tensor's own."""
    labels = Labels(ax, theme)
    first, last = ax.get_xlim()
    for mark in marks:
        start, end = _or(mark.first_step, first), _or(mark.last_step, last)
        if mark.kind is MarkKind.STEP_RANGE and start <= last and end >= first:
            ax.axvspan(max(start, first), min(end, last), color=theme.ink, alpha=0.06, linewidth=0, zorder=0.5)
            labels.add(mark.label, max(start, first), bold=True)
        elif mark.kind is MarkKind.STEP and first <= start <= last:
            ax.axvline(start, color=theme.ink, linewidth=1, zorder=_ABOVE)
            labels.add(mark.label, start, bold=True)
        elif mark.kind is MarkKind.NOTE and first <= start <= last:
            labels.add(mark.label, start)
        elif values and mark.kind in (MarkKind.VALUE, MarkKind.VALUE_RANGE):
            own = [value for value in (mark.low, mark.high) if value is not None]
            _levels(ax, theme, own[:1] if mark.kind is MarkKind.VALUE else own, mark.label)


def _levels(ax: Axes, theme: Theme, values: Sequence[float], text: str) -> None:
    """Draw values as lines across, and one label; where they lie beyond the axis it says on which side."""
    if not values:
        return
    low, high = sorted(ax.get_ylim())
    for value in values:
        if low <= value <= high:
            ax.axhline(value, color=theme.ink, linestyle=":", linewidth=1.2, zorder=_ABOVE)
    middle = _middle(ax.yaxis, values)
    if middle > high:
        _beside(ax, theme, f"{text} ↑", 0.99, high, above=False, bold=False)
    else:
        _beside(ax, theme, f"{text} ↓" if middle < low else text, 0.99, max(low, middle), bold=False)


def _middle(axis: Axis, values: Sequence[float]) -> float:
    """Return the value half-way between others as the axis draws them."""
    return float(undrawn(axis, drawn(axis, np.array(values, np.float64)).mean(keepdims=True))[0])


def _or(step: int | None, otherwise: float) -> float:
    return otherwise if step is None else step

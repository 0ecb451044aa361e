"""What all plots share: where they draw, their titles, names and axes."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ..formats.names import printable
from . import _matplotlib as mpl
from ._limits import Ends, above_zero, joined
from ._room import is_laid_out
from ._theme import Theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

PLAIN: dict[str, Any] = {"parse_math": False, "usetex": False}
"""For texts with names from a log: `$` and `_` in them mean nothing."""
SMALL = "small"
CHARACTER = 0.55
"""About the width of a character in its height."""
_FIGURE = 0.72
"""That of a figure, of which some are signs."""
LINE = 1.25
"""Height of a line in that of its letters."""
_SENTENCE = "histdiag-sentence"
_ROUND = 0.8
"""Decades within which round values lie evenly enough on a logarithmic axis."""
_DIGITS = 7
"""Digits at most of values that differ by little."""


def axes_of(ax: Axes | None) -> Axes:
    """Return the axes to draw on: those given, else the current ones, else new ones on which no label is cut off."""
    if ax is not None:
        if not hasattr(ax, "get_xaxis_transform"):
            raise TypeError(
                f"ax has to be one Axes, and not a {type(ax).__name__}: plt.subplots gives several in an array."
            )
        return ax
    if mpl.pyplot.get_fignums():
        return mpl.pyplot.gca()
    made: Axes = mpl.pyplot.subplots(layout="constrained")[1]
    return made


def extent_of(ax: Axes) -> tuple[float, float]:
    """Return width and height in points."""
    box = ax.get_window_extent()
    return box.width * 72 / ax.figure.dpi, box.height * 72 / ax.figure.dpi


def points(size: str | float) -> float:
    """Return a font size in points."""
    return float(mpl.font_manager.FontProperties(size=size).get_size_in_points())


def characters(width: float, size: str | float) -> int:
    """Return about how many characters fit into a width in points."""
    return max(8, int(width / (CHARACTER * points(size))))


def signed(text: str) -> str:
    """Write a sentence with the minus signs that figures on axes have.

    >>> signed("between -3 and 2e-8 in block-1")
    'between −3 and 2e−8 in block-1'
    """
    return re.sub(r"(?:(?<![^\s(])|(?<=\de))-(?=\d)", "−", text)


def lines_of(text: str, width: float, size: str | float, most: int) -> list[str]:
    """Break a text into lines that fit into a width in points, and leave off what goes beyond the last."""
    return textwrap.wrap(signed(printable(text)), characters(width, size), max_lines=most, placeholder=" …")


def headline(
    ax: Axes, theme: Theme, title: str, sentence: str = "", colour: str | None = None, width: float | None = None
) -> None:
    """Write a title, with a smaller sentence of at most two lines below it, in place of an earlier one.

    Parameters
    ----------
    width
        Room in points, that of the axes if not given.
    """
    for earlier in [text for text in ax.texts if text.get_gid() == _SENTENCE]:
        earlier.remove()
    wide = width or extent_of(ax)[0]
    told = lines_of(sentence, wide, SMALL, _lines_above(ax)) if sentence else []
    name = shorten(title, characters(wide, "large"))
    ax.set_title(name, loc="left", pad=6 + len(told) * LINE * points(SMALL), **PLAIN)
    if told:
        text = ax.annotate(
            "\n".join(told), (0, 1), (0, 4), xycoords="axes fraction", textcoords="offset points", fontsize=SMALL,
            color=colour or theme.faint, va="bottom", linespacing=LINE, annotation_clip=False, gid=_SENTENCE,
        )  # fmt: skip
        text.update(PLAIN)


def _lines_above(ax: Axes) -> int:
    """Return how many lines fit between the axes with their title and the figure's edge: one or two."""
    if is_laid_out(ax):
        return 2
    figure = ax.figure.figure
    above = (figure.bbox.y1 - ax.get_window_extent().y1) * 72 / figure.dpi
    return 2 if above > 6 + 1.2 * points("large") + 2 * LINE * points(SMALL) else 1


def shorten(text: str, width: int) -> str:
    """Make a name safe to draw, and cut the middle out of one that is too long: both ends tell it apart.

    >>> shorten("encoder/layer_11/attention/output/kernel", 20)
    'encoder/la…ut/kernel'
    """
    text = printable(text)
    if len(text) <= width:
        return text
    half = width // 2
    return f"{text[:half]}…{text[half - width + 1 :]}"


def layer_labels(layers: Sequence[str], room: int) -> list[str]:
    """Shorten names of layers to what tells them apart.

    Without what all begin and end with, then with single letters for words, then without their middle.

    >>> layer_labels(["model/encoder/block_1/attention", "model/encoder/block_2/attention"], 12)
    ['…/e/block_1…', '…/e/block_2…']
    """
    parts = [re.split(r"(?=[/.])", layer) for layer in layers]
    shortest = min((len(cut) for cut in parts), default=0)
    start, end = 0, 0
    while start < shortest - 1 and len({cut[start] for cut in parts}) == 1:
        start += 1
    while start + end < shortest - 1 and len({cut[-1 - end] for cut in parts}) == 1:
        end += 1
    labels = []
    for layer, cut in zip(layers, parts, strict=True):
        label = layer
        if len(label) > room:
            kept = cut[max(0, start - 1) : len(cut) - end]
            label = f"{'…' if start > 1 else ''}{''.join(kept)}{'…' if end else ''}"
        if len(label) > room:
            label = re.sub(r"([/.]|^)([^\W\d])\w*(?=.*[/.])", r"\1\2", label)
        labels.append(shorten(label, room))
    return labels


def step_text(step: float) -> str:
    """Write a step with its thousands separated; from a million on in millions.

    >>> step_text(12000), step_text(1500000)
    ('12,000', '1.5M')
    """
    if abs(step) < 1e6:
        return f"{step:,.0f}"
    unit, name = (1e6, "M") if abs(step) < 1e9 else (1e9, "G")
    return f"{step / unit:.3f}".rstrip("0").rstrip(".") + name


def step_ticks(first: float, last: float, most: int) -> list[float]:
    """Return both ends and round steps between them."""
    if last <= first:
        return [first]
    between = mpl.ticker.MaxNLocator(most, integer=True, steps=[1, 2, 5, 10]).tick_values(first, last)
    room = 0.7 * (last - first) / max(1, most)
    inner = [float(step) for step in between if first + room <= step <= last - room]
    return [first, *inner, last]


def step_axis(axis: Axis, first: float, last: float, most: int = 5) -> None:
    """Name an axis of steps, with its ends among its ticks."""
    if axis.get_scale() == "linear":
        axis.set_major_locator(mpl.ticker.FixedLocator(step_ticks(first, last, most)))
    axis.set_major_formatter(mpl.ticker.FuncFormatter(_step))
    axis.set_label_text("step")


def _step(step: float, _: int | None) -> str:
    return step_text(step)


def along_steps(ax: Axes, steps: Sequence[float] | np.ndarray[Any, Any], held: Ends | None) -> None:
    """Lay steps from left to right with a little room at both ends, beside those of what is drawn already."""
    first, last = (float(steps[0]), float(steps[-1])) if len(steps) else (0.0, 0.0)
    if held:
        ticks = [tick for tick in ax.get_xticks() if min(held) <= tick <= max(held)]
        first, last = min([first, *ticks]), max([last, *ticks])
    room = 0.01 * (last - first) or 0.5
    own = above_zero((first - room, last + room), np.asarray(steps, np.float64), ax.get_xscale())
    ax.set_xlim(*joined(own, held))
    step_axis(ax.xaxis, first, last, max(2, int(extent_of(ax)[0] / 60)))


def value_text(value: float, digits: int = 3) -> str:
    """Write a value as the tab's axes do: exponents below 0.001 and from 10,000 on, else a digit more.

    >>> value_text(0.25), value_text(-2e-8), value_text(0), value_text(123456, 5)
    ('0.25', '−2e−8', '0', '1.2346e5')
    """
    if value == 0:
        return "0"
    text = f"{value:.{digits - 1}e}" if not 1e-3 <= abs(value) < 1e4 else f"{value:.{digits + 1}g}"
    if "e" in text:
        digit, exponent = text.split("e")
        text = f"{digit.rstrip('0').rstrip('.')}e{int(exponent)}"
    return mpl.ticker.Formatter.fix_minus(text)


def value_axis(axis: Axis) -> None:
    """Write the values of an axis in full, as a common factor at its end would be missed, and tell them apart."""
    axis.set_major_formatter(mpl.ticker.FuncFormatter(partial(_value, axis)))


def _value(axis: Axis, value: float, _: int | None) -> str:
    return value_text(value, _digits(axis))


def _digits(axis: Axis) -> int:
    low, high = sorted(axis.get_view_interval())
    reach = max(abs(low), abs(high)) / (high - low) if high > low else 1.0
    return min(_DIGITS, 3 + max(0, int(np.log10(reach))))


def spaced_ticks(axis: Axis, width: float) -> None:
    """Have fewer values along an axis from left to right where they would touch each other."""
    ticks = axis.get_major_locator().tick_values(*axis.get_view_interval())
    longest = max((len(value_text(tick, _digits(axis))) for tick in ticks), default=1)
    most = max(1, int(width / ((longest * _FIGURE + 1) * points("medium"))))
    if most < len(ticks) - 1:
        axis.set_major_locator(mpl.ticker.MaxNLocator(most))


def log_axis(axis: Axis, low: float, high: float) -> None:
    """Write the values of a logarithmic axis as those of a linear one; within a decade at round values."""
    decades = np.log10(high / low) if 0 < low < high else 0.0
    most = min(4, max(1, int(extent_of(axis.axes)[1] / (2 * points("medium")))))
    if decades < _ROUND:
        axis.set_major_locator(mpl.ticker.MaxNLocator(most))
        axis.set_minor_locator(mpl.ticker.NullLocator())
    else:
        axis.set_major_locator(mpl.ticker.LogLocator(subs=(1, 2, 5) if decades < 2.2 else (1,), numticks=most + 2))
        axis.set_minor_locator(mpl.ticker.LogLocator(subs="auto", numticks=100))
    axis.set_minor_formatter(mpl.ticker.NullFormatter())
    value_axis(axis)


def capital(text: str) -> str:
    """Begin a text with a capital."""
    return text[:1].upper() + text[1:]

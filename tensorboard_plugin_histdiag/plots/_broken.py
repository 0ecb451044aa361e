"""Records that were not finite: bands in their place, and what is said of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.transforms import Transform

from ..bounded import Bools, Floats, Ints
from ._axes import SMALL, step_text
from ._marks import box
from ._theme import Theme

_MOST = 3
"""More stretches than these are counted, not named."""


def stretches(broken: Bools) -> list[tuple[int, int]]:
    """Return the first and the last record of each stretch of neighbours that were not finite.

    >>> stretches(np.array([True, False, True, True]))
    [(0, 0), (2, 3)]
    """
    edges = np.flatnonzero(np.diff(np.pad(broken, 1).astype(np.int8)))
    return [(int(first), int(end) - 1) for first, end in zip(edges[::2], edges[1::2], strict=True)]


def alone(value: Floats) -> Bools:
    """Tell which records are known between two that are not: a line or a band through them would not be seen."""
    known: Bools = np.isfinite(value)
    single: Bools = known & ~np.append(known[1:], False) & ~np.append(False, known[:-1])
    return single


def broken_from_left_to_right(ax: Axes, theme: Theme, step: Ints, broken: Bools) -> None:
    """Draw bands where steps go from left to right; the first has the label for a legend."""
    for k, (first, last) in enumerate(_ends(step, broken)):
        ax.axvspan(
            first, last, facecolor=theme.cells["error"], alpha=0.2, linewidth=0, zorder=0.6,
            label="not finite" if k == 0 else None,
        )  # fmt: skip


def broken_downwards(ax: Axes, theme: Theme, step: Ints, broken: Bools, marked: Sequence[int]) -> None:
    """Draw bands where steps go downwards; where they are few each has a name, unless a mark is in it."""
    found = stretches(broken)
    for (above, below), (first, last) in zip(_ends(step, broken), found, strict=True):
        colour = theme.cells["error"]
        ax.axhspan(above, below, facecolor=colour, alpha=0.15, linewidth=0, zorder=1.9)
        ax.axhline(above, color=colour, linewidth=1.5, zorder=3)
        if len(found) <= _MOST and not any(step[first] <= one <= step[last] for one in marked):
            ends = dict.fromkeys([step_text(step[first]), step_text(step[last])])
            _note(ax, theme, f"not finite at {' to '.join(ends)}", above, ax.get_yaxis_transform())
    if len(found) > _MOST:
        broken_in_all(ax, theme, broken)


def broken_in_all(ax: Axes, theme: Theme, broken: Bools) -> None:
    """Say how many there are."""
    if broken.any():
        _note(ax, theme, f"{np.count_nonzero(broken)} of {len(broken)} steps not finite", 1, ax.transAxes)


def _ends(step: Ints, broken: Bools) -> Iterator[tuple[float, float]]:
    """Yield where bands begin and end: half-way to the neighbours on both sides."""
    middle = (step[1:] + step[:-1]) / 2
    low, high = np.append(step[:1], middle), np.append(middle, step[-1:])
    for first, last in stretches(broken):
        yield float(low[first]), float(high[last])


def _note(ax: Axes, theme: Theme, text: str, y: float, transform: Transform) -> None:
    """Write a note at the left edge, beneath a place."""
    ax.annotate(
        text, (0, y), (3, -3), xycoords=transform, textcoords="offset points", ha="left", va="top",
        fontsize=SMALL, color=theme.ink, zorder=11, bbox=box(theme),
    )  # fmt: skip

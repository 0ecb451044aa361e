"""Records that were not finite: bands in their place, and what is said of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..bounded import Bools, Floats, Ints
from ..measured import stretches
from ._axes import SMALL, step_text
from ._marks import box
from ._theme import Theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.transforms import Transform

_MOST = 3
"""More stretches than these are counted, not named."""


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
    for (above, below), records in zip(_ends(step, broken), found, strict=True):
        steps = step[records]
        colour = theme.cells["error"]
        ax.axhspan(above, below, facecolor=colour, alpha=0.15, linewidth=0, zorder=1.9)
        ax.axhline(above, color=colour, linewidth=1.5, zorder=3)
        if len(found) <= _MOST and not any(steps[0] <= one <= steps[-1] for one in marked):
            ends = dict.fromkeys([step_text(steps[0]), step_text(steps[-1])])
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
    for records in stretches(broken):
        yield float(low[records][0]), float(high[records][-1])


def _note(ax: Axes, theme: Theme, text: str, y: float, transform: Transform) -> None:
    """Write a note at the left edge, beneath a place."""
    ax.annotate(
        text, (0, y), (3, -3), xycoords=transform, textcoords="offset points", ha="left", va="top",
        fontsize=SMALL, color=theme.ink, zorder=11, bbox=box(theme),
    )  # fmt: skip

"""Limits of axes: what is drawn on them already stays in sight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..bounded import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Ends = tuple[float, float]


@dataclass(frozen=True)
class Held:
    """The limits of axes on which something is drawn already, or on axes that share theirs; None of empty ones."""

    x: Ends | None
    y: Ends | None


def held_by(ax: Axes) -> Held:
    """Look at axes before anything is drawn on them."""
    x = any(other.has_data() for other in ax.get_shared_x_axes().get_siblings(ax))
    y = any(other.has_data() for other in ax.get_shared_y_axes().get_siblings(ax))
    return Held(ax.get_xlim() if x else None, ax.get_ylim() if y else None)


def joined(own: Ends, held: Ends | None) -> Ends:
    """Return limits that show both; the direction is that of one's own.

    >>> joined((5, 0), (-1, 3))
    (5, -1)
    """
    if held is None:
        return own
    both = (*own, *held)
    return (min(both), max(both)) if own[0] <= own[1] else (max(both), min(both))


def follow(ax: Axes) -> None:
    """Let limits follow what is drawn later, or another scale: until then they stay."""
    ax.set_xlim(*ax.get_xlim(), auto=True)
    ax.set_ylim(*ax.get_ylim(), auto=True)


def above_zero(ends: Ends, values: Floats, scale: str) -> Ends:
    """Return ends that an axis can have: a logarithmic one begins at the smallest value above 0."""
    if scale != "log" or ends[0] > 0:
        return ends
    some = values[values > 0]
    least = float(some.min()) if len(some) else 0.1
    return least, max(ends[1], 10 * least)

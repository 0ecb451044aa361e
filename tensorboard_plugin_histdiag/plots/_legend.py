"""Legends below axes, for which there is room whoever made the figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from . import _matplotlib as mpl
from ._axes import CHARACTER, LINE, PLAIN, SMALL, extent_of, points
from ._room import make_room

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

_KEY = 3.0
"""Width in letters of a legend's key and of the room after its label."""
_MUCH = 0.15
"""Share of the height that a legend of several rows may take."""
_BESIDE = 0.8
"""Share of the width that a legend beside the name of the axis may take."""


def legend_below(ax: Axes, handles: list[Artist]) -> None:
    """Put a legend below the axes: beside the name of the axis where it fits into one row, else below that.

    Where the figure makes no room for it, the axes give some, as they do for a colorbar. Where it would take much of a
    small picture there is none; `Axes.legend` adds it, what is drawn has labels.
    """
    (width, height), letter = extent_of(ax), points(SMALL)
    wide = [letter * (CHARACTER * len(str(handle.get_label())) + _KEY) for handle in handles]
    name = CHARACTER * points(ax.xaxis.label.get_fontsize()) * len(ax.get_xlabel())
    beside = sum(wide) < min(_BESIDE * width, width - name)
    columns = _columns(wide, width)
    if not beside and -(-len(wide) // columns) * LINE * letter > _MUCH * height:
        return
    lower = -(2.3 if beside else 3.7) * points("medium") / 72
    below = mpl.transforms.ScaledTranslation(0, lower, ax.figure.dpi_scale_trans)
    legend = ax.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0, 0), bbox_transform=ax.transAxes + below, borderaxespad=0,
        borderpad=0, ncols=columns, fontsize=SMALL, frameon=False, columnspacing=1.2, handlelength=1.3,
        handleheight=0.9, handletextpad=0.5,
    )  # fmt: skip
    for text in legend.get_texts():
        text.update(PLAIN)
    if not make_room(ax, bottom=legend.get_window_extent().y0):
        legend.remove()
    elif beside:
        ax.set_xlabel(ax.get_xlabel(), loc="right")


def _columns(wide: list[float], width: float) -> int:
    """Return how many columns fit into a width, filled from above as matplotlib does."""
    for columns in range(len(wide), 1, -1):
        if sum(column.max() for column in np.array_split(np.array(wide), columns)) <= width:
            return columns
    return 1

"""The colours of a heatmap of a metric."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..bounded import Floats
from ..metrics import BY_NAME
from . import _matplotlib as mpl
from ._axes import log_axis
from ._cells import Cells
from ._rows import Rows
from ._scales import NARROW, linear_below, value_ticks
from ._theme import CIVIDIS, signed_colours

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TINIEST = 1e-280
"""Matplotlib takes a scale of smaller values for one that has no ends."""
_TAIL = 1.0
"""Linear scales leave out this share of the values at both ends, in percent, so that one spike does not drown all."""


def draw_values(ax: Axes, rows: Rows, cells: Cells, metric: str, *, colorbar: bool, symlog: bool) -> Axes | None:
    """Draw a metric's values; between layers there is a row of nothing. Return the axes of their colours."""
    if not len(rows.top):
        return None
    about, values = BY_NAME[metric], cells.value[np.isfinite(cells.value)]
    symlog = symlog and about.scale == "linear"
    low, high = _ends(metric, values, 0.0 if symlog else _TAIL)
    norm = (mpl.colors.LogNorm if about.scale == "log" else mpl.colors.Normalize)(low, high)
    if symlog:
        size = np.abs(values[values != 0])
        near = linear_below(size, np.ones(len(size)), float(size.max(initial=0)))
        norm = mpl.colors.SymLogNorm(near, NARROW, low, high)
    between = np.unique(np.concatenate([rows.top, rows.top + 1]))
    grid = np.full((len(between) - 1, cells.value.shape[1]), np.nan)
    grid[np.searchsorted(between, rows.top)] = np.clip(cells.value, low, high)
    mesh = ax.pcolormesh(
        cells.edges, between, np.ma.masked_invalid(grid), cmap=signed_colours() if about.signed else CIVIDIS, norm=norm,
        shading="flat", rasterized=True,
    )  # fmt: skip
    if not colorbar:
        return None
    below, above = bool((cells.value < low).any()), bool((cells.value > high).any())
    extend = "both" if below and above else "min" if below else "max" if above else "neither"
    bar = ax.figure.colorbar(mesh, ax=ax, extend=extend, pad=0.04)
    if about.scale == "log":
        log_axis(bar.ax.yaxis, low, high)
    elif about.scale == "fraction":
        bar.ax.yaxis.set_major_formatter(mpl.ticker.PercentFormatter(1))
    else:
        value_ticks(bar.ax, "y")
    own: Axes = bar.ax
    return own


def _ends(metric: str, values: Floats, tail: float) -> tuple[float, float]:
    """Return both ends of the scale that a metric asks for."""
    about = BY_NAME[metric]
    if about.scale == "fraction":
        return 0.0, 1.0
    if about.scale == "log":
        values = values[values > _TINIEST]
        low, high = (float(values.min()), float(values.max())) if len(values) else (0.1, 1.0)
        return low, high if high > low else low * 10
    low, high = np.percentile(values, [tail, 100 - tail]).tolist() if len(values) else (0.0, 0.0)
    if about.signed:
        reach = max(abs(low), abs(high)) or 1.0
        return -reach, reach
    return low, high if high > low else low + 1

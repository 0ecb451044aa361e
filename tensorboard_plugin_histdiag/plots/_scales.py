"""Symmetric logarithmic axes of values, as the tab has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from ..bounded import Floats
from ..histogram import HistogramBatch
from . import _matplotlib as mpl
from ._axes import extent_of, spaced_ticks, value_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

_DECADES = 12
"""Decades that an axis has on one side at most."""
_TINIEST = -300
_LINEAR = 0.1
"""About this share of the values lies where the axis is linear."""
NARROW = 0.3
"""Decades that the linear part takes on either side, as on the tab's axis."""
_APART = {"x": 54.0, "y": 26.0}
"""Points between ticks."""


def near_zero(batch: HistogramBatch) -> float:
    """Return the power of ten that separates what is drawn as near 0 from what is drawn by its magnitude."""
    reach: Floats = np.maximum(np.abs(batch.left), np.abs(batch.right))
    some = (reach > 0) & (batch.count > 0) & np.isfinite(reach)
    middle = np.maximum(reach[some] / 2, np.nextafter(0, 1))
    return linear_below(middle, batch.count[some], float(reach[some].max(initial=0)))


def linear_below(size: Floats, count: Floats, largest: float) -> float:
    """Return the power of ten below which some of the sizes above 0 lie, not too far from the largest."""
    if not len(size):
        return 1.0
    decade, place = np.unique(np.floor(np.log10(size)), return_inverse=True)
    passed = np.bincount(place, count).cumsum()
    lowest = decade[np.searchsorted(passed, _LINEAR * passed[-1])]
    return float(10.0 ** max(lowest, np.floor(np.log10(largest)) - _DECADES, _TINIEST))


def bend(ax: Axes, name: Literal["x", "y"], batch: HistogramBatch) -> None:
    """Make an axis of values symmetric logarithmic, linear where some of a tensor's lie; one that is so stays so."""
    set_scale, scale = (ax.set_xscale, ax.get_xscale()) if name == "x" else (ax.set_yscale, ax.get_yscale())
    if scale != "symlog":
        set_scale("symlog", linthresh=near_zero(batch), linscale=NARROW)


def value_ticks(ax: Axes, name: Literal["x", "y"]) -> None:
    """Write the values of an axis in full; a bent one has ticks at 0 and at powers of ten, from the largest down."""
    axis: Axis = ax.xaxis if name == "x" else ax.yaxis
    value_axis(axis)
    if name == "x" and axis.get_scale() == "linear":
        spaced_ticks(axis, extent_of(ax)[0])
    if axis.get_scale() != "symlog":
        return
    low, high = sorted(axis.get_view_interval())
    start, end = drawn(axis, np.array([low, high]))
    gap = (end - start) * _APART[name] / extent_of(ax)[name == "y"]
    largest = int(np.floor(np.log10(max(abs(low), abs(high)))))
    powers = 10.0 ** np.arange(largest, max(largest - _DECADES, _TINIEST), -1)
    kept: list[float] = []
    for value in (0.0, *np.stack([powers, -powers], axis=1).ravel().tolist()):
        places = drawn(axis, np.array([value, *kept]))
        if low <= value <= high and (np.abs(places[1:] - places[0]) >= gap).all():
            kept.append(value)
    within = len(kept) < 3  # a decade
    axis.set_major_locator(mpl.ticker.MaxNLocator(3) if within else mpl.ticker.FixedLocator(sorted(kept)))
    axis.set_minor_locator(mpl.ticker.NullLocator())


def drawn(axis: Axis, values: Floats) -> Floats:
    """Return where an axis draws values, in units that are equally wide everywhere: decades where it is logarithmic."""
    found: Floats = np.asarray(axis.get_transform().transform(values), np.float64)
    return found / _unit(axis)


def undrawn(axis: Axis, places: Floats) -> Floats:
    """Return the values at places where an axis draws them."""
    found: Floats = np.asarray(axis.get_transform().inverted().transform(places * _unit(axis)), np.float64)
    return found


def _unit(axis: Axis) -> float:
    """Return what a symmetric logarithmic scale has for a decade: its linear part is in values."""
    return float(getattr(axis.get_transform(), "linthresh", 1.0))

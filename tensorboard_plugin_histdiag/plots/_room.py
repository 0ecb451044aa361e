"""Room around axes for what stands there: that of the figure's layout, else what the axes can give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from . import _matplotlib as mpl

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.transforms import Bbox

_TAKEN = 0.3
"""Share of their width or height that may be taken from axes."""
_BARE = 10.0
"""Points below or beside axes that fill their figure: nothing is to be seen there."""
_MARGIN = 3.0
"""Points to the figure's edge."""


def is_laid_out(ax: Axes) -> bool:
    """Tell whether the figure makes room for what stands around its axes; one by `tight_layout` does so but once."""
    engine = ax.figure.figure.get_layout_engine()
    return engine is not None and not isinstance(engine, mpl.layout_engine.PlaceHolderLayoutEngine)


@dataclass(frozen=True)
class _Room:
    """Says where axes are drawn: where they are placed, less what the figure lacks below and to the left of them.

    It is asked at every drawing, so that another layout, or another size of the figure, may give that room instead.
    Axes in the same place, as those of `Axes.twinx` are, keep to it as well.

    Attributes
    ----------
    beside, below
        Points that what stands there needs.
    """

    ax: Axes
    beside: float = 0.0
    below: float = 0.0

    def __call__(self, ax: Any, renderer: object) -> Bbox:
        place = ax.get_position(original=True)
        left, bottom = self.short()
        for twin in ax.figure.axes:  # which may come later
            if twin.get_axes_locator() is None and twin.get_position(original=True).bounds == place.bounds:
                twin.set_axes_locator(self)
        return mpl.transforms.Bbox.from_extents(place.x0 + left, place.y0 + bottom, place.x1, place.y1)

    def get_subplotspec(self) -> Any:
        """Tell a layout which place this is."""
        return self.ax.get_subplotspec()

    def short(self) -> tuple[float, float]:
        """Return what is to be taken from the axes, in shares of the figure."""
        if is_laid_out(self.ax):
            return 0.0, 0.0
        place, box, point = self.ax.get_position(original=True), self.ax.figure.bbox, self.ax.figure.dpi / 72
        beside = (self.beside + _MARGIN) * point / box.width - place.x0 if self.beside else 0.0
        below = (self.below + _MARGIN) * point / box.height - place.y0 if self.below else 0.0
        return max(0.0, beside), max(0.0, below)

    def fits(self) -> bool:
        """Tell whether there is that much to be taken."""
        place, box, point = self.ax.get_position(original=True), self.ax.figure.bbox, self.ax.figure.dpi / 72
        left, bottom = self.short()
        bare = (left and place.x0 * box.width < _BARE * point) or (bottom and place.y0 * box.height < _BARE * point)
        return not bare and left <= _TAKEN * place.width and bottom <= _TAKEN * place.height


def make_room(ax: Axes, *, left: float | None = None, bottom: float | None = None) -> bool:
    """Have axes become smaller, as a colorbar has them, where what is beside or below would reach out of the figure.

    Parameters
    ----------
    left, bottom
        Pixels that it reaches to.

    Returns
    -------
    bool
        Whether it can be seen so.
    """
    before, box, pixel = ax.get_axes_locator(), ax.get_window_extent(), 72 / ax.figure.dpi
    room = before if isinstance(before, _Room) else _Room(ax)
    if left is not None:
        room = replace(room, beside=(box.x0 - left) * pixel)
    if bottom is not None:
        room = replace(room, below=(box.y0 - bottom) * pixel)
    if not any(room.short()):
        return True
    if not room.fits() or not (before is None or isinstance(before, _Room)):  # as of inset axes
        return False
    ax.set_axes_locator(room)
    ax.apply_aspect(room(ax, None))
    return True


@dataclass(frozen=True)
class _Level:
    """Says where a colorbar is drawn: where it would be, but as high as the axes that it belongs to."""

    ax: Axes
    own: Callable[..., Bbox]

    def __call__(self, ax: Any, renderer: object) -> Bbox:
        box, placed, drawn = self.own(ax, renderer), self.ax.get_position(original=True), self.ax.get_position()
        low, high = (drawn.y0 + (y - placed.y0) * drawn.height / placed.height for y in (box.y0, box.y1))
        return mpl.transforms.Bbox.from_extents(box.x0, low, box.x1, high)

    def get_subplotspec(self) -> Any:
        """Tell a layout which place this is."""
        return self.own.get_subplotspec()  # type: ignore[attr-defined]


def keep_level(colorbar: Axes, ax: Axes) -> None:
    """Have a colorbar as high as its axes are where they make room."""
    own: Any = colorbar.get_axes_locator()
    if isinstance(ax.get_axes_locator(), _Room):
        colorbar.set_axes_locator(_Level(ax, own))

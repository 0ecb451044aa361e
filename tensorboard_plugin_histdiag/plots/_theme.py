"""The tab's colours, for light and for dark grounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..finding import Severity
from . import _matplotlib as mpl

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap


@dataclass(frozen=True)
class Theme:
    """Colours that are told from each other on one ground, in grey too.

    Attributes
    ----------
    ground
        What is drawn on.
    ink, faint, line
        Text; text of less weight, hatching; rules.
    words
        Severities as text and as lines.
    cells
        Severities, and "clear", as areas.
    old, young
        The oldest and the newest of many steps.
    series
        A metric's line.
    """

    ground: str
    ink: str
    faint: str
    line: str
    words: dict[Severity, str]
    cells: dict[str, str]
    old: str
    young: str
    series: str


def _severities(*colours: str) -> dict[Severity, str]:
    return dict(zip(Severity, colours, strict=True))


_LIGHT = Theme(
    ground="#ffffff",
    ink="#202124",
    faint="#5f6368",
    line="#d5d7da",
    words=_severities("#b34700", "#8a5a00", "#0072b2"),
    cells={"error": "#b34700", "warning": "#be7c0c", "info": "#3f87b8", "clear": "#e9ecef"},
    old="#8094b3",
    young="#1d3a66",
    series="#1d3a66",
)
_DARK = Theme(
    ground="#1e1e1e",
    ink="#e8eaed",
    faint="#a9aeb4",
    line="#4a4e53",
    words=_severities("#ff8a4c", "#e69f00", "#56b4e9"),
    cells={"error": "#ff8a4c", "warning": "#b8860b", "info": "#559bc8", "clear": "#34383c"},
    old="#dce5f0",
    young="#4b6c99",
    series="#a9c4ea",
)

CIVIDIS = "cividis"
_SIGNED = ("#08519c", "#4292c6", "#a6cde6", "#f7f7f7", "#fdc68a", "#f08a24", "#a63603")


def signed_colours() -> Colormap:
    """Return blue, white, orange: for values with a sign."""
    return mpl.colors.LinearSegmentedColormap.from_list("histdiag-signed", _SIGNED)


def theme_of(ax: Axes) -> Theme:
    """Choose by what the axes stand on, whatever style drew it."""
    ground = ground_of(ax)
    red, green, blue, _ = mpl.colors.to_rgba(ground)
    dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.5
    theme = _DARK if dark else _LIGHT
    return Theme(**{**vars(theme), "ground": ground})


def ground_of(ax: Axes) -> str:
    """Return the colour behind what is drawn: that of the axes over that of the figure over white."""
    colour = "#ffffff"
    for patch in (ax.figure.figure.patch, ax.figure.patch, ax.patch):  # the axes may stand in a part of the figure
        face = mpl.colors.to_rgba(patch.get_facecolor())
        colour = mix(colour, mpl.colors.to_hex(face), face[3])
    return colour


def mix(first: str, second: str, share: float) -> str:
    """Return the colour that lies a share of the way from one to another."""
    pairs = zip(mpl.colors.to_rgba(first)[:3], mpl.colors.to_rgba(second)[:3], strict=True)
    red, green, blue = (start + (end - start) * share for start, end in pairs)
    return mpl.colors.to_hex((red, green, blue))

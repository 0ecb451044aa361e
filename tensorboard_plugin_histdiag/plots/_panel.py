"""Text in a part of a figure, broken into lines that fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ._axes import PLAIN, extent_of, lines_of, points
from ._theme import Theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LEADING = 1.3
"""Height of a line in letters."""
_INDENT = 14.0
"""Points before an item of a list."""


@dataclass(frozen=True)
class Block:
    """A paragraph.

    Attributes
    ----------
    size
        Of the letters, as matplotlib has it.
    most
        Lines at most.
    bullet
        Stands before an item of a list.
    above
        Room above it, in letters.
    """

    text: str
    size: str = "medium"
    bold: bool = False
    color: str = ""
    most: int = 3
    bullet: str = ""
    above: float = 0.0


def write(ax: Axes, theme: Theme, blocks: Sequence[Block]) -> None:
    """Write paragraphs from above to below, as many lines as there is room for."""
    ax.set_axis_off()
    width, height = extent_of(ax)
    y = 0.0
    for block in blocks:
        letter = points(block.size)
        y += block.above * letter
        indent = _INDENT if block.bullet else 0.0
        lines = lines_of(block.text, width - indent, block.size, block.most)
        if not lines or y + len(lines) * _LEADING * letter > height + letter:
            continue
        for text, x in ((block.bullet, 0.0), ("\n".join(lines), indent)):
            note = ax.annotate(
                text, (0, 1), (x, -y), xycoords="axes fraction", textcoords="offset points", va="top",
                fontsize=block.size, fontweight="bold" if block.bold else "normal", color=block.color or theme.ink,
                linespacing=_LEADING / 1.2, annotation_clip=False,
            )  # fmt: skip
            note.update(PLAIN)
            note.set_in_layout(False)
        y += len(lines) * _LEADING * letter

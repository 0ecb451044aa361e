"""The frame that all pictures of the rules share: a title, a line that says what is seen, and colours, in SVG."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

import numpy as np

WIDTH, HEIGHT = 360, 220
LEFT, RIGHT, TOP, BOTTOM = 12, 52, 38, 22
LINE = 66
"""Letters of a line that fit."""
OLD, NEW = np.array([0xC9, 0xD3, 0xE2]), np.array([0x1D, 0x3A, 0x66])
STRUCK_OLD, STRUCK_NEW = np.array([0xE8, 0xC4, 0xBC]), np.array([0xA3, 0x2A, 0x1A])


def framed(title: str, said: str, parts: Iterable[str]) -> str:
    """Put what was drawn into a picture with a title and, below it, what a finding says of it."""
    return (
        "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
                f"<title>{escape(title)}</title>",
                f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
                '<g font-family="sans-serif" font-size="10" fill="#444">',
                text(LEFT, 14, shortened(title, LINE - 6), size=11),
                *([text(LEFT, 27, shortened(said, LINE))] if said else []),
                *parts,
                "</g>",
                "</svg>",
            ]
        )
        + "\n"
    )


def shortened(words: str, most: int) -> str:
    """Cut what is too long for one line."""
    return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"


def figure(value: float) -> str:
    """Write a number in three digits and little room; counts in full."""
    if value == round(value) and abs(value) < 1e6:
        return f"{value + 0.0:,.0f}"
    words = f"{value:.3g}" if abs(value) >= 1e-3 else f"{value:.2e}"
    return re.sub(r"e([-+])0*", r"e\1", words).replace("e+", "e")


def text(
    x: float, y: float, words: str, *, size: int = 0, end: bool = False, color: str = "", over: bool = False
) -> str:
    """Write words from a place on, or up to it; with room around them where they stand over lines."""
    given = {"font-size": str(size or ""), "text-anchor": "end" if end else "", "fill": color}
    given |= {"stroke": "#fff", "stroke-width": "3", "paint-order": "stroke"} if over else {}
    rest = "".join(f' {name}="{value}"' for name, value in given.items() if value)
    return f'<text x="{x:g}" y="{y:g}"{rest}>{escape(words)}</text>'


def shade(age: float, *, struck: bool) -> str:
    """Return the colour of something between the oldest, 0, and the newest, 1."""
    old, new = (STRUCK_OLD, STRUCK_NEW) if struck else (OLD, NEW)
    return "#" + "".join(f"{round(part):02x}" for part in (old + (new - old) * age).tolist())

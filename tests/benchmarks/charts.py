"""Small pictures of what a histogram does not show: figures over steps as lines, and which steps were logged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from frame import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, figure, framed, shade, text
from numpy.typing import NDArray

Floats = NDArray[np.float64]
POINTS = 160
"""Most points of a line; more are not seen."""
HIGHEST, LOWEST = TOP + 8, HEIGHT - BOTTOM - 8
NAMES = 96
"""Width of the names of rows."""


@dataclass(frozen=True)
class Curve:
    """A line of a chart.

    Attributes
    ----------
    x, y
        Of one length; where y is not finite there is a gap.
    since
        From which x on it is drawn as struck; None: nowhere.
    """

    name: str
    x: Floats
    y: Floats
    since: float | None = None


def lines(
    title: str,
    curves: Sequence[Curve],
    said: str = "",
    *,
    log: bool = False,
    reach: Sequence[float] = (),
    what: str = "",
) -> str:
    """Draw curves over one another; struck ones in front.

    Parameters
    ----------
    log
        Whether heights are logarithms, over a factor of ten at least; what is not above 0 is then left out.
    reach
        Heights that the picture holds in any case.
    what
        What is drawn upwards.
    """
    drawn = [
        (curve, _height(curve.y, log), 0.3 + 0.7 * place / len(curves))
        for place, curve in enumerate(map(_thinned, curves), 1)
    ]
    least, most = _range([*(height for _, height, _ in drawn), _height(np.array(reach, dtype=float), log)], 1.0 * log)
    first, last = min(float(curve.x[0]) for curve in curves), max(float(curve.x[-1]) for curve in curves)
    top, bottom = (10**each if log else each for each in (most, least))
    parts = [
        text(LEFT, HEIGHT - 6, f"{first:,g}"),
        text(WIDTH - RIGHT, HEIGHT - 6, f"{last:,g}", end=True),
        text(WIDTH - RIGHT + 6, HIGHEST + 4, figure(top)),
        text(WIDTH - RIGHT + 6, LOWEST + 4, figure(bottom)),
        text((LEFT + WIDTH - RIGHT) / 2 - 20, HEIGHT - 6, what),
    ]
    named = [""] if len(curves) == 1 else [curves[0].name, curves[-1].name]
    names = []
    for curve, height, age in sorted(drawn, key=lambda one: one[0].since is not None):
        x = LEFT + (curve.x - first) / (last - first or 1.0) * (WIDTH - LEFT - RIGHT)
        y = LOWEST - (height - least) / (most - least) * (LOWEST - HIGHEST)
        since = np.inf if curve.since is None else curve.since
        parts += _line(x, np.where(curve.x <= since, y, np.nan), shade(age, struck=False))
        parts += _line(x, np.where(curve.x >= since, y, np.nan), shade(1.0, struck=True))
        lost = np.flatnonzero(~np.isfinite(curve.y))
        if len(lost) and len(lost) < len(x):
            at = min(float(round(x[lost[0]])), WIDTH - RIGHT - 46)
            parts.append(text(at, HIGHEST + 4, "not finite", color=shade(1.0, struck=True)))
        if curve.name in named:
            place = 0.2 if curve.name == named[0] else 0.7
            names += _named(
                curve.name, x, y, place, shade(age if curve.since is None else 1.0, struck=curve.since is not None)
            )
    return framed(title, said, parts + names)


def _range(heights: Sequence[Floats], room: float) -> tuple[float, float]:
    """Return the lowest and the highest of what is known, at least so far apart."""
    known = np.concatenate(heights)
    known = known[np.isfinite(known)]
    least, most = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    if most - least <= 1e-9 * abs(most):
        room = max(room, abs(most) or 1.0)
    more = max(room - (most - least), 0.0) / 2
    return least - more, most + more


@dataclass(frozen=True)
class Row:
    """The steps at which something was logged; from ``since`` on a gap is marked."""

    name: str
    steps: Sequence[int]
    since: int | None = None


def rows(title: str, logged: Sequence[Row], said: str = "") -> str:
    """Draw a row of strokes for each series, one for every logged step."""
    steps = np.concatenate([np.asarray(row.steps, dtype=np.float64) for row in logged])
    first, last = float(steps.min()), float(steps.max())
    left, right = LEFT + NAMES, WIDTH - 14
    gap = (LOWEST - HIGHEST) / max(len(logged), 2)
    parts = [text(left, HEIGHT - 6, f"{first:,g}"), text(right, HEIGHT - 6, f"{last:,g}", end=True)]
    for place, row in enumerate(logged):
        struck = row.since is not None
        color, middle = shade(1.0, struck=struck), HIGHEST + gap * (place + 0.5)
        x = np.round(left + (np.asarray(row.steps) - first) / (last - first or 1.0) * (right - left), 1)
        path = "".join(f"M{each:g} {middle - 6:.1f}v12" for each in np.unique(x).tolist())
        parts += [text(LEFT, middle + 4, _tail(row.name), color=color), f'<path d="{path}" stroke="{color}"/>']
        if row.since is not None and row.since < last:
            begin = left + (row.since - first) / (last - first) * (right - left)
            parts.append(f'<path d="M{begin + 3:.1f} {middle:.1f}H{right}" stroke="{color}" stroke-dasharray="2 3"/>')
    return framed(title, said, parts)


def _height(values: Floats, log: bool) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        height: Floats = np.log10(np.where(values > 0, values, np.nan)) if log else values
    return np.where(np.isfinite(height), height, np.nan)


def _thinned(curve: Curve) -> Curve:
    chosen = np.unique(np.linspace(0, len(curve.x) - 1, min(len(curve.x), POINTS)).round().astype(int))
    return Curve(curve.name, curve.x[chosen], curve.y[chosen], curve.since)


def _line(x: Floats, y: Floats, color: str) -> list[str]:
    """Draw the stretches of a line that are known; a point alone as a stroke."""
    known = np.isfinite(y)
    pieces = np.split(np.arange(len(y)), np.flatnonzero(np.diff(known)) + 1)
    drawn = []
    for piece in (piece for piece in pieces if known[piece].all() and len(piece)):
        points = " ".join(f"{one:.4g},{two:.4g}" for one, two in zip(x[piece], y[piece], strict=True))
        alone = f" {x[piece[0]] + 2:.4g},{y[piece[0]]:.4g}" if len(piece) == 1 else ""
        drawn.append(f'<polyline points="{points}{alone}" fill="none" stroke="{color}" stroke-width="1.4"/>')
    return drawn


def _named(name: str, x: Floats, y: Floats, place: float, color: str) -> list[str]:
    """Write a curve's name above it."""
    known = np.flatnonzero(np.isfinite(y))
    if not name or not len(known):
        return []
    at = known[int(len(known) * place)]
    return [text(float(round(x[at])), float(round(max(y[at] - 6, HIGHEST))), name, color=color, over=True)]


def _tail(name: str, most: int = 16) -> str:
    return name if len(name) <= most else f"…{name[1 - most :]}"

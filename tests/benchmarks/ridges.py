"""Histograms of one series as a small picture: a ridge for each record, the newest in front, in SVG."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from tensorboard_plugin_histdiag.bounded import Floats
from tensorboard_plugin_histdiag.histogram import HistogramBatch

WIDTH, HEIGHT = 360, 220
LEFT, RIGHT, TOP, BOTTOM = 12, 52, 24, 22
MIDDLE = (LEFT + WIDTH - RIGHT) // 2
RIDGES, BINS = 14, 48
RISE = 2.6
"""Height of the highest ridge in distances between two baselines."""
OLD, NEW = np.array([0xC9, 0xD3, 0xE2]), np.array([0x1D, 0x3A, 0x66])
STRUCK_OLD, STRUCK_NEW = np.array([0xE8, 0xC4, 0xBC]), np.array([0xA3, 0x2A, 0x1A])


def draw(batch: HistogramBatch, title: str, since: int | None = None) -> str:
    """Draw the histograms of a batch of one series.

    Parameters
    ----------
    since
        The step from which ridges are drawn as struck; None for a healthy series.
    """
    chosen = _chosen(len(batch), int(np.searchsorted(batch.step, since)) if since is not None else 0)
    shown = [index for index in chosen if not batch.empty[index]]
    least = float(batch.minimum[shown].min()) if shown else 0.0
    most = float(batch.maximum[shown].max()) if shown else 1.0
    if most - least <= 1e-9 * abs(most):
        room = abs(most) / 2 or 0.5
        least, most = least - room, most + room
    edges = np.linspace(least, most, BINS + 1)
    shares = {index: _shares(batch, index, edges) for index in shown}
    highest = max((float(share.max()) for share in shares.values()), default=1.0)
    gap = (HEIGHT - TOP - BOTTOM) / (len(chosen) - 1 + RISE)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        '<g font-family="sans-serif" font-size="10" fill="#444">',
        f'<text x="{LEFT}" y="14" font-size="11">{escape(title)}</text>',
        f'<text x="{LEFT}" y="{HEIGHT - 6}">{least:.3g}</text>',
        f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 6}" text-anchor="end">{most:.3g}</text>',
    ]
    for place, index in enumerate(chosen):
        baseline = TOP + gap * (place + RISE)
        step, age = int(batch.step[index]), place / max(len(chosen) - 1, 1)
        color = _color(age, since is not None and step >= since)
        if index in shares:
            parts.append(_ridge(shares[index] / highest * gap * RISE, baseline, color))
        else:
            parts.append(
                f'<text x="{(LEFT + WIDTH - RIGHT) / 2:g}" y="{baseline:.1f}" fill="{color}">not finite</text>'
            )
        last = len(chosen) - 1
        if place == last or (place % 4 == 0 and place < last - 1):
            parts.append(f'<text x="{WIDTH - RIGHT + 6}" y="{baseline:.1f}">{step:,}</text>')
    return "\n".join([*parts, "</g>", "</svg>"]) + "\n"


def _chosen(records: int, marked: int) -> Sequence[int]:
    """Choose the first and the last record, evenly those between, and the one that is marked."""
    even = np.linspace(0, records - 1, min(records, RIDGES)).round().astype(int)
    return sorted({*even.tolist(), min(marked, records - 1)})


def _shares(batch: HistogramBatch, index: int, edges: Floats) -> Floats:
    """Return the share of the values in each bin, buckets being spread evenly."""
    own = slice(int(batch.start[index]), int(batch.start[index + 1]))
    # A bucket without a width stands for one value: it fills a bin.
    width = edges[1] - edges[0]
    left, right, count = batch.left[own], batch.right[own], batch.count[own]
    thin = right - left < width
    middle = np.clip((left + right) / 2, edges[0] + width / 2, edges[-1] - width / 2)
    left, right = np.where(thin, middle - width / 2, left), np.where(thin, middle + width / 2, right)
    below = np.clip((edges[:, None] - left) / (right - left), 0, 1) @ count / count.sum()
    shares: Floats = np.diff(below)
    return shares


def _ridge(heights: Floats, baseline: float, color: str) -> str:
    """Draw one ridge as a filled line from baseline to baseline; where it is flat only its ends are written."""
    middles = LEFT + (np.arange(len(heights)) + 0.5) * (WIDTH - LEFT - RIGHT) / len(heights)
    x = np.concatenate([[LEFT], middles, [WIDTH - RIGHT]])
    y = np.round(baseline - np.concatenate([[0], heights, [0]]), 1)
    flat = np.concatenate([[False], (y[1:-1] == y[:-2]) & (y[1:-1] == y[2:]), [False]])
    points = " ".join(f"{one:g},{two:g}" for one, two in zip(np.round(x, 1)[~flat], y[~flat], strict=True))
    return f'<polyline points="{points}" fill="#fff" fill-opacity="0.75" stroke="{color}"/>'


def _color(age: float, struck: bool) -> str:
    old, new = (STRUCK_OLD, STRUCK_NEW) if struck else (OLD, NEW)
    return "#" + "".join(f"{round(part):02x}" for part in (old + (new - old) * age).tolist())

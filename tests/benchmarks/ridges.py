"""Histograms of one series as a small picture: a ridge for each record, the newest in front, in SVG."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from frame import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, figure, framed, shade, text

from tensorboard_plugin_histdiag.bounded import Floats
from tensorboard_plugin_histdiag.histogram import HistogramBatch

RIDGES, BINS = 14, 48
RISE = 2.6
"""Height of the highest ridge in distances between two baselines."""


def draw(batch: HistogramBatch, title: str, since: int | None = None, said: str = "") -> str:
    """Draw the histograms of a batch of one series.

    Parameters
    ----------
    since
        The step from which ridges are drawn as struck; None for a healthy series.
    said
        What is seen, in a line below the title.
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
        text(LEFT, HEIGHT - 6, figure(least)),
        text(WIDTH - RIGHT, HEIGHT - 6, figure(most), end=True),
    ]
    for place, index in enumerate(chosen):
        baseline = TOP + gap * (place + RISE)
        step, age = int(batch.step[index]), place / max(len(chosen) - 1, 1)
        color = shade(age, struck=since is not None and step >= since)
        if index in shares:
            parts.append(_ridge(shares[index] / highest * gap * RISE, baseline, color))
        else:
            parts.append(text((LEFT + WIDTH - RIGHT) / 2, round(baseline, 1), "not finite", color=color))
        last = len(chosen) - 1
        if place == last or (place % 4 == 0 and place < last - 1):
            parts.append(text(WIDTH - RIGHT + 6, round(baseline, 1), f"{step:,}"))
    return framed(title, said, parts)


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

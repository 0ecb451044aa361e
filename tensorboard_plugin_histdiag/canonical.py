"""Bring raw histogram rows into the one form that is the same whatever wrote and whatever read them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .bounded import Bools, Floats, Ints


@dataclass(frozen=True)
class Buckets:
    """Canonical buckets of many histograms; histogram h owns ``start[h]:start[h + 1]``."""

    left: Floats
    right: Floats
    count: Floats
    start: Ints
    nonfinite: Bools


def is_histogram(rows: NDArray[np.generic]) -> bool:
    """Tell histogram rows from foreign tensors under a shared tag: images, text, the null tensor of shape (0,)."""
    return rows.ndim == 2 and rows.shape[1] == 3 and rows.dtype.kind in "fiu"


def surviving(step: Ints) -> Bools:
    """Mark the records that no later one with the same or a lower step replaces."""
    lowest_after = np.full(len(step), np.iinfo(np.int64).max)
    lowest_after[:-1] = np.minimum.accumulate(step[:0:-1])[::-1]
    return step < lowest_after


def canonical(rows: Floats, lengths: Ints, single: Bools) -> Buckets:
    """Cut empty end buckets and put the exact minimum and maximum at the ends, all histograms at once.

    Parameters
    ----------
    rows
        float64[R, 3], ``[left, right, count]`` of all histograms, one after the other.
    lengths
        int64[H], how many rows each histogram has.
    single
        bool[H], whether its rows came through float32.

    Notes
    -----
    The first row carries the minimum and the last the maximum even where they hold no value, so both are taken before
    the cut. TensorBoard's Rust server leaves such rows in, its Python reader cuts them.
    """
    left, right, count = np.ascontiguousarray(rows.T)
    begin = _offsets(lengths)
    finite = np.isfinite(left) & np.isfinite(right) & np.isfinite(count)
    bad = np.concatenate([[0], np.cumsum(~finite)])
    nonfinite = bad[begin[1:]] > bad[begin[:-1]]

    used = np.flatnonzero(count > 0)
    first, last = np.searchsorted(used, begin)[:-1], np.searchsorted(used, begin)[1:]
    owns = (last > first) & ~nonfinite
    low, high = np.zeros_like(lengths), np.zeros_like(lengths)
    low[owns], high[owns] = used[first[owns]], used[last[owns] - 1] + 1
    minimum, maximum = left[begin[:-1][owns]], right[begin[1:][owns] - 1]
    lone = _written_for_one_value(minimum, maximum) & (lengths == 1)[owns] & ~single[owns]
    minimum[lone] = maximum[lone] = minimum[lone] + 0.5

    start = _offsets(high - low)
    kept = high - low
    if start[-1] < len(left):
        inside = np.repeat(low - start[:-1], kept) + np.arange(start[-1])
        left, right, count = left[inside], right[inside], count[inside]
    if single.any():
        # Edges rounded to float32 are moved one unit outwards, or a value may lie outside. Zero was never rounded.
        rounded = np.repeat(single, kept)
        _outwards(left, rounded, -np.inf)
        _outwards(right, rounded, np.inf)
    left[start[:-1][owns]], right[start[1:][owns] - 1] = minimum, maximum
    if single.any() or (left > right).any():
        # No value is beyond the ends; rows that the server leaves backwards are turned.
        least, most = np.repeat(minimum, kept[owns]), np.repeat(maximum, kept[owns])
        left, right = np.clip(left, least, most), np.clip(right, least, most)
        left, right = np.minimum(left, right), np.maximum(left, right)
    return Buckets(left, right, np.maximum(count, 0.0), start, nonfinite)


def _offsets(lengths: Ints) -> Ints:
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths, dtype=np.int64)])


def _written_for_one_value(minimum: Floats, maximum: Floats) -> Bools:
    """Find TensorFlow's old form of a tensor whose values all equal v: one row from v - 0.5 to v + 0.5."""
    with np.errstate(over="ignore"):
        rounding = 4 * np.spacing(np.maximum(np.abs(minimum), np.abs(maximum)))
        close: Bools = np.abs(maximum - minimum - 1.0) <= np.minimum(rounding, 1e-3)
    return close


def _outwards(edges: Floats, rounded: Bools, direction: float) -> None:
    """Move the marked edges one float32 unit, in place."""
    moving = rounded & (edges != 0)
    with np.errstate(over="ignore"):
        edges[moving] = np.nextafter(edges[moving].astype(np.float32), np.float32(direction))

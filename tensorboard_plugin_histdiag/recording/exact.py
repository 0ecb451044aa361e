"""Histograms of raw values: one bucket a value to measure by, and the thirty that TensorFlow would log to show."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.floating]

MOST = 2**20
"""Buckets that a histogram is measured by; of more values, neighbours share one."""
SHOWN = 30
"""Equal buckets of a histogram in TensorFlow 2."""


def single_values(values: NDArray[np.generic]) -> Rows:
    """Return a row of ``[value, value, count]`` for every different value, shape (k, 3).

    NaN or infinity among them make a single row of NaN, as in a log.
    """
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        return np.array([[np.nan, np.nan, values.size]])
    different, count = np.unique(values, return_counts=True)
    rows = np.empty((len(different), 3))
    rows[:, 0] = rows[:, 1] = different
    rows[:, 2] = count
    return gathered(rows, MOST)


def gathered(rows: Rows, most: int) -> Rows:
    """Return about as many rows as wanted at most, each of equally many neighbours; exact zeros stay alone."""
    if len(rows) <= most:
        return rows
    zero = int(np.searchsorted(rows[:, 0], 0.0))
    alone = [zero, zero + 1] if rows[zero : zero + 1, :2].any(axis=1).tolist() == [False] else []
    first = np.union1d(np.linspace(0, len(rows), most, endpoint=False).astype(np.int64), alone)
    first = first[first < len(rows)].astype(np.int64)
    last = np.append(first[1:], len(rows)) - 1
    return np.stack([rows[first, 0], rows[last, 1], np.add.reduceat(rows[:, 2], first)], axis=1)


def equal_buckets(rows: Rows) -> Rows:
    """Return the rows that TensorFlow 2 logs of the same values: thirty buckets of one width, shape (30, 3)."""
    if not len(rows) or not np.isfinite(rows).all():
        return rows
    least, most = rows[0, 0], rows[-1, 1]
    if least == most:
        return np.array([[least, most, rows[:, 2].sum()]])
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        place = np.floor((rows[:, 0] - least) / ((most - least) / SHOWN))
        edge = np.linspace(least, most, SHOWN + 1)
    bucket = np.minimum(np.nan_to_num(place, posinf=SHOWN), SHOWN - 1).astype(np.int64)
    return np.stack([edge[:-1], edge[1:], np.bincount(bucket, rows[:, 2], SHOWN)], axis=1)

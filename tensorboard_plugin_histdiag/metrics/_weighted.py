"""Sums over histograms, each bucket weighted with its share of the values."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..bounded import Floats, Ints
from ..histogram import HistogramBatch
from ..keeping import once

CELLS = 30
"""Buckets in a histogram of TensorFlow 2 and Keras."""


class _Layout(NamedTuple):
    """Which histograms are rows of `CELLS` buckets, and which are not.

    ``rows`` int64[K], ``cells`` int64[K, 30] their buckets; ``others`` int64[L], ``buckets`` int64[B'] all theirs,
    ``first`` int64[L] where each begins among those.
    """

    rows: Ints
    cells: Ints
    others: Ints
    buckets: Ints
    first: Ints


def weighted(batch: HistogramBatch, values: Floats) -> Floats:
    """Sum values, one a bucket, times the bucket's share over each histogram, shape (H,); 0 where it owns none.

    Histograms of `CELLS` buckets are summed as rows of a table, without storing any product: a third of the time that
    ``np.add.reduceat`` takes. The way depends on the histogram alone, so that its sum is the same to the last bit
    whatever is measured beside it.
    """
    layout = _layout(batch)
    if layout is None:
        return _along(batch.share.reshape(-1, CELLS), values.reshape(-1, CELLS))
    total = np.zeros(len(batch))
    if len(layout.rows):
        total[layout.rows] = _along(batch.share.take(layout.cells), values.take(layout.cells))
    if len(layout.others):
        products = batch.share.take(layout.buckets)
        products *= values.take(layout.buckets)
        total[layout.others] = np.add.reduceat(products, layout.first)
    return total


def _along(share: Floats, values: Floats) -> Floats:
    total: Floats = np.einsum("ij,ij->i", share, values)
    return total


@once
def _layout(batch: HistogramBatch) -> _Layout | None:
    """Find out who owns how many buckets; None where all are rows."""
    even = batch.lengths == CELLS
    if len(batch) and even.all():
        return None
    rows, others = np.flatnonzero(even), np.flatnonzero((batch.lengths > 0) & ~even)
    lengths = batch.lengths[others]
    first = np.cumsum(lengths) - lengths
    begin = batch.start[:-1]
    buckets = np.repeat(begin[others] - first, lengths) + np.arange(lengths.sum())
    return _Layout(rows, begin[rows][:, None] + np.arange(CELLS), others, buckets, first)

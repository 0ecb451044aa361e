"""Ragged buckets of many histograms in flat read-only arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .bounded import Bools, Floats, Ints
from .canonical import canonical, is_histogram, surviving

Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass(frozen=True, order=True)
class Series:
    """One tag of one run."""

    run: str
    tag: str
    description: str = field(default="", compare=False)


class Record(NamedTuple):
    """One logged histogram as the provider gives it: rows of ``[left, right, count]``."""

    step: int
    wall_time: float
    rows: NDArray[np.floating]


@dataclass(frozen=True)
class HistogramBatch:
    """The histograms of many series in compressed sparse rows, in canonical form.

    Canonical: empty end buckets are cut, so that the first left edge is the exact minimum, the last right edge the
    exact maximum, and every value of bucket i lies in ``[left[i], right[i]]``. Both of TensorBoard's providers give
    the same batch for the same file.

    Attributes
    ----------
    left, right, count
        float64[B], the buckets.
    start
        int64[H + 1]; histogram h owns buckets ``start[h]:start[h + 1]``. It owns none when the tensor was empty or
        when an edge was not finite.
    step, wall_time
        int64[H], float64[H] (seconds since 1970).
    nonfinite
        bool[H]: an edge was NaN or infinite, which is certain to mean that a value was.
    series_start
        int64[S + 1]; series s owns histograms ``series_start[s]:series_start[s + 1]``, steps strictly increasing.
    series
        S entries.
    stepped_back
        int64[S]: how many times the steps went back while logging (records that a later, lower step replaced).
    back_at
        int64[S]: the first step to which they went back, -1 where they did not.
    resumed_at
        int64[S]: the step to which they last went back from a later one, -1 where they did not: records from there on
        are of one training, those before may be of another.
    fine
        Whether the buckets are single values, or nearly, so that distances between histograms are taken at all of
        their edges.
    """

    left: Floats
    right: Floats
    count: Floats
    start: Ints
    step: Ints
    wall_time: Floats
    nonfinite: Bools
    series_start: Ints
    series: tuple[Series, ...]
    stepped_back: Ints
    back_at: Ints
    resumed_at: Ints
    fine: bool = False

    def __post_init__(self) -> None:
        for array in self._arrays():
            array.flags.writeable = False

    def _arrays(self) -> tuple[NDArray[np.generic], ...]:
        return tuple(getattr(self, part.name) for part in fields(self) if part.name not in ("series", "fine"))

    def __len__(self) -> int:
        """Return the number of histograms H."""
        return len(self.step)

    @property
    def nbytes(self) -> int:
        """Memory of all arrays in bytes."""
        return sum(array.nbytes for array in self._arrays())

    @cached_property
    def owner(self) -> Ints:
        """int64[B]: the histogram that owns each bucket."""
        return per_bucket(self, np.arange(len(self), dtype=np.int64))

    @cached_property
    def series_of(self) -> Ints:
        """int64[H]: the series that owns each histogram."""
        return np.repeat(np.arange(len(self.series), dtype=np.int64), np.diff(self.series_start))

    @cached_property
    def lengths(self) -> Ints:
        """int64[H]: how many buckets each histogram owns."""
        return np.diff(self.start)

    @cached_property
    def even_length(self) -> int:
        """How many buckets each histogram owns where all own the same number, as TensorFlow 2 writes them; else 0."""
        length = int(self.lengths[0]) if len(self) else 0
        return length if (self.lengths == length).all() else 0

    @cached_property
    def empty(self) -> Bools:
        """bool[H]: owns no bucket."""
        return np.equal(self.lengths, 0)

    @cached_property
    def occupied(self) -> Ints:
        """int64[K]: the histograms that own buckets."""
        return np.flatnonzero(self.lengths)

    @cached_property
    def first(self) -> Ints:
        """int64[K]: the first bucket of each histogram that owns any."""
        return self.start[:-1][self.occupied]

    @cached_property
    def last(self) -> Ints:
        """int64[K]: the last bucket of each histogram that owns any."""
        return self.start[1:][self.occupied] - 1

    @cached_property
    def total(self) -> Floats:
        """float64[H]: the number of values N; NaN where the histogram is empty."""
        total = per_histogram(self, self.count)
        return np.where(total > 0, total, np.nan)

    @cached_property
    def share(self) -> Floats:
        """float64[B]: the share of a histogram's values in each bucket."""
        return self.count / per_bucket(self, self.total)

    @cached_property
    def results(self) -> dict[object, object]:
        """What `once` keeps: metrics that others build on."""
        return {}

    @cached_property
    def minimum(self) -> Floats:
        """float64[H]: the smallest value, exact; NaN where the histogram is empty."""
        return per_occupied(self, self.left[self.first])

    @cached_property
    def maximum(self) -> Floats:
        """float64[H]: the largest value, exact; NaN where the histogram is empty."""
        return per_occupied(self, self.right[self.last])

    @cached_property
    def largest(self) -> Floats:
        """float64[H]: the largest magnitude, exact; NaN where the histogram is empty."""
        return np.maximum(np.abs(self.minimum), np.abs(self.maximum))

    @cached_property
    def cumulative(self) -> Floats:
        """float64[B]: the share of a histogram's values in its buckets up to and with this one."""
        if self.even_length:
            even = np.cumsum(self.count.reshape(len(self), -1), axis=1)
            even /= self.total[:, None]
            return even.reshape(-1)
        running = np.cumsum(self.count)
        before = np.zeros(len(self))
        before[self.occupied] = running[self.first] - self.count[self.first]
        return (running - per_bucket(self, before)) / per_bucket(self, self.total)

    def slice_series(self, first: int, last: int) -> HistogramBatch:
        """Return series ``first:last`` as views."""
        h0, h1 = int(self.series_start[first]), int(self.series_start[last])
        b0, b1 = int(self.start[h0]), int(self.start[h1])
        return HistogramBatch(
            self.left[b0:b1],
            self.right[b0:b1],
            self.count[b0:b1],
            self.start[h0 : h1 + 1] - b0,
            self.step[h0:h1],
            self.wall_time[h0:h1],
            self.nonfinite[h0:h1],
            self.series_start[first : last + 1] - h0,
            self.series[first:last],
            self.stepped_back[first:last],
            self.back_at[first:last],
            self.resumed_at[first:last],
        )

    def pick(self, chosen: Bools) -> HistogramBatch:
        """Return some of the histograms as one series, for metrics of a histogram alone."""
        buckets = per_bucket(self, chosen)
        start = np.zeros(np.count_nonzero(chosen) + 1, dtype=np.int64)
        np.cumsum(self.lengths[chosen], out=start[1:])
        return HistogramBatch(
            self.left[buckets],
            self.right[buckets],
            self.count[buckets],
            start,
            self.step[chosen],
            self.wall_time[chosen],
            self.nonfinite[chosen],
            np.array([0, len(start) - 1], dtype=np.int64),
            (Series("", ""),),
            np.zeros(1, dtype=np.int64),
            np.full(1, -1, dtype=np.int64),
            np.full(1, -1, dtype=np.int64),
        )

    @classmethod
    def from_records(cls, logged: Iterable[tuple[Series, Sequence[Record]]]) -> HistogramBatch:
        """Build a batch from what a provider gave.

        Steps that go back preempt what was logged before at the same or a later step, as TensorBoard's Rust data
        server does; ``stepped_back`` counts how often. Rows that are not ``(k, 3)`` are foreign tensors under a
        shared tag and are left out.
        """
        names: list[Series] = []
        kept: list[Record] = []
        series_start = [0]
        stepped_back: list[int] = []
        back_at: list[int] = []
        resumed_at: list[int] = []
        for series, records in logged:
            usable = [record for record in records if is_histogram(record.rows)]
            step = np.array([record.step for record in usable], dtype=np.int64)
            back = step[1:] <= step[:-1]
            if back.any():
                usable = [usable[index] for index in np.flatnonzero(surviving(step))]
            names.append(series)
            kept.extend(usable)
            series_start.append(len(kept))
            stepped_back.append(int(np.count_nonzero(back)))
            back_at.append(int(step[1:][back][0]) if back.any() else -1)
            lower = step[1:] < step[:-1]
            resumed_at.append(int(step[1:][lower][-1]) if lower.any() else -1)
        lengths = np.array([len(record.rows) for record in kept], dtype=np.int64)
        blocks = [record.rows for record in kept]
        rows = np.concatenate(blocks, dtype=np.float64) if blocks else np.empty((0, 3))
        single = np.array([block.dtype.itemsize < 8 for block in blocks], dtype=bool)
        buckets = canonical(rows, lengths, single)
        return cls(
            buckets.left,
            buckets.right,
            buckets.count,
            buckets.start,
            np.array([record.step for record in kept], dtype=np.int64),
            np.array([record.wall_time for record in kept], dtype=np.float64),
            buckets.nonfinite,
            np.array(series_start, dtype=np.int64),
            tuple(names),
            np.array(stepped_back, dtype=np.int64),
            np.array(back_at, dtype=np.int64),
            np.array(resumed_at, dtype=np.int64),
        )

    @classmethod
    def of(cls, *rows: ArrayLike, run: str = "run", tag: str = "tag") -> HistogramBatch:
        """Build one series from raw rows at steps 0, 1, 2, ...: for tests and notebooks."""
        records = [
            Record(step, float(step), np.asarray(row, dtype=np.float64).reshape(-1, 3)) for step, row in enumerate(rows)
        ]
        return cls.from_records([(Series(run, tag), records)])


def per_bucket(batch: HistogramBatch, values: NDArray[Scalar]) -> NDArray[Scalar]:
    """Repeat values, one a histogram, over the buckets of each."""
    return np.repeat(values, batch.even_length or batch.lengths)


def per_histogram(batch: HistogramBatch, values: Floats) -> Floats:
    """Sum values, one a bucket, over each histogram; 0 where it owns none.

    ``np.add.reduceat`` alone gives an empty histogram its neighbour's bucket instead of zero.
    """
    return per_occupied(batch, np.add.reduceat(values, batch.first) if len(values) else values, 0.0)


def per_occupied(batch: HistogramBatch, values: Floats, otherwise: float = np.nan) -> Floats:
    """Give values, one a histogram that owns buckets along the last axis, their places among all histograms."""
    if values.shape[-1] == len(batch):
        return values
    result = np.full((*values.shape[:-1], len(batch)), otherwise)
    result[..., batch.occupied] = values
    return result

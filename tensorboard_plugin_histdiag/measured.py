"""What was measured: metrics of many series in flat arrays, and the view of one series that rules see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .bounded import Bools, Bounded, Floats, Ints
from .histogram import Series
from .tags.parsing import TagInfo, parse


@dataclass(frozen=True)
class Metrics:
    """Metrics of S series with H records: small enough to keep for a whole log.

    Attributes
    ----------
    series
        S entries.
    series_start
        int64[S + 1]; series s owns records ``series_start[s]:series_start[s + 1]``.
    step, wall_time, size
        int64[H], float64[H], float64[H]; ``size`` is the number of values, NaN where there are none.
    nonfinite
        bool[H].
    stepped_back, back_at, resumed_at
        int64[S], see `HistogramBatch`.
    values
        Every metric of `metrics.METRICS` by name, arrays over H.
    """

    series: tuple[Series, ...]
    series_start: Ints
    step: Ints
    wall_time: Floats
    size: Floats
    nonfinite: Bools
    stepped_back: Ints
    back_at: Ints
    resumed_at: Ints
    values: Mapping[str, Bounded]

    @classmethod
    def concatenate(cls, parts: Sequence[Metrics]) -> Metrics:
        """Join the metrics of several chunks, in their order."""
        if len(parts) == 1:
            return parts[0]
        offsets = np.cumsum([0] + [len(part.step) for part in parts])
        starts = [part.series_start[:-1] + offset for part, offset in zip(parts, offsets, strict=False)]

        def join(arrays: Sequence[Floats]) -> Floats:
            return np.concatenate(arrays) if arrays else np.empty(0)

        return cls(
            tuple(series for part in parts for series in part.series),
            np.concatenate([*starts, offsets[-1:]]).astype(np.int64),
            np.concatenate([part.step for part in parts]) if parts else np.empty(0, np.int64),
            join([part.wall_time for part in parts]),
            join([part.size for part in parts]),
            np.concatenate([part.nonfinite for part in parts]) if parts else np.empty(0, np.bool_),
            np.concatenate([part.stepped_back for part in parts]) if parts else np.empty(0, np.int64),
            np.concatenate([part.back_at for part in parts]) if parts else np.empty(0, np.int64),
            np.concatenate([part.resumed_at for part in parts]) if parts else np.empty(0, np.int64),
            {name: _join([part.values[name] for part in parts]) for name in (parts[0].values if parts else ())},
        )

    def arranged(self) -> Metrics:
        """Return the same metrics with series sorted by run and tag."""
        order = sorted(range(len(self.series)), key=lambda index: (self.series[index].run, self.series[index].tag))
        if order == list(range(len(order))):
            return self
        chosen = np.array(order)
        length = self.records[chosen]
        start = np.concatenate([[0], np.cumsum(length)]).astype(np.int64)
        at = np.repeat(self.series_start[chosen] - start[:-1], length) + np.arange(start[-1])
        return Metrics(
            tuple(self.series[index] for index in order),
            start,
            self.step[at],
            self.wall_time[at],
            self.size[at],
            self.nonfinite[at],
            self.stepped_back[chosen],
            self.back_at[chosen],
            self.resumed_at[chosen],
            {name: bounded[at] for name, bounded in self.values.items()},
        )

    def since_break(self) -> Metrics:
        """Return the metrics without what was logged before the steps last went back: of one training only."""
        kept = self.step >= np.repeat(self.resumed_at, self.records)
        if kept.all():
            return self
        owner = np.repeat(np.arange(len(self.series)), self.records)[kept]
        length = np.bincount(owner, minlength=len(self.series))
        return Metrics(
            self.series,
            np.concatenate([[0], np.cumsum(length)]).astype(np.int64),
            self.step[kept],
            self.wall_time[kept],
            self.size[kept],
            self.nonfinite[kept],
            self.stepped_back,
            self.back_at,
            self.resumed_at,
            {name: bounded[kept] for name, bounded in self.values.items()},
        )

    def slice(self, first: int, last: int) -> Metrics:
        """Return series ``first:last`` as views."""
        begin, end = int(self.series_start[first]), int(self.series_start[last])
        return Metrics(
            self.series[first:last],
            self.series_start[first : last + 1] - begin,
            self.step[begin:end],
            self.wall_time[begin:end],
            self.size[begin:end],
            self.nonfinite[begin:end],
            self.stepped_back[first:last],
            self.back_at[first:last],
            self.resumed_at[first:last],
            {name: bounded[begin:end] for name, bounded in self.values.items()},
        )

    @property
    def nbytes(self) -> int:
        """Memory of all arrays in bytes."""
        bounds = {
            id(bound): bound.nbytes
            for each in self.values.values()
            for bound in ((each.value,) if each.is_estimate else (each.low, each.value, each.high))
        }
        return sum(bounds.values()) + sum(
            array.nbytes for array in (self.step, self.wall_time, self.size, self.nonfinite)
        )

    @cached_property
    def records(self) -> Ints:
        """int64[S]: how many records each series has."""
        return np.diff(self.series_start)


def _join(parts: Sequence[Bounded]) -> Bounded:
    """Join bounds; exact values and estimates take one array."""
    value = np.concatenate([part.value for part in parts])
    if all(part.is_estimate for part in parts):
        return Bounded.estimate(value)
    if all(part.low is part.value is part.high for part in parts):
        return Bounded(value, value, value)
    return Bounded(np.concatenate([part.low for part in parts]), value, np.concatenate([part.high for part in parts]))


class SeriesMetrics:
    """One series as a rule sees it: ``series["spread"].low`` is an array over its records.

    Attributes
    ----------
    index
        Place in the `Metrics` it is a view of.
    info
        Role, layer, network and hint of its tag.
    role
        What the tensor is: weight, bias-gradient, activation, ...
    layer
        The layer it belongs to.
    order
        Place of its layer in depth; -1 where unknown.
    """

    def __init__(self, metrics: Metrics, index: int, info: TagInfo | None = None, order: int = -1) -> None:
        self._metrics = metrics
        self._slice = slice(int(metrics.series_start[index]), int(metrics.series_start[index + 1]))
        self.index = index
        self.run = metrics.series[index].run
        self.tag = metrics.series[index].tag
        self.info = info or parse(self.tag)
        self.role = self.info.role
        self.layer = self.info.layer
        self.order = order

    def __getitem__(self, metric: str) -> Bounded:
        return self._metrics.values[metric][self._slice]

    def value(self, metric: str) -> Floats:
        """float64[n]: a metric's best estimate alone, for where no bound is asked for: a third of the work."""
        return self._metrics.values[metric].value[self._slice]

    def low(self, metric: str) -> Floats:
        """float64[n]: a metric's lower bound alone."""
        return self._metrics.values[metric].low[self._slice]

    def __len__(self) -> int:
        return self._slice.stop - self._slice.start

    @property
    def step(self) -> Ints:
        """int64[n]: the steps of its records, increasing."""
        return self._metrics.step[self._slice]

    @property
    def wall_time(self) -> Floats:
        """float64[n]: when its records were written, in seconds since 1970."""
        return self._metrics.wall_time[self._slice]

    @property
    def size(self) -> Floats:
        """float64[n]: the number of values in each record."""
        return self._metrics.size[self._slice]

    @property
    def nonfinite(self) -> Bools:
        """bool[n]: a value was NaN or infinite."""
        return self._metrics.nonfinite[self._slice]

    @property
    def stepped_back(self) -> int:
        """How often the steps went back while logging."""
        return int(self._metrics.stepped_back[self.index])

    @property
    def back_at(self) -> int:
        """The first step to which they went back."""
        return int(self._metrics.back_at[self.index])


def stretches(held: Bools) -> list[slice]:
    """Return the longest stretches of successive records that hold, bool[n] in, in order."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], held, [False]]).astype(np.int8)))
    return [slice(int(begin), int(end)) for begin, end in zip(edges[::2], edges[1::2], strict=True)]

"""Tensors recorded in memory: measured as they come, of which only metrics and thirty buckets are kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from ..bounded import Bounded, Ints
from ..histogram import HistogramBatch, Record, Series
from ..measured import Metrics
from ..metrics import METRICS
from .exact import equal_buckets, gathered

REMEMBERED = 2**16
"""Buckets that a tensor's first and last record are remembered by, for the drift of the next."""
AT_ONCE = 2**18
"""Buckets that are measured at once, as what is made of them takes twenty times their memory."""
_CHUNK = 500_000
"""Buckets that are read at once: 12 MB."""


class _Waiting(NamedTuple):
    """A record that is not yet measured: its values, and its picture."""

    exact: Record
    shown: Record


@dataclass(frozen=True)
class _Course:
    """One tensor: how it looked at each record, and what the next is compared with."""

    series: Series
    shown: Sequence[Record] = ()
    waiting: list[_Waiting] = field(default_factory=list)
    first: Record | None = None
    last: Record | None = None

    @property
    def step(self) -> int:
        """The last step, -1 where there is none."""
        if self.waiting:
            return self.waiting[-1].exact.step
        return self.shown[-1].step if self.shown else -1


class Recorded:
    """Collects histograms of single values, and measures them some at a time.

    Nothing is half done where that is interrupted: what is found out is put in its place in the end.
    """

    def __init__(self) -> None:
        self._courses: dict[str, _Course] = {}
        self._waiting = 0
        self._parts: list[tuple[Ints, Metrics]] = []

    def begin(self, series: Series) -> None:
        """Make a tensor known, of which there may be nothing."""
        self._courses.setdefault(series.tag, _Course(series))

    def add(self, series: Series, record: Record) -> None:
        """Add a record, whose rows are those of `exact.single_values`."""
        self.begin(series)
        shown = record._replace(rows=equal_buckets(record.rows))
        self._courses[series.tag].waiting.append(_Waiting(record, shown))
        self._waiting += len(record.rows)
        if self._waiting >= AT_ONCE:
            self._measure()

    def __len__(self) -> int:
        """Return the number of tensors."""
        return len(self._courses)

    def last_step(self, tag: str) -> int:
        """Return the last step of a tensor, -1 where there is none."""
        course = self._courses.get(tag)
        return course.step if course else -1

    def metrics(self) -> Metrics:
        """Return the metrics of all tensors."""
        self._measure()
        series = tuple(course.series for course in self._courses.values())
        whole = Metrics.concatenate([part for _, part in self._parts])
        owner = np.concatenate([owner for owner, _ in self._parts])
        order = np.argsort(owner, kind="stable")
        none = np.full(len(series), -1, dtype=np.int64)
        metrics = Metrics(
            series,
            np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=len(series)))]).astype(np.int64),
            whole.step[order],
            whole.wall_time[order],
            whole.size[order],
            whole.nonfinite[order],
            np.zeros(len(series), dtype=np.int64),
            none,
            none,
            {name: bounded[order] for name, bounded in whole.values.items()},
        )
        self._parts = [(owner[order], metrics)]
        return metrics

    def shown(self) -> Shown:
        """Return the histograms of what is measured."""
        return Shown({course.series: course.shown for course in self._courses.values()})

    def _measure(self) -> None:
        """Measure what waits: what is bounded by the values themselves, what describes the picture by its buckets."""
        courses = [course for course in self._courses.values() if course.waiting or not self._parts]
        if not courses:
            return
        exact = HistogramBatch.from_records([(one.series, [each.exact for each in one.waiting]) for one in courses])
        shown = HistogramBatch.from_records([(one.series, [each.shown for each in one.waiting]) for one in courses])
        history, mine, measured = _beside_history(courses)
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            values: Mapping[str, Bounded] = {
                metric.name: metric(history)[mine] if metric.history else metric(exact if metric.bounded else shown)
                for metric in METRICS
            }
        numbers = {course.series: number for number, course in enumerate(self._courses.values())}
        owner = np.repeat([numbers[course.series] for course in courses], [len(course.waiting) for course in courses])
        part = owner, _metrics_of(exact, values)
        self._courses.update(measured)
        self._parts.append(part)
        self._waiting = 0


class Shown:
    """Histograms in memory, read as those of a log are."""

    def __init__(self, records: Mapping[Series, Sequence[Record]]) -> None:
        self._records = records

    def batches(
        self, series: Sequence[Series] | None = None, *, downsample: int | None = None
    ) -> Iterator[HistogramBatch]:
        """Yield whole series in the order asked, in chunks; of each at most so many records, spread evenly."""
        chunk: list[tuple[Series, Sequence[Record]]] = []
        for one in self._records if series is None else series:
            records = self._records.get(one, ())
            if downsample is not None and len(records) > downsample:
                at = np.linspace(0, len(records) - 1, downsample).astype(np.int64) if downsample > 1 else [-1]
                records = [records[place] for place in at]
            chunk.append((one, records))
            if sum(len(record.rows) for _, records in chunk for record in records) > _CHUNK:
                yield HistogramBatch.from_records(chunk)
                chunk = []
        if chunk:
            yield HistogramBatch.from_records(chunk)


def _beside_history(courses: Sequence[_Course]) -> tuple[HistogramBatch, Ints, dict[str, _Course]]:
    """Put what waits behind the first and the last record before it; say where it stands, and what waits no more."""
    together: list[tuple[Series, list[Record]]] = []
    places: list[Ints] = []
    measured: dict[str, _Course] = {}
    begin = 0
    for course in courses:
        before = [record for record in (course.first, course.last) if record is not None]
        before = before[:1] if course.first is course.last else before
        fresh = [record._replace(rows=gathered(record.rows, REMEMBERED)) for record, _ in course.waiting]
        together.append((course.series, before + fresh))
        places.append(begin + len(before) + np.arange(len(fresh)))
        begin += len(before) + len(fresh)
        measurable = [record for record in fresh if len(record.rows) and np.isfinite(record.rows).all()]
        measured[course.series.tag] = _Course(
            course.series,
            (*course.shown, *(one.shown for one in course.waiting)),
            first=course.first or next(iter(measurable), None),
            last=measurable[-1] if measurable else course.last,
        )
    batch = replace(HistogramBatch.from_records(together), fine=True)
    return batch, np.concatenate(places).astype(np.int64), measured


def _metrics_of(batch: HistogramBatch, values: Mapping[str, Bounded]) -> Metrics:
    return Metrics(
        batch.series,
        batch.series_start,
        batch.step,
        batch.wall_time,
        batch.total,
        batch.nonfinite,
        batch.stepped_back,
        batch.back_at,
        batch.resumed_at,
        values,
    )

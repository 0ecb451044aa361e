"""Plan which series to read in one call, so that no reply grows beyond 32 MB."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence

from ..histogram import HistogramBatch, Record, Series

CHUNK_BYTES = 32 * 2**20
"""Largest reply to ask for: the data server refuses 256 MiB, and only after having built it."""
_ROW_BYTES = 24
_WIDEST = 2000
"""Rows assumed of a histogram not seen yet; TensorFlow writes 30, PyTorch up to 1,600."""

Logged = list[tuple[Series, list[Record]]]
Groups = deque[tuple[str, list[Series]]]


class Sizes:
    """What has been learned about the size of series: rows a record, and records a step of each run."""

    def __init__(self) -> None:
        self._rows: dict[Series, int] = {}
        self._density: dict[str, float] = {}

    def __contains__(self, series: Series) -> bool:
        return series in self._rows

    def learn_rows(self, series: Series, rows: int) -> None:
        """Note how many rows a record has."""
        self._rows[series] = max(rows, self._rows.get(series, 1))

    def learn_records(self, series: Series, records: int, steps: int) -> None:
        """Note how many records there are in so many steps."""
        self._density[series.run] = max(records / steps, self._density.get(series.run, 0.0))

    def estimate(self, series: Series, steps: int, limit: int) -> int:
        """Estimate the bytes of at most ``limit`` records."""
        density = self._density.get(series.run)
        if density is None:
            # Another run's density says something, but not to the letter.
            density = min(4 * max(tuple(self._density.values()), default=1.0), 1.0)
        return min(limit, math.ceil(density * steps)) * self._rows.get(series, _WIDEST) * _ROW_BYTES


def next_chunk(groups: Groups, listed: Counter[str], cost: Callable[[Series], int], most: int) -> list[Series]:
    """Take from the front what one call may carry.

    A filter is a cross product of runs and tags. It brings no more than was asked for tags of a single run, for runs
    with the same tags and for whole runs.

    Parameters
    ----------
    groups
        The series still to read, by run.
    listed
        How many series each run has in all.
    cost
        Estimate of the bytes of one series.
    most
        Bytes that it may bring.
    """
    run, members = groups.popleft()
    total = 0
    for fit, one in enumerate(members):  # no further than needed: there may be thousands, and many chunks
        total += cost(one)
        if fit and total > most:
            groups.appendleft((run, members[fit:]))
            return members[:fit]
    runs, chunk = {run}, list(members)
    alike, whole = True, len(members) == listed[run]
    while groups and groups[0][0] not in runs:
        run, others = groups[0]
        alike = alike and [one.tag for one in others] == [one.tag for one in members]
        whole = whole and len(others) == listed[run]
        total += sum(cost(one) for one in others)
        if total > most or not (alike or whole):
            break
        groups.popleft()
        runs.add(run)
        chunk += others
    return chunk


def middle(chunk: Sequence[Series]) -> int:
    """Return where to halve: between runs if there are several, or the filter would read both halves twice."""
    middle = len(chunk) // 2
    borders = [at for at in range(1, len(chunk)) if chunk[at].run != chunk[at - 1].run]
    return min(borders, key=lambda at: abs(at - middle), default=middle)


def split(logged: Logged, most: int | None = None) -> Iterator[HistogramBatch]:
    """Turn what was read into batches of so many bytes, splitting where the estimate of its size was wrong."""
    part: Logged = []
    total = 0
    for series, records in logged:
        size = sum(record.rows.size for record in records) * 8
        if part and total + size > (most or CHUNK_BYTES):
            yield HistogramBatch.from_records(part)
            part, total = [], 0
        part.append((series, records))
        total += size
    if part:
        yield HistogramBatch.from_records(part)

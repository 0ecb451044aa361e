"""What a page holds of a diagnosis: the routes' answers as blocks of letters, see ``frontend/offline``."""

from __future__ import annotations

import base64
import gzip
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np

from ..api.diagnosis import Diagnosis
from ..bounded import Bools, Floats
from ..compare import compare, record_at, steps_to_compare
from ..finding import Finding
from ..histogram import HistogramBatch, Series
from ..report import Report
from ..scalar import Scalar
from ..server.payload import Tensors, histogram_tensors, scalar_tensors
from ..server.wire import encode
from ..words import counted
from .sampled import kept_of, starts_after, steps_of

Blocks = dict[str, str]
"""Base64 of gzip by name: no letter of it means anything in HTML, whatever names and texts it holds."""

LEVEL = 6
DIGITS = 24
"""Bits kept of a figure's mantissa, seven digits: as many as float32 has, of which tensors mostly are."""
HUGE = 1e300
MOST_POINTS = 4000
"""Of a scalar, beside those that findings speak of; a line on a screen has no more."""
MOST_COMPARED = 20_000
"""Tensors compared in all pairs of runs together."""


@dataclass(frozen=True)
class Read:
    """What was read from the log: the histograms that may be shown, and those at which runs are compared."""

    shown: Mapping[int, HistogramBatch]
    compared: Mapping[tuple[Series, int], HistogramBatch]


def packed(content: bytes) -> str:
    """Compress a block and write it in letters."""
    return base64.b64encode(gzip.compress(content, LEVEL, mtime=0)).decode("ascii")


def read(diagnosis: Diagnosis, kept: Bools, pairs: Sequence[tuple[str, str]], wanted: Sequence[int]) -> Read:
    """Read the log once more and keep what a page may show."""
    metrics = diagnosis.metrics
    steps: dict[Series, set[int]] = {}
    for series, step in itertools.chain.from_iterable(_compared(diagnosis, *pair) for pair in pairs):
        steps.setdefault(series, set()).add(step)
    number = {series: index for index, series in enumerate(metrics.series)}
    shown: dict[int, HistogramBatch] = {}
    compared: dict[tuple[Series, int], HistogramBatch] = {}
    show = {*wanted}
    asked = [one for index, one in enumerate(metrics.series) if index in show or one in steps]
    for batch in diagnosis.histograms_of(asked) if asked else ():
        for place, series in enumerate(batch.series):
            own, index = batch.slice_series(place, place + 1), number[series]
            if index in show:
                shown[index] = replace(own.pick(np.isin(own.step, kept_of(metrics, kept, index))), series=(series,))
            for step in steps.get(series, ()) if len(own) else ():
                compared[series, step] = record_at(own, step)
    return Read(shown, compared)


def pairs_to_compare(report: Report) -> list[tuple[str, str]]:
    """Return pairs of runs, in both orders, neighbours first, as many as a page can hold."""
    runs = [entry.run for entry in report.runs]
    size = {entry.run: entry.series for entry in report.runs}
    found: list[tuple[str, str]] = []
    total = 0
    for apart in range(1, len(runs)):
        for one, two in zip(runs, runs[apart:], strict=False):
            total += 2 * min(size[one], size[two])
            if total > MOST_COMPARED:
                return found
            found += [(one, two), (two, one)]
    return found


def _compared(diagnosis: Diagnosis, run: str, other: str) -> Iterator[tuple[Series, int]]:
    """Yield each tensor that both runs have, in both, and the step at which it is compared."""
    shared = set(diagnosis[run]).intersection(diagnosis[other])
    for tag in sorted(shared):
        pair = Series(run, tag), Series(other, tag)
        if steps := steps_to_compare(*(diagnosis[one.run][tag].step for one in pair)):
            yield from zip(pair, steps, strict=True)


def comparisons(diagnosis: Diagnosis, pairs: Sequence[tuple[str, str]], found: Read) -> Blocks:
    """Return how runs differ, a block for each pair in its order."""
    place = {entry.run: index for index, entry in enumerate(diagnosis.report.runs)}
    blocks = {}
    for run, other in pairs:
        records = {
            series: found.compared[series, step]
            for series, step in _compared(diagnosis, run, other)
            if (series, step) in found.compared
        }
        comparison = compare(diagnosis.report, run, other, records)
        blocks[f"compare-{place[run]}-{place[other]}"] = packed(msgspec.json.encode(comparison))
    return blocks


def scalars(diagnosis: Diagnosis) -> Blocks:
    """Return the losses, accuracies and learning rates of each run."""
    blocks = {}
    for place, (run, found) in enumerate(diagnosis.items()):
        tensors, names = scalar_tensors([_thinned(scalar, found.findings) for scalar in diagnosis.scalars(run)])
        blocks[f"scalars-{place}"] = packed(encode(in_planes(tensors), names))
    return blocks


def thinned_scalars(diagnosis: Diagnosis) -> str:
    """Say of how many scalars points are left out, if of any."""
    longer = sum(len(scalar.step) > MOST_POINTS for run in diagnosis for scalar in diagnosis.scalars(run))
    had = f"{counted(longer, 'scalar')} had more"
    return f"Of a scalar this page holds {MOST_POINTS:,} points, spread evenly: {had}." if longer else ""


def _thinned(scalar: Scalar, findings: Iterable[Finding]) -> Scalar:
    """Leave out points evenly, but for the last and those that are spoken of."""
    size = len(scalar.step)
    said = {step for finding in findings if scalar.tag in finding.tags for step in steps_of(finding)}
    evenly = np.linspace(0, size - 1, min(size, MOST_POINTS)).astype(np.int64)
    at = np.union1d(evenly, np.flatnonzero(np.isin(scalar.step, list(said))))
    return replace(scalar, step=scalar.step[at], wall_time=scalar.wall_time[at], value=scalar.value[at])


def measured(diagnosis: Diagnosis, kept: Bools) -> Blocks:
    """Return each metric of each run, and at which steps there are records."""
    blocks: Blocks = {}
    runs = [series.run for series in diagnosis.metrics.series]
    for place, run in enumerate(diagnosis):
        first, last = runs.index(run), runs.index(run) + runs.count(run)
        own = diagnosis.metrics.slice(first, last)
        chosen = kept[slice(*diagnosis.metrics.series_start[[first, last]])]
        records: Tensors = {
            "series": np.arange(first, last, dtype=np.int32),
            "start": starts_after(own.series_start, chosen).astype(np.int32),
            "step": own.step[chosen].astype(np.float64),
            "wall_time": own.wall_time[chosen],
            "nonfinite": own.nonfinite[chosen].astype(np.uint8),
        }
        blocks[f"records-{place}"] = packed(encode(in_planes(records)))
        for name, bounded in own.values.items():
            sides = ("low", "value", "high") if bounded.proves else ("value",)
            values: Tensors = {f"{name}.{side}": rounded(getattr(bounded, side)[chosen]) for side in sides}
            blocks[f"metric-{place}-{name}"] = packed(encode(in_planes(values)))
    return blocks


def histograms(diagnosis: Diagnosis, kept: Bools, found: Read, wanted: Sequence[int]) -> Blocks:
    """Return the histograms of each series."""
    ids = {series: index for index, series in enumerate(diagnosis.metrics.series)}
    blocks = {}
    for index in wanted:
        if index not in found.shown:
            continue
        whole = found.shown[index]
        chosen = np.isin(whole.step, kept_of(diagnosis.metrics, kept, index))
        some = whole if chosen.all() else replace(whole.pick(chosen), series=whole.series)
        tensors = histogram_tensors([some], ids)
        for name in ("series", "series_start"):  # known by the block's name
            del tensors[name]
        for edge in ("left", "right"):
            tensors[edge] = rounded(tensors[edge].astype(np.float64, copy=False))
        blocks[f"histograms-{index}"] = packed(encode(in_planes(tensors)))
    return blocks


def rounded(values: Floats) -> Floats:
    """Round to seven digits in a way that compresses: the last bits are zero."""
    drop = np.uint64(52 - DIGITS + 1)
    bits = np.ascontiguousarray(values).view(np.uint64)
    half = np.uint64(1) << (drop - np.uint64(1))
    even = ((bits + half) >> drop) << drop
    # Numbers next to the largest would turn infinite, and what is not finite has no digits.
    return np.where(np.abs(values) < HUGE, even, bits).view(np.float64)


def in_planes(tensors: Tensors) -> Tensors:
    """Lay out the bytes of float64 arrays by planes, all first bytes before all second ones."""
    return {
        name: np.ascontiguousarray(array.astype("<f8").view(np.uint8).reshape(-1, 8).T)
        if array.dtype == float
        else array
        for name, array in tensors.items()
    }

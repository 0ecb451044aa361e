"""What the routes send as arrays: metrics of a run, its scalars, histograms of many series."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ..bounded import Bounded
from ..histogram import HistogramBatch, Series
from ..measured import Metrics
from ..scalar import Scalar

Tensors = dict[str, NDArray[np.generic]]


def metric_tensors(measured: Sequence[tuple[int, Metrics]], names: Iterable[str], *, brief: bool = False) -> Tensors:
    """Join the metrics of several series, each with its id; bounds are left out where nothing is proved.

    ``brief`` is for thousands of series: values without bounds and times, and steps that series share only once.
    """
    parts = [metrics for _, metrics in measured]
    tensors: Tensors = {
        "series": np.array([identity for identity, _ in measured], dtype=np.int32),
        "start": _starts([len(metrics.step) for metrics in parts]),
        "nonfinite": _join([metrics.nonfinite for metrics in parts], np.uint8),
    }
    if brief:
        clocks = {metrics.step.tobytes(): metrics.step for metrics in parts}
        number = {clock: index for index, clock in enumerate(clocks)}
        tensors["clock"] = np.array([number[metrics.step.tobytes()] for metrics in parts], dtype=np.int32)
        tensors["clock_start"] = _starts([len(step) for step in clocks.values()])
        tensors["step"] = _join([*clocks.values()], np.float64)
    else:
        tensors["step"] = _join([metrics.step for metrics in parts], np.float64)
        tensors["wall_time"] = _join([metrics.wall_time for metrics in parts], np.float64)
    for name in names:
        bounds: list[Bounded] = [metrics.values[name] for metrics in parts]
        tensors[f"{name}.value"] = _join([bounded.value for bounded in bounds], np.float64)
        if not brief and any(bounded.proves for bounded in bounds):
            tensors[f"{name}.low"] = _join([bounded.low for bounded in bounds], np.float64)
            tensors[f"{name}.high"] = _join([bounded.high for bounded in bounds], np.float64)
    return tensors


def scalar_tensors(scalars: Sequence[Scalar]) -> tuple[Tensors, dict[str, str]]:
    """Return a run's scalars, numbered, and their tags and kinds."""
    tensors: Tensors = {}
    names: dict[str, str] = {}
    for index, scalar in enumerate(scalars):
        tensors[f"{index}.step"] = scalar.step.astype(np.float64)
        tensors[f"{index}.wall_time"] = scalar.wall_time.astype(np.float64)
        tensors[f"{index}.value"] = scalar.value.astype(np.float64)
        names[f"{index}"] = scalar.tag
        names[f"{index}.kind"] = scalar.kind
    return tensors, names


def histogram_tensors(batches: Sequence[HistogramBatch], ids: Mapping[Series, int]) -> Tensors:
    """Join chunks of histograms in canonical form, without their empty buckets."""
    kept = [batch.count > 0 for batch in batches]
    held = [np.bincount(batch.owner[keep], minlength=len(batch)) for batch, keep in zip(batches, kept, strict=True)]
    return {
        "series": np.array([ids[series] for batch in batches for series in batch.series], dtype=np.int32),
        "series_start": _starts([int(size) for batch in batches for size in np.diff(batch.series_start)]),
        "step": _join([batch.step for batch in batches], np.float64),
        "wall_time": _join([batch.wall_time for batch in batches], np.float64),
        "nonfinite": _join([batch.nonfinite for batch in batches], np.uint8),
        "start": _starts(_join(held, np.int64)),
        "left": _join([batch.left[keep] for batch, keep in zip(batches, kept, strict=True)], np.float64),
        "right": _join([batch.right[keep] for batch, keep in zip(batches, kept, strict=True)], np.float64),
        "count": _join([batch.count[keep] for batch, keep in zip(batches, kept, strict=True)], np.float64),
    }


def _join(arrays: Sequence[NDArray[np.generic]], dtype: type[np.generic]) -> NDArray[np.generic]:
    return np.concatenate([np.empty(0, dtype), *arrays]).astype(dtype)


def _starts(sizes: Sequence[int] | NDArray[np.generic]) -> NDArray[np.generic]:
    return np.concatenate([[0], np.cumsum(np.asarray(sizes, dtype=np.int64))]).astype(np.int32)

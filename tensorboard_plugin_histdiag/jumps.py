"""Where a series went abruptly to another level and stayed there."""

from __future__ import annotations

import numpy as np

from .bounded import Bools, Floats, Ints
from .measured import SeriesMetrics
from .thresholds import Thresholds

LEVEL = 5
"""Records on each side of an abrupt change that show from which level to which it led; three after it will do."""


def jumps(series: SeriesMetrics, limits: Thresholds) -> list[int]:
    """Return the records at which a series went abruptly to another level and stayed there.

    The certified drift over the interval is at least ``shift`` of its size, and the drift ``shift_over_neighbours``
    times the median of the neighbours', of which at least five are needed; not at the start, where training is quick,
    and neither at a single outlier.
    """
    records = np.flatnonzero(series.low("drift_previous") >= limits.shift)
    if not len(records):
        return []
    records = records[records >= limits.warmup(len(series))]
    records = records[stand_out(series.value("drift_previous"), records, limits)]
    return [int(record) for record in records if _stays(series, int(record))]


def stand_out(value: Floats, records: Ints, limits: Thresholds) -> Bools:
    """Tell which moves are many times the median of the moves on both sides, of which at least five are known.

    Parameters
    ----------
    value
        float64[n], the move to each record; the first has none.
    records
        int64[k], places of the moves in question.

    Returns
    -------
    Bools
        bool[k].
    """
    if not len(records):
        return np.zeros(0, dtype=np.bool_)
    reach = np.arange(1, limits.shift_neighbours + 1)
    place = records[:, None] + np.concatenate([-reach, reach])
    around = value[np.clip(place, 0, len(value) - 1)]
    around[(place < 1) | (place >= len(value)) | ~np.isfinite(around)] = np.nan
    around.sort(axis=1)
    known = np.isfinite(around).sum(axis=1)
    row, last = np.arange(len(records)), np.maximum(known - 1, 0)
    median = (around[row, last // 2] + around[row, (last + 1) // 2]) / 2
    usual = np.maximum(median, limits.shift_floor)
    result: Bools = (known >= 5) & (value[records] >= limits.shift_over_neighbours * usual)
    return result


def _stays(series: SeriesMetrics, record: int) -> bool:
    """Tell whether the records before and from here on lie on two levels, apart by more than they scatter."""
    for metric in ("spread", "mean"):
        before, after = series.value(metric)[max(0, record - LEVEL) : record], series.value(metric)[record:][:LEVEL]
        before, after = before[np.isfinite(before)], after[np.isfinite(after)]
        if len(before) < LEVEL or len(after) < 3:
            continue
        scatter = max(float(np.ptp(before)), float(np.ptp(after)))
        if abs(np.median(after) - np.median(before)) > 1.5 * scatter:
            return True
    return False

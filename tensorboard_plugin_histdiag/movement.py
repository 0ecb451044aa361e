"""How a series moved from its first record to its last, in a sentence: wider, narrower, shifted, abruptly, settled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .bounded import Bools, Floats, Ints
from .measured import SeriesMetrics
from .thresholds import Thresholds
from .words import number, percent

MENTIONED = {"activation": 1.25, "pre-activation": 1.25}
"""Factor from which a change of spread is worth a word; records of one batch are noisier than weights."""
MENTIONED_GRADIENT = 1.5
MENTIONED_ELSE = 1.1
MENTIONED_SHIFT = 0.25
"""Shift of the mean that is worth a word, in spreads."""
LEVEL = 5
"""Records on each side of an abrupt change that show from which level to which it led; three after it will do."""
STEADY = 0.1
"""A series has settled once it stays within this share of its whole excursion around its last value."""


@dataclass(frozen=True)
class Movement:
    """How a series went from its first record to its last.

    Attributes
    ----------
    word
        For machines: "unknown", "unchanged", "steady", "widening and shifting right, then settled", ...
    text
        One or two sentences.
    settled
        True where it no longer moves, False where it still does, None where its records scatter too much to tell.
    factor
        Last spread over first; infinite for what began as one value, NaN where there is no spread at all.
    """

    word: str
    text: str
    settled: bool | None
    factor: float = np.nan


def movement_of(series: SeriesMetrics, records: Ints, limits: Thresholds) -> Movement:
    """Say how far a series shifted, how much it widened or narrowed, and since when it has been steady.

    Parameters
    ----------
    records
        Places of the records that are finite and not empty, increasing.
    """
    if len(records) < 3:
        return Movement("unknown", "Too few records to see a movement.", None)
    since = int(series.step[records[0]])
    if (series.value("unchanged")[records[1:]] == 1).all():
        return Movement("unchanged", f"Unchanged since step {since:,}, to the last bit.", True)
    spread, mean = series.value("spread")[records], series.value("mean")[records]
    abrupt = _abrupt_text(series, limits)
    if not spread.any():
        return _of_one_value(series, records, mean, abrupt)
    factor = float(spread[-1] / spread[0]) if spread[0] > 0 else np.inf
    words, said = [], []
    for word, phrase in (_width(series, spread, factor), _shift(spread, mean)):
        if word:
            words.append(word)
            said.append(phrase)
    if not said:
        return _back_or_steady(series, records, spread, abrupt, factor)
    word, text = " and ".join(words), f"Since step {since:,} {', and '.join(said)}"
    settled, ending, how = _ending(series, records, spread, mean)
    if abrupt:
        word += ", abruptly"
    return Movement(word + how, text + ending + "." + abrupt, settled, factor)


def jumps(series: SeriesMetrics, limits: Thresholds) -> list[int]:
    """Return the records at which a series went abruptly to another level and stayed there.

    The certified drift over the interval is at least ``shift`` of its size, and the drift ``shift_over_neighbours``
    times the median of the neighbours', of which at least five are needed; not at the start, where training is quick,
    and neither at a single outlier.
    """
    moved = series["drift_previous"].low >= limits.shift
    if not moved.any():
        return []
    records = np.flatnonzero(moved)
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


def _width(series: SeriesMetrics, spread: Floats, factor: float) -> tuple[str, str]:
    """Name a change of spread that is worth a word."""
    last = number(float(spread[-1]))
    if np.isinf(factor):
        return ("widening", f"it spread from one value to a spread of {last}") if spread[-1] > 0 else ("", "")
    if factor >= _mentioned(series):
        return "widening", f"its spread grew {number(factor)}-fold, to {last}"
    if factor == 0:
        return "narrowing", "it shrank to one value"
    if factor <= 1 / _mentioned(series):
        how = f"to {percent(factor)}" if factor >= 0.01 else f"{number(1 / factor)}-fold"
        return "narrowing", f"its spread shrank {how}, to {last}"
    return "", ""


def _shift(spread: Floats, mean: Floats) -> tuple[str, str]:
    """Name a shift of the mean that is worth a word."""
    unit = max(float(spread[0]), float(spread[-1]))
    shift = float(mean[-1] - mean[0]) / unit if unit > 0 else 0.0
    if abs(shift) < MENTIONED_SHIFT:
        return "", ""
    side, doing = ("right", "increase") if shift > 0 else ("left", "decrease")
    return f"shifting {side}", f"it shifted to the {side} by {number(abs(shift))} spreads (values {doing})"


def _mentioned(series: SeriesMetrics) -> float:
    return MENTIONED.get(series.role, MENTIONED_GRADIENT if series.role.endswith("gradient") else MENTIONED_ELSE)


def _ending(series: SeriesMetrics, records: Ints, spread: Floats, mean: Floats) -> tuple[bool | None, str, str]:
    """Tell whether it has settled, as a verdict, as the end of a sentence and as a word."""
    floors = 0.02 * float(spread[-1]), 0.05 * float(spread[-1])
    pairs = tuple(zip((spread, mean), floors, strict=True))
    settled = max(_settled(values, floor) for values, floor in pairs)
    if settled < 0.75 * len(records):
        return True, f"; steady since step {int(series.step[records[settled]]):,}", ", then settled"
    if any(_moves(values, floor) for values, floor in pairs):
        return False, "; still moving at the end", ""
    return None, "", ""


def _settled(values: Floats, floor: float) -> int:
    """Return the first record from which values stay near the last one."""
    tolerance = max(STEADY * float(np.ptp(values)), floor)
    moving = np.flatnonzero(np.abs(values - values[-1]) > tolerance)
    return int(moving[-1]) + 1 if len(moving) else 0


def _moves(values: Floats, floor: float) -> bool:
    """Tell whether values still go somewhere in the last quarter, beyond their scatter."""
    least = max(STEADY * float(np.ptp(values)), floor)
    if len(values) < 4:
        return bool(abs(values[-1] - values[-2]) > least)
    tail = values[-max(4, len(values) // 4) :]
    half = len(tail) // 2
    scatter = 1.5 * _median(np.abs(np.diff(tail)))
    return abs(_median(tail[half:]) - _median(tail[:half])) > max(least, scatter)


def _median(values: Floats) -> float:
    """Return the (upper) median; for a handful of values many times quicker than numpy's."""
    return float(np.sort(values)[len(values) // 2])


def _of_one_value(series: SeriesMetrics, records: Ints, mean: Floats, abrupt: str) -> Movement:
    """Say how a single value went: it has no spread to measure the move by."""
    begin, end = float(mean[0]), float(mean[-1])
    if begin == end:
        return Movement("steady", f"It ends where it began, at {number(end)}." + abrupt, True)
    word = "rising" if end > begin else "falling"
    first, last = int(series.step[records[0]]), int(series.step[records[-1]])
    text = f"It went from {number(begin)} at step {first:,} to {number(end)} at step {last:,}."
    return Movement(word + (", abruptly" if abrupt else ""), text + abrupt, None)


def _back_or_steady(series: SeriesMetrics, records: Ints, spread: Floats, abrupt: str, factor: float) -> Movement:
    """Say that it ends as it began, and how far it went in between."""
    size = spread[0] ** 0.5 * spread[-1] ** 0.5  # the product of two large spreads would overflow
    away = np.abs(np.log(np.where(spread > 0, spread, size) / size)) if size > 0 else np.zeros(len(spread))
    farthest = int(np.argmax(away))
    if away[farthest] > 2 * np.log(_mentioned(series)):
        text = (
            f"Its spread ends near where it began, at {number(float(spread[-1]))}, and was"
            f" {number(float(spread[farthest]))} at step {int(series.step[records[farthest]]):,}."
        )
        return Movement("away and back" + (", abruptly" if abrupt else ""), text + abrupt, None, factor)
    if abrupt:
        return Movement("abruptly", "Place and spread are nearly those of the first record." + abrupt, None, factor)
    text = "Place and spread hardly changed"
    drift = float(series.value("drift")[records[-1]])
    if np.isfinite(drift) and series.role in ("weight", "embedding"):
        moved = percent(drift) if drift >= 0.01 else number(drift)
        text += f"; from first to last record it drifted by {moved} of its size"
    return Movement("steady", text + ".", True, factor)


def _abrupt_text(series: SeriesMetrics, limits: Thresholds) -> str:
    steps = [f"{int(series.step[record]):,}" for record in jumps(series, limits)]
    if not steps:
        return ""
    if len(steps) == 1:
        return f" It changed abruptly at step {steps[0]}."
    if len(steps) <= 3:
        return f" It changed abruptly at steps {', '.join(steps[:-1])} and {steps[-1]}."
    return f" It changed abruptly at {len(steps)} steps, first at step {steps[0]}."

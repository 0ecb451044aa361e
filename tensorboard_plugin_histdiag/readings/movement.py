"""How a series moved from its first record to its last, in a sentence: wider, narrower, shifted, abruptly, settled."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import numpy as np

from ..bounded import Floats, Ints
from ..jumps import jumps
from ..measured import SeriesMetrics
from ..thresholds import Thresholds
from ..words import number, percent

MENTIONED = {"activation": 1.25, "pre-activation": 1.25}
"""Factor from which a change of spread is worth a word; records of one batch are noisier than weights."""
MENTIONED_GRADIENT = 1.5
MENTIONED_ELSE = 1.1
MENTIONED_SHIFT = 0.25
"""Shift of the mean that is worth a word, in spreads."""
FAR = 10.0
"""Shift of the mean, in spreads, that its ends tell better."""
AWAY = 0.5
"""And how far it goes in between, where it comes back."""
PARAMETERS = ("weight", "embedding", "bias", "norm-scale", "norm-shift")
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
    unchanged = series.value("unchanged")
    if unchanged[records[-1]] == 1 and (unchanged[records[1:]] == 1).all():
        return Movement("unchanged", f"Unchanged since step {since:,}, to the last bit.", True)
    spread, mean = series.value("spread")[records], series.value("mean")[records]
    abrupt = _abrupt_text(series, limits)
    if spread[-1] == 0 and not spread.any():
        return _of_one_value(series, records, mean, abrupt)
    factor = float(spread[-1] / spread[0]) if spread[0] > 0 else np.inf
    changes = [change for change in (_width(series, spread, factor), _shift(spread, mean)) if change[0]]
    settled, ending, how = _ending(series, records, spread, mean) if changes else (None, "", "")
    if not settled and scatters(series):
        changes = [change for change in changes if _lasts(change[0], series, spread, mean)]
        # A shift in spreads tells nothing where the spread itself comes and goes.
        alone = len(changes) == 1 and changes[0][0].startswith("shifting")
        if alone and spread.max() > _mentioned(series) ** 2 * spread.min():
            changes = []
    if not changes:
        return _back_or_steady(series, records, spread, mean, abrupt, factor)
    word = " and ".join(word for word, _ in changes) + (", abruptly" if abrupt else "")
    text = f"Since step {since:,} {', and '.join(phrase for _, phrase in changes)}"
    return Movement(word + how, text + ending + "." + abrupt, settled, factor)


def scatters(series: SeriesMetrics) -> bool:
    """Tell whether each record is of another batch: then the last one may lie where it does by chance."""
    return series.role.endswith(("gradient", "activation")) or series.role == "attention"


def _lasts(change: str, series: SeriesMetrics, spread: Floats, mean: Floats) -> bool:
    """Tell whether a change shows between the typical records of the first and the last quarter, too."""
    quarter = max(1, len(spread) // 4)
    values = mean if change.startswith("shifting") else spread
    first, last = _median(values[:quarter]), _median(values[-quarter:])
    if change.startswith("shifting"):
        least = MENTIONED_SHIFT / 2 * max(float(spread[0]), float(spread[-1]))
        return (last - first if change.endswith("right") else first - last) >= least
    low, high = (first, last) if change == "widening" else (last, first)
    return high > 0 and high >= low * _mentioned(series) ** 0.5


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
    if abs(shift) >= FAR:
        how = f"its mean went from {number(float(mean[0]))} to {number(float(mean[-1]))}"
    else:
        how = f"it shifted to the {side} by {number(abs(shift))} spreads"
    return f"shifting {side}", f"{how} (values {doing})"


def _mentioned(series: SeriesMetrics) -> float:
    return MENTIONED.get(series.role, MENTIONED_GRADIENT if series.role.endswith("gradient") else MENTIONED_ELSE)


def _ending(series: SeriesMetrics, records: Ints, spread: Floats, mean: Floats) -> tuple[bool | None, str, str]:
    """Tell whether it has settled, as a verdict, as the end of a sentence and as a word."""
    last = float(spread[-1])
    tolerances = _tolerance(spread, 0.02 * last, last), _tolerance(mean, 0.05 * last, last)
    pairs = tuple(zip((spread, mean), tolerances, strict=True))
    settled = max(_settled(values, tolerance) for values, tolerance in pairs)
    if settled < 0.75 * len(records):
        return True, f"; steady since step {int(series.step[records[settled]]):,}", ", then settled"
    if any(_moves(values, tolerance) for values, tolerance in pairs):
        return False, "; still moving at the end", ""
    return None, "", ""


def _tolerance(values: Floats, floor: float, ceiling: float) -> float:
    """Return the move that is none: small beside the whole excursion, and beside what is left at the end."""
    return min(max(STEADY * _extent(values), floor), ceiling)


def _extent(values: Floats) -> float:
    """Return how far values lie apart; numpy's own takes twice as long for a handful."""
    return float(values.max() - values.min())


def _settled(values: Floats, tolerance: float) -> int:
    """Return the first record from which values stay near the last one."""
    moving = np.flatnonzero(np.abs(values - values[-1]) > tolerance)
    return int(moving[-1]) + 1 if len(moving) else 0


def _moves(values: Floats, least: float) -> bool:
    """Tell whether values still go somewhere in the last quarter, beyond their scatter."""
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
    # How far each record lies outside of the way from the first to the last.
    beyond = np.maximum(mean - max(begin, end), min(begin, end) - mean)
    farthest = int(np.argmax(beyond))
    there = f"{number(float(mean[farthest]))} at step {int(series.step[records[farthest]]):,}"
    if begin == end:
        back = f"It ends where it began, at {number(end)}, and was {there}."
        text = back if beyond[farthest] > 0 else f"It stays at {number(end)}."
        return Movement("away and back" if beyond[farthest] > 0 else "steady", text + abrupt, True)
    word = "rising" if end > begin else "falling"
    first, last = int(series.step[records[0]]), int(series.step[records[-1]])
    by = f", by way of {there}" if beyond[farthest] > abs(end - begin) / 2 else ""
    text = f"It went from {number(begin)} at step {first:,} to {number(end)} at step {last:,}{by}."
    return Movement(word + (", abruptly" if abrupt else ""), text + abrupt, None)


def _back_or_steady(
    series: SeriesMetrics, records: Ints, spread: Floats, mean: Floats, abrupt: str, factor: float
) -> Movement:
    """Say that it ends as it began, or varies without a trend, and how far it went in between."""
    unit, tail = max(float(spread[0]), float(spread[-1])), ", abruptly" if abrupt else ""
    worth, least, most, text = _mentioned(series), float(spread.min()), float(spread.max()), ""
    if least == 0 or scatters(series):
        word = "varying"
        if most > worth * least:
            text = _varies("spread", series, records, spread)
        elif abs(mean[-1] - mean[0]) >= MENTIONED_SHIFT * unit or _extent(mean) > AWAY * unit:
            text = _varies("mean", series, records, mean)
    else:
        word = "away and back"
        if most > worth**2 * least:
            # On a scale of factors; the product of two large spreads would overflow.
            away = np.abs(np.log(spread / (spread[0] ** 0.5 * spread[-1] ** 0.5)))
            if away.max() > 2 * np.log(worth):
                text = _away("spread", series, records, spread, int(np.argmax(away)))
        if not text and _extent(mean) > AWAY * unit:
            beyond = np.maximum(mean - max(mean[0], mean[-1]), min(mean[0], mean[-1]) - mean)
            if beyond.max() > AWAY * unit:
                text = _away("mean", series, records, mean, int(np.argmax(beyond)))
    if text:
        return Movement(word + tail, text + abrupt, None, factor)
    if abrupt:
        return Movement("abruptly", "Place and spread are nearly those of the first record." + abrupt, None, factor)
    text = "Place and spread hardly changed"
    drift = float(series.value("drift")[records[-1]])
    if isfinite(drift) and series.role in PARAMETERS:
        moved = percent(drift) if drift >= 0.001 else number(drift)
        text += f"; from first to last record it drifted by {moved} of its size"
    return Movement("steady", text + ".", True, factor)


def _away(name: str, series: SeriesMetrics, records: Ints, values: Floats, farthest: int) -> str:
    at = f"{number(float(values[farthest]))} at step {int(series.step[records[farthest]]):,}"
    return f"Its {name} ends near where it began, at {number(float(values[-1]))}, and was {at}."


def _varies(name: str, series: SeriesMetrics, records: Ints, values: Floats) -> str:
    places = int(np.argmin(values)), int(np.argmax(values))
    low, high = (f"{number(float(values[at]))} at step {int(series.step[records[at]]):,}" for at in places)
    return f"Its {name} varies between {low} and {high}."


def _abrupt_text(series: SeriesMetrics, limits: Thresholds) -> str:
    steps = [f"{int(series.step[record]):,}" for record in jumps(series, limits)]
    if not steps:
        return ""
    if len(steps) == 1:
        return f" It changed abruptly at step {steps[0]}."
    if len(steps) <= 3:
        return f" It changed abruptly at steps {', '.join(steps[:-1])} and {steps[-1]}."
    return f" It changed abruptly at {len(steps)} steps, first at step {steps[0]}."

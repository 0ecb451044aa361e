"""A sentence in plain words for every series, healthy ones too: its shape, its place, how it moves, what that means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .bounded import Floats
from .context import RunContext
from .measured import SeriesMetrics
from .report import Reading
from .thresholds import Thresholds
from .words import number, percent

FEW_VALUES = 30
"""Below this many values a histogram has no shape worth naming."""
CLUSTERED = 300
"""Below this many values the gaps between clusters may be chance."""
MENTIONED = {"activation": 1.25, "pre-activation": 1.25}
"""Factor from which a change of spread is worth a word; records of one batch are noisier than weights."""
STEADY = 0.1
"""A series has settled once it stays within this share of its whole excursion around its last value."""


@dataclass(frozen=True)
class _Movement:
    """How a series went from its first record to its last."""

    word: str
    text: str
    settled: bool


def read(context: RunContext, limits: Thresholds) -> Iterator[Reading]:
    """Yield the reading of every series of a run, in the run's order."""
    for series in context.series:
        yield _read(series, context, limits)


def _read(series: SeriesMetrics, context: RunContext, limits: Thresholds) -> Reading:
    finite = np.flatnonzero(np.isfinite(series["mean"].value))
    if not len(finite):
        text = "Every logged record holds NaN or infinity." if series.nonfinite.any() else "Every record is empty."
        return _reading(series, text, "not finite" if series.nonfinite.any() else "empty", "", "")
    first, last = int(finite[0]), int(finite[-1])
    shape, shape_text = _shape(series, last, limits)
    place, place_text = _place(series, last)
    movement = _movement(series, finite, shape)
    meaning = _meaning(series, shape, movement, context, last)
    sentences = [f"{shape_text}{place_text}.", movement.text, meaning]
    lost = int(series.nonfinite.sum())
    if lost:
        sentences.append(f"{lost} of {len(series)} records hold NaN or infinity.")
    text = " ".join(sentence for sentence in sentences if sentence)
    return _reading(series, text, shape, place, movement.word, int(series.step[first]), int(series.step[last]))


def _reading(
    series: SeriesMetrics,
    text: str,
    shape: str,
    place: str,
    movement: str,
    first_step: int | None = None,
    last_step: int | None = None,
) -> Reading:
    return Reading(series.run, series.tag, text, shape, place, movement, first_step, last_step)


def _shape(series: SeriesMetrics, at: int, limits: Thresholds) -> tuple[str, str]:
    """Name the shape of a record, as a word and as the beginning of a sentence."""
    at_record = {name: float(series[name].value[at]) for name in _SHAPE_METRICS}
    size = float(series.size[at])
    low, high = at_record["minimum"], at_record["maximum"]
    if low == high:
        return "constant", f"All {size:,.0f} values are {number(low)}" if size > 1 else f"One value, {number(low)}"
    zeros = at_record["zeros"]
    if (low == 0 or high == 0) and zeros > 0.05:
        return "one-sided with a spike at zero", f"{percent(zeros)} of the values are exactly 0, the rest one-sided"
    if size < FEW_VALUES:
        return "few values", f"{size:,.0f} values, too few for a shape,"
    levels = at_record["levels"]
    if levels <= 16 and size >= 4 * levels:
        return "discrete", f"{levels:.0f} separate values"
    if at_record["top_mass"] >= limits.coarse_mass:
        return "spike", f"{percent(at_record['top_mass'])} of the values lie in one bucket"
    edges = at_record["edge_low"], at_record["edge_high"]
    if min(edges) > 0.1 and sum(edges) > 0.4:
        return "piled up at its limits", f"Piled up at both limits ({percent(sum(edges))} in the outermost buckets)"
    if at_record["uniformity"] < max(limits.uniform_distance, 1.2 / np.sqrt(size)):
        return "uniform", "Flat"
    if at_record["peaks"] >= 2 and size >= CLUSTERED:
        return "clusters", f"{_COUNTS.get(int(at_record['peaks']), 'Several')} clusters"
    if abs(at_record["skewness"]) > 1:
        side = "right" if at_record["skewness"] > 0 else "left"
        return "skewed", f"Skewed, with a tail to the {side},"
    if at_record["kurtosis"] > 2:
        return "heavy-tailed", "Heavy-tailed: a narrow peak with long tails"
    if at_record["kurtosis"] < -0.9:
        return "broad", "Broad, without a clear peak,"
    return "bell", "Bell-shaped"


_SHAPE_METRICS = (
    "minimum",
    "maximum",
    "zeros",
    "levels",
    "top_mass",
    "edge_low",
    "edge_high",
    "uniformity",
    "peaks",
    "skewness",
    "kurtosis",
)
_COUNTS = {2: "Two", 3: "Three", 4: "Four"}


def _place(series: SeriesMetrics, at: int) -> tuple[str, str]:
    mean, spread = float(series["mean"].value[at]), float(series["spread"].value[at])
    low, high = float(series["minimum"].value[at]), float(series["maximum"].value[at])
    if low == high:
        return f"at {number(low)}", ""
    extent = f"between {number(low)} and {number(high)}"
    if low == 0 or high == 0:
        return f"from {number(low)} to {number(high)}", f", {extent}"
    if abs(mean) < 0.2 * spread:
        return "centred on 0", f" around 0, {extent}"
    return f"centred on {number(mean)}", f" around {number(mean)}, {extent}"


def _movement(series: SeriesMetrics, finite: np.ndarray[tuple[int, ...], np.dtype[np.int64]], shape: str) -> _Movement:
    """Say how far it shifted, how much it widened or narrowed, and since when it has been steady."""
    if len(finite) < 3:
        return _Movement("unknown", "Too few records to see a movement.", False)
    first, last = int(finite[0]), int(finite[-1])
    since = int(series.step[first])
    if (series["unchanged"].value[finite[1:]] == 1).all():
        return _Movement("unchanged", f"Unchanged since step {since:,}, to the last bit.", True)
    spread, mean = series["spread"].value[finite], series["mean"].value[finite]
    said, words = [], []
    factor = spread[-1] / spread[0] if spread[0] > 0 else np.inf
    enough = MENTIONED.get(series.role, 1.5 if series.role.endswith("gradient") else 1.1)
    if spread[0] == 0 and spread[-1] == 0:
        return _constant_movement(series, mean, since, last)
    if not np.isfinite(factor):
        said.append(f"it spread from one value to a spread of {number(float(spread[-1]))}")
        words.append("widening")
    elif factor >= enough:
        said.append(f"its spread grew {_fold(float(factor))}, to {number(float(spread[-1]))}")
        words.append("widening")
    elif factor <= 1 / enough:
        share = factor == 0 or factor >= 0.001
        ending = f"shrank to {percent(float(factor))}" if share else f"shrank {_fold(float(1 / factor))}"
        said.append(f"its spread {ending}, to {number(float(spread[-1]))}")
        words.append("narrowing")
    unit = max(float(spread[0]), float(spread[-1]))
    shift = (mean[-1] - mean[0]) / unit if unit > 0 else 0.0
    if abs(shift) >= 0.25:
        side = "right (values increase)" if shift > 0 else "left (values decrease)"
        said.append(f"it shifted to the {side} by {number(float(abs(shift)))} spreads")
        words.append("shifting " + side.split(" ")[0])
    if not said:
        return _Movement("steady", _steady_text(series, last), True)
    settled = _settled(spread, mean)
    text = f"Since step {since:,} " + " and ".join(said)
    if settled < 0.75 * len(finite):
        text += f"; steady since step {int(series.step[finite[settled]]):,}."
        return _Movement(" and ".join(words) + ", then settled", text, True)
    return _Movement(" and ".join(words), text + "; still moving at the end.", False)


def _constant_movement(series: SeriesMetrics, mean: Floats, since: int, last: int) -> _Movement:
    """Say how a single value went: it has no spread to measure the move by."""
    begin, end = float(mean[0]), float(mean[-1])
    word = "rising" if end > begin else "falling" if end < begin else "steady"
    text = f"It went from {number(begin)} at step {since:,} to {number(end)} at step {int(series.step[last]):,}."
    return _Movement(word, text if end != begin else f"It ends where it began, at {number(end)}.", end == begin)


def _steady_text(series: SeriesMetrics, last: int) -> str:
    moved = float(series["drift"].value[last])
    if not np.isfinite(moved) or series.role not in ("weight", "embedding"):
        return "Place and spread hardly changed over the run."
    return f"Place and spread hardly changed; from first to last record it drifted by {number(moved)} of its size."


def _settled(spread: Floats, mean: Floats) -> int:
    """Return the first record from which spread and mean stay near their last values."""
    held = np.ones(len(spread), dtype=bool)
    for values, floor in ((spread, 0.02 * spread[-1]), (mean, 0.05 * spread[-1])):
        tolerance = max(STEADY * float(np.ptp(values)), float(floor))
        held &= np.abs(values - values[-1]) <= tolerance
    moving = np.flatnonzero(~held)
    return int(moving[-1]) + 1 if len(moving) else 0


def _meaning(series: SeriesMetrics, shape: str, movement: _Movement, context: RunContext, last: int) -> str:
    """Say what shape and movement usually mean for this kind of tensor, and the other way to read it."""
    if len(series) < 3:
        return ""
    if series.role in ("weight", "embedding"):
        if movement.word == "unchanged":
            if shape == "uniform":
                return "It still looks like its uniform initialisation: this layer has probably not learned."
            return "This layer has not learned since then, or it is frozen on purpose."
        if movement.word == "steady" and shape == "uniform":
            return "It still looks like its uniform initialisation."
        if "widening" in movement.word:
            return "The layer learned and settled." if movement.settled else "The layer is still learning."
        if "narrowing" in movement.word:
            return "Weights get smaller: often a sign of learning with regularisation."
        return ""
    if series.role.endswith("gradient"):
        if shape == "constant" and float(series["maximum"].value[last]) == 0:
            return "No gradient arrives here."
        if "narrowing" in movement.word:
            return "Gradients usually get smaller as training converges; or less of them arrives."
        if "widening" in movement.word:
            return "Gradients grow: learning speeds up, or becomes unstable."
        return ""
    if series.role == "activation":
        if shape.startswith("one-sided") and float(series["minimum"].value[last]) == 0:
            zeros = float(series["zeros"].value[last])
            return "An ordinary ReLU." if zeros < 0.9 else "A very sparse ReLU, or units that no longer fire."
        if shape == "piled up at its limits":
            return "The units are mostly fully on or off: saturated, or gates and probabilities that are meant to be."
    return ""


def _fold(factor: float) -> str:
    return f"{number(factor)}-fold"

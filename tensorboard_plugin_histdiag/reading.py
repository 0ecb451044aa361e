"""A reading in plain words for every series, healthy ones too: its shape, its place, how it moves, what that means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from .bounded import Floats
from .context import RunContext
from .finding import Finding, Severity
from .measured import SeriesMetrics
from .movement import Movement, movement_of
from .report import Reading
from .spike import spike_at_zero
from .thresholds import Thresholds
from .words import number, percent

FEW_VALUES = 100
"""Below this many values a histogram has no shape worth naming: a bell and a flat sample look alike."""
CLUSTERED = 300
"""Below this many values the gaps between clusters may be chance."""
AROUND_ZERO = 0.2
"""A mean within this share of the spread stands for 0."""
NOISE = 1e-5
"""A bias gradient this much smaller than its layer's weight gradient is what rounding leaves of nothing."""
TINY_BIAS = 1e-3
"""And this much smaller than the largest bias gradient of the run."""
GROWN = 1.5
"""Factor between the typical sizes of the first and the last quarter from which gradients grow, and do not scatter."""

LEARNED = "The layer learned and settled."
LEARNING = "The layer is still learning."
LEARNS = "The layer learns."
KEEPS = "It learns and keeps its shape."
SMALLER = "Weights get smaller: often a sign of learning with regularisation."
RANGE = "Weights converge to a range."
CONVERGES = "Usual while training converges; or less of the signal arrives here."
GROWS = "Gradients grow: usual while weights grow, and a sign of instability where the loss rises with them."
SURE = "A ReLU, or probabilities of a network that is very sure."
ORDINARY = "An ordinary share for a ReLU."
ALL_WELL = frozenset({LEARNED, LEARNING, LEARNS, KEEPS, SMALLER, RANGE, CONVERGES, GROWS, SURE, ORDINARY})
"""What is not said of a series that a rule warns of."""


def read(context: RunContext, limits: Thresholds, findings: Iterable[Finding] = ()) -> Iterator[Reading]:
    """Yield the reading of every series of a run, in the run's order; since its steps last went back, if they did.

    Parameters
    ----------
    findings
        The run's findings: where one warns, the reading says so, and not that all is well.
    """
    warned: dict[str, dict[str, None]] = {}
    for finding in findings:
        for span in finding.spans:
            if Severity.INFO not in (finding.severity, span.severity):
                warned.setdefault(span.tag, {})[finding.title] = None
    for series in context.since_break().series:
        yield _read(series, context, limits, tuple(warned.get(series.tag, ())))


def _read(series: SeriesMetrics, context: RunContext, limits: Thresholds, warnings: Sequence[str]) -> Reading:
    finite = np.flatnonzero(np.isfinite(series.value("mean")))
    if not len(finite):
        lost = bool(series.nonfinite.any())
        text = "Every record holds NaN or infinity." if lost else "Every record is empty."
        return Reading(series.run, series.tag, text, "not finite" if lost else "empty", "", "", None, None)
    first, last = int(finite[0]), int(finite[-1])
    shape = _shape(series, last, limits)
    place, sentence = _placed(series, last, shape)
    movement = movement_of(series, finite, limits)
    meaning = _meaning(series, context, shape, movement, last, limits)
    if warnings:
        warning = f"There is a warning about it: {'; '.join(warnings)}."
        meaning = warning if meaning in ALL_WELL else f"{meaning} {warning}".lstrip()
    sentences = [sentence, movement.text, meaning, _lost(series)]
    return Reading(
        run=series.run,
        tag=series.tag,
        text=" ".join(one for one in sentences if one),
        shape=shape,
        place=place,
        movement=movement.word,
        first_step=int(series.step[first]),
        last_step=int(series.step[last]),
    )


def _shape(series: SeriesMetrics, at: int, limits: Thresholds) -> str:
    """Name the shape of a record."""

    def here(metric: str) -> float:
        return float(series.value(metric)[at])

    size = float(series.size[at])
    edges = here("edge_low"), here("edge_high")
    if here("minimum") == here("maximum"):
        return "constant"
    if 0 in (here("minimum"), here("maximum")) and here("zeros") > 0.05:
        return "one-sided with a spike at zero"
    if size < FEW_VALUES:
        return "few values"
    separate = here("levels") <= 16 and size >= 4 * here("levels")
    zeros = here("zeros") >= limits.pruned_share  # else the rest of the test is in vain
    if not separate and zeros and spike_at_zero(lambda metric: series[metric][at : at + 1], limits)[0]:
        return "spike at zero"
    if here("top_mass") >= limits.coarse_mass:
        return "spike"
    if separate:
        return "discrete"
    if min(edges) > 0.1 and sum(edges) > 0.4:
        return "piled up at its limits"
    if here("uniformity") < limits.flat_distance(size):
        return "uniform"
    if here("peaks") >= 2 and size >= CLUSTERED:
        return "clusters"
    if abs(here("skewness")) > 1:
        return "skewed"
    if here("kurtosis") > 2:
        return "heavy-tailed"
    return "broad" if here("kurtosis") < -0.9 else "bell"


def _placed(series: SeriesMetrics, at: int, shape: str) -> tuple[str, str]:
    """Return where a record lies, and the sentence that says its shape and place."""

    def here(metric: str) -> float:
        return float(series.value(metric)[at])

    size, mean = float(series.size[at]), here("mean")
    low, high = here("minimum"), here("maximum")
    if shape == "constant":
        return f"at {number(low)}", f"All {size:,.0f} values are {number(low)}." if size > 1 else (
            f"One value, {number(low)}."
        )
    extent = f"between {number(low)} and {number(high)}"
    if shape == "one-sided with a spike at zero":
        zeros = f"About {percent(here('zeros'))} of the values are 0, the rest {extent}."
        return f"from {number(low)} to {number(high)}", zeros
    centre = "0" if abs(mean) < AROUND_ZERO * here("spread") else number(mean)
    place, of_mean = f"centred on {centre}", f"mean {number(mean)}, {extent}."
    if shape == "uniform":
        return place, f"Flat {extent}."
    if shape == "few values":
        return place, f"{size:,.0f} values, too few for a shape: {of_mean}"
    if shape == "discrete":
        groups = f"The values fall into {here('levels'):.0f} groups with gaps between them: {of_mean}"
        return place, groups
    if shape == "spike at zero":
        return place, f"A spike at 0, about {percent(here('zeros'))} of the values, and the rest {extent}."
    if shape == "spike":
        return place, f"A spike: {percent(here('top_mass'))} of the values lie in one bucket; {of_mean}"
    if shape == "piled up at its limits":
        edges = percent(here("edge_low") + here("edge_high"))
        return place, f"Piled up at both limits, {edges} in the outermost buckets: {of_mean}"
    if shape == "clusters":
        return place, f"{_COUNTS.get(int(here('peaks')), 'Several')} clusters: {of_mean}"
    if shape == "skewed":
        return place, f"Skewed, with a tail to the {'right' if here('skewness') > 0 else 'left'}: {of_mean}"
    if shape == "heavy-tailed":
        return place, f"Heavy-tailed around {centre}, a narrow peak with long tails, {extent}."
    word = "Broad, without a clear peak," if shape == "broad" else "Bell-shaped"
    return place, f"{word} around {centre}, {extent}."


_COUNTS = {2: "Two", 3: "Three", 4: "Four"}


def _meaning(
    series: SeriesMetrics, context: RunContext, shape: str, movement: Movement, last: int, limits: Thresholds
) -> str:
    """Say what shape and movement usually mean for this kind of tensor, and the other way to read it."""
    if series.role in ("weight", "embedding") and len(series) >= 3:
        return _of_weights(series, shape, movement, last, limits)
    if series.role in ("bias", "norm-scale", "norm-shift") and movement.word == "unchanged":
        return "It has not learned since then, or it is frozen on purpose."
    if series.role.endswith("gradient"):
        return _of_gradients(series, context, movement, last)
    if series.role in ("activation", "pre-activation"):
        return _of_outputs(series, shape, last)
    return ""


def _of_weights(series: SeriesMetrics, shape: str, movement: Movement, last: int, limits: Thresholds) -> str:
    if shape == "spike at zero":
        return "Pruned or masked weights; or a penalty drives them to 0."
    flat = "It still looks like its uniform initialisation"
    if movement.word == "unchanged":
        if shape == "uniform":
            return f"{flat}: this layer has probably not learned."
        return "This layer has not learned since then, or it is frozen on purpose."
    if movement.word == "steady":
        drift = float(series.value("drift")[last])
        if drift < limits.idle_drift and shape == "uniform":
            return f"{flat}: this layer has probably hardly learned."
        if drift < limits.idle_drift:
            return "It has hardly learned, or in moves that keep the shape, which a histogram does not show."
        if shape == "uniform":
            return f"{flat}, though it has moved a little."
        return KEEPS if drift >= limits.learning_drift else ""
    if "widening" in movement.word:
        if limits.weight_growth <= movement.factor < np.inf:
            return "Weights that grow so much often mean that training diverges; or they began very small."
        if movement.settled is None:
            return LEARNS
        return LEARNED if movement.settled else LEARNING
    if "narrowing" in movement.word:
        size = series.value("mean_abs")
        if size[last] < size[np.isfinite(size)][0]:
            return SMALLER
        return RANGE
    return ""


def _of_gradients(series: SeriesMetrics, context: RunContext, movement: Movement, last: int) -> str:
    largest = np.maximum(-series.value("minimum"), series.value("maximum"))
    if largest[last] == 0:
        return "No gradient arrives here." if np.nanmax(largest) == 0 else "No gradient arrives here any more."
    if _is_rounding(series, context):
        return (
            "Next to nothing beside the gradient of the layer's weights: what rounding leaves, as in front of a"
            " normalisation or in the keys of an attention."
        )
    if movement.factor == np.inf and largest[0] == 0:
        return "No gradient arrived here at first: usual behind a layer that starts at 0, or that is not used at once."
    growth = _growth(series.value("mean_abs"))
    if "narrowing" in movement.word and growth < 1 / GROWN:
        return CONVERGES
    if "widening" in movement.word and growth > GROWN:
        return GROWS
    return ""


def _is_rounding(series: SeriesMetrics, context: RunContext) -> bool:
    """Tell whether a bias gradient is nothing but rounding, by the gradient of the layer's weights."""
    if series.role != "bias-gradient":
        return False
    weight = context.sibling(series, "weight-gradient")
    if weight is None or not len(weight):
        return False
    own, other = (_typical(one.value("mean_abs")) for one in (series, weight))
    if not own < NOISE * other:
        return False
    # Beside weights whose inputs are huge every bias gradient is small; rounding is small beside other biases too.
    biases = context.last_of("mean_abs")[context.roles == "bias-gradient"]
    return own < TINY_BIAS * float(np.max(biases, where=np.isfinite(biases), initial=0.0))


def _growth(size: Floats) -> float:
    """Return the typical size in the last quarter of the records over that in the first."""
    quarter = max(1, len(size) // 4)
    first, last = _typical(size[:quarter]), _typical(size[-quarter:])
    return last / first if first > 0 else np.nan


def _typical(size: Floats) -> float:
    finite = np.sort(size[np.isfinite(size)])
    return float(finite[len(finite) // 2]) if len(finite) else np.nan


def _of_outputs(series: SeriesMetrics, shape: str, last: int) -> str:
    low, high = float(series.value("minimum")[last]), float(series.value("maximum")[last])
    if shape == "constant" and float(series.size[last]) > 1:
        return "No unit fires." if high == 0 else "Every output is the same, whatever the input."
    if shape == "one-sided with a spike at zero" and low == 0:
        sparse = float(series.value("zeros")[last]) >= 0.9
        if 0.9 < high <= 1 and series.info.hint != "relu":
            return "Hardly any unit fires; or probabilities of a network that is very sure." if sparse else SURE
        if not sparse:
            return ORDINARY
        return "A very sparse ReLU, or units that no longer fire."
    if shape == "piled up at its limits":
        return "The units are mostly fully on or off: saturated, or gates and probabilities that are meant to be."
    return ""


def _lost(series: SeriesMetrics) -> str:
    """Say which records hold values that are not finite: the rest of the reading does not speak of them."""
    lost = np.flatnonzero(series.nonfinite)
    if not len(lost):
        return ""
    first = f"{int(series.step[lost[0]]):,}"
    if len(lost) == 1:
        return f"At step {first} it holds NaN or infinity; the rest is said of the other records."
    if lost[-1] - lost[0] + 1 == len(lost) and lost[-1] == len(series) - 1:
        return f"From step {first} on it holds NaN or infinity; the rest is said of the records before."
    return f"{len(lost)} of {len(series)} records hold NaN or infinity, the first at step {first}."

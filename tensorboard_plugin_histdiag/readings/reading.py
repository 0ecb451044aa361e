"""A reading in plain words for every series, healthy ones too: its shape, its place, how it moves, what that means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from ..bounded import Floats, Ints
from ..context import ACTIVATIONS, RunContext
from ..finding import Finding, Severity
from ..measured import SeriesMetrics
from ..model.model import CUT, MAY_CUT
from ..report import Reading
from ..thresholds import Thresholds
from .movement import Movement, movement_of
from .shapes import Here, placed, shape_of

NOISE = 1e-5
"""A bias gradient this much smaller than its layer's weight gradient is what rounding leaves of nothing."""
TINY_BIAS = 1e-3
"""And this much smaller than the largest bias gradient of the run."""
GONE = 3
"""Records without a gradient from which it is said to arrive no more."""
GROWN = 1.5
"""Factor between the typical sizes of the first and the last quarter from which gradients grow, and do not scatter."""

RESHAPED = 0.25
"""Drift of what keeps its spread from which its shape is another."""

LEARNED = "The layer learned and settled."
LEARNING = "The layer is still learning."
LEARNS = "The layer learns."
KEEPS = "It learns and keeps its shape."
SMALLER = "Weights get smaller: often a sign of learning with regularisation."
RANGE = "Weights converge to a range."
CONVERGES = "Usual while training converges; or less of the signal arrives here."
GROWS = "Gradients grow: usual while weights grow, and a sign of instability where the loss rises with them."
ON_OR_OFF = "Many outputs are fully on or off: saturated units, or gates and probabilities that are meant to be so."
SURE = "A ReLU, or probabilities of a network that is very sure."
ORDINARY = "An ordinary share for a ReLU."
ALL_WELL = frozenset({LEARNED, LEARNING, LEARNS, KEEPS, SMALLER, RANGE, CONVERGES, GROWS, SURE, ORDINARY})
"""What is not said of a series that a rule warns of."""


SHOWN = (
    *("mean", "spread", "minimum", "maximum", "zeros", "levels", "top_mass", "edge_low", "edge_high", "uniformity"),
    *("peaks", "valley", "skewness", "kurtosis", "median", "q07", "q31", "q69", "q93", "drift"),
)
"""Metrics of the last record that a text speaks of."""


def read(context: RunContext, limits: Thresholds, findings: Iterable[Finding] = ()) -> Iterator[Reading]:
    """Yield the reading of every series of a run, in the run's order; since its steps last went back, if they did.

    Parameters
    ----------
    findings
        The run's findings: where one warns, the reading says so, and not that all is well.
    """
    warned: dict[str, dict[str, Severity]] = {}
    for finding in findings:
        for span in finding.spans:
            if Severity.INFO not in (finding.severity, span.severity):
                titles = warned.setdefault(span.tag, {})
                worse = Severity.ERROR in (span.severity, titles.get(finding.title))
                titles[finding.title] = Severity.ERROR if worse else span.severity
    context = context.since_break()
    metrics = context.metrics
    told = np.isfinite(metrics.values["mean"].value)
    # The last record of every series that tells something, as plain numbers: an array's cost three times as much.
    until = np.maximum.accumulate(np.where(told, np.arange(len(told)), 0))
    last = until[metrics.series_start[1:] - 1] if len(told) else until
    table = list(zip(*(metrics.values[name].value[last].tolist() for name in SHOWN), strict=True))
    table = table or [()] * len(context.series)  # no series has any record
    for number, (series, values) in enumerate(zip(context.series, table, strict=True)):
        warning = _warned(warned[series.tag]) if series.tag in warned else ""
        records = np.flatnonzero(told[metrics.series_start[number] : metrics.series_start[number + 1]])
        if len(records):
            yield _read(series, context, records, dict(zip(SHOWN, values, strict=True)).__getitem__, warning, limits)
        else:
            yield _nothing(series, warning)


def _warned(severities: Mapping[str, Severity]) -> str:
    """Name the findings about a series, errors first."""
    errors, warnings = (
        "; ".join(title for title, severity in severities.items() if severity is one)
        for one in (Severity.ERROR, Severity.WARNING)
    )
    if not errors:
        return f"There is a warning about it: {warnings}."
    return f"There is an error about it: {errors}{warnings and f'; and a warning: {warnings}'}."


def _nothing(series: SeriesMetrics, warning: str) -> Reading:
    """Say why there is nothing to read."""
    lost = series.nonfinite
    if lost.all() and len(lost):
        masked = series.role == "attention" and not warning
        text = "Every record holds NaN or infinity" + (": usual where a mask writes it." if masked else ".")
    else:
        text = "Every record is empty or holds NaN or infinity." if lost.any() else "Every record is empty."
        text = text if len(lost) else "There is no record of it."
    text = f"{text} {warning}".rstrip()
    return Reading(series.run, series.tag, text, "not finite" if lost.any() else "empty", "", "", None, None)


def _read(
    series: SeriesMetrics, context: RunContext, records: Ints, here: Here, warning: str, limits: Thresholds
) -> Reading:
    first, last = int(records[0]), int(records[-1])
    size = float(series.size[last])
    shape = shape_of(here, size, lambda metric: series[metric][last : last + 1], limits)
    place, sentence = placed(here, size, shape)
    movement = movement_of(series, records, limits)
    function = context.model.function(series) if series.role in ACTIVATIONS else ""
    meaning = _meaning(series, context, shape, movement, last, function, limits)
    if warning and meaning in ALL_WELL:
        meaning = ""
    sentences = [sentence, movement.text, meaning, _modelled(series, function), warning]
    if len(records) < len(series):
        sentences.append(_lost(series))
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


def _meaning(
    series: SeriesMetrics,
    context: RunContext,
    shape: str,
    movement: Movement,
    last: int,
    function: str,
    limits: Thresholds,
) -> str:
    """Say what shape and movement usually mean for this kind of tensor, and the other way to read it."""
    if series.role in ("weight", "embedding") and len(series) >= 3:
        return _of_weights(series, shape, movement, last, limits)
    if series.role in ("bias", "norm-scale", "norm-shift") and movement.word == "unchanged":
        return "It has not learned since then, or it is frozen on purpose."
    if series.role.endswith("gradient"):
        return _of_gradients(series, context, movement, last)
    if series.role in ACTIVATIONS:
        return _of_outputs(series, shape, last, function)
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
        if drift < limits.learning_drift:
            return ""
        return KEEPS if drift < RESHAPED else LEARNS
    if "widening" in movement.word:
        if limits.weight_growth <= movement.factor < np.inf:
            return "Weights that grow so much often mean that training diverges; or they began very small."
        if movement.settled is None:
            return LEARNS
        return LEARNED if movement.settled else LEARNING
    if "narrowing" in movement.word:
        if movement.factor <= limits.weight_shrink:
            return "Weights that shrink so much are driven to 0 by a penalty that outweighs the loss."
        size = series.value("mean_abs")
        if size[last] < size[np.isfinite(size)][0]:
            return SMALLER
        return RANGE
    return ""


def _of_gradients(series: SeriesMetrics, context: RunContext, movement: Movement, last: int) -> str:
    largest = np.maximum(-series.value("minimum"), series.value("maximum"))
    if largest[last] == 0:
        return _missing(largest)
    if _is_rounding(series, context):
        return (
            "Next to nothing beside the gradient of the layer's weights: what rounding leaves, as in front of a"
            " normalisation or in the keys of an attention."
        )
    if movement.factor == np.inf and largest[0] == 0:
        return "No gradient arrived here at first: usual behind a layer that starts at 0, or that is not used at once."
    if "narrowing" in movement.word and _growth(series.value("mean_abs")) < 1 / GROWN:
        return CONVERGES
    if "widening" in movement.word and _growth(series.value("mean_abs")) > GROWN:
        return GROWS
    return ""


def _missing(largest: Floats) -> str:
    """Say that no gradient arrives at the end; "any more" where it has not come back for some records."""
    arrived = np.flatnonzero(largest > 0)
    if not len(arrived):
        return "No gradient arrives here."
    none = np.flatnonzero(largest == 0)
    if none[0] > arrived[-1] and len(none) >= GONE:
        return "No gradient arrives here any more."
    return f"No gradient arrives at {len(none)} of {len(none) + len(arrived)} records, the last among them."


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
    biases = context.last_of("mean_abs")[context.in_roles("bias-gradient")]
    return own < TINY_BIAS * float(np.max(biases, where=np.isfinite(biases), initial=0.0))


def _growth(size: Floats) -> float:
    """Return the typical size in the last quarter of the records over that in the first."""
    quarter = max(1, len(size) // 4)
    first, last = _typical(size[:quarter]), _typical(size[-quarter:])
    return last / first if first > 0 else np.nan


def _typical(size: Floats) -> float:
    finite = np.sort(size[np.isfinite(size)])
    return float(finite[len(finite) // 2]) if len(finite) else np.nan


def _of_outputs(series: SeriesMetrics, shape: str, last: int, function: str) -> str:
    low, high = float(series.value("minimum")[last]), float(series.value("maximum")[last])
    if shape == "constant" and float(series.size[last]) > 1:
        return "No unit fires." if high == 0 else "Every output is the same, whatever the input."
    if shape == "one-sided with a spike at zero" and low == 0:
        sparse = float(series.value("zeros")[last]) >= 0.9
        if 0.9 < high <= 1 and function not in CUT and float(series.value("edge_high")[last]) > 0.1:
            return ON_OR_OFF
        if function not in MAY_CUT:
            return ""
        if 0.9 < high <= 1 and "relu" not in (series.info.hint, function):
            return "Hardly any unit fires; or probabilities of a network that is very sure." if sparse else SURE
        if not sparse:
            return ORDINARY
        return "A very sparse ReLU, or units that no longer fire."
    return ON_OR_OFF if shape == "piled up at its limits" else ""


def _modelled(series: SeriesMetrics, function: str) -> str:
    """Say which function the model names."""
    if not function or (series.role != "activation" and function == "linear"):
        return ""
    return f"{'Its function is' if series.role == 'activation' else 'It goes into'} {function} (from the model)."


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

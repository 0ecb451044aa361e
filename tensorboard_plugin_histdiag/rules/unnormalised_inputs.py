"""Rule unnormalised-inputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..context import RunContext
from ..finding import Evidence, Mark, MarkKind, Severity, Strength
from ..measured import SeriesMetrics
from ..model.model import LIMITED
from ..thresholds import Thresholds
from ..words import number, percent
from ._activations import HARD, as_modelled, at_limits, is_output, is_softmax
from ._gradients import NORM_NOISE
from ._rule import Draft, NotApplicable, Outcome, measured, quotient, rule, span_of
from .saturated_activations import BY_DESIGN


@dataclass(frozen=True)
class _Sign:
    """One sign of inputs that are too large, on the series that shows it."""

    series: SeriesMetrics
    summary: str
    text: str
    evidence: tuple[Evidence, ...]
    severity: Severity = Severity.INFO
    strength: Strength = Strength.LIKELY
    only_hints: bool = False


@rule(
    "unnormalised-inputs",
    scope="run",
    roles=("weight-gradient", "activation", "pre-activation"),
    severity="warning",
)
def unnormalised_inputs(context: RunContext, limits: Thresholds) -> Iterator[Outcome]:
    """The inputs seem to be large numbers that nobody has scaled.

    What it shows
        The gradient of the first layer's weights is far larger than that of its biases; or the first layer's outputs
        sit at the limits of their function at the very first record, though its weights are of usual size.

    Why it matters
        A weight's gradient is its unit's gradient times the input. With inputs of 100 the first layer learns a hundred
        times as fast as the others, or its units saturate before they have learned anything.

    How it is computed
        Median magnitude of the first layer's weight gradient over that of its bias gradient: at least {input_ratio},
        and no later layer's more than {input_later} times that: a note, and a warning where the loss is known to have
        fallen by less than {solved_gain}. Without bias gradients: over the weight gradient of every other layer, at
        least {input_over_layers} (a note). First outputs: mean slope of tanh certainly below {tanh_slope}, of the
        sigmoid below {sigmoid_slope}, or more than {preactivation_share} of the pre-activations outside
        -{preactivation_limit} to {preactivation_limit}, at step 0 or 1; where the ratio of gradients is at least
        {input_hint}, an estimated slope below {input_slope} is enough. That is a warning where the first weights'
        spread times N^(1/4) is at most {usual_initialisation}, a note where they are not logged. Where the log tells
        the layer's function, that says what its limits are. Only where the order of the layers is known, and not for
        networks that have an embedding or normalisation layers. Gates do not count.

    What to try
        - Scale inputs to zero mean and unit variance, or pixels to 0 to 1.
        - Or begin the network with a normalisation layer.

    When it is harmless
        Sparse inputs of which a few are large on purpose.

    References
        LeCun et al. 1998, Efficient BackProp; Schoop et al. 2021, UMLAUT
    """
    if not context.order_known:
        yield NotApplicable("the order of the layers is not known")
        return
    for members in _networks(context):
        if _evens_out(members):
            continue
        steep = _steep(context, members, limits)
        signs = [sign for sign in (_saturated(context, members, limits, steep is not None), steep) if sign]
        if signs and any(not sign.only_hints for sign in signs):
            yield _draft(signs)
            return


def _networks(context: RunContext) -> list[list[SeriesMetrics]]:
    """Return the series of each network; names that tell no network belong to the only one that others tell."""
    placed = [series for series in context.series if series.order >= 0]
    named = {series.info.network for series in placed} - {""}
    if len(named) <= 1:
        return [placed]
    return [[series for series in placed if series.info.network == network] for network in sorted({"", *named})]


def _evens_out(members: Sequence[SeriesMetrics]) -> bool:
    """Tell whether the network begins with an embedding, or normalises somewhere: where, names do not tell."""
    return any(series.role.startswith(("embedding", "norm", "moving")) for series in members)


def _first(members: Sequence[SeriesMetrics], *roles: str) -> list[SeriesMetrics]:
    """Return the series of the first layer that has one in any of the roles."""
    found = [series for series in members if series.role in roles and len(series)]
    least = min((series.order for series in found), default=0)
    return [series for series in found if series.order == least]


def _steep(context: RunContext, members: Sequence[SeriesMetrics], limits: Thresholds) -> _Sign | None:
    """Compare the first layer's weight gradient with its bias gradient, or with the other layers' where it has none."""
    gradients = [
        series for series in members if series.role == "weight-gradient" and len(series) >= limits.sustained_records
    ]
    first = _first(gradients, "weight-gradient")
    later = [series for series in gradients if series not in first]
    if not first or not later:
        return None
    ratio, series = max(((_over_bias(context, one), one) for one in first), key=lambda pair: pair[0])
    by_bias, only_hints = ratio > 0, False
    if by_bias:
        if ratio < limits.input_hint:
            return None
        others = max(_over_bias(context, one) for one in later)
        if others > limits.input_later * ratio:
            return None
        only_hints = ratio < limits.input_ratio
        label, threshold = "weight gradient over bias gradient", limits.input_hint if only_hints else limits.input_ratio
        what = f"{number(ratio)} times that of its bias, at other layers at most {number(others)} times"
    else:
        sizes = [_size(one) for one in later]
        ratio = max(map(_size, first)) / max(sizes) if max(sizes) > 0 else 0.0
        if len(later) < 2 or not np.isfinite(ratio) or ratio < limits.input_over_layers:
            return None
        label, threshold = "weight gradient over the next largest", limits.input_over_layers
        what = f"{number(ratio)} times that of the layer with the next largest"
    text = f"The weight gradient of the first layer, {series.layer or series.tag}, is {what}: it grows with the inputs."
    severity = Severity.INFO
    gain = context.loss_gain() if by_bias and not only_hints else None
    if gain is not None and gain < limits.solved_gain:
        severity = Severity.WARNING
        text += " The loss has not fallen." if gain <= 0 else f" The loss has only fallen by {percent(gain)}."
    return _Sign(
        series,
        f"first weight gradient {number(ratio)} times {'its bias gradient' if by_bias else 'the next largest'}",
        text,
        (quotient(series.tag, label, ratio, over=threshold, metric="mean_abs"),),
        severity=severity,
        only_hints=only_hints,
    )


def _over_bias(context: RunContext, gradient: SeriesMetrics) -> float:
    """Return a weight gradient's median magnitude over its bias gradient's; 0 where that is unknown or noise."""
    bias = context.sibling(gradient, "bias-gradient")
    size = _size(bias) if bias is not None else 0.0
    ratio = _size(gradient) / size if size > 0 else 0.0
    return ratio if ratio < 1 / NORM_NOISE else 0.0


def _size(series: SeriesMetrics) -> float:
    values = series.value("mean_abs")
    ordered = np.sort(values[np.isfinite(values)])  # a third of the time of numpy's median
    return float(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2 if len(ordered) else 0.0


def _saturated(context: RunContext, members: Sequence[SeriesMetrics], limits: Thresholds, steep: bool) -> _Sign | None:
    """Find first outputs that are saturated before any training, though the weights are of usual size."""
    weights = [one for one in _first(members, "weight") if one.size[0] >= limits.least_size and one.step[0] <= 1]
    wide = [float(one["spread"].high[0] * one.size[0] ** 0.25) for one in weights]
    if wide and not max(wide) <= limits.usual_initialisation:
        return None
    for series in _first(members, "activation", "pre-activation"):
        if series.step[0] > 1 or series.info.hint in BY_DESIGN or is_output(series, context):
            continue
        if "gate" in series.tag.lower() or context.model.is_gate(series):
            continue
        function = context.model.function(series)
        found = _limit(series, function, limits)
        certain = found is not None and function not in HARD
        found = found or (_likely_limit(series, function, limits) if steep else None)
        if not found:
            continue
        text = f"The first layer's outputs, {series.tag}, are saturated at step {int(series.step[0]):,} already"
        text += ", though its weights are of usual size." if wide else "."
        text += as_modelled(function)
        severity = Severity.WARNING if wide else Severity.INFO
        strength = Strength.CERTAIN if certain else Strength.LIKELY
        return _Sign(series, "first outputs saturated before training", text, (found,), severity, strength)
    return None


def _limit(series: SeriesMetrics, function: str, limits: Thresholds) -> Evidence | None:
    """Return the proof that the first record is saturated, if it is."""
    if series.role == "pre-activation":
        surely = series["beyond_five"].low[0] > limits.preactivation_share
        if not surely or (function and function not in LIMITED):
            return None
        return measured(series, "beyond_five", 0, over=limits.preactivation_share, unit="share")
    for metric, held in at_limits(series, function, limits, "high"):
        if held[0] and not (metric == "sigmoid_slope" and not function and is_softmax(series)):
            threshold, name = getattr(limits, metric), metric.removesuffix("_slope")
            return measured(series, metric, 0, under=threshold, label=f"mean slope of {name}")
    return None


def _likely_limit(series: SeriesMetrics, function: str, limits: Thresholds) -> Evidence | None:
    """Return the estimate by which the first record is saturated, for inputs that are large by another sign.

    The values at a limit share their bucket with those next to it, so that the slope is estimated too high, and a
    sigmoid of large numbers is exactly 0.
    """
    if series.role == "pre-activation" or function in HARD or (function and function not in LIMITED):
        return None
    low, high = series.value("minimum")[0], series.value("maximum")[0]
    reach = limits.limit_reached
    for metric, least in (("tanh_slope", -1.0), ("sigmoid_slope", 0.0)):
        fills = least <= low <= least + 1 - reach and reach <= high <= 1
        if fills and series.value(metric)[0] < limits.input_slope and not is_softmax(series):
            name = metric.removesuffix("_slope")
            return measured(series, metric, 0, under=limits.input_slope, label=f"mean slope of {name}")
    return None


def _draft(signs: Sequence[_Sign]) -> Draft:
    severity = min((sign.severity for sign in signs), key=lambda one: one.rank)
    spans = tuple(
        span_of(
            sign.series,
            slice(0, len(sign.series)) if sign.series.role == "weight-gradient" else slice(0, 1),
            severity,
        )
        for sign in signs
    )
    return Draft(
        series=tuple(sign.series for sign in signs),
        spans=spans,
        summary=signs[0].summary,
        explanation=" ".join(sign.text for sign in signs) + " The inputs are probably not scaled.",
        evidence=tuple(part for sign in signs for part in sign.evidence),
        marks=tuple(
            Mark(MarkKind.STEP_RANGE, span.tag, span.first_step, span.last_step, None, None, "large inputs")
            for span in spans
        ),
        severity=severity,
        strength=signs[0].strength,
    )

"""Rule vanishing-gradients."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..bounded import Floats
from ..context import RunContext
from ..finding import Mark, MarkKind, Severity, Span, Strength
from ..thresholds import Thresholds
from ..words import number
from ._gradients import Profile, profiles
from ._rule import Draft, NotApplicable, Outcome, held_in, measured, names, quotient, rule, span_of, sustained

_OPENING = 3.0
"""Rise of the ratio from which a way that was closed at the first record is opening."""


@rule(
    "vanishing-gradients",
    scope="run",
    severity="warning",
    roles=("weight-gradient", "bias-gradient"),
    explained_by=("no-gradient", "dead-units", "saturated-activations", "weight-explosion"),
)
def vanishing_gradients(context: RunContext, limits: Thresholds) -> Iterator[Outcome]:
    """Almost no gradient reaches the first layers.

    What it shows
        On its way back from the loss the gradient shrinks from layer to layer; what arrives at the first layers is a
        tiny part of what the last one receives.

    Why it matters
        Layers without a gradient keep their initial weights and pass on a random projection of the input. The loss
        may still fall, because the last layers learn on top of it.

    How it is computed
        Mean magnitude of the first layer's weight gradient over the last layer's, and the same for bias gradients
        (the back-propagated signal itself): below {vanishing_ratio}, as an error below {vanishing_ratio_error}, in
        at least {sustained_records} successive records and over at least {vanishing_layers} layers. Ratios, because
        the scale of the loss sets the absolute size; a mean magnitude below {tiny_gradient} alone is only noted.

    What to try
        - Use ReLU or GELU instead of sigmoid or tanh, or a normalisation layer between the layers.
        - Use an initialisation that fits the activation (Glorot for tanh and sigmoid, He for ReLU), or residual
          connections.

    When it is harmless
        With Adam, or any optimiser that rescales, small gradients still train: look at the drift of the weights
        first. Layers that are frozen on purpose look the same. Behind a last layer that starts at 0 the way opens as
        that layer learns, and nothing is said while it does.

    References
        Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks; Zhang et al.
        2021, AutoTrainer
    """
    looked = False
    for role in ("bias-gradient", "weight-gradient"):
        for profile in profiles(context, role):
            if len(profile.series) < limits.vanishing_layers:
                continue
            looked = True
            draft = _judge(profile, role, context, limits)
            if draft:
                yield draft
                return
    tiny = _tiny(context, limits)
    if tiny:
        yield tiny
    elif not looked:
        yield NotApplicable(f"fewer than {limits.vanishing_layers} layers with gradients at the same steps")


def _tiny(context: RunContext, limits: Thresholds) -> Draft | None:
    """Note weight gradients that are very small at the end, whatever the others are."""
    last = context.last_of("mean_abs")
    found = [
        (series, spans[-1])
        for series in context.having("weight-gradient")
        if 0 < last[series.index] < limits.tiny_gradient
        and (spans := sustained(series["mean_abs"].value < limits.tiny_gradient, limits))
    ]
    if not found:
        return None
    series = tuple(one for one, _ in found)
    typical = [float(np.median(one["mean_abs"].value[records])) for one, records in found]
    return Draft(
        series=series,
        spans=tuple(span_of(one, records, Severity.INFO) for one, records in found),
        summary=f"mean gradient down to {number(min(typical))}",
        explanation=(
            f"The mean magnitude of the gradient of {names(series)} is below {number(limits.tiny_gradient)}. A problem"
            " that is solved, a very large model or a loss that is divided by a large number reach this in health."
        ),
        evidence=tuple(
            measured(one, "mean_abs", records, under=limits.tiny_gradient, label=f"gradient of {one.layer}")
            for one, records in found[:8]
        ),
        marks=tuple(Mark(MarkKind.VALUE, one.tag, None, None, 0.0, 0.0, "0") for one in series),
        severity=Severity.INFO,
        title="Very small gradients",
        advice=(
            "Look at the loss: if it has stopped far from solved, raise the learning rate or the scale of the loss.",
            "In float16 such gradients are lost: scale the loss, or use bfloat16.",
        ),
    )


def _opens(ratio: Floats) -> bool:
    """Tell whether more and more gets through, as behind a head that starts at 0: at first no gradient passes it."""
    return bool(ratio[-1] > _OPENING * ratio[0])


def _median(values: Floats) -> float:
    return float(np.nanmedian(values)) if np.isfinite(values).any() else float("nan")


def _records(held: int, total: int) -> str:
    return f"all {total} records" if held == total else f"the {held} of {total} records in which it is so little"


def _judge(profile: Profile, role: str, context: RunContext, limits: Thresholds) -> Draft | None:
    last = len(profile.series) - 1
    ratio = profile.ratio(0, last)
    spans = sustained(ratio.value < limits.vanishing_ratio, limits)
    if np.isnan(ratio.value[0]):
        spans = [span for span in spans if not _opens(ratio.value[span])]
    if not spans:
        return None
    records = held_in(spans)
    typical = float(np.nanmedian(ratio.value[records]))
    severe = typical < limits.vanishing_ratio_error
    severity = Severity.ERROR if severe else Severity.WARNING
    if not context.order_known:
        severity = Severity.INFO
    threshold = limits.vanishing_ratio_error if severe else limits.vanishing_ratio
    per_layer = [_median(profile.ratio(layer, last).value[records]) for layer in range(last)]
    affected = [layer for layer in range(last) if per_layer[layer] < limits.vanishing_ratio]
    series = tuple(profile.series[layer] for layer in affected)
    first, final = int(profile.step[records[0]]), int(profile.step[records[-1]])
    what = "weight" if role == "weight-gradient" else "bias"
    fold = float(np.float64(typical) ** (-1 / last))  # infinite where the ratio is too small for a number
    explanation = (
        f"On its way back the gradient shrinks about {number(fold)}-fold with every layer. What reaches"
        f" {profile.series[0].layer} is {number(typical)} of what {profile.series[last].layer} receives"
        f" (median over {_records(len(records), len(ratio.value))})."
    )
    if not context.order_known:
        explanation += " The order of the layers is guessed from their names, so first and last may be wrong."
    certain = float(np.nanmedian(ratio.high[records])) < limits.vanishing_ratio
    return Draft(
        series=series,
        spans=tuple(
            Span(profile.series[layer].tag, first, final, _at_layer(per_layer[layer], severity, limits))
            for layer in affected
        ),
        summary=f"{what} gradient, first / last layer: {number(typical)}",
        explanation=explanation + f" Affected: {names(series)}.",
        evidence=tuple(
            quotient(
                profile.series[layer].tag,
                f"{what} gradient, {profile.series[layer].layer} / {profile.series[last].layer}",
                per_layer[layer],
                low=float(np.nanmedian(profile.ratio(layer, last).low[records])),
                high=float(np.nanmedian(profile.ratio(layer, last).high[records])),
                under=threshold if layer == 0 else limits.vanishing_ratio,
                metric="mean_abs",
            )
            for layer in affected[:8]
        ),
        marks=tuple(
            mark
            for one in series
            for mark in (
                Mark(MarkKind.STEP_RANGE, one.tag, first, final, None, None, f"vanishing from step {first:,}"),
                Mark(MarkKind.VALUE, one.tag, None, None, 0.0, 0.0, "0"),
            )
        ),
        severity=severity,
        strength=Strength.CERTAIN if certain else Strength.LIKELY,
    )


def _at_layer(ratio: float, severity: Severity, limits: Thresholds) -> Severity:
    """Return the severity at one layer: an error of the run is only a warning where more of the gradient arrives."""
    if severity is Severity.ERROR and ratio >= limits.vanishing_ratio_error:
        return Severity.WARNING
    return severity

"""Rule activation-collapse."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np

from ..bounded import Bools
from ..context import RunContext
from ..finding import Comparison, Evidence, Mark, MarkKind, Severity, Strength
from ..measured import SeriesMetrics
from ..model.model import MAY_CUT, SHARES
from ..thresholds import Thresholds
from ..words import number
from ._activations import as_modelled, is_output, is_softmax
from ._depth import growth, growth_evidence, hidden_chain
from ._rule import Draft, NotApplicable, Outcome, measured, quotient, rule, span_of, sustained

_BY_DESIGN = ("softmax", "probability", "attention", "mask")
_BOUNDED = ("tanh", "sigmoid", "hardtanh", "hardsigmoid", "relu6")
"""Functions that reach 1 by saturating; elsewhere ones everywhere are a mask or a constant input."""


def _screen(context: RunContext, limits: Thresholds) -> Bools:
    narrow = context.least("spread", "high") <= limits.collapse_spread * np.maximum(
        context.most("maximum"), -context.least("minimum")
    )
    candidate: Bools = narrow | (context.first_of("rms") < limits.collapse_ratio)
    return candidate


@rule(
    "activation-collapse",
    scope="series",
    roles=("activation", "pre-activation"),
    severity="warning",
    screen=_screen,
    explained_by=("poor-initialisation", "dead-units"),
)
def activation_collapse(series: SeriesMetrics, context: RunContext, limits: Thresholds) -> Iterator[Outcome]:
    """A layer's outputs are all but the same, or shrink to nothing on their way through the network.

    What it shows
        The histogram is a single spike away from 0, record after record; or, at the first record, the outputs of each
        hidden layer are smaller than those of the one before, down to next to nothing.

    Why it matters
        What is the same for all inputs and all units tells the next layer nothing about the input, and no gradient
        that comes back through it does, either.

    How it is computed
        Minimum = maximum in at least {sustained_records} successive records (an error), or a spread that is certainly
        below {collapse_spread} of the mean. Through depth: rms of the last hidden layer below {collapse_ratio} of the
        first one's, and below {collapse_ratio} itself, at the first record, falling steadily over at least
        {activation_layers} layers whose order is known. Outputs that are all 0 are left to dead-units, unless the
        log tells that the layer's function is not flat at 0.

    What to try
        - Initialise weights by the rule for the activation function (He for ReLU, Glorot for tanh and sigmoid).
        - Lower the learning rate if the outputs became the same during training.

    When it is harmless
        Layers that start closed by design (gates with a large bias) or that give a constant (position codes), and
        outputs of the last layer around a large mean, which are not judged.

    References
        Glorot & Bengio 2010; He et al. 2015, Delving Deep into Rectifiers; Wardat et al. 2022, DeepDiagnosis
    """
    through_depth = _through_depth(series, context, limits)
    if through_depth is not None:
        yield through_depth
        return
    if len(series) < limits.sustained_records:
        yield NotApplicable(f"fewer than {limits.sustained_records} records")
        return
    if series.size[0] < limits.least_size:
        yield NotApplicable("too few values to differ")
        return
    low, high = series["minimum"].value, series["maximum"].value
    function = context.model.function(series)
    mask = not function and series.info.hint not in _BOUNDED
    by_design = ((low == 0) & (function in MAY_CUT)) | ((low == 1) & mask)
    spans = sustained((low == high) & ~by_design, limits)
    severity = Severity.ERROR
    if not spans:
        if not context.order_known or is_output(series, context):
            return  # what is predicted may lie within a thousandth of its mean
        spread, mean = series["spread"].high, series["mean"]
        nearest = np.minimum(np.abs(mean.low), np.abs(mean.high))
        spans = sustained((spread < limits.collapse_spread * nearest) & (low < high), limits)
        severity = Severity.WARNING
    if not spans:
        return
    shares = function in SHARES or series.info.hint in _BY_DESIGN or (not function and is_softmax(series))
    if shares or "gate" in series.tag.lower() or context.model.is_gate(series):
        yield NotApplicable("probabilities, masks and gates may be all alike by design")
        return
    yield _alike(series, slice(spans[0].start, spans[-1].stop), severity, function, limits)


def _alike(series: SeriesMetrics, records: slice, severity: Severity, function: str, limits: Thresholds) -> Draft:
    span = span_of(series, records, severity)
    mean = float(np.nanmedian(series["mean"].value[records]))
    exact = severity is Severity.ERROR
    relative = 0.0 if exact else float(np.nanmax(series["spread"].high[records])) / abs(mean)
    evidence: Evidence = measured(series, "spread", records, under=limits.collapse_spread * abs(mean))
    if exact:
        evidence = msgspec.structs.replace(
            quotient(series.tag, "maximum - minimum", 0.0, over=0.0, step=span.last_step, metric="spread"),
            comparison=Comparison.EQUAL,
        )
    return Draft(
        series=(series,),
        spans=(span,),
        summary=f"one value, {number(mean)}" if exact else f"all within {number(relative)} of their mean",
        explanation=(
            f"All outputs of {series.layer or series.tag} are {number(mean)}"
            + ("" if exact else f", with a spread of at most {number(relative)} of that,")
            + f" from step {span.first_step:,} to step {span.last_step:,}: the same for every input and every unit."
            + as_modelled(function)
        ),
        evidence=(evidence,),
        marks=(
            Mark(MarkKind.STEP_RANGE, series.tag, span.first_step, span.last_step, None, None, "all alike"),
            Mark(MarkKind.VALUE, series.tag, None, None, mean, mean, number(mean)),
        ),
        severity=severity,
        strength=Strength.CERTAIN,
    )


def _through_depth(series: SeriesMetrics, context: RunContext, limits: Thresholds) -> Draft | None:
    """Judge the last hidden layer of a network by the first one, at the first record."""
    if not len(series) or not series["rms"].value[0] < limits.collapse_ratio:
        return None
    if not context.order_known:
        return None
    chain = hidden_chain(context, series.info.network, limits)
    ratio = growth(chain) if chain and chain[-1].tag == series.tag else None
    if ratio is None or not ratio.value[0] < limits.collapse_ratio:
        return None
    start = float(chain[0]["rms"].value[0])
    small = [one for one in chain if float(one["rms"].value[0]) < limits.collapse_ratio * start]
    struck = tuple(reversed(small))
    step = int(series.step[0])
    return Draft(
        series=struck,
        spans=tuple(span_of(one, slice(0, 1), Severity.WARNING) for one in struck),
        summary=f"outputs shrink to {number(float(ratio.value[0]))} of the first layer's",
        explanation=(
            f"At step {step:,} the outputs of {series.layer or series.tag} are {number(float(ratio.value[0]))} times"
            f" those of {chain[0].layer or chain[0].tag} (rms {number(float(series['rms'].value[0]))} and"
            f" {number(start)}): over {len(chain)} layers they shrink on the whole way."
        ),
        evidence=(growth_evidence(series, ratio, step, under=limits.collapse_ratio),),
        marks=tuple(Mark(MarkKind.STEP, one.tag, step, None, None, None, "shrunk") for one in struck),
        strength=Strength.CERTAIN if ratio.high[0] < limits.collapse_ratio else Strength.LIKELY,
    )

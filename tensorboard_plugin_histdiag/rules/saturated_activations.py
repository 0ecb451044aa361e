"""Rule saturated-activations."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..bounded import Bools
from ..context import RunContext
from ..finding import Mark, MarkKind, Severity, Strength
from ..measured import SeriesMetrics
from ..model.model import LIMITED, SHARES
from ..thresholds import Thresholds
from ..words import number, percent
from ._activations import HARD, as_modelled, at_limits, is_output, is_softmax
from ._rule import Draft, NotApplicable, Outcome, measured, rule, span_of, sustained

BY_DESIGN = ("softmax", "output", "probability", "attention", "mask")


def _screen(context: RunContext, limits: Thresholds) -> Bools:
    tanh = context.least("tanh_slope") < limits.tanh_slope
    sigmoid = context.least("sigmoid_slope") < limits.sigmoid_slope
    beyond = context.most("beyond_five") > limits.preactivation_share
    candidate: Bools = tanh | sigmoid | (beyond & context.in_roles("pre-activation"))
    return candidate


@rule(
    "saturated-activations",
    scope="series",
    roles=("activation", "pre-activation"),
    severity="warning",
    records=3,
    screen=_screen,
    explained_by=("poor-initialisation", "unnormalised-inputs", "weight-explosion"),
)
def saturated_activations(series: SeriesMetrics, context: RunContext, limits: Thresholds) -> Iterator[Outcome]:
    """Most outputs sit at the limits of tanh or sigmoid.

    What it shows
        The values pile up at both ends of the range, where the function is flat.

    Why it matters
        Back-propagation multiplies the gradient by the slope of the function. Where it is flat, hardly any gradient
        passes to the layers below.

    How it is computed
        Mean slope of the function at the logged values, bounded by the buckets: E[1 - a^2] of outputs that fill [-1,
        1], below {tanh_slope} (an error where even the upper bound is below {tanh_slope_error}); 4 E[a (1 - a)] of
        outputs that fill [0, 1], below {sigmoid_slope}. Where the log tells the layer's function, that decides: outputs
        need not fill its range, those of a hard tanh or sigmoid must lie in the buckets at its ends to that extent,
        too, and functions without limits are not judged. Pre-activations: more than {preactivation_share} of them
        outside -{preactivation_limit} to {preactivation_limit}. In at least {sustained_records} successive records.

    What to try
        - Start with smaller weights (Glorot's rule), and scale inputs to zero mean and unit variance.
        - Put a normalisation layer in front of the function, or use another function.

    When it is harmless
        Gates learn to open and close, softmax and other probabilities and masks sit at 0 and 1 by design, and so may
        the outputs of the last layer, which is not judged.

    References
        Glorot & Bengio 2010; Rakitianskaia & Engelbrecht 2015, Measuring saturation in neural networks; Wardat et al.
        2022, DeepDiagnosis
    """
    function = context.model.function(series)
    by_design = series.info.hint in BY_DESIGN and (series.info.hint != "output" or is_output(series, context))
    if by_design or function in SHARES or context.model.is_gate(series) or "gate" in series.tag.lower():
        yield NotApplicable("probabilities, masks and gates sit at their limits by design")
        return
    if function and function not in LIMITED:
        yield NotApplicable(f"the layer's function has no such limits: {function}")
        return
    if series.role == "pre-activation":
        candidates = iter([("beyond_five", series["beyond_five"].value > limits.preactivation_share)])
        if context.model.feeds_norm(series):
            yield NotApplicable("a normalisation comes before the function")
            return
    else:
        candidates = at_limits(series, function, limits)
    for metric, held in candidates:
        spans = sustained(held, limits)
        if not spans:
            continue
        if is_output(series, context) or (metric == "sigmoid_slope" and not function and is_softmax(series)):
            yield NotApplicable("outputs may be meant to sit at their limits")
        else:
            yield _draft(series, slice(spans[0].start, spans[-1].stop), metric, function, limits)
        return


def _draft(series: SeriesMetrics, records: slice, metric: str, function: str, limits: Thresholds) -> Draft:
    bounded = series[metric][records]
    typical, high, low = (float(np.nanmedian(bound)) for bound in (bounded.value, bounded.high, bounded.low))
    severity = Severity.WARNING
    if metric == "beyond_five":
        certain = low > limits.preactivation_share
        evidence = measured(
            series, metric, records, over=limits.preactivation_share, label="share outside -5 to 5", unit="share"
        )
        limit = number(limits.preactivation_limit)
        text = f"{percent(typical)} of the pre-activations lie outside -{limit} to {limit}"
        lines = (-limits.preactivation_limit, limits.preactivation_limit)
    else:
        threshold = limits.tanh_slope if metric == "tanh_slope" else limits.sigmoid_slope
        certain = high < threshold
        if metric == "tanh_slope" and high < limits.tanh_slope_error:
            severity = Severity.ERROR
        if metric == "sigmoid_slope" and records.start > 0:
            # Gates learn to close: what was not so from the start may be wanted.
            severity = Severity.INFO
        name = "tanh" if metric == "tanh_slope" else "sigmoid"
        other = function not in ("", name)
        label = f"mean slope{', as' if other else ''} of {name}"
        evidence = measured(series, metric, records, under=threshold, label=label)
        text = f"The outputs sit at the limits of {function or name}"
        if function in HARD:
            certain = False  # values next to a limit have the full slope, and share its bucket
        else:
            text += f": its mean slope there is {'at most ' * other}{number(typical)} (1 is unsaturated)"
        lines = (-1.0, 1.0) if metric == "tanh_slope" else (0.0, 1.0)
    span = span_of(series, records, severity)
    return Draft(
        series=(series,),
        spans=(span,),
        summary=(
            f"{percent(typical)} outside -5 to 5" if metric == "beyond_five" else f"{evidence.label} {number(typical)}"
        ),
        explanation=f"{text}, from step {span.first_step:,} to step {span.last_step:,}.{as_modelled(function)}",
        evidence=(evidence,),
        marks=(
            Mark(MarkKind.STEP_RANGE, series.tag, span.first_step, span.last_step, None, None, "saturated"),
            *(Mark(MarkKind.VALUE, series.tag, None, None, line, line, f"{line:g}") for line in lines),
        ),
        severity=severity,
        strength=Strength.CERTAIN if certain else Strength.LIKELY,
    )

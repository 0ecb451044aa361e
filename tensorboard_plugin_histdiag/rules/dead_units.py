"""Rule dead-units."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..bounded import Bools
from ..context import RunContext
from ..finding import Evidence, Mark, MarkKind, Severity, Strength
from ..measured import SeriesMetrics
from ..model.model import CUT, MAY_CUT
from ..thresholds import Thresholds
from ..words import percent
from ._activations import are_probabilities, as_modelled, is_output, is_softmax
from ._bias_gradients import of_layers_before, of_same_layer
from ._rule import Draft, NotApplicable, Outcome, measured, rule, span_of, sustained

_SLACK = 0.1
"""How far two estimates of shares of zeros may differ where names tell that both are of one layer."""


def _screen(context: RunContext, limits: Thresholds) -> Bools:
    # A unit can only be dead where the outputs are cut at 0 from below.
    one_sided = context.least("minimum") >= 0
    return one_sided & (context.most("zeros") > 0.05)


@rule(
    "dead-units",
    scope="series",
    roles=("activation",),
    severity="warning",
    records=3,
    screen=_screen,
    explained_by=("poor-initialisation", "unnormalised-inputs", "weight-explosion"),
)
def dead_units(series: SeriesMetrics, context: RunContext, limits: Thresholds) -> Iterator[Outcome]:
    """Most of a layer's units give nothing but zero, and stay that way.

    What it shows
        The histogram has shrunk to a spike at 0, and the layer's bias gradient is exactly 0 for most units: nothing
        that comes in makes them fire, and nothing flows back through them.

    Why it matters
        A unit without a gradient cannot recover by itself. The layer works with the few units that are left.

    How it is computed
        Share of exact zeros in the gradient of the layer's bias (one entry a unit), at least {dead_unit_share} in
        {sustained_records} successive records, where at least as many outputs are 0. Without bias gradients: share of
        exact zeros among the outputs, at least {dead_output_share}. An output layer that is cut at 0 counts from
        {cut_output_share} zeros (a note where they were fewer at first, or the loss is nearly solved all the same),
        or, where it is only the last that is logged, from {dead_final_share} that have risen by {dead_final_rise}.
        More than {sparse_output_share} zeros alone are only noted. Where the log tells the layer's function, only those
        that are flat at 0, as ReLU is, are judged.

    What to try
        - Lower the learning rate, or warm it up.
        - Start biases at 0 and weights by He's rule; or use a leaky ReLU.

    When it is harmless
        Outputs that cannot be negative, such as counts or intensities. Sparse by design: top-k gating, masks, dropout
        that is logged, wide transformer MLPs (94-97 % zeros).

    References
        Lu et al. 2019, Dying ReLU and Initialization; Sokar et al. 2023, The Dormant Neuron Phenomenon; Li et al.
        2023, The Lazy Neuron Phenomenon
    """
    function = context.model.function(series)
    if function not in MAY_CUT:
        yield NotApplicable(f"the layer's function does not cut outputs at 0: {function}")
        return
    outputs = series["zeros"]
    gradient = of_same_layer(series, context, limits)
    for candidate in (gradient,) if gradient is not None else of_layers_before(series, context, limits):
        spans = _silent(series, candidate, limits, _SLACK if gradient is not None else 0.0)
        if spans:
            yield _units(series, candidate, slice(spans[0].start, spans[-1].stop), function, limits)
            return
    if function not in CUT and is_softmax(series):
        yield NotApplicable("probabilities sit at 0 and 1 by design")
        return
    spans = sustained(outputs.value >= limits.dead_output_share, limits)
    if spans and not _learns(gradient, limits):
        records = slice(spans[0].start, spans[-1].stop)
        yield _outputs(series, records, limits.dead_output_share, Severity.ERROR, function)
        return
    if is_output(series, context) and (function in CUT or not are_probabilities(series)):
        risen = outputs.value >= max(limits.dead_final_share, outputs.value[0] + limits.dead_final_rise)
        cut = outputs.value >= limits.cut_output_share
        spans, threshold, severity = sustained(risen, limits), limits.dead_final_share, Severity.WARNING
        if not spans and _is_surely_output(series, context):
            spans, threshold = sustained(cut, limits), limits.cut_output_share
            # Weights drawn around 0 are cut by half from the beginning; what learns to give zeros has a reason.
            learned = outputs.value[0] < limits.cut_output_share
            if learned or (context.loss_gain() or 0.0) >= limits.solved_gain:
                severity = Severity.INFO
        if spans:
            records = slice(spans[0].start, spans[-1].stop)
            yield _outputs(series, records, threshold, severity, function, final=True)
            return
    spans = sustained(outputs.value >= limits.sparse_output_share, limits)
    if spans and not is_output(series, context):
        records = slice(spans[0].start, spans[-1].stop)
        yield _outputs(series, records, limits.sparse_output_share, Severity.INFO, function)


def _silent(series: SeriesMetrics, gradient: SeriesMetrics, limits: Thresholds, slack: float) -> list[slice]:
    """Return where units have no gradient and enough outputs are zero to be theirs, in records of the gradient.

    A solved batch leaves zeros in the gradient of units that do fire. Where few units are left, some records do not
    tell a peak at zero from a tail: those do not end a stretch, but they do not count either.
    """
    near = np.clip(np.searchsorted(series.step, gradient.step, side="right") - 1, 0, len(series) - 1)
    outputs = series["zeros"].value[near]
    share = gradient["zeros"].value
    silent = (share >= limits.dead_unit_share) & (outputs >= share - slack)
    untold = np.isnan(share) & (gradient["zeros"].high >= limits.dead_unit_share) & (outputs >= limits.dead_unit_share)
    return [
        slice(span.start + first, span.stop)
        for span in sustained(silent | untold, limits)
        if silent[span].sum() >= limits.sustained_records
        for first in [int(np.argmax(silent[span]))]
    ]


def _is_surely_output(series: SeriesMetrics, context: RunContext) -> bool:
    """Tell whether these are the outputs by name, model or weights, not only for being the last that is logged."""
    named = series.info.hint == "output"
    return named or context.model.is_output(series) is True or bool(context.having("weight"))


def _learns(gradient: SeriesMetrics | None, limits: Thresholds) -> bool:
    """Tell whether most units do have a gradient, however seldom they fire."""
    if gradient is None:
        return False
    return bool(np.nanmedian(gradient["zeros"].value[-limits.sustained_records :]) < limits.dead_unit_share)


def _units(series: SeriesMetrics, gradient: SeriesMetrics, records: slice, function: str, limits: Thresholds) -> Draft:
    share = float(np.nanmedian(gradient["zeros"].value[records]))
    units = float(gradient.size[records.stop - 1])
    severity = Severity.ERROR if share >= limits.dead_output_share else Severity.WARNING
    span = span_of(gradient, records, severity)
    # The activation may be logged at other steps than the gradient.
    covered = _covering(series, span.first_step, span.last_step)
    own = span_of(series, covered, severity)
    zeros = float(np.nanmedian(series["zeros"].value[covered]))
    certain = bool(np.nanmedian(gradient["zeros"].low[records]) >= limits.dead_unit_share)
    outputs_certain = bool(np.nanmedian(series["zeros"].low[covered]) >= limits.dead_unit_share)
    return Draft(
        series=(series, gradient),
        spans=(own, span),
        summary=f"{percent(share)} of the bias gradient is {'exactly ' * certain}0",
        explanation=(
            f"{_units_of(share, units)} of {series.layer or series.tag} get no gradient: {percent(share)} of the bias"
            f" gradient is {_zero(certain)} (median since step {span.first_step:,}). So are {percent(zeros)} of the"
            f" outputs: these units hardly fire, and without a gradient their own weights stay as they are."
            f"{as_modelled(function)}"
        ),
        evidence=(
            measured(
                gradient, "zeros", records, over=limits.dead_unit_share, label="zeros, bias gradient", unit="share"
            ),
            measured(series, "zeros", covered, label="zeros, outputs", unit="share"),
        ),
        marks=(
            *_marks(series.tag, own.first_step, own.last_step, certain=outputs_certain),
            *_marks(gradient.tag, span.first_step, span.last_step, certain=certain),
        ),
        severity=severity,
        strength=Strength.CERTAIN if certain else Strength.LIKELY,
    )


def _units_of(share: float, units: float) -> str:
    return f"All {units:.0f} units" if share == 1 else f"About {share * units:.0f} of the {units:.0f} units"


def _outputs(
    series: SeriesMetrics, records: slice, threshold: float, severity: Severity, function: str, *, final: bool = False
) -> Draft:
    share = float(np.nanmedian(series["zeros"].value[records]))
    span = span_of(series, records, severity)
    certain = bool((series["zeros"].low[records] >= threshold).all())
    evidence: Evidence = measured(series, "zeros", records, over=threshold, label="zeros, outputs", unit="share")
    if final:
        text = f"The last layer is cut at 0: {percent(share)} of its outputs are {_zero(certain)}."
        text += as_modelled(function) or " A ReLU on the output?"
    elif severity is Severity.INFO:
        text = f"{percent(share)} of the outputs are {_zero(certain)}: a very sparse layer, which can be healthy."
        text += as_modelled(function)
    else:
        text = (
            f"{percent(share)} of the outputs of {series.layer or series.tag} are {_zero(certain)} from step"
            f" {span.first_step:,}. The histogram counts outputs, not units.{as_modelled(function)}"
        )
    return Draft(
        series=(series,),
        spans=(span,),
        summary=f"{percent(share)} of the outputs are {'exactly ' * certain}0",
        explanation=text,
        evidence=(evidence,),
        marks=_marks(series.tag, span.first_step, span.last_step, certain=certain),
        severity=severity,
        strength=Strength.CERTAIN if certain else Strength.LIKELY,
        title="Very sparse outputs" if severity is Severity.INFO else "",
    )


def _covering(series: SeriesMetrics, first: int, last: int) -> slice:
    begin = int(np.searchsorted(series.step, first))
    end = int(np.searchsorted(series.step, last, side="right"))
    begin = min(begin, len(series) - 1)
    return slice(begin, max(end, begin + 1))


def _zero(certain: bool) -> str:
    return "exactly 0" if certain else "0 as far as buckets show"


def _marks(tag: str, first: int, last: int, *, certain: bool) -> tuple[Mark, ...]:
    return (
        Mark(MarkKind.STEP_RANGE, tag, first, last, None, None, f"zeros from step {first:,}"),
        Mark(MarkKind.VALUE, tag, None, None, 0.0, 0.0, "exactly 0" if certain else "about 0"),
    )

"""Rule no-gradient."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np

from ..bounded import Bools
from ..context import GRADIENTS, RunContext
from ..finding import Comparison, Mark, MarkKind, Severity, Strength
from ..measured import SeriesMetrics
from ..thresholds import Thresholds
from ._binary import rounded_to_zero
from ._rule import Draft, NotApplicable, Outcome, measured, rule, span_of, sustained
from ._weights import is_expert

_ROLES = ("weight-gradient", "bias-gradient", "norm-gradient", "gradient")


def _screen(context: RunContext, limits: Thresholds) -> Bools:
    return context.most("zeros", "low") >= 1


_SOLVED = 1e-6
"""Share of its first value below which a loss leaves nothing to learn."""


@rule(
    "no-gradient",
    scope="series",
    roles=_ROLES,
    severity="error",
    records=3,
    screen=_screen,
    explained_by=("dead-units", "poor-initialisation", "gradient-underflow", "weight-explosion"),
)
def no_gradient(series: SeriesMetrics, context: RunContext, limits: Thresholds) -> Iterator[Outcome]:
    """A gradient is exactly zero, everywhere, record after record.

    What it shows
        Minimum and maximum of the gradient are both exactly 0: nothing at all flows back to this parameter.

    Why it matters
        Without a gradient the parameter cannot learn.

    How it is computed
        Minimum = maximum = 0 in at least {sustained_records} successive records. That is certain. A note where the
        loss has come down to 0 as well. Embeddings and experts are not judged: a batch may pass them by.

    What to try
        - Check that the layer is connected to the loss: no detach(), stop_gradient(), no_grad() or unused branch.
        - See whether the units above it are dead, and whether gradients are logged before they are reset to zero.

    When it is harmless
        Layers that are frozen on purpose, and branches that are used in a part of the training only. A parameter behind
        a zero-initialised partner (LoRA A, a zero-initialised residual branch) has one such record, not three. A bias
        that the loss ignores, as of a critic whose outputs are only compared (a note, where its weights do learn).

    References
        Lu et al. 2019, Dying ReLU and Initialization; Hu et al. 2021, LoRA
    """
    if is_expert(series):
        yield NotApplicable("a batch may pass an expert by")
        return
    spans = sustained(series["zeros"].low >= 1, limits)
    if not spans:
        return
    records = slice(spans[0].start, spans[-1].stop)
    logged = [other for other in context.having(*GRADIENTS) if len(other)]
    everywhere = len(logged) > 1 and all((other["zeros"].low >= 1).all() for other in logged)
    everywhere = everywhere and not any(rounded_to_zero(other).any() for other in logged)
    solved = _is_solved(context)
    idle = _has_no_effect(series, context)
    severity = Severity.INFO if solved or idle else Severity.ERROR
    span = span_of(series, records, severity)
    explanation = f"The gradient {series.tag} is exactly 0 from step {span.first_step:,} to step {span.last_step:,}."
    if everywhere:
        explanation = (
            "Gradients were probably logged after the optimiser had set them to zero (zero_grad): every logged gradient"
            f" is exactly 0 at every record. {explanation}"
        )
    elif idle:
        explanation += " Its layer's weights do get one: this bias has no effect on the loss."
    elif solved:
        explanation += " The loss is 0 by then: nothing is left to learn."
    elif np.count_nonzero(rounded_to_zero(series)) >= limits.sustained_records:
        explanation += (
            " Some of the zeros are -0, which is left of a negative number that is rounded to 0 or multiplied by 0:"
            " there was a gradient, too small for its number format or switched off."
        )
    else:
        explanation += " Nothing flows back to it: it is cut off from the loss, or the units behind it give nothing."
    yield Draft(
        series=(series,),
        spans=(span,),
        summary="all values exactly 0" + (", as in all gradients: logged after zero_grad()?" if everywhere else ""),
        explanation=explanation,
        evidence=(
            msgspec.structs.replace(
                measured(series, "zeros", records, over=1.0, label="exact zeros", unit="share"),
                comparison=Comparison.EQUAL,
            ),
        ),
        marks=(
            Mark(MarkKind.STEP_RANGE, series.tag, span.first_step, span.last_step, None, None, "exactly 0"),
            Mark(MarkKind.VALUE, series.tag, None, None, 0.0, 0.0, "exactly 0"),
        ),
        severity=severity,
        strength=Strength.CERTAIN,
        advice=("Log gradients after backward() and before zero_grad().",) if everywhere else (),
    )


def _has_no_effect(series: SeriesMetrics, context: RunContext) -> bool:
    """Tell whether the weights of a bias do get a gradient: then the way is open, and the loss ignores the bias."""
    weight = context.sibling(series, "weight-gradient") if series.role == "bias-gradient" else None
    return weight is not None and len(weight) > 0 and not (weight["zeros"].low[-1] >= 1)


def _is_solved(context: RunContext) -> bool:
    """Tell whether the training loss has come down to nothing."""
    loss = context.loss
    if loss is None or loss.kind != "loss" or not loss.value[0] > 0:
        return False
    return bool(np.median(loss.value[-3:]) <= _SOLVED * loss.value[0])

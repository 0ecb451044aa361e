"""Rule no-gradient."""

from __future__ import annotations

from collections.abc import Iterator

from ..bounded import Bools
from ..context import GRADIENTS, RunContext
from ..finding import Mark, MarkKind, Severity, Strength
from ..measured import SeriesMetrics
from ..thresholds import Thresholds
from ._rule import Draft, measured, rule, span_of, sustained

_ROLES = ("weight-gradient", "bias-gradient", "norm-gradient", "gradient")


def _screen(context: RunContext, limits: Thresholds) -> Bools:
    return context.most("zeros", "low") >= 1


@rule(
    "no-gradient",
    scope="series",
    roles=_ROLES,
    severity="error",
    records=3,
    screen=_screen,
    explained_by=("dead-units", "poor-initialisation"),
)
def no_gradient(series: SeriesMetrics, context: RunContext, limits: Thresholds) -> Iterator[Draft]:
    """A gradient is exactly zero, everywhere, record after record.

    What it shows
        Minimum and maximum of the gradient are both exactly 0: nothing at all flows back to this parameter.

    Why it matters
        Without a gradient the parameter cannot learn.

    How it is computed
        Minimum = maximum = 0 in at least {sustained_records} successive records. That is certain.

    What to try
        - Check that the layer is connected to the loss: no detach(), stop_gradient(), no_grad() or unused branch.
        - See whether the units above it are dead, and whether gradients are logged before they are reset to zero.

    When it is harmless
        Layers that are frozen on purpose, and branches that a part of the training does not use. A parameter behind
        a zero-initialised partner (LoRA A, a zero-initialised residual branch) has one such record, not three.

    References
        Lu et al. 2019, Dying ReLU and Initialization; Hu et al. 2021, LoRA
    """
    spans = sustained(series["zeros"].low >= 1, limits)
    if not spans:
        return
    records = slice(spans[0].start, spans[-1].stop)
    logged = context.having(*GRADIENTS)
    everywhere = all((other["zeros"].low >= 1).all() for other in logged if len(other))
    span = span_of(series, records, Severity.ERROR)
    explanation = f"The gradient {series.tag} is exactly 0 from step {span.first_step:,} to step {span.last_step:,}."
    if everywhere:
        explanation += (
            " So is every other logged gradient, at every record: they were probably logged after the optimiser had"
            " set them to zero (zero_grad)."
        )
    yield Draft(
        series=(series,),
        spans=(span,),
        summary="all values exactly 0" + (", as in all gradients: logged after zero_grad()?" if everywhere else ""),
        explanation=explanation,
        evidence=(measured(series, "zeros", records, over=1.0, label="exact zeros", unit="share"),),
        marks=(
            Mark(MarkKind.STEP_RANGE, series.tag, span.first_step, span.last_step, None, None, "exactly 0"),
            Mark(MarkKind.VALUE, series.tag, None, None, 0.0, 0.0, "exactly 0"),
        ),
        strength=Strength.CERTAIN,
        advice=("Log gradients after backward() and before zero_grad().",) if everywhere else (),
    )

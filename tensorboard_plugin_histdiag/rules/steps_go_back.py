"""Rule steps-go-back."""

from __future__ import annotations

from collections.abc import Iterator

from ..context import RunContext
from ..finding import Comparison, Evidence, Mark, MarkKind, Severity, Span, Strength
from ..thresholds import Thresholds
from ._rule import Draft, rule


@rule("steps-go-back", scope="run", severity="warning")
def steps_go_back(context: RunContext, limits: Thresholds) -> Iterator[Draft]:
    """The steps of this run repeat or go back: a resumed training, or two runs in one directory.

    What it shows
        A record was logged at the same step as one before it, or at an earlier one.

    Why it matters
        Records of two trainings stand in one series. TensorBoard drops those that a lower step overtakes, so the
        picture is a patchwork, and a change at the seam is not a change in training.

    How it is computed
        The order of records in the event files. That is certain. Records at the step and later that were written
        before are left out, as TensorBoard's data server does. That server, which TensorBoard and the command line
        use where they can, leaves no trace of them: only TensorBoard's Python reader (--load_fast=false) shows it.

    What to try
        - Give every training its own directory, and every record its step.
        - When resuming from a checkpoint, log into the same directory only with steps that go on.

    When it is harmless
        A training that was resumed from a checkpoint after a crash: the repeated steps are simply replaced.

    References
        TensorBoard documentation, How to organise runs
    """
    struck = [series for series in context.series if series.stepped_back]
    if not struck:
        return
    struck.sort(key=lambda series: (series.back_at, series.tag))
    first = struck[0]
    # A writer that is given no step writes 0 each time.
    stuck = [series for series in struck if len(series) == 1 and series.stepped_back > 1]
    seam = (
        f"All records of {len(stuck)} of {len(context.series)} tensors were written at step {first.back_at:,}, so that"
        " only the last one is left: was the step not given to the writer?"
        if stuck
        else f"In {len(struck)} of {len(context.series)} tensors the steps go back, first to step {first.back_at:,}."
        " Earlier records at these steps are left out, and what compares records with each other looks at those from"
        " there on only."
    )
    yield Draft(
        series=tuple(struck),
        spans=tuple(Span(series.tag, series.back_at, int(series.step[-1]), Severity.WARNING) for series in struck),
        summary=f"back to step {first.back_at:,} in {len(struck)} of {len(context.series)} tensors",
        explanation=seam,
        evidence=(
            Evidence(
                first.tag,
                "",
                "times the steps went back",
                first.back_at,
                None,
                float(first.stepped_back),
                None,
                "",
                0.0,
                Comparison.OVER,
                "",
            ),
        ),
        marks=tuple(
            Mark(MarkKind.STEP, series.tag, series.back_at, None, None, None, "steps go back") for series in struck
        ),
        strength=Strength.CERTAIN,
    )

"""Rule loss-not-finite."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..context import RunContext
from ..finding import Comparison, Evidence, Severity, Span, Strength
from ..measured import stretches
from ..scalar import Scalar
from ..thresholds import Thresholds
from ..words import counted
from ._rule import Draft, NotApplicable, Outcome, rule


@rule(
    "loss-not-finite",
    scope="run",
    severity="error",
    silences=True,
    explained_by=("non-finite-values", "weight-explosion", "exploding-gradients"),
    title="The loss is not finite",
)
def loss_not_finite(context: RunContext, limits: Thresholds) -> Iterator[Outcome]:
    """The loss is NaN or infinite.

    What it shows
        A loss of this run has no value from some step on, or at some steps. TensorBoard draws nothing there.

    Why it matters
        Gradients of such a loss are NaN as well, and after one update with them so is every weight.

    How it is computed
        NaN or infinity in a training loss at {sustained_records} successive records or at the last one, or in a
        validation loss to the end. That is certain. A note where finite values follow.

    What to try
        - Look at the batch of that step, and at logarithms, divisions, roots and exponentials in the loss.
        - Lower the learning rate or clip gradients by their global norm, if the loss grew before that step.

    When it is harmless
        Single steps that dynamic loss scaling skips; a mean over no example, as in an empty batch; NaN that stands
        for "not evaluated".

    References
        Micikevicius et al. 2018, Mixed Precision Training; Wardat et al. 2021, DeepLocalize
    """
    losses = [scalar for scalar in context.scalars if scalar.kind.endswith("loss") and len(scalar.step)]
    if not losses:
        yield NotApplicable("the loss is not logged")
        return
    struck = sorted((loss for loss in losses if not np.isfinite(loss.value).all()), key=_first_step)
    if not struck:
        return
    lasting = sorted((loss for loss in struck if _lasts(loss, limits)), key=_first_step)
    shown, severity = (lasting, Severity.ERROR) if lasting else (struck, Severity.INFO)
    first = shown[0]
    step, lost = _first_step(first), int((~np.isfinite(first.value)).sum())
    explanation = f"{first.tag} is first NaN or infinite at step {step:,}, and so in {lost:,} of"
    explanation += f" {counted(len(first.value), 'record')}."
    if len(shown) > 1:
        others = ", ".join(loss.tag for loss in shown[1:4])
        explanation += f" So {'are' if len(shown) > 2 else 'is'} {others}{' and others' if len(shown) > 4 else ''}."
    if not lasting:
        explanation += " Finite values follow, so training went on."
    elif not context.metrics.nonfinite.any():
        explanation += " All logged tensors are finite."
    yield Draft(
        series=(),
        spans=tuple(Span(loss.tag, _first_step(loss), _last_step(loss), severity) for loss in shown),
        summary=f"{first.tag} is NaN or infinite from step {step:,}",
        explanation=explanation,
        evidence=tuple(_evidence(loss) for loss in shown),
        severity=severity,
        strength=Strength.CERTAIN,
    )


def _lasts(loss: Scalar, limits: Thresholds) -> bool:
    """Tell whether a loss was lost for good or for a while; of validation, NaN may stand for "not evaluated"."""
    lost = ~np.isfinite(loss.value)
    spans = stretches(lost)
    if loss.kind == "validation-loss":
        return bool(lost[spans[0].start :].all())
    longest = max(span.stop - span.start for span in spans)
    return longest >= limits.sustained_records or bool(lost[-1])


def _evidence(loss: Scalar) -> Evidence:
    at = int(np.flatnonzero(~np.isfinite(loss.value))[0])
    word = str(loss.value[at])
    return Evidence(loss.tag, loss.kind, "loss", int(loss.step[at]), None, None, None, word, None, Comparison.EQUAL, "")


def _first_step(loss: Scalar) -> int:
    return int(loss.step[np.flatnonzero(~np.isfinite(loss.value))[0]])


def _last_step(loss: Scalar) -> int:
    return int(loss.step[np.flatnonzero(~np.isfinite(loss.value))[-1]])

"""Rule non-finite-values."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..context import GRADIENTS, RunContext
from ..finding import Comparison, Evidence, Mark, MarkKind, Severity, Span, Strength
from ..measured import SeriesMetrics, stretches
from ..thresholds import Thresholds
from ..words import counted
from ._rule import Draft, rule


@rule("non-finite-values", scope="run", severity="error", silences=True, title="Non-finite values")
def non_finite_values(context: RunContext, limits: Thresholds) -> Iterator[Draft]:
    """Tensors hold NaN or infinite values.

    What it shows
        At least one value was NaN or infinite when the histogram was logged. Most writers then lose the whole
        histogram, and the stock tabs draw nothing there.

    Why it matters
        NaN spreads: once a weight is NaN, every output, loss and gradient that depends on it is NaN as well, and
        training cannot recover by itself.

    How it is computed
        An edge of a bucket is not finite. That is certain. In gradients it counts when it lasts
        {nonfinite_gradient_records} records or when weights follow; an isolated infinity there is only noted.

    What to try
        - Look at the first tensor and step named here: compute its logarithms, divisions, roots and exponentials in
          a stable form (log-softmax, an epsilon), and check the input batch for NaN.
        - Lower the learning rate or clip gradients by their global norm, if values grew before that step.

    When it is harmless
        An isolated infinity in gradients under dynamic loss scaling: that step is skipped on purpose. Minus infinity
        in attention logits is a mask.

    References
        Micikevicius et al. 2018, Mixed Precision Training; TensorBoard issue 87
    """
    if not context.metrics.nonfinite.any():
        return
    struck = [
        series for series in context.series if series.nonfinite.any() and series.role not in ("attention", "mask")
    ]
    gradients = [series for series in struck if series.role in GRADIENTS or series.role.endswith("gradient")]
    others = [series for series in struck if series not in gradients]
    lasting = [series for series in gradients if others or _longest(series) >= limits.nonfinite_gradient_records]
    faulty = sorted([*others, *lasting], key=_onset)
    if faulty:
        yield _draft(context, faulty, Severity.ERROR)
    elif gradients:
        yield _draft(context, sorted(gradients, key=_onset), Severity.INFO)


def _draft(context: RunContext, struck: list[SeriesMetrics], severity: Severity) -> Draft:
    step = _first_step(struck[0])
    together = [series for series in struck if _first_step(series) == step]
    later = [series for series in struck if _first_step(series) > step]
    spared = len(context.series) - len(struck)
    explanation = f"NaN or infinity appears at step {step:,}, first in {_listed(together)}"
    explanation += f"; by step {_first_step(later[-1]):,} it has reached {_listed(later)}." if later else "."
    if severity is Severity.INFO:
        explanation += " It did not last and went no further: under dynamic loss scaling this is usual."
    elif spared:
        explanation += f" {counted(spared, 'other tensor')} {'is' if spared == 1 else 'are'} finite throughout."
    else:
        explanation += " No tensor is spared."
    shown = [struck[0], *{series.role: series for series in reversed(struck[1:])}.values()]
    return Draft(
        series=tuple(struck),
        spans=tuple(Span(series.tag, _first_step(series), _last_step(series), severity) for series in struck),
        summary=f"NaN or Inf in {len(struck)} of {len(context.series)} tensors from step {step:,}",
        explanation=explanation,
        evidence=tuple(_evidence(series.tag, _first_step(series)) for series in dict.fromkeys(shown)),
        marks=tuple(
            Mark(MarkKind.STEP, series.tag, _first_step(series), None, None, None, "not finite from here")
            for series in struck
        ),
        severity=severity,
        strength=Strength.CERTAIN,
    )


def _listed(struck: list[SeriesMetrics]) -> str:
    tags = [series.tag for series in struck]
    return ", ".join(tags) if len(tags) <= 3 else f"{tags[0]}, {tags[1]} and {counted(len(tags) - 2, 'more tensor')}"


def _evidence(tag: str, step: int) -> Evidence:
    return Evidence(tag, "", "NaN or infinite values", step, None, None, None, "NaN or Inf", None, Comparison.EQUAL, "")


def _onset(series: SeriesMetrics) -> tuple[int, bool, int, str]:
    """Order by step, then by the way the values took: forward through outputs, backward through gradients."""
    backward = series.role.endswith("gradient")
    return _first_step(series), backward, -series.order if backward else series.order, series.tag


def _first_step(series: SeriesMetrics) -> int:
    return int(series.step[np.flatnonzero(series.nonfinite)[0]])


def _last_step(series: SeriesMetrics) -> int:
    return int(series.step[np.flatnonzero(series.nonfinite)[-1]])


def _longest(series: SeriesMetrics) -> int:
    return max((span.stop - span.start for span in stretches(series.nonfinite)), default=0)

"""Rule rounded-updates."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..context import RunContext
from ..finding import Mark, MarkKind, Severity, Strength
from ..measured import SeriesMetrics
from ..thresholds import Thresholds
from ..words import counted
from ._binary import BFLOAT16_BITS, FLOAT16_BITS, binary_digits
from ._rule import Draft, NotApplicable, Outcome, names, quotient, rule, span_of

_ROLES = ("weight", "embedding")
_FORMATS = ((BFLOAT16_BITS, "bfloat16"), (FLOAT16_BITS, "float16"))


@rule("rounded-updates", scope="run", roles=_ROLES, severity="warning", default=False)
def rounded_updates(context: RunContext, limits: Thresholds) -> Iterator[Outcome]:
    """Weights are kept in 16 bits while they train, so that small updates are rounded away.

    What it shows
        The smallest and the largest weight change from record to record, but at every record both are numbers that
        bfloat16 (or float16) can hold.

    Why it matters
        A weight in bfloat16 has 8 binary digits: an update smaller than 1/512 of it changes nothing. Late in training
        most updates are smaller, and learning ends without a sign.

    How it is computed
        Minimum and maximum, which are logged exactly, need at most 8 binary digits (bfloat16) or 11 (float16) at every
        record, with at least {rounded_extremes} different such values in a tensor. One float32 number in 65,536 (or
        8,192) does so by chance. The values between cannot be seen: that all of them are so is likely, not certain.

    What to try
        - Keep a float32 copy of the weights for the optimiser (mixed precision, or torchao's and Apex's optimisers).
        - Or round at random (stochastic rounding), which keeps small updates on average.

    When it is harmless
        In mixed precision, where only the 16-bit copy is logged and float32 weights are behind it; weights that are
        quantised on purpose. It is off by default for that.

    References
        Micikevicius et al. 2018, Mixed Precision Training; Zamirai et al. 2020, Revisiting BFloat16 Training
    """
    weights = [series for series in context.having(*_ROLES) if len(series) >= limits.sustained_records]
    if not weights:
        yield NotApplicable("no weights with enough records are logged")
        return
    digits = [_digits(series, limits) for series in weights]
    for most, word in _FORMATS:
        rounded = [series for series, needed in zip(weights, digits, strict=True) if 0 < needed <= most]
        if not rounded:
            continue
        first = rounded[0]
        spans = tuple(span_of(series, slice(0, len(series)), Severity.WARNING) for series in rounded)
        yield Draft(
            series=tuple(rounded),
            spans=spans,
            summary=f"{counted(len(rounded), 'weight tensor')} in {word}",
            explanation=(
                f"The smallest and largest weight of {names(rounded)} move, yet every one of them is a number that"
                f" {word} can hold: the weights are kept in {word}, and smaller updates than its step are lost."
            ),
            evidence=(
                quotient(
                    first.tag,
                    "binary digits of minimum and maximum",
                    float(digits[weights.index(first)]),
                    under=float(most),
                    metric="maximum",
                ),
            ),
            marks=tuple(
                Mark(MarkKind.NOTE, series.tag, span.first_step, span.last_step, None, None, f"only {word} numbers")
                for series, span in zip(rounded, spans, strict=True)
            ),
            strength=Strength.LIKELY,
        )
        return


def _digits(series: SeriesMetrics, limits: Thresholds) -> int:
    """Return how many binary digits the ends of all records need; 0 where too few of them tell."""
    ends = np.concatenate([series["minimum"].value, series["maximum"].value])
    ends = np.unique(np.abs(ends[np.isfinite(ends)]))
    needed = binary_digits(ends)
    return int(needed.max()) if np.count_nonzero(needed > 1) >= limits.rounded_extremes else 0

"""Rule unbalanced-gradients."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..context import RunContext
from ..finding import Mark, MarkKind, Severity, Span, Strength
from ..thresholds import Thresholds
from ..words import number
from ._gradients import Profile, profiles
from ._rule import Draft, NotApplicable, Outcome, quotient, rule, sustained


@rule(
    "unbalanced-gradients",
    scope="run",
    roles=("weight-gradient",),
    severity="warning",
    default=False,
    explained_by=("vanishing-gradients", "exploding-gradients", "no-gradient", "dead-units"),
)
def unbalanced_gradients(context: RunContext, limits: Thresholds) -> Iterator[Outcome]:
    """The largest and the smallest weight gradient of a network differ ten thousand-fold.

    What it shows
        One layer's gradient is many powers of ten larger than another's, whatever their places in depth.

    Why it matters
        With one learning rate for all (SGD, momentum) either the one layer moves too fast or the other hardly at all.

    How it is computed
        Mean magnitude of the weight gradients of one network, largest over smallest, above {unbalanced_ratio} in at
        least {sustained_records} successive records. Gradients that are exactly 0 are left to no-gradient. Certain
        where the bounds of both magnitudes say so.

    What to try
        - Use an optimiser that scales each parameter by itself (Adam, RMSprop), or a learning rate for each group.
        - Normalise activations, or initialise by the rule for the activation function.

    When it is harmless
        With Adam and its kin, which divide by the gradient's own size; where a layer is fine-tuned beside a new one,
        behind zero-initialised or very small scales. It is off by default for that.

    References
        Glorot & Bengio 2010; Zhang et al. 2021, AutoTrainer
    """
    networks = [
        profile for profile in profiles(context, "weight-gradient") if len(profile.step) >= limits.sustained_records
    ]
    if not networks:
        yield NotApplicable("fewer than 2 weight gradients at the same steps")
        return
    found = [draft for profile in networks if (draft := _judge(profile, limits)) is not None]
    if found:
        yield max(found, key=lambda draft: draft.evidence[0].value or 0.0)


def _judge(profile: Profile, limits: Thresholds) -> Draft | None:
    size = np.where(profile.size.value > 0, profile.size.value, np.nan)
    known = np.isfinite(size).sum(axis=0) >= 2
    size[:, ~known] = np.nan
    ratio = np.full(len(profile.step), np.nan)
    ratio[known] = np.nanmax(size[:, known], axis=0) / np.nanmin(size[:, known], axis=0)
    spans = sustained(ratio > limits.unbalanced_ratio, limits)
    if not spans:
        return None
    span = max(spans, key=lambda one: one.stop - one.start)
    typical = np.full(len(size), np.nan)
    sized = np.isfinite(size[:, span]).any(axis=1)
    typical[sized] = np.nanmedian(size[sized, span], axis=1)
    large, small = int(np.nanargmax(typical)), int(np.nanargmin(typical))
    bounds = profile.ratio(large, small)[span]
    value, low, high = (float(np.nanmedian(part)) for part in (bounds.value, bounds.low, bounds.high))
    pair = profile.series[large], profile.series[small]
    first, last = int(profile.step[span.start]), int(profile.step[span.stop - 1])
    certain = bool((bounds.low > limits.unbalanced_ratio).all())
    return Draft(
        series=pair,
        spans=tuple(Span(series.tag, first, last, Severity.WARNING) for series in pair),
        summary=f"gradient of {pair[0].layer} {number(value)} times that of {pair[1].layer}",
        explanation=(
            f"The gradient {pair[0].tag} is {number(value)} times as large as {pair[1].tag} (mean magnitudes, median"
            f" from step {first:,} to step {last:,})."
        ),
        evidence=(
            quotient(
                pair[1].tag,
                "largest over smallest",
                value,
                low=low,
                high=high,
                over=limits.unbalanced_ratio,
                metric="mean_abs",
            ),
        ),
        marks=tuple(Mark(MarkKind.STEP_RANGE, series.tag, first, last, None, None, "unbalanced") for series in pair),
        strength=Strength.CERTAIN if certain else Strength.LIKELY,
    )

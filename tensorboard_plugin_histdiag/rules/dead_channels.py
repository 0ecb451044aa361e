"""Rule dead-channels."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from ..bounded import Bools, Floats
from ..context import RunContext
from ..finding import Mark, MarkKind, Severity, Strength
from ..measured import SeriesMetrics, stretches
from ..thresholds import Thresholds
from ..words import number, percent
from ._rule import Draft, NotApplicable, Outcome, measured, quotient, rule, span_of
from ._weights import is_frozen

_VARIANCE = re.compile(r"var", re.IGNORECASE)
_SAME = 0.1
"""How far two rates of decay may differ and still be the same, as shares of the rate."""
_NOTHING = 1e-8
"""Share of the largest variance below which arithmetic in single precision no longer tells a variance from 0."""


def _screen(context: RunContext, limits: Thresholds) -> Bools:
    return context.last_of("minimum") <= limits.dead_channel_ratio * context.last_of("maximum")


@rule(
    "dead-channels",
    scope="series",
    roles=("moving-statistic",),
    severity="warning",
    records=3,
    screen=_screen,
    explained_by=("dead-units", "weight-collapse", "poor-initialisation", "no-gradient"),
    trend=True,
)
def dead_channels(series: SeriesMetrics, context: RunContext, limits: Thresholds) -> Iterator[Outcome]:
    """The moving variance of some channels dies away: nothing varies there any more.

    What it shows
        The smallest moving variance shrinks by the same factor from record to record, towards 0, while those of
        other channels stay.

    Why it matters
        A moving variance shrinks by the momentum factor when the batch's own variance is 0: the channel gives the
        same for every input. It tells the layers above nothing, and in evaluation its tiny variance multiplies
        whatever does come in.

    How it is computed
        Minimum over maximum, both exact, at most {dead_channel_ratio} at the last {sustained_records} records, where
        the minimum has fallen at one rate per step until the end (within a tenth), or until it is no longer told from
        0; since the first such fall. A warning where at
        least {dead_channel_share} of the variances are near 0 (within 1 % of the largest), a note otherwise and where
        the layer may be the first, which normalises the inputs.

    What to try
        - Look for dead units or filters of zeros below: the channel's convolution gives one value.
        - Lower the learning rate or the weight decay, if the channels have died during training.

    When it is harmless
        A normalisation of the inputs where some inputs are constant (the margins of pictures). A few channels that
        weight decay has switched off. Unused branches.

    References
        Ioffe & Szegedy 2015, Batch Normalization; Mehta et al. 2019, On Implicit Filter Level Sparsity in CNNs
    """
    if not _VARIANCE.search(series.tag.replace("variable", "")):
        yield NotApplicable("it is no moving variance")
        return
    if series.size[-1] < limits.least_size or is_frozen(series):
        yield NotApplicable("too few channels, or the statistics stand still")
        return
    low, high = series.value("minimum"), series.value("maximum")
    tiny = low <= limits.dead_channel_ratio * high
    runs = [span for span in stretches(_dies(low, high, series.step)) if span.stop == len(low)]
    if not runs or not tiny[-limits.sustained_records :].all() or not low[-1] >= 0:
        return
    if runs[0].stop - runs[0].start < limits.sustained_records:
        return
    # That two rates are equal is known one record after the first fall.
    records = slice(max(runs[0].start - 1, 0), runs[0].stop)
    share = float(series.value("near_zeros")[-1])
    first_layer = not _follows_weights(series, context)
    quiet = first_layer or not share >= limits.dead_channel_share
    severity = Severity.INFO if quiet else Severity.WARNING
    span = span_of(series, records, severity)
    yield Draft(
        series=(series,),
        spans=(span,),
        summary=f"smallest variance {number(float(low[-1]))}, about {percent(share)} of the channels near 0",
        explanation=(
            f"The smallest moving variance of {series.layer or series.tag} fell to {number(float(low[-1]))} at step"
            f" {span.last_step:,}, where the largest is {number(float(high[-1]))}, and about {percent(share)} of"
            f" {series.size[-1]:,.0f} lie near 0. It falls by the same factor record after record, as it does when a"
            " channel gives one value for every input."
            + (" This may be the first layer: then those inputs are constant." if first_layer else "")
        ),
        evidence=(
            quotient(
                series.tag,
                "smallest over largest variance",
                float(low[-1] / high[-1]),
                low=float(low[-1] / high[-1]),
                high=float(low[-1] / high[-1]),
                under=limits.dead_channel_ratio,
                step=span.last_step,
                metric="minimum",
            ),
            measured(
                series,
                "near_zeros",
                len(series) - 1,
                over=limits.dead_channel_share,
                label="variances near 0",
                unit="share",
            ),
        ),
        marks=(
            Mark(MarkKind.STEP_RANGE, series.tag, span.first_step, span.last_step, None, None, "dying away"),
            Mark(MarkKind.VALUE, series.tag, None, None, 0.0, 0.0, "0"),
        ),
        severity=severity,
        strength=Strength.CERTAIN if series["near_zeros"].low[-1] >= limits.dead_channel_share else Strength.LIKELY,
    )


def _dies(low: Floats, high: Floats, step: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> Bools:
    """bool[n]: the smallest variance falls at the rate of the record before, or is as good as 0."""
    nothing = low <= _NOTHING * high
    rate = np.diff(np.log(np.maximum(low, np.finfo(np.float64).tiny))) / np.diff(step)
    falls = np.zeros(len(low), dtype=np.bool_)
    falls[2:] = (rate[1:] < 0) & (np.abs(rate[1:] - rate[:-1]) <= _SAME * np.abs(rate[:-1]))
    dies: Bools = falls | nothing
    return dies


def _follows_weights(series: SeriesMetrics, context: RunContext) -> bool:
    """Tell whether a layer with weights stands before this normalisation, as far as sizes and names tell.

    Names of normalisations alone do not: ``batch_normalization`` may stand anywhere. But a bias with as many values
    does, or weights of the same number (``conv1`` and ``bn1``), or of a lower one where layers only have numbers.
    """
    others = [other for other in context.series if other.info.network == series.info.network and len(other)]
    if any(other.role.startswith("bias") and other.size[0] == series.size[0] for other in others):
        return True
    norms = [other.order for other in others if other.role == "moving-statistic"]
    if series.order > min(norms):
        return True
    own = _numbers(series.layer)
    weights = [_numbers(other.layer) for other in others if other.role == "weight"]
    if re.fullmatch(r"(?:.*\W)?\d+", series.layer):
        return any(numbers and numbers[:-1] == own[:-1] and numbers < own for numbers in weights)
    return bool(own) and own in weights


def _numbers(layer: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d{1,9}(?!d)", layer)]

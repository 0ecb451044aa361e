"""Rule sudden-shift."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from ..bounded import Bools
from ..context import RunContext
from ..finding import Mark, MarkKind, Severity, Strength
from ..jumps import stand_out
from ..measured import SeriesMetrics
from ..thresholds import Thresholds
from ..words import number, percent
from ._rule import Draft, measured, rule, span_of

_COPY = re.compile(r"(?i)target|teacher|(?:^|[/_.])ema(?:$|[/_.])|averaged|swa_")
"""Names of networks that are copied from another one while training."""
_SET = 3
"""Moves of weights that otherwise stand still from which they are set on purpose: a wrong checkpoint is loaded once."""


def _screen(context: RunContext, limits: Thresholds) -> Bools:
    jumps = context.most("drift_previous", "low") >= limits.shift
    candidate: Bools = jumps & (context.first_size() >= limits.least_size)
    return candidate


@rule(
    "sudden-shift",
    scope="series",
    roles=("weight", "norm-scale"),
    severity="warning",
    records=8,
    screen=_screen,
    explained_by=("non-finite-values", "gradient-spikes"),
    trend=True,
)
def sudden_shift(series: SeriesMetrics, context: RunContext, limits: Thresholds) -> Iterator[Draft]:
    """Weights jump between two records.

    What it shows
        Within one logging interval the histogram moves many times further than in the intervals around it.

    Why it matters
        Something other than ordinary training changed the weights: a spike, a wrong checkpoint, a reset.

    How it is computed
        Certified lower bound of the drift over one interval (Wasserstein distance over mean magnitude) at least
        {shift}, and at least {shift_over_neighbours} times the median of the {shift_neighbours} intervals on each
        side and {shift_over_previous} times the interval just before: weights that come up to speed over several
        intervals, as at the end of a plateau, do not jump. Not where the steps of the log go back, nor while weights
        that start at 0 are still small.

    What to try
        - Look at what the program does at that step: loading weights, a change of the learning rate, a new phase.
        - Look at the loss and at the batch of that step, and clip gradients.

    When it is harmless
        Hard copies into a target network, weight averaging, warm restarts and pruning (a note, where the name, even
        distances, the learning rate or exact zeros tell so, or where the weights stand still between several moves).

    References
        Wortsman et al. 2023, Small-scale proxies for large-scale Transformer training instabilities
    """
    low, value = series["drift_previous"].low, series["drift_previous"].value
    records = np.flatnonzero(low >= limits.shift)
    records = records[records >= limits.warmup(len(series))]
    jumps = [
        record
        for record in records[stand_out(value, records, limits)]
        if not _grows_from_zero(series, int(record), limits)
        and not value[record] < limits.shift_over_previous * value[record - 1]
    ]
    if not jumps:
        return
    record = int(jumps[0])
    step, before = int(series.step[record]), int(series.step[record - 1])
    gaps = np.diff(series.step[jumps])
    planned = len(jumps) > 2 and bool(gaps.max() <= 1.2 * gaps.min())
    copied = bool(_COPY.search(series.info.network or series.tag))
    changed = _learning_rate_changed(context, before, step)
    pruned = _zeroed(series, record, limits)
    still = _stands_still(series, record, limits)
    severity = Severity.INFO if planned or changed or copied or pruned or still else Severity.WARNING
    text = (
        f"Between step {before:,} and step {step:,} {series.layer or series.tag} moved by at least"
        f" {number(float(low[record]))} times its size."
    )
    if planned:
        text += f" Such jumps come at even distances ({len(jumps)} of them): copies or restarts on purpose?"
    elif copied:
        text += " By its name it is a copy of another network, which is brought up to date by jumps."
    elif still:
        text += " Between its moves it stays the same to the last bit: a copy that is brought up to date by jumps?"
    if pruned:
        text += f" {percent(float(series['zeros'].value[record]))} of its values became exactly 0: pruned on purpose?"
    if changed:
        text += " The learning rate changed at the same time."
    if severity is Severity.WARNING:
        text += " Ordinary steps do not do that: weights were loaded or reset, or one update was far too large."
    yield Draft(
        series=(series,),
        spans=(span_of(series, slice(record - 1, record + 1), severity),),
        summary=f"moved by at least {number(float(low[record]))} times its size at step {step:,}",
        explanation=text,
        evidence=(measured(series, "drift_previous", record, over=limits.shift, label="drift over one interval"),),
        marks=tuple(
            Mark(MarkKind.STEP, series.tag, int(series.step[jump]), None, None, None, "jump") for jump in jumps[:6]
        ),
        severity=severity,
        strength=Strength.CERTAIN,
    )


def _grows_from_zero(series: SeriesMetrics, record: int, limits: Thresholds) -> bool:
    """Tell whether weights that start at or near 0 have not come to half of their usual size yet."""
    size = series["mean_abs"].value
    narrow = float(size[0]) * float(series.size[0]) ** 0.25 < limits.narrow_initialisation
    return bool(narrow and size[record - 1] < 0.5 * np.nanmedian(size))


def _stands_still(series: SeriesMetrics, record: int, limits: Thresholds) -> bool:
    """Tell whether weights are set from time to time and never trained: a jump among records that are all alike."""
    unchanged = series.value("unchanged")
    around = unchanged[max(1, record - limits.shift_neighbours) : record + limits.shift_neighbours + 1]
    return bool(np.median(around) == 1 and np.count_nonzero(unchanged[1:] == 0) >= _SET)


def _zeroed(series: SeriesMetrics, record: int, limits: Thresholds) -> bool:
    """Tell whether a good part of the values became exactly 0 and stays so, as pruning does it."""
    zeros = series["zeros"].value
    before, after = zeros[record - 1], zeros[record:]
    return bool(np.nanmin(after, initial=np.inf) - before >= limits.pruned_share and np.isfinite(after).all())


def _learning_rate_changed(context: RunContext, before: int, step: int) -> bool:
    for scalar in context.scalars:
        if scalar.kind != "learning-rate" or len(scalar.step) < 2:
            continue
        near = (scalar.step >= before - (step - before)) & (scalar.step <= step)
        values = scalar.value[near]
        if len(values) > 1 and values.max() > 1.5 * values.min():
            return True
    return False

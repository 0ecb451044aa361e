"""Rule gradient-spikes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..bounded import Bools, Floats
from ..context import RunContext
from ..finding import Mark, MarkKind, Severity, Span
from ..measured import stretches
from ..thresholds import Thresholds
from ..words import number
from ._gradients import global_norm
from ._rule import Draft, NotApplicable, Outcome, quotient, rule


@rule(
    "gradient-spikes",
    scope="run",
    severity="warning",
    roles=("weight-gradient", "bias-gradient"),
    explained_by=("exploding-gradients",),
    trend=True,
)
def gradient_spikes(context: RunContext, limits: Thresholds) -> Iterator[Outcome]:
    """All gradients together jump far above their usual size.

    What it shows
        In single records the global gradient norm lies many times above what it was in the records before.

    Why it matters
        A spike is an update that is too large: the loss often jumps with it, and adaptive optimisers carry it on in
        their moments.

    How it is computed
        The logarithm of the global norm rises above its trailing median (over {spike_history} records) by more than
        the larger of ln 10 (ten-fold) and {spike_mads} times the scaled median absolute deviation, the
        latter capped at {spike_mad_cap}, and above all of the first {spike_history} records; a warning where it is
        more than {spike_over_start} times as large as those. Three records in a row are a new level, not a spike.
        Single tensors are not judged: they jump in health.

    What to try
        - Clip gradients by their global norm, at a little above its usual size.
        - Look at the batches of those steps, and lengthen the warm-up if the spikes come early.

    When it is harmless
        Rare spikes that the loss does not notice, with gradient clipping in place after the point of logging. A hard
        batch in a problem that is nearly solved (a note, for it is not much larger than the first gradients).

    References
        OLMo 2 2025; Kumar et al. 2025, ZClip: Adaptive Spike Mitigation for LLM Pre-Training
    """
    step, norm, members = global_norm(context)
    usable = np.isfinite(norm) & (norm > 0)
    if usable.sum() < limits.spike_history:
        yield NotApplicable(f"fewer than {limits.spike_history} records with gradients")
        return
    step, height = step[usable], np.log(norm[usable])
    # Where all is learned, one hard example stands out from almost nothing; it is no larger than at the beginning.
    high = height > np.max(height[: limits.spike_history])
    high[: limits.warmup(len(height))] = False
    # What is not this far above the lowest of all is not above a median either.
    if not (high & (height - np.min(height) > limits.spike_log_jump)).any():
        return
    rise = _rise(height, limits)
    at = np.flatnonzero(_brief(high & rise.spiking))
    if not len(at):
        return
    over_start = float(np.exp(np.max(height[at]) - np.max(height[: limits.spike_history])))
    severity = Severity.WARNING if over_start > limits.spike_over_start else Severity.INFO
    worst = int(at[np.argmax(rise.over[at])])
    ranked = sorted(members, key=lambda series: -_share(series["l2_norm"].value[usable][worst]))
    carriers = tuple(ranked[:3])
    listed = ", ".join(f"{int(step[index]):,}" for index in at[:6]) + (" and others" if len(at) > 6 else "")
    fold = float(np.exp(rise.over[worst]))
    yield Draft(
        series=carriers,
        spans=tuple(Span(series.tag, int(step[at[0]]), int(step[at[-1]]), severity) for series in carriers),
        summary=f"global gradient norm {number(fold)} times its usual size at step {int(step[worst]):,}",
        explanation=(
            f"The norm of all gradients together stood at {number(fold)} times its trailing median at step"
            f" {int(step[worst]):,}"
            + (f"; spikes at steps {listed}" if len(at) > 1 else "")
            + f". The largest part of it is in {carriers[0].tag}."
        ),
        evidence=tuple(
            quotient(
                carriers[0].tag,
                "global norm over its trailing median",
                float(np.exp(rise.over[index])),
                over=float(np.exp(rise.limit[index])),
                step=int(step[index]),
                metric="l2_norm",
            )
            for index in at[:6]
        ),
        marks=tuple(
            Mark(MarkKind.STEP, series.tag, int(step[index]), None, None, None, "spike")
            for series in carriers
            for index in at[:6]
        ),
        severity=severity,
    )


class _Rise:
    """How far each record stands above the records before it, and how far it may."""

    def __init__(self, over: Floats, limit: Floats) -> None:
        self.over, self.limit = over, limit
        self.spiking: Bools = np.greater(over, limit)


def _rise(height: Floats, limits: Thresholds) -> _Rise:
    length = limits.spike_history
    padded = np.concatenate([np.full(length, np.nan), height[:-1]])
    before = np.lib.stride_tricks.sliding_window_view(padded, length)
    known = np.isfinite(before).sum(axis=1) >= 3
    middle, deviation = np.full(len(height), np.inf), np.zeros(len(height))
    middle[known] = np.nanmedian(before[known], axis=1)
    deviation[known] = np.nanmedian(np.abs(before[known] - middle[known, None]), axis=1)
    limit = np.maximum(limits.spike_log_jump, limits.spike_mads * np.minimum(1.4826 * deviation, limits.spike_mad_cap))
    return _Rise(height - middle, limit)


def _brief(held: Bools) -> Bools:
    """Keep stretches of one or two records."""
    brief: Bools = held.copy()
    for span in stretches(held):
        brief[span] = span.stop - span.start < 3
    return brief


def _share(value: float) -> float:
    return float(value) if np.isfinite(value) else 0.0

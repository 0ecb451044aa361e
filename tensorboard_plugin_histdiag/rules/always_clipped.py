"""Rule always-clipped."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..context import RunContext
from ..finding import Mark, MarkKind, Severity, Span
from ..thresholds import Thresholds
from ..words import number, percent
from ._gradients import global_norm
from ._rule import Draft, NotApplicable, Outcome, quotient, rule

_ABOVE = 0.05
"""Share of records whose norm may lie above the limit, by the error of its estimate."""
_MOVES = 0.05
"""By how much the norms of single gradients must vary, more than all of them together may."""


@rule("always-clipped", scope="run", severity="info")
def always_clipped(context: RunContext, limits: Thresholds) -> Iterator[Outcome]:
    """All gradients together have the same norm in most records: they are clipped most of the time.

    What it shows
        The global gradient norm stands at one value, while the norms of single layers change under it.

    Why it matters
        Where a step is clipped, the limit and not the gradient sets its length: the learning rate means
        something else than it says, and plain SGD becomes a walk in steps of one length.

    How it is computed
        The global norm lies within {clipped_tolerance} (relative) of its 90 % quantile in at least {clipped_share} of
        {clipped_records} or more records and hardly ever above it, while single gradients vary by more than that. Norms
        are estimates from the buckets. Needs all gradients, logged after clipping; clipping of single tensors or values
        is not looked for.

    What to try
        - Log the norm before clipping, and set the limit a little above its usual size.
        - Or keep the limit, knowing that the learning rate now sets the length of every step.

    When it is harmless
        Often: large language models and reinforcement learning are commonly trained so, above all in the beginning.
        Optimisers that rescale each parameter by itself (Adam) hardly notice a common factor.

    References
        Pascanu et al. 2013, On the difficulty of training recurrent neural networks; Kumar et al. 2025, ZClip
    """
    step, norm, members = global_norm(context)
    usable = np.isfinite(norm) & (norm > 0)
    if usable.sum() < limits.clipped_records:
        yield NotApplicable(f"fewer than {limits.clipped_records} records with gradients")
        return
    if len(members) < 2:
        yield NotApplicable("a single gradient does not tell the global norm")
        return
    step, norm = step[usable], norm[usable]
    limit = float(np.quantile(norm, 0.9))
    at_limit = np.abs(norm / limit - 1) <= limits.clipped_tolerance
    above = norm > limit * (1 + 2 * limits.clipped_tolerance)
    if at_limit.mean() < limits.clipped_share or above.mean() > _ABOVE:
        return
    own = np.stack([series["l2_norm"].value[usable][at_limit] for series in members])
    usual = np.median(own, axis=1, keepdims=True)
    if np.median(np.abs(own - usual), axis=1).max() < _MOVES * usual.max():
        return  # all stands still: nothing learns, or each gradient is scaled by itself
    share = float(at_limit.mean())
    ranked = tuple(sorted(members, key=lambda series: -float(np.median(series["l2_norm"].value[usable]))))[:3]
    first, last = int(step[at_limit][0]), int(step[at_limit][-1])
    yield Draft(
        series=ranked,
        spans=tuple(Span(series.tag, first, last, Severity.INFO) for series in ranked),
        summary=f"global gradient norm {number(limit)} in {percent(share)} of the records",
        explanation=(
            f"The norm of all {len(members)} gradients together is {number(limit)} in {percent(share)} of"
            f" {len(norm)} records, while single gradients change: they were logged after clipping at about that norm,"
            " which shortened them there."
        ),
        evidence=(
            quotient(
                ranked[0].tag,
                "records at the limit",
                share,
                over=limits.clipped_share,
                metric="l2_norm",
                unit="share",
            ),
        ),
        marks=tuple(Mark(MarkKind.STEP_RANGE, series.tag, first, last, None, None, "clipped") for series in ranked),
    )

"""Rule exploding-gradients."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..context import RunContext
from ..finding import Mark, MarkKind, Severity, Span, Strength
from ..metrics.trend import kendall_tau
from ..thresholds import Thresholds
from ..words import number
from ._gradients import global_norm, profiles
from ._rule import Draft, NotApplicable, Outcome, held_in, quotient, rule, sustained


@rule(
    "exploding-gradients",
    scope="run",
    severity="warning",
    roles=("weight-gradient", "bias-gradient"),
    explained_by=("poor-initialisation", "unnormalised-inputs"),
    trend=True,
)
def exploding_gradients(context: RunContext, limits: Thresholds) -> Iterator[Outcome]:
    """Gradients grow out of proportion, towards the first layers or with time.

    What it shows
        The gradient is multiplied by every layer on its way back, or the norm of all gradients together grows
        step after step.

    Why it matters
        One large update can undo all that was learned, and values soon overflow to infinity and NaN.

    How it is computed
        Bias gradients, first layer over last layer: above {exploding_ratio} in at least {sustained_records}
        successive records (weight gradients can look level, because forward and backward gain cancel). Or the
        global gradient norm: Kendall's tau with time at least {exploding_tau} and last over first at least
        {exploding_growth}, or {exploding_windows} successive tenths of the run that each grow
        {exploding_window_ratio}-fold; a note while the loss falls. An error when non-finite values or exploding weights
        follow.

    What to try
        - Clip gradients by their global norm, and lower the learning rate.
        - Use an initialisation that fits the activation, or normalisation layers; in recurrent nets orthogonal
          initialisation or gates.

    When it is harmless
        A loss that is summed instead of averaged makes all gradients large, but not unequal: ratios are judged here,
        not sizes.

    References
        Pascanu et al. 2013, On the difficulty of training recurrent neural networks; Zhang et al. 2021, AutoTrainer
    """
    drafts = [draft for draft in (_through_depth(context, limits), _in_time(context, limits)) if draft]
    found = [draft for draft in drafts if isinstance(draft, Draft)]
    if found:
        yield min(found, key=lambda draft: (draft.severity or Severity.INFO).rank)
    elif len(drafts) == 2:
        yield from drafts[1:]  # neither could judge


def _through_depth(context: RunContext, limits: Thresholds) -> Outcome | None:
    # A recurrent cell and a head will do: a cell is as deep as its input is long.
    deep = profiles(context, "bias-gradient")
    for profile in deep:
        last = len(profile.series) - 1
        ratio = profile.ratio(0, last)
        spans = sustained(ratio.value > limits.exploding_ratio, limits)
        if not spans:
            continue
        records = held_in(spans)
        low, typical, high = (float(np.nanmedian(bound[records])) for bound in (ratio.low, ratio.value, ratio.high))
        followed = _followed(context, limits)
        severity = Severity.ERROR if followed else Severity.WARNING
        if not context.order_known:
            severity = Severity.INFO
        start, end = int(profile.step[records[0]]), int(profile.step[records[-1]])
        top, bottom = profile.series[0], profile.series[last]
        return Draft(
            series=(top,),
            spans=(Span(top.tag, start, end, severity),),
            summary=f"bias gradient, first / last layer: {number(typical)}",
            explanation=(
                f"The gradient grows about {number(typical ** (1 / last))}-fold with every layer on its way back:"
                f" {top.layer} receives {number(typical)} times what {bottom.layer} does.{followed}"
            ),
            evidence=(
                quotient(
                    top.tag,
                    f"bias gradient, {top.layer} / {bottom.layer}",
                    typical,
                    low=low,
                    high=high,
                    over=limits.exploding_ratio,
                    metric="mean_abs",
                ),
            ),
            marks=(Mark(MarkKind.STEP_RANGE, top.tag, start, end, None, None, f"exploding from step {start:,}"),),
            severity=severity,
            strength=Strength.CERTAIN if low > limits.exploding_ratio else Strength.LIKELY,
        )
    return None if deep else NotApplicable("fewer than 2 layers with bias gradients")


def _in_time(context: RunContext, limits: Thresholds) -> Outcome | None:
    step, norm, members = global_norm(context)
    usable = np.isfinite(norm) & (norm > 0)
    if usable.sum() < max(limits.sustained_records, limits.exploding_windows + 1):
        return NotApplicable("too few records with gradients")
    step, height = step[usable], np.log(norm[usable])
    windows = np.array([np.median(part) for part in np.array_split(height, min(10, len(height)))])
    climbing = np.diff(windows) >= np.log(limits.exploding_window_ratio)
    runs = np.convolve(climbing, np.ones(limits.exploding_windows), "valid") >= limits.exploding_windows
    growth = float(np.exp(windows[-1] - windows[0]))
    steady = growth >= limits.exploding_growth and kendall_tau(height) >= limits.exploding_tau
    if not (steady or (runs.any() and growth >= limits.exploding_window_ratio**limits.exploding_windows)):
        return None
    base = float(np.exp(windows[0]))
    onset = int(step[np.flatnonzero(norm[usable] > base * limits.exploding_window_ratio)[0]])
    carrier = max(members, key=lambda series: float(np.nanmax(series["l2_norm"].value)))
    followed = _followed(context, limits)
    learns = not followed and (context.loss_gain() or 0.0) >= limits.loss_gain
    severity = Severity.ERROR if followed else Severity.INFO if learns else Severity.WARNING
    return Draft(
        series=(carrier,),
        spans=(Span(carrier.tag, onset, int(step[-1]), severity),),
        summary=f"global gradient norm grew {number(growth)}-fold",
        explanation=(
            f"The norm of all gradients together grew {number(growth)}-fold, from {number(base)} to"
            f" {number(base * growth)}, and most of it is in {carrier.tag}.{followed}"
            + (" The loss falls meanwhile: a plateau that is being left looks like this." if learns else "")
        ),
        evidence=(
            quotient(carrier.tag, "global norm, last / first", growth, over=limits.exploding_growth, metric="l2_norm"),
        ),
        marks=(Mark(MarkKind.STEP_RANGE, carrier.tag, onset, int(step[-1]), None, None, f"growing from {onset:,}"),),
        severity=severity,
    )


def _followed(context: RunContext, limits: Thresholds) -> str:
    """Say what came of it, "" where nothing did."""
    weights = context.having("weight", "bias")
    if any(series.nonfinite.any() for series in weights):
        return " Weights became NaN or infinite."
    for series in context.having("weight"):
        size = series["mean_abs"]
        with np.errstate(divide="ignore", invalid="ignore"):
            if len(series) and size.high[0] > 0 and np.nanmax(size.low / size.high[0]) >= limits.weight_growth_error:
                return f" The weights of {series.layer} grew more than {number(limits.weight_growth_error)}-fold."
    return ""

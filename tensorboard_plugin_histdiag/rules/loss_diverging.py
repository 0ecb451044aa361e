"""Rule loss-diverging."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..bounded import Floats, Ints
from ..context import RunContext
from ..finding import Severity, Span
from ..scalar import Scalar
from ..thresholds import Thresholds
from ..words import number
from ._losses import ends, falling, improved, of_loss
from ._rule import Draft, NotApplicable, Outcome, rule

RECORDS = 5
"""Fewest records that show a course."""
FIRST = 3
"""Records that show where a loss began."""
MANY = 20
"""Records of which it is no chance that the first is the least by far."""


@dataclass(frozen=True)
class _Rise:
    """How far a loss ends above where it began, or above its best where it gave back all that it had gained."""

    onset: int
    start: float
    best: float
    end: float

    @property
    def relapse(self) -> bool:
        return self.best < self.start


@rule(
    "loss-diverging",
    scope="run",
    severity="warning",
    explained_by=(
        "exploding-gradients",
        "gradient-spikes",
        "weight-explosion",
        "large-updates",
        "sudden-shift",
        "dead-units",
        "no-gradient",
    ),
    title="The loss diverges",
    trend=True,
)
def loss_diverging(context: RunContext, limits: Thresholds) -> Iterator[Outcome]:
    """The training loss ends above where it began, or has lost all that it had gained.

    What it shows
        The loss rises while training should bring it down.

    Why it matters
        Each update makes the model worse: steps overshoot, and what was learned is lost.

    How it is computed
        Median of the last tenth of the training loss over that of its first three records above {diverging_ratio}; or
        a loss that had come down {relapse_fold}-fold and is back at {relapse_share} of its start. In both cases the
        rise is more than {diverging_noise} times (in logarithms) what the loss usually changes by from record to
        record. Where there are several losses, all rise. A note where the loss ends below {diverging_fold} times its
        first values without having fallen, as that of an adversary or an agent may, and where the accuracy rises all
        the same.

    What to try
        - Lower the learning rate three- to ten-fold, or warm it up; clip gradients.
        - Check the sign of the loss, and what changed at the step where it began to rise.

    When it is harmless
        Adversarial and reinforcement learning, where losses need not fall: such runs are left out by their names.
        A harder task from some step on, or a term that is phased in.

    References
        Zhang et al. 2021, AutoTrainer; Wardat et al. 2022, DeepDiagnosis
    """
    losses = falling(context, RECORDS)
    if isinstance(losses, NotApplicable):
        yield losses
        return
    if any((loss.value < 0).any() for loss in losses):
        yield NotApplicable("the loss may be negative, so that no ratio tells how far it rose")
        return
    risen: list[tuple[Scalar, Ints, _Rise]] = []
    for loss in losses:
        finite = np.isfinite(loss.value)
        rise = _rise(loss.value[finite], limits)
        if rise is None:
            return
        risen.append((loss, loss.step[finite], rise))
    loss, step, rise = risen[0]
    far = rise.relapse or rise.end >= limits.diverging_fold * rise.start
    severity = Severity.WARNING if far and not improved(context) else Severity.INFO
    since = int(step[rise.onset])
    text = f"{loss.tag} began at {number(rise.start)}"
    if rise.relapse:
        text += f", came down to {number(rise.best)}, and is back at {number(rise.end)}; it rises from step {since:,}."
        fold, limit = rise.end / rise.best, limits.relapse_share * rise.start
    else:
        text += f" and ends at {number(rise.end)}, the median of its last records: it stays above from step {since:,}."
        fold, limit = rise.end / rise.start, limits.diverging_ratio * rise.start
    if improved(context):
        text += " The accuracy rises all the same."
    yield Draft(
        series=(),
        spans=tuple(Span(one.tag, int(at[its.onset]), int(at[-1]), severity) for one, at, its in risen),
        summary=f"{loss.tag} ends at {number(fold)} times its {'best' if rise.relapse else 'first'} level",
        explanation=text,
        evidence=(of_loss(loss, "loss, median of the last records", rise.end, over=limit),),
        severity=severity,
    )


def _rise(values: Floats, limits: Thresholds) -> _Rise | None:
    """Return how a loss rose beyond its noise; None where it did not."""
    first, last = ends(values)
    start, end = float(np.median(first[:FIRST])), float(np.median(last))
    alone = len(values) >= MANY and values[1:].min() > limits.diverging_ratio * values[0]
    if alone and end >= limits.diverging_fold * values[0]:
        start = min(start, float(values[0]))  # what blows up at once may do so with the first update
    parts = np.array_split(values, min(10, len(values) // 2))
    middles = np.array([np.median(part) for part in parts])
    best = float(middles.min())
    if not best > 0:
        return None
    height = np.log(np.maximum(values, np.finfo(float).tiny))
    noise = float(np.exp(limits.diverging_noise * np.median(np.abs(np.diff(height)))))
    if end > max(limits.diverging_ratio, noise) * start:
        return _Rise(_stays_above(values, limits.diverging_ratio * start), start, start, end)
    back = best * limits.relapse_fold <= start and min(end, middles[-2]) >= limits.relapse_share * start
    if back and end > noise * best:
        return _Rise(_stays_above(values, float(np.sqrt(best * start))), start, best, end)
    return None


def _stays_above(values: Floats, limit: float) -> int:
    """Return the record from which on most of any next few values lie above a limit."""
    smooth = np.array([np.median(values[max(0, at - 1) : at + 2]) for at in range(len(values))])
    below = np.flatnonzero(smooth <= limit)
    return min(int(below[-1]) + 1, len(values) - 1) if len(below) else 0

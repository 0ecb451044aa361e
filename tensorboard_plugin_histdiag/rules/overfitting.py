"""Rule overfitting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..context import RunContext
from ..finding import Severity, Span
from ..scalar import Scalar, subject
from ..thresholds import Thresholds
from ..words import number, percent
from ._losses import falling, of_loss
from ._rule import Draft, NotApplicable, Outcome, rule


@rule("overfitting", scope="run", severity="info", trend=True)
def overfitting(context: RunContext, limits: Thresholds) -> Iterator[Outcome]:
    """The validation loss has risen since its best while the training loss went on falling.

    What it shows
        The two curves part: one goes down, the other up.

    Why it matters
        From the best validation loss on the model learns the training examples by heart. A checkpoint from there is
        the better model.

    How it is computed
        The last {sustained_records} values of the validation loss are above its best by at least {overfitting_rise} of
        that, and by {overfitting_share} of all that it had fallen, while the training loss of the same name fell by at
        least {loss_gain} in the same time.

    What to try
        - Keep the checkpoint with the best validation loss, or stop there.
        - Add data or augmentation, dropout or weight decay; or make the model smaller.

    When it is harmless
        Where the validation accuracy counts and still rises: cross-entropy grows with every confident mistake.

    References
        Prechelt 1998, Early Stopping - But When?; Goodfellow et al. 2016, Deep Learning, chapter 7
    """
    losses = falling(context, limits.sustained_records + 1)
    if isinstance(losses, NotApplicable):
        yield losses
        return
    pairs = list(_pairs(losses, [scalar for scalar in context.scalars if scalar.kind == "validation-loss"], limits))
    if not pairs:
        yield NotApplicable("no validation loss is logged beside a training loss on the same steps")
        return
    for training, validation in pairs:
        value = validation.value[np.isfinite(validation.value)]
        step = validation.step[np.isfinite(validation.value)]
        best = int(np.argmin(value))
        rise = value[-limits.sustained_records :].min() - value[best]
        worse = rise > limits.overfitting_rise * abs(value[best])
        if best >= len(value) - limits.sustained_records or not worse:
            continue
        if rise < limits.overfitting_share * (value[0] - value[best]):
            continue
        before, after = _since(training, int(step[best]))
        gain = (before - after) / abs(before) if before else 0.0
        if not gain >= limits.loss_gain:
            continue
        since = int(step[best + 1])
        up = float((value[-1] - value[best]) / abs(value[best])) if value[best] else np.inf
        yield Draft(
            series=(),
            spans=(Span(validation.tag, since, int(step[-1]), Severity.INFO),),
            summary=f"validation loss {percent(up)} above its best at step {int(step[best]):,}",
            explanation=(
                f"{validation.tag} (validation) was best at step {int(step[best]):,}, {number(float(value[best]))}, and"
                f" is {number(float(value[-1]))} now, while {training.tag} (training) fell by {percent(gain)} since."
            ),
            evidence=(
                of_loss(
                    validation,
                    "validation loss, last",
                    float(value[-1]),
                    over=float(value[best] + limits.overfitting_rise * abs(value[best])),
                ),
                of_loss(training, "training loss, last", after, under=before - limits.loss_gain * abs(before)),
            ),
        )
        return


def _pairs(
    training: Sequence[Scalar], validation: Sequence[Scalar], limits: Thresholds
) -> Iterator[tuple[Scalar, Scalar]]:
    """Yield each training loss with the validation loss of its name, or with the only one there is."""
    for loss in training:
        named = [other for other in validation if subject(other.tag) == subject(loss.tag)]
        for other in named or (validation if len(training) == len(validation) == 1 else ()):
            finite = np.isfinite(other.value)
            if finite.sum() > limits.sustained_records and _same_steps(loss, other):
                yield loss, other


def _same_steps(one: Scalar, other: Scalar) -> bool:
    """Tell whether two scalars count steps alike: one may count epochs and the other batches."""
    ends = sorted((int(one.step[-1]), int(other.step[-1])))
    return ends[1] <= 2 * max(ends[0], 1)


def _since(loss: Scalar, step: int) -> tuple[float, float]:
    """Return the level of a loss around a step, and at its end."""
    finite = np.isfinite(loss.value)
    value, at = loss.value[finite], int(np.searchsorted(loss.step[finite], step))
    few = max(1, min(3, len(value) // 4), len(value) // 20)
    around = value[max(0, min(at, len(value) - 1) - few // 2) : at + few // 2 + 1]
    return float(np.median(around)), float(np.median(value[-few:]))

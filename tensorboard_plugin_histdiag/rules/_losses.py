"""What the rules about losses share."""

from __future__ import annotations

import numpy as np

from ..bounded import Floats
from ..context import RunContext
from ..finding import Comparison, Evidence
from ..metrics.trend import theil_sen
from ..scalar import Scalar, name_words, objectives
from ..thresholds import Thresholds
from ._rule import NotApplicable

_RIVALS = frozenset(
    {"g", "d", "gen", "disc", "generator", "discriminator", "critic", "netg", "netd", "adv", "adversarial", "fake"}
)
_RETURNS = frozenset(
    {"actor", "policy", "value", "vf", "qf", "q", "pi", "td", "bellman", "reward", "return", "advantage", "entropy"}
    | {"dqn", "ddqn", "ppo", "sac", "ddpg", "surrogate", "rl", "agent"}
)
_OF_NETWORKS = (_RIVALS | {"actor", "policy", "target", "online", "qf", "vf", "pi", "dqn"}) - {"fake"}


def falling(context: RunContext, least: int) -> list[Scalar] | NotApplicable:
    """Return the losses that training is to bring down, each with at least so many records.

    Where two networks play against each other, or where a network estimates what its own acts bring in, losses rise
    in health: there it says why they cannot be judged.
    """
    if not any(scalar.kind == "loss" for scalar in context.scalars):
        return NotApplicable("no training loss is logged")
    words = [name_words(scalar.tag) for scalar in context.scalars if scalar.kind.endswith("loss")]
    named = {word for name in words for word in (name - {"entropy"} if "cross" in name else name)}
    networks = {word for name in {series.info.network for series in context.series} for word in name_words(name)}
    if named & (_RIVALS | _RETURNS) or networks & _OF_NETWORKS:
        return NotApplicable("adversarial or reinforcement learning, by its names: losses need not fall there")
    losses = [loss for loss in objectives(context.scalars) if np.isfinite(loss.value).sum() >= least]
    return losses or NotApplicable(f"fewer than {least} records of a training loss")


def ends(values: Floats) -> tuple[Floats, Floats]:
    """Return the first and the last tenth of a loss, of at least three records where there are many.

    The loss of a single batch says little.
    """
    tenth = max(1, len(values) // 10, min(3, len(values) // 4))
    return values[:tenth], values[-tenth:]


def falls_now(values: Floats, limits: Thresholds, noises: float) -> bool:
    """Tell whether a loss falls over its records, by more than a trifle and more than its noise so many times."""
    noise = noises * float(np.median(np.abs(np.diff(values))))
    return -theil_sen(values) > max(limits.flat_gain * abs(float(np.median(values))), noise)


def improved(context: RunContext) -> bool:
    """Tell whether an accuracy rose and is still near its best: the model learns, whatever the loss says."""
    for scalar in context.scalars:
        if scalar.kind.endswith("accuracy") and len(scalar.value) > 1:
            first, last = (float(np.median(part)) for part in ends(scalar.value))
            best = max(np.median(part) for part in np.array_split(scalar.value, min(10, len(scalar.value))))
            if last > first + 0.05 and last >= 0.9 * best:
                return True
    return False


def of_loss(
    scalar: Scalar,
    label: str,
    value: float,
    *,
    over: float | None = None,
    under: float | None = None,
    step: int | None = None,
) -> Evidence:
    """Return a figure of a loss beside its threshold; the tab finds the curve by its tag and kind."""
    limit, comparison = (under, Comparison.UNDER) if over is None else (over, Comparison.OVER)
    return Evidence(scalar.tag, scalar.kind, label, step, None, value, None, "", limit, comparison, "")

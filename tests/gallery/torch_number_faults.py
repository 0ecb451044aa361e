"""Faulty PyTorch runs: numbers that are not finite, or too small for their format."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn
from torch_faulty import GRADIENTS, SAID, STARVED, UNSTABLE, broken_example, sick
from torch_hooks import at, brighter, since
from torch_models import mlp, residual
from torch_recipe import Fault, Hook, Recipe, Training
from torch_tasks import Task, curve, digits

EVERYWHERE = ("*",)


def unbounded_log() -> Task:
    """Take the log of probabilities, without care for those that are 0."""
    task = digits()

    def loss(net: nn.Module, inputs: Tensor, targets: Tensor) -> Tensor:
        return -torch.log(net(inputs).softmax(-1))[torch.arange(len(targets)), targets].mean()

    return replace(task, loss=loss)


def distance() -> Task:
    """Fit by the distance itself, the root of the square: it has no slope where it is 0."""
    task = curve()

    def loss(net: nn.Module, inputs: Tensor, targets: Tensor) -> Tensor:
        return (net(inputs) - targets).square().sum(-1).sqrt().mean()

    return replace(task, loss=loss)


def answered(t: Training) -> None:
    """Ask for what the network says already, for one example."""
    with torch.no_grad():
        t.targets = t.targets.clone()
        t.targets[0] = t.net(t.inputs)[0]


def broken(onset: int) -> tuple[Fault, ...]:
    """What is true once nothing is a number any more; some writers refuse such tensors, so that their series stop."""
    return (
        Fault("non-finite-values", EVERYWHERE, onset),
        Fault("series-stopped", EVERYWHERE, onset + 1),
        Fault("loss-not-finite", (), onset),
    )


RUNAWAY = (
    Fault("non-finite-values", EVERYWHERE),
    Fault("weight-explosion", ("*.weight*",)),
    Fault("exploding-gradients", ("*.grad",)),
    Fault("large-updates", ("*.weight*",)),
    Fault("loss-not-finite"),
    Fault("loss-diverging"),
    Fault("series-stopped", EVERYWHERE),
)

NOT_FINITE = (
    *(
        sick(
            "one example not a number",
            base,
            *broken(20),
            before=at(20, broken_example),
            severity="severe",
            allowed=UNSTABLE,
            scalars=SAID,
            draws=2,
        )
        for base in ("mlp", "cnn", "lstm", "autoencoder")
    ),
    sick(
        "log of zero",
        "mlp",
        *broken(16),
        task=unbounded_log,
        before=at(16, brighter(1000.0)),
        severity="severe",
        allowed=UNSTABLE,
        scalars=SAID,
        draws=2,
    ),
    sick(
        "root of zero",
        "regression",
        *broken(12),
        task=distance,
        before=at(12, answered),
        severity="severe",
        allowed=UNSTABLE,
        scalars=SAID,
    ),
    sick(
        "rate far too high",
        "regression",
        *RUNAWAY,
        model=mlp((10, 32, 24, 1)),
        optimisers=("sgd", "momentum"),
        rate=20.0,
        paces=("each",),
        severity="severe",
        allowed=UNSTABLE,
        scalars=SAID,
        draws=2,
    ),
    sick(
        "rate far too high",
        "residual",
        *RUNAWAY,
        model=residual(norm=""),
        optimisers=("sgd", "momentum"),
        rate=20.0,
        paces=("each",),
        severity="severe",
        allowed=UNSTABLE,
        scalars=SAID,
        draws=2,
    ),
)


def in_half_precision(t: Training) -> None:
    """Compute gradients of a small loss in half precision, without scaling it: what is below 6e-8 becomes 0."""
    factor = t.memory["factor"]
    for one in t.net.parameters():
        if one.grad is not None:
            one.grad = (one.grad * factor).half().float()


def small_loss(factor: float) -> Hook:
    def hook(t: Training) -> None:
        t.memory["factor"] = factor

    return hook


UNDERFLOW = tuple(
    sick(
        what,
        base,
        Fault("gradient-underflow", ("*.grad",), onset),
        Fault("no-gradient", ("*.grad",), onset),
        Fault("float16-range", ("*.grad",), onset),
        prepare=small_loss(factor),
        graded=since(onset, in_half_precision),
        kinds=GRADIENTS,
        allowed=STARVED,
        optimisers=optimisers,
    )
    for what, base, factor, onset, optimisers in (
        ("half precision", "mlp", 2e-7, 0, ("sgd", "adam")),
        ("half precision", "cnn", 2e-7, 0, ("sgd", "adam")),
        ("half precision", "transformer", 2e-7, 0, ("adam",)),
        ("half precision", "lstm", 2e-7, 0, ("adam",)),
        ("half precision", "residual", 2e-7, 0, ("sgd", "adam")),
        ("half precision since midway", "autoencoder", 2e-6, 18, ("adam",)),
        ("half precision since midway", "mlp", 2e-7, 18, ("sgd", "adam")),
    )
)

RECIPES: tuple[Recipe, ...] = (*NOT_FINITE, *UNDERFLOW)

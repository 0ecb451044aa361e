"""What the faulty PyTorch recipes share: the networks that are made sick, and the ways of making them so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import nn
from torch_hooks import rebuilt, since
from torch_models import cnn, mlp, recurrent, residual, transformer
from torch_recipe import ALL, SCALARS, Fault, Hook, Recipe, Training
from torch_tasks import Task, curve, digits, next_token, reconstruction, series

ADAMS = ("adam", "adamw")
GOOD = (*ADAMS, "rmsprop", "momentum")
LONG = ("tenth", "epoch")
GRADIENTS = (ALL, ("weight", "gradient"))
SAID = SCALARS[1:]  # the loss is logged


# What may follow from a fault, or be another name for it.
NOT_LEARNING = ("frozen-weights", "small-updates", "only-last-layer-learns", "stopped-learning", "loss-flat")
STARVED = (
    *NOT_LEARNING,
    "no-gradient",
    "dead-units",
    "vanishing-gradients",
    "gradient-underflow",
    "activation-collapse",
)
UNSTABLE = (
    *("exploding-gradients", "gradient-spikes", "weight-explosion", "large-updates", "sudden-shift", "loss-diverging"),
    *("loss-not-finite", "non-finite-values", "dead-units", "saturated-activations", "activation-explosion"),
)


def pictures() -> Task:
    return digits((1, 8, 8))


BASES = {
    one.name: one
    for one in (
        Recipe("mlp", "mlp", mlp((64, 40, 24, 10)), digits, GOOD),
        Recipe("mlp tanh", "mlp", mlp((64, 40, 32, 24, 10), nn.Tanh), digits, GOOD),
        Recipe("mlp silu", "mlp", mlp((64, 40, 24, 10), nn.SiLU), digits, GOOD),
        Recipe("regression", "mlp", mlp((10, 32, 24, 1), nn.Tanh), curve, GOOD),
        Recipe("cnn", "cnn", cnn(), pictures, GOOD),
        Recipe("cnn batchnorm", "cnn-batchnorm", cnn(norm=True), pictures, GOOD),
        Recipe("rnn", "rnn", recurrent("rnn"), series, ADAMS, rate=2.0),
        Recipe("lstm", "lstm", recurrent("lstm", width=16), series, ADAMS, rate=3.0),
        Recipe("gru", "gru", recurrent("gru", width=18), series, ADAMS, rate=2.0),
        Recipe("transformer", "transformer", transformer(function=nn.ReLU), next_token, ADAMS, rate=2.0),
        Recipe("autoencoder", "autoencoder", mlp((64, 32, 12, 32, 64)), reconstruction, ADAMS),
        Recipe("residual", "residual", residual(), digits, GOOD),
    )
}


def sick(what: str, base: str, *faults: Fault, draws: int = 1, severity: str = "clear", **changes: Any) -> Recipe:
    """Return a base's recipe with a fault."""
    return replace(
        BASES[base], name=f"{what} {base}", faults=faults, draws=draws, severity=severity, **{"paces": LONG} | changes
    )


def deep(function: type[nn.Module], layers: int, width: int = 20) -> Callable[[], nn.Module]:
    """Return what makes a chain without norms."""
    return mlp((64, *[width] * (layers - 1), 10), function)


def fill_in(t: Training) -> None:
    """Log zeros for parameters that got no gradient."""
    for one in t.net.parameters():
        if one.grad is None:
            one.grad = torch.zeros_like(one)


def silenced(*patterns: str) -> Hook:
    """Let no gradient reach parameters, as a detach above them does."""

    def hook(t: Training) -> None:
        for pattern in patterns:
            for one in t.parameters(pattern):
                assert one.grad is not None
                one.grad.zero_()

    return hook


def left_out(*patterns: str) -> Hook:
    """Leave parameters out of the optimiser."""

    def hook(t: Training) -> None:
        rebuilt(t, patterns)

    return hook


def silent_since(record: int, *patterns: str) -> Hook:
    return since(record, silenced(*patterns))


def biased(pattern: str, value: float, share: float = 1.0) -> Hook:
    """Push the biases of the first units far off."""

    def hook(t: Training) -> None:
        for one in t.parameters(pattern):
            one.data[: round(len(one) * share)] = value

    return hook


def normal(pattern: str, std: float) -> Hook:
    """Draw matrices anew."""

    def hook(t: Training) -> None:
        for one in t.parameters(pattern):
            if one.ndim > 1:
                nn.init.normal_(one, 0.0, std)

    return hook


def grown(factor: float, pattern: str = "*") -> Hook:
    """Multiply parameters."""

    def hook(t: Training) -> None:
        for one in t.parameters(pattern):
            one.data *= factor

    return hook


def graded_by(factor: float) -> Hook:
    """Multiply the gradients."""

    def hook(t: Training) -> None:
        for one in t.net.parameters():
            if one.grad is not None:
                one.grad *= factor

    return hook


def broken_example(t: Training) -> None:
    """One example of the batch is not a number."""
    t.inputs = t.inputs.clone()
    t.inputs[0] = torch.nan

"""Faulty PyTorch runs: layers that do not learn, or updates that are far too small."""

from __future__ import annotations

from torch import nn
from torch_faulty import NOT_LEARNING, SAID, left_out, sick
from torch_hooks import at
from torch_models import cnn, mlp, recurrent, transformer
from torch_recipe import ALL, Fault, Recipe

ANY = (ALL, ("weight", "gradient"), ("weight",))

# A layer in the middle of each base, large enough and drawn from a uniform distribution.
MIDDLE = {
    "mlp": ("fc2.weight",),
    "mlp tanh": ("fc1.weight", "fc2.weight"),
    "cnn": ("conv2.weight",),
    "lstm": ("rnn.weight*",),
    "gru": ("rnn.weight*",),
    "transformer": ("block1.fc1.weight", "block1.fc2.weight"),
    "autoencoder": ("fc2.weight", "fc3.weight"),
    "residual": ("block2.fc*.weight",),
}


def layers(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """Return patterns that take in the biases."""
    return tuple(f"{one.rpartition('.')[0]}.*" for one in patterns)


FROZEN = tuple(
    sick(
        "left out of the optimiser",
        base,
        Fault("frozen-weights", patterns, 0),
        prepare=left_out(*layers(patterns)),
        kinds=ANY,
        draws=2 if base in ("mlp", "cnn", "residual") else 1,
        allowed=NOT_LEARNING,
        severity="mild" if base in ("mlp", "residual") else "clear",
    )
    for base, patterns in MIDDLE.items()
)

STOPPED = tuple(
    sick(
        "left out midway",
        base,
        Fault("stopped-learning", patterns, 20),
        before=at(20, left_out(*layers(patterns))),
        kinds=ANY,
        draws=2 if base in ("mlp tanh", "transformer") else 1,
        allowed=NOT_LEARNING,
    )
    for base, patterns in MIDDLE.items()
)

DETACHED = tuple(
    sick(
        "only the head learns",
        base,
        Fault("only-last-layer-learns", ("*weight*",)),
        Fault("frozen-weights", trunk, 0),
        model=model,
        prepare=prepare,
        kinds=(("weight",), ("weight", "gradient")),
        allowed=NOT_LEARNING,
        draws=draws,
    )
    for base, model, trunk, prepare, draws in (
        ("mlp", mlp((64, 40, 24, 10), before_last=None), ("fc1.weight", "fc2.weight"), left_out("fc1.*", "fc2.*"), 2),
        ("cnn", cnn((8, 12, 16)), ("conv2.weight", "conv3.weight"), left_out("conv*"), 1),
        ("lstm", recurrent("lstm", width=16, cut=True), ("rnn.weight*",), lambda t: None, 1),
        ("gru", recurrent("gru", width=18, cut=True), ("rnn.weight*",), lambda t: None, 1),
        ("transformer", transformer(function=nn.ReLU, cut=True), ("block1.*.weight",), lambda t: None, 1),
    )
)

SMALL = tuple(
    sick(
        "rate far too low",
        base,
        Fault("small-updates", ("*weight*",)),
        Fault("frozen-weights", ("*weight*",)),
        rate=rate,
        scalars=SAID,
        kinds=ANY,
        severity=severity,
        allowed=NOT_LEARNING,
        draws=draws,
    )
    for base, rate, severity, draws in (
        ("mlp", 3e-5, "clear", 2),
        ("mlp tanh", 1e-4, "mild", 1),
        ("cnn", 3e-5, "clear", 2),
        ("cnn batchnorm", 1e-5, "clear", 1),
        ("lstm", 3e-5, "clear", 1),
        ("transformer", 3e-5, "clear", 1),
        ("autoencoder", 1e-6, "severe", 1),
        ("residual", 1e-6, "severe", 1),
    )
)

RECIPES: tuple[Recipe, ...] = (*FROZEN, *STOPPED, *DETACHED, *SMALL)

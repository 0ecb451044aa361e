"""Faulty runs of TensorFlow: numbers that are none, and gradients that vanish, explode, stop or jump."""

from __future__ import annotations

from functools import partial

import numpy as np
from label import Run
from tf_data import curve, digits, pictures_again, times
from tf_hooks import in_half_precision, low, no_gradient_from, norm_of, upward, with_unused_head
from tf_loop import train
from tf_models import cnn, mlp, residual
from tf_recipe import ADAPTIVE, CLASSIC, WITHOUT_DECAY, Fault, Recipe, draw
from tf_sequences import recurrent, transformer

DRAWS = 2
LINES, IMAGES = partial(digits, (8, 8)), partial(digits, (8, 8, 1))
ALL = ("*/kernel", "*/bias", "*/kernel/gradient", "*/bias/gradient")
# What may also be true of a training that has come apart, and of layers that do not learn; each run keeps what its
# tensors bear out.
AFTERMATH = (
    "gradient-spikes", "exploding-gradients", "large-updates", "weight-explosion", "activation-explosion",
    "sudden-shift", "dead-units", "saturated-activations", "loss-diverging", "loss-not-finite", "series-stopped",
    "activation-collapse", "no-gradient", "frozen-weights", "stopped-learning", "vanishing-gradients",
    "non-finite-values", "poor-initialisation",
)  # fmt: skip
IDLE = (
    "frozen-weights", "only-last-layer-learns", "small-updates", "activation-collapse", "no-gradient",
    "stopped-learning", "gradient-underflow", "vanishing-gradients", "dead-units",
)  # fmt: skip
LOGGED = ("all", "weights gradients")

faulty = partial(Recipe, writers=("tf2", "tf1"), cadences=("tenth",), watch=("all",), scalars=("loss", "loss rate"))
eager = partial(faulty, writers=("tf2", "histogram-pb"))  # TensorFlow 1 refuses to summarise NaN


def not_finite(onset: int | None) -> tuple[Fault, ...]:
    return (Fault("non-finite-values", ALL, onset), Fault("loss-not-finite", (), onset))


def vanished(first: str, last: str) -> tuple[Fault, ...]:
    return (
        Fault("vanishing-gradients", (f"{first}/kernel/gradient", f"{first}/bias/gradient"), None),
        Fault("activation-collapse", (f"{last}/activation",), None),
    )


def exploded(first: str, last: str) -> tuple[Fault, ...]:
    return (
        Fault("exploding-gradients", (f"{first}/kernel/gradient", f"{first}/bias/gradient"), None),
        Fault("activation-explosion", (f"{last}/activation",), None),
    )


UNDERFLOWN = tuple(Fault(rule, ("*/kernel/gradient",), None) for rule in ("gradient-underflow", "no-gradient"))


def spiked(onset: int) -> tuple[Fault, ...]:
    return (Fault("gradient-spikes", (), onset),)


def cut(*layers: str, onset: int = 0) -> tuple[Fault, ...]:
    """No gradient reaches these layers, and so they are not trained."""
    gradients = tuple(f"{layer}/{part}/gradient" for layer in layers for part in ("kernel", "bias"))
    kernels = tuple(f"{layer}/kernel" for layer in layers)
    rule = "stopped-learning" if onset else "frozen-weights"
    return Fault("no-gradient", gradients, onset), Fault(rule, kernels, onset)


RECIPES = (
    eager(
        "nan in a batch mlp", "mlp", mlp(), digits, batch=times(np.nan, 195, 195),
        faults=not_finite(195), allowed=AFTERMATH, severity="severe",
    ),
    eager(
        "nan in a batch lstm", "lstm", recurrent(), LINES, ADAPTIVE, batch=times(np.nan, 200, 200, 1),
        faults=not_finite(200), allowed=AFTERMATH, severity="severe",
    ),
    eager(
        "infinite input cnn", "cnn-batchnorm", cnn(normed="before"), IMAGES, batch=times(np.inf, 240, 240, 2),
        faults=not_finite(240), allowed=AFTERMATH, severity="severe",
    ),
    eager(
        "nan in a batch transformer", "transformer", transformer(blocks=1), LINES, ADAPTIVE,
        watch=("kernels gradients activations",), batch=times(np.nan, 120, 120, 1),
        faults=not_finite(120), allowed=AFTERMATH, severity="severe",
    ),
    eager(
        "norm of zeros in the loss", "mlp", mlp(function="tanh"), digits, penalty=norm_of("fc1/bias"), watch=LOGGED,
        faults=not_finite(0), allowed=AFTERMATH, severity="severe",
    ),
    eager(
        "rate far too high mlp", "mlp", mlp(function="swish"), digits, (("sgd", 300.0), ("momentum", 100.0)),
        cadences=("tenth", "step"), faults=(*not_finite(None), Fault("weight-explosion", ("*/kernel",), None)),
        allowed=AFTERMATH, severity="severe",
    ),
    faulty(
        "a layer no longer logged", "mlp", mlp(), digits, until=(("fc2/", 200),),
        faults=(Fault("series-stopped", ("fc2/kernel", "fc2/bias", "fc2/activation", "fc2/kernel/gradient"), 200),),
        severity="clear",
    ),
    faulty(
        "a cell no longer logged", "gru", recurrent("gru"), LINES, ADAPTIVE, until=(("gru/", 300),),
        faults=(Fault("series-stopped", ("gru/kernel", "gru/recurrent_kernel", "gru/activation"), 300),),
        severity="mild",
    ),
    faulty(
        "detached mlp", "mlp", mlp(detach=2), digits, WITHOUT_DECAY, watch=LOGGED,
        faults=cut("fc1"), allowed=IDLE, severity="clear",
    ),
    faulty(
        "detached residual", "residual", residual(detach=3), digits, WITHOUT_DECAY, watch=("kernels gradients",),
        faults=cut("stem", "block1/fc1", "block1/fc2", "block2/fc1", "block2/fc2"), allowed=IDLE, severity="clear",
    ),
    faulty(
        "head without a loss", "mlp", mlp(change=with_unused_head), digits, WITHOUT_DECAY, watch=LOGGED,
        faults=cut("second_head"), allowed=IDLE, severity="mild",
    ),
    faulty(
        "cut off midway mlp", "mlp", mlp(), digits, (("sgd", 0.1),), alter=no_gradient_from(200, "fc1/"), watch=LOGGED,
        faults=cut("fc1", onset=200), allowed=IDLE, severity="clear",
    ),
    faulty(
        "cut off midway cnn", "cnn", cnn(), IMAGES, (("sgd", 0.1),), watch=LOGGED,
        alter=no_gradient_from(250, "conv"), faults=cut("conv1", "conv2", onset=250), allowed=IDLE, severity="clear",
    ),
    faulty(
        "all dead above", "mlp", mlp(change=low("fc2/bias", 1.0)), digits, WITHOUT_DECAY,
        faults=(*cut("fc1", "fc2"), Fault("dead-units", ("fc2/activation",))), allowed=IDLE, severity="severe",
    ),
    faulty(
        "all dead above cnn", "cnn", cnn((8, 12, 12), change=low("conv2/bias", 1.0)), IMAGES, WITHOUT_DECAY,
        faults=(*cut("conv1", "conv2"), Fault("dead-units", ("conv2/activation",))), allowed=IDLE, severity="severe",
    ),
    faulty(
        "deep sigmoid", "mlp", mlp((64, *[24] * 7, 10), "sigmoid"), digits, CLASSIC, watch=LOGGED,
        faults=vanished("fc1", "fc7"), allowed=IDLE, severity="clear",
    ),
    faulty(
        "very deep sigmoid", "mlp", mlp((64, *[20] * 11, 10), "sigmoid"), digits, CLASSIC, watch=("weights gradients",),
        faults=vanished("fc1", "fc11"), allowed=IDLE, severity="severe",
    ),
    faulty(
        "deep tanh drawn too small", "autoencoder", mlp((64, 32, 24, 12, 24, 32, 64), "tanh", gain=0.15),
        pictures_again, CLASSIC, watch=LOGGED, learns=0.5,
        faults=vanished("fc1", "fc5"), allowed=IDLE, severity="clear",
    ),
    faulty(
        "deep leaky relu drawn too small", "mlp", mlp((64, *[32] * 5, 10), "leaky_relu", gain=0.2), digits, CLASSIC,
        watch=LOGGED, faults=vanished("fc1", "fc5"), allowed=IDLE, severity="clear",
    ),
    faulty(
        "deep sigmoid cnn", "cnn", cnn((8, *[8] * 6), "sigmoid"), IMAGES, CLASSIC, watch=LOGGED,
        faults=vanished("conv1", "conv7"), allowed=IDLE, severity="clear",
    ),
    faulty(
        "deep relu drawn too wide", "mlp", mlp((64, *[32] * 7, 10), gain=6.0), digits, (("adam", 1e-3),), watch=LOGGED,
        faults=exploded("fc1", "fc7"), allowed=AFTERMATH, severity="clear",
    ),
    faulty(
        "residual drawn too wide", "residual", residual(5, normed="", gain=5.0), digits, (("adam", 1e-3),),
        watch=LOGGED, faults=exploded("stem", "block5/fc1"), allowed=AFTERMATH, severity="severe",
    ),
    faulty(
        "cnn drawn too wide", "cnn", cnn((8, *[12] * 6), gain=8.0), IMAGES, (("adam", 1e-3),), watch=LOGGED,
        faults=exploded("conv1", "conv7"), allowed=AFTERMATH, severity="clear",
    ),
    faulty(
        "rnn drawn too wide", "rnn", recurrent("simple", function="relu", gain=7.0), LINES, (("adam", 1e-3),),
        faults=exploded("rnn", "rnn"), allowed=AFTERMATH, severity="clear",
    ),
    faulty(
        "one bad batch mlp", "mlp", mlp(), digits, ADAPTIVE, watch=LOGGED, batch=times(-1000.0, 200, 200),
        faults=spiked(200), allowed=AFTERMATH, severity="clear",
    ),
    faulty(
        "one bad batch cnn", "cnn", cnn(), IMAGES, ADAPTIVE, watch=LOGGED, batch=times(-300.0, 150, 150),
        faults=spiked(150), allowed=AFTERMATH, severity="clear",
    ),
    faulty(
        "one bad batch autoencoder", "autoencoder", mlp((64, 32, 16, 32, 64)), pictures_again, ADAPTIVE, learns=0.5,
        watch=LOGGED, batch=times(-200.0, 250, 250), faults=spiked(250), allowed=AFTERMATH, severity="severe",
    ),
    faulty(
        "some bad examples curve", "mlp", mlp((6, 32, 32, 1), "swish"), curve, ADAPTIVE, learns=0.6, watch=LOGGED,
        batch=times(-100.0, 270, 270, 8), faults=spiked(270), allowed=AFTERMATH, severity="mild",
    ),
    faulty(
        "half precision mlp", "mixed-precision", mlp(), digits, CLASSIC, watch=LOGGED, alter=in_half_precision(6e-7),
        faults=UNDERFLOWN,
        allowed=IDLE, severity="clear",
    ),
    faulty(
        "half precision cnn", "mixed-precision", cnn(), IMAGES, CLASSIC, watch=LOGGED, alter=in_half_precision(1e-6),
        faults=UNDERFLOWN,
        allowed=IDLE, severity="clear",
    ),
    faulty(
        "uphill mlp", "mlp", mlp(function="tanh"), digits, (("sgd", 0.5), ("momentum", 0.05)), alter=upward,
        faults=(Fault("loss-diverging", (), None), Fault("weight-explosion", (), None)), allowed=AFTERMATH,
        severity="clear",
    ),
    faulty(
        "uphill lstm", "lstm", recurrent(), LINES, (("sgd", 0.5), ("momentum", 0.05)), alter=upward,
        faults=(Fault("loss-diverging", (), None), Fault("weight-explosion", (), None)), allowed=AFTERMATH,
        severity="clear",
    ),
)  # fmt: skip


def runs(seed: int) -> list[Run]:
    """Make the draws of every recipe."""
    return [draw(recipe, train, number, seed) for recipe in RECIPES for number in range(DRAWS)]

"""Faulty runs of TensorFlow: signals that fade or grow on their way, inputs out of scale, norms that fade."""

from __future__ import annotations

from functools import partial

from label import Run
from tf_data import curve_of_raw_numbers, digits, pictures_again, raw_table
from tf_gradient_faults import AFTERMATH, IDLE, UNDERFLOWN, eager, faulty
from tf_hooks import in_half_precision, lowered_at, masked, multiplied
from tf_loop import train
from tf_models import cnn, mlp, residual
from tf_recipe import ADAPTIVE, CLASSIC, WITHOUT_DECAY, Fault, draw
from tf_sequences import recurrent, transformer

DRAWS = 2
LINES, IMAGES = partial(digits, (8, 8)), partial(digits, (8, 8, 1))
RAW_LINES, RAW_IMAGES = partial(digits, (8, 8), "raw"), partial(digits, (8, 8, 1), "raw")
FEW = (("adam", 1e-3), ("sgd", 0.02))
THREE = ("tf2", "tf1", "histogram-pb", "tensorboardx")

signal = partial(faulty, writers=THREE, watch=("weights activations", "kernels activations"))
shown = partial(faulty, writers=THREE, watch=("all", "weights gradients activations"))
normed = partial(faulty, writers=THREE, watch=("weights", "all"))


def faded(*layers: str) -> tuple[Fault, ...]:
    return (Fault("activation-collapse", tuple(f"{layer}/activation" for layer in layers), None),)


def grown(*layers: str) -> tuple[Fault, ...]:
    return (Fault("activation-explosion", tuple(f"{layer}/activation" for layer in layers), None),)


def silenced(layer: str, at: int) -> tuple[Fault, ...]:
    """One value throughout, as all units of a layer are dead."""
    return (
        Fault("activation-collapse", (f"{layer}/activation",), at),
        Fault("dead-units", (f"{layer}/activation", f"{layer}/bias/gradient"), at),
        Fault("no-gradient", (f"{layer}/kernel/gradient", f"{layer}/bias/gradient"), at),
    )


def unscaled(layer: str) -> tuple[Fault, ...]:
    return Fault("unnormalised-inputs", (), None), Fault("saturated-activations", (f"{layer}/activation",))


def faint(*scales: str, onset: int | None = None) -> tuple[Fault, ...]:
    return (Fault("norm-scale-collapse", scales, onset),)


def constant_channels(norm: str, onset: int | None = None) -> tuple[Fault, ...]:
    return (Fault("dead-channels", (f"{norm}/moving_variance",), onset),)


RECIPES = (
    signal(
        "signal fades mlp", "mlp", mlp((64, *[32] * 5, 10), "leaky_relu", gain=0.2), digits, FEW,
        faults=faded("fc4", "fc5"), allowed=IDLE, severity="clear",
    ),
    signal(
        "signal fades cnn", "cnn", cnn((8, *[8] * 5), "elu", gain=0.15), IMAGES, FEW,
        faults=faded("conv5", "conv6"), allowed=IDLE, severity="severe",
    ),
    signal(
        "signal fades autoencoder", "autoencoder", mlp((64, 40, 24, 12, 24, 40, 64), "tanh", gain=0.25),
        pictures_again, FEW, learns=0.5, faults=faded("fc4", "fc5"), allowed=IDLE, severity="mild",
    ),
    shown(
        "layer falls silent midway cnn", "cnn", cnn((8, 12, 12)), IMAGES, WITHOUT_DECAY,
        before=lowered_at(200, "conv3/bias", 1.0), faults=silenced("conv3", 200), allowed=(*IDLE, *AFTERMATH),
        severity="severe",
    ),
    shown(
        "layer falls silent midway autoencoder", "autoencoder", mlp((64, 32, 16, 32, 64)), pictures_again, ADAPTIVE,
        before=lowered_at(250, "fc2/bias", 1.0), learns=0.5, faults=silenced("fc2", 250), allowed=(*IDLE, *AFTERMATH),
        severity="clear",
    ),
    shown(
        "branch falls silent midway", "residual", residual(3), digits, WITHOUT_DECAY,
        before=lowered_at(150, "block2/fc1/bias", 1.0), faults=silenced("block2/fc1", 150), allowed=IDLE,
        severity="mild",
    ),
    signal(
        "signal grows mlp", "mlp", mlp((64, *[32] * 6, 10), "leaky_relu", gain=5.0), digits, (("adam", 1e-3),),
        faults=grown("fc5", "fc6"), allowed=AFTERMATH, severity="clear",
    ),
    signal(
        "signal grows cnn", "cnn", cnn((8, *[12] * 5), "swish", gain=8.0), IMAGES, (("adam", 1e-3),),
        faults=grown("conv5", "conv6"), allowed=AFTERMATH, severity="severe",
    ),
    signal(
        "signal grows residual", "residual", residual(6, normed="", gain=4.0), digits, (("adam", 1e-3),),
        faults=grown("block5/fc1", "block6/fc1"), allowed=AFTERMATH, severity="mild",
    ),
    eager(
        "state grows midway rnn", "rnn", recurrent("simple", function="relu"), LINES, (("adam", 1e-3),),
        before=multiplied(1.015, "rnn/recurrent_kernel", first=200), watch=("kernels activations",),
        faults=(*grown("rnn"), Fault("weight-explosion", ("rnn/recurrent_kernel",), None)), allowed=AFTERMATH,
        severity="clear",
    ),
    shown(
        "raw pictures mlp", "mlp", mlp((64, 48, 40, 10), "leaky_relu"), partial(digits, (64,), "raw"),
        (("sgd", 1e-5), ("adam", 3e-3)), faults=unscaled("fc1"), allowed=AFTERMATH, severity="clear",
    ),
    shown(
        "raw pictures cnn", "cnn", cnn((8, 16), "elu"), RAW_IMAGES, (("sgd", 1e-5), ("adam", 3e-3)),
        faults=unscaled("conv1"), allowed=AFTERMATH, severity="clear",
    ),
    shown(
        "raw pictures rnn", "rnn", recurrent("simple"), RAW_LINES, (("adam", 3e-3), ("rmsprop", 1e-3)),
        faults=unscaled("rnn"), allowed=AFTERMATH, severity="clear",
    ),
    shown(
        "raw measurements of cells", "mlp", mlp((30, 24, 16, 2), "tanh"), partial(raw_table, "cells"), FEW,
        faults=unscaled("fc1"), allowed=AFTERMATH, severity="severe",
    ),
    shown(
        "raw numbers of a curve", "mlp", mlp((6, 32, 32, 1), "sigmoid"), curve_of_raw_numbers, ADAPTIVE, learns=0.6,
        faults=unscaled("fc1"), allowed=AFTERMATH, severity="severe",
    ),
    shown(
        "half precision lstm", "lstm", recurrent("lstm"), LINES, CLASSIC, alter=in_half_precision(1e-6),
        faults=UNDERFLOWN, allowed=IDLE, severity="clear",
    ),
    shown(
        "half precision transformer", "transformer", transformer(blocks=1), LINES, CLASSIC,
        watch=("kernels gradients",), alter=in_half_precision(6e-7), faults=UNDERFLOWN, allowed=IDLE, severity="clear",
    ),
    shown(
        "half precision midway autoencoder", "autoencoder", mlp((64, 32, 16, 32, 64), "tanh"), pictures_again, CLASSIC,
        alter=in_half_precision(1e-6, 200), learns=0.5,
        faults=tuple(Fault(one.rule, one.tags, 200) for one in UNDERFLOWN), allowed=IDLE, severity="mild",
    ),
    normed(
        "norm scales fade transformer", "transformer", transformer(blocks=1), LINES, ADAPTIVE,
        before=multiplied(0.85, "block1/norm1/gamma", "block1/norm2/gamma"),
        faults=faint("block1/norm1/gamma", "block1/norm2/gamma"), allowed=IDLE, severity="clear",
    ),
    normed(
        "norm scales fade midway mlp", "mlp", mlp(normed="layer"), digits, ADAPTIVE,
        before=multiplied(0.6, "ln2/gamma", first=200), faults=faint("ln2/gamma", onset=210),
        allowed=(*IDLE, *AFTERMATH), severity="clear",
    ),
    normed(
        "norm scales fade midway autoencoder", "autoencoder", mlp((64, 32, 16, 32, 64), "tanh", normed="batch"),
        pictures_again, ADAPTIVE, before=multiplied(0.6, "bn1/gamma", first=250), learns=0.5,
        faults=faint("bn1/gamma", onset=260), allowed=(*IDLE, *AFTERMATH), severity="clear",
    ),
    normed(
        "units masked by mistake mlp", "mlp", mlp(normed="batch"), digits, before=masked("fc1/kernel", 0.5),
        faults=constant_channels("bn1"), allowed=IDLE, severity="clear",
    ),
    normed(
        "stem masked midway residual", "residual", residual(3, normed="batch"), digits, ADAPTIVE,
        before=masked("stem/kernel", 0.4, 150), faults=constant_channels("block1/norm"), allowed=(*IDLE, *AFTERMATH),
        severity="mild",
    ),
    normed(
        "code masked by mistake autoencoder", "autoencoder", mlp((64, 32, 24, 32, 64), "tanh", normed="batch"),
        pictures_again, ADAPTIVE, before=masked("fc2/kernel", 0.7), learns=0.5,
        faults=constant_channels("bn2"), allowed=IDLE, severity="clear",
    ),
)  # fmt: skip


def runs(seed: int) -> list[Run]:
    """Make the draws of every recipe."""
    return [draw(recipe, train, number, seed) for recipe in RECIPES for number in range(DRAWS)]

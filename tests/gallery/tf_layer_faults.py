"""Faulty runs of TensorFlow: units that are dead or saturated, first values that are wrong, norms that fade."""

from __future__ import annotations

from functools import partial

from label import Run
from tf_data import curve, digits, pictures_again, times
from tf_gradient_faults import AFTERMATH, IDLE, exploded, faulty
from tf_hooks import filled, low, lowered_at, masked, multiplied
from tf_loop import train
from tf_models import cnn, mlp, residual
from tf_recipe import ADAPTIVE, CLASSIC, Fault, draw
from tf_sequences import recurrent, transformer

DRAWS = 2
LINES, IMAGES = partial(digits, (8, 8)), partial(digits, (8, 8, 1))
RAW = partial(digits, (64,), "raw")
FIRST = ("tenth", "step")  # logged from the first values on


def dead(layer: str, onset: int | None = 0) -> tuple[Fault, ...]:
    return (Fault("dead-units", (f"{layer}/activation", f"{layer}/bias/gradient"), onset),)


def saturated(*layers: str, onset: int | None = 0) -> tuple[Fault, ...]:
    return (Fault("saturated-activations", tuple(f"{layer}/activation" for layer in layers), onset),)


def badly_drawn(*layers: str) -> tuple[Fault, ...]:
    return (Fault("poor-initialisation", tuple(f"{layer}/kernel" for layer in layers)),)


def spike_of_rate(progress: float) -> float:
    """Raise the rate two thousand fold for one update."""
    return 2000.0 if progress == 0.5 else 1.0


RECIPES = (
    faulty(
        "most units dead", "mlp", mlp(change=low("fc2/bias", 0.9)), digits, cadences=(*FIRST, "epoch"),
        faults=dead("fc2"), allowed=IDLE, severity="clear",
    ),
    faulty(
        "some units dead", "mlp", mlp(change=low("fc1/bias", 0.7)), digits,
        faults=dead("fc1"), allowed=IDLE, severity="mild",
    ),
    faulty(
        "most channels dead", "cnn", cnn(change=low("conv2/bias", 0.875)), IMAGES, cadences=(*FIRST, "epoch"),
        faults=dead("conv2"), allowed=IDLE, severity="clear",
    ),
    faulty(
        "most units die midway", "mlp", mlp((64, 48, 40, 32, 10)), digits, before=lowered_at(200, "fc2/bias", 0.9),
        faults=dead("fc2", 200), allowed=AFTERMATH, severity="clear",
    ),
    faulty(
        "most channels die midway", "cnn", cnn((8, 16, 16)), IMAGES, ADAPTIVE,
        before=lowered_at(245, "conv2/bias", 0.9), faults=dead("conv2", 245), allowed=AFTERMATH, severity="clear",
    ),
    faulty(
        "one huge update", "mlp", mlp(), digits, (("adam", 3e-3), ("adamw", 3e-3)), schedule=spike_of_rate,
        faults=(
            *dead("fc2", 210), *dead("fc1", 210), Fault("sudden-shift", ("*/kernel",), 210),
        ),
        allowed=AFTERMATH, severity="severe",
    ),
    faulty(
        "block with dead units", "residual", residual(3), digits, ADAPTIVE,
        watch=("weights gradients activations",), before=lowered_at(0, "block2/fc1/bias", 0.95),
        faults=dead("block2/fc1"), allowed=IDLE, severity="mild",
    ),
    faulty(
        "relu on the output", "mlp", mlp((6, 24, 24, 1), "tanh", output="relu"), curve, ADAPTIVE, learns=0.6,
        faults=(Fault("dead-units", ("fc3/activation", "fc3/bias/gradient"), None),), allowed=IDLE, severity="clear",
    ),
    faulty(
        "relu on the logits", "mlp", mlp(output="relu"), digits, cadences=("tenth", "epoch"),
        faults=(Fault("dead-units", ("fc3/activation", "fc3/bias/gradient"), None),), allowed=IDLE, severity="mild",
    ),
    faulty(
        "tanh drawn too wide", "autoencoder", mlp((64, 32, 16, 32, 64), "tanh", gain=12.0), pictures_again, CLASSIC,
        cadences=(*FIRST, "epoch"), learns=0.5,
        faults=saturated("fc1", "fc2", "fc3"), allowed=AFTERMATH, severity="severe",
    ),
    faulty(
        "sigmoid drawn too wide", "mlp", mlp(function="sigmoid", gain=16.0), digits, CLASSIC, cadences=FIRST,
        faults=saturated("fc1", "fc2"), allowed=AFTERMATH, severity="severe",
    ),
    faulty(
        "tanh on raw features", "mlp", mlp((64, 48, 40, 10), "tanh"), RAW, CLASSIC, cadences=FIRST,
        faults=(*saturated("fc1"), Fault("unnormalised-inputs", (), None)), allowed=AFTERMATH, severity="clear",
    ),
    faulty(
        "tanh cnn on raw features", "cnn", cnn((8, 16), "tanh"), partial(digits, (8, 8, 1), "raw"), CLASSIC,
        cadences=FIRST,
        faults=(*saturated("conv1"), Fault("unnormalised-inputs", (), None)), allowed=AFTERMATH, severity="clear",
    ),
    faulty(
        "inputs no longer scaled", "mlp", mlp(function="tanh"), digits, CLASSIC, batch=times(100.0, 200),
        faults=saturated("fc1", onset=200), allowed=(*AFTERMATH, "unnormalised-inputs"), severity="clear",
    ),
    faulty(
        "tanh cnn drawn too wide", "cnn", cnn((8, 16, 16), "tanh", gain=15.0), IMAGES, CLASSIC, cadences=FIRST,
        faults=(*saturated("conv1", "conv2", "conv3"), *badly_drawn("conv1", "conv2", "conv3")),
        allowed=AFTERMATH, severity="severe",
    ),
    faulty(
        "rnn saturated from the start", "rnn", recurrent("simple", gain=25.0), LINES, CLASSIC, cadences=FIRST,
        faults=(*saturated("rnn"), Fault("poor-initialisation", ("rnn/recurrent_kernel",))),
        allowed=AFTERMATH, severity="clear",
    ),
    faulty(
        "all zero mlp", "mlp", mlp(change=filled(0.0)), digits, cadences=FIRST,
        faults=badly_drawn("fc1", "fc2", "fc3"), allowed=IDLE, severity="severe",
    ),
    faulty(
        "all one value tanh", "mlp", mlp(function="tanh", change=filled(0.05)), digits, cadences=FIRST,
        faults=badly_drawn("fc1", "fc2", "fc3"), allowed=(*IDLE, *AFTERMATH), severity="clear",
    ),
    faulty(
        "all zero cnn", "cnn", cnn(change=filled(0.0)), IMAGES, cadences=FIRST,
        faults=badly_drawn("conv1", "conv2", "head"), allowed=IDLE, severity="severe",
    ),
    faulty(
        "one value in a cell", "lstm", recurrent(change=filled(0.05)), LINES, ADAPTIVE, cadences=FIRST,
        faults=badly_drawn("lstm", "head"), allowed=IDLE, severity="clear",
    ),
    faulty(
        "relu drawn far too wide", "mlp", mlp(init="he", gain=30.0), digits, (("adam", 1e-3),), cadences=FIRST,
        faults=(*badly_drawn("fc1", "fc2", "fc3"), *exploded("fc1", "fc2")), allowed=AFTERMATH, severity="severe",
    ),
    faulty(
        "transformer drawn too wide", "transformer", transformer(blocks=1, gain=25.0), LINES, (("adam", 1e-3),),
        cadences=FIRST, watch=("kernels gradients activations",),
        faults=(
            *badly_drawn("block1/mlp1", "block1/mlp2", "block1/attention/query", "block1/attention/key"),
        ),
        allowed=AFTERMATH, severity="severe",
    ),
    faulty(
        "norm scales fade", "residual", residual(3), digits, CLASSIC, cadences=("tenth", "epoch"),
        watch=("weights", "weights gradients"),
        before=multiplied(0.8, *(f"block{block}/norm/gamma" for block in (1, 2, 3))),
        faults=(Fault("norm-scale-collapse", tuple(f"block{block}/norm/gamma" for block in (1, 2, 3)), None),),
        allowed=IDLE, severity="clear",
    ),
    faulty(
        "batch norm scales fade", "cnn-batchnorm", cnn(normed="before"), IMAGES, (("sgd", 0.03),),
        cadences=("tenth", "epoch"), watch=("weights", "all"), before=multiplied(0.5, "bn1/gamma", "bn2/gamma"),
        faults=(Fault("norm-scale-collapse", ("bn1/gamma", "bn2/gamma"), None),), allowed=IDLE, severity="clear",
    ),
    faulty(
        "dead channels in front of a norm", "cnn-batchnorm", cnn(normed="after", change=low("conv1/bias", 0.75)),
        IMAGES, faults=(Fault("dead-channels", ("bn1/moving_variance",), None), *dead("conv1")),
        allowed=IDLE, severity="clear",
    ),
    faulty(
        "channels masked by mistake", "cnn-batchnorm", cnn(normed="before", bias=False), IMAGES,
        before=masked("conv2/kernel", 0.7), watch=("weights", "weights gradients"),
        faults=(Fault("dead-channels", ("bn2/moving_variance",), None),),
        allowed=IDLE, severity="mild",
    ),
)  # fmt: skip


def runs(seed: int) -> list[Run]:
    """Make the draws of every recipe."""
    return [draw(recipe, train, number, seed) for recipe in RECIPES for number in range(DRAWS)]

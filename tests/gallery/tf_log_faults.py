"""Faulty runs of TensorFlow: tensors that change their size or are no longer logged, and losses that go wrong."""

from __future__ import annotations

from functools import partial

import numpy as np
from label import Run
from tf_data import digits, pictures_again, times, words
from tf_gradient_faults import AFTERMATH, eager, faulty, not_finite
from tf_hooks import upward
from tf_loop import train
from tf_models import cnn, mlp, residual
from tf_recipe import ADAPTIVE, WITHOUT_DECAY, Fault, draw
from tf_sequences import bag_of_words, recurrent, transformer

DRAWS = 2
LINES, IMAGES = partial(digits, (8, 8)), partial(digits, (8, 8, 1))
WRITERS = ("tf2", "tf1", "histogram-pb", "tensorboardx")
ANY = ("all", "weights", "weights gradients")
# Of the loss alone: gradients that are no numbers are not logged, and not used.
CAREFUL = {"scale": 4096.0, "watch": ("weights",), "scalars": ("loss",)}

logged = partial(faulty, writers=WRITERS, watch=ANY)


def resized(*tags: str, at: int) -> tuple[Fault, ...]:
    return (Fault("size-changed", tags, at),)


def ended(*tags: str, at: int) -> tuple[Fault, ...]:
    return (Fault("series-stopped", tags, at),)


def skipped(*kernels: str, at: int) -> tuple[Fault, ...]:
    """Every update is skipped, as the loss is no number."""
    return Fault("loss-not-finite", (), at), Fault("stopped-learning", kernels, at)


DIVERGED = (Fault("loss-diverging", (), None), Fault("weight-explosion", ("*kernel",), None), *not_finite(None))


def without_end(progress: float) -> float:
    """Raise the rate for ever, as a warm-up that is never over."""
    return float(3000.0**progress)


RECIPES = (
    logged(
        "wider layer midway mlp", "mlp", mlp(), digits, then=(200, mlp((64, 64, 40, 10))),
        faults=resized("fc1/kernel", "fc1/bias", "fc2/kernel", at=200), allowed=AFTERMATH, severity="clear",
    ),
    logged(
        "another head midway mlp", "mlp", mlp(function="tanh"), digits, then=(250, mlp((64, 48, 40, 12), "tanh")),
        faults=resized("fc3/kernel", "fc3/bias", at=250), allowed=AFTERMATH, severity="mild",
    ),
    logged(
        "more channels midway cnn", "cnn", cnn(), IMAGES, then=(150, cnn((8, 24))),
        faults=resized("conv2/kernel", "conv2/bias", "head/kernel", at=150), allowed=AFTERMATH, severity="clear",
    ),
    logged(
        "longer vectors midway words", "embedding", bag_of_words(), words, (("adam", 0.01), ("rmsprop", 3e-3)),
        then=(200, bag_of_words(20)), faults=resized("words/embeddings", "fc1/kernel", at=200), allowed=AFTERMATH,
        severity="clear",
    ),
    logged(
        "larger cell midway gru", "gru", recurrent("gru"), LINES, (("adam", 0.01),),
        then=(300, recurrent("gru", 36)), faults=resized("gru/kernel", "gru/recurrent_kernel", "gru/bias", at=300),
        allowed=AFTERMATH, severity="severe",
    ),
    logged(
        "layer no longer logged cnn", "cnn", cnn((8, 16, 16)), IMAGES, until=(("conv2/", 150),),
        faults=ended("conv2/kernel", "conv2/bias", "conv2/kernel/gradient", "conv2/activation", at=150),
        severity="clear",
    ),
    logged(
        "block no longer logged", "residual", residual(3), digits, ADAPTIVE, until=(("block3/", 300),),
        faults=ended("block3/fc1/kernel", "block3/fc2/kernel", "block3/norm/gamma", at=300), severity="mild",
    ),
    logged(
        "attention no longer logged", "transformer", transformer(blocks=1), LINES, ADAPTIVE,
        watch=("kernels", "kernels gradients"), until=(("block1/attention", 100),),
        faults=ended("block1/attention/query/kernel", "block1/attention/key/kernel", at=100), severity="clear",
    ),
    logged(
        "decoder no longer logged", "autoencoder", mlp((64, 32, 16, 32, 64)), pictures_again, ADAPTIVE, learns=0.5,
        until=(("fc3/", 250), ("fc4/", 250)), faults=ended("fc3/kernel", "fc4/kernel", at=250), severity="clear",
    ),
    logged(
        "loss no number mlp", "mlp", mlp(function="tanh"), digits, (("sgd", 0.1),), batch=times(np.nan, 200),
        faults=skipped("fc1/kernel", "fc2/kernel", "fc3/kernel", at=200), allowed=AFTERMATH, severity="severe",
        **CAREFUL,
    ),
    logged(
        "loss no number cnn", "cnn", cnn(), IMAGES, (("sgd", 0.1),), batch=times(np.inf, 150, examples=1),
        faults=skipped("conv1/kernel", "conv2/kernel", "head/kernel", at=150), allowed=AFTERMATH, severity="severe",
        **CAREFUL,
    ),
    logged(
        "loss no number lstm", "lstm", recurrent(), LINES, (("sgd", 0.3),), batch=times(np.nan, 250, examples=4),
        faults=skipped("lstm/kernel", "lstm/recurrent_kernel", "head/kernel", at=250), allowed=AFTERMATH,
        severity="severe", **CAREFUL,
    ),
    logged(
        "uphill cnn", "cnn", cnn(function="tanh"), IMAGES, (("sgd", 0.3), ("momentum", 0.05)), alter=upward,
        faults=DIVERGED, allowed=AFTERMATH, severity="clear",
    ),
    logged(
        "uphill autoencoder", "autoencoder", mlp((64, 32, 16, 32, 64), "tanh"), pictures_again,
        (("sgd", 0.5), ("momentum", 0.1)), alter=upward, learns=0.5, faults=DIVERGED, allowed=AFTERMATH,
        severity="mild",
    ),
    logged(
        "rate grows without end transformer", "transformer", transformer(blocks=1), LINES, (("adam", 3e-3),),
        schedule=without_end, watch=("kernels", "kernels gradients"), faults=DIVERGED, allowed=AFTERMATH,
        severity="clear",
    ),
    logged(
        "rate grows without end gru", "gru", recurrent("gru"), LINES, (("adam", 5e-3), ("rmsprop", 2e-3)),
        schedule=without_end, faults=DIVERGED, allowed=AFTERMATH, severity="clear",
    ),
    eager(
        "rate grows without end mlp", "mlp", mlp(function="leaky_relu"), digits, WITHOUT_DECAY,
        schedule=without_end, faults=DIVERGED, allowed=AFTERMATH, severity="severe",
    ),
)  # fmt: skip


def runs(seed: int) -> list[Run]:
    """Make the draws of every recipe."""
    return [draw(recipe, train, number, seed) for recipe in RECIPES for number in range(DRAWS)]

"""Faulty runs of Keras, as far as its callback, which logs weights once an epoch, can show them."""

from __future__ import annotations

from functools import partial

import keras
import numpy as np
from label import Run
from tf_data import Data, digits, words
from tf_gradient_faults import AFTERMATH, IDLE
from tf_keras import ADAPTIVE, Act, Recipe, draw
from tf_keras_models import (
    Names,
    attentive,
    convolutional,
    dense,
    grow,
    lower,
    recurrent,
    redraw,
    residual,
    worded,
)
from tf_recipe import WITHOUT_DECAY, Fault

DRAWS = 2
LINES, IMAGES = partial(digits, (8, 8)), partial(digits, (8, 8, 1))
FC, CONV = "fc1 fc2 head", "conv1 conv2 head"
NORMED = "conv1 bn1 conv2 bn2 head"
SLOW = (("adam", 3e-4), ("sgd", 0.02))
FC_KERNELS, CONV_KERNELS = ("fc1/kernel", "fc2/kernel", "head/kernel"), ("conv1/kernel", "conv2/kernel", "head/kernel")
LSTM = ("lstm/lstm_cell/kernel", "lstm/lstm_cell/recurrent_kernel")
GRU = ("gru/gru_cell/kernel", "gru/gru_cell/recurrent_kernel")


def stop(*layers: str) -> Act:
    """Make layers not trainable."""

    def act(model: keras.Model, names: Names) -> None:
        for layer in layers:
            model.get_layer(names(layer)).trainable = False

    return act


def with_low_biases(layer: str, share: float) -> Act:
    return lambda model, names: lower(model, names(layer), share)


def wrong_values(layer: str, factor: float) -> Act:
    return lambda model, names: redraw(model, names(layer), factor)


def growing(factor: float) -> Act:
    return lambda model, names: grow(model, factor)


def with_nan(data: Data) -> Data:
    inputs = data.inputs.copy()
    inputs[100] = np.nan
    return Data(inputs, data.targets, data.test_inputs, data.test_targets)


def drawn_anew(model: keras.Model, names: Names) -> None:
    """Begin again, as a second run in the same folder does."""
    for weight in model.weights:
        values = np.array(weight)
        if values.ndim > 1:
            weight.assign(np.random.default_rng(9).uniform(-0.2, 0.2, values.shape))


def frozen(*tags: str) -> tuple[Fault, ...]:
    return (Fault("frozen-weights", tags),)


def stopped(*tags: str, at: int = 16) -> tuple[Fault, ...]:
    return (Fault("stopped-learning", tags, at),)


def only_the_head(*tags: str) -> tuple[Fault, ...]:
    return Fault("only-last-layer-learns", (), None), Fault("frozen-weights", tags)


def idle(*tags: str) -> tuple[Fault, ...]:
    return Fault("small-updates", tags, None), Fault("frozen-weights", tags)


def grown(*tags: str) -> tuple[Fault, ...]:
    return (Fault("weight-explosion", tags, None),)


def not_finite(*tags: str, onset: int | None = None) -> tuple[Fault, ...]:
    return Fault("non-finite-values", tags, onset), Fault("loss-not-finite", (), onset)


RECIPES = (
    Recipe("left out dense", "mlp", FC, dense(frozen=["fc2"]), digits, faults=frozen("fc2/kernel"),
           severity="clear"),
    Recipe("left out first dense", "mlp", FC, dense(frozen=["fc1"]), digits, ADAPTIVE, faults=frozen("fc1/kernel"),
           severity="clear"),
    Recipe("left out cnn", "cnn", CONV, convolutional(frozen=["conv2"]), IMAGES, faults=frozen("conv2/kernel"),
           severity="clear"),
    Recipe("left out lstm", "lstm", "lstm head", recurrent("lstm", trainable=False), LINES, ADAPTIVE,
           faults=only_the_head(LSTM[0]), severity="clear"),
    Recipe("left out words", "embedding", "words fc1 head", worded, words, ADAPTIVE, first=stop("words"),
           faults=frozen("words/embeddings"), severity="mild"),
    Recipe("left out block", "residual", "stem fc1 bn1 fc2 bn2 fc3 bn3 head", residual(zero=False), digits, ADAPTIVE,
           first=stop("fc2"), scope="", faults=frozen("fc2/kernel"), severity="mild"),
    Recipe("left out attention", "transformer", "embed ln1 attention ln2 mlp1 mlp2 ln3 head", attentive, LINES,
           ADAPTIVE, first=stop("attention"), scope="",
           faults=frozen("attention/query/kernel", "attention/key/kernel", "attention/value/kernel"),
           severity="clear"),
    Recipe("stops midway dense", "mlp", FC, dense(), digits, halfway=stop("fc1"), faults=stopped("fc1/kernel"),
           severity="clear"),
    Recipe("stops midway cnn", "cnn", CONV, convolutional(), IMAGES, ADAPTIVE, halfway=stop("conv2"), half=10,
           faults=stopped("conv2/kernel", at=10), severity="clear"),
    Recipe("stops midway gru", "gru", "gru head", recurrent("gru"), LINES, ADAPTIVE, halfway=stop("gru"),
           faults=stopped(*GRU), severity="clear"),
    Recipe("trunk detached dense", "mlp", "fc1 fc2 fc3 head", dense((64, 48, 40, 32, 10), "tanh", detach=True), digits,
           WITHOUT_DECAY, faults=only_the_head("fc1/kernel", "fc2/kernel", "fc3/kernel"),
           allowed=IDLE, severity="clear"),
    Recipe("trunk detached cnn", "cnn", CONV, convolutional((16, 16), detach=True), IMAGES, WITHOUT_DECAY,
           faults=only_the_head("conv2/kernel"), allowed=IDLE, severity="clear"),
    Recipe("rate far too low dense", "mlp", FC, dense(), digits, (("sgd", 1e-7), ("adam", 1e-9), ("momentum", 1e-8)),
           faults=idle(*FC_KERNELS), allowed=IDLE, severity="severe"),
    Recipe("rate too low cnn", "cnn", CONV, convolutional(), IMAGES, (("sgd", 1e-6), ("adam", 1e-8)),
           faults=idle(*CONV_KERNELS), allowed=IDLE, severity="clear"),
    Recipe("rate too low gru", "gru", "gru head", recurrent("gru"), LINES, (("momentum", 1e-7), ("rmsprop", 1e-8)),
           faults=idle(*GRU), allowed=IDLE, severity="clear"),
    Recipe("decay of the wrong sign dense", "mlp", FC, dense(function="tanh"), digits, (("adam", 1e-3), ("sgd", 0.05)),
           each=growing(1.15), faults=grown(*FC_KERNELS), allowed=AFTERMATH, severity="clear"),
    Recipe("decay of the wrong sign cnn", "cnn", CONV, convolutional(), IMAGES, (("adam", 1e-3),),
           each=growing(1.3), faults=grown(*CONV_KERNELS), allowed=AFTERMATH, severity="severe"),
    Recipe("decay too strong dense", "mlp", FC, dense(decay=0.3), digits, (("sgd", 0.03), ("momentum", 0.01)),
           faults=(Fault("weight-collapse", ("fc1/kernel", "fc2/kernel"), None),), allowed=IDLE, severity="severe"),
    Recipe("decay too strong adamw", "mlp", FC, dense(function="swish"), digits, (("adamw", 5e-4),), decay=100.0,
           faults=(Fault("weight-collapse", FC_KERNELS, None),), allowed=IDLE, severity="clear"),
    Recipe("decay too strong cnn", "cnn", CONV, convolutional(decay=0.5), IMAGES, (("sgd", 0.05),),
           faults=(Fault("weight-collapse", ("conv1/kernel", "conv2/kernel"), None),), allowed=IDLE, severity="severe"),
    Recipe("norm scales fade", "cnn-batchnorm", NORMED, convolutional(normed="before", fade=2.0), IMAGES,
           (("sgd", 0.05), ("momentum", 0.005)),
           faults=(Fault("norm-scale-collapse", ("bn1/gamma", "bn2/gamma"), None),), allowed=IDLE, severity="clear"),
    Recipe("dead channels in front of a norm", "cnn-batchnorm", NORMED, convolutional(normed="after"), IMAGES, ADAPTIVE,
           first=with_low_biases("conv2", 0.75), faults=(Fault("dead-channels", ("bn2/moving_variance",), None),),
           allowed=IDLE, severity="clear"),
    Recipe("wrong checkpoint dense", "mlp", FC, dense(), digits, SLOW, halfway=wrong_values("fc2", 4.0),
           faults=(Fault("sudden-shift", ("fc2/kernel",), 16),), allowed=AFTERMATH, severity="clear"),
    Recipe("wrong checkpoint cnn", "cnn", CONV, convolutional(), IMAGES, SLOW, halfway=wrong_values("conv2", 4.0),
           faults=(Fault("sudden-shift", ("conv2/kernel",), 16),), allowed=AFTERMATH, severity="clear"),
    Recipe("nan in the data", "mlp", FC, dense(), digits, ADAPTIVE, halfway=stop(), later=with_nan, half=20,
           faults=not_finite(*FC_KERNELS, onset=20), allowed=AFTERMATH, severity="severe"),
    Recipe("nan in the data cnn", "cnn", CONV, convolutional(), IMAGES, halfway=stop(), later=with_nan, half=6,
           faults=not_finite(*CONV_KERNELS, onset=6), allowed=AFTERMATH, severity="severe"),
    Recipe("rate far too high", "mlp", FC, dense(function="swish"), digits, (("sgd", 1e5), ("momentum", 1e5)),
           faults=(*not_finite(*FC_KERNELS), *grown(*FC_KERNELS)), allowed=AFTERMATH, severity="severe"),
    Recipe("all zero", "mlp", FC, dense(init="zeros"), digits, WITHOUT_DECAY,
           faults=(Fault("poor-initialisation", FC_KERNELS), *frozen("fc1/kernel", "fc2/kernel")), allowed=IDLE,
           severity="severe"),
    Recipe("all zero cnn", "cnn", CONV, convolutional(init="zeros"), IMAGES, WITHOUT_DECAY,
           faults=(Fault("poor-initialisation", CONV_KERNELS), *frozen("conv1/kernel", "conv2/kernel")), allowed=IDLE,
           severity="severe"),
    Recipe("two runs in one folder", "mlp", FC, dense(), digits, ADAPTIVE, halfway=drawn_anew, back=16,
           faults=(Fault("steps-go-back", (), None),), allowed=AFTERMATH, severity="clear"),
    Recipe("resumed from an older epoch", "cnn", CONV, convolutional(), IMAGES, ADAPTIVE, back=5,
           faults=(Fault("steps-go-back", (), None),), severity="mild"),
)  # fmt: skip


def runs(seed: int) -> list[Run]:
    """Make the draws of every recipe."""
    return [draw(recipe, number, seed) for recipe in RECIPES for number in range(DRAWS)]

"""Healthy runs of Keras."""

from __future__ import annotations

from functools import cache, partial

import keras
import numpy as np
from label import Run
from tf_data import Data, digits, islands, pictures_again, table, words, wrong_labels
from tf_keras import ADAPTIVE, Recipe, draw
from tf_keras_models import Names, attentive, convolutional, dense, recurrent, residual, worded
from tf_recipe import cosine, decay_in_steps

DRAWS = 2
LINES, IMAGES = partial(digits, (8, 8)), partial(digits, (8, 8, 1))
FC, CONV = "fc1 fc2 head", "conv1 conv2 head"
NORMED = "conv1 bn1 conv2 bn2 head"


@cache
def backbone() -> tuple[np.ndarray, ...]:
    """Weights of a network that was trained before, for long, on the same digits from 0 to 1."""
    data = digits((64,), "zero to one")
    model = dense()(lambda layer: layer)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.AdamW(3e-3, weight_decay=0.05), loss, jit_compile=False)
    model.fit(data.inputs, data.targets, batch_size=64, epochs=80, verbose=0)
    return tuple(model.get_weights()[:4])


def pretrained(model: keras.Model, names: Names) -> None:
    """Take over the trunk, and freeze it."""
    model.set_weights([*backbone(), *model.get_weights()[4:]])
    for layer in ("fc1", "fc2"):
        model.get_layer(names(layer)).trainable = False


def thaw(model: keras.Model, names: Names) -> None:
    for layer in model.layers:
        layer.trainable = True


def pruned(model: keras.Model, names: Names) -> None:
    """Start from a trained trunk, most of whose weights are set to zero."""
    kept = [np.where(abs(one) < np.quantile(abs(one), 0.6), 0, one) if one.ndim == 2 else one for one in backbone()]
    model.set_weights([*kept, *model.get_weights()[4:]])


def noisy() -> Data:
    data = digits()
    _, targets = wrong_labels(0.3)(0, data.inputs, data.targets, np.random.default_rng(4))
    return Data(data.inputs, targets, data.test_inputs, data.test_targets)


RECIPES = (
    Recipe("dense relu", "mlp", FC, dense(), digits),
    Recipe("dense relu restarted in the same folder", "mlp", FC, dense(), digits, half=12, halfway=thaw),
    Recipe("dense tanh step decay", "mlp", FC, dense(function="tanh"), digits, schedule=decay_in_steps, traps=(11,)),
    Recipe("dense gelu cosine", "mlp", FC, dense(function="gelu"), digits, ADAPTIVE, cosine, traps=(11,)),
    Recipe("dense dropout", "mlp", FC, dense((64, 64, 64, 10), dropout=0.4), digits, ADAPTIVE, traps=(7,)),
    Recipe("dense batch norm", "mlp", "fc1 bn1 fc2 bn2 head", dense(normed="batch"), digits, traps=(3, 31)),
    Recipe("dense layer norm", "mlp", "fc1 ln1 fc2 ln2 head", dense(normed="layer"), digits, ADAPTIVE, traps=(3,)),
    Recipe("dense mild decay", "mlp", FC, dense(decay=1e-3), digits, ADAPTIVE),
    Recipe("dense label noise", "mlp", FC, dense(), noisy, ADAPTIVE, learns=0.7, traps=(40,)),
    Recipe("wine", "mlp", "fc1 head", dense((13, 6, 3), "tanh"), partial(table, "wine"), (("adam", 0.02),),
           traps=(21,)),
    Recipe("solved islands", "mlp", FC, dense((16, 24, 24, 4)), islands, traps=(8,)),
    Recipe("autoencoder", "autoencoder", "fc1 fc2 fc3 head", dense((64, 32, 16, 32, 64)), pictures_again, ADAPTIVE,
           learns=0.5),
    Recipe("cnn", "cnn", CONV, convolutional(), IMAGES),
    Recipe("cnn with images", "cnn", CONV, convolutional(), IMAGES, ADAPTIVE, images=True, traps=(24,)),
    Recipe("cnn batch norm", "cnn-batchnorm", NORMED, convolutional(normed="before"), IMAGES, traps=(31,)),
    Recipe("cnn batch norm behind", "cnn-batchnorm", NORMED, convolutional(normed="after"), IMAGES, ADAPTIVE),
    Recipe("cnn separable", "cnn", CONV, convolutional(separable=True), IMAGES, ADAPTIVE),
    Recipe("lstm", "lstm", "lstm head", recurrent("lstm"), LINES, (("adam", 0.01), ("rmsprop", 5e-3)), traps=(39,)),
    Recipe("gru", "gru", "gru head", recurrent("gru"), LINES, (("adam", 0.01), ("adamw", 0.01)), traps=(39,)),
    Recipe("simple rnn", "rnn", "rnn head", recurrent("rnn"), LINES, ADAPTIVE),
    Recipe("attention", "transformer", "embed ln1 attention ln2 mlp1 mlp2 ln3 head", attentive, LINES, ADAPTIVE,
           cosine),
    Recipe("residual zero gamma", "residual", "stem fc1 bn1 fc2 bn2 fc3 bn3 head", residual(), digits, ADAPTIVE,
           traps=(4,)),
    Recipe("words", "embedding", "words fc1 head", worded, words, (("adam", 0.01), ("rmsprop", 5e-3)), learns=0.7,
           traps=(6,)),
    Recipe("backbone frozen", "finetune", FC, dense(), digits, ADAPTIVE, first=pretrained, learns=0.75, traps=(5, 36)),
    Recipe("backbone unfrozen midway", "finetune", FC, dense(), digits, ADAPTIVE, first=pretrained, halfway=thaw,
           traps=(5, 35)),
    Recipe("pruned", "pruned", FC, dense(), digits, ADAPTIVE, first=pruned, traps=(15,)),
)  # fmt: skip


def runs(seed: int) -> list[Run]:
    """Make the draws of every recipe."""
    return [draw(recipe, number, seed) for recipe in RECIPES for number in range(DRAWS)]

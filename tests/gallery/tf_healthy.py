"""Healthy runs of TensorFlow: networks of many kinds."""

from __future__ import annotations

from functools import partial

from label import Run
from tf_data import curve, digits, pictures_again, table, words
from tf_loop import train
from tf_models import cnn, mlp, residual
from tf_recipe import ADAPTIVE, Recipe, cosine, decay_in_steps, draw, restarts
from tf_sequences import bag_of_words, experts, gated, recurrent, transformer

DRAWS = 3
LONG = ("tenth", "epoch", "epoch of steps")
LINES, IMAGES = partial(digits, (8, 8)), partial(digits, (8, 8, 1))
FEW = ("kernels", "kernels gradients activations", "kernels activations")

RECIPES = (
    Recipe("mlp relu", "mlp", mlp(), digits),
    Recipe("mlp relu cosine", "mlp", mlp(init="he"), digits, schedule=cosine, traps=(11,)),
    Recipe("mlp gelu cosine", "mlp", mlp(function="gelu"), digits, schedule=cosine, traps=(7, 11)),
    Recipe("mlp tanh step decay", "mlp", mlp(function="tanh"), digits, schedule=decay_in_steps, traps=(11,)),
    Recipe("mlp swish", "mlp", mlp(function="swish"), digits, optimisers=ADAPTIVE),
    Recipe("mlp elu restarts", "mlp", mlp(function="elu"), digits, ADAPTIVE, cadences=LONG, schedule=restarts,
           traps=(35,)),
    Recipe("mlp leaky deep", "mlp", mlp((64, 32, 32, 32, 32, 10), "leaky_relu", init="he"), digits, ADAPTIVE),
    Recipe("mlp batch norm", "mlp", mlp(normed="batch"), digits, cadences=LONG, traps=(31, 3)),
    Recipe("mlp layer norm", "mlp", mlp(normed="layer"), digits, cadences=LONG, traps=(3,)),
    Recipe("mlp dropout", "mlp", mlp((64, 64, 64, 10), dropout=0.5), digits, ADAPTIVE, cadences=LONG, traps=(7, 37)),
    Recipe("mlp squared relu", "mlp", mlp(function="squared_relu"), digits, ADAPTIVE, cadences=LONG, traps=(7,)),
    Recipe("mlp top half", "mlp", mlp(function="top_half"), digits, ADAPTIVE, cadences=LONG, traps=(7,)),
    Recipe("tiny wine", "mlp", mlp((13, 6, 3), "tanh"), partial(table, "wine"), ADAPTIVE, cadences=LONG, traps=(21,)),
    Recipe("cells", "mlp", mlp((30, 24, 16, 2)), partial(table, "cells"), cadences=LONG, traps=(8,)),
    Recipe("curve", "mlp", mlp((6, 32, 32, 1), "swish"), curve, ADAPTIVE, cadences=LONG, learns=0.6),
    Recipe("autoencoder tanh", "autoencoder", mlp((64, 32, 12, 32, 64), "tanh"), pictures_again, ADAPTIVE,
           cadences=LONG, learns=0.5),
    Recipe("autoencoder relu", "autoencoder", mlp((64, 32, 16, 32, 64)), pictures_again, ADAPTIVE, cadences=LONG,
           learns=0.5, schedule=cosine),
    Recipe("cnn", "cnn", cnn(), IMAGES, cadences=LONG),
    Recipe("cnn tanh", "cnn", cnn(function="tanh"), IMAGES, cadences=LONG, schedule=decay_in_steps),
    Recipe("cnn deep", "cnn", cnn((8, 16, 16, 16), init="he"), IMAGES, ADAPTIVE, cadences=LONG, schedule=cosine),
    Recipe("cnn batch norm", "cnn-batchnorm", cnn(normed="before"), IMAGES, cadences=LONG, traps=(7, 31)),
    Recipe("cnn batch norm no bias", "cnn-batchnorm", cnn(normed="before", bias=False), IMAGES,
           (("sgd", 0.5), ("momentum", 0.1)), cadences=LONG, traps=(34,)),
    Recipe("cnn batch norm behind", "cnn-batchnorm", cnn(normed="after"), IMAGES, cadences=LONG),
    Recipe("rnn", "rnn", recurrent("simple"), LINES, ADAPTIVE, cadences=LONG, clip=1.0),
    Recipe("lstm", "lstm", recurrent("lstm"), LINES, (("adam", 0.01), ("rmsprop", 5e-3)), cadences=LONG,
           traps=(14, 39)),
    Recipe("gru", "gru", recurrent("gru"), LINES, (("adam", 0.01), ("adamw", 0.01)), cadences=LONG, schedule=cosine,
           traps=(14, 39)),
    Recipe("transformer", "transformer", transformer(blocks=1), LINES, ADAPTIVE, cadences=LONG, watch=FEW,
           schedule=cosine, traps=(31,)),
    Recipe("transformer causal", "transformer", transformer(blocks=1, causal=True, logits=True), LINES, ADAPTIVE,
           ("tf2", "histogram-pb"), LONG, ("kernels activations",), traps=(14, 32)),
    Recipe("transformer attention shown", "transformer", transformer(logits=True), LINES, ADAPTIVE, cadences=LONG,
           watch=("kernels activations",), traps=(14,)),
    Recipe("residual", "residual", residual(), digits, ADAPTIVE, watch=FEW, traps=(13,)),
    Recipe("residual zero kernel", "residual", residual(zero="kernel"), digits, ADAPTIVE, watch=FEW, traps=(4, 13)),
    Recipe("residual zero gamma", "residual", residual(3, zero="gamma", normed="batch"), digits, ADAPTIVE,
           cadences=LONG, traps=(4, 13)),
    Recipe("residual layer scale", "residual", residual(3, zero="scale", function="gelu"), digits, ADAPTIVE,
           traps=(4, 13)),
    Recipe("bag of words", "embedding", bag_of_words(), words, (("adam", 0.01), ("rmsprop", 3e-3)), cadences=LONG,
           traps=(6,)),
    Recipe("experts", "experts", experts(), digits, ADAPTIVE, cadences=LONG, traps=(6,)),
    Recipe("gated", "gated", gated(), digits, ADAPTIVE, cadences=LONG, traps=(14,)),
)  # fmt: skip


def runs(seed: int) -> list[Run]:
    """Make the draws of every recipe."""
    return [draw(recipe, train, number, seed) for recipe in RECIPES for number in range(DRAWS)]

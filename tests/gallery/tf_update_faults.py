"""Runs of TensorFlow whose every step moves the weights by hundredths: at rates that never settle, and at ones that do.

Faulty are those that end up clearly worse than a run of the kind does at a usual rate.
"""

from __future__ import annotations

from functools import partial

from label import Run
from tf_data import digits, pictures_again
from tf_gradient_faults import AFTERMATH, faulty
from tf_loop import train
from tf_models import cnn, mlp
from tf_recipe import Fault, Recipe, cosine, draw
from tf_sequences import gated, recurrent, transformer

DRAWS = 3
LINES, IMAGES = partial(digits, (8, 8)), partial(digits, (8, 8, 1))
WRITERS = ("tf2", "tf1", "histogram-pb")
# Steps of the optimiser, near to each other.
NEAR = ("each", "third", "fifth")
ANY = ("all", "weights", "weights gradients")
LARGE = (
    Fault("large-updates", ("*kernel",), None),
    Fault("weight-explosion", ("*kernel",), None),
)

restless = partial(
    faulty, writers=WRITERS, cadences=NEAR, watch=ANY, scalars=("loss",), faults=LARGE, allowed=AFTERMATH
)
quick = partial(Recipe, writers=WRITERS, cadences=NEAR, watch=ANY, schedule=cosine)

RECIPES = (
    restless("updates too large mlp", "mlp", mlp(function="tanh"), digits, (("adam", 0.3), ("rmsprop", 0.1)),
             faults=(*LARGE, Fault("saturated-activations", ("fc1/activation", "fc2/activation"), None)), learns=0.9,
             severity="severe"),
    restless("updates too large cnn", "cnn", cnn(function="tanh"), IMAGES, (("adam", 0.4), ("adamw", 0.3)),
             learns=0.93, severity="clear"),
    restless("updates too large transformer", "transformer", transformer(blocks=1), LINES,
             (("adam", 0.15), ("adamw", 0.2)), learns=0.88, watch=("kernels", "kernels gradients"), severity="severe"),
    restless("updates too large gru", "gru", recurrent("gru"), LINES, (("rmsprop", 0.15),), learns=0.93,
             severity="mild"),
    restless("updates too large autoencoder", "autoencoder", mlp((64, 32, 16, 32, 64), "leaky_relu"), pictures_again,
             (("rmsprop", 0.03), ("rmsprop", 0.04)), learns=0.8, writers=("tf2", "histogram-pb"),
             cadences=("each", "third"), severity="mild"),
    quick("high rate that falls mlp", "mlp", mlp(function="swish"), digits, (("adam", 0.02), ("adamw", 0.03)),
          learns=0.9),
    quick("high rate that falls cnn", "cnn", cnn(function="tanh"), IMAGES, (("adam", 0.03), ("adamw", 0.02)),
          learns=0.9),
    quick("high rate that falls gru", "gru", recurrent("gru"), LINES, (("adam", 0.03),), learns=0.9),
    quick("high rate that falls gated", "gated", gated(), digits, (("adam", 0.03), ("adamw", 0.03)), learns=0.9),
    quick("high rate that falls autoencoder", "autoencoder", mlp((64, 32, 16, 32, 64), "tanh"), pictures_again,
          (("adam", 0.02),)),
)  # fmt: skip


def runs(seed: int) -> list[Run]:
    """Make the draws of every recipe."""
    return [draw(recipe, train, number, seed) for recipe in RECIPES for number in range(DRAWS)]

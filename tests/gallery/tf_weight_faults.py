"""Faulty runs of TensorFlow: weights that do not learn, learn too fast, grow, fade or jump, and logs gone wrong."""

from __future__ import annotations

from functools import partial

from label import Run
from tf_data import curve, digits, pictures_again, words
from tf_gradient_faults import AFTERMATH, IDLE, cut, faulty
from tf_hooks import grown_at, held_from, multiplied, redrawn_at, squares_of
from tf_loop import train
from tf_models import cnn, mlp, residual
from tf_recipe import ADAPTIVE, WITHOUT_DECAY, Fault, draw
from tf_sequences import bag_of_words, recurrent, transformer

DRAWS = 2
LINES, IMAGES = partial(digits, (8, 8)), partial(digits, (8, 8, 1))
LONG = ("tenth", "epoch", "epoch of steps")
ANY = ("all", "weights", "weights gradients")
KERNELS = ("kernels gradients activations", "kernels gradients", "kernels")
SLOW = (("adam", 5e-4), ("sgd", 0.02))

lasting = partial(faulty, cadences=LONG, watch=ANY)


def frozen(*tags: str, onset: int = 0) -> tuple[Fault, ...]:
    return (Fault("stopped-learning" if onset else "frozen-weights", tags, onset),)


def only_the_head(*kernels: str) -> tuple[Fault, ...]:
    return Fault("only-last-layer-learns", (), None), Fault("frozen-weights", kernels)


GROWTH = (Fault("weight-explosion", ("*kernel",), None),)
# Weights that shrink fast move far for their size.
SHRUNK = (*IDLE, "large-updates")
FADING = (Fault("weight-collapse", ("*kernel",), None),)
IDLE_ALL = (Fault("small-updates", ("*kernel",), None), Fault("frozen-weights", ("*kernel",), None))


RECIPES = (
    lasting(
        "left out mlp", "mlp", mlp(), digits, frozen=("fc2/",), faults=frozen("fc2/kernel"),
        severity="clear",
    ),
    lasting(
        "left out cnn", "cnn", cnn(), IMAGES, frozen=("conv2/",), faults=frozen("conv2/kernel"),
        severity="clear",
    ),
    lasting(
        "left out block", "residual", residual(3), digits, ADAPTIVE, watch=KERNELS, frozen=("block2/",),
        faults=frozen("block2/fc1/kernel", "block2/fc2/kernel"), severity="mild",
    ),
    lasting(
        "left out cell", "lstm", recurrent(), LINES, ADAPTIVE, frozen=("lstm/",), faults=only_the_head("lstm/kernel"),
        severity="clear",
    ),
    lasting(
        "left out words", "embedding", bag_of_words(), words, ADAPTIVE, frozen=("words/",),
        faults=frozen("words/embeddings"), severity="mild",
    ),
    lasting(
        "left out attention", "transformer", transformer(blocks=1), LINES, ADAPTIVE, watch=KERNELS,
        frozen=("block1/attention",),
        faults=frozen(*(f"block1/attention/{part}/kernel" for part in ("query", "key", "value", "out"))),
        severity="clear",
    ),
    lasting(
        "stops midway mlp", "mlp", mlp(), digits, before=held_from(200, "fc1/kernel", "fc1/bias"),
        faults=frozen("fc1/kernel", onset=200), severity="clear",
    ),
    lasting(
        "stops midway cnn", "cnn", cnn(), IMAGES, before=held_from(150, "conv2/kernel", "conv2/bias"),
        faults=frozen("conv2/kernel", onset=150), severity="clear",
    ),
    lasting(
        "stops midway gru", "gru", recurrent("gru"), LINES, (("adam", 0.01),),
        before=held_from(200, "gru/kernel", "gru/recurrent_kernel", "gru/bias"),
        faults=frozen("gru/kernel", "gru/recurrent_kernel", onset=200), severity="clear",
    ),
    lasting(
        "stops late block", "residual", residual(3), digits, ADAPTIVE, watch=KERNELS,
        before=held_from(280, "block2/fc1/kernel", "block2/fc2/kernel"),
        faults=frozen("block2/fc1/kernel", "block2/fc2/kernel", onset=280), severity="mild",
    ),
    lasting(
        "trunk detached mlp", "mlp", mlp((64, 48, 40, 32, 10), "tanh", detach=4), digits, WITHOUT_DECAY,
        faults=(*only_the_head("fc1/kernel", "fc2/kernel", "fc3/kernel"), *cut("fc1", "fc2", "fc3")),
        allowed=IDLE, severity="clear",
    ),
    lasting(
        "trunk detached cnn", "cnn", cnn((8, 16, 16), detach=True), IMAGES, WITHOUT_DECAY, watch=("all", "weights"),
        faults=(*only_the_head("conv1/kernel", "conv2/kernel", "conv3/kernel"), *cut("conv1", "conv2", "conv3")),
        allowed=IDLE, severity="clear",
    ),
    lasting(
        "optimiser of the head alone", "transformer", transformer(blocks=1), LINES, ADAPTIVE,
        watch=("kernels", "kernels gradients"), frozen=("embed", "position", "block", "norm"),
        faults=only_the_head("embed/kernel", "block1/mlp1/kernel", "block1/mlp2/kernel", "block1/attention/out/kernel"),
        allowed=IDLE, severity="clear",
    ),
    lasting(
        "rate far too low mlp", "mlp", mlp(), digits, (("sgd", 1e-7), ("momentum", 1e-8), ("adam", 1e-9)),
        scalars=("loss",), faults=IDLE_ALL, allowed=IDLE, severity="severe",
    ),
    lasting(
        "rate too low cnn", "cnn", cnn(), IMAGES, (("sgd", 1e-6), ("adam", 1e-8)), scalars=("loss",),
        faults=IDLE_ALL, allowed=IDLE, severity="clear",
    ),
    lasting(
        "rate too low lstm", "lstm", recurrent(), LINES, (("momentum", 1e-7), ("rmsprop", 1e-8)), scalars=("loss",),
        faults=IDLE_ALL, allowed=IDLE, severity="clear",
    ),
    lasting(
        "rate too high mlp", "mlp", mlp(function="swish"), digits, (("sgd", 5.0), ("momentum", 1.0)), watch=("all",),
        faults=(*GROWTH, Fault("loss-diverging", (), None), Fault("non-finite-values", (), None)),
        allowed=AFTERMATH, severity="clear", writers=("tf2", "histogram-pb"),
    ),
    lasting(
        "decay of the wrong sign mlp", "mlp", mlp(function="tanh"), digits, (("sgd", 0.05), ("adam", 1e-3)),
        before=multiplied(1.012, "fc1/kernel", "fc2/kernel", "fc3/kernel"), faults=GROWTH, allowed=AFTERMATH,
        severity="clear",
    ),
    lasting(
        "decay of the wrong sign cnn", "cnn", cnn(), IMAGES, (("adam", 1e-3),), cadences=("tenth",),
        before=multiplied(1.02, "conv1/kernel", "conv2/kernel"), faults=GROWTH, allowed=AFTERMATH, severity="severe",
    ),
    lasting(
        "decay too strong mlp", "mlp", mlp(), digits, (("adamw", 5e-4),), decay=100.0,
        faults=FADING, allowed=SHRUNK, severity="severe",
    ),
    lasting(
        "penalty too strong cnn", "cnn", cnn(function="tanh"), IMAGES, (("sgd", 0.05),),
        penalty=squares_of(2.0, "conv1/kernel", "conv2/kernel"),
        faults=FADING, allowed=SHRUNK, severity="clear",
    ),
    lasting(
        "penalty too strong autoencoder", "autoencoder", mlp((64, 32, 16, 32, 64), "tanh"), pictures_again,
        (("sgd", 0.05),), penalty=squares_of(0.5, *(f"fc{number}/kernel" for number in (1, 2, 3, 4))), learns=0.5,
        faults=FADING, allowed=SHRUNK, severity="severe",
    ),
    lasting(
        "wrong checkpoint mlp", "mlp", mlp(), digits, SLOW, cadences=("tenth", "epoch of steps"),
        before=redrawn_at(300, 4.0, "fc2/kernel"), faults=(Fault("sudden-shift", ("fc2/kernel",), 300),),
        allowed=AFTERMATH, severity="clear",
    ),
    lasting(
        "wrong checkpoint cnn", "cnn", cnn(), IMAGES, SLOW, cadences=("tenth", "epoch"),
        before=redrawn_at(200, 4.0, "conv2/kernel"), faults=(Fault("sudden-shift", ("conv2/kernel",), 200),),
        allowed=AFTERMATH, severity="clear",
    ),
    lasting(
        "wrong checkpoint gru", "gru", recurrent("gru"), LINES, (("adam", 1e-3),), cadences=("tenth",),
        before=redrawn_at(205, 3.0, "gru/recurrent_kernel"),
        faults=(Fault("sudden-shift", ("gru/recurrent_kernel",), 205),), allowed=AFTERMATH, severity="mild", learns=0.5,
    ),
    lasting(
        "wrong checkpoint of a norm", "mlp", mlp(normed="layer"), digits, SLOW, cadences=("tenth",),
        before=grown_at(240, 3.0, "ln1/gamma"),
        faults=(Fault("sudden-shift", ("ln1/gamma",), 240),), allowed=AFTERMATH, severity="clear",
    ),
    faulty(
        "resumed from an older checkpoint", "mlp", mlp(function="gelu"), digits, back=(250, 100), watch=ANY,
        faults=(Fault("steps-go-back", (), None),), severity="mild",
    ),
    faulty(
        "two runs in one folder", "mlp", mlp((6, 32, 32, 1), "swish"), curve, back=(200, 200), watch=ANY,
        before=redrawn_at(200, 1.0, "fc1/kernel", "fc2/kernel", "fc3/kernel"), learns=0.6,
        faults=(Fault("steps-go-back", (), None),), allowed=AFTERMATH, severity="clear",
    ),
)  # fmt: skip


def runs(seed: int) -> list[Run]:
    """Make the draws of every recipe."""
    return [draw(recipe, train, number, seed) for recipe in RECIPES for number in range(DRAWS)]

"""Healthy runs of TensorFlow that look like faults: a fault's twin differs from it by one fact only."""

from __future__ import annotations

from functools import cache, partial

import numpy as np
import tensorflow as tf
from label import Run
from tf_data import Array, digits, few_digits, islands, times, wrong_labels
from tf_engines import Eager
from tf_loop import train
from tf_models import WIDTHS, Network, Tensor, Values, cnn, mlp
from tf_names import naming
from tf_recipe import ADAPTIVE, CADENCES, CLASSIC, Plan, Recipe, State, draw
from tf_sequences import adapted, recurrent

DRAWS = 3
LONG = ("tenth", "epoch", "epoch of steps")
NO_GRAPH = ("tf2", "tf2", "histogram-pb", "tensorboardx")


@cache
def backbone() -> Values:
    """A network that was trained before, for long, on the same digits from 0 to 1."""
    recipe = Recipe("backbone", "mlp", mlp(), partial(digits, (64,), "zero to one"), decay=0.05)
    plan = Plan(recipe, (0, 0, 0), "tf2", "plain", "adamw", 3e-3, CADENCES["tenth"], "all", "", naming("plain", ()))
    rng = np.random.default_rng(11)
    values = recipe.network.draw(rng)
    engine = Eager.of(plan, values)
    data = recipe.data()
    for _ in range(100):
        rows = rng.integers(len(data.inputs), size=(20, 64))
        engine.train(data.inputs[rows], data.targets[rows], 0, np.full(20, 3e-3))
    return {tag: engine.read(tag) for tag in values}


def with_new_head(rng: np.random.Generator) -> Values:
    bound = (6 / (WIDTHS[-2] + 10)) ** 0.5
    new = {"fc3/kernel": np.float32(rng.uniform(-bound, bound, (WIDTHS[-2], 10))), "fc3/bias": np.zeros(10, np.float32)}
    return backbone() | new


PRETRAINED = Network(mlp().key, with_new_head, mlp().forward)


# What is done to networks before and while they learn.


def zero_head(values: Values) -> None:
    values["fc3/kernel"][:] = 0


def low_biases(values: Values) -> None:
    """Let few units fire."""
    for tag in ("fc1/bias", "fc2/bias"):
        values[tag][:] = -0.6


def heavy_tails(values: Values) -> None:
    """Draw from Student's t with three degrees of freedom, and set one weight far out."""
    rng = np.random.default_rng(int(abs(values["fc1/kernel"]).sum() * 1e3))
    for tag in ("fc1/kernel", "fc2/kernel", "fc3/kernel"):
        values[tag][:] = 0.06 * rng.standard_t(3, values[tag].shape)
    values["fc2/kernel"][0, 0] = 3.0


def pruned(values: Values) -> None:
    """Keep the largest tenth of the weights that were trained before."""
    for tag, value in backbone().items():
        values[tag][:] = value
        if tag.endswith("kernel"):
            values[tag][np.abs(value) < np.quantile(np.abs(value), 0.85)] = 0


def stay_pruned(step: int, state: State) -> None:
    for tag in ("fc1/kernel", "fc2/kernel", "fc3/kernel"):
        now = state.read(tag)
        state.assign(tag, now * state.memory.setdefault(tag, now != 0))


def quantised(step: int, state: State) -> None:
    """Round what is used and logged to fifteen levels; what is learned goes on in full precision."""
    for tag in ("fc1/kernel", "fc2/kernel", "fc3/kernel"):
        now = state.read(tag)
        exact, rounded = state.memory.get(tag, (now, now))
        exact = exact + (now - rounded)
        rounded = np.float32(np.round(np.clip(exact / 0.5, -1, 1) * 7) / 7 * 0.5)
        state.memory[tag] = exact, rounded
        state.assign(tag, rounded)


def clipped(step: int, state: State) -> None:
    for tag in ("fc1/kernel", "fc2/kernel", "fc3/kernel"):
        state.assign(tag, np.clip(state.read(tag), -0.15, 0.15))


def averaged(step: int, state: State) -> None:
    """Follow the weights with a moving average."""
    for tag in _COPIED:
        now = state.read(tag)
        state.memory[tag] = state.memory.get(tag, now) * 0.98 + now * 0.02


def copied(step: int, state: State) -> None:
    """Copy the weights now and then, as a target network does."""
    if step % 100 == 0:
        state.memory |= {tag: state.read(tag) for tag in _COPIED}


_COPIED = tuple(f"fc{number}/{part}" for number in (1, 2, 3) for part in ("kernel", "bias"))


def shown_as(name: str, state: State) -> dict[str, Array]:
    return {f"{name}/{tag}": state.memory[tag] for tag in _COPIED}


def all_in_one(state: State) -> dict[str, Array]:
    """One tag of all parameters, one of the examples, and one of settings."""
    everything = np.concatenate([state.read(tag).ravel() for tag in _COPIED])
    return {"all_parameters": everything, "inputs": digits().inputs[:64], "weight_bits": np.full(8, 16.0)}


def by_turns(step: int, state: State, *, order: tuple[str, ...], turn: int, freezes: bool) -> None:
    """Freeze, or hold until then, one layer after the other."""
    for place, layer in enumerate(order, start=1):
        held = step > place * turn if freezes else step <= place * turn
        for tag in (f"{layer}/kernel", f"{layer}/bias"):
            if held and tag in state.memory:
                state.assign(tag, state.memory[tag])
            state.memory[tag] = state.memory[tag] if held and tag in state.memory else state.read(tag)


# What is done to gradients.


def overflow(gradients: dict[str, Tensor], step: Tensor) -> dict[str, Tensor]:
    """Let a gradient overflow now and then, until the loss scale is lowered."""
    infinite = tf.where(tf.reduce_any(step == np.array([60, 130, 260, 380])), np.float32(np.inf), np.float32(0))
    return gradients | {"fc2/kernel": tf.tensor_scatter_nd_add(gradients["fc2/kernel"], [[3, 4]], [infinite])}


def small(gradients: dict[str, Tensor], step: Tensor) -> dict[str, Tensor]:
    return {tag: gradient * 1e-3 for tag, gradient in gradients.items()}


RECIPES = (
    Recipe("mlp sparse relu", "mlp", mlp(init="he", change=low_biases), digits, ADAPTIVE, cadences=LONG, traps=(37,)),
    Recipe("mlp zero head", "mlp", mlp(change=zero_head), digits, traps=(4,)),
    Recipe("mlp linear output", "mlp", mlp(output="linear"), digits),
    Recipe("mlp heavy tails", "mlp", mlp(change=heavy_tails), digits, cadences=LONG, traps=(1, 18)),
    Recipe("mlp high but fine rate", "mlp", mlp(init="he"), digits, (("adam", 0.01), ("momentum", 0.1)),
           cadences=LONG),
    Recipe("mlp raw features", "mlp", mlp(normed="batch"), partial(digits, (64,), "raw"), ADAPTIVE, cadences=LONG),
    Recipe("mlp part of a batch", "mlp", mlp(), digits, cadences=("tenth",), partial=True, traps=(17,)),
    Recipe("mlp label noise", "mlp", mlp(), digits, cadences=LONG, batch=wrong_labels(0.3), learns=0.75, traps=(40,)),
    Recipe("mlp bright batch", "mlp", mlp(), digits, ADAPTIVE, cadences=LONG, batch=times(2.5, 200, 200)),
    Recipe("solved", "mlp", mlp((16, 32, 32, 4)), islands, (("momentum", 0.1), ("adam", 0.01)), cadences=LONG,
           traps=(8,)),
    Recipe("gradients before unscaling", "mixed-precision", mlp(), digits, cadences=LONG, scale=4096.0,
           traps=(9, 33)),
    Recipe("gradients of a tiny unit", "mlp", mlp((64, 32, 32, 10), "swish"), digits,
           writers=("tf1", "tensorboardx", "tf2"), cadences=LONG, watch=("weights gradients",), scale=2e-10,
           traps=(9, 38)),
    Recipe("gradients that overflow", "mixed-precision", mlp(), digits, cadences=LONG, scale=32768.0,
           alter=overflow, traps=(32,)),
    Recipe("clipped gradients", "mlp", mlp(function="tanh"), digits, CLASSIC, cadences=LONG, clip=0.5, traps=(9,)),
    Recipe("small gradients", "mlp", mlp(), digits, (("adam", 3e-3),), cadences=LONG, alter=small, traps=(9, 10)),
    Recipe("adapters", "lora", adapted(backbone, WIDTHS), digits, (("adam", 5e-3), ("adamw", 5e-3)), cadences=LONG,
           frozen=("fc1/k", "fc2/k", "fc3/k", "fc1/b", "fc2/b", "fc3/b"), watch=("all", "weights"), traps=(4, 5)),
    Recipe("backbone frozen", "finetune", PRETRAINED, digits, frozen=("fc1/", "fc2/"), cadences=LONG, learns=0.75,
           traps=(5, 36)),
    Recipe("backbone but its first layer frozen", "finetune", PRETRAINED, digits, frozen=("fc1/",), cadences=LONG,
           traps=(5,)),
    Recipe("unfrozen by turns", "finetune", PRETRAINED, digits, ADAPTIVE, cadences=LONG,
           before=partial(by_turns, order=("fc2", "fc1"), turn=130, freezes=False), traps=(5, 35)),
    Recipe("frozen by turns", "finetune", mlp(), digits, (("momentum", 0.05), ("adam", 5e-3)), cadences=LONG,
           before=partial(by_turns, order=("fc1", "fc2"), turn=130, freezes=True), traps=(5, 35)),
    Recipe("pruned", "pruned", mlp(change=pruned), digits, cadences=LONG, before=stay_pruned, traps=(15,)),
    Recipe("quantised", "quantised", mlp(), digits, (("adam", 5e-3), ("momentum", 0.05)), cadences=LONG,
           before=quantised, traps=(15,)),
    Recipe("clipped weights", "clipped", mlp(), digits, (("adam", 5e-3), ("momentum", 0.05)), cadences=LONG,
           before=clipped, traps=(15,)),
    Recipe("averaged weights", "mlp", mlp(), digits, writers=NO_GRAPH, cadences=LONG, before=averaged,
           extra=partial(shown_as, "ema"), traps=(5, 35)),
    Recipe("copied weights", "mlp", mlp(), digits, writers=NO_GRAPH, cadences=LONG, before=copied,
           extra=partial(shown_as, "target"), traps=(35,)),
    Recipe("learned by heart mlp", "mlp", mlp(), few_digits, (("adam", 5e-3), ("adamw", 5e-3)), cadences=LONG,
           scalars=("loss apart",), learns=0.6, notes=("overfitting",)),
    Recipe("learned by heart cnn", "cnn", cnn((16, 16)), partial(few_digits, (8, 8, 1)), (("adam", 5e-3),),
           cadences=LONG, scalars=("loss apart",), learns=0.6, notes=("overfitting",)),
    Recipe("learned by heart lstm", "lstm", recurrent(), partial(few_digits, (8, 8)), (("adam", 0.01),),
           cadences=LONG, scalars=("loss apart",), learns=0.5, notes=("overfitting",)),
    Recipe("plateau of label noise", "mlp", mlp(), digits, (("adam", 3e-3), ("sgd", 0.1)), cadences=LONG,
           batch=wrong_labels(0.9), scalars=("loss", "loss apart"), learns=0.5, notes=("loss-flat",), traps=(40,)),
    Recipe("plateau of label noise cnn", "cnn", cnn(), partial(digits, (8, 8, 1)), (("adam", 5e-3),), cadences=LONG,
           batch=wrong_labels(0.9), scalars=("loss",), learns=0.5, notes=("loss-flat",), traps=(40,)),
    Recipe("all in one tag", "mlp", mlp(), digits, writers=NO_GRAPH, extra=all_in_one, traps=(23,)),
)  # fmt: skip


def runs(seed: int) -> list[Run]:
    """Make the draws of every recipe."""
    return [draw(recipe, train, number, seed) for recipe in RECIPES for number in range(DRAWS)]

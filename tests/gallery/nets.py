"""Networks of several kinds and the training that shows their tensors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import cos, pi

import numpy as np
from backprop import (
    Array,
    Node,
    backward,
    bag,
    cross_entropy,
    detached,
    normalised,
    sigmoid,
    square_error,
    tanh,
)

from tensorboard_plugin_histdiag.demo.digits import draw_digits
from tensorboard_plugin_histdiag.demo.network import Update, adam, momentum

Parameters = dict[str, Node]
Shown = dict[str, Array]
Model = Callable[[Parameters, Array, Array], tuple[Node, Shown]]
Values = dict[str, Array]
Schedule = Callable[[int], float]
Hook = Callable[[int, Values], None]

STEPS = 300
INTERVAL = 10
BATCH = 64


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    Attributes
    ----------
    values
        Makes the parameters by tag.
    frozen
        Parameters, by the beginnings of their tags, that are left out of the update.
    before
        Called before every step, may change the parameters in place.
    inputs_of
        Called before every step, may change the batch.
    """

    model: Model
    values: Callable[[np.random.Generator], Values]
    update: Callable[[], Update] = momentum
    schedule: Schedule = lambda step: 0.03
    batch: Callable[[np.random.Generator], tuple[Array, Array]] = lambda rng: digits(rng)
    frozen: tuple[str, ...] = ()
    before: Hook = lambda step, values: None
    inputs_of: Callable[[int, Array], Array] = lambda step, inputs: inputs
    steps: int = STEPS
    interval: int = INTERVAL
    seed: int = 0


def train(recipe: Recipe) -> Iterator[tuple[int, Shown, dict[str, float]]]:
    """Train and yield step, tensors and scalars before every ``interval``-th update."""
    rng = np.random.default_rng(recipe.seed)
    values, update = recipe.values(rng), recipe.update()
    learning = [tag for tag in values if not (recipe.frozen and tag.startswith(recipe.frozen))]
    for step in range(recipe.steps + 1):
        recipe.before(step, values)
        inputs, targets = recipe.batch(rng)
        parameters = {tag: Node(value) for tag, value in values.items()}
        with np.errstate(all="ignore"):  # faults overflow on purpose
            loss, shown = recipe.model(parameters, recipe.inputs_of(step, inputs), targets)
            backward(loss)
            if step % recipe.interval == 0:
                tensors = {tag: value.copy() for tag, value in values.items()} | shown
                tensors |= {f"{tag}/gradient": node.gradient for tag, node in parameters.items()}
                yield step, tensors, {"loss": float(loss.value), "learning_rate": recipe.schedule(step)}
            update(
                [values[tag] for tag in learning],
                [parameters[tag].gradient for tag in learning],
                recipe.schedule(step),
            )


# Data


@cache
def _drawn() -> tuple[Array, Array]:
    drawn = draw_digits(seed=0, count=2048, validation=64)
    return drawn.images, drawn.labels


def digits(rng: np.random.Generator) -> tuple[Array, Array]:
    """Draw a batch of pictures, float64[64, 64], and their labels."""
    images, labels = _drawn()
    rows = rng.integers(len(labels), size=BATCH)
    return images[rows], labels[rows]


def noisy_digits(rng: np.random.Generator) -> tuple[Array, Array]:
    """Draw a batch of which three in ten labels are wrong: the loss stays on a plateau."""
    images, labels = digits(rng)
    wrong = rng.random(BATCH) < 0.3
    return images, np.where(wrong, rng.integers(10, size=BATCH), labels)


def words(rng: np.random.Generator) -> tuple[Array, Array]:
    """Draw bags of twelve words out of four hundred, common ones more often, and the topic of most of them."""
    rows = np.minimum(rng.geometric(0.015, size=(BATCH, 12)) - 1, 399)
    return rows, np.array([np.bincount(row % 4, minlength=4).argmax() for row in rows])


# Initial values


def dense(
    rng: np.random.Generator, name: str, inputs: int, outputs: int, *, gain: float = 1.0, flat: bool = False
) -> Values:
    """Draw a kernel by He's rule times a gain, normal or flat, and a bias of 0."""
    std = gain * np.sqrt(2.0 / inputs)
    kernel = (
        rng.uniform(-std * 3**0.5, std * 3**0.5, (inputs, outputs)) if flat else rng.normal(0, std, (inputs, outputs))
    )
    return {f"{name}/kernel": kernel, f"{name}/bias": np.zeros(outputs)}


def chain(rng: np.random.Generator, widths: Sequence[int], *, gain: float = 1.0, flat: bool = False) -> Values:
    """Draw layers fc1, fc2, ... between the widths."""
    return {
        tag: value
        for number, (inputs, outputs) in enumerate(pairwise(widths), start=1)
        for tag, value in dense(rng, f"fc{number}", inputs, outputs, gain=gain, flat=flat).items()
    }


def residual_values(rng: np.random.Generator, blocks: int = 5, width: int = 48, gain: float = 0.5) -> Values:
    values = dense(rng, "stem", 64, width)
    for block in range(1, blocks + 1):
        values |= {f"block{block}/norm/gamma": np.ones(width), f"block{block}/norm/beta": np.zeros(width)}
        values |= dense(rng, f"block{block}/fc", width, width, gain=gain, flat=True)
    return values | dense(rng, "head", width, 10, gain=0.5)


def recurrent_values(rng: np.random.Generator, gates: Sequence[str], width: int = 32) -> Values:
    values: Values = {}
    for gate in gates:
        bound = 1 / width**0.5
        values[f"cell/{gate}/kernel"] = rng.uniform(-bound, bound, (8, width))
        values[f"cell/{gate}/recurrent_kernel"] = np.linalg.qr(rng.normal(size=(width, width)))[0] * 0.9
        values[f"cell/{gate}/bias"] = np.zeros(width)
    return values | dense(rng, "head", width, 10, gain=0.7)


def bag_values(rng: np.random.Generator) -> Values:
    table = {"words/embeddings": rng.normal(0, 0.3, (400, 16))}
    return table | dense(rng, "fc1", 16, 32) | dense(rng, "head", 32, 4)


# Models


def affine(parameters: Parameters, name: str, x: Node) -> Node:
    return x @ parameters[f"{name}/kernel"] + parameters[f"{name}/bias"]


def feedforward(function: Callable[[Node], Node], *, cut: int = 0, dropout: float = 0.0) -> Model:
    """Layers fc1, fc2, ...; ``cut``: no gradient goes back below the layer of this number."""
    rng = np.random.default_rng(1)

    def model(parameters: Parameters, inputs: Array, labels: Array) -> tuple[Node, Shown]:
        x, shown = Node(inputs), {}
        depth = sum(tag.endswith("/kernel") for tag in parameters)
        for number in range(1, depth):
            x = function(affine(parameters, f"fc{number}", x))
            if dropout:
                x = x * Node((rng.random(x.value.shape) >= dropout) / (1 - dropout))
            shown[f"fc{number}/activation"] = x.value
            x = detached(x) if number + 1 == cut else x
        logits = affine(parameters, f"fc{depth}", x)
        return cross_entropy(logits, labels), shown

    return model


def autoencoder(function: Callable[[Node], Node]) -> Model:
    """Layers that give their input back through a narrow middle."""

    def model(parameters: Parameters, inputs: Array, labels: Array) -> tuple[Node, Shown]:
        x, shown = Node(inputs), {}
        depth = sum(tag.endswith("/kernel") for tag in parameters)
        for number in range(1, depth):
            x = function(affine(parameters, f"fc{number}", x))
            shown[f"fc{number}/activation"] = x.value
        return square_error(affine(parameters, f"fc{depth}", x), inputs), shown

    return model


def residual(function: Callable[[Node], Node], *, norm: bool = True) -> Model:
    """Blocks that add to what goes past them."""

    def model(parameters: Parameters, inputs: Array, labels: Array) -> tuple[Node, Shown]:
        x, shown = affine(parameters, "stem", Node(inputs)), {}
        for block in range(1, sum(tag.endswith("fc/kernel") for tag in parameters) + 1):
            scaled = x
            if norm:
                scale, shift = parameters[f"block{block}/norm/gamma"], parameters[f"block{block}/norm/beta"]
                scaled = normalised(x) * scale + shift
            branch = function(affine(parameters, f"block{block}/fc", scaled))
            shown[f"block{block}/fc/activation"] = branch.value
            x = x + branch
        return cross_entropy(affine(parameters, "head", x), labels), shown

    return model


def recurrent(parameters: Parameters, inputs: Array, labels: Array) -> tuple[Node, Shown]:
    """A tanh cell that reads a picture line by line."""
    state = Node(np.zeros((len(inputs), parameters["cell/state/bias"].value.shape[-1])))
    for line in np.split(inputs, 8, axis=1):
        state = tanh(_cell(parameters, "state", Node(line), state))
    return cross_entropy(affine(parameters, "head", state), labels), {"cell/state/activation": state.value}


def gated(parameters: Parameters, inputs: Array, labels: Array) -> tuple[Node, Shown]:
    """A minimal gated unit that reads a picture line by line."""
    state = Node(np.zeros((len(inputs), parameters["cell/state/bias"].value.shape[-1])))
    for line in np.split(inputs, 8, axis=1):
        gate = sigmoid(_cell(parameters, "gate", Node(line), state))
        new = tanh(_cell(parameters, "state", Node(line), gate * state))
        state = state + gate * (new + state * Node(np.array(-1.0)))
    shown = {"cell/gate/activation": gate.value, "cell/state/activation": state.value}
    return cross_entropy(affine(parameters, "head", state), labels), shown


def bag_of_words(parameters: Parameters, inputs: Array, labels: Array) -> tuple[Node, Shown]:
    """Embedded words, summed, and two layers."""
    hidden = tanh(affine(parameters, "fc1", bag(parameters["words/embeddings"], inputs)))
    return cross_entropy(affine(parameters, "head", hidden), labels), {"fc1/activation": hidden.value}


def _cell(parameters: Parameters, gate: str, line: Node, state: Node) -> Node:
    return (
        line @ parameters[f"cell/{gate}/kernel"]
        + state @ parameters[f"cell/{gate}/recurrent_kernel"]
        + parameters[f"cell/{gate}/bias"]
    )


# Updates and schedules


def sgd() -> Update:
    return momentum(0.0)


def adamw(decay: float = 0.05) -> Callable[[], Update]:
    """Adam with decoupled weight decay."""

    def make() -> Update:
        step = adam()

        def update(parameters: Sequence[Array], gradients: Sequence[Array], rate: float) -> None:
            for parameter in parameters:
                parameter *= 1.0 - rate * decay
            step(parameters, gradients, rate)

        return update

    return make


def cosine_to_zero(rate: float, warm_up: int = 30) -> Schedule:
    return lambda step: rate * min(1.0, (step + 1) / warm_up) * 0.5 * (1.0 + cos(pi * step / STEPS))


def step_decay(rate: float, every: int = 100, by: float = 0.1) -> Schedule:
    return lambda step: rate * by ** (step // every)

"""The demo's runs: two healthy ones and six with one known fault each."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from .digits import CLASSES, SIDE, draw_digits
from .network import (
    Array,
    Dense,
    Fault,
    Loss,
    Snapshot,
    Update,
    adam,
    build,
    cross_entropy,
    momentum,
    textbook_cross_entropy,
    train,
)

STEPS = 500
INTERVAL = 10
WIDTH = 64

# The steps at which the faults begin that do not begin with the run.
UNITS_DIE_AT = 200
IMAGE_BREAKS_AT = 300


@dataclass(frozen=True)
class Recipe:
    """What a network is made of and how it is trained."""

    seed: int
    activation: str = "relu"
    hidden: int = 3
    initialiser: str = "he-normal"
    gain: float = 1.0
    update: Callable[[], Update] = momentum
    rate: float = 0.03
    loss: Loss = cross_entropy
    frozen: tuple[str, ...] = ()
    fault: Fault | None = None


@dataclass(frozen=True)
class DemoRun:
    """One run: what is wrong with it, and what ought to be found.

    Attributes
    ----------
    name
        The run's folder.
    text
        What happens in it, in one sentence.
    rules
        The rules that must find something; none for a healthy run.
    tags
        The tags on which the fault sits; of NaN those that it strikes first, at the loss.
    onset
        The step at which the fault begins, None for a healthy run.
    recipe
        How to train it.
    """

    name: str
    text: str
    rules: tuple[str, ...]
    tags: tuple[str, ...]
    onset: int | None
    recipe: Recipe

    @property
    def healthy(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.rules


def push_biases_down(step: int, layers: Sequence[Dense], inputs: Array) -> Array:
    """Throw the biases of 56 of dense2's 64 units far below zero, once."""
    if step == UNITS_DIE_AT:
        layers[1].bias[:56] -= 20.0
    return inputs


def break_one_image(step: int, layers: Sequence[Dense], inputs: Array) -> Array:
    """Hand over one image that is a million times too bright, once."""
    if step != IMAGE_BREAKS_AT:
        return inputs
    broken: Array = inputs.copy()
    broken[0] *= 1e6
    return broken


RUNS: tuple[DemoRun, ...] = (
    DemoRun(
        "healthy-relu",
        "Three ReLU layers with He initialisation learn the digits.",
        (),
        (),
        None,
        Recipe(seed=0),
    ),
    DemoRun(
        "healthy-tanh",
        "Three tanh layers with Glorot initialisation learn the digits.",
        (),
        (),
        None,
        Recipe(seed=8, activation="tanh", initialiser="glorot-uniform", gain=0.8),
    ),
    DemoRun(
        "vanishing-gradients",
        "Eight sigmoid layers: each hands down at most a quarter of the gradient, so the first ones get nothing.",
        ("vanishing-gradients",),
        ("dense1/kernel/gradient", "dense1/bias/gradient"),
        0,
        Recipe(seed=2, activation="sigmoid", hidden=8, initialiser="glorot-uniform", gain=0.7),
    ),
    DemoRun(
        "exploding-gradients",
        "Six ReLU layers drawn six times too wide: the gradient grows with every layer that it passes.",
        ("exploding-gradients",),
        ("dense1/bias/gradient",),
        0,
        Recipe(seed=3, hidden=6, gain=6.0, update=adam, rate=0.001),
    ),
    DemoRun(
        "dead-relu",
        f"At step {UNITS_DIE_AT} the biases of most of dense2's units fall far below zero; their outputs stay at 0.",
        ("dead-units",),
        ("dense2/activation", "dense2/bias/gradient"),
        UNITS_DIE_AT,
        Recipe(seed=4, fault=push_biases_down),
    ),
    DemoRun(
        "saturated-tanh",
        "Three tanh layers drawn eight times too wide: nearly every output sits at -1 or 1.",
        ("saturated-activations",),
        ("dense1/activation", "dense2/activation", "dense3/activation"),
        0,
        Recipe(seed=5, activation="tanh", gain=8.0, rate=0.02),
    ),
    DemoRun(
        "frozen-layer",
        "The second of three layers was left out of the optimiser; the others learn around it.",
        ("frozen-weights",),
        ("dense2/kernel",),
        0,
        Recipe(seed=6, activation="tanh", initialiser="glorot-uniform", frozen=("dense2",)),
    ),
    DemoRun(
        "nan-midway",
        f"At step {IMAGE_BREAKS_AT} a broken image meets a softmax that can overflow: NaN spreads to everything.",
        ("non-finite-values",),
        ("output/kernel/gradient", "output/bias/gradient"),
        IMAGE_BREAKS_AT,
        Recipe(seed=7, loss=textbook_cross_entropy, fault=break_one_image),
    ),
)


def schedule(rate: float, *, warm_up: int = 20) -> Callable[[int], float]:
    """Return a learning rate that rises in a few steps and then falls along a cosine to a twentieth."""

    def at(step: int) -> float:
        fall = 0.05 + 0.95 * 0.5 * (1.0 + math.cos(math.pi * step / STEPS))
        return rate * min(1.0, (step + 1) / warm_up) * fall

    return at


def train_run(run: DemoRun) -> Iterator[Snapshot]:
    """Train one run and yield its snapshots."""
    recipe = run.recipe
    generator = np.random.default_rng(recipe.seed)
    widths = [SIDE * SIDE, *[WIDTH] * recipe.hidden, CLASSES]
    return train(
        build(widths, recipe.activation, recipe.initialiser, recipe.gain, generator),
        draw_digits(seed=0),
        update=recipe.update(),
        schedule=schedule(recipe.rate),
        loss=recipe.loss,
        frozen=recipe.frozen,
        fault=recipe.fault,
        steps=STEPS,
        interval=INTERVAL,
        generator=generator,
    )

"""The gallery: runs of which it is known whether they are healthy, and what ails those that are not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import nets
import numpy as np
from backprop import Array, relu, sigmoid, silu, tanh
from nets import Recipe, Values

from tensorboard_plugin_histdiag.demo.network import adam

WIDTHS = (64, 48, 40, 10)


@dataclass(frozen=True)
class Labelled:
    """A run: its recipe and, where a fault was made, the rule that must name it, its tags and its first step."""

    name: str
    recipe: Recipe
    rule: str = ""
    tags: tuple[str, ...] = ()
    onset: int = 0


def backbone(rng: np.random.Generator) -> Values:
    """Two layers from an earlier training and a new last one."""
    recipe = Recipe(nets.feedforward(relu), lambda rng: nets.chain(rng, WIDTHS), interval=nets.STEPS, seed=90)
    *_, (_, trained, _) = nets.train(recipe)
    kept = {tag: trained[tag].copy() for tag in ("fc1/kernel", "fc1/bias", "fc2/kernel", "fc2/bias")}
    return kept | nets.dense(rng, "fc3", 40, 10)


def zero_head(rng: np.random.Generator) -> Values:
    values = nets.chain(rng, WIDTHS)
    values["fc3/kernel"][:] = 0.0
    return values


def constant(rng: np.random.Generator) -> Values:
    return {tag: np.full_like(value, 0.05) for tag, value in nets.chain(rng, WIDTHS).items()}


def without_norm(rng: np.random.Generator) -> Values:
    values = nets.residual_values(rng, blocks=8, gain=4.0)
    return {tag: value for tag, value in values.items() if "/norm/" not in tag}


def dying(rng: np.random.Generator) -> Values:
    """The second layer's units start so far below zero that hardly one ever fires."""
    values = nets.chain(rng, WIDTHS)
    values["fc2/bias"][:36] = -30.0
    return values


def reset_at(step: int) -> nets.Hook:
    """Draw the second layer anew, much wider, as a wrong checkpoint would."""

    def hook(now: int, values: Values) -> None:
        if now == step:
            values["fc2/kernel"][:] = np.random.default_rng(5).normal(0, 0.6, values["fc2/kernel"].shape)

    return hook


def stop_at(step: int, tag: str) -> nets.Hook:
    """Hold a parameter where it is from a step on."""
    held: dict[str, Array] = {}

    def hook(now: int, values: Values) -> None:
        if now <= step:
            held[tag] = values[tag].copy()
        values[tag][:] = held[tag]

    return hook


def bright_at(step: int, factor: float) -> Callable[[int, Array], Array]:
    return lambda now, inputs: inputs * factor if now == step else inputs


def chain_of(widths: tuple[int, ...], **how: float) -> Callable[[np.random.Generator], Values]:
    return lambda rng: nets.chain(rng, widths, **how)


HEALTHY = (
    Labelled(
        "relu, plain SGD, step decay",
        Recipe(nets.feedforward(relu), chain_of(WIDTHS), nets.sgd, nets.step_decay(0.1), seed=1),
    ),
    Labelled(
        "SiLU, Adam, warm-up and cosine to zero",
        Recipe(nets.feedforward(silu), chain_of(WIDTHS, flat=True), adam, nets.cosine_to_zero(0.003), seed=2),
    ),
    Labelled(
        "residual net with layer norms, AdamW",
        Recipe(nets.residual(relu), nets.residual_values, nets.adamw(), nets.cosine_to_zero(0.002), seed=3),
    ),
    Labelled(
        "tanh autoencoder, momentum",
        Recipe(nets.autoencoder(tanh), chain_of((64, 32, 16, 32, 64), gain=0.7), schedule=lambda step: 0.1, seed=4),
    ),
    Labelled(
        "recurrent tanh cell, Adam",
        Recipe(
            nets.recurrent, lambda rng: nets.recurrent_values(rng, ["state"]), adam, nets.cosine_to_zero(0.005), seed=5
        ),
    ),
    Labelled(
        "gated unit, Adam",
        Recipe(nets.gated, lambda rng: nets.recurrent_values(rng, ["gate", "state"]), adam, lambda step: 0.005, seed=6),
    ),
    Labelled(
        "bag of words, Adam: rare words have no gradient",
        Recipe(nets.bag_of_words, nets.bag_values, adam, lambda step: 0.003, nets.words, seed=7),
    ),
    Labelled(
        "a backbone frozen on purpose under a new head",
        Recipe(nets.feedforward(relu), backbone, frozen=("fc1", "fc2"), seed=8),
    ),
    Labelled(
        "dropout and weight decay",
        Recipe(
            nets.feedforward(relu, dropout=0.5), chain_of((64, 64, 64, 10)), nets.adamw(0.3), lambda step: 0.002, seed=9
        ),
    ),
    Labelled(
        "three in ten labels wrong: the loss stays on a plateau",
        Recipe(nets.feedforward(tanh), chain_of(WIDTHS, gain=0.7), batch=nets.noisy_digits, seed=10),
    ),
    Labelled("a head that starts at zero", Recipe(nets.feedforward(relu), zero_head, seed=11)),
)

FAULTY = (
    Labelled(
        "deep sigmoid autoencoder",
        Recipe(nets.autoencoder(sigmoid), chain_of((64, 32, 24, 16, 12, 16, 24, 32, 64), gain=0.7), seed=21),
        "vanishing-gradients",
        ("fc1/bias/gradient",),
    ),
    Labelled(
        "residual blocks drawn too wide, without norms",
        Recipe(nets.residual(relu, norm=False), without_norm, adam, lambda step: 1e-3, seed=22),
        "exploding-gradients",
        ("stem/bias/gradient",),
    ),
    Labelled(
        "SGD at a rate fifty times too high: the weights are ten times their size after four steps",
        Recipe(nets.feedforward(silu), chain_of(WIDTHS), nets.sgd, lambda step: 4.0, steps=60, interval=2, seed=23),
        "weight-explosion",
        ("fc1/kernel", "fc2/kernel", "fc3/kernel"),
        4,
    ),
    Labelled(
        "most units of the second layer born dead",
        Recipe(nets.feedforward(relu), dying, seed=24),
        "dead-units",
        ("fc2/activation", "fc2/bias/gradient"),
    ),
    Labelled(
        "tanh autoencoder drawn ten times too wide",
        Recipe(nets.autoencoder(tanh), chain_of((64, 32, 16, 32, 64), gain=10.0), seed=25),
        "saturated-activations",
        ("fc1/activation", "fc2/activation", "fc3/activation"),
    ),
    Labelled(
        "every parameter starts at the same value",
        Recipe(nets.feedforward(relu), constant, seed=26),
        "poor-initialisation",
        ("fc1/kernel", "fc2/kernel", "fc3/kernel"),
    ),
    Labelled(
        "a block left out of the optimiser",
        Recipe(nets.residual(relu), nets.residual_values, adam, lambda step: 0.002, frozen=("block3/fc",), seed=27),
        "frozen-weights",
        ("block3/fc/kernel",),
    ),
    Labelled(
        "the trunk detached from the last layer",
        Recipe(nets.feedforward(tanh, cut=4), chain_of((64, 48, 40, 32, 10), flat=True), seed=28),
        "only-last-layer-learns",
        ("fc1/kernel", "fc2/kernel", "fc3/kernel"),
    ),
    Labelled(
        "SGD at a rate of one in ten million",
        Recipe(nets.feedforward(relu), chain_of(WIDTHS), nets.sgd, lambda step: 1e-7, seed=29),
        "small-updates",
        ("fc1/kernel", "fc2/kernel", "fc3/kernel"),
    ),
    Labelled(
        "a layer that stops midway",
        Recipe(nets.residual(silu), nets.residual_values, adam, before=stop_at(150, "block2/fc/kernel"), seed=30),
        "stopped-learning",
        ("block2/fc/kernel",),
        150,
    ),
    Labelled(
        "a wrong checkpoint loaded into the second layer",
        Recipe(nets.feedforward(relu), chain_of(WIDTHS), adam, lambda step: 5e-4, before=reset_at(205), seed=31),
        "sudden-shift",
        ("fc2/kernel",),
        205,
    ),
    Labelled(
        "a gated unit meets an endless input",
        Recipe(
            nets.gated,
            lambda rng: nets.recurrent_values(rng, ["gate", "state"]),
            adam,
            lambda step: 0.005,
            inputs_of=bright_at(195, np.nan),
            seed=32,
        ),
        "non-finite-values",
        ("cell/gate/kernel", "cell/state/kernel", "head/kernel"),
        195,
    ),
    Labelled(
        "one batch a thousand times too bright",
        Recipe(
            nets.autoencoder(relu),
            chain_of((64, 32, 16, 32, 64)),
            adam,
            lambda step: 1e-3,
            inputs_of=bright_at(200, 1000.0),
            seed=33,
        ),
        "gradient-spikes",
        ("fc1/kernel/gradient",),
        200,
    ),
    Labelled(
        "weight decay that outweighs the loss",
        Recipe(nets.feedforward(relu), chain_of(WIDTHS), nets.adamw(30.0), lambda step: 0.002, steps=120, seed=34),
        "weight-collapse",
        ("fc1/kernel", "fc2/kernel"),
        40,
    ),
)

# Logged by the Keras callback, whose steps are epochs: rule, tags and onset.
KERAS: dict[str, tuple[str, tuple[str, ...], int]] = {
    "keras-cnn": ("", (), 0),
    "keras-lstm": ("", (), 0),
    "keras-cnn-frozen": ("frozen-weights", ("net/conv1/kernel/histogram",), 0),
    "keras-cnn-idle": ("small-updates", ("net/conv1/kernel/histogram", "net/head/kernel/histogram"), 0),
}

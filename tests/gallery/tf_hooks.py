"""What goes wrong in a training: with its first values, its parameters on the way, its gradients, or its loss."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf
from tf_models import Pass, Tensor, Values
from tf_recipe import Alter, Hook, State

Change = Callable[[Values], None]


# First values


def low(tag: str, share: float) -> Change:
    """Start most of a layer's biases so far below zero that their units never fire."""

    def change(values: Values) -> None:
        values[tag][: round(share * values[tag].size)] = -30.0

    return change


def filled(value: float, *tags: str) -> Change:
    """Start all kernels, or those that are named, at one value."""

    def change(values: Values) -> None:
        for tag in tags or [tag for tag in values if tag.endswith("kernel")]:
            values[tag][:] = value

    return change


def with_unused_head(values: Values) -> None:
    """Have a second head that no loss depends on."""
    rng = np.random.default_rng(int(abs(values["fc1/kernel"]).sum() * 1e3))
    values["second_head/kernel"] = np.float32(rng.uniform(-0.3, 0.3, (40, 12)))
    values["second_head/bias"] = np.zeros(12, np.float32)


# Parameters on the way


def lowered_at(at: int, tag: str, share: float) -> Hook:
    """Throw most of a layer's biases far below zero, as one far too large update does."""

    def hook(step: int, state: State) -> None:
        if step == at:
            values = state.read(tag)
            values[: round(share * values.size)] = -30.0
            state.assign(tag, values)

    return hook


def redrawn_at(at: int, factor: float, *tags: str) -> Hook:
    """Load the wrong values into some parameters: as if drawn anew, and wider."""

    def hook(step: int, state: State) -> None:
        if step == at:
            rng = np.random.default_rng(at)
            for tag in tags:
                now = state.read(tag)
                state.assign(tag, np.float32(now.mean() + rng.normal(0, factor * now.std(), now.shape)))

    return hook


def held_from(at: int, *tags: str) -> Hook:
    """Hold parameters where they are from an update on."""

    def hook(step: int, state: State) -> None:
        for tag in tags:
            if step == at:
                state.memory[tag] = state.read(tag)
            elif step > at:
                state.assign(tag, state.memory[tag])

    return hook


def multiplied(factor: float, *tags: str, first: int = 1) -> Hook:
    """Decay parameters far too much; or the wrong way, so that they grow."""

    def hook(step: int, state: State) -> None:
        for tag in tags if step >= first else ():
            state.assign(tag, state.read(tag) * np.float32(factor))

    return hook


def grown_at(at: int, factor: float, tag: str) -> Hook:
    """Load values that are so many times too large."""

    def hook(step: int, state: State) -> None:
        if step == at:
            state.assign(tag, state.read(tag) * np.float32(factor))

    return hook


def masked(tag: str, share: float, first: int = 0) -> Hook:
    """Keep a part of a kernel's outputs at zero."""

    def hook(step: int, state: State) -> None:
        if step >= first:
            values = state.read(tag)
            values[..., : round(share * values.shape[-1])] = 0
            state.assign(tag, values)

    return hook


# Gradients


def no_gradient_from(at: int, *begins: str) -> Alter:
    """Cut parameters off from the loss from an update on."""

    def alter(gradients: dict[str, Tensor], step: Tensor) -> dict[str, Tensor]:
        lost = tf.cast(step < at, tf.float32)
        return {tag: one * lost if tag.startswith(begins) else one for tag, one in gradients.items()}

    return alter


def upward(gradients: dict[str, Tensor], step: Tensor) -> dict[str, Tensor]:
    """Climb the loss."""
    return {tag: -one for tag, one in gradients.items()}


def in_half_precision(scale: float, first: int = 0) -> Alter:
    """Compute gradients in float16 of a loss that is so small; what is too small for float16 becomes zero."""

    def alter(gradients: dict[str, Tensor], step: Tensor) -> dict[str, Tensor]:
        factor = tf.where(step >= first, np.float32(scale), np.float32(1))
        return {tag: tf.cast(tf.cast(one * factor, tf.float16), tf.float32) for tag, one in gradients.items()}

    return alter


# The loss


def squares_of(strength: float, *tags: str) -> Callable[[Pass], Tensor]:
    return lambda p: strength * tf.add_n([tf.reduce_sum(tf.square(p[tag])) for tag in tags])


def norm_of(tag: str) -> Callable[[Pass], Tensor]:
    """Add the root of a sum of squares, whose gradient is no number while all of them are zero."""
    return lambda p: 1e-4 * tf.sqrt(tf.reduce_sum(tf.square(p[tag])))

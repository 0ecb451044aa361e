"""Small models out of Keras' own layers; each layer is called what the draw's style calls it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
from tf_data import WORDS

layers = keras.layers
Names = Callable[[str], str]
Build = Callable[[Names], keras.Model]
ZERO = "zeros"


@keras.saving.register_keras_serializable()
class Detach(keras.layers.Layer):
    """Let values through, but no gradients."""

    def call(self, inputs: Any) -> Any:
        return keras.ops.stop_gradient(inputs)


def dense(
    widths: Sequence[int] = (64, 48, 40, 10),
    function: str = "relu",
    *,
    dropout: float = 0.0,
    normed: str = "",
    detach: bool = False,
    decay: float = 0.0,
    init: str = "glorot_uniform",
    frozen: Sequence[str] = (),
) -> Build:
    """Layers fc1, fc2, ... in front of a head."""

    def build(name: Names) -> keras.Model:
        model = keras.Sequential([keras.Input((widths[0],))], name="net")
        for number, width in enumerate(widths[1:-1], start=1):
            layer = f"fc{number}"
            how = {"kernel_initializer": init, "kernel_regularizer": keras.regularizers.L2(decay) if decay else None}
            model.add(layers.Dense(width, name=name(layer), trainable=layer not in frozen, **how))
            if normed:
                kind = layers.BatchNormalization if normed == "batch" else layers.LayerNormalization
                model.add(kind(name=name(f"{'bn' if normed == 'batch' else 'ln'}{number}")))
            model.add(layers.Activation(function))
            if dropout:
                model.add(layers.Dropout(dropout))
        if detach:
            model.add(Detach())
        model.add(layers.Dense(widths[-1], name=name("head"), kernel_initializer=init))
        return model

    return build


def convolutional(
    channels: Sequence[int] = (8, 16),
    *,
    normed: str = "",
    detach: bool = False,
    decay: float = 0.0,
    fade: float = 0.0,
    separable: bool = False,
    init: str = "glorot_uniform",
    frozen: Sequence[str] = (),
) -> Build:
    """Layers conv1, conv2, ... and a head; ``normed``: "before" or "after" the function."""

    def build(name: Names) -> keras.Model:
        model = keras.Sequential([keras.Input((8, 8, 1))], name="net")
        for number, width in enumerate(channels, start=1):
            layer = f"conv{number}"
            made: dict[str, Any] = {"padding": "same", "name": name(layer), "trainable": layer not in frozen}
            if separable and number > 1:
                model.add(layers.SeparableConv2D(width, 3, **made))
            else:
                regular = keras.regularizers.L2(decay) if decay else None
                model.add(layers.Conv2D(width, 3, kernel_initializer=init, kernel_regularizer=regular, **made))
            gamma = keras.regularizers.L2(fade) if fade else None
            parts = [
                layers.ReLU(),
                layers.BatchNormalization(name=name(f"bn{number}"), gamma_regularizer=gamma, momentum=0.9),
            ]
            for part in parts if normed == "after" else parts[::-1] if normed else parts[:1]:
                model.add(part)
            model.add(layers.MaxPooling2D() if number <= 2 else layers.Dropout(0.1))
        model.add(layers.Flatten())
        if detach:
            model.add(Detach())
        model.add(layers.Dense(10, name=name("head"), kernel_initializer=init))
        return model

    return build


def recurrent(cell: str = "lstm", *, detach: bool = False, trainable: bool = True, units: int = 20) -> Build:
    """A cell that reads a picture line by line, and a head."""
    kind = {"lstm": layers.LSTM, "gru": layers.GRU, "rnn": layers.SimpleRNN}[cell]

    def build(name: Names) -> keras.Model:
        parts = [
            keras.Input((8, 8)),
            kind(units, name=name(cell), trainable=trainable, unroll=True),
            *([Detach()] if detach else []),
            layers.Dense(10, name=name("head")),
        ]
        return keras.Sequential(parts, name="net")

    return build


def attentive(name: Names) -> keras.Model:
    """A block of a transformer over the lines of a picture."""
    given = keras.Input((8, 8))
    x = layers.Dense(16, name=name("embed"))(given)
    inner = layers.LayerNormalization(name=name("ln1"))(x)
    x = layers.Add()([x, layers.MultiHeadAttention(2, 8, name=name("attention"))(inner, inner)])
    inner = layers.LayerNormalization(name=name("ln2"))(x)
    inner = layers.Dense(32, activation="gelu", name=name("mlp1"))(inner)
    x = layers.Add()([x, layers.Dense(16, name=name("mlp2"))(inner)])
    x = layers.GlobalAveragePooling1D()(layers.LayerNormalization(name=name("ln3"))(x))
    return keras.Model(given, layers.Dense(10, name=name("head"))(x), name="net")


def residual(blocks: int = 3, zero: bool = True) -> Build:
    """Dense blocks that add to what goes past them; the last norm of each may start at zero."""

    def build(name: Names) -> keras.Model:
        given = keras.Input((64,))
        x = layers.Dense(24, name=name("stem"))(given)
        for number in range(1, blocks + 1):
            inner = layers.Dense(24, activation="relu", name=name(f"fc{number}"))(x)
            norm = layers.BatchNormalization(
                name=name(f"bn{number}"), gamma_initializer=ZERO if zero else "ones", momentum=0.9
            )
            x = layers.Add()([x, norm(inner)])
        return keras.Model(given, layers.Dense(10, name=name("head"))(x), name="net")

    return build


def worded(name: Names) -> keras.Model:
    """Embedded words, averaged."""
    parts = [
        keras.Input((12,), dtype="int64"),
        layers.Embedding(WORDS, 12, name=name("words")),
        layers.GlobalAveragePooling1D(),
        layers.Dense(24, activation="relu", name=name("fc1")),
        layers.Dense(4, name=name("head")),
    ]
    return keras.Sequential(parts, name="net")


# What is done to a model before it is trained, or on its way.


def lower(model: keras.Model, layer: str, share: float) -> None:
    """Set most biases of a layer so far below zero that their units never fire."""
    bias = model.get_layer(layer).bias
    values = np.array(bias)
    values[: round(share * values.size)] = -30.0
    bias.assign(values)


def redraw(model: keras.Model, layer: str, factor: float) -> None:
    """Load wrong values into a layer's kernel: as if drawn anew, and wider."""
    kernel = model.get_layer(layer).kernel
    values = np.array(kernel)
    kernel.assign(np.random.default_rng(3).normal(0, factor * values.std(), values.shape))


def grow(model: keras.Model, factor: float) -> None:
    """Let the decay of weights have the wrong sign."""
    for layer in model.layers:
        if hasattr(layer, "kernel"):
            layer.kernel.assign(layer.kernel * factor)

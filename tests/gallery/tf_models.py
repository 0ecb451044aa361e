"""Small networks out of TensorFlow's plain operations: the same code serves TensorFlow 2 and graphs of TensorFlow 1."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import tensorflow as tf

Array = np.ndarray
Values = dict[str, Array]
Tensor = Any
Draw = Callable[[np.random.Generator], Values]

STATISTICS = ("moving_mean", "moving_variance")
WIDTHS = (64, 48, 40, 10)
MOMENTUM = 0.9  # of moving statistics: the runs are short


def squared_relu(x: Tensor) -> Tensor:
    return tf.square(tf.nn.relu(x))


def top_half(x: Tensor) -> Tensor:
    """Let only the larger half of the units through."""
    return tf.where(x >= tf.sort(x, axis=-1)[..., x.shape[-1] // 2, None], tf.nn.relu(x), tf.zeros_like(x))


FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": tf.nn.relu,
    "leaky_relu": tf.nn.leaky_relu,
    "gelu": tf.nn.gelu,
    "tanh": tf.tanh,
    "swish": tf.nn.silu,
    "elu": tf.nn.elu,
    "sigmoid": tf.sigmoid,
    "linear": lambda x: x,
    "squared_relu": squared_relu,
    "top_half": top_half,
}


class Pass:
    """One way through a network: the parameters it uses, and what it shows and updates on its way."""

    def __init__(self, parameters: Mapping[str, Tensor], training: bool) -> None:
        self._parameters = parameters
        self.training = training
        self.shown: dict[str, Tensor] = {}
        self.updates: dict[str, Tensor] = {}

    def __getitem__(self, tag: str) -> Tensor:
        return self._parameters[tag]

    def __contains__(self, tag: str) -> bool:
        return tag in self._parameters

    def show(self, layer: str, value: Tensor) -> Tensor:
        self.shown[f"{layer}/activation"] = value
        return value


@dataclass(frozen=True)
class Network:
    """A network: how its parameters are drawn, and what it computes with them.

    Attributes
    ----------
    key
        Networks of one key compute the same thing, so that what was compiled for one serves the other.
    """

    key: str
    draw: Draw
    forward: Callable[[Pass, Tensor], Tensor]


# Initial values


def kernel(
    rng: np.random.Generator, *shape: int, init: str = "glorot", gain: float = 1.0, window: int = 1
) -> dict[str, Array]:
    """Draw by Glorot's rule (flat) or by He's (normal), times a gain; a bias of 0 comes with it."""
    inputs, outputs = shape[-2] * window, shape[-1] * window
    if init == "glorot":
        bound = (6 / (inputs + outputs)) ** 0.5
        drawn = rng.uniform(-bound, bound, shape)
    else:
        drawn = rng.normal(0, (2 / inputs) ** 0.5, shape)
    return {"kernel": np.float32(gain * drawn), "bias": np.zeros(shape[-1], np.float32)}


def norm(width: int, *, moving: bool) -> dict[str, Array]:
    values = {"gamma": np.ones(width, np.float32), "beta": np.zeros(width, np.float32)}
    if moving:
        values |= {"moving_mean": np.zeros(width, np.float32), "moving_variance": np.ones(width, np.float32)}
    return values


def named(layer: str, values: Mapping[str, Array]) -> Values:
    return {f"{layer}/{parameter}": value for parameter, value in values.items()}


# Layers


def dense(p: Pass, layer: str, x: Tensor) -> Tensor:
    x = tf.matmul(x, p[f"{layer}/kernel"])
    return x + p[f"{layer}/bias"] if f"{layer}/bias" in p else x


def conv(p: Pass, layer: str, x: Tensor, stride: int = 1) -> Tensor:
    x = tf.nn.conv2d(x, p[f"{layer}/kernel"], stride, "SAME")
    return x + p[f"{layer}/bias"] if f"{layer}/bias" in p else x


def layer_norm(p: Pass, layer: str, x: Tensor) -> Tensor:
    mean, variance = tf.nn.moments(x, [-1], keepdims=True)
    return (x - mean) * tf.math.rsqrt(variance + 1e-5) * p[f"{layer}/gamma"] + p[f"{layer}/beta"]


def batch_norm(p: Pass, layer: str, x: Tensor) -> Tensor:
    moving = {name: p[f"{layer}/{name}"] for name in STATISTICS}
    if p.training:
        now = dict(zip(STATISTICS, tf.nn.moments(x, list(range(len(x.shape) - 1))), strict=True))
        p.updates |= {f"{layer}/{name}": moving[name] * MOMENTUM + now[name] * (1 - MOMENTUM) for name in STATISTICS}
        moving = now
    scale = tf.math.rsqrt(moving["moving_variance"] + 1e-3) * p[f"{layer}/gamma"]
    return (x - moving["moving_mean"]) * scale + p[f"{layer}/beta"]


# Networks


def mlp(
    widths: Sequence[int] = WIDTHS,
    function: str = "relu",
    *,
    init: str = "glorot",
    gain: float = 1.0,
    dropout: float = 0.0,
    normed: str = "",
    detach: int = 0,
    output: str = "",
    change: Callable[[Values], None] = lambda values: None,
) -> Network:
    """Layers fc1, fc2, ...

    Parameters
    ----------
    normed
        "batch" or "layer" for a norm in front of each function, named bn1 or ln1.
    detach
        Number of the layer in front of which gradients end.
    output
        Function on the last layer, which is shown then.
    change
        What is done to the drawn values, in place.
    """
    depth = len(widths) - 1
    name = {"batch": "bn", "layer": "ln", "": ""}[normed]

    def draw(rng: np.random.Generator) -> Values:
        values: Values = {}
        for number, (inputs, outputs) in enumerate(pairwise(widths), start=1):
            values |= named(f"fc{number}", kernel(rng, inputs, outputs, init=init, gain=gain))
            if normed and number < depth:
                values |= named(f"{name}{number}", norm(outputs, moving=normed == "batch"))
        change(values)
        return values

    def forward(p: Pass, x: Tensor) -> Tensor:
        for number in range(1, depth):
            x = dense(p, f"fc{number}", tf.stop_gradient(x) if number == detach else x)
            if normed:
                x = (batch_norm if normed == "batch" else layer_norm)(p, f"{name}{number}", x)
            x = FUNCTIONS[function](x)
            if dropout and p.training:
                x = tf.nn.dropout(x, dropout)
            p.show(f"fc{number}", x)
        x = dense(p, f"fc{depth}", tf.stop_gradient(x) if depth == detach else x)
        return p.show(f"fc{depth}", FUNCTIONS[output](x)) if output else x

    return Network(f"mlp {widths} {function} {dropout} {normed} {detach} {output}", draw, forward)


def cnn(
    channels: Sequence[int] = (8, 16),
    function: str = "relu",
    *,
    normed: str = "",
    bias: bool = True,
    init: str = "glorot",
    gain: float = 1.0,
    detach: bool = False,
    change: Callable[[Values], None] = lambda values: None,
) -> Network:
    """Layers conv1, conv2, ... and a head.

    Parameters
    ----------
    normed
        "before" or "after" the function stands a batch norm, if any.
    """

    def draw(rng: np.random.Generator) -> Values:
        values: Values = {}
        for number, (inputs, outputs) in enumerate(pairwise((1, *channels)), start=1):
            drawn = kernel(rng, 3, 3, inputs, outputs, init=init, gain=gain, window=9)
            values |= named(f"conv{number}", drawn if bias else {"kernel": drawn["kernel"]})
            if normed:
                values |= named(f"bn{number}", norm(outputs, moving=True))
        side = 8 // 2 ** min(2, len(channels))
        values |= named("head", kernel(rng, side * side * channels[-1], 10, init=init, gain=gain))
        change(values)
        return values

    def forward(p: Pass, x: Tensor) -> Tensor:
        for number in range(1, len(channels) + 1):
            x = conv(p, f"conv{number}", x, 2 if number <= 2 else 1)
            x = batch_norm(p, f"bn{number}", x) if normed == "before" else x
            x = p.show(f"conv{number}", FUNCTIONS[function](x))
            x = batch_norm(p, f"bn{number}", x) if normed == "after" else x
        x = tf.reshape(x, [-1, int(np.prod(x.shape[1:]))])
        return dense(p, "head", tf.stop_gradient(x) if detach else x)

    return Network(f"cnn {channels} {function} {normed} {bias} {detach}", draw, forward)


def residual(
    blocks: int = 4,
    width: int = 24,
    function: str = "relu",
    *,
    normed: str = "layer",
    zero: str = "",
    gain: float = 1.0,
    detach: int = 0,
) -> Network:
    """A stem, blocks that add to what goes past them, and a head.

    Parameters
    ----------
    zero
        What starts at 0, so that a block adds nothing at first: "kernel", "gamma" (the normalisation then stands at
        the block's end, where nothing cuts the gradient at 0), or "scale" for a layer scale.
    detach
        Number of the block in front of which gradients end.
    """

    def draw(rng: np.random.Generator) -> Values:
        values = named("stem", kernel(rng, 64, width))
        for block in range(1, blocks + 1):
            if normed:
                values |= named(f"block{block}/norm", norm(width, moving=normed == "batch"))
            values |= named(f"block{block}/fc1", kernel(rng, width, width, gain=gain))
            values |= named(f"block{block}/fc2", kernel(rng, width, width, gain=gain))
            if zero == "kernel":
                values[f"block{block}/fc2/kernel"][:] = 0
            elif zero == "gamma":
                values[f"block{block}/norm/gamma"][:] = 0
            elif zero == "scale":
                values[f"block{block}/layer_scale/gamma"] = np.full(width, 1e-2, np.float32)
        return values | named("head", kernel(rng, width, 10))

    def forward(p: Pass, x: Tensor) -> Tensor:
        x = dense(p, "stem", x)
        for block in range(1, blocks + 1):
            x = tf.stop_gradient(x) if block == detach else x
            branch = x
            normalise = batch_norm if normed == "batch" else layer_norm
            if normed and zero != "gamma":
                branch = normalise(p, f"block{block}/norm", x)
            branch = p.show(f"block{block}/fc1", FUNCTIONS[function](dense(p, f"block{block}/fc1", branch)))
            branch = dense(p, f"block{block}/fc2", branch)
            if normed and zero == "gamma":
                branch = normalise(p, f"block{block}/norm", branch)
            x = x + (branch * p[f"block{block}/layer_scale/gamma"] if zero == "scale" else branch)
        return dense(p, "head", x)

    kind = zero if zero in ("gamma", "scale") else ""
    return Network(f"residual {blocks} {width} {function} {normed} {kind} {detach}", draw, forward)

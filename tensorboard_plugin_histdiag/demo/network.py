"""Dense networks in numpy: forward, backward, three optimisers and a training loop that shows its tensors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .digits import Digits

Array: TypeAlias = NDArray[np.float64]
Function: TypeAlias = Callable[[Array], Array]
Update: TypeAlias = Callable[[Sequence[Array], Sequence[Array], float], None]
Loss: TypeAlias = Callable[[Array, NDArray[np.int64]], tuple[float, Array]]
Fault: TypeAlias = Callable[[int, Sequence["Dense"], Array], Array]

BATCH = 64


@dataclass(frozen=True)
class Dense:
    """A dense layer; its arrays are updated in place."""

    name: str
    kernel: Array
    bias: Array
    activation: str


@dataclass(frozen=True)
class Snapshot:
    """What training shows at one logged step: tensors as they enter the step, and scalars."""

    step: int
    tensors: dict[str, Array]
    scalars: dict[str, float]


# Each activation with its slope, written in terms of its output.
ACTIVATIONS: dict[str, tuple[Function, Function]] = {
    "relu": (lambda z: np.maximum(z, 0.0), lambda a: (a > 0.0).astype(np.float64)),
    "tanh": (np.tanh, lambda a: 1.0 - a * a),
    "sigmoid": (lambda z: 1.0 / (1.0 + np.exp(-z)), lambda a: a * (1.0 - a)),
    "linear": (lambda z: z, np.ones_like),
}


def build(
    widths: Sequence[int], activation: str, initialiser: str, gain: float, generator: np.random.Generator
) -> tuple[Dense, ...]:
    """Build dense layers named dense1, dense2, ... and output, the last one linear, biases at 0.

    The standard deviation of a kernel is that of the initialiser (``glorot-uniform``, ``he-normal``) times ``gain``.
    """
    layers = []
    for index, (inputs, outputs) in enumerate(pairwise(widths), start=1):
        last = index == len(widths) - 1
        if initialiser == "he-normal":
            kernel = generator.normal(0.0, gain * np.sqrt(2.0 / inputs), (inputs, outputs))
        else:
            limit = gain * np.sqrt(6.0 / (inputs + outputs))
            kernel = generator.uniform(-limit, limit, (inputs, outputs))
        name = "output" if last else f"dense{index}"
        layers.append(Dense(name, kernel, np.zeros(outputs), "linear" if last else activation))
    return tuple(layers)


def forward(layers: Sequence[Dense], inputs: Array) -> list[Array]:
    """Return the inputs and the output of every layer."""
    outputs = [inputs]
    for layer in layers:
        function, _ = ACTIVATIONS[layer.activation]
        outputs.append(function(outputs[-1] @ layer.kernel + layer.bias))
    return outputs


def backward(layers: Sequence[Dense], outputs: Sequence[Array], error: Array) -> list[tuple[Array, Array]]:
    """Return the gradients of every layer's kernel and bias, given the gradient of the loss at the last output."""
    gradients = []
    for layer, below, output in zip(reversed(layers), reversed(outputs[:-1]), reversed(outputs[1:]), strict=True):
        _, slope = ACTIVATIONS[layer.activation]
        error = error * slope(output)
        gradients.append((below.T @ error, error.sum(axis=0)))
        error = error @ layer.kernel.T
    return gradients[::-1]


def softmax(logits: Array) -> Array:
    """Return probabilities; the maximum is taken off first, so that nothing overflows."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def cross_entropy(logits: Array, labels: NDArray[np.int64]) -> tuple[float, Array]:
    """Return the mean cross-entropy and its gradient at the logits, by the log-sum-exp that never overflows."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    rows = np.arange(len(labels))
    loss = np.log(np.exp(shifted).sum(axis=1)) - shifted[rows, labels]
    error = softmax(logits)
    error[rows, labels] -= 1.0
    return float(loss.mean()), error / len(labels)


def textbook_cross_entropy(logits: Array, labels: NDArray[np.int64]) -> tuple[float, Array]:
    """Return the same as `cross_entropy` as a textbook writes it: the exponential overflows beyond 709."""
    powers = np.exp(logits)
    probabilities = powers / powers.sum(axis=1, keepdims=True)
    rows = np.arange(len(labels))
    loss = -np.log(probabilities[rows, labels])
    probabilities[rows, labels] -= 1.0
    return float(loss.mean()), probabilities / len(labels)


def momentum(decay: float = 0.9) -> Update:
    """Return gradient descent with momentum; a decay of 0 makes it plain."""
    velocity: list[Array] = []

    def update(parameters: Sequence[Array], gradients: Sequence[Array], rate: float) -> None:
        if not velocity:
            velocity.extend(np.zeros_like(parameter) for parameter in parameters)
        for parameter, gradient, speed in zip(parameters, gradients, velocity, strict=True):
            speed *= decay
            speed -= rate * gradient
            parameter += speed

    return update


def adam(first: float = 0.9, second: float = 0.999) -> Update:
    """Return Adam (Kingma & Ba 2015) with bias correction."""
    means: list[Array] = []
    squares: list[Array] = []
    count = 0

    def update(parameters: Sequence[Array], gradients: Sequence[Array], rate: float) -> None:
        nonlocal count
        count += 1
        if not means:
            means.extend(np.zeros_like(parameter) for parameter in parameters)
            squares.extend(np.zeros_like(parameter) for parameter in parameters)
        for parameter, gradient, mean, square in zip(parameters, gradients, means, squares, strict=True):
            mean += (1.0 - first) * (gradient - mean)
            square += (1.0 - second) * (gradient * gradient - square)
            size = np.sqrt(square / (1.0 - second**count)) + 1e-8
            parameter -= rate * mean / (1.0 - first**count) / size

    return update


def train(
    layers: Sequence[Dense],
    digits: Digits,
    *,
    update: Update,
    schedule: Callable[[int], float],
    loss: Loss,
    frozen: Sequence[str],
    fault: Fault | None,
    steps: int,
    interval: int,
    generator: np.random.Generator,
) -> Iterator[Snapshot]:
    """Train for ``steps`` optimiser steps and yield a snapshot before every ``interval``-th update.

    Layers named in ``frozen`` are left out of the update. ``fault`` is called before every step: it may change the
    layers in place, and returns the inputs to use.
    """
    learning = [index for index, layer in enumerate(layers) if layer.name not in frozen]
    parameters = [array for index in learning for array in (layers[index].kernel, layers[index].bias)]
    for step in range(steps + 1):
        rows = generator.integers(len(digits.labels), size=BATCH)
        inputs, labels = digits.images[rows], digits.labels[rows]
        # Overflow and NaN are what one of the runs is made to show; none of the others ever meets one.
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            if fault is not None:
                inputs = fault(step, layers, inputs)
            outputs = forward(layers, inputs)
            training_loss, error = loss(outputs[-1], labels)
            gradients = backward(layers, outputs, error)
            if step % interval == 0:
                scalars = {
                    "loss": training_loss,
                    "accuracy": accuracy(outputs[-1], labels),
                    "learning_rate": schedule(step),
                    **validate(layers, digits),
                }
                yield Snapshot(step, tensors(layers, outputs, gradients), scalars)
            update(parameters, [array for index in learning for array in gradients[index]], schedule(step))


def accuracy(logits: Array, labels: NDArray[np.int64]) -> float:
    """Return the share of right answers; an answer of NaN is wrong."""
    answers = np.where(np.isfinite(logits).all(axis=1), logits.argmax(axis=1), -1)
    return float((answers == labels).mean())


def validate(layers: Sequence[Dense], digits: Digits) -> dict[str, float]:
    """Return loss and accuracy on the images that training never sees."""
    # In batches, as in training: on larger products OpenBLAS starts threads, which then spin beside everything else.
    batches = np.split(digits.validation_images, range(BATCH, len(digits.validation_images), BATCH))
    logits = np.concatenate([forward(layers, batch)[-1] for batch in batches])
    loss, _ = cross_entropy(logits, digits.validation_labels)
    return {"validation_loss": loss, "validation_accuracy": accuracy(logits, digits.validation_labels)}


def tensors(
    layers: Sequence[Dense], outputs: Sequence[Array], gradients: Sequence[tuple[Array, Array]]
) -> dict[str, Array]:
    """Return the arrays of every layer by tag, copied, because training goes on in place."""
    shown: dict[str, Array] = {}
    for layer, output, (kernel_gradient, bias_gradient) in zip(layers, outputs[1:], gradients, strict=True):
        last = layer is layers[-1]
        shown[f"{layer.name}/kernel"] = layer.kernel.copy()
        shown[f"{layer.name}/bias"] = layer.bias.copy()
        shown[f"{layer.name}/kernel/gradient"] = kernel_gradient
        shown[f"{layer.name}/bias/gradient"] = bias_gradient
        shown[f"{layer.name}/activation"] = softmax(output) if last else output
    return shown

"""Reverse-mode differentiation in numpy, just enough to train small networks of many kinds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Array = np.ndarray


class Node:
    """A value and how its gradient goes back to what it was made of."""

    def __init__(self, value: Array, *parents: tuple[Node, Callable[[Array], Array]]) -> None:
        self.value = np.asarray(value, dtype=np.float64)
        self.parents = parents
        self.gradient = np.zeros_like(self.value)

    def __add__(self, other: Node) -> Node:
        return Node(
            self.value + other.value,
            (self, lambda g: _fitted(g, self.value.shape)),
            (other, lambda g: _fitted(g, other.value.shape)),
        )

    def __mul__(self, other: Node) -> Node:
        return Node(
            self.value * other.value,
            (self, lambda g: _fitted(g * other.value, self.value.shape)),
            (other, lambda g: _fitted(g * self.value, other.value.shape)),
        )

    def __matmul__(self, other: Node) -> Node:
        return Node(
            self.value @ other.value,
            (self, lambda g: g @ other.value.T),
            (other, lambda g: self.value.T @ g),
        )


def relu(x: Node) -> Node:
    return Node(np.maximum(x.value, 0.0), (x, lambda g: g * (x.value > 0.0)))


def tanh(x: Node) -> Node:
    out = np.tanh(x.value)
    return Node(out, (x, lambda g: g * (1.0 - out * out)))


def sigmoid(x: Node) -> Node:
    out = 0.5 + 0.5 * np.tanh(0.5 * x.value)
    return Node(out, (x, lambda g: g * out * (1.0 - out)))


def silu(x: Node) -> Node:
    return x * sigmoid(x)


def normalised(x: Node) -> Node:
    """Bring each row to mean 0 and variance 1, as a layer norm without scale and shift."""
    centred = x.value - x.value.mean(axis=1, keepdims=True)
    width = np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-5)
    out = centred / width

    def back(g: Array) -> Array:
        return (g - g.mean(axis=1, keepdims=True) - out * (g * out).mean(axis=1, keepdims=True)) / width

    return Node(out, (x, back))


def bag(table: Node, rows: Array) -> Node:
    """Sum the table's rows that each example names."""

    def back(g: Array) -> Array:
        gradient = np.zeros_like(table.value)
        np.add.at(gradient, rows, g[:, None, :])
        return gradient

    return Node(table.value[rows].sum(axis=1), (table, back))


def detached(x: Node) -> Node:
    """Return the value alone, through which no gradient goes back."""
    return Node(x.value)


def cross_entropy(logits: Node, labels: Array) -> Node:
    shifted = logits.value - logits.value.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    chances = powers / powers.sum(axis=1, keepdims=True)
    rows = np.arange(len(labels))
    loss = (np.log(powers.sum(axis=1)) - shifted[rows, labels]).mean()
    error = chances.copy()
    error[rows, labels] -= 1.0
    return Node(loss, (logits, lambda g: g * error / len(labels)))


def square_error(x: Node, target: Array) -> Node:
    gap = x.value - target
    return Node((gap**2).mean(), (x, lambda g: g * 2.0 * gap / gap.size))


def backward(loss: Node) -> None:
    """Fill in the gradients of everything that the loss was made of."""
    order: list[Node] = []
    seen: set[int] = set()
    waiting: list[tuple[Node, bool]] = [(loss, False)]
    while waiting:
        node, done = waiting.pop()
        if done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            waiting.append((node, True))
            waiting.extend((parent, False) for parent, _ in node.parents)
    loss.gradient = np.ones_like(loss.value)
    for node in reversed(order):
        for parent, back in node.parents:
            parent.gradient = parent.gradient + back(node.gradient)


def _fitted(gradient: Array, shape: tuple[int, ...]) -> Array:
    """Sum a gradient over the axes along which its value was repeated."""
    while gradient.ndim > len(shape):
        gradient = gradient.sum(axis=0)
    for axis, length in enumerate(shape):
        if length == 1 and gradient.shape[axis] != 1:
            gradient = gradient.sum(axis=axis, keepdims=True)
    return gradient

"""What the PyTorch networks of the gallery learn: batches, a loss, and a score on data kept apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

Batch = tuple[Tensor, Tensor]
Generator = np.random.Generator


@dataclass(frozen=True)
class Task:
    """Something to be learned.

    Attributes
    ----------
    batch
        Draws a batch: inputs and targets.
    loss
        Of the network, inputs and targets.
    held_out
        A batch that training never sees.
    score
        Of the network on a batch: accuracy, or the gain over the best constant answer.
    enough
        The score that shows that a network has learned.
    """

    batch: Callable[[Generator], Batch]
    loss: Callable[[nn.Module, Tensor, Tensor], Tensor]
    held_out: Batch
    score: Callable[[nn.Module, Tensor, Tensor], float]
    enough: float


def cross_entropy(net: nn.Module, inputs: Tensor, targets: Tensor) -> Tensor:
    return functional.cross_entropy(net(inputs), targets)


def accuracy(net: nn.Module, inputs: Tensor, targets: Tensor) -> float:
    return float((net(inputs).argmax(-1) == targets).double().mean())


def square_error(net: nn.Module, inputs: Tensor, targets: Tensor) -> Tensor:
    return functional.mse_loss(net(inputs), targets)


def explained(net: nn.Module, inputs: Tensor, targets: Tensor) -> float:
    """Share of the targets' variance that the network explains, at worst 0."""
    gap = (net(inputs) - targets).double().pow(2).mean()
    gain = 1.0 - float(gap / (targets.double() - targets.double().mean(0)).pow(2).mean())
    return gain if gain > 0.0 else 0.0


def sampled(
    inputs: Any, targets: Any, size: int, kept: int = 256, **how: Any
) -> tuple[Callable[[Generator], Batch], Batch]:
    """Return what draws batches from all but the first ``kept`` examples, and those."""
    x, y = torch.as_tensor(inputs), torch.as_tensor(targets)

    def batch(rng: Generator) -> Batch:
        rows = torch.as_tensor(rng.integers(kept, len(x), size=size))
        return x[rows], y[rows]

    return batch, (x[:kept], y[:kept])


@cache
def _pictures() -> tuple[np.ndarray, np.ndarray]:
    """scikit-learn's handwritten digits, shuffled, pixels from 0 to 16."""
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(labels))
    return pixels[order].astype(np.float32), labels[order].astype(np.int64)


def digits(
    shape: tuple[int, ...] = (64,),
    *,
    scale: str = "normalised",
    size: int = 64,
    noise: float = 0.0,
    enough: float = 0.8,
) -> Task:
    """Tell the ten digits apart; ``noise`` is the share of labels that are wrong."""
    pixels, labels = _pictures()
    inputs = {"normalised": (pixels - 4.88) / 6.02, "unit": pixels / 16.0, "raw": pixels * 16.0}[scale]
    wrong = np.random.default_rng(1)
    labels = np.where(wrong.random(len(labels)) < noise, wrong.integers(10, size=len(labels)), labels)
    batch, held_out = sampled(inputs.reshape(-1, *shape).astype(np.float32), labels, size)
    return Task(batch, cross_entropy, held_out, accuracy, enough)


def reconstruction(size: int = 64, enough: float = 0.45, centred: bool = True) -> Task:
    """Give the picture back through a narrow middle."""
    pixels, _ = _pictures()
    inputs = (pixels - 4.88) / 6.02 if centred else pixels / 16.0
    batch, held_out = sampled(inputs, inputs, size)
    return Task(batch, square_error, held_out, explained, enough)


def blobs(classes: int = 5, features: int = 12, size: int = 32, enough: float = 0.85, spread: float = 1.1) -> Task:
    """Tell clouds of points apart."""
    rng = np.random.default_rng(2)
    centres = rng.normal(0, 1, (classes, features))
    labels = rng.integers(classes, size=2000)
    points = centres[labels] + rng.normal(0, spread * 0.6, (2000, features))
    batch, held_out = sampled(points.astype(np.float32), labels, size)
    return Task(batch, cross_entropy, held_out, accuracy, enough)


def curve(features: int = 10, *, shift: float = 0.0, factor: float = 1.0, enough: float = 0.6) -> Task:
    """Fit a smooth function; ``factor`` and ``shift`` take the inputs away from mean 0 and variance 1."""
    rng = np.random.default_rng(3)
    points = rng.normal(0, 1, (3000, features))
    slopes = rng.normal(0, 1, (features, 3))
    values = (
        np.tanh(points @ slopes[:, :1]) + 0.7 * np.sin(points @ slopes[:, 1:2] * 0.7) + 0.2 * points @ slopes[:, 2:]
    )
    values = (values - values.mean()) / values.std() + rng.normal(0, 0.05, values.shape)
    batch, held_out = sampled((points * factor + shift).astype(np.float32), values.astype(np.float32), 64)
    return Task(batch, square_error, held_out, explained, enough)


def series(length: int = 12, size: int = 64, enough: float = 0.8) -> Task:
    """Tell four kinds of waves apart: slow or fast, rising or falling."""
    rng = np.random.default_rng(4)
    labels = rng.integers(4, size=2500)
    time = np.arange(length)[None, :]
    wave = np.sin(time * np.where(labels % 2, 1.6, 0.6)[:, None] + rng.uniform(0, 6.28, (2500, 1)))
    values = wave + 0.15 * np.where(labels // 2, 1, -1)[:, None] * (time - length / 2) / 2
    values = values + rng.normal(0, 0.25, values.shape)
    pair = np.stack([values, np.gradient(values, axis=1)], axis=-1)
    batch, held_out = sampled(pair.astype(np.float32), labels, size)
    return Task(batch, cross_entropy, held_out, accuracy, enough)


def next_token(words: int = 16, length: int = 12, size: int = 32, enough: float = 0.6) -> Task:
    """Foretell the next of a chain of tokens, each of which has two likely followers."""
    rng = np.random.default_rng(5)
    followers = np.stack([rng.permutation(words), rng.permutation(words)])
    rows = np.zeros((2000, length + 1), dtype=np.int64)
    rows[:, 0] = rng.integers(words, size=2000)
    for place in range(length):
        rows[:, place + 1] = followers[(rng.random(2000) < 0.15).astype(int), rows[:, place]]
    batch, held_out = sampled(rows[:, :-1], rows[:, 1:], size)

    def loss(net: nn.Module, inputs: Tensor, targets: Tensor) -> Tensor:
        return functional.cross_entropy(net(inputs).flatten(0, 1), targets.flatten())

    return Task(batch, loss, held_out, accuracy, enough)


def bags(words: int = 300, size: int = 64, enough: float = 0.6) -> Task:
    """Name the topic that most words of a bag belong to; rare words are seldom drawn."""
    rng = np.random.default_rng(6)
    rows = np.minimum(rng.geometric(0.02, size=(4000, 9)) - 1, words - 1)
    labels = np.array([np.bincount(row % 3, minlength=3).argmax() for row in rows])
    batch, held_out = sampled(rows, labels, size)
    return Task(batch, cross_entropy, held_out, accuracy, enough)


def trivial(size: int = 64) -> Task:
    """Tell two clouds apart that lie far from each other: solved to the last digit."""
    rng = np.random.default_rng(7)
    labels = rng.integers(2, size=1500)
    points = rng.normal(0, 0.3, (1500, 8)) + np.where(labels, 3.0, -3.0)[:, None]
    batch, held_out = sampled(points.astype(np.float32), labels, size)
    return Task(batch, cross_entropy, held_out, accuracy, 0.99)

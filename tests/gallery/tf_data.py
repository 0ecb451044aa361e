"""Data for the runs of TensorFlow: scikit-learn's small sets, and words and numbers made up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits, load_wine

Array = np.ndarray
WORDS = 400


@dataclass(frozen=True)
class Data:
    """Examples to learn from and examples kept apart."""

    inputs: Array
    targets: Array
    test_inputs: Array
    test_targets: Array

    @property
    def classes(self) -> bool:
        """Whether the targets are numbers of classes."""
        return self.targets.ndim == 1


def _parted(inputs: Array, targets: Array) -> Data:
    """Keep every sixth example apart, after shuffling."""
    order = np.random.default_rng(0).permutation(len(inputs))
    inputs = inputs.astype(np.float32) if inputs.dtype.kind == "f" else inputs
    inputs, targets = inputs[order], targets[order]
    apart = np.arange(len(inputs)) % 6 == 0
    return Data(inputs[~apart], targets[~apart], inputs[apart], targets[apart])


@cache
def digits(shape: tuple[int, ...] = (64,), unit: str = "centred") -> Data:
    """Handwritten digits: "centred" from -1 to 1, "zero to one", or "raw" from 0 to 16, times 16 to make 256 levels."""
    images, labels = load_digits(return_X_y=True)
    images = {"centred": images / 8 - 1, "zero to one": images / 16, "raw": images * 16.0}[unit]
    return _parted(images.reshape(-1, *shape), labels.astype(np.int64))


@cache
def few_digits(shape: tuple[int, ...] = (64,), count: int = 128) -> Data:
    """So few digits that they are learned by heart, one in eight of them under a wrong label."""
    data = digits(shape)
    targets = data.targets[:count].copy()
    targets[::8] = (targets[::8] + 1) % 10
    return Data(data.inputs[:count], targets, data.test_inputs, data.test_targets)


@cache
def pictures_again() -> Data:
    """Digits that are their own targets."""
    data = digits((64,), "zero to one")
    return Data(data.inputs, data.inputs, data.test_inputs, data.test_inputs)


@cache
def table(name: str) -> Data:
    """Measured features of wines or of cells, each to mean 0 and spread 1."""
    features, labels = {"wine": load_wine, "cells": load_breast_cancer}[name](return_X_y=True)
    return _parted((features - features.mean(0)) / features.std(0), labels.astype(np.int64))


@cache
def raw_table(name: str) -> Data:
    """Measured features as they were measured, some of them in hundreds."""
    features, labels = {"wine": load_wine, "cells": load_breast_cancer}[name](return_X_y=True)
    return _parted(features, labels.astype(np.int64))


@cache
def words() -> Data:
    """Bags of twelve words out of four hundred, common ones more often, with the topic of most of them."""
    rng = np.random.default_rng(1)
    rows = np.minimum(rng.geometric(0.015, size=(2400, 12)) - 1, WORDS - 1)
    return _parted(rows.astype(np.int64), np.array([np.bincount(row % 4, minlength=4).argmax() for row in rows]))


@cache
def curve(spread: float = 1.0) -> Data:
    """A smooth function of six numbers, half of whose values are below zero."""
    rng = np.random.default_rng(2)
    inputs = rng.normal(size=(1800, 6))
    values = np.sin(inputs[:, 0]) + inputs[:, 1] * inputs[:, 2] * 0.5 + 0.5 * inputs[:, 3]
    return _parted(inputs, (spread * values[:, None]).astype(np.float32))


@cache
def curve_of_raw_numbers() -> Data:
    """The same function, of numbers in hundreds."""
    data = curve()
    return Data(150 + 100 * data.inputs, data.targets, 150 + 100 * data.test_inputs, data.test_targets)


@cache
def islands() -> Data:
    """Four clusters far apart: a problem that is soon solved."""
    rng = np.random.default_rng(3)
    labels = rng.integers(4, size=1200)
    centres = 3.0 * np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]]) @ rng.normal(size=(2, 16))
    return _parted(centres[labels] + 0.3 * rng.normal(size=(1200, 16)), labels)


# What may be done to a batch before it is learned from.

Batch = Callable[[int, Array, Array, np.random.Generator], tuple[Array, Array]]


def as_it_is(step: int, inputs: Array, targets: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    return inputs, targets


def wrong_labels(share: float) -> Batch:
    """Give a share of the examples a label drawn by lot."""

    def batch(step: int, inputs: Array, targets: Array, rng: np.random.Generator) -> tuple[Array, Array]:
        wrong = rng.random(len(targets)) < share
        return inputs, np.where(wrong, rng.integers(targets.max() + 1, size=len(targets)), targets)

    return batch


def times(factor: float, first: int = 0, last: int = 10**9, examples: int = 10**9) -> Batch:
    """Multiply the first examples of the batches from one step to another."""

    def batch(step: int, inputs: Array, targets: Array, rng: np.random.Generator) -> tuple[Array, Array]:
        if first <= step <= last:
            inputs = inputs.copy()
            with np.errstate(invalid="ignore"):  # infinity times 0
                inputs[:examples] *= np.float32(factor)
        return inputs, targets

    return batch

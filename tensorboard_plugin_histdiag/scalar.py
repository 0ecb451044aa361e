"""Scalars of a run that give histograms their context: loss, accuracy, learning rate."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .bounded import Floats, Ints

ScalarKind = Literal["loss", "validation-loss", "accuracy", "validation-accuracy", "learning-rate", "other"]


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


VALIDATION = _set("val valid validation test eval evaluation dev")
TRAINING = _set("train training")
_PLAIN = TRAINING | _set(
    "loss losses epoch step batch minibatch iter iteration total overall sum all avg average mean running smooth "
    "smoothed ema"
)
"""Words that a loss may have and still be the whole of what training brings down."""
_PARTS = _set(
    "kl kld reg regularization regularisation regularizer decay l penalty aux auxiliary commit commitment codebook "
    "balance balancing router prior sparsity diversity temperature alpha"
)
"""Words of terms that may well grow while the whole falls (``l1`` and ``l2`` are read without their number)."""
_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z0-9]+(?![a-z])")


@dataclass(frozen=True)
class Scalar:
    """One scalar series, by its name a loss, an accuracy or a learning rate; steps strictly increasing."""

    run: str
    tag: str
    kind: ScalarKind
    step: Ints
    value: Floats
    wall_time: Floats

    def since(self, step: int) -> Scalar:
        """Return what was logged from a step on."""
        first = int(np.searchsorted(self.step, step))
        later = self.step[first:], self.value[first:], self.wall_time[first:]
        return Scalar(self.run, self.tag, self.kind, *later)


def name_words(name: str) -> set[str]:
    """Split a name into words, those with a number (``loss2``) also without it."""
    words = {word.lower() for word in _WORD.findall(name)}
    return words | {word.rstrip("0123456789") for word in words}


def subject(tag: str) -> frozenset[str]:
    """Return what a loss's name says beside being a loss: nothing for ``train/loss``, "mse" for ``val_mse_loss``."""
    bare = {word.rstrip("0123456789") for word in name_words(tag)}
    return frozenset(bare - _PLAIN - VALIDATION - {""})


def objectives(scalars: Iterable[Scalar]) -> tuple[Scalar, ...]:
    """Choose the training losses that are to fall: the plain ones, else all but mere terms such as ``kl_loss``."""
    losses = [scalar for scalar in scalars if scalar.kind == "loss" and len(scalar.step)]
    plain = tuple(loss for loss in losses if not subject(loss.tag))
    return plain or tuple(loss for loss in losses if not subject(loss.tag) & _PARTS)

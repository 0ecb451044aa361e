"""Scalars of a run that give histograms their context: loss, accuracy, learning rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .bounded import Floats, Ints

ScalarKind = Literal["loss", "validation-loss", "accuracy", "validation-accuracy", "learning-rate", "other"]


@dataclass(frozen=True)
class Scalar:
    """One scalar series, by its name a loss, an accuracy or a learning rate; steps strictly increasing."""

    run: str
    tag: str
    kind: ScalarKind
    step: Ints
    value: Floats
    wall_time: Floats

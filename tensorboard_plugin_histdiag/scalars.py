"""Tell from their names which scalars are losses, accuracies and learning rates."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from tensorboard.data.provider import ScalarDatum

from .canonical import surviving
from .scalar import Scalar, ScalarKind

SCALAR_RECORDS = 1000
"""How many records of a scalar to read: what TensorBoard keeps by default."""

_VALIDATION = {"val", "valid", "validation", "test", "eval", "evaluation", "dev"}
_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z0-9]+(?![a-z])")


def scalar_kind(run: str, tag: str) -> ScalarKind:
    """Tell from its name what a scalar is."""
    words = _words(tag)
    if "lr" in words or {"learning", "rate"} <= words:
        return "learning-rate"
    if words & {"scale", "scaler", "scaling", "weight", "coefficient"}:
        return "other"
    held_out = bool(words & _VALIDATION) or _is_validation(run)
    if words & {"loss", "losses", "nll", "xent", "crossentropy"} or {"cross", "entropy"} <= words:
        return "validation-loss" if held_out else "loss"
    if words & {"acc", "accuracy", "top"}:
        return "validation-accuracy" if held_out else "accuracy"
    return "other"


def _words(name: str) -> set[str]:
    """Split a name into words, those with a number (``loss2``) also without it."""
    words = {word.lower() for word in _WORD.findall(name)}
    return words | {word.rstrip("0123456789") for word in words}


def _is_validation(run: str) -> bool:
    return bool(_words(run.rpartition("/")[2]) & _VALIDATION)


def is_validation_of(other: str, run: str) -> bool:
    """Tell whether one run is the validation beside a ``.../train``."""
    parent, _, name = run.rpartition("/")
    return bool(_words(name) & {"train", "training"}) and other.rpartition("/")[0] == parent and _is_validation(other)


def to_scalar(run: str, tag: str, kind: ScalarKind, data: Sequence[ScalarDatum]) -> Scalar:
    """Turn what a provider gave into arrays; steps that go back replace what was logged before."""
    step = np.array([datum.step for datum in data], dtype=np.int64)
    kept = surviving(step)
    value = np.array([datum.value for datum in data], dtype=np.float64)
    wall_time = np.array([datum.wall_time for datum in data], dtype=np.float64)
    return Scalar(run, tag, kind, step[kept], value[kept], wall_time[kept])

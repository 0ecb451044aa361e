"""The raw tensors kept of a run: what they are by their tags, and how large and how far apart their values are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from log import Series, Tensors

FEW = 3


def values(series: Series) -> list[np.ndarray]:
    return list(series.values())


def is_gradient(tag: str) -> bool:
    return "grad" in tag.lower()


def is_output(tag: str) -> bool:
    words = ("act/", "activation", "output", "quantised/", "ema/", "inputs")
    return tag.endswith("_out") or any(word in tag.lower() for word in words)


def outputs(tensors: Tensors) -> Tensors:
    return {tag: series for tag, series in tensors.items() if not is_gradient(tag) and is_output(tag)}


def gradients(tensors: Tensors) -> Tensors:
    return {tag: series for tag, series in tensors.items() if is_gradient(tag)}


def weights(tensors: Tensors) -> Tensors:
    """Return the weight matrices; a GRU's two biases are none."""
    return {
        tag: series
        for tag, series in tensors.items()
        if values(series)[0].ndim > 1 and not is_gradient(tag) and not is_output(tag) and "bias" not in tag.lower()
    }


def size(value: np.ndarray) -> float:
    return float(np.abs(value).mean()) if value.size else 0.0


def rms(value: np.ndarray) -> float:
    return float(np.sqrt(np.square(value, dtype=np.float64).mean()))


def slope(value: np.ndarray) -> float:
    """Mean slope of tanh or of the sigmoid at these outputs, of its greatest."""
    if value.min() >= 0.0 and value.max() <= 1.0:
        return float(4.0 * (value * (1.0 - value)).mean())
    return float((1.0 - value**2).mean()) if np.abs(value).max() <= 1.0 else 1.0


def distance(a: np.ndarray, b: np.ndarray) -> float:
    """How far the values must move, in all, for one histogram to become the other, relative to their size."""
    if not size(a) or not b.size:
        return 0.0
    if a.size != b.size:
        shares = np.linspace(0.0, 1.0, 1001)
        a, b = np.quantile(a, shares), np.quantile(b, shares)
    return float(np.abs(np.sort(a, axis=None) - np.sort(b, axis=None)).mean()) / size(a)


def lasts(flags: Sequence[bool]) -> bool:
    """Tell whether something holds in some records in a row."""
    run = 0
    for flag in flags:
        run = run + 1 if flag else 0
        if run >= min(FEW, len(flags)):
            return True
    return False


def global_norms(tensors: Tensors) -> list[float]:
    """Return the norm of all gradients together, at the steps that all of them have."""
    found = gradients(tensors)
    steps = sorted(set.intersection(*(set(series) for series in found.values()))) if found else []
    return [float(sum(rms(one[step]) ** 2 * one[step].size for one in found.values()) ** 0.5) for step in steps]

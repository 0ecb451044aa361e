"""Which bias gradient counts the units of an activation that is logged under another name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..context import RunContext
from ..measured import SeriesMetrics
from ..thresholds import Thresholds

FEW = 8
"""Entries of a bias gradient from which a share of zeros says something."""
_AFTER = 3
"""How far behind its layer an activation may stand in a Sequential: convolution, normalisation, activation."""


def of_same_layer(series: SeriesMetrics, context: RunContext, limits: Thresholds) -> SeriesMetrics | None:
    """Return the gradient of the bias that bears the activation's own name."""
    gradient = context.sibling(series, "bias-gradient")
    return gradient if gradient is not None and _counts(gradient, limits) else None


def of_layers_before(series: SeriesMetrics, context: RunContext, limits: Thresholds) -> Iterator[SeriesMetrics]:
    """Yield the gradients that may be of this activation's units, as ``fc2`` feeds ``act2``: the likeliest first.

    PyTorch's activations are modules with names of their own. The batch's outputs are a whole number of times as
    many as the units, and a bias gradient with an activation of its own name is out of the question.
    """
    if context.sibling(series, "bias-gradient") is not None:
        return
    found = []
    for gradient in context.having("bias-gradient"):
        if not _counts(gradient, limits) or series.size[-1] % gradient.size[-1]:
            continue
        if context.sibling(gradient, "activation") is None:
            found.append((_likeness(series.layer, gradient.layer), gradient))
    yield from (gradient for likeness, gradient in sorted(found, key=lambda pair: -pair[0]) if likeness)


def _counts(gradient: SeriesMetrics, limits: Thresholds) -> bool:
    return len(gradient) >= limits.sustained_records and bool(gradient.size[-1] >= FEW)


def _likeness(activation: str, layer: str) -> int:
    """Tell how well two names go together, 0 if they do not: ``act3`` and ``fc3``, ``layers.3`` and ``layers.2``."""
    path, own = _split(activation)
    other_path, other = _split(layer)
    if layer.startswith((activation + ".", activation + "/")):
        return 1  # block1 and block1.fc1: what stands before the activation within a block
    if path != other_path:
        return 0
    if own.isdigit() and other.isdigit():
        return max(_AFTER + 1 - (int(own) - int(other)), 0) if int(own) > int(other) else 0
    numbers = [re.sub(r"\D+", "", name) for name in (own, other)]
    if numbers[0] == numbers[1]:
        return 2
    return 0 if numbers[0] else 1


def _split(name: str) -> tuple[str, str]:
    parts = re.split(r"[./]", name)
    return ".".join(parts[:-1]), parts[-1]

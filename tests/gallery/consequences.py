"""What a fault brings with it: the rules that are true of a faulty run beside the right ones, told from its tensors."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np
import truth
from label import Expected, Label
from log import Tensors, is_scalar
from raw_tensors import gradients, is_gradient, lasts, outputs, values, weights


def _units(tensors: Tensors) -> Tensors:
    """Return what tells units that are dead: outputs, and gradients of biases."""
    biases = {tag: one for tag, one in gradients(tensors).items() if values(one)[0].ndim == 1}
    return outputs(tensors) | biases


def _norms(tensors: Tensors) -> Tensors:
    return {tag: one for tag, one in tensors.items() if "gamma" in tag.lower() and not is_gradient(tag)}


def _scales(tensors: Tensors) -> Tensors:
    """Return what may jump: weights, and scales of norms."""
    return weights(tensors) | _norms(tensors)


GRADIENTS = (
    "no-gradient", "vanishing-gradients", "exploding-gradients", "gradient-spikes", "gradient-underflow",
)  # fmt: skip
OUTPUTS = ("saturated-activations", "activation-collapse", "activation-explosion")
WEIGHTS = (
    "poor-initialisation", "frozen-weights", "stopped-learning", "only-last-layer-learns", "small-updates",
    "large-updates", "weight-explosion", "weight-collapse",
)  # fmt: skip
PROVEN = ("large-updates", "poor-initialisation")
SPEAKS_OF: dict[str, Callable[[Tensors], Tensors]] = (
    dict.fromkeys(GRADIENTS, gradients)
    | dict.fromkeys(OUTPUTS, outputs)
    | dict.fromkeys(WEIGHTS, weights)
    | {"dead-units": _units, "sudden-shift": _scales, "norm-scale-collapse": _norms}
)


def also_true(label: Label, kept: Tensors) -> tuple[str, ...]:
    """Return those of the allowed rules that are no right ones and that some tensor, or the loss, bears out.

    Rules without a check stay.
    """
    tensors = {tag: series for tag, series in kept.items() if not is_scalar(series)}

    def holds(rule: str) -> bool:
        asked = tuple(SPEAKS_OF[rule](tensors)) if rule in SPEAKS_OF else ()
        if rule in SPEAKS_OF and not asked:
            return False
        if rule == "large-updates":
            return any(lasts([pace > 0.01 for pace in truth.paces(tensors[tag])]) for tag in asked)
        alone = msgspec.structs.replace(label, expected=(Expected(rule, asked),), learned=False)
        with np.errstate(all="ignore"):
            return bool(truth.borne_out(alone, kept))

    right = {one.rule for one in label.expected}
    return tuple(rule for rule in dict.fromkeys(label.allowed) if rule not in right and holds(rule))

"""What a fault brings with it: the rules that are true of a faulty run beside the right ones, told from its tensors."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np
import truth
from label import Expected, Label
from log import Series, Tensors, is_scalar
from raw_tensors import FEW, distance, gradients, is_gradient, lasts, outputs, size, values, weights


def _units(tensors: Tensors) -> Tensors:
    """Return what tells units that are dead: outputs, and gradients of biases."""
    biases = {tag: one for tag, one in gradients(tensors).items() if values(one)[0].ndim == 1}
    return outputs(tensors) | biases


def _norms(tensors: Tensors) -> Tensors:
    return {tag: one for tag, one in tensors.items() if "gamma" in tag.lower() and not is_gradient(tag)}


def _scales(tensors: Tensors) -> Tensors:
    """Return what may jump: weights, and scales of norms."""
    return weights(tensors) | _norms(tensors)


GRADIENTS = ("no-gradient", "exploding-gradients", "gradient-spikes", "gradient-underflow")
OUTPUTS = ("saturated-activations", "activation-collapse", "activation-explosion")
WEIGHTS = ("only-last-layer-learns", "weight-explosion", "weight-collapse")
PROVEN = ("large-updates", "no-gradient", "non-finite-values", "loss-not-finite")
SPEAKS_OF: dict[str, Callable[[Tensors], Tensors]] = (
    dict.fromkeys(GRADIENTS, gradients)
    | dict.fromkeys(OUTPUTS, outputs)
    | dict.fromkeys(WEIGHTS, weights)
    | {"dead-units": _units, "sudden-shift": _scales, "norm-scale-collapse": _norms}
)


def _small(a: np.ndarray, b: np.ndarray, least: float) -> bool:
    """Tell whether values hardly move from one record to another."""
    return a.shape == b.shape and size(a - b) <= least * size(a)


def held(series: Series) -> bool:
    """Next to nothing moves from the first record to the last."""
    return _small(values(series)[0], values(series)[-1], 1e-4)


def halted(series: Series) -> bool:
    """Moved at first, and next to nothing in the last records."""
    *earlier, last = values(series)
    return not held(series) and all(_small(one, last, 1e-4) for one in earlier[-FEW:])


def moves_long(series: Series) -> bool:
    """Moves by a hundredth of its size a step in some records in a row."""
    return lasts([pace > 0.01 for pace in truth.paces(series)])


def drawn_wide(series: Series) -> bool:
    """One value, or four times as wide as by He's rule, whichever of the axes is its inputs."""
    first = values(series)[0]
    inputs = min(first.size // first.shape[0], first.size // first.shape[-1])
    return bool(first.min() == first.max() or first.std() > 4.0 * (2.0 / max(inputs, 1)) ** 0.5)


def small_in_front(tensors: Tensors) -> bool:
    """A first layer's gradient is less than a thousandth of the last one's in some records in a row."""
    for ndims in (lambda count: count == 1, lambda count: count > 1):
        found = [one for one in gradients(tensors).values() if ndims(values(one)[0].ndim)]
        for series in found[: len(found) // 2]:
            steps = [step for step in series if step in found[-1]]
            if lasts([size(series[step]) < 1e-3 * size(found[-1][step]) for step in steps]):
                return True
    return False


def rises(loss: np.ndarray) -> bool:
    """The loss is a quarter above its best at the end."""
    known = loss[np.isfinite(loss)]
    return bool(len(known)) and bool(np.median(known[-FEW:]) > 1.25 * known.min())


OF_WEIGHTS: dict[str, Callable[[Series], bool]] = {
    "frozen-weights": held,
    "stopped-learning": halted,
    "large-updates": moves_long,
    "poor-initialisation": drawn_wide,
}


def also_true(label: Label, kept: Tensors) -> tuple[str, ...]:
    """Return those of the allowed rules that are no right ones and that some tensor, or the loss, bears out.

    Rules without a check stay; facts that the values prove are allowed whether or not the recipe thought of them.
    """
    tensors = {tag: series for tag, series in kept.items() if not is_scalar(series)}

    losses = [np.array(values(one)) for tag, one in kept.items() if is_scalar(one) and "loss" in tag.lower()]
    matrices = list(weights(tensors).values())

    def holds(rule: str) -> bool:
        if rule in OF_WEIGHTS:
            return any(map(OF_WEIGHTS[rule], matrices))
        if rule == "vanishing-gradients":
            return small_in_front(tensors)
        if rule == "small-updates":
            return bool(matrices) and all(distance(values(one)[0], values(one)[-1]) < 1e-3 for one in matrices)
        if rule == "loss-diverging":
            return any(map(rises, losses))
        asked = tuple(SPEAKS_OF[rule](tensors)) if rule in SPEAKS_OF else ()
        if rule in SPEAKS_OF and not asked:
            return False
        alone = msgspec.structs.replace(label, expected=(Expected(rule, asked),), learned=False)
        return bool(truth.borne_out(alone, kept))

    right = {one.rule for one in label.expected}
    with np.errstate(all="ignore"):
        return tuple(rule for rule in dict.fromkeys((*label.allowed, *PROVEN)) if rule not in right and holds(rule))

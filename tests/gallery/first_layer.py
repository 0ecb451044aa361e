"""Whether inputs are out of scale, told from the tensors of the first layer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import numpy as np
from log import Series, Tensors
from raw_tensors import gradients, outputs, size, slope, values, weights

_PART = re.compile(r"kernel|weights?|bias(es)?")


def unscaled(asked: Tensors, tensors: Tensors) -> Iterable[str]:
    """Return the first layer's gradient or outputs where they show it.

    Its weight gradient is more than thirty times its bias gradient, and no later layer's is as many times, or thirty
    times every other; or its outputs are saturated at the first record, though its weights are of usual width.
    """
    found = gradients(tensors)
    matrices = [(tag, _usual(one)) for tag, one in found.items() if values(one)[0].ndim > 1]
    ratios = list(_over_biases(found))
    shown = {matrices[0][0]} if len(matrices) > 1 and _stands_out([one for _, one in matrices], 30.0) else set()
    if len(ratios) > 1 and ratios[0][1] > 30.0 and _stands_out([ratio for _, ratio in ratios], 1.0):
        shown.add(ratios[0][0])
    kernels, given = list(weights(tensors).values()), list(outputs(tensors).items())
    wide = bool(kernels) and _width(values(kernels[0])[0]) > 3.0
    if given and not wide and slope(values(given[0][1])[0]) < 0.25:
        shown.add(given[0][0])
    return [tag for tag in asked if tag in shown]


def _stands_out(sizes: list[float], times: float) -> bool:
    return sizes[0] > times * max(sizes[1:])


def _over_biases(found: Tensors) -> Iterator[tuple[str, float]]:
    """Yield the size of each layer's weight gradient over that of its bias gradient, where that is any, in order."""
    biases = {_PART.sub("", tag): one for tag, one in found.items() if values(one)[0].ndim == 1}
    for tag, series in found.items():
        bias = biases.get(_PART.sub("", tag))
        if bias is not None and values(series)[0].ndim > 1 and _usual(bias) > 0.0:
            yield tag, _usual(series) / _usual(bias)


def _usual(series: Series) -> float:
    return float(np.median([size(value) for value in series.values()]))


def _width(value: np.ndarray) -> float:
    return float(value.std() * value.size**0.25)

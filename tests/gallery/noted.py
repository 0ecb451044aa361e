"""Which notes are true of a run, healthy or not: told from the raw tensors and scalars, not from histograms.

Left out, as raw tensors do not tell them: coarse-buckets and sampled-steps, which are about what was logged of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from first_layer import unscaled
from log import Series, Tensors, is_scalar
from raw_tensors import FEW, distance, global_norms, gradients, is_gradient, lasts, rms, size, values, weights

Note = Callable[[Tensors, Tensors], bool]

SHAPED = 256  # values; fewer have no shape to speak of
MANY = 12  # records; fewer have no course


def noted(kept: Tensors) -> tuple[str, ...]:
    """Return the notes that are true of a run, of those that the raw values tell."""
    tensors = {tag: series for tag, series in kept.items() if not is_scalar(series)}
    scalars = {tag: series for tag, series in kept.items() if is_scalar(series)}
    with np.errstate(all="ignore"):
        return tuple(rule for rule, holds in NOTES.items() if tensors and holds(tensors, scalars))


def matrices(tensors: Tensors, least: int = SHAPED) -> list[Series]:
    """Return the weights, quantised copies and moving averages too, with as many values."""
    copies = {tag: one for tag, one in tensors.items() if tag.startswith(("quantised/", "ema/"))}
    found = weights(tensors) | {tag: one for tag, one in copies.items() if values(one)[0].ndim > 1}
    return [one for one in found.values() if values(one)[0].size >= least and len(one) >= FEW]


def _of_weights(holds: Callable[[np.ndarray], bool], least: int = SHAPED) -> Note:
    """Return the note that something holds of a weight in some records in a row."""
    return lambda tensors, scalars: any(
        lasts([holds(value) for value in values(one)]) for one in matrices(tensors, least)
    )


def finite(value: np.ndarray) -> np.ndarray:
    kept: np.ndarray = value[np.isfinite(value)]
    return kept


def zeros(value: np.ndarray) -> float:
    return float((value == 0.0).mean())


def mostly_zero(tensors: Tensors, scalars: Tensors) -> bool:
    """Nearly all are 0; or a quarter and more, the same until the end, while the others move."""
    for one in matrices(tensors):
        shares = [zeros(value) for value in values(one)]
        last = [value for value, share in zip(values(one), shares, strict=True) if abs(share - shares[-1]) < 0.02]
        held = len(last) >= len(shares) / 2 and 0.25 <= shares[-1] < 1.0 and not few_values(last[-1])
        if lasts([0.95 <= share < 1.0 for share in shares]) or (held and distance(last[0], last[-1]) > 1e-3):
            return True
    return False


def few_values(value: np.ndarray) -> bool:
    return 2 <= len(np.unique(value)) <= 16


def from_uniform(value: np.ndarray) -> float:
    """Return the distance (Kolmogorov-Smirnov) to the uniform distribution between the ends."""
    ordered = np.sort(value, axis=None).astype(np.float64)
    width = ordered[-1] - ordered[0]
    if not width > 0:
        return 1.0
    place = (ordered - ordered[0]) / width
    rank = np.arange(len(place) + 1) / len(place)
    return float(max(np.abs(place - rank[1:]).max(), np.abs(place - rank[:-1]).max()))


def still_initial(tensors: Tensors, scalars: Tensors) -> bool:
    for one in matrices(tensors):
        first, last = values(one)[0], values(one)[-1]
        if from_uniform(first) < 0.05 and from_uniform(last) < 0.05 and size(last - first) < 1e-3 * size(first):
            return True
    return False


def without_biases(tensors: Tensors, scalars: Tensors) -> bool:
    """Several weights, and no vector that could be a bias or belong to a norm, nor the gradient of one."""
    layers = [tag for tag in weights(tensors) if not tag.startswith(("quantised/", "ema/"))]
    words = ("bias", "beta", "gamma", "norm", "ln", "bn", "moving", "running", "all_parameters")
    return len(layers) >= FEW and not any(word in tag.lower() for tag in tensors for word in words)


def clipped(tensors: Tensors, scalars: Tensors) -> bool:
    """The norm of all gradients is one number, to a hundredth, in most records, while the largest of them moves."""
    norms = np.array(global_norms(tensors))
    usual = np.median(norms) if len(norms) else 0.0
    parts = [np.array([np.linalg.norm(value) for value in values(one)]) for one in gradients(tensors).values()]
    largest = max(parts, key=np.median, default=norms)
    move = bool(len(norms) and largest.std() > 0.02 * largest.mean())
    return len(norms) >= 10 and usual > 0 and move and float((np.abs(norms / usual - 1.0) < 0.01).mean()) > 0.5


def shaped(value: np.ndarray) -> bool:
    """Tell whether there is a shape: many values, all finite, and far enough apart for thirty buckets."""
    return bool(np.isfinite(value).all() and np.ptp(value) > 1e-4 * np.abs(value).max() and not few_values(value))


def at_a_limit(value: np.ndarray) -> bool:
    """A twentieth and more have exactly the least or the largest value, which stands out from its neighbours."""
    if not shaped(value):
        return False
    counts, _ = np.histogram(value.astype(np.float64), 30)
    for limit, edge, neighbour in ((value.min(), counts[0], counts[1]), (value.max(), counts[-1], counts[-2])):
        there = float((value == limit).mean())
        if there >= 0.05 and edge >= 5 * neighbour and abs(limit) > 0.1 * np.abs(value).max():
            return True
    return False


def piled_up(tensors: Tensors, scalars: Tensors) -> bool:
    slopes = [one for one in gradients(tensors).values() if values(one)[0].ndim > 1 and values(one)[0].size >= SHAPED]
    return any(lasts([at_a_limit(value) for value in values(one)]) for one in (*matrices(tensors), *slopes))


def far_out(value: np.ndarray) -> bool:
    sizes = np.abs(finite(value))
    return bool(len(sizes) and sizes.max() > 50 * np.quantile(sizes, 0.999) > 0)


def in_clusters(value: np.ndarray) -> bool:
    """A valley between peaks, at most half as high as the lower one, with a tenth of the values on each side."""
    if not shaped(value) or at_a_limit(value) or zeros(value) > 0.05:
        return False
    counts, _ = np.histogram(value.astype(np.float64), 30)
    height = np.convolve(counts, np.ones(3) / 3, mode="same")
    share = np.cumsum(counts) / counts.sum()
    return any(
        0.1 <= share[at] <= 0.9 and height[at] <= 0.5 * min(height[:at].max(), height[at + 1 :].max())
        for at in range(1, 29)
    )


def _undiminished(course: np.ndarray, unit: float) -> bool:
    """The last quarter goes on in one direction as fast as the one before, by as much as the unit."""
    half = course[len(course) // 2 :]
    moves = np.diff(half)
    middle = (len(half) - 1) // 2
    first, last = half[middle] - half[0], half[-1] - half[-1 - middle]
    same = np.sign(moves) == np.sign(last)
    return bool(same.mean() >= 0.9 and abs(last) >= unit and 0.8 * abs(first) <= abs(last) and first * last > 0)


def loss_rests(scalars: Tensors) -> bool:
    """A training loss is logged and falls by less than a tenth in the last quarter."""
    for tag, series in scalars.items():
        loss = np.array(values(series))
        if "loss" in tag.lower() and "val" not in tag.lower() and len(loss) >= MANY:
            quarter = len(loss) // 4
            return bool(np.median(loss[-quarter:]) > 0.9 * np.median(loss[-2 * quarter : -quarter]))
    return False


def drifting(tensors: Tensors, scalars: Tensors) -> bool:
    """The mean of a tensor goes on shifting at the end while the loss rests."""
    series = [one for tag, one in tensors.items() if not is_gradient(tag) and values(one)[0].size >= 8]
    return loss_rests(scalars) and any(
        _undiminished(np.array([value.mean() for value in values(one)]), 0.25 * float(values(one)[-1].std()))
        for one in series
        if len(one) >= MANY
    )


def widening(tensors: Tensors, scalars: Tensors) -> bool:
    """Weights go on growing wider at the end while the loss rests."""
    return loss_rests(scalars) and any(
        _undiminished(np.array([value.std() for value in values(one)]), 0.15 * float(values(one)[-1].std()))
        and values(one)[-1].std() > values(one)[0].std()
        for one in matrices(tensors, 8)
        if len(one) >= MANY
    )


def overfitted(tensors: Tensors, scalars: Tensors) -> bool:
    """The validation loss is a tenth above its best at the end, three records in a row; the training loss fell on."""
    losses = {tag: np.array(values(series)) for tag, series in scalars.items() if "loss" in tag.lower()}
    training = [loss for tag, loss in losses.items() if "val" not in tag.lower()]
    for tag, loss in losses.items():
        if "val" not in tag.lower() or not training or len(loss) <= FEW or not np.isfinite(loss).all():
            continue
        best = int(loss.argmin())
        before = np.median(training[0][max(0, best - 1) : best + 2])
        if loss[-FEW:].min() > 1.1 * loss[best] and np.median(training[0][-FEW:]) < 0.9 * before:
            return True
    return False


def plateau(tensors: Tensors, scalars: Tensors) -> bool:
    """The training loss of the last quarter is, but for its noise, that of the first and of the one before."""
    for tag, series in scalars.items():
        loss = np.array(values(series))
        if "loss" not in tag.lower() or "val" in tag.lower() or len(loss) < MANY or not np.isfinite(loss).all():
            continue
        quarter = len(loss) // 4
        before = max(np.median(loss[:quarter]), np.median(loss[-2 * quarter : -quarter]))
        if 0.95 < np.median(loss[-quarter:]) / before < 1.25:
            return True
    return False


def beyond_half(tensors: Tensors, scalars: Tensors) -> bool:
    """Values too large for float16, or most of a gradient is not 0 but too small for it."""
    if any(np.abs(finite(value)).max(initial=0.0) > 32752 for one in tensors.values() for value in values(one)):
        return True
    return any(
        lasts([float(((value != 0.0) & (np.abs(value) < 6e-8)).mean()) > 0.5 for value in values(one)])
        for one in gradients(tensors).values()
    )


def in_16_bits(value: np.ndarray) -> bool:
    """All values are numbers that bfloat16 or float16 can hold."""
    exact = np.ascontiguousarray(value, dtype=np.float32)
    brain = not (exact.view(np.uint32) & 0xFFFF).any()
    return bool(brain or np.array_equal(exact.astype(np.float16).astype(np.float32), exact))


def rounded(tensors: Tensors, scalars: Tensors) -> bool:
    """Weights move, but on a grid of 16 bits only."""
    return any(
        all(in_16_bits(value) for value in values(one))
        and len(np.unique(values(one)[-1])) > 16
        and not np.array_equal(values(one)[0], values(one)[-1])
        for one in matrices(tensors, 8)
    )


def unbalanced(tensors: Tensors, scalars: Tensors) -> bool:
    """The sizes of two weights' gradients differ ten thousand-fold, some records in a row."""
    found = [one for one in gradients(tensors).values() if values(one)[0].ndim > 1]
    steps = sorted(set.intersection(*(set(one) for one in found))) if len(found) > 1 else []
    sizes = [[size(one[step]) for one in found if one[step].any()] for step in steps]
    flags = [len(row) > 1 and max(row) > 1e4 * min(row) for row in sizes]
    return len(flags) >= FEW and lasts(flags)


def swinging(tensors: Tensors, scalars: Tensors) -> bool:
    """The mean or the size of weights turns round at most records, as far in the end as before, and goes nowhere."""
    for one in matrices(tensors, 8):
        if len(one) < MANY:
            continue
        usual = float(np.median([rms(value) for value in values(one)]))
        for course in ([float(value.mean()) for value in values(one)], [rms(value) for value in values(one)]):
            moves = np.diff(course[FEW:])
            turns = float((moves[1:] * moves[:-1] < 0).mean())
            swing, half = np.median(np.abs(moves)), len(moves) // 2
            grown = np.median(np.abs(moves[half:])) >= 0.8 * np.median(np.abs(moves[:half]))
            if turns >= 0.6 and swing >= 0.05 * usual and grown and abs(course[-1] - course[FEW]) <= 2 * swing:
                return True
    return False


def told_by(notes: Sequence[str], kept: Tensors) -> tuple[str, ...]:
    """Return the notes that the raw values bear out, and those asked for that they do not tell."""
    return (*(one for one in notes if one not in NOTES), *noted(kept))


NOTES: dict[str, Note] = {
    "mostly-zero-weights": mostly_zero,
    "discrete-weights": _of_weights(few_values),
    "still-initial": still_initial,
    "no-biases": without_biases,
    "always-clipped": clipped,
    "edge-pile-up": piled_up,
    "outlier-dominated": _of_weights(far_out, 2000),
    "multiple-clusters": _of_weights(in_clusters, 1000),
    "steady-drift": drifting,
    "unsettled": widening,
    "overfitting": overfitted,
    "loss-flat": plateau,
    "float16-range": beyond_half,
    "rounded-updates": rounded,
    "unbalanced-gradients": unbalanced,
    "unnormalised-inputs": lambda tensors, scalars: bool(unscaled(tensors, tensors)),
    "oscillating-weights": swinging,
}

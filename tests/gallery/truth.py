"""Whether a fault is in the tensors that were logged: labels are held against them, not against what histograms show.

Each check is given the tensors of the tags in question, in the order of logging, and returns the tags that bear the
rule out. Rules on the log itself have none: they are true by the recipe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from itertools import pairwise

import msgspec
import numpy as np
from first_layer import unscaled
from label import Expected, Label
from log import Series, Tensors, is_scalar
from raw_tensors import (
    FEW,
    distance,
    global_norms,
    is_gradient,
    lasts,
    outputs,
    rms,
    size,
    slope,
    values,
    weights,
)

Check = Callable[[Tensors, Tensors], Iterable[str]]


def borne_out(label: Label, kept: Tensors) -> tuple[Expected, ...]:
    """Return what the tensors and the loss bear out of what is expected, each rule with the tags that do."""
    tensors = {tag: series for tag, series in kept.items() if not is_scalar(series)}
    losses = [values(one) for tag, one in kept.items() if is_scalar(one) and "loss" in tag.lower()]
    checks = CHECKS | {"series-stopped": partial(broken_off, end=max(step for one in kept.values() for step in one))}
    found = []
    if label.learned and label.expected[0].rule in HARMFUL:
        return ()
    for one in label.expected:
        if label.learned and one.rule in HARMFUL:
            continue
        asked = {tag: since(tensors[tag], one.onset) for tag in one.tags or tensors if tag in tensors}
        if one.rule in LOSSES:
            found += [one] if any(LOSSES[one.rule](np.array(loss)) for loss in losses) else []
        elif one.rule in checks:
            true = set(checks[one.rule](asked, tensors))
            tags = tuple(tag for tag in one.tags if tag in true)
            found += [msgspec.structs.replace(one, tags=tags)] if true else []
        else:
            found.append(one)
    return tuple(found)


def since(series: Series, onset: int | None) -> Series:
    """Return the records from the onset on, and the one before it, from which a change can be told."""
    before = [step for step in series if onset is not None and step < onset]
    return {step: value for step, value in series.items() if not before or step >= before[-1]}


def _where(holds: Callable[[np.ndarray], bool]) -> Check:
    """Return the check that something holds of the values in some records in a row."""

    def check(asked: Tensors, tensors: Tensors) -> Iterable[str]:
        return [tag for tag, series in asked.items() if lasts([holds(value) for value in series.values()])]

    return check


def not_finite(asked: Tensors, tensors: Tensors) -> Iterable[str]:
    return [tag for tag, series in asked.items() if not all(np.isfinite(value).all() for value in series.values())]


def broken_off(asked: Tensors, tensors: Tensors, end: int) -> Iterable[str]:
    """The tag ends more than three of its own intervals before the run does."""
    for tag in asked:
        steps = sorted(tensors[tag])
        interval = np.median(np.diff(steps)) if len(steps) > 1 else 1
        if end - steps[-1] > FEW * interval:
            yield tag


def vanish(asked: Tensors, tensors: Tensors) -> Iterable[str]:
    """The first layers' gradients are less than a thousandth of the last layer's."""
    last = {values(one)[0].ndim > 1: one for tag, one in tensors.items() if is_gradient(tag)}
    for tag, series in asked.items():
        end = last[values(series)[0].ndim > 1]  # biases are compared with biases
        ratios = [size(value) / max(size(end[step]), 1e-38) for step, value in series.items() if step in end]
        if ratios and np.median(ratios) < 1e-3:
            yield tag


def explode(asked: Tensors, tensors: Tensors) -> Iterable[str]:
    """Bias gradients are a thousand times larger in the first layer, or a gradient grows a hundredfold in time."""
    biases = [series for tag, series in tensors.items() if is_gradient(tag) if values(series)[0].ndim == 1]
    common = set(biases[0]) & set(biases[-1]) if biases else set()
    ratios = [size(biases[0][step]) / max(size(biases[-1][step]), 1e-38) for step in common]
    if ratios and np.median(ratios) > 1e3:
        yield from asked
        return
    for tag, series in asked.items():
        sizes = [size(value) for value in series.values()]
        start, end = np.median(sizes[:FEW]), np.median(sizes[-FEW:])
        if end > 100 * max(start, 1e-12) or not np.isfinite(end):
            yield tag


def spike(asked: Tensors, tensors: Tensors) -> Iterable[str]:
    """The global norm jumps tenfold above what it was before."""
    norms = global_norms(tensors)
    for at in range(FEW, len(norms)):
        if norms[at] > 10 * np.median(norms[max(0, at - 10) : at]):
            yield from asked
            return


def dead(asked: Tensors, tensors: Tensors) -> Iterable[str]:
    """Outputs are 0; or at least half of the bias's gradient is, which tells units; or half of a last layer's."""
    for tag, series in asked.items():
        shares = [float((value == 0.0).mean()) for value in series.values()]
        least = 0.5 if is_gradient(tag) else 0.4
        if lasts([share >= least for share in shares]):
            yield tag


def collapsed(asked: Tensors, tensors: Tensors) -> Iterable[str]:
    """One value throughout; or the signal fades to a hundredth through depth at the first record."""
    found = [values(series)[0] for series in outputs(tensors).values()]
    if len(found) > 1 and rms(found[-1]) < 0.01 * rms(found[0]):
        return asked
    return _where(lambda value: bool(value.min() == value.max()))(asked, tensors)


def outgrown(asked: Tensors, tensors: Tensors) -> Iterable[str]:
    """The signal grows a hundredfold through depth, or in time."""
    found = [values(series) for series in outputs(tensors).values()]
    if len(found) > 1 and rms(found[-1][0]) > 100 * rms(found[0][0]):
        return asked
    return [tag for tag, one in asked.items() if rms(values(one)[-1]) > 100 * max(rms(values(one)[0]), 1e-12)]


def ill_started(asked: Tensors, tensors: Tensors) -> Iterable[str]:
    """One value, or far too wide, at the first record."""
    first = {tag: values(series)[0] for tag, series in asked.items()}
    return [
        tag
        for tag, value in first.items()
        if value.ndim > 1 and (value.min() == value.max() or value.std() * value.size**0.25 > 15.0)
    ]


def _changed(least: float, most: float) -> Check:
    """Return the check that the mean size has changed by a factor in these bounds; what is not finite grew."""

    def check(asked: Tensors, tensors: Tensors) -> Iterable[str]:
        for tag, series in asked.items():
            sizes = [size(value) for value in series.values()]
            factor = max(sizes[-1], np.nanmax(sizes) if most > 1 else 0.0) / max(sizes[0], 1e-38)
            if sizes[0] and (least <= factor <= most or (most > 1 and not np.isfinite(factor))):
                yield tag

    return check


def idle(asked: Tensors, tensors: Tensors) -> Iterable[str]:
    """The same values at every record."""
    return [tag for tag, one in asked.items() if all(np.array_equal(value, values(one)[0]) for value in one.values())]


def stopped(asked: Tensors, tensors: Tensors) -> Iterable[str]:
    """Changed at first, then the same values to the end."""
    for tag in asked:
        kept = values(tensors[tag])
        same = [np.array_equal(value, kept[-1]) for value in kept]
        if not same[0] and lasts(same[-FEW:]):
            yield tag


def _moves(tensors: Tensors) -> dict[str, float]:
    """How far each matrix moved in all, relative to its size."""
    return {
        tag: size(values(one)[-1] - values(one)[0]) / max(size(values(one)[0]), 1e-38)
        for tag, one in weights(tensors).items()
        if values(one)[-1].shape == values(one)[0].shape
    }


def last_only(asked: Tensors, tensors: Tensors) -> Iterable[str]:
    moves = _moves(tensors).values()
    few = sum(move > 1e-2 for move in moves) == 1 and sum(move < 1e-3 for move in moves) == len(moves) - 1
    return asked if few else ()


def small(asked: Tensors, tensors: Tensors) -> Iterable[str]:
    return asked if all(move < 1e-3 for move in _moves(tensors).values()) else ()


def large(asked: Tensors, tensors: Tensors) -> Iterable[str]:
    """Values move by more than a hundredth of their size a step in most records, once the first ones are over."""
    for tag, series in asked.items():
        found = paces(series)
        if len(found) > FEW and np.median(found) > 0.01:
            yield tag


def paces(series: Series) -> list[float]:
    """Return how far values move a step, relative to their size, between records behind the first few."""
    records = list(series.items())[FEW:]
    return [
        size(after - before) / max(size(before), 1e-38) / (end - start)
        for (start, before), (end, after) in pairwise(records)
        if before.shape == after.shape and end > start
    ]


def shifted(asked: Tensors, tensors: Tensors) -> Iterable[str]:
    """Values move by a quarter of their size between two records, ten times as far as usual."""
    for tag in asked:
        moves = [distance(a, b) for a, b in pairwise(values(tensors[tag]))]
        if moves and max(moves) >= 0.25 and max(moves) >= 10 * np.median(moves):
            yield tag


def resized(asked: Tensors, tensors: Tensors) -> Iterable[str]:
    return [tag for tag, series in asked.items() if len({value.size for value in series.values()}) > 1]


LOSSES: dict[str, Callable[[np.ndarray], bool]] = {
    "loss-not-finite": lambda loss: not np.isfinite(loss).all(),
    "loss-diverging": lambda loss: bool(
        np.median(loss[-max(FEW, len(loss) // 10) :]) > 1.25 * np.median(loss[: max(FEW, len(loss) // 10)])
    ),
}
# Faults only where the training suffers: many a small net learns well with updates of several hundredths.
HARMFUL = ("large-updates",)
CHECKS: dict[str, Check] = {
    "non-finite-values": not_finite,
    "no-gradient": _where(lambda value: not value.any()),
    "vanishing-gradients": vanish,
    "exploding-gradients": explode,
    "gradient-spikes": spike,
    "gradient-underflow": _where(lambda value: float((value == 0.0).mean()) >= 0.9),
    "dead-units": dead,
    "saturated-activations": _where(lambda value: slope(value) < 0.25),
    "unnormalised-inputs": unscaled,
    "activation-collapse": collapsed,
    "activation-explosion": outgrown,
    "poor-initialisation": ill_started,
    "weight-explosion": _changed(10.0, np.inf),
    "weight-collapse": _changed(0.0, 0.1),
    "norm-scale-collapse": lambda asked, tensors: [
        tag for tag, one in asked.items() if np.median(np.abs(values(one)[-1])) < 0.01
    ],
    "dead-channels": lambda asked, tensors: [
        tag for tag, one in asked.items() if (values(one)[-1] < 1e-6).mean() >= 0.05
    ],
    "frozen-weights": idle,
    "stopped-learning": stopped,
    "only-last-layer-learns": last_only,
    "small-updates": small,
    "large-updates": large,
    "sudden-shift": shifted,
    "size-changed": resized,
}

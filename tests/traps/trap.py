"""What tests of traps share: arrays through the buckets of two writers to the rules that speak up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, wraps

import numpy as np
from runs import Array, Buckets, Tensors, equal, loud, report_of, scalar, training_of
from tensorboard.plugins.histogram.summary import histogram_pb
from tensorboard.util import tensor_util
from tensorboardX import SummaryWriter
from tensorboardX.summary import make_histogram

from tensorboard_plugin_histdiag.report import Report
from tensorboard_plugin_histdiag.scalar import Scalar

RECORDS = 31
FALLING = scalar("loss", np.geomspace(2.3, 0.2, RECORDS))
FLAT = scalar("loss", np.full(RECORDS, 2.3))
DEAD = {"dense2/activation": [np.zeros((64, 32))] * RECORDS, "dense2/bias/gradient": [np.zeros(32)] * RECORDS}
"""What a healthy training shows once its second layer gives nothing and learns nothing."""


_HEALTHY: dict[int, Array] = {}
"""Tensors of healthy trainings by identity: most tests log them, so their buckets are made once."""


def _once(write: Buckets) -> Buckets:
    """Keep the buckets of the tensors of healthy trainings."""
    made: dict[int, Array] = {}

    @wraps(write)
    def written(values: Array) -> Array:
        name = id(values)
        if _HEALTHY.get(name) is not values:
            return write(values)
        if name not in made:
            made[name] = write(values)
        return made[name]

    return written


@_once
def tensorboard(values: Array) -> Array:
    """Return the thirty equal buckets of TensorBoard's own writer and of TensorFlow 2."""
    flat = np.asarray(values, dtype=np.float64).ravel()
    if not np.isfinite(flat).all():
        return equal(flat)
    return np.asarray(tensor_util.make_ndarray(histogram_pb("tag", flat).value[0].tensor), dtype=np.float64)


@_once
def tensorboardx(values: Array) -> Array:
    """Return the exponential buckets of tensorboardX, PyTorch and TensorFlow 1, as TensorBoard reads them."""
    flat = np.asarray(values, dtype=np.float64).ravel()
    if not np.isfinite(flat).all():
        return equal(flat)
    proto = make_histogram(flat, bins())
    limits, counts = np.array(proto.bucket_limit), np.array(proto.bucket)
    left, right = np.append(proto.min, limits[:-1]), np.append(limits[:-1], proto.max)
    return np.stack([left, right, counts], axis=1)


WRITERS = (tensorboard, tensorboardx)


@cache
def bins() -> Sequence[float]:
    """Return the limits of tensorboardX's buckets."""
    with SummaryWriter(write_to_disk=False) as writer:
        return writer.default_bins


def reports(tensors: Tensors, *scalars: Scalar, **options) -> list[Report]:
    """Judge a run as each writer logs it."""
    return [report_of(tensors, *scalars, buckets=write, **options) for write in WRITERS]


def alarms(tensors: Tensors, *scalars: Scalar, **options) -> set[str]:
    """Return the rules that warn of a run as at least one writer logs it."""
    return {rule for report in reports(tensors, *scalars, **options) for rule in loud(report)}


def agreed(tensors: Tensors, *scalars: Scalar, **options) -> set[str]:
    """Return the rules that warn of a run whatever the writer."""
    return set.intersection(*(set(loud(report)) for report in reports(tensors, *scalars, **options)))


def healthy(**recipe) -> tuple[dict[str, list[Array]], tuple[Scalar, ...]]:
    """Train a network that nothing is wrong with; return its tensors record by record, and its scalars."""
    return _healthy(tuple(sorted(recipe.items())))


@cache
def _healthy(recipe: tuple[tuple[str, object], ...]) -> tuple[dict[str, list[Array]], tuple[Scalar, ...]]:
    tensors, scalars = training_of(**dict(recipe))
    _HEALTHY.update((id(array), array) for arrays in tensors.values() for array in arrays.values())
    return {tag: list(arrays.values()) for tag, arrays in tensors.items()}, scalars


def beside(extra: Mapping[str, Sequence[Array]], **recipe) -> tuple[Mapping[str, Sequence[Array]], Scalar]:
    """Return tensors beside those of a healthy training, and that training's loss."""
    tensors, scalars = healthy(**recipe)
    (loss,) = (one for one in scalars if one.kind == "loss")
    return {**tensors, **extra}, loss

"""Runs made for the pictures of rules that no labelled run of the gallery shows; the rules must find what they show."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import paths

sys.path[:0] = [str(paths.TESTS)]

from runs import (  # noqa: E402
    SPACING,
    Buckets,
    Tensors,
    draws,
    equal,
    exponential,
    normal,
    scalar,
    uniform,
    walk,
)

from tensorboard_plugin_histdiag.scalar import Scalar  # noqa: E402

RECORDS = 40
KEPT = 50


@dataclass(frozen=True)
class Made:
    """Tensors, losses and how they are logged.

    Attributes
    ----------
    kept, logged
        How many records TensorBoard keeps of a series, and the steps of those that were written.
    """

    tensors: Tensors
    scalars: Sequence[Scalar] = ()
    buckets: Buckets = equal
    kept: int | None = None
    logged: Sequence[int] = ()


def _level() -> Scalar:
    return scalar("loss", 2.3 + np.random.default_rng(0).normal(0, 0.02, RECORDS))


def _bfloat16(array: np.ndarray) -> np.ndarray:
    bits = np.asarray(array, dtype=np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000).astype(np.uint32).view(np.float32)


def _moving(size: int = 4000, scale: float = 0.1, records: int = 20) -> list[np.ndarray]:
    return walk(normal(size, scale=scale), rate=0.02, records=records)


def _far() -> Made:
    moving = walk(normal(20_000, scale=0.01), rate=0.02, records=12)
    return Made({"fc1/kernel": [np.concatenate([array, [5.0, -4.0]]) for array in moving]})


def _clusters() -> Made:
    goal = np.resize([-1.0, 1.0], 4000) + normal(4000, seed=3)
    start = normal(4000, scale=0.3)
    return Made({"fc1/kernel": [start + (goal - start) * min(1.0, record / 10) for record in range(20)]})


def _losses(*, parted: bool) -> Made:
    falling = 2.3 * 0.9 ** np.arange(30)
    noise = 1 + np.random.default_rng(0).normal(0, 0.01, 30)
    validation = np.concatenate([falling[:15], np.linspace(0.55, 1.2, 15)]) * noise
    curves = [scalar("loss", falling), scalar("validation-loss", validation, tag="val_loss")] if parted else [_level()]
    return Made({"fc1/kernel": walk(normal(200), rate=0.01, records=30)}, curves)


def _sample() -> Made:
    weights = walk(normal(200), rate=0.001, records=300)
    generator = np.random.default_rng(0)
    chosen = [*sorted(generator.choice(299, KEPT - 1, replace=False).tolist()), 299]
    tensors: dict[str, Mapping[int, np.ndarray]] = {"fc1/kernel": {SPACING * n: weights[n] for n in chosen}}
    tensors["fc2/kernel"] = tensors["fc1/kernel"]
    return Made(tensors, kept=KEPT, logged=[SPACING * n for n in range(300)])


MADE: dict[str, Callable[[], Made]] = {
    "float16-range": lambda: Made(
        {
            "fc1/activation": draws(lambda rng: rng.normal(0, 100.0, 3000), 6)
            + draws(lambda rng: rng.normal(0, 2e4, 3000), 6)
        }
    ),
    "rounded-updates": lambda: Made(
        {
            "fc1/kernel": [
                _bfloat16(array + 5e-4 * n) for n, array in enumerate(walk(normal(900), rate=1e-4, records=30))
            ]
        }
    ),
    "unbalanced-gradients": lambda: Made(
        {
            f"fc{layer}/kernel/gradient": draws(lambda rng, size=size: rng.normal(0, size, 900), 20, seed=layer)
            for layer, size in ((1, 1.0), (2, 0.05), (3, 1e-5))
        }
    ),
    "large-updates": lambda: Made({"fc1/kernel": draws(lambda rng: rng.normal(rng.normal(0, 2), 1, 900), 20)}),
    "still-initial": lambda: Made(
        {
            "fc1/kernel": [array * 1.00005**n for n, array in enumerate([uniform(4000)] * 12)],
            "fc2/kernel": walk(uniform(4000, seed=1), rate=0.02, records=12),
        }
    ),
    "steady-drift": lambda: Made({"fc1/kernel": [normal(400) + 0.005 * n for n in range(RECORDS)]}, [_level()]),
    "unsettled": lambda: Made({"fc1/kernel": [normal(400) * 1.02**n for n in range(RECORDS)]}, [_level()]),
    "oscillating-weights": lambda: Made({"fc1/kernel": [normal(400) + 0.1 * (-1) ** n for n in range(14)]}),
    "mostly-zero-weights": lambda: Made(
        {"fc1/kernel": [array * (np.random.default_rng(9).random(4000) >= 0.9) for array in _moving()]},
        buckets=exponential,
    ),
    "activation-explosion": lambda: Made(
        {
            f"fc{layer}/activation": draws(lambda rng, size=size: rng.normal(0, size, 900), 20, seed=layer)
            for layer, size in ((1, 1.0), (2, 30.0), (3, 900.0), (4, 27_000.0))
        }
    ),
    "size-changed": lambda: Made({"fc1/kernel": [normal(900 if n < 12 else 1200, seed=n) for n in range(20)]}),
    "no-biases": lambda: Made({f"fc{layer}.weight": walk(normal(400), rate=0.02, records=20) for layer in range(1, 6)}),
    "discrete-weights": lambda: Made(
        {"fc1/kernel": [np.round(np.clip(array / 0.2, -1, 1) * 2) for array in _moving()]}
    ),
    "edge-pile-up": lambda: Made({"fc1/kernel": [np.clip(array, -1, 1) for array in _moving(scale=0.8)]}),
    "outlier-dominated": _far,
    "multiple-clusters": _clusters,
    "loss-flat": lambda: _losses(parted=False),
    "overfitting": lambda: _losses(parted=True),
    "coarse-buckets": lambda: Made(
        {"fc1/kernel": [np.concatenate([array, [100.0, -100.0]]) for array in _moving(900, records=12)]}
    ),
    "sampled-steps": _sample,
}
"""By rule."""

"""Small runs for the tests of rules: arrays and real trainings to reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache

import numpy as np

from tensorboard_plugin_histdiag.demo.digits import draw_digits
from tensorboard_plugin_histdiag.demo.network import (
    Array,
    Dense,
    Fault,
    Loss,
    Update,
    adam,
    build,
    cross_entropy,
    momentum,
    train,
)
from tensorboard_plugin_histdiag.diagnose import judge, measure
from tensorboard_plugin_histdiag.finding import Finding, Severity
from tensorboard_plugin_histdiag.histogram import HistogramBatch, Record, Series
from tensorboard_plugin_histdiag.measured import Metrics
from tensorboard_plugin_histdiag.model.model import Layer, Model
from tensorboard_plugin_histdiag.report import Coverage, Report
from tensorboard_plugin_histdiag.rules import DEFAULT, Rule
from tensorboard_plugin_histdiag.scalar import Scalar

RUN = "run"
SPACING = 10
__all__ = ["Dense", "adam", "momentum"]

Tensors = Mapping[str, Sequence[Array] | Mapping[int, Array]]
Buckets = Callable[[Array], Array]


def equal(values: Array) -> Array:
    """Return the rows that TensorFlow 2 logs: thirty equal buckets."""
    flat = np.asarray(values, dtype=np.float64).ravel()
    if not len(flat):
        return np.empty((0, 3))
    if not np.isfinite(flat).all():
        return np.array([[np.nan, np.nan, float(len(flat))]])
    if flat.min() == flat.max():
        return np.array([[flat[0], flat[0], 0.0]] * 29 + [[flat[0], flat[0], float(len(flat))]])
    count, edges = np.histogram(flat, bins=30)
    return np.stack([edges[:-1], edges[1:], count], axis=1)


def exponential(values: Array) -> Array:
    """Return the rows that come of TensorFlow 1, PyTorch and tensorboardX: buckets that grow by a tenth."""
    flat = np.asarray(values, dtype=np.float64).ravel()
    if not len(flat) or not np.isfinite(flat).all() or flat.min() == flat.max():
        return equal(flat)
    limits = 1e-12 * 1.1 ** np.arange(800)
    edges = np.concatenate([-limits[::-1], [0.0], limits])
    count, _ = np.histogram(flat, bins=edges)
    used = np.flatnonzero(count)
    first, last = used[0], used[-1] + 1
    rows = np.stack([edges[first:last], edges[first + 1 : last + 1], count[first:last]], axis=1)
    rows[0, 0], rows[-1, 1] = flat.min(), flat.max()
    return rows


def measured_of(tensors: Tensors, *, spacing: int = SPACING, buckets: Buckets = equal, run: str = RUN) -> Metrics:
    """Measure tensors given as arrays at steps 0, ``spacing``, ... or by step."""
    logged = []
    for tag, arrays in tensors.items():
        by_step = arrays if isinstance(arrays, Mapping) else {n * spacing: array for n, array in enumerate(arrays)}
        records = [Record(step, 1e9 + step, buckets(np.asarray(array))) for step, array in by_step.items()]
        logged.append((Series(run, tag), records))
    return measure(HistogramBatch.from_records(logged))


def scalar(kind: str, values: Sequence[float], *, tag: str = "", spacing: int = SPACING) -> Scalar:
    """Return a scalar of a run, at steps 0, ``spacing``, ..."""
    step = np.arange(len(values), dtype=np.int64) * spacing
    return Scalar(RUN, tag or kind, kind, step, np.array(values, dtype=np.float64), 1e9 + step)


def report_of(
    tensors: Tensors,
    *scalars: Scalar,
    spacing: int = SPACING,
    buckets: Buckets = equal,
    kept: int | None = None,
    rules: Sequence[Rule] = DEFAULT,
    model: Model | None = None,
) -> Report:
    """Measure and judge one run; rules that raise fail the test."""
    metrics = measured_of(tensors, spacing=spacing, buckets=buckets)
    models = {RUN: model} if model else {}
    report = judge(metrics, {RUN: scalars}, models=models, kept=kept, rules=rules)
    assert not [row for row in report.coverage if row.error]
    return report


def chain_of(*layers: Layer) -> Model:
    """Return the model of layers that each feed the next."""
    last = len(layers) - 1
    return Model(tuple(replace(layer, feeds=(n + 1,) if n < last else ()) for n, layer in enumerate(layers)))


def part(name: str, function: str = "", *, kind: str = "dense", units: int = 0) -> Layer:
    """Return a layer that has weights."""
    return Layer((name,), kind, function, units, {"kernel": "GlorotUniform"}, trained=True)


def training_of(
    *,
    activation: str = "relu",
    hidden: int = 3,
    width: int = 32,
    initialiser: str = "he-normal",
    gain: float = 1.0,
    update: Callable[[], Update] = momentum,
    schedule: Callable[[int], float] = lambda step: 0.03,
    loss: Loss = cross_entropy,
    frozen: tuple[str, ...] = (),
    prepare: Callable[[Sequence[Dense]], None] | None = None,
    fault: Fault | None = None,
    steps: int = 300,
    interval: int = 10,
    seed: int = 0,
) -> tuple[dict[str, dict[int, Array]], tuple[Scalar, ...]]:
    """Train a small network on digits for real; return its tensors by tag and step, and its scalars.

    ``prepare`` may change the layers before training, ``fault`` at every step.
    """
    generator = np.random.default_rng(seed)
    layers = build([64, *[width] * hidden, 10], activation, initialiser, gain, generator)
    if prepare:
        prepare(layers)
    tensors: dict[str, dict[int, Array]] = {}
    figures: dict[str, dict[int, float]] = {}
    for snapshot in train(
        layers,
        _digits(),
        update=update(),
        schedule=schedule,
        loss=loss,
        frozen=frozen,
        fault=fault,
        steps=steps,
        interval=interval,
        generator=generator,
    ):
        for tag, array in snapshot.tensors.items():
            tensors.setdefault(tag, {})[snapshot.step] = array
        for tag, value in snapshot.scalars.items():
            figures.setdefault(tag, {})[snapshot.step] = value
    kinds = {"loss": "loss", "accuracy": "accuracy", "learning_rate": "learning-rate"}
    return tensors, tuple(
        Scalar(RUN, tag, kinds[tag], np.array([*values]), np.array([*values.values()]), np.array([*values]) + 1e9)
        for tag, values in figures.items()
        if tag in kinds
    )


def trained(**recipe) -> Report:
    """Train as `training_of` does, once for each recipe, and return the report."""
    return _trained(tuple(sorted(recipe.items())))


@cache
def _trained(recipe: tuple[tuple[str, object], ...]) -> Report:
    tensors, scalars = training_of(**dict(recipe))
    return report_of(tensors, *scalars)


@cache
def _digits():
    return draw_digits(seed=0, count=2048, validation=128)


# What tests ask of a report


def found(report: Report, rule: str) -> list[Finding]:
    """Return the findings of one rule."""
    return [finding for finding in report.findings if finding.rule == rule]


def the(report: Report, rule: str) -> Finding:
    """Return the only finding of one rule."""
    (finding,) = found(report, rule)
    return finding


def loud(report: Report) -> list[str]:
    """Return the rules with warnings and errors, for a message that says more than False."""
    return sorted({finding.rule for finding in report.findings if finding.severity is not Severity.INFO})


def coverage(report: Report, rule: str) -> Coverage:
    """Return the row that counts a rule's outcomes."""
    (row,) = (row for row in report.coverage if row.rule == rule)
    return row


# Tensors to make runs of


def walk(start: Array, *, rate: float, records: int, seed: int = 1) -> list[Array]:
    """Move weights a little from record to record, as training does: each in its own direction, steadily."""
    direction = np.random.default_rng(seed).normal(0.0, np.abs(start).mean() or 1.0, start.shape)
    return [start + rate * record * direction for record in range(records)]


def normal(size: int, *, scale: float = 0.1, seed: int = 0) -> Array:
    """Return bell-shaped values."""
    return np.random.default_rng(seed).normal(0.0, scale, size)


def uniform(size: int, *, limit: float = 0.1, seed: int = 0) -> Array:
    """Return flat values, as many initialisers draw them."""
    return np.random.default_rng(seed).uniform(-limit, limit, size)


def draws(make: Callable[[np.random.Generator], Array], records: int, seed: int = 0) -> list[Array]:
    """Draw a new tensor for every record, as outputs and gradients of new batches are."""
    generator = np.random.default_rng(seed)
    return [make(generator) for _ in range(records)]

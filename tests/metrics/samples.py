"""Values as training makes them, the buckets that writers sort them into, and what is true of the values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray
from tensorboard.plugins.histogram.summary_v2 import histogram_pb
from tensorboard.util import tensor_util
from tensorboardX import SummaryWriter
from tensorboardX.summary import make_histogram

from tensorboard_plugin_histdiag.diagnose import measure
from tensorboard_plugin_histdiag.histogram import HistogramBatch, Record, Series
from tensorboard_plugin_histdiag.measured import Metrics

Values = NDArray[np.float64]
Rows = NDArray[np.float64]


def _outlier(rng: np.random.Generator, size: int) -> Values:
    return np.append(rng.normal(0, 1e-4, size), 1.0)


def _bimodal(rng: np.random.Generator, size: int) -> Values:
    return np.where(rng.random(size) < 0.4, rng.normal(-3, 0.5, size), rng.normal(4, 0.2, size))


KINDS: dict[str, Callable[[np.random.Generator, int], Values]] = {
    "normal": lambda rng, size: rng.normal(0.1, 1, size),
    "uniform": lambda rng, size: rng.uniform(-0.15, 0.15, size),
    "t3": lambda rng, size: rng.standard_t(3, size),
    "constant": lambda rng, size: np.full(size, rng.choice([0.0, 0.25, -3.5, 1e-14])),
    "relu": lambda rng, size: np.maximum(rng.normal(-0.3, 1, size), 0),
    "tanh": lambda rng, size: np.tanh(rng.normal(0, 3, size)),
    "sigmoid": lambda rng, size: 1 / (1 + np.exp(-rng.normal(0, 3, size))),
    "bimodal": _bimodal,
    "tiny": lambda rng, size: rng.normal(0, 1e-14, size),
    "huge": lambda rng, size: rng.normal(0, 1e30, size),
    "enormous": lambda rng, size: rng.normal(0, 1e300, size),
    "two values": lambda rng, size: rng.choice([-0.5, 0.125], size),
    "single": lambda rng, size: rng.normal(0, 1, 1),
    "integers": lambda rng, size: rng.integers(-8, 9, size).astype(np.float64),
    "negative": lambda rng, size: -np.exp(rng.normal(0, 2, size)),
    "norm scale": lambda rng, size: rng.normal(1, 0.02, size),
    "outlier": _outlier,
}


def make(kind: str, seed: int, size: int) -> Values:
    """Return values of a kind."""
    return KINDS[kind](np.random.default_rng(seed), size)


# How writers sort values into buckets.


def equal_buckets(values: Values, buckets: int = 30) -> Rows:
    """TensorFlow 2: as TensorBoard's own writer does it."""
    rows: Rows = tensor_util.make_ndarray(histogram_pb("tag", values, buckets).value[0].tensor)
    return rows


def tensorboardx(values: Values) -> Rows:
    """TensorboardX with its default bins, as TensorBoard's data server hands them on; values up to 1e20 only."""
    return _handed_on(make_histogram(values, _TENSORBOARDX_BINS))


def tensorflow1(values: Values) -> Rows:
    """TensorFlow 1's histogram.cc: limits 1e-12 * 1.1^k, then the largest float."""
    places = np.searchsorted(_TENSORFLOW1_LIMITS, values, side="right")
    counts = np.bincount(places, minlength=len(_TENSORFLOW1_LIMITS))
    used = np.flatnonzero(counts)
    first, last = used[0], used[-1] + 1
    inner = _TENSORFLOW1_LIMITS[first : last - 1]
    left, right = np.append(values.min(), inner), np.append(inner, values.max())
    return np.stack([left, right, counts[first:last]], axis=1)


def _handed_on(proto: object) -> Rows:
    limits, counts = np.array(proto.bucket_limit), np.array(proto.bucket)  # type: ignore[attr-defined]
    left, right = np.append(proto.min, limits[:-1]), np.append(limits[:-1], proto.max)  # type: ignore[attr-defined]
    return np.stack([left, right, counts], axis=1)


def _exponential(largest: float) -> Values:
    limits = [1e-12]
    while limits[-1] * 1.1 < largest:
        limits.append(limits[-1] * 1.1)
    return np.array(limits)


def _tensorboardx_bins() -> Sequence[float]:
    writer = SummaryWriter(write_to_disk=False)
    bins: Sequence[float] = writer.default_bins
    writer.close()
    return bins


_POSITIVE = np.append(_exponential(1e20), np.finfo(np.float64).max)
_TENSORFLOW1_LIMITS = np.concatenate([-_POSITIVE[::-1], [0.0], _POSITIVE])
_TENSORBOARDX_BINS = _tensorboardx_bins()

WRITERS: dict[str, Callable[[Values], Rows]] = {
    "equal": equal_buckets,
    "tensorflow1": tensorflow1,
    "tensorboardX": lambda values: tensorboardx(values) if np.abs(values).max() < 1e20 else tensorflow1(values),
}


def batch_of(*rows: Rows, steps: Sequence[int] | None = None) -> HistogramBatch:
    """Return one series of histograms."""
    numbers = range(len(rows)) if steps is None else steps
    records = [Record(step, float(step), row) for step, row in zip(numbers, rows, strict=True)]
    return HistogramBatch.from_records([(Series("run", "tag"), records)])


def measured(*rows: Rows, steps: Sequence[int] | None = None) -> Metrics:
    """Measure one series of histograms."""
    return measure(batch_of(*rows, steps=steps))


@st.composite
def tensors(draw: st.DrawFn) -> Values:
    """Values of any kind."""
    return make(draw(st.sampled_from(sorted(KINDS))), draw(st.integers(0, 999)), draw(st.integers(1, 300)))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Values, Values]:
    """The same tensor at two steps: moved, scaled, shuffled, drawn anew, or untouched."""
    kind, seed, size = draw(st.sampled_from(sorted(KINDS))), draw(st.integers(0, 999)), draw(st.integers(1, 300))
    before = make(kind, seed, size)
    rng = np.random.default_rng(seed + 1000)
    scale = np.abs(before).max()
    after = {
        "same": lambda: before,
        "shuffled": lambda: rng.permutation(before),
        "moved": lambda: before + rng.normal(0, 0.01 * scale, len(before)),
        "shifted": lambda: before + scale,
        "scaled": lambda: before * 1.5,
        "anew": lambda: make(kind, seed + 1, size),
    }[draw(st.sampled_from(["same", "shuffled", "moved", "shifted", "scaled", "anew"]))]()
    return before, after


# What is true of the values.


def quantile(values: Values, level: float) -> float:
    """The smallest value with at least that share at or below it."""
    exact = Fraction(str(level)) * len(values)
    return float(np.sort(values)[-int(-exact // 1) - 1])


def wasserstein(one: Values, other: Values) -> float:
    """Wasserstein-1 of two samples of equal size."""
    scale = max(np.abs(one).max(), np.abs(other).max()) or 1.0
    return float(np.abs(np.sort(one) / scale - np.sort(other) / scale).mean() * scale)


def _rms(values: Values) -> float:
    scale = np.abs(values).max() or 1.0
    return float(np.sqrt(np.mean((values / scale) ** 2)) * scale)


def _sigmoid_slope(values: Values) -> float:
    outputs = np.clip(values, 0, 1)
    return float(np.mean(4 * outputs * (1 - outputs)))


TRUTHS: dict[str, Callable[[Values], float]] = {
    "mean": lambda values: float(np.mean(values)),
    "mean_abs": lambda values: float(np.mean(np.abs(values))),
    "spread": lambda values: _rms(values - np.mean(values)),
    "rms": _rms,
    "l2_norm": lambda values: _rms(values) * len(values) ** 0.5,
    "minimum": lambda values: float(values.min()),
    "maximum": lambda values: float(values.max()),
    "q07": lambda values: quantile(values, 0.0668),
    "q16": lambda values: quantile(values, 0.1587),
    "q31": lambda values: quantile(values, 0.3085),
    "median": lambda values: quantile(values, 0.5),
    "q69": lambda values: quantile(values, 0.6915),
    "q84": lambda values: quantile(values, 0.8413),
    "q93": lambda values: quantile(values, 0.9332),
    "iqr": lambda values: quantile(values, 0.75) - quantile(values, 0.25),
    "zeros": lambda values: float(np.mean(values == 0)),
    "near_zeros": lambda values: float(np.mean(np.abs(values) <= 0.01 * np.abs(values).max())),
    "tanh_slope": lambda values: float(np.mean(1 - values**2)),
    "sigmoid_slope": lambda values: _sigmoid_slope(values),
    "beyond_five": lambda values: float(np.mean(np.abs(values) > 5)),
}
"""What each metric that is bounded by one histogram would be if the values were known."""

ABOUT_ONE = {"zeros", "near_zeros", "tanh_slope", "sigmoid_slope", "beyond_five"}
"""Metrics without a unit; all others are in the values' own."""
WITHIN = {"tanh_slope": (-1 - 1e-6, 1 + 1e-6), "sigmoid_slope": (-1e-6, 1 + 1e-6)}
"""Limits, with room for rounding in single precision, beyond which a metric says nothing."""


def slack(name: str, values: Values) -> float:
    """A few units in the last place of the size of the metric."""
    size = 1.0 if name in ABOUT_ONE else np.abs(values).max()
    if name == "l2_norm":
        size *= len(values) ** 0.5
    return float(32 * np.finfo(np.float64).eps * size)

"""Series made so that their shape and movement are known, and what is read from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from runs import exponential
from tensorboard.plugins.histogram.summary import histogram_pb
from tensorboard.util import tensor_util

from tensorboard_plugin_histdiag.context import RunContext
from tensorboard_plugin_histdiag.diagnose import measure
from tensorboard_plugin_histdiag.histogram import HistogramBatch, Record, Series
from tensorboard_plugin_histdiag.measured import Metrics
from tensorboard_plugin_histdiag.readings.reading import read
from tensorboard_plugin_histdiag.report import Reading
from tensorboard_plugin_histdiag.thresholds import Thresholds

Tensor = np.ndarray
RNG = np.random.default_rng(11)
BELL = RNG.normal(0, 0.2, 4000)
FLAT = RNG.uniform(-0.15, 0.15, 4000)


SHAPES: dict[str, tuple[Tensor, str, str]] = {
    "uniform": (FLAT, "uniform", "Flat between -0.15 and 0.15."),
    "bell": (BELL, "bell", "Bell-shaped around 0, between "),
    "bell elsewhere": (BELL + 3, "bell", "Bell-shaped around 3"),
    "heavy-tailed": (RNG.standard_t(5, 4000), "heavy-tailed", "Heavy-tailed around 0, a narrow peak with long tails, "),
    "skewed": (RNG.exponential(1, 4000) + 0.5, "skewed", "Skewed, with a tail to the right: mean 1."),
    "skewed to the left": (-RNG.exponential(1, 4000) - 0.5, "skewed", "Skewed, with a tail to the left: mean -1."),
    "broad": (RNG.beta(1.5, 1.5, 4000) + 1, "broad", "Broad, without a clear peak, around 1."),
    "relu": (np.maximum(RNG.normal(-0.3, 1, 4000), 0), "one-sided with a spike at zero", "About 6"),
    "pruned": (np.where(np.abs(BELL) < 0.25, 0, BELL), "spike at zero", "A spike at 0, about "),
    "uneven": (np.concatenate([BELL - 0.3, BELL + 0.3]), "uneven", "Uneven, without a single clear peak: mean "),
    "clusters": (np.concatenate([BELL - 2, BELL + 2]), "clusters", "Two clusters: mean "),
    "spike": (np.concatenate([BELL * 1e-3, [-9.0, 7.0]]), "spike", "A spike: "),
    "piled up": (np.tanh(RNG.normal(0, 9, 4000)), "piled up at its limits", "Piled up at both limits, "),
    "discrete": (RNG.integers(0, 4, 4000) - 1.0, "discrete", "The values fall into 4 groups with gaps between them"),
    "constant": (np.full(64, 0.25), "constant", "All 64 values are 0.25."),
    "one value": (np.array([-2.5]), "constant", "One value, -2.5."),
    "few values": (BELL[:10], "few values", "10 values, too few for a shape: mean "),
}
"""Values by what they are, the shape, and how the text begins."""


def thirty(values: Tensor) -> Tensor:
    """Return the rows that TensorFlow 2 logs."""
    with np.errstate(invalid="ignore"):  # NaN
        proto = histogram_pb("tag", np.asarray(values, np.float64))
    return tensor_util.make_ndarray(proto.value[0].tensor).reshape(-1, 3)


ROWS = {"thirty": thirty, "exponential": exponential}


def measured(tensors: Sequence[Tensor], tag: str, rows: Callable[[Tensor], Tensor] = thirty) -> Metrics:
    """Measure one series, logged at steps 0, 10, ..."""
    records = [Record(10 * index, float(index), rows(values)) for index, values in enumerate(tensors)]
    return measure(HistogramBatch.from_records([(Series("run", tag), records)]))


def reading(tensors: Sequence[Tensor], tag: str = "fc1/kernel", rows: Callable[[Tensor], Tensor] = thirty) -> Reading:
    """Return the reading of one series."""
    (one,) = read(RunContext(measured(tensors, tag, rows)), Thresholds())
    return one


def steps_of(values: Tensor, factors: Sequence[float], shifts: Sequence[float] | None = None) -> list[Tensor]:
    """Return the values stretched and shifted from record to record."""
    return [values * factor + shift for factor, shift in zip(factors, shifts or [0.0] * len(factors), strict=True)]


def growing(last: float, records: int = 12) -> list[float]:
    """Return factors that go evenly from 1 to the last."""
    return list(np.linspace(1, last, records))

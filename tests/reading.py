"""Read small logs for the tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from conftest import Providers

from tensorboard_plugin_histdiag.histogram import HistogramBatch, Series
from tensorboard_plugin_histdiag.provider.sources import Source


def read(source: Source, *series: Series) -> HistogramBatch:
    """Return one batch of a small log."""
    (batch,) = source.batches(series or None)
    return batch


def assert_equal_batches(one: HistogramBatch, other: HistogramBatch) -> None:
    """The multiplexer passes old histograms through float32."""
    assert one.series == other.series
    for name in ("start", "step", "nonfinite", "series_start"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    np.testing.assert_allclose(one.wall_time, other.wall_time, rtol=0, atol=1e-3)
    for name in ("left", "right", "count"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-6, atol=1e-44, err_msg=name)


def read_both(folder: Path, providers: Providers) -> HistogramBatch:
    """Read a small log with both providers, which must agree."""
    sources = providers(folder)
    batches = [read(sources[name]) for name in ("rust", "multiplexer")]
    assert_equal_batches(*batches)
    return batches[1]

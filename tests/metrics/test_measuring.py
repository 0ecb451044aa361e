"""Measuring whole batches: in blocks as in one, without a trace in what is measured."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from samples import KINDS, WRITERS, make

from tensorboard_plugin_histdiag.histogram import HistogramBatch, Record, Series
from tensorboard_plugin_histdiag.measured import Metrics
from tensorboard_plugin_histdiag.metrics import METRICS, drift

# The package's `diagnose` is the function.
diagnose = importlib.import_module("tensorboard_plugin_histdiag.diagnose")


def record(step: int, rows: np.ndarray) -> Record:
    return Record(step, float(step), np.asarray(rows, dtype=np.float64).reshape(-1, 3))


@pytest.fixture(scope="module")
def batch() -> HistogramBatch:
    """Every kind of tensor by every writer, with gaps, repeats and records that are not finite."""
    logged = []
    for kind in KINDS:
        for name, write in WRITERS.items():
            rows = [write(make(kind, seed, size)) for seed, size in enumerate((40, 300, 300, 1000))]
            rows = [np.empty((0, 3)), rows[0], rows[1], rows[1], [[0, np.inf, 1]], rows[2], rows[3]]
            logged.append((Series("run", f"{kind}/{name}"), [record(3 * step, row) for step, row in enumerate(rows)]))
    logged.insert(5, (Series("run", "nothing"), []))
    logged.append((Series("run", "empty"), [record(0, np.empty((0, 3)))]))
    return HistogramBatch.from_records(logged)


def assert_same(one: Metrics, other: Metrics) -> None:
    assert one.series == other.series
    for name in ("series_start", "step", "wall_time", "size", "nonfinite", "stepped_back", "back_at", "resumed_at"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    for name, bounded in one.values.items():
        for bound in ("low", "value", "high"):
            first, second = getattr(bounded, bound), getattr(other.values[name], bound)
            np.testing.assert_array_equal(first, second, err_msg=f"{name}.{bound}")


def in_blocks_of(size: int, batch: HistogramBatch, monkeypatch: pytest.MonkeyPatch) -> Metrics:
    monkeypatch.setattr(diagnose, "BLOCK", size)
    metrics: Metrics = diagnose.measure(batch.slice_series(0, len(batch.series)))
    return metrics


@pytest.mark.parametrize("size", [1, 300, 3000])
def test_blocks_give_the_same_as_the_whole_to_the_last_bit(size, batch, monkeypatch):
    assert_same(in_blocks_of(size, batch, monkeypatch), in_blocks_of(10**9, batch, monkeypatch))


@pytest.mark.parametrize("size", [1, 3, 20])
def test_short_stretches_give_the_same_as_the_whole_to_the_last_bit(size, batch, monkeypatch):
    monkeypatch.setattr(drift, "STRETCH", 10**9)
    whole = in_blocks_of(10**9, batch, monkeypatch)
    monkeypatch.setattr(drift, "STRETCH", size)
    assert_same(in_blocks_of(10**9, batch, monkeypatch), whole)


def test_a_histogram_is_measured_alike_in_any_company(batch):
    whole = diagnose.measure(batch)
    for index in range(0, len(batch.series), 7):
        assert_same(diagnose.measure(batch.slice_series(index, index + 1)), whole.slice(index, index + 1))


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_measuring_leaves_what_others_read_of_a_lone_histogram(metric):
    """Rows of one histogram with thirty buckets are in order either way round, so that arrays may be its own."""
    batch = HistogramBatch.of(WRITERS["equal"](make("normal", 0, 300)))
    share, cumulative = batch.share.copy(), batch.cumulative.copy()
    metric(batch)
    np.testing.assert_array_equal(batch.share, share)
    np.testing.assert_array_equal(batch.cumulative, cumulative)


def test_measuring_leaves_the_batch_as_it_was(batch):
    names = ("left", "right", "count", "start", "step", "series_start")
    before = {name: getattr(batch, name).copy() for name in names}
    diagnose.measure(batch)
    for name in names:
        np.testing.assert_array_equal(getattr(batch, name), before[name])
        assert not getattr(batch, name).flags.writeable


def test_measuring_twice_gives_the_same(batch):
    assert_same(diagnose.measure(batch), diagnose.measure(batch))


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_metric_alone_gives_what_measuring_all_gives(metric, batch):
    fresh = batch.slice_series(0, len(batch.series))
    with np.errstate(over="ignore", invalid="ignore"):
        alone = metric(fresh)
    together = diagnose.measure(batch).values[metric.name]
    for bound in ("low", "value", "high"):
        np.testing.assert_array_equal(getattr(alone, bound), getattr(together, bound))


def test_bounds_are_ordered_and_have_one_entry_a_histogram(batch):
    for name, bounded in diagnose.measure(batch).values.items():
        assert bounded.low.shape == bounded.value.shape == bounded.high.shape == (len(batch),), name
        known = ~np.isnan(bounded.low) & ~np.isnan(bounded.value)
        assert (bounded.low[known] <= bounded.value[known]).all(), name
        assert (bounded.value[known] <= bounded.high[known]).all(), name


def test_an_empty_batch_has_all_metrics_and_no_entries():
    metrics = diagnose.measure(HistogramBatch.from_records([]))
    assert set(metrics.values) == {metric.name for metric in METRICS}
    assert [len(metrics.series), len(metrics.step), len(metrics.values["mean"])] == [0, 0, 0]

"""One test over all metrics: what must not matter does not, and what is declared holds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import Rows, batch_of, equal_buckets, make, measured, tensors

from tensorboard_plugin_histdiag.bounded import Bounded
from tensorboard_plugin_histdiag.diagnose import measure
from tensorboard_plugin_histdiag.histogram import HistogramBatch
from tensorboard_plugin_histdiag.metrics import BY_NAME, METRICS, Metric

over_all_metrics = pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)

OF_THE_BUCKETS = {"zeros", "levels", "edge_low", "edge_high", "edge_contrast", "resolution", "top_mass"}
"""Metrics that ask how the values were sorted into buckets, not only where they lie."""
BOUNDS = ("low", "value", "high")
NONE = np.empty((0, 3))
NONFINITE = np.array([[-1.0, 0.0, 3.0], [0.0, np.inf, 2.0]])


@st.composite
def histograms(draw: st.DrawFn) -> Rows:
    """Touching buckets of any width, some empty inside; edges are multiples of 1/8, so that arithmetic is exact."""
    widths = draw(st.lists(st.integers(1, 20), min_size=1, max_size=12))
    counts = draw(st.lists(st.integers(0, 50), min_size=len(widths), max_size=len(widths)))
    counts[0], counts[-1] = counts[0] + 1, counts[-1] + 1
    edges = (draw(st.integers(-80, 80)) + np.cumsum([0, *widths])) / 8
    if len(widths) == 1 and edges[1] - edges[0] == 1:
        edges = edges * 2  # one row of width 1 is how TensorFlow 1 writes a constant
    return np.stack([edges[:-1], edges[1:], counts], axis=1)


several = st.lists(histograms(), min_size=1, max_size=4)


def on(metric: Metric, *rows: Rows) -> Bounded:
    return measured(*rows).values[metric.name]


def assert_close(name: str, one: Bounded, other: Bounded, *, size: float = 1.0, bounds: Sequence[str] = BOUNDS) -> None:
    for bound in bounds:
        expected, found = getattr(one, bound), getattr(other, bound)
        np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-9 * size, err_msg=f"{name}.{bound}")


def moved(rows: Rows, *, factor: float = 1.0, constant: float = 0.0) -> Rows:
    return rows * [factor, factor, 1.0] + [constant, constant, 0.0]


@given(rows=several, factor=st.sampled_from([2.0**-30, 0.5, 3.0, 2.0**30]))
def test_every_metric_follows_its_declared_scaling(rows, factor):
    before, after = measured(*rows), measured(*(moved(row, factor=factor) for row in rows))
    for metric in METRICS:
        if metric.power is None:
            continue
        bounds = before.values[metric.name]
        expected = Bounded(*(metric.scaled(getattr(bounds, bound), factor) for bound in BOUNDS))
        assert_close(metric.name, expected, after.values[metric.name], size=factor**metric.power)


@given(rows=several, constant=st.integers(-64, 64))
def test_every_metric_follows_its_declared_shift(rows, constant):
    before, after = measured(*rows), measured(*(moved(row, constant=constant) for row in rows))
    for metric in METRICS:
        if metric.shift is None:
            continue
        added = constant if metric.shift == "moves" else 0.0
        bounds = before.values[metric.name]
        expected = Bounded(*(getattr(bounds, bound) + added for bound in BOUNDS))
        assert_close(metric.name, expected, after.values[metric.name])


@pytest.mark.parametrize("name", sorted(metric.name for metric in METRICS if metric.power is None))
def test_a_metric_that_declares_no_scaling_has_none(name):
    rows = [equal_buckets(make(kind, 1, 200)) for kind in ("relu", "sigmoid", "tiny")]
    rows += [np.array([[0, 1e-12, 5], [1e-12, 1e-3, 3.0]])]
    results = [on(BY_NAME[name], *(moved(row, factor=factor) for row in rows)) for factor in (1, 1e-6, 9)]
    assert any(not np.array_equal(results[0].value, other.value, equal_nan=True) for other in results[1:])


@pytest.mark.parametrize("name", sorted(metric.name for metric in METRICS if metric.shift is None))
def test_a_metric_that_declares_no_shift_has_none(name):
    rows = [equal_buckets(make(kind, 1, 200)) for kind in ("sigmoid", "tanh", "relu", "normal")]
    before, after = on(BY_NAME[name], *rows), on(BY_NAME[name], *(moved(row, constant=6.0) for row in rows))
    for added in (0.0, 6.0):
        assert not np.allclose(before.value + added, after.value, equal_nan=True)


@given(rows=several)
def test_splitting_buckets_evenly_changes_no_estimate(rows):
    split = []
    for row in rows:
        left, right, count = row.T
        middle = (left + right) / 2
        halves = [np.stack(part, axis=1) for part in ((left, middle, count / 2), (middle, right, count / 2))]
        split.append(np.stack(halves, axis=1).reshape(-1, 3))
    whole, halved = measured(*rows), measured(*split)
    for metric in METRICS:
        if metric.name not in OF_THE_BUCKETS:
            assert_close(metric.name, whole.values[metric.name], halved.values[metric.name], bounds=["value"])


@given(rows=several)
def test_empty_buckets_change_nothing(rows):
    """Empty buckets of no width at the ends, as many writers leave them, and twice as many where there are some."""
    padded = []
    for row in rows:
        parts = [[[row[0, 0], row[0, 0], 0.0]]]
        for left, right, count in row:
            middle = (left + right) / 2
            parts.append([[left, middle, 0.0], [middle, right, 0.0]] if count == 0 else [[left, right, count]])
        padded.append(np.concatenate([*parts, [[row[-1, 1], row[-1, 1], 0.0]]]))
    one, other = measured(*rows), measured(*padded)
    for metric in METRICS:
        assert_close(metric.name, one.values[metric.name], other.values[metric.name])


@over_all_metrics
def test_a_single_bucket_is_measured(metric):
    """A constant, and one bucket that has a width."""
    results = on(metric, np.array([[3.0, 3.0, 7.0]]), np.array([[0.0, 8.0, 7.0]]))
    expected = {
        "mean": [3, 4], "spread": [0, 8 / 12**0.5], "minimum": [3, 0], "maximum": [3, 8], "median": [3, 4],
        "iqr": [0, 4], "peaks": [1, 1], "levels": [1, 1], "top_mass": [1, 1], "edge_low": [1, 1], "edge_high": [1, 1],
        "mean_abs": [3, 4], "rms": [3, (64 / 3) ** 0.5], "l2_norm": [3 * 7**0.5, (7 * 64 / 3) ** 0.5],
        "entropy": [np.nan, 0], "uniformity": [np.nan, 0], "skewness": [np.nan, 0], "kurtosis": [np.nan, -1.2],
        "near_zeros": [0, 0.01], "beyond_five": [0, 3 / 8], "unchanged": [np.nan, 0], "drift": [0, 17 / 24],
        "drift_previous": [np.nan, 17 / 24], "update_ratio": [np.nan, 17 / 24],
        "q07": [3, 8 * 0.0668], "q16": [3, 8 * 0.1587], "q31": [3, 8 * 0.3085],
        "q69": [3, 8 * 0.6915], "q84": [3, 8 * 0.8413], "q93": [3, 8 * 0.9332],
    }  # fmt: skip
    assert results.value.shape == (2,)
    if metric.name in expected:
        np.testing.assert_allclose(results.value, expected[metric.name], rtol=1e-2 if "drift" in metric.name else 1e-9)


@over_all_metrics
def test_a_batch_without_histograms_has_no_values(metric):
    empty = measure(HistogramBatch.from_records([]))
    logged_nothing = measured()
    for metrics in (empty, logged_nothing):
        bounded = metrics.values[metric.name]
        assert [len(bounded.low), len(bounded.value), len(bounded.high)] == [0, 0, 0]


@pytest.mark.parametrize("gap", [NONE, np.zeros((30, 3)), NONFINITE], ids=["no rows", "no values", "not finite"])
@given(one=tensors(), other=tensors())
def test_a_histogram_without_buckets_is_nan_and_touches_no_neighbour(gap, one, other):
    rows = [equal_buckets(one), equal_buckets(other)]
    alone, between = measured(*rows), measured(gap, rows[0], gap, rows[1], gap)
    for metric in METRICS:
        records = 2.0 if metric.name == "update_ratio" else 1.0
        for bound in BOUNDS:
            found, expected = (getattr(part.values[metric.name], bound) for part in (between, alone))
            np.testing.assert_array_equal(found[[0, 2, 4]], np.nan, err_msg=metric.name)
            np.testing.assert_array_equal(found[[1, 3]], expected / [1.0, records], err_msg=metric.name)


@over_all_metrics
def test_only_histograms_without_buckets_give_only_nan(metric):
    bounded = on(metric, NONE, NONFINITE, NONE)
    for bound in (bounded.low, bounded.value, bounded.high):
        np.testing.assert_array_equal(bound, [np.nan] * 3)


def test_every_metric_says_in_one_sentence_what_it_measures():
    for metric in METRICS:
        assert metric.text.endswith(".") or metric.text.count(":"), metric.name
    assert len(BY_NAME) == len(METRICS)


def test_nonfinite_histograms_are_flagged():
    assert batch_of(NONE, NONFINITE, equal_buckets(make("normal", 0, 9))).nonfinite.tolist() == [False, True, False]

"""Metrics of many series: joined, cut, sorted, and seen one by one."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tensorboard_plugin_histdiag.diagnose import measure
from tensorboard_plugin_histdiag.histogram import HistogramBatch, Record, Series
from tensorboard_plugin_histdiag.measured import Metrics, SeriesMetrics

ARRAYS = ("series_start", "step", "wall_time", "size", "nonfinite", "stepped_back", "back_at", "resumed_at")


def rows(shift: float) -> np.ndarray:
    return np.array([[shift, shift + 1, 3], [shift + 1, shift + 3, 5]])


@pytest.fixture(scope="module")
def metrics() -> Metrics:
    """Four series in no order, one of them without records, one whose steps went back."""
    logged = [
        (Series("b", "kernel"), [Record(step, 1.0 * step, rows(step)) for step in range(4)]),
        (Series("a", "kernel"), [Record(0, 0.0, rows(7)), Record(5, 1.0, rows(8)), Record(5, 2.0, rows(9))]),
        (Series("b", "bias"), []),
        (Series("a", "bias"), [Record(2, 0.0, np.array([[0, np.nan, 1.0]])), Record(3, 1.0, rows(-1))]),
    ]
    return measure(HistogramBatch.from_records(logged))


def assert_same(one: Metrics, other: Metrics) -> None:
    assert one.series == other.series
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    assert one.values.keys() == other.values.keys()
    for name, bounded in one.values.items():
        for bound in ("low", "value", "high"):
            np.testing.assert_array_equal(getattr(bounded, bound), getattr(other.values[name], bound), err_msg=name)


@pytest.mark.parametrize("cuts", [[0, 4], [0, 1, 4], [0, 1, 2, 3, 4], [0, 0, 2, 2, 4]])
def test_slices_joined_again_are_the_whole(metrics, cuts):
    parts = [metrics.slice(first, last) for first, last in pairwise(cuts)]
    assert_same(Metrics.concatenate(parts), metrics)


def test_joining_nothing_gives_no_series():
    joined = Metrics.concatenate([])
    assert (joined.series, len(joined.step), joined.series_start.tolist()) == ((), 0, [0])
    assert joined.arranged().series == ()


def test_arranged_metrics_are_sorted_by_run_and_tag(metrics):
    arranged = metrics.arranged()
    assert [(series.run, series.tag) for series in arranged.series] == [
        ("a", "bias"), ("a", "kernel"), ("b", "bias"), ("b", "kernel"),
    ]  # fmt: skip
    for place, index in enumerate([3, 1, 2, 0]):
        assert_same(arranged.slice(place, place + 1), metrics.slice(index, index + 1))


def test_sorted_metrics_are_arranged_already(metrics):
    arranged = metrics.arranged()
    assert_same(arranged.arranged(), arranged)


def test_a_view_shows_one_series(metrics):
    view = SeriesMetrics(metrics, 1)
    assert (view.run, view.tag, view.role, len(view)) == ("a", "kernel", "weight", 2)
    assert view.step.tolist() == [0, 5]
    assert view.size.tolist() == [8, 8]
    assert (view.stepped_back, view.back_at) == (1, 5)
    assert view["minimum"].value.tolist() == [7, 9]
    assert view["drift"].low[1] > 0


def test_a_view_tells_what_is_not_finite(metrics):
    assert SeriesMetrics(metrics, 3).nonfinite.tolist() == [True, False]
    assert np.isnan(SeriesMetrics(metrics, 3)["mean"].value).tolist() == [True, False]


def test_every_series_has_a_view(metrics):
    views = [SeriesMetrics(metrics, index) for index in range(len(metrics.series))]
    assert [len(view) for view in views] == [4, 2, 0, 2] == metrics.records.tolist()


def test_memory_counts_shared_arrays_once(metrics):
    records = len(metrics.step)
    arrays = 3 * len(metrics.values)
    assert 0 < metrics.nbytes < 8 * records * (arrays + 4)
    joined = Metrics.concatenate([metrics, metrics])
    assert joined.nbytes <= 2 * metrics.nbytes
    assert joined.values["peaks"].is_estimate
    assert np.isnan(joined.values["peaks"].low).all()
    assert not joined.values["mean"].is_estimate


def test_what_was_logged_before_the_steps_went_back_is_left_out():
    logged = [
        (Series("a", "kernel"), [Record(step, 1.0 * n, rows(step)) for n, step in enumerate((0, 1, 2, 3, 2, 3, 4))]),
        (Series("a", "twice"), [Record(step, 1.0 * n, rows(step)) for n, step in enumerate((0, 0, 1, 1, 2, 2))]),
        (Series("a", "whole"), [Record(step, 1.0 * step, rows(step)) for step in range(4)]),
        (Series("a", "none"), []),
    ]
    metrics = measure(HistogramBatch.from_records(logged))
    cut = metrics.since_break()
    assert [SeriesMetrics(cut, index).step.tolist() for index in range(4)] == [[2, 3, 4], [0, 1, 2], [0, 1, 2, 3], []]
    assert SeriesMetrics(cut, 0)["minimum"].value.tolist() == [2, 3, 4]
    assert cut.since_break() is cut
    assert metrics.slice(1, 4).since_break().series == metrics.series[1:]


def test_nothing_is_compared_across_the_step_to_which_a_series_went_back():
    """Two trainings in one directory: the first is twice as far, and what was logged of it at step 2 is replaced."""
    steps = (0, 1, 2, 3, 2, 3, 4)
    logged = [(Series("a", "kernel"), [Record(step, 1.0 * n, rows(10 * n)) for n, step in enumerate(steps)])]
    view = SeriesMetrics(measure(HistogramBatch.from_records(logged)), 0)
    assert np.isnan(view["drift_previous"].value).tolist() == [True, False, True, False, False]
    assert np.isnan(view["update_ratio"].value).tolist() == [True, False, True, False, False]
    assert view["drift"].value[2] == 0
    assert view["drift"].value[3] == pytest.approx(view["drift_previous"].value[3])
    assert view["unchanged"].value[1:].tolist() == [0, 0, 0, 0]

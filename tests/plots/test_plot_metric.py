"""A metric over the steps."""

from __future__ import annotations

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest
from drawn import colour, diagnosis_of, evidence, finding_on, fresh, levels, mark, texts, uprights, washes
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from runs import RUN

from tensorboard_plugin_histdiag.api.run_diagnosis import SeriesDiagnosis
from tensorboard_plugin_histdiag.finding import MarkKind, Severity
from tensorboard_plugin_histdiag.metrics import METRICS
from tensorboard_plugin_histdiag.plots import plot_metric

TAG = "fc1/kernel"
RNG = np.random.default_rng(5)
BELLS = [RNG.normal(0.2, 1 + n, 800) for n in range(6)]
BROKEN = np.array([np.nan])


def series_of(*values: np.ndarray, **how: object) -> SeriesDiagnosis:
    return diagnosis_of({TAG: values or BELLS}, **how)[RUN][TAG]


def line(ax: Axes) -> np.ndarray:
    return next(np.asarray(each.get_ydata()) for each in ax.lines if each.get_label() == "estimate")


def band(ax: Axes) -> np.ndarray:
    (found,) = [each for each in ax.collections if each.get_label() == "proved by the buckets"]
    assert isinstance(found, PolyCollection)
    return found.get_paths()[0].vertices


def test_the_line_is_the_estimate_at_each_step():
    series = series_of()
    ax = plot_metric(series, "mean")
    np.testing.assert_array_equal(ax.lines[0].get_xdata(), series.step)
    np.testing.assert_array_equal(line(ax), series["mean"].value)


def test_the_band_is_what_the_buckets_prove():
    series = series_of()
    edges = band(plot_metric(series, "mean"))
    for step, low, high in zip(series.step, series["mean"].low, series["mean"].high, strict=True):
        own = edges[edges[:, 0] == step, 1]
        assert (own.min(), own.max()) == (low, high)


def test_an_estimate_has_no_band():
    assert not plot_metric(series_of(), "kurtosis").collections


@pytest.mark.parametrize(("metric", "scale"), [("mean", "linear"), ("spread", "log"), ("zeros", "linear")])
def test_the_axis_is_the_metrics_own(metric: str, scale: str):
    assert plot_metric(series_of(), metric).get_yscale() == scale


def test_a_share_has_an_axis_from_none_to_all():
    ax = plot_metric(series_of(), "zeros")
    assert ax.get_ylim()[0] < 0 < 1 < ax.get_ylim()[1]
    ax.figure.canvas.draw()
    assert [text.get_text() for text in ax.get_yticklabels()] == ["0%", "50%", "100%"]


def test_bounds_close_to_nothing_do_not_take_the_room_of_a_logarithmic_axis():
    series = series_of()
    low, high = plot_metric(series, "drift").get_ylim()
    drift = series["drift"]
    assert drift.low[1:].min() < low < drift.value[drift.value > 0].min()
    assert high > drift.value.max()


def test_zero_is_drawn_at_the_lower_edge_of_a_logarithmic_axis():
    ax = plot_metric(series_of(), "drift")
    assert line(ax)[0] == ax.get_ylim()[0]


def test_where_all_is_zero_the_axis_is_linear_around_it():
    ax = plot_metric(series_of(*[np.zeros(9)] * 3), "spread")
    assert ax.get_yscale() == "linear"
    assert ax.get_ylim() == (-1, 1)
    assert not line(ax).any()


@pytest.mark.parametrize("value", [0.0, 3.0, -3.0])
def test_a_constant_has_room_on_both_sides(value: float):
    low, high = plot_metric(series_of(*[np.full(9, value)] * 3), "mean").get_ylim()
    assert low < value < high


def test_thresholds_of_the_evidence_are_lines_in_the_colour_of_the_severity():
    series = series_of()
    middle = float(np.median(series["spread"].value))
    finding = finding_on(TAG, severity=Severity.ERROR, evidence=(evidence(TAG, "spread", middle, 2.5),))
    ax = plot_metric(series, "spread", finding=finding)
    assert levels(ax, "--") == [2.5]
    (drawn,) = [each for each in ax.lines if each.get_linestyle() == "--"]
    assert colour(drawn, lambda each: each.get_color()) == "#b34700"
    assert "threshold 2.5" in texts(ax)


def test_the_threshold_of_a_share_is_written_as_its_axis_is():
    series = series_of()
    row = evidence(TAG, "zeros", float(series["zeros"].value[0]), 0.6)
    assert "threshold 60 %" in texts(plot_metric(series, "zeros", finding=finding_on(TAG, evidence=(row,))))


def test_a_threshold_lies_within_the_axis_however_far_from_the_line():
    series = series_of()
    row = evidence(TAG, "spread", float(series["spread"].value[0]), 1e4)
    assert plot_metric(series, "spread", finding=finding_on(TAG, evidence=(row,))).get_ylim()[1] > 1e4


@pytest.mark.parametrize(
    "row",
    [evidence(TAG, "mean", 0.2, 1.0), evidence("other", "spread", 1.0, 1.0), evidence(TAG, "spread", 900.0, 1.0)],
    ids=["another metric", "another tensor", "a ratio that is not on the line"],
)
def test_a_threshold_of_something_else_is_left_out(row: object):
    assert not levels(plot_metric(series_of(), "spread", finding=finding_on(TAG, evidence=(row,))), "--")


def test_without_marks_there_is_no_threshold():
    series = series_of(*[BELLS[0]] * 30)
    assert series.findings
    assert not plot_metric(series, "drift", marks=False).patches


def test_marks_are_drawn_at_their_steps():
    finding = finding_on(
        TAG,
        mark(MarkKind.STEP_RANGE, TAG, first_step=20, last_step=40, label="range"),
        mark(MarkKind.STEP, TAG, first_step=30, label="jump"),
        mark(MarkKind.VALUE, TAG, low=0.2, label="level"),
    )
    ax = plot_metric(series_of(), "mean", finding=finding)
    ((left, right, *_),) = washes(ax)
    assert (left, right) == (20, 40)
    assert uprights(ax) == [30]
    assert levels(ax, ":") == [0.2]
    assert {"range", "jump", "level"} <= set(texts(ax))


def test_a_value_is_marked_only_where_the_axis_has_the_tensors_values():
    finding = finding_on(TAG, mark(MarkKind.VALUE, TAG, low=2.0, label="level"))
    assert not levels(plot_metric(series_of(), "spread", finding=finding))


def test_a_record_between_two_gaps_is_a_dot():
    ax = plot_metric(series_of(BELLS[0], BROKEN, BELLS[1], BROKEN, BELLS[2]), "mean", marks=False)
    dots = [each for each in ax.lines if each.get_marker() == "."]
    assert [list(each.get_xdata()) for each in dots] == [[0, 20, 40]]


def test_steps_that_were_not_finite_are_a_band():
    ax = plot_metric(series_of(*BELLS[:3], BROKEN, BROKEN, BELLS[3]), "mean", marks=False)
    ((left, right, *_),) = washes(ax)
    assert (left, right) == (25, 45)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_every_metric_can_be_drawn(metric: object):
    ax = plot_metric(series_of(*BELLS, np.zeros(9), BROKEN, np.empty(0)), metric.name)
    ax.figure.canvas.draw()
    assert ax.get_title(loc="left").lower() == metric.title.lower()


def test_values_along_a_low_logarithmic_axis_do_not_touch():
    ax = plt.figure(figsize=(4, 1.2)).add_subplot()
    plot_metric(series_of(), "spread", ax=ax)
    ax.figure.draw_without_rendering()
    low, high = ax.get_ylim()
    found = [text for place, text in zip(ax.get_yticks(), ax.get_yticklabels(), strict=True) if low <= place <= high]
    ends = [text.get_window_extent() for text in found]
    assert ends
    assert not any(below.overlaps(above) for below, above in pairwise(ends))


@pytest.mark.parametrize("scale", ["symlog", "log", "asinh"])
@pytest.mark.parametrize("metric", ["mean", "spread", "zeros"])
def test_a_scale_given_before_is_kept(metric: str, scale: str):
    ax = fresh()
    ax.set_yscale(scale)
    plot_metric(series_of(BELLS[0], BELLS[1], np.zeros(9)), metric, ax=ax)
    ax.figure.canvas.draw()
    assert ax.get_yscale() == scale


def test_an_unknown_metric_is_an_error_that_says_so():
    with pytest.raises(KeyError, match="spred"):
        plot_metric(series_of(), "spred", ax=fresh())

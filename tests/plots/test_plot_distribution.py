"""Percentile bands."""

from __future__ import annotations

import json

import matplotlib.pyplot as plt
import numpy as np
import pytest
from drawn import GOLDEN, diagnosis_of, finding_on, levels, mark, texts, uprights, washes
from matplotlib.collections import LineCollection
from runs import RUN

from tensorboard_plugin_histdiag.api.run_diagnosis import SeriesDiagnosis
from tensorboard_plugin_histdiag.finding import MarkKind
from tensorboard_plugin_histdiag.histogram import HistogramBatch
from tensorboard_plugin_histdiag.metrics import BY_NAME
from tensorboard_plugin_histdiag.plots import plot_distribution
from tensorboard_plugin_histdiag.plots.distribution import BANDS

TAG = "fc1/kernel"
RNG = np.random.default_rng(5)
BELLS = [RNG.normal(0.2, 1 + n, 800) for n in range(6)]
LOGGED = {case["name"]: case["steps"] for case in json.loads((GOLDEN / "golden.json").read_text("utf-8"))}
BANDED = json.loads((GOLDEN / "stock-bands.json").read_text("utf-8"))
STOCK = {name: steps for name, steps in BANDED.items() if None not in steps}
LEVELS = [low for low, _, _ in BANDS] + ["median"] + [high for _, high, _ in reversed(BANDS)]


def series_of(*values: np.ndarray) -> SeriesDiagnosis:
    return diagnosis_of({TAG: values or BELLS})[RUN][TAG]


@pytest.mark.parametrize("name", STOCK)
def test_the_bands_are_those_of_the_stock_tab(name: str):
    batch = HistogramBatch.of(*LOGGED[name])
    mine = np.stack([BY_NAME[level](batch).value for level in LEVELS], axis=1)
    reach = np.abs(mine).max()
    np.testing.assert_allclose(mine, STOCK[name], atol=1e-6 * reach)


def test_each_band_lies_between_its_quantiles():
    series = series_of()
    ax = plot_distribution(series)
    assert [each.get_label() for each in ax.collections] == [label for _, _, label in BANDS]
    for (low, high, _), each in zip(BANDS, ax.collections, strict=True):
        corners = each.get_paths()[0].vertices
        for k, step in enumerate(series.step):
            own = corners[corners[:, 0] == step, 1]
            assert (own.min(), own.max()) == (series[low].value[k], series[high].value[k])


def test_the_median_is_a_line():
    series = series_of()
    (median,) = plot_distribution(series).lines
    np.testing.assert_array_equal(median.get_ydata(), series["median"].value)


def test_a_record_that_was_not_finite_leaves_a_gap_that_is_named():
    ax = plot_distribution(series_of(*BELLS[:3], np.array([np.nan]), *BELLS[3:]), marks=False)
    assert len(ax.collections[0].get_paths()) == 2
    ((left, right, *_),) = washes(ax)
    assert (left, right) == (25, 35)
    assert "not finite" in [text.get_text() for text in ax.get_legend().get_texts()]


def test_marks_have_their_steps_and_values():
    finding = finding_on(
        TAG,
        mark(MarkKind.STEP, TAG, first_step=30, label="jump"),
        mark(MarkKind.VALUE_RANGE, TAG, low=-1, high=1, label="in"),
    )
    ax = plot_distribution(series_of(), finding=finding)
    assert uprights(ax) == [30]
    assert levels(ax) == [-1, 1]
    assert {"jump", "in"} <= set(texts(ax))


def test_a_range_of_values_has_one_label():
    finding = finding_on(TAG, mark(MarkKind.VALUE_RANGE, TAG, low=-1, high=1, label="in"))
    assert texts(plot_distribution(series_of(), finding=finding)).count("in") == 1


@pytest.mark.parametrize(("value", "told"), [(999, "far ↑"), (-999, "far ↓")])
def test_a_value_beyond_the_axis_is_told_with_its_direction(value: float, told: str):
    finding = finding_on(TAG, mark(MarkKind.VALUE, TAG, low=value, label="far"))
    ax = plot_distribution(series_of(), finding=finding)
    assert not levels(ax, ":")
    assert told in texts(ax)


def test_a_record_between_two_gaps_is_a_bar():
    series = series_of(np.array([np.nan]), BELLS[0], np.array([np.nan]))
    bars = [each for each in plot_distribution(series, marks=False).collections if isinstance(each, LineCollection)]
    found = [each.get_segments()[0].tolist() for each in bars]
    assert found == [[[10, series[low].value[1]], [10, series[high].value[1]]] for low, high, _ in BANDS]


def test_a_legend_that_would_take_much_of_a_small_picture_is_left_out():
    ax = plot_distribution(series_of(), ax=plt.figure(figsize=(3, 2)).add_subplot())
    assert ax.get_legend() is None
    assert [text.get_text() for text in ax.legend().get_texts()] == [*[label for _, _, label in BANDS], "median"]


@pytest.mark.parametrize("size", [(4, 3), (6.4, 4.8), (9, 6)], ids=str)
def test_the_legend_keeps_clear_of_the_name_of_the_axis_in_any_layout(size: tuple[float, float]):
    figure, ax = plt.subplots(figsize=size, layout="constrained")
    plot_distribution(series_of(*BELLS, np.array([np.nan])), marks=False, ax=ax)
    figure.draw_without_rendering()
    box = ax.get_legend().get_window_extent()
    assert not box.overlaps(ax.xaxis.label.get_window_extent())
    assert box.x1 < figure.bbox.x1 + 1


def test_an_empty_tensor_can_be_drawn():
    plot_distribution(series_of(np.empty(0))).figure.canvas.draw()

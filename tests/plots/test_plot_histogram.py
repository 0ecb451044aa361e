"""One step's histogram."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from drawn import as_logged, diagnosis_of, finding_on, mark, texts, uprights
from matplotlib.axes import Axes
from runs import RUN, exponential

from tensorboard_plugin_histdiag.api.run_diagnosis import SeriesDiagnosis
from tensorboard_plugin_histdiag.finding import MarkKind
from tensorboard_plugin_histdiag.plots import plot_histogram

RNG = np.random.default_rng(5)
BELLS = [RNG.normal(0, 1, 500) for _ in range(3)]
SPIKES = [[-1.0, 0.0, 30.0], [0.0, 0.0, 50.0], [0.0, 1.0, 20.0]]


def series_of(*values: np.ndarray, **how: object) -> SeriesDiagnosis:
    return diagnosis_of({"fc1/kernel": values}, **how)[RUN]["fc1/kernel"]


def bars(ax: Axes) -> list[tuple[float, float, float]]:
    return [(patch.get_x(), patch.get_width(), patch.get_height()) for patch in ax.patches]


def spikes(ax: Axes) -> list[tuple[float, float]]:
    return [tuple(segment[1]) for lines in ax.collections for segment in lines.get_segments()]


def test_bars_are_the_buckets_as_logged():
    series = series_of(*BELLS)
    batch = series.histograms()
    own = slice(batch.start[1], batch.start[2])
    held = batch.count[own] > 0
    drawn = np.array(bars(plot_histogram(series, step=10)))
    np.testing.assert_allclose(drawn[:, 0], batch.left[own][held])
    np.testing.assert_allclose(drawn[:, 0] + drawn[:, 1], batch.right[own][held])
    np.testing.assert_allclose(drawn[:, 2], batch.count[own][held])


def test_without_a_step_the_newest_with_values_is_drawn():
    ax = plot_histogram(series_of(*BELLS, np.array([np.nan])))
    assert "step 20: 500 values" in texts(ax)


def test_densities_have_the_area_of_their_counts():
    ax = plot_histogram(series_of(*BELLS), density=True)
    assert ax.get_ylabel() == "density"
    assert sum(width * height for _, width, height in bars(ax)) == pytest.approx(500)


def test_uneven_buckets_are_drawn_as_densities_of_bars_that_can_be_seen():
    series = series_of(*BELLS, buckets=exponential)
    ax = plot_histogram(series)
    drawn = bars(ax)
    assert ax.get_ylabel() == "density"
    assert sum(width * height for _, width, height in drawn) == pytest.approx(500)
    assert 10 < len(drawn) < series.histograms().lengths[-1]
    assert np.argmax([height for _, _, height in drawn]) not in (0, len(drawn) - 1)


def test_uneven_buckets_can_be_drawn_as_counts():
    ax = plot_histogram(series_of(*BELLS, buckets=exponential), density=False)
    assert ax.get_ylabel() == "count"
    assert sum(height for *_, height in bars(ax)) == pytest.approx(500)


def test_a_bucket_of_no_width_is_a_spike_of_its_count():
    ax = plot_histogram(series_of(SPIKES, buckets=as_logged))
    assert spikes(ax) == [(0.0, 50.0)]
    assert [height for *_, height in bars(ax)] == [30.0, 20.0]


def test_among_densities_a_spike_tells_its_share():
    ax = plot_histogram(series_of(SPIKES, buckets=as_logged), density=True)
    assert "50%" in texts(ax)
    assert [height for *_, height in bars(ax)] == [30.0, 20.0]


def test_a_constant_tensor_is_a_spike_in_the_middle():
    ax = plot_histogram(series_of(np.full(40, 0.25)))
    assert spikes(ax) == [(0.25, 40.0)]
    low, high = ax.get_xlim()
    assert low < 0.25 < high
    assert not ax.patches


def test_a_step_that_was_not_logged_is_an_error_that_names_the_nearest():
    with pytest.raises(ValueError, match=r"'fc1/kernel' has no histogram at step 14; the nearest is 10\."):
        plot_histogram(series_of(*BELLS), step=14)


def test_a_step_that_was_not_finite_says_so():
    assert "NaN or infinite" in texts(plot_histogram(series_of(BELLS[0], np.array([np.inf])), step=10))


def test_an_empty_tensor_says_so():
    assert "no values" in texts(plot_histogram(series_of(np.empty(0))))


def test_a_finding_marks_its_value():
    finding = finding_on("fc1/kernel", mark(MarkKind.VALUE, "fc1/kernel", low=0.5, label="one half"))
    ax = plot_histogram(series_of(*BELLS), finding=finding)
    assert uprights(ax) == [0.5]
    assert "one half" in texts(ax)


def test_it_draws_on_the_axes_given_and_returns_them():
    _, (left, right) = plt.subplots(1, 2)
    assert plot_histogram(series_of(*BELLS), ax=left) is left
    assert not right.has_data()

"""Axes that are not linear, that others share, or on which something is drawn already."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise, product

import matplotlib.pyplot as plt
import numpy as np
import pytest
from drawn import diagnosis_of, fresh, texts
from matplotlib.axes import Axes
from runs import RUN

from tensorboard_plugin_histdiag.api.run_diagnosis import SeriesDiagnosis
from tensorboard_plugin_histdiag.histogram import HistogramBatch
from tensorboard_plugin_histdiag.plots import plot_distribution, plot_heatmap, plot_histogram, plot_metric, plot_ridges
from tensorboard_plugin_histdiag.plots._bins import BINS
from tensorboard_plugin_histdiag.plots._scales import drawn, near_zero

RNG = np.random.default_rng(5)
OVERLAY = "overlay"
ON_VALUES: dict[str, Callable[..., Axes]] = {
    "histogram": plot_histogram,
    "ridges": plot_ridges,
    OVERLAY: lambda series, **more: plot_ridges(series, OVERLAY, **more),
}
OVER_STEPS: dict[str, Callable[..., Axes]] = {
    "distribution": plot_distribution,
    "metric": lambda series, **more: plot_metric(series, "mean", **more),
}


def series_of(scale: float = 1.0, centre: float = 0.0, records: int = 5) -> SeriesDiagnosis:
    return diagnosis_of({"fc1/kernel": [RNG.normal(centre, scale, 400) for _ in range(records)]})[RUN]["fc1/kernel"]


NARROW, WIDE = series_of(), series_of(30, 100, records=9)
GROWING = diagnosis_of({"fc1/kernel": [RNG.normal(0, 10.0**n, 400) for n in range(-6, 5)]})[RUN]["fc1/kernel"]


def even(value: float, parts: int, count: float) -> list[list[float]]:
    edges = np.linspace(-value, value, parts + 1)
    return [[left, right, count / parts] for left, right in pairwise(edges)]


@pytest.mark.parametrize(
    ("rows", "near"),
    [
        ([even(1, 40, 100)], 0.01),
        ([[[-1e-8, 1e-8, 90], [0.5, 1, 10]]], 1e-9),
        ([[[0, 0, 500], [40, 60, 10]]], 10),
        ([[[-1e-300, 1e-300, 90], [1, 1e300, 1]]], 1e288),
        ([[[0, 5e-324, 90]]], 1e-300),
        ([[[0, 0, 90]], []], 1),
    ],
)
def test_what_is_near_zero_is_what_the_tab_has(rows: list, near: float):
    """As in frontend/test/draw/symlog.test.ts."""
    assert near_zero(HistogramBatch.of(*(np.array(each, np.float64).reshape(-1, 3) for each in rows))) == near


def test_bins_are_equally_wide_on_a_bent_axis_and_lose_no_value():
    ax = plot_ridges(GROWING, OVERLAY, symlog=True)
    assert ax.get_xscale() == "symlog"
    places = drawn(ax.xaxis, np.asarray(ax.lines[0].get_xdata()))
    np.testing.assert_allclose(np.diff(places), np.diff(places)[0])
    assert [line.get_ydata().sum() for line in ax.lines[:3]] == pytest.approx([400] * 3)
    assert len(places) == BINS


def test_a_bent_axis_is_not_fitted():
    assert "beyond" in plot_ridges(GROWING, ax=fresh()).get_xlabel()
    assert plot_ridges(GROWING, symlog=True, ax=fresh()).get_xlabel() == "value"


def test_a_bent_axis_has_ticks_on_both_sides_of_zero():
    ticks = plot_ridges(GROWING, symlog=True).get_xticks()
    assert 0 in ticks
    assert min(ticks) < 0 < max(ticks)
    assert np.log10(np.abs(ticks[ticks != 0])) % 1 == pytest.approx(0)


def test_on_a_bent_axis_bars_have_the_area_of_their_count_as_drawn():
    ax = plot_histogram(GROWING, symlog=True)
    assert ax.get_ylabel() == "count per decade"
    edges = [drawn(ax.xaxis, np.array([bar.get_x(), bar.get_x() + bar.get_width()])) for bar in ax.patches]
    areas = [(end - start) * bar.get_height() for (start, end), bar in zip(edges, ax.patches, strict=True)]
    assert sum(areas) == pytest.approx(400)


def test_a_logarithmic_axis_of_counts_shows_the_smallest():
    ax = plot_histogram(NARROW, log=True)
    assert ax.get_yscale() == "log"
    low, high = ax.get_ylim()
    heights = [bar.get_height() for bar in ax.patches]
    assert 0 < low < min(heights) < max(heights) < high


def test_on_a_logarithmic_axis_of_values_only_those_above_zero_are_drawn():
    ax = fresh()
    ax.set_xscale("log")
    plot_histogram(NARROW, ax=ax)
    batch = NARROW.histograms()
    own = slice(batch.start[-2], batch.start[-1])
    assert ax.patches[0].get_x() == min(left for left in batch.left[own] if left > 0)


def test_logarithms_of_counts_are_the_heights_of_ridges():
    tops = {}
    for log in (False, True):
        ax = plot_ridges(NARROW, log=log, marks=False, fit=False, ax=fresh())
        outline = next(line for line in ax.lines if len(line.get_xdata()) == BINS)
        tops[log] = -np.nan_to_num(np.asarray(outline.get_ydata()))
    plain, bent = tops[False] > 0, tops[True] > 0
    few = plain & (tops[False] < 0.2 * tops[False].max())
    assert few.any()
    assert (tops[True][few] > tops[False][few]).all()
    assert bent[plain].all()


@pytest.mark.parametrize("scale", ["log", "symlog"])
@pytest.mark.parametrize(
    ("draw", "which", "before"),
    # Steps of ridges are always on a linear one.
    [
        ("ridges", "x", True),
        ("ridges", "x", False),
        *product([OVERLAY, "histogram", *OVER_STEPS], ["x", "y"], [True, False]),
    ],
)
def test_an_axis_may_have_a_scale_before_and_get_one_after(draw: str, which: str, before: bool, scale: str):
    ax = fresh()
    set_scale = ax.set_xscale if which == "x" else ax.set_yscale
    if before:
        set_scale(scale)
    {**ON_VALUES, **OVER_STEPS}[draw](GROWING, ax=ax)
    if not before:
        set_scale(scale)
    ax.figure.canvas.draw()
    low, high = ax.get_xlim() if which == "x" else ax.get_ylim()
    data = ax.dataLim.intervalx if which == "x" else ax.dataLim.intervaly
    assert low < high
    assert high >= data[1] * 0.99
    if scale == "log" and (draw, which) != (OVERLAY, "y"):
        assert 1e-12 < low < data[1]


def test_why_ridges_take_no_logarithmic_axis_of_steps_is_told():
    ax = plot_ridges(NARROW)
    with pytest.raises(ValueError, match="heights in steps, which a 'log' axis would bend: log=True draws logarithms"):
        ax.set_yscale("log")
    ax.clear()
    ax.set_yscale("log")


@pytest.mark.parametrize("draw", ON_VALUES.values(), ids=ON_VALUES)
def test_axes_that_share_values_show_those_of_all(draw: Callable[..., Axes]):
    _, (first, second) = plt.subplots(1, 2, sharex=True)
    alone = [draw(series, ax=fresh()).get_xlim() for series in (NARROW, WIDE)]
    draw(WIDE, ax=first)
    draw(NARROW, ax=second)
    assert first.get_xlim() == (min(low for low, _ in alone), max(high for _, high in alone))


@pytest.mark.parametrize("draw", OVER_STEPS.values(), ids=OVER_STEPS)
def test_what_is_drawn_on_the_axes_already_stays_in_sight(draw: Callable[..., Axes]):
    ax = draw(WIDE, ax=fresh())
    wide, long = ax.get_ylim(), ax.get_xlim()
    draw(NARROW, ax=ax)
    assert ax.get_ylim()[0] < 0 < wide[1] == ax.get_ylim()[1]
    assert ax.get_xlim()[1] == pytest.approx(long[1])
    assert 80 in ax.get_xticks()


def test_two_tensors_on_one_bent_axis_have_the_scale_of_the_first():
    ax = plot_histogram(GROWING, symlog=True)
    before = ax.xaxis.get_transform().linthresh
    plot_histogram(NARROW, symlog=True, ax=ax)
    assert ax.xaxis.get_transform().linthresh == before


def test_a_heatmap_above_a_metric_on_the_same_steps_shows_all_its_cells():
    _, (above, below) = plt.subplots(2, 1, sharex=True)
    plot_heatmap(WIDE._of, ax=above)
    cells = above.get_xlim()
    plot_metric(WIDE, "mean", ax=below)
    assert above.get_xlim() == cells


def test_later_content_is_seen():
    ax = plot_metric(NARROW, "mean")
    ax.plot([0, 500], [0, 50])
    assert ax.get_ylim()[1] > 50
    assert ax.get_xlim()[1] > 500


@pytest.mark.parametrize("draw", [*ON_VALUES.values(), *OVER_STEPS.values()], ids=[*ON_VALUES, *OVER_STEPS])
def test_what_is_drawn_last_is_told_above(draw: Callable[..., Axes]):
    ax = draw(WIDE, ax=fresh())
    alone = set(texts(draw(NARROW, ax=fresh())))
    told = draw(NARROW, ax=ax)
    above = [text for text in told.texts if text.get_gid() == "histdiag-sentence"]
    assert len(above) == 1
    assert above[0].get_text() in alone


@pytest.mark.parametrize("draw", [*ON_VALUES.values(), *OVER_STEPS.values()], ids=[*ON_VALUES, *OVER_STEPS])
def test_what_is_told_above_can_be_left_out(draw: Callable[..., Axes]):
    ax = draw(NARROW, ax=fresh(), title=False, marks=False)
    assert not texts(ax)


@pytest.mark.parametrize("metric", ["health", "spread"])
def test_what_is_told_above_a_heatmap_can_be_left_out(metric: str):
    assert not texts(plot_heatmap(NARROW._of, metric, ax=fresh(), title=False))


@pytest.mark.parametrize("draw", ON_VALUES.values(), ids=ON_VALUES)
def test_values_that_differ_by_little_are_told_apart(draw: Callable[..., Axes]):
    ax = draw(series_of(1.0, 5e5), ax=fresh())
    ax.figure.canvas.draw()
    labels = [label.get_text() for label in ax.get_xticklabels()]
    assert len(set(labels)) == len(labels) >= 2
    ends = [label.get_window_extent() for label in ax.get_xticklabels()]
    assert not any(left.overlaps(right) for left, right in pairwise(ends))


@pytest.mark.parametrize(("scale", "centre"), [(3e-3, 2e-3), (1e-8, 0), (2e-6, 0), (1, 12_345), (0.2, 0)])
@pytest.mark.parametrize("width", [3, 4.7, 9])
def test_the_values_of_an_axis_stand_apart(scale: float, centre: float, width: float):
    ax = plot_histogram(series_of(scale, centre), ax=plt.subplots(figsize=(width, 3), layout="constrained")[1])
    ax.figure.draw_without_rendering()
    low, high = ax.get_xlim()
    shown = [tick.label1 for tick in ax.xaxis.get_major_ticks() if low <= tick.get_loc() <= high]
    boxes = [label.get_window_extent() for label in shown]
    assert len(boxes) > 1
    assert all(one.x1 + 4 < other.x0 for one, other in pairwise(boxes))

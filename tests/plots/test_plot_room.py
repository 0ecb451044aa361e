"""What stands around axes is not cut off, whoever made the figure."""

from __future__ import annotations

from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
import pytest
from drawn import diagnosis_of
from matplotlib.axes import Axes
from runs import RUN

from tensorboard_plugin_histdiag.plots import plot_distribution, plot_heatmap, plot_ridges

RNG = np.random.default_rng(5)
WIDER = [RNG.normal(0, 1 + n / 5, 400) for n in range(6)]
HELD = diagnosis_of(
    {
        "fc1/kernel": WIDER,
        "fc1/kernel_gradient": [values * (n < 3) for n, values in enumerate(WIDER)],
        "fc2/kernel_gradient": [np.array([np.nan, 1]) if n > 3 else np.ones(9) for n in range(6)],
        "fc2/mask": WIDER[:2],
    }
)[RUN]
TENSOR = HELD["fc1/kernel"]
DRAWN: dict[str, Callable[[Axes], Axes]] = {
    "overlay": lambda ax: plot_ridges(TENSOR, "overlay", ax=ax),
    "distribution": lambda ax: plot_distribution(TENSOR, ax=ax),
    "broken": lambda ax: plot_distribution(HELD["fc2/kernel_gradient"], ax=ax),
    "health": lambda ax: plot_heatmap(HELD, ax=ax),
    "heatmap": lambda ax: plot_heatmap(HELD, "spread", ax=ax),
}


@pytest.fixture(params=DRAWN.values(), ids=DRAWN)
def draw(request: pytest.FixtureRequest) -> Callable[[Axes], Axes]:
    return request.param


def cut_off(ax: Axes) -> list[object]:
    """Return what reaches out of the figure of the legend, and of the names of a heatmap's rows."""
    ax.figure.draw_without_rendering()
    names = [label for label in ax.get_yticklabels() if not label.get_text()[-1:].isdigit()]
    around = [*names, *([ax.get_legend()] if ax.get_legend() else [])]
    whole = ax.figure.bbox
    reaching = [(one, one.get_window_extent()) for one in around]
    return [one for one, box in reaching if box.x0 < 0 or box.y0 < 0 or box.x1 > whole.x1]


@pytest.mark.parametrize(("size", "rows"), [((6.4, 4.8), 1), ((6.4, 4.8), 2), ((10, 3), 1), ((10, 3), 2), ((3, 5), 1)])
@pytest.mark.parametrize("before", [False, True])
def test_nothing_is_cut_off_without_a_layout(
    draw: Callable[[Axes], Axes], size: tuple[float, float], rows: int, before: bool
):
    figure, axes = plt.subplots(rows, 2 if rows == 2 else 1, figsize=size, squeeze=False)
    if before:
        figure.tight_layout()
    ax = draw(axes[-1, 0])
    assert cut_off(ax) == []


def test_a_usual_figure_has_a_legend(draw: Callable[[Axes], Axes]):
    ax = draw(plt.figure().add_subplot())
    assert ax.get_legend()
    ax.figure.draw_without_rendering()
    name = ax.xaxis.label.get_window_extent()
    assert name.y0 > 0
    assert not ax.get_legend().get_window_extent().overlaps(name)


@pytest.mark.parametrize("width", [3, 4, 5, 7, 9])
def test_a_legend_keeps_clear_of_a_long_name_of_the_axis(width: float):
    growing = [RNG.normal(0, 10.0**n, 400) for n in range(-6, 5)]
    ax = plt.subplots(figsize=(width, 4), layout="constrained")[1]
    plot_ridges(diagnosis_of({"fc1/kernel": growing})[RUN]["fc1/kernel"], "overlay", ax=ax)
    assert "beyond this axis" in ax.get_xlabel()
    ax.figure.draw_without_rendering()
    assert not ax.get_legend().get_window_extent().overlaps(ax.xaxis.label.get_window_extent())


def test_a_layout_that_is_made_afterwards_reckons_with_all(draw: Callable[[Axes], Axes]):
    ax = draw(plt.figure().add_subplot())
    ax.figure.tight_layout()
    assert cut_off(ax) == []
    assert ax.get_in_layout()


def test_a_colorbar_is_as_high_as_its_axes():
    ax = plot_heatmap(HELD, "spread", ax=plt.subplots(2, 1, figsize=(4, 5))[1][1])
    ax.figure.draw_without_rendering()
    bar = ax.figure.axes[-1]
    assert ax.get_position().y0 > ax.get_position(original=True).y0
    assert bar.get_tightbbox().y0 == pytest.approx(ax.get_window_extent().y0, abs=8)


@pytest.mark.parametrize("later", [False, True])
def test_a_second_scale_stays_on_its_axes(later: bool):
    below = plt.figure().add_subplot()
    twin = None if later else below.twinx()
    plot_distribution(TENSOR, ax=below if later else twin)
    twin = twin or below.twinx()
    below.figure.draw_without_rendering()
    assert below.get_position().y0 > below.get_position(original=True).y0
    assert twin.get_position().bounds == below.get_position().bounds


def test_axes_that_need_no_room_stay_where_they_are(draw: Callable[[Axes], Axes]):
    ax = plt.figure().add_axes((0.3, 0.3, 0.5, 0.5))
    draw(ax)
    assert ax.get_axes_locator() is None


def test_axes_that_fill_their_figure_go_on_filling_it(draw: Callable[[Axes], Axes]):
    ax = draw(plt.figure().add_axes((0, 0, 1, 1)))
    assert ax.get_legend() is None
    assert (ax.get_position().x0, ax.get_position().y0) == (0, 0)


def test_a_larger_figure_has_the_room_itself(draw: Callable[[Axes], Axes]):
    ax = draw(plt.figure(figsize=(6, 4)).add_subplot())
    ax.figure.set_size_inches(18, 12)
    ax.figure.draw_without_rendering()
    assert ax.get_position().bounds == ax.get_position(original=True).bounds


def test_names_of_steps_are_kept_on_outer_axes_only():
    """As many do with shared axes, which look for the last row."""
    ax = plot_distribution(TENSOR, ax=plt.figure().add_subplot())
    ax.label_outer()
    assert ax.get_xlabel() == "step"

"""What holds for every picture."""

from __future__ import annotations

import io
import pickle
import subprocess
import sys
from collections.abc import Callable

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from drawn import colour, diagnosis_of, finding_on, mark
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from runs import exponential

from tensorboard_plugin_histdiag.api.run_diagnosis import RunDiagnosis
from tensorboard_plugin_histdiag.finding import MarkKind
from tensorboard_plugin_histdiag.plots import (
    plot,
    plot_distribution,
    plot_heatmap,
    plot_histogram,
    plot_metric,
    plot_ridges,
)
from tensorboard_plugin_histdiag.plots._axes import log_axis, shorten, step_text, step_ticks, value_text
from tensorboard_plugin_histdiag.plots._theme import theme_of

TAG = "fc1/kernel"
RNG = np.random.default_rng(5)
BELLS = [RNG.normal(0.1, 1 + n / 5, 500) for n in range(5)]
PICTURES: dict[str, Callable[..., Axes]] = {
    "histogram": lambda run, ax=None, **more: plot_histogram(run.series[0], ax=ax, **more),
    "ridges": lambda run, ax=None, **more: plot_ridges(run.series[0], ax=ax, **more),
    "overlay": lambda run, ax=None, **more: plot_ridges(run.series[0], "overlay", ax=ax, **more),
    "distribution": lambda run, ax=None, **more: plot_distribution(run.series[0], ax=ax, **more),
    "metric": lambda run, ax=None, **more: plot_metric(run.series[0], "mean", ax=ax, **more),
    "health": lambda run, ax=None, **more: plot_heatmap(run, ax=ax, **more),
    "heatmap": lambda run, ax=None, **more: plot_heatmap(run, "spread", ax=ax, **more),
}

HINT = """
import sys
sys.modules["matplotlib"] = None
import tensorboard_plugin_histdiag as histdiag
diagnosis = histdiag.diagnose_tensors({"fc1/kernel": range(9)})
run = diagnosis["tensors"]
tensor = run["fc1/kernel"]
calls = [
    run.plot,
    diagnosis.plot,
    lambda: histdiag.plot(run),
    lambda: histdiag.plot_heatmap(run),
    lambda: histdiag.plot_metric(tensor, "mean"),
    lambda: histdiag.plot_ridges(tensor),
    lambda: histdiag.plot_histogram(tensor),
    lambda: histdiag.plot_distribution(tensor),
]
for call in calls:
    try:
        call()
    except ModuleNotFoundError as error:
        print(error)
"""


@pytest.fixture(params=PICTURES.values(), ids=PICTURES)
def draw(request: pytest.FixtureRequest) -> Callable[..., Axes]:
    return request.param


def run_of(values: list[np.ndarray] = BELLS, tag: str = TAG, **how: object) -> RunDiagnosis:
    return next(iter(diagnosis_of({tag: values}, **how).values()))


def written(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.findobj(Text)]


def test_it_draws_on_the_axes_given(draw: Callable[..., Axes]):
    _, (first, second) = plt.subplots(1, 2)
    assert draw(run_of(), first) is first
    assert not second.has_data()
    assert plt.gca() is second


def test_on_axes_of_a_figure_without_pyplot_nothing_is_left_to_pyplot(draw: Callable[..., Axes]):
    figure = Figure(layout="constrained")
    draw(run_of(), figure.add_subplot())
    figure.savefig(io.BytesIO(), format="svg")
    assert not plt.get_fignums()


def test_the_legend_keeps_clear_of_the_name_of_the_axis(draw: Callable[..., Axes]):
    ax = draw(run_of(), plt.subplots(layout="constrained")[1])
    ax.figure.draw_without_rendering()
    legend = ax.get_legend()
    assert legend is None or not legend.get_window_extent().overlaps(ax.xaxis.label.get_window_extent())


def test_a_figure_can_be_kept_in_a_file(draw: Callable[..., Axes]):
    ax = draw(run_of(), plt.subplots(layout="constrained")[1])
    ax.figure.draw_without_rendering()
    kept = pickle.loads(pickle.dumps(ax.figure))
    kept.draw_without_rendering()
    for name in ("xticklabels", "yticklabels"):
        written = [[text.get_text() for text in plt.getp(one, name)] for one in (ax, kept.axes[0])]
        assert written[0] == written[1]


def test_without_axes_it_draws_on_the_current_ones(draw: Callable[..., Axes]):
    _, (first, second) = plt.subplots(1, 2)
    plt.sca(first)
    assert draw(run_of()) is first
    assert not second.has_data()


def test_without_any_axes_it_draws_on_new_ones_on_which_nothing_is_cut_off(draw: Callable[..., Axes]):
    ax = draw(run_of())
    assert plt.gcf() is ax.figure
    ax.figure.draw_without_rendering()
    box, whole = ax.get_tightbbox(), ax.figure.bbox
    assert -2 < box.x0 < box.x1 < whole.x1 + 2
    assert -2 < box.y0 < box.y1 < whole.y1 + 2


def test_it_leaves_the_settings_alone(draw: Callable[..., Axes]):
    before = matplotlib.rcParams.copy()
    draw(run_of()).figure.canvas.draw()
    assert matplotlib.rcParams == before


def test_sizes_of_letters_follow_the_settings(draw: Callable[..., Axes]):
    def largest(size: float) -> float:
        with plt.rc_context({"font.size": size}):
            return draw(run_of(), plt.figure().add_subplot()).title.get_fontsize()

    assert largest(20.0) == 2 * largest(10.0)


def test_text_and_marks_are_seen_on_any_ground(draw: Callable[..., Axes]):
    finding = finding_on(TAG, mark(MarkKind.STEP_RANGE, TAG, first_step=10, last_step=30, label="here"))
    for style, light in (("default", True), ("dark_background", False), ("ggplot", True)):
        with plt.style.context(style):
            ax = draw(run_of(), plt.figure().add_subplot(), finding=finding)
            theme = theme_of(ax)
            assert (sum(to_rgb(theme.ground)) > 1.5) is light
            for text in (text for text in ax.texts if text.get_text()):
                ink = sum(to_rgb(text.get_color()))
                assert abs(ink - sum(to_rgb(theme.ground))) > 0.75, text


def test_the_ground_is_that_of_the_figure_where_the_axes_have_none():
    ax = plt.figure(facecolor="#202020").add_subplot(facecolor="none")
    assert theme_of(ax).ground == "#202020"
    ax.figure.set_facecolor((1, 1, 1, 0))
    assert theme_of(ax).ground == "#ffffff"


def test_names_mean_nothing_but_themselves(draw: Callable[..., Axes]):
    tag = "_$fc^{1}$/\\frac{kernel}\n\x1b[2J_"
    run = run_of(tag=tag, run="$r_1$")
    ax = draw(run, finding=finding_on(tag, mark(MarkKind.STEP, tag, first_step=10, label="$x_1$"), summary="$ and $ _"))
    ax.figure.canvas.draw()
    names = [text for text in ax.findobj(Text) if "$" in text.get_text()]
    assert names
    assert all(not text.get_parse_math() and not text.get_usetex() for text in names)
    assert not any("\n\x1b" in text or "\x1b" in text for text in written(ax))


def test_a_story_of_such_names_can_be_drawn():
    tag = "_$fc^{1}$/kernel"
    plot(run_of([BELLS[0]] * 30, tag=tag, run="$r_1$")).canvas.draw()


EXTREMES = {
    "tiny": [value * 1e-300 for value in BELLS],
    "small": [value * 1e-38 for value in BELLS],
    "large": [value * 1e37 for value in BELLS],
    "huge": [value * 1e300 for value in BELLS],
    "far from 0": [value * 1e-9 + 1e6 for value in BELLS],
    "constant": [np.full(9, 0.25)] * 5,
    "zero": [np.zeros(9)] * 5,
    "one record": BELLS[:1],
    "one value": [np.array([n]) for n in range(5)],
    "empty": [np.empty(0)] * 3,
    "never finite": [np.array([np.nan])] * 3,
    "finite at last": [np.array([np.nan]), *BELLS[:2]],
    "empty between": [BELLS[0], np.empty(0), BELLS[1]],
}


@pytest.mark.parametrize("values", EXTREMES.values(), ids=EXTREMES)
def test_whatever_is_logged_is_drawn_without_a_warning(values: list[np.ndarray]):
    """The story draws the heatmap, ridges and a metric."""
    run = run_of(values)
    plot(run, figure=Figure((12, 8), layout="constrained")).draw_without_rendering()
    figure, axes = plt.subplots(2, 2, dpi=50)
    for name, ax in zip(("histogram", "overlay", "distribution", "heatmap"), axes.flat, strict=True):
        PICTURES[name](run, ax)
    figure.canvas.draw()


def test_uneven_buckets_are_drawn_without_a_warning(draw: Callable[..., Axes]):
    draw(run_of(buckets=exponential)).figure.canvas.draw()


def test_a_colour_of_ones_own_is_used():
    ax = plot_metric(run_of()[TAG], "mean", color="#aa0000")
    assert colour(ax.lines[0], lambda line: line.get_color()) == "#aa0000"


def test_what_cannot_be_drawn_is_told():
    run = run_of()
    for draw in (plot_histogram, plot_ridges, plot_distribution, lambda what: plot_metric(what, "mean")):
        for other in (run, run.diagnosis):
            with pytest.raises(TypeError, match=r"^This draws one tensor, diagnosis\['run'\]\['tag'\], and not a "):
                draw(other)
    for other in (run[TAG], run.diagnosis):
        with pytest.raises(TypeError, match=r"^This draws one run, diagnosis\['run'\], and not a "):
            plot_heatmap(other)
    for other in (run[TAG], "logs", None):
        with pytest.raises(TypeError, match=r"^This draws a diagnosis, or one run of it, and not a "):
            plot(other)
    assert not plt.get_fignums()


def test_several_axes_are_told(draw: Callable[..., Axes]):
    for wrong in (plt.subplots(1, 2)[1], plt.figure()):
        with pytest.raises(TypeError, match="ax has to be one Axes, and not a "):
            draw(run_of(), wrong)


def test_without_matplotlib_it_is_said_what_to_install():
    done = subprocess.run([sys.executable, "-c", HINT], capture_output=True, text=True, check=True)
    hint = 'matplotlib is needed for this: pip install "tensorboard-plugin-histdiag[plots]"'
    assert done.stdout.splitlines() == [hint] * 8


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.001, "0.001"),
        (0.00025, "2.5e−4"),
        (-3e-8, "−3e−8"),
        (9999.0, "9999"),
        (1e4, "1e4"),
        (1 / 3, "0.3333"),
    ],
)
def test_values_are_written_as_in_the_tab(value: float, text: str):
    assert value_text(value) == text


@pytest.mark.parametrize("decades", [0.5, 0.7, 0.85, 1.0, 1.1, 1.5, 2.1, 4.0])
@pytest.mark.parametrize("low", [0.1, 0.15, 0.27, 0.6])
def test_a_logarithmic_axis_has_values_all_along(decades: float, low: float):
    ax = plt.figure(figsize=(4, 2.5)).add_subplot()
    high = low * 10**decades
    ax.set_yscale("log")
    ax.set_ylim(low, high)
    log_axis(ax.yaxis, low, high)
    inside = [tick for tick in ax.get_yticks() if low <= tick <= high]
    assert np.diff(np.log10([low, *inside, high])).max() <= 0.51 * decades


def test_steps_are_written_with_their_thousands():
    assert [step_text(step) for step in (0, 12_000, -5, 1_500_000, 2e9)] == ["0", "12,000", "-5", "1.5M", "2G"]


@pytest.mark.parametrize(("first", "last"), [(0, 500), (0, 5), (17, 91_234), (-5, 5), (1e9, 1e9 + 100)])
def test_step_ticks_have_both_ends_and_keep_apart(first: float, last: float):
    ticks = step_ticks(first, last, 5)
    assert (ticks[0], ticks[-1]) == (first, last)
    assert np.diff(ticks).min() > 0.1 * (last - first)
    assert all(tick == round(tick) for tick in ticks)


@pytest.mark.parametrize("width", range(8, 40))
def test_shortened_names_have_their_width_and_both_ends(width: int):
    name = "encoder/layer_11/attention/output/dense/kernel"
    short = shorten(name, width)
    assert len(short) == width
    assert (short[0], short[-1]) == (name[0], name[-1])

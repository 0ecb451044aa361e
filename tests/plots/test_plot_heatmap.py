"""All tensors of a run over the steps."""

from __future__ import annotations

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest
from drawn import boxes, colour, diagnosis_of, finding_on, fresh, span
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import LogNorm, SymLogNorm, to_rgb
from matplotlib.patches import Rectangle
from runs import RUN

from tensorboard_plugin_histdiag.api.run_diagnosis import RunDiagnosis
from tensorboard_plugin_histdiag.finding import Severity
from tensorboard_plugin_histdiag.plots import plot_heatmap
from tensorboard_plugin_histdiag.plots._cells import CODE, column_edges, health_codes, records_at

RNG = np.random.default_rng(5)
BROKEN = np.array([np.nan])


def walk(records: int = 6, size: int = 400) -> list[np.ndarray]:
    start = RNG.normal(0, 0.1, size)
    return [start * (1 + 0.1 * n) + RNG.normal(0, 0.02, size) for n in range(records)]


def run_of(layers: int = 3, *findings: object, records: int = 6, **others: object) -> RunDiagnosis:
    """Make a run in which nothing is found but what is given."""
    tensors = {f"fc{n}/{part}": walk(records) for n in range(1, layers + 1) for part in ("kernel", "bias")}
    run = diagnosis_of({**tensors, **others})[RUN]
    run.__dict__["findings"] = findings
    return run


def labels(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.get_yticklabels()]


def key(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


def mesh(ax: Axes) -> QuadMesh:
    return next(each for each in ax.collections if isinstance(each, QuadMesh))


def cells(ax: Axes) -> np.ma.MaskedArray:
    return mesh(ax).get_array().reshape(mesh(ax).get_coordinates().shape[0] - 1, -1)


def test_rows_are_tensors_by_layer_weights_before_biases():
    assert labels(plot_heatmap(run_of(2))) == ["fc1 · weight", "bias", "fc2 · weight", "bias"]


def test_a_layer_of_one_tensor_has_one_name():
    run = diagnosis_of({"fc1/kernel": walk(), "fc2/kernel": walk()})[RUN]
    assert labels(plot_heatmap(run)) == ["fc1 · weight", "fc2 · weight"]


def test_a_layer_without_a_name_is_not_named():
    assert labels(plot_heatmap(diagnosis_of({"weights": walk()})[RUN])) == ["weight"]


def test_a_run_without_a_name_is_not_named():
    run = diagnosis_of({"fc1/kernel": walk()}, run=".")["."]
    assert plot_heatmap(run, ax=fresh()).get_title(loc="left") == "Network health"
    assert plot_heatmap(run, "spread", ax=fresh()).get_title(loc="left") == "Spread (std)"


def test_what_is_told_stays_within_the_figure_however_long_the_names_of_rows():
    figure, ax = plt.subplots(figsize=(4, 3), layout="constrained")
    plot_heatmap(diagnosis_of({f"a_rather_long_name_of_a_layer_{n}/kernel": walk() for n in range(3)})[RUN], ax=ax)
    figure.draw_without_rendering()
    assert all(text.get_window_extent().x1 < figure.bbox.x1 + 2 for text in (*ax.texts, ax._left_title))


def test_a_healthy_run_is_clear_throughout():
    ax = plot_heatmap(run_of())
    assert key(ax) == ["clear"]
    assert len(boxes(ax, "clear")) == 6
    assert {(left, right) for left, right, _, _ in boxes(ax, "clear")} == {ax.get_xlim()}


@pytest.mark.parametrize("severity", Severity)
def test_a_finding_colours_its_cells(severity: Severity):
    word = "note" if severity is Severity.INFO else severity.value
    finding = finding_on("fc2/kernel", severity=severity, spans=(span("fc2/kernel", 20, 30, severity),))
    ax = plot_heatmap(run_of(3, finding))
    ((left, right, top, bottom),) = boxes(ax, word)
    assert (left, right) == (15, 35)
    assert 2 < (top + bottom) / 2 < 4
    assert bottom - top == pytest.approx(0.5 if severity is Severity.INFO else 1)
    assert key(ax) == [word, "clear"]


def test_severities_are_told_from_each_other_in_grey():
    findings = [
        finding_on(f"fc{n}/kernel", severity=severity, spans=(span(f"fc{n}/kernel", 0, 50, severity),))
        for n, severity in enumerate(Severity, 1)
    ]
    ax = plot_heatmap(run_of(3, *findings))
    shade = {}
    for name in ("error", "warning", "note", "clear"):
        (first, *_) = [each for each in ax.collections if each.get_label() == name]
        shade[name] = np.dot(to_rgb(colour(first)), [0.299, 0.587, 0.114])
    assert shade["error"] + 0.1 < shade["warning"] < shade["clear"] - 0.3
    assert shade["note"] < shade["clear"] - 0.3


def test_the_worst_severity_of_each_layer_stands_beside_it():
    findings = [
        finding_on("fc1/kernel", severity=Severity.ERROR),
        finding_on("fc1/bias"),
        finding_on("fc3/bias"),
    ]
    ax = plot_heatmap(run_of(3, *findings))
    signs = {each.get_marker(): list(each.get_ydata()) for each in ax.lines}
    assert list(signs) == ["^", "X"]
    assert signs["X"] == [1.0]
    assert len(signs["^"]) == 1
    assert signs["^"][0] > 4


def test_the_worst_of_several_findings_wins_a_cell():
    step = np.arange(0, 60, 10)
    spans = [span("t", 0, 30, Severity.ERROR), span("t", 20, 50, Severity.INFO)]
    words = {code: word for word, code in CODE.items()}
    found = [words[code] for code in health_codes(step, spans, judged=True)]
    assert found == ["error"] * 4 + ["info"] * 2


def test_cells_that_were_not_finite_have_crosses():
    ax = plot_heatmap(run_of(2, **{"fc3/kernel": [*walk(4), BROKEN, BROKEN]}))
    assert boxes(ax, "not finite")[0][:2] == (35, 55)
    (crosses,) = [
        each
        for each in ax.collections
        if len(each.get_offsets()) and len(each.get_paths()) == 1 and each.get_sizes().size
    ]
    assert ((crosses.get_offsets()[:, 0] > 35) & (crosses.get_offsets()[:, 0] < 55)).all()
    assert "not finite" in key(ax)


def test_what_no_rule_could_judge_is_dotted_and_what_was_not_logged_is_hatched():
    ax = plot_heatmap(run_of(2, **{"fc3/kernel": walk(1), "odd": walk(2)}))
    hatches = {each.get_label(): each.get_hatch() for each in ax.collections if each.get_hatch()}
    assert hatches["no data"] == "/////"
    assert set(key(ax)) >= {"clear", "no data"}
    left = min(box[0] for box in boxes(ax, "no data"))
    assert 0 < left < 20


def test_the_cells_of_a_finding_are_outlined_together():
    spans = (span("fc2/kernel", 20, 30), span("fc2/bias", 20, 30))
    finding = finding_on("fc2/kernel", spans=spans)
    ax = plot_heatmap(run_of(3, finding), finding=finding)
    (outline,) = [each for each in ax.patches if isinstance(each, Rectangle)]
    assert (outline.get_x(), outline.get_x() + outline.get_width()) == (15, 35)
    assert outline.get_height() == 2


def test_a_metric_is_drawn_with_its_values_and_a_colour_bar():
    run = run_of(2)
    ax = plot_heatmap(run, "spread")
    values = cells(ax)
    assert isinstance(mesh(ax).norm, LogNorm)
    np.testing.assert_allclose(values[0], run["fc1/kernel"]["spread"].value)
    np.testing.assert_allclose(values[-1], run["fc2/bias"]["spread"].value)
    assert len(ax.figure.axes) == 2


def test_the_colour_bar_can_be_left_out():
    ax = plot_heatmap(run_of(2), "spread", colorbar=False)
    assert len(ax.figure.axes) == 1


def test_a_metric_with_a_sign_has_white_at_zero():
    ax = plot_heatmap(run_of(2), "mean")
    norm = mesh(ax).norm
    assert norm.vmin == -norm.vmax
    assert colour(mesh(ax), lambda each: each.cmap(0.5)) in ("#f7f7f7", "#f7f6f6", "#f7f7f6", "#f6f7f7")


def test_tensors_of_very_different_size_are_seen_side_by_side():
    run = diagnosis_of({f"fc{n}/kernel": [10.0 ** (-3 * n) * value for value in walk()] for n in range(3)})[RUN]
    norm = mesh(plot_heatmap(run, "mean", symlog=True, ax=fresh())).norm
    assert isinstance(norm, SymLogNorm)
    assert norm.vmin == -norm.vmax
    smallest, largest = (np.abs(run[f"fc{n}/kernel"]["mean"].value).max() for n in (2, 0))
    assert norm(smallest) - 0.5 > 100 * smallest / largest
    assert isinstance(mesh(plot_heatmap(run, "spread", symlog=True, ax=fresh())).norm, LogNorm)


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_without_any_size_a_heatmap_of_sizes_can_be_drawn(value: float):
    run = diagnosis_of({"fc1/kernel": [np.full(9, value)] * 3})[RUN]
    plot_heatmap(run, "mean", symlog=True).figure.canvas.draw()


def test_one_spike_does_not_drown_a_linear_scale():
    run = run_of(9, records=30, **{"fx/kernel": [*walk(29), RNG.normal(1e6, 1, 400)]})
    ax = plot_heatmap(run, "mean")
    assert mesh(ax).norm.vmax < 1e5


def test_what_a_metric_cannot_say_is_dotted():
    run = run_of(1, **{"fc2/kernel": [np.zeros(50), *walk(5)]})
    assert "not applicable" in key(plot_heatmap(run, "drift"))


def test_many_layers_have_labels_that_do_not_touch_and_name_the_sick_ones():
    tag = "fc77/kernel"
    run = run_of(200, finding_on(tag, severity=Severity.ERROR, spans=(span(tag, 20, 30, Severity.ERROR),)), records=3)
    ax = plot_heatmap(run)
    ax.figure.canvas.draw()
    renderer = ax.figure.canvas.get_renderer()
    places = sorted(text.get_window_extent(renderer).extents[[1, 3]].tolist() for text in ax.get_yticklabels())
    assert 10 < len(places) < 60
    assert all(above[0] >= below[1] - 2 for below, above in pairwise(places))
    assert "fc77" in labels(ax)
    ((_, _, top, bottom),) = boxes(ax, "error")
    assert (bottom - top) / (ax.get_ylim()[0]) * ax.get_window_extent().height > 2


def test_long_names_lose_what_all_have_and_their_middle():
    tensors = {f"model/encoder/block_{n}/a_rather_long_name_of_attention/kernel": walk() for n in range(3)}
    ax = plot_heatmap(diagnosis_of(tensors)[RUN])
    assert all(f"block_{n}" in label for n, label in enumerate(labels(ax)))
    assert all(len(label) < 40 for label in labels(ax))


def test_more_steps_than_columns_are_sampled():
    edges = column_edges([np.arange(5000)])
    assert len(edges) == 601
    assert (edges[0], edges[-1]) == (-0.5, 4999.5)


def test_columns_meet_half_way_between_steps():
    assert column_edges([np.array([0, 10, 40])]).tolist() == [-5, 5, 25, 55]


def test_a_hole_in_the_log_stays_open_and_a_slow_stretch_does_not():
    step = np.array([0, 10, 20, 30, 200, 210, 250])
    places = np.array([14.0, 34.0, 36.0, 100.0, 194.0, 196.0, 229.0, 231.0])
    assert records_at(step, places, 10.0).tolist() == [1, 3, -1, -1, -1, 4, 5, 6]


def test_an_unknown_metric_is_an_error():
    with pytest.raises(ValueError, match="'health' or the name of a metric, not 'helth'"):
        plot_heatmap(run_of(1), "helth", ax=fresh())

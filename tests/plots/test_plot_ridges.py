"""Histograms over the steps."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import colour, diagnosis_of, finding_on, fresh, levels, mark, span, texts, uprights, washes
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgb
from runs import RUN

from tensorboard_plugin_histdiag.api.run_diagnosis import SeriesDiagnosis
from tensorboard_plugin_histdiag.finding import MarkKind, Severity
from tensorboard_plugin_histdiag.plots import plot_ridges
from tensorboard_plugin_histdiag.plots._axes import signed
from tensorboard_plugin_histdiag.plots._bins import edges_of, joint_domain, rebin

TAG = "fc1/kernel"
RNG = np.random.default_rng(5)
BELLS = [RNG.normal(0, 1 + n / 5, 800) for n in range(6)]
BROKEN = np.array([np.nan])


def series_of(*values: np.ndarray, **how: object) -> SeriesDiagnosis:
    return diagnosis_of({TAG: values or BELLS}, **how)[RUN][TAG]


def ridges(ax: Axes) -> list[PolyCollection]:
    return [each for each in ax.collections if isinstance(each, PolyCollection)]


def tops(ridge: PolyCollection) -> np.ndarray:
    """The places that a ridge's curve goes through."""
    points = ridge.get_paths()[0].vertices
    return points[points[:, 1] < points[:, 1].max() - 1e-9]


def brightness(hexadecimal: str) -> float:
    return sum(to_rgb(hexadecimal))


def test_each_record_has_a_ridge_on_its_step():
    ax = plot_ridges(series_of())
    assert [each.get_paths()[0].vertices[:, 1].max() for each in ridges(ax)] == [0, 10, 20, 30, 40, 50]


def test_heights_are_the_stock_bins_with_the_highest_over_two_thirds_of_the_steps():
    series = series_of()
    batch = series.histograms()
    counts = rebin(batch, edges_of(joint_domain(batch)))
    for row, ridge in zip(counts, ridges(plot_ridges(series, fit=False)), strict=True):
        curve = tops(ridge)
        base = ridge.get_paths()[0].vertices[:, 1].max()
        np.testing.assert_allclose(np.sort(base - curve[:, 1])[-5:], np.sort(row / counts.max() * 50 * 2 / 3)[-5:])


def test_the_newest_step_is_below_and_in_front_and_darkest():
    ax = plot_ridges(series_of())
    bottom, top = ax.get_ylim()
    assert bottom > 50 > 0 > top
    shades = [brightness(colour(each)) for each in ridges(ax)]
    assert shades == sorted(shades, reverse=True)
    assert shades[0] > shades[-1]


def test_the_step_axis_names_both_ends():
    ax = plot_ridges(series_of())
    assert {0, 50} <= set(ax.get_yticks())
    assert ax.get_ylabel() == "step"
    assert ax.yaxis.get_ticks_position() == "right"


def test_the_value_axis_is_that_of_all_steps():
    series = series_of()
    assert plot_ridges(series, fit=False).get_xlim() == pytest.approx(joint_domain(series.histograms()))


def test_thin_tails_are_left_out_and_that_is_said():
    series = series_of(*[np.append(values, 50.0) for values in BELLS])
    fitted, full = plot_ridges(series, ax=fresh()), plot_ridges(series, fit=False, ax=fresh())
    assert fitted.get_xlabel() == "value (0.3 % lie beyond this axis)"
    assert full.get_xlim()[1] == 50


def test_overlay_puts_all_on_one_line_and_names_the_first_and_the_last():
    series = series_of()
    ax = plot_ridges(series, "overlay")
    batch = series.histograms()
    assert len(ax.lines) == 6
    np.testing.assert_allclose(ax.lines[-1].get_ydata(), rebin(batch, edges_of(ax.get_xlim()))[-1])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["step 0", "step 50"]


def test_many_records_are_thinned_with_both_ends_kept():
    ax = plot_ridges(series_of(*[BELLS[0]] * 90))
    assert len(ridges(ax)) == 51
    assert ridges(ax)[-1].get_paths()[0].vertices[:, 1].max() == 890
    assert len(ridges(plot_ridges(series_of(*[BELLS[0]] * 90), steps=4, ax=fresh()))) == 4


def test_a_step_range_is_shaded_bracketed_and_named():
    finding = finding_on(TAG, mark(MarkKind.STEP_RANGE, TAG, first_step=20, last_step=40, label="here"))
    ax = plot_ridges(series_of(), finding=finding)
    (bracket,) = [line for line in ax.lines if len(line.get_xdata()) == 4]
    assert list(bracket.get_ydata()) == [20, 20, 40, 40]
    ((*_, first, last),) = washes(ax)
    assert sorted((first, last)) == [20, 40]
    assert "here" in texts(ax)


def test_steps_of_the_finding_are_in_full_colour_and_others_paler():
    finding = finding_on(TAG, spans=(span(TAG, 20, 30),))
    marked = [colour(each) for each in ridges(plot_ridges(series_of(), finding=finding))]
    plain = [colour(each) for each in ridges(plot_ridges(series_of(), marks=False, ax=fresh()))]
    assert [mine == full for mine, full in zip(marked, plain, strict=True)] == [False, False, True, True, False, False]
    assert all(brightness(mine) >= brightness(full) for mine, full in zip(marked, plain, strict=True))


def test_a_step_is_a_line_and_a_value_is_an_upright():
    finding = finding_on(
        TAG,
        mark(MarkKind.STEP, TAG, first_step=30, label="jump"),
        mark(MarkKind.VALUE, TAG, low=0.0, high=0.0, label="zero"),
        mark(MarkKind.VALUE_RANGE, TAG, low=-1.0, high=1.0, label="limits"),
        mark(MarkKind.NOTE, TAG, label="a note"),
    )
    ax = plot_ridges(series_of(), finding=finding)
    assert levels(ax) == [30]
    assert sorted(uprights(ax, ":")) == [-1, 0, 1]
    assert {"jump", "zero", "limits", "a note"} <= set(texts(ax))


def test_a_value_beyond_the_axis_is_told_with_its_direction():
    far = [mark(MarkKind.VALUE, TAG, low=low, label="far") for low in (-999.0, 999.0)]
    ax = plot_ridges(series_of(), finding=finding_on(TAG, *far), fit=False)
    assert not uprights(ax, ":")
    assert {"← far", "far →"} <= set(texts(ax))


def test_labels_do_not_lie_on_each_other():
    marks = [mark(MarkKind.VALUE, TAG, low=n / 100, label=f"a long label {n}") for n in range(4)]
    ax = plot_ridges(series_of(), finding=finding_on(TAG, *marks))
    renderer = ax.figure.canvas.get_renderer()
    found = [text.get_window_extent(renderer) for text in ax.texts if text.get_text().startswith("a long")]
    assert len(found) == 4
    assert not any(a.overlaps(b) for i, a in enumerate(found) for b in found[:i])


def test_marks_of_another_tensor_are_left_out():
    ax = plot_ridges(series_of(), finding=finding_on(TAG, mark(MarkKind.VALUE, "other", low=0.0, label="not here")))
    assert not uprights(ax)
    assert "not here" not in texts(ax)


def test_the_tensors_own_finding_is_drawn_when_none_is_given():
    series = series_of(*[BELLS[0]] * 30)
    found = series.findings[0]
    ax = plot_ridges(series)
    assert found.rule == "frozen-weights"
    assert any(found.title in text for text in texts(ax))
    assert not any(found.title in text for text in texts(plot_ridges(series, marks=False, ax=fresh())))


def test_steps_that_were_not_finite_are_a_band():
    ax = plot_ridges(series_of(*BELLS[:3], BROKEN, BROKEN, BELLS[3]), marks=False)
    assert len(ridges(ax)) == 4
    ((*_, first, last),) = washes(ax)
    assert sorted((first, last)) == [25, 45]
    assert "not finite at 30 to 40" in texts(ax)


def test_each_stretch_that_was_not_finite_is_named_unless_a_mark_is_in_it():
    values = [BELLS[0], BROKEN, BELLS[1], BROKEN, BROKEN, BELLS[2]]
    finding = finding_on(TAG, mark(MarkKind.STEP, TAG, first_step=10, last_step=10, label="broken"))
    told = texts(plot_ridges(series_of(*values), finding=finding))
    assert "broken" in told
    assert [text for text in told if text.startswith("not finite")] == ["not finite at 30 to 40"]


@pytest.mark.parametrize("mode", ["offset", "overlay"])
def test_many_stretches_that_were_not_finite_are_counted(mode: str):
    told = texts(plot_ridges(series_of(*[BELLS[0], BROKEN] * 4), mode, marks=False))
    assert "4 of 8 steps not finite" in told
    assert not any(text.startswith("not finite") for text in told)


def test_a_step_that_is_marked_is_drawn_however_few_are():
    finding = finding_on(TAG, mark(MarkKind.STEP, TAG, first_step=130, last_step=130, label="jump"))
    ax = plot_ridges(series_of(*[BELLS[0]] * 90), finding=finding, steps=4)
    assert levels(ax) == [130]
    assert len(ridges(ax)) == 5


def test_a_note_about_a_step_stands_beside_it():
    ax = plot_ridges(series_of(), finding=finding_on(TAG, mark(MarkKind.NOTE, TAG, first_step=30, label="here")))
    (note,) = [text for text in ax.texts if text.get_text() == "here"]
    assert note.xy[1] == 30


def test_a_title_names_the_tensor_and_what_was_found():
    ax = plot_ridges(series_of(), finding=finding_on(TAG, severity=Severity.ERROR))
    assert ax.get_title(loc="left") == TAG
    assert "Error: Made up. It is 3" in texts(ax)


def test_without_findings_the_reading_is_told():
    series = series_of()
    told = [text for text in texts(plot_ridges(series, marks=False)) if text != TAG]
    assert " ".join(told[0].split()).removesuffix(" …") in signed(series.reading.text)


@pytest.mark.parametrize("values", [[BELLS[0]], [np.full(9, 3.0)] * 3, [BROKEN] * 3, [np.empty(0)]], ids=len)
@pytest.mark.parametrize("mode", ["offset", "overlay"])
def test_it_draws_whatever_was_logged(values: list[np.ndarray], mode: str):
    plot_ridges(series_of(*values), mode).figure.canvas.draw()


def test_another_mode_is_an_error():
    with pytest.raises(ValueError, match="'offset' or 'overlay', not 'joy'"):
        plot_ridges(series_of(), "joy")


def test_a_colour_of_ones_own_is_that_of_the_newest():
    assert colour(ridges(plot_ridges(series_of(), color="#aa0000", marks=False))[-1]) == "#aa0000"

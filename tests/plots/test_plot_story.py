"""The figure that tells the story of a run."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from drawn import diagnosis_of, evidence, finding_on, levels, mark, texts, uprights
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from runs import RUN, scalar

from tensorboard_plugin_histdiag.api.run_diagnosis import RunDiagnosis
from tensorboard_plugin_histdiag.finding import Finding, MarkKind, Severity
from tensorboard_plugin_histdiag.plots import plot
from tensorboard_plugin_histdiag.plots.story import judged_by, leading, subject

RNG = np.random.default_rng(5)


def walk(records: int = 6) -> list[np.ndarray]:
    start = RNG.normal(0, 0.1, 400)
    return [start * (1 + 0.1 * n) + RNG.normal(0, 0.02, 400) for n in range(records)]


TENSORS = {"fc1/kernel": walk(), "fc1/bias": walk(), "fc2/kernel": walk()}
LOSS = scalar("loss", [2.0, 1.5, 1.0, 0.7, 0.5, 0.4])


MADE = {loss: diagnosis_of(TENSORS, *[LOSS] * loss) for loss in (True, False)}


def run_of(*findings: Finding, loss: bool = True) -> RunDiagnosis:
    """Make a run in which nothing is found but what is given."""
    run = RunDiagnosis(MADE[loss], MADE[loss][RUN].entry)
    run.__dict__["findings"] = findings
    run.__dict__["groups"] = ()
    return run


def on_spread(tag: str, threshold: float = 0.15) -> Finding:
    marks = mark(MarkKind.STEP_RANGE, tag, first_step=20, last_step=50, label="from step 20")
    value = float(run_of()[tag]["spread"].value[2])
    return finding_on(tag, marks, severity=Severity.ERROR, evidence=(evidence(tag, "spread", value, threshold),))


def titles(figure: Figure) -> list[str]:
    return [ax.get_title(loc="left") for ax in figure.axes if ax.get_title(loc="left")]


def titled(figure: Figure, title: str) -> Axes:
    return next(ax for ax in figure.axes if ax.get_title(loc="left") == title)


def said(figure: Figure) -> str:
    (panel,) = [ax for ax in figure.axes if not ax.axison]
    return " ".join(" ".join(texts(panel)).split())


def test_it_shows_where_what_how_much_and_the_loss():
    figure = plot(run_of(on_spread("fc2/kernel")))
    assert titles(figure) == ["Network health: run", "fc2/kernel", "Spread (std)", "Loss"]


def test_its_title_is_the_verdict():
    run = diagnosis_of({"fc1/kernel": [TENSORS["fc1/kernel"][0]] * 30})
    assert plot(run[RUN]).get_suptitle() == "1 note on 1 of 1 tensor, steps 0 to 290."
    assert plot(run).get_suptitle() == "1 note on 1 of 1 tensor in 1 run."


def test_marks_and_thresholds_of_the_leading_finding_are_drawn():
    figure = plot(run_of(on_spread("fc2/kernel")))
    assert "from step 20" in texts(titled(figure, "fc2/kernel"))
    assert levels(titled(figure, "Spread (std)"), "--") == [0.15]


def test_its_words_are_the_findings():
    figure = plot(run_of(on_spread("fc2/kernel")))
    for words in ("Error: Made up", "It is 3 throughout.", "over the threshold of 0.15", "What to try", "1", "Try 2."):
        assert words in said(figure)


def test_other_findings_are_named():
    assert "Also found: Another" in said(plot(run_of(on_spread("fc2/kernel"), finding_on("fc1/bias", title="Another"))))


def test_of_a_healthy_run_it_says_what_was_checked():
    run = run_of()
    figure = plot(run)
    assert titles(figure)[1:3] == ["fc1/kernel", "Spread (std)"]
    assert "What was checked" in said(figure)
    assert "looked at every record of this run and found nothing" in said(figure)
    assert "Not logged, so not checked: gradients and activations." in said(figure)


def test_without_a_loss_there_is_none():
    assert "Loss" not in titles(plot(run_of(loss=False)))


def test_a_finding_about_the_loss_alone_shows_the_loss():
    figure = plot(run_of(finding_on("loss", title="The loss does not fall")))
    assert titles(figure) == ["Network health: run", "Loss"]
    assert "The loss does not fall" in said(figure)


def test_a_run_without_tensors_has_its_verdict():
    empty = diagnosis_of({})
    assert plot(empty).get_suptitle() == "No rule could judge 0 tensors in 0 runs."


def test_the_run_with_the_worst_finding_is_shown():
    diagnosis = diagnosis_of({"fc1/kernel": [TENSORS["fc1/kernel"][0]] * 30})
    assert plot(diagnosis).axes[0].get_title(loc="left") == "Network health: run"


def test_the_leading_finding_is_the_first_of_the_first_group():
    diagnosis = diagnosis_of({"fc1/kernel": [TENSORS["fc1/kernel"][0]] * 30})
    assert leading(diagnosis[RUN]).fingerprint == diagnosis.report.groups[0].fingerprints[0]
    assert leading(run_of()) is None


def test_a_tensor_with_marks_is_shown_rather_than_the_first():
    run = run_of()
    finding = finding_on("fc1/kernel", mark(MarkKind.NOTE, "fc2/kernel"), tags=("fc1/kernel", "fc2/kernel"))
    assert subject(run, finding).tag == "fc2/kernel"


def test_a_tensor_whose_line_has_a_threshold_is_shown_rather_than_the_first():
    run = run_of()
    marks = [mark(MarkKind.NOTE, tag) for tag in ("fc1/kernel", "fc2/kernel")]
    row = evidence("fc2/kernel", "spread", float(run["fc2/kernel"]["spread"].value[0]), 0.1)
    finding = finding_on("fc1/kernel", *marks, tags=("fc1/kernel", "fc2/kernel"), evidence=(row,))
    assert subject(run, finding).tag == "fc2/kernel"
    assert judged_by(finding, run["fc1/kernel"]) == "spread"


def test_it_draws_on_the_figure_given():
    figure = Figure(figsize=(8, 6), layout="constrained")
    assert plot(run_of(), figure=figure) is figure
    assert not plt.get_fignums()


def test_it_draws_on_a_part_of_a_figure():
    whole = Figure(figsize=(16, 6), layout="constrained")
    part, other = whole.subfigures(1, 2)
    assert plot(run_of(), figure=part) is part
    assert part.axes
    assert not other.axes


def test_a_figure_of_its_own_is_one_that_pyplot_shows():
    plot(run_of())
    assert len(plt.get_fignums()) == 1


def test_in_a_notebook_it_is_shown_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("matplotlib.pyplot.get_backend", lambda: "module://matplotlib_inline.backend_inline")
    assert isinstance(plot(run_of()), Figure)
    assert not plt.get_fignums()


@pytest.mark.parametrize("size", [(5, 4), (8, 5), (16, 12)], ids=str)
def test_words_stay_within_their_place(size: tuple[int, int]):
    long = " ".join(["a rather long explanation of what was found"] * 20)
    figure = Figure(figsize=size, layout="constrained")
    finding = finding_on("fc2/kernel", explanation=long, advice=(long, long))
    plot(run_of(finding), figure=figure)
    figure.draw_without_rendering()
    (panel,) = [ax for ax in figure.axes if not ax.axison]
    assert panel.texts
    assert min(text.get_window_extent().y0 for text in panel.texts) > -2


def test_the_uprights_of_values_stand_in_the_ridges():
    finding = finding_on("fc2/kernel", mark(MarkKind.VALUE, "fc2/kernel", low=0.0, label="0"))
    assert uprights(titled(plot(run_of(finding)), "fc2/kernel")) == [0]

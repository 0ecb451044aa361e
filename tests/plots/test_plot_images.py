"""Few pictures, without their letters, compared with those kept in images/; the other files test what is on them.

`python tests/plots/test_plot_images.py` draws them anew: look at them then.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.testing.compare import compare_images
from matplotlib.text import Text

if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parents[1]))

from drawn import diagnosis_of, finding_on, mark, span
from runs import RUN, scalar

from tensorboard_plugin_histdiag.api.run_diagnosis import RunDiagnosis
from tensorboard_plugin_histdiag.finding import Finding, MarkKind, Severity
from tensorboard_plugin_histdiag.plots import plot, plot_distribution, plot_heatmap, plot_metric, plot_ridges

IMAGES = Path(__file__).parent / "images"
TOLERANCE = 3.0
"""Root of the mean squared difference in grey levels."""
TAG = "fc2/kernel"


@cache
def run() -> RunDiagnosis:
    """Make a run of three layers, the second of which narrows and then breaks."""
    rng = np.random.default_rng(8)
    tensors = {
        f"fc{n}/{part}": [rng.normal(0, 0.1, 300) for _ in range(20)] for n in (1, 2, 3) for part in ("kernel", "bias")
    }
    tensors[TAG] = [rng.normal(0, 0.3 / (1 + n), 800) if n < 16 else np.array([np.nan]) for n in range(20)]
    made = diagnosis_of(tensors, scalar("loss", [2.0 / (1 + n) for n in range(20)]))[RUN]
    made.__dict__.update(findings=(finding(),), groups=())
    return made


def finding() -> Finding:
    marks = (
        mark(MarkKind.STEP_RANGE, TAG, first_step=80, last_step=150, label="narrow from step 80"),
        mark(MarkKind.VALUE, TAG, low=0.0, label="0"),
    )
    spans = (span(TAG, 80, 150), span("fc3/kernel", 100, 190, Severity.INFO))
    return finding_on(TAG, *marks, severity=Severity.ERROR, last_step=150, spans=spans)


def on_axes(draw: Callable[..., object], *more: str) -> Callable[[Figure], object]:
    return lambda figure: draw(run()[TAG], *more, ax=axes(figure))


def axes(figure: Figure) -> Axes:
    """Return axes with enough room around them that their place does not depend on how letters are set."""
    return figure.add_axes((0.26, 0.26, 0.6, 0.56))


PICTURES: dict[str, tuple[str, tuple[float, float], Callable[[Figure], object]]] = {
    "ridges": ("default", (5, 4), on_axes(plot_ridges)),
    "overlay-dark": ("dark_background", (5, 4), on_axes(plot_ridges, "overlay")),
    "metric": ("default", (5, 3), on_axes(plot_metric, "spread")),
    "distribution-dark": ("dark_background", (5, 3.5), on_axes(plot_distribution)),
    "health": ("default", (5, 3.5), lambda figure: plot_heatmap(run(), finding=finding(), ax=axes(figure))),
    "heatmap": ("default", (5, 3.5), lambda figure: plot_heatmap(run(), "spread", ax=axes(figure))),
    "story": ("default", (11, 7.5), lambda figure: plot(run(), figure=figure)),
}


def save(name: str, folder: Path) -> Path:
    style, size, draw = PICTURES[name]
    with (
        plt.style.context(["default", style]),
        matplotlib.rc_context({"font.family": "DejaVu Sans", "savefig.dpi": 80}),
    ):
        figure = Figure(size)
        draw(figure)
        unlettered(figure)
        figure.savefig(folder / f"{name}.png", metadata={"Software": None})
    return folder / f"{name}.png"


def unlettered(figure: Figure) -> None:
    """Hide all letters, and legends: every version of matplotlib sets them a little otherwise."""
    figure.draw_without_rendering()
    for lettered in (*figure.findobj(Text), *figure.findobj(Legend)):
        lettered.set_visible(False)
    for ax in figure.axes:
        ax.tick_params(which="both", labelleft=False, labelright=False, labelbottom=False)


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_the_one_that_was_looked_at(name: str, tmp_path: Path):
    assert compare_images(str(IMAGES / f"{name}.png"), str(save(name, tmp_path)), TOLERANCE) is None


def test_a_picture_without_its_marks_is_another_one(tmp_path: Path):
    """The tolerance tells them apart."""
    without = Figure((5, 4))
    plot_ridges(run()[TAG], marks=False, ax=axes(without))
    unlettered(without)
    without.savefig(tmp_path / "ridges.png", dpi=80)
    assert compare_images(str(IMAGES / "ridges.png"), str(tmp_path / "ridges.png"), TOLERANCE) is not None


def test_every_picture_kept_is_drawn():
    assert {path.stem for path in IMAGES.glob("*.png")} == set(PICTURES)


if __name__ == "__main__":
    IMAGES.mkdir(exist_ok=True)
    for drawn in PICTURES:
        save(drawn, IMAGES)

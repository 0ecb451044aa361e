"""Diagnoses of arrays, to be drawn, and what is found on the axes then."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from runs import RUN, SPACING, Buckets, Tensors, equal

from tensorboard_plugin_histdiag.api.diagnosis import Diagnosis
from tensorboard_plugin_histdiag.diagnose import Examined, judge, measure
from tensorboard_plugin_histdiag.finding import Comparison, Evidence, Finding, Mark, MarkKind, Severity, Span, Strength
from tensorboard_plugin_histdiag.histogram import HistogramBatch, Record, Series
from tensorboard_plugin_histdiag.scalar import Scalar

GOLDEN = Path(__file__).parent.parent / "frontend" / "test" / "draw"
"""What TensorBoard's own charts draw of crafted histograms; see test_stock_bins.py and test_stock_bands.py."""


class Held:
    """Histograms in memory."""

    def __init__(self, batch: HistogramBatch) -> None:
        self.batch = batch

    def batches(
        self, series: Sequence[Series] | None = None, *, downsample: int | None = None
    ) -> Iterator[HistogramBatch]:
        for one in self.batch.series if series is None else series:
            place = self.batch.series.index(one)
            yield self.batch.slice_series(place, place + 1)


def diagnosis_of(
    tensors: Tensors, *scalars: Scalar, spacing: int = SPACING, buckets: Buckets = equal, run: str = RUN
) -> Diagnosis:
    """Diagnose arrays at steps 0, ``spacing``, ... or by step."""
    logged = []
    for tag, arrays in tensors.items():
        by_step = arrays if isinstance(arrays, Mapping) else {n * spacing: array for n, array in enumerate(arrays)}
        records = [Record(step, 1e9 + step, buckets(np.asarray(array))) for step, array in by_step.items()]
        logged.append((Series(run, tag), records))
    batch = HistogramBatch.from_records(logged)
    metrics = measure(batch).arranged()
    return Diagnosis(Examined(judge(metrics, {run: scalars}), metrics, {run: scalars}), Held(batch))


def as_logged(rows: np.ndarray) -> np.ndarray:
    """Return rows of buckets as they are, for `diagnosis_of`."""
    return np.asarray(rows, np.float64)


def finding_on(tag: str, *marks: Mark, severity: Severity = Severity.WARNING, **changes: object) -> Finding:
    """Make a finding on one tensor."""
    return Finding(
        **{
            "rule": "made",
            "severity": severity,
            "strength": Strength.CERTAIN,
            "run": RUN,
            "tags": (tag,),
            "role": "weight",
            "layers": (),
            "first_step": 0,
            "last_step": 50,
            "evidence": (),
            "marks": marks,
            "spans": (),
            "title": "Made up",
            "summary": "it is 3",
            "explanation": "It is 3 throughout.",
            "advice": ("Try 2.",),
            "references": (),
            "fingerprint": "made",
            "explained_by": (),
            **changes,
        }
    )


def mark(kind: MarkKind, tag: str, **at: object) -> Mark:
    """Make a mark; what is not given is None."""
    return Mark(
        **{
            "kind": kind,
            "tag": tag,
            "first_step": None,
            "last_step": None,
            "low": None,
            "high": None,
            "label": "",
            **at,
        }
    )


def span(tag: str, first: int, last: int, severity: Severity = Severity.WARNING) -> Span:
    return Span(tag, first, last, severity)


def evidence(tag: str, metric: str, value: float, threshold: float) -> Evidence:
    return Evidence(tag, metric, metric, None, value, value, value, "", threshold, Comparison.OVER, "")


def fresh() -> Axes:
    """Return new axes: without any, what is drawn goes onto what was drawn before."""
    axes: Axes = plt.subplots()[1]
    return axes


def texts(ax: Axes) -> list[str]:
    """Return all that is written on the axes and around them, but for their ticks."""
    return [text.get_text() for text in (*ax.texts, ax.title, ax._left_title, ax._right_title) if text.get_text()]


def uprights(ax: Axes, style: str | None = None) -> list[float]:
    """Return where lines stand that go from the lower to the upper edge."""
    found = [line for line in ax.lines if list(line.get_ydata()) == [0, 1] and len(set(line.get_xdata())) == 1]
    return [float(line.get_xdata()[0]) for line in found if style in (None, line.get_linestyle())]


def levels(ax: Axes, style: str | None = None) -> list[float]:
    """Return where lines lie that go from the left to the right edge."""
    found = [line for line in ax.lines if list(line.get_xdata()) == [0, 1] and len(set(line.get_ydata())) == 1]
    return [float(line.get_ydata()[0]) for line in found if style in (None, line.get_linestyle())]


def washes(ax: Axes) -> list[tuple[float, float, float, float]]:
    """Return left, right, upper and lower end of what is shaded; in steps or values, whichever the axes have."""
    found = [ax.transData.inverted().transform_bbox(patch.get_extents()) for patch in ax.patches]
    return [tuple(np.round([box.x0, box.x1, box.y0, box.y1], 6).tolist()) for box in found]


def boxes(ax: Axes, label: str) -> list[tuple[float, float, float, float]]:
    """Return left, right, top and bottom of the cells with a label."""
    own = [each for each in ax.collections if each.get_label() == label]
    extents = [path.get_extents() for each in own for path in each.get_paths()]
    return [(box.x0, box.x1, box.y0, box.y1) for box in extents]


def colour(artist: object, of: Callable[[object], object] | None = None) -> str:
    found = of(artist) if of else artist.get_facecolor()
    return to_hex(found if isinstance(found, str) else np.atleast_2d(found)[0])

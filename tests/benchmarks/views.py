"""How each rule's picture shows what the rule is about: ridges of one series, or lines and strokes of a whole run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from charts import Curve, Row, lines, rows
from ridges import draw
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

from tensorboard_plugin_histdiag.context import RunContext
from tensorboard_plugin_histdiag.histogram import HistogramBatch
from tensorboard_plugin_histdiag.measured import SeriesMetrics
from tensorboard_plugin_histdiag.rules._gradients import global_norm

FEWEST = 3
CURVES, ROWS = 12, 8


@dataclass(frozen=True)
class View:
    """What a picture is drawn of.

    Attributes
    ----------
    tag
        The series that the rule speaks of, or one that is like it in a healthy run.
    since
        By tag, since which step it is struck; nothing in a healthy run.
    said
        What the finding says.
    batch
        The histograms of the series; None where it has none.
    folder, logged
        The run's log, and the steps that were written to it, where these are known.
    """

    title: str
    said: str
    tag: str
    since: dict[str, int]
    context: RunContext
    batch: HistogramBatch | None = None
    folder: Path | None = None
    logged: Sequence[int] = field(default=())

    @property
    def series(self) -> SeriesMetrics | None:
        """The metrics of the series."""
        return next((one for one in self.context.series if one.tag == self.tag), None)

    def curve(self, series: SeriesMetrics, metric: str) -> Curve:
        """Return a metric of a series as a line."""
        return Curve(
            series.layer or series.tag, series.step.astype(float), series.value(metric), self.since.get(series.tag)
        )


def ridges(view: View) -> str | None:
    """Draw the histograms of the series."""
    if view.batch is None or len(view.batch) < FEWEST:
        return None
    return draw(view.batch, view.title, view.since.get(view.tag), view.said)


def losses(view: View) -> str | None:
    """Draw the losses."""
    found = [one for one in view.context.scalars if one.kind.endswith("loss") and len(one.step) >= FEWEST]
    found = [one for one in found if not one.tag.endswith("_vs_iterations")]  # Keras counts batches there
    curves = [
        Curve(
            one.tag if one.tag != "epoch_loss" else one.kind, one.step.astype(float), one.value, view.since.get(one.tag)
        )
        for one in found
    ]
    return lines(view.title, curves, view.said, reach=[0.0], what="loss by step") if curves else None


def layers(view: View) -> str | None:
    """Draw the mean magnitude of the gradients of all layers that go with the series."""
    return _of_all(view, "mean_abs", "mean magnitude by step")


def drifts(view: View) -> str | None:
    """Draw how far all weights have moved from their first record."""
    return _of_all(view, "drift", "drift by step", log=False, reach=[0.0, 0.1])


def depths(view: View) -> str | None:
    """Draw the size of all outputs that go with the series."""
    return _of_all(view, "rms", "rms by step")


def updates(view: View) -> str | None:
    """Draw the relative update per step of the series."""
    if view.series is None or len(view.series) < FEWEST:
        return None
    curve = view.curve(view.series, "update_ratio")
    first = Curve(curve.name, curve.x[1:], curve.y[1:], curve.since)
    return lines(view.title, [first], view.said, log=True, what="update per step")


def largest(view: View) -> str | None:
    """Draw the largest value of the series."""
    if view.series is None or len(view.series) < FEWEST:
        return None
    return lines(view.title, [view.curve(view.series, "maximum")], view.said, what="largest value")


def norm(view: View) -> str | None:
    """Draw the norm of all gradients together."""
    step, height, members = global_norm(view.context)
    if len(members) < 2 or len(step) < FEWEST:
        return None
    curve = Curve("", step.astype(float), height, min(view.since.values(), default=None))
    return lines(view.title, [curve], view.said, log=True, what="global norm by step")


def sizes(view: View) -> str | None:
    """Draw the number of values."""
    if view.series is None or len(view.series) < FEWEST:
        return None
    curve = Curve("", view.series.step.astype(float), view.series.size, view.since.get(view.tag))
    return lines(view.title, [curve], view.said, reach=[0.0], what="number of values")


def zeros(view: View) -> str | None:
    """Draw which share of the series, and of the others that the rule speaks of, is exactly 0."""
    chosen = [one for one in view.context.series if one.tag in {view.tag, *view.since} and len(one) >= FEWEST]
    curves = [Curve(one.tag, one.step.astype(float), one.value("zeros"), view.since.get(one.tag)) for one in chosen]
    return lines(view.title, curves, view.said, reach=[0.0, 1.0], what="share of zeros") if curves else None


def strokes(view: View) -> str | None:
    """Draw at which steps the series, and others beside it, were logged."""
    first = view.series
    if first is None:
        return None
    others = [one for one in view.context.series if one is not first and len(one)]
    chosen = [first, *others[:: max(len(others) // (ROWS - 1), 1)]][:ROWS]
    ends = {one.tag: int(one.step[-1]) for one in chosen}
    return rows(
        view.title,
        [Row(one.tag, one.step.tolist(), ends[one.tag] if one.tag in view.since else None) for one in chosen],
        view.said,
    )


def sampled(view: View) -> str | None:
    """Draw which of the logged steps are shown."""
    if view.series is None:
        return None
    shown = view.series.step.tolist()
    return rows(
        view.title,
        [Row("logged", view.logged or shown), Row("kept", shown, shown[-1] if view.since else None)],
        view.said,
    )


def parameters(view: View) -> str | None:
    """Draw which parameters are logged."""
    chosen = view.context.having("weight", "bias", "norm-scale", "norm-shift")
    if not chosen or (not view.since and not view.context.having("bias")):
        return None
    first = sorted(chosen, key=lambda one: (one.order, one.tag))[:ROWS]
    return rows(view.title, [Row(one.tag, one.step.tolist()) for one in first], view.said)


def written(view: View) -> str | None:
    """Draw the steps of the series in the order in which they were written."""
    if view.folder is None:
        return None
    steps: list[int] = []
    for path in sorted(view.folder.rglob("*tfevents*")):
        for event in EventFileLoader(str(path)).Load():
            steps += [event.step for value in event.summary.value if value.tag == view.tag]
    if len(steps) < FEWEST:
        return None
    back = np.flatnonzero(np.diff(steps) < 0)
    since = float(back[0]) if len(back) and view.since else None
    curve = Curve("", np.arange(len(steps), dtype=float), np.array(steps, dtype=float), since)
    return lines(view.title, [curve], view.said, what="records as written")


def _of_all(view: View, metric: str, what: str, *, log: bool = True, reach: Sequence[float] = ()) -> str | None:
    own = view.series
    if own is None:
        return None
    alike = [
        one for one in view.context.having(own.role) if one.info.network == own.info.network and len(one) >= FEWEST
    ]
    if len(alike) < 2:
        return None
    chosen = sorted(alike, key=lambda one: (one is not own, one.order))[:CURVES]
    chosen.sort(key=lambda one: one.order)
    curves = [view.curve(one, metric) for one in chosen]
    return lines(view.title, curves, view.said, log=log, reach=reach, what=what)


PICTURED: dict[str, Callable[[View], str | None]] = {
    "vanishing-gradients": layers,
    "exploding-gradients": layers,
    "unbalanced-gradients": layers,
    "dead-units": zeros,
    "activation-collapse": depths,
    "activation-explosion": depths,
    "gradient-spikes": norm,
    "always-clipped": norm,
    "only-last-layer-learns": drifts,
    "small-updates": drifts,
    "large-updates": updates,
    "rounded-updates": largest,
    "loss-not-finite": losses,
    "loss-diverging": losses,
    "loss-flat": losses,
    "overfitting": losses,
    "series-stopped": strokes,
    "steps-go-back": written,
    "size-changed": sizes,
    "sampled-steps": sampled,
    "no-biases": parameters,
}
"""By rule; the others are pictured by `ridges`."""

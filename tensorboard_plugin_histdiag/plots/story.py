"""One figure that tells what was found: the verdict, where, what it looks like, how much of it, and what to try."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from ..api.run_diagnosis import RunDiagnosis, SeriesDiagnosis
from ..finding import Finding
from ..formats import words
from ..metrics import BY_NAME
from ..scalar import Scalar
from . import _matplotlib as mpl
from ._axes import PLAIN, SMALL, along_steps, capital, characters, headline, log_axis, shorten
from ._marks import marks_on
from ._panel import Block, write
from ._theme import Theme, theme_of
from .heatmap import draw_heatmap, health_headline
from .metric import plot_metric, thresholds
from .ridges import plot_ridges

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..api.diagnosis import Diagnosis

_SIZE = (12.5, 8.5)
_USUAL = "spread"
"""The metric shown where no other was judged by."""
_LOSSES = ("-", "--", ":")
"""How losses are drawn, and how many at most."""


def plot(what: Diagnosis | RunDiagnosis, *, figure: Figure | None = None) -> Figure:
    """Draw one figure that tells the story of a run.

    The verdict; the health of all tensors; the histograms of the tensor that the leading finding is about, with its
    marks; the metric that it was judged by, with its threshold; the loss; and in words what was found and what to try.

    Parameters
    ----------
    what
        A run, or a diagnosis, of whose runs the one with the worst finding is shown.
    figure
        Where to draw, a figure or a part of one; a new figure if not given.

    Returns
    -------
    Figure
        What was drawn on.

    Examples
    --------
    >>> import tensorboard_plugin_histdiag as histdiag
    >>> with histdiag.diagnose("logs") as diagnosis:
    ...     figure = histdiag.plot(diagnosis)
    >>> print(figure.get_suptitle())
    2 errors on 20 of 40 tensors in 2 runs. Shown here: nan-midway.
    """
    if not hasattr(what, "findings") or isinstance(what, SeriesDiagnosis):
        raise TypeError(f"This draws a diagnosis, or one run of it, and not a {type(what).__name__}.")
    run = what if isinstance(what, RunDiagnosis) else _worst(what)
    engine = mpl.layout_engine.ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.1)
    target = mpl.pyplot.figure(figsize=_SIZE, layout=engine) if figure is None else figure
    title = target.suptitle(
        _title(what, run, characters(target.bbox.width * 72 / target.dpi, "x-large")),
        x=0.01, ha="left", fontsize="x-large", fontweight="bold",
    )  # fmt: skip
    title.update(PLAIN)
    if run is not None:
        _draw(target, run)
    if figure is None and "inline" in mpl.pyplot.get_backend():
        mpl.pyplot.close(target)  # a notebook would show it twice: as what the cell gives, and as an open figure
    return target


def _worst(diagnosis: Diagnosis) -> RunDiagnosis | None:
    """Return the run with the worst finding, the first where nothing was found."""
    names = [finding.run for finding in diagnosis.findings if finding.run in diagnosis] or list(diagnosis)
    return diagnosis[names[0]] if names else None


def _title(what: Diagnosis | RunDiagnosis, run: RunDiagnosis | None, room: int) -> str:
    if isinstance(what, RunDiagnosis):
        return words.verdict_on_run(what.diagnosis.report, what.entry)
    shown = f" Shown here: {shorten(run.run, room // 3)}." if run and len(what) > 1 else ""
    return f"{words.verdict(what.report)}{shown}"


def leading(run: RunDiagnosis) -> Finding | None:
    """Return the finding that leads the run's first group."""
    prints = {finding.fingerprint: finding for finding in run.findings}
    grouped = [prints[name] for group in run.groups for name in group.fingerprints if name in prints]
    return next(iter([*grouped, *run.findings]), None)


def subject(run: RunDiagnosis, finding: Finding | None) -> SeriesDiagnosis | None:
    """Return the tensor to show.

    The first that the finding marks, rather one whose line is to be compared with a threshold; where nothing was
    found, the largest weights.
    """
    if finding is not None:
        own = [run[tag] for tag in finding.tags if tag in run]
        return min(own, key=lambda series: _fitness(series, finding), default=None)
    weights = [series for series in run.series if series.entry.role == "weight"] or list(run.series)
    return max(weights, key=lambda series: series.entry.size or 0, default=None)


def _fitness(series: SeriesDiagnosis, finding: Finding) -> tuple[bool, bool]:
    return not marks_on(series, finding), not thresholds(series, judged_by(finding, series), [finding])


def judged_by(finding: Finding | None, series: SeriesDiagnosis) -> str:
    """Return the metric of a tensor that a finding was judged by."""
    rows = [row for row in finding.evidence if row.tag == series.tag and row.metric in BY_NAME] if finding else []
    rows.sort(key=lambda row: row.threshold is None)
    return rows[0].metric if rows else _USUAL


def _draw(figure: Figure, run: RunDiagnosis) -> None:
    finding = leading(run)
    series = subject(run, finding)
    losses = [scalar for scalar in run.scalars if scalar.kind.endswith("loss") and len(scalar.step)]
    grid = figure.add_gridspec(1, 2)
    left = grid[0].subgridspec(2, 1, height_ratios=[1.15, 1])
    heat = figure.add_subplot(left[0])
    theme = theme_of(heat)
    draw_heatmap(heat, theme, run, "health", finding)
    health_headline(heat, theme, run, _about(run, finding))
    heights = [2.1, 1] if series else []
    places = iter(
        grid[1].subgridspec(len(heights) + bool(losses) or 1, 1, height_ratios=[*heights, *[1] * bool(losses)] or [1])
    )
    if series:
        plot_ridges(series, finding=finding, ax=figure.add_subplot(next(places)))
        strip = figure.add_subplot(next(places))
        plot_metric(series, judged_by(finding, series), finding=finding, ax=strip)
        if losses:
            strip.set_xlabel("")
    if losses:
        _loss(figure.add_subplot(next(places)), theme, run, losses)
    text = figure.add_subplot(left[1])
    text.set_axis_off()
    figure.figure.draw_without_rendering()  # only then is known how much room the words have
    write(text, theme, list(_told(theme, run, finding) if finding else _clean(run, series)))


def _about(run: RunDiagnosis, finding: Finding | None) -> str:
    entry = run.entry
    records = words.count(entry.records, "record")
    outlined = f". Outlined: {finding.title[:1].lower()}{finding.title[1:]}" if finding else ""
    return f"{capital(words.steps(entry.first_step, entry.last_step, entry))}, {records}{outlined}"


def _loss(ax: Axes, theme: Theme, run: RunDiagnosis, losses: list[Scalar]) -> None:
    """Draw the losses, on a logarithmic axis where all are positive."""
    headline(ax, theme, "Loss")
    shown = sorted(losses, key=lambda loss: (len(loss.kind), len(loss.tag)))[: len(_LOSSES)]
    for loss, dashes in zip(shown, _LOSSES, strict=False):
        name = "training" if loss.kind == "loss" else "validation"
        alone = sum(other.kind == loss.kind for other in shown) == 1
        label = name if alone else shorten(loss.tag, 24).lstrip("_")
        ax.plot(loss.step, loss.value, dashes, color=theme.series, linewidth=1.5, label=label)
    values = np.concatenate([loss.value[np.isfinite(loss.value)] for loss in shown])
    if len(values) and values.min() > 0:
        ax.set_yscale("log")
        log_axis(ax.yaxis, *ax.get_ylim())
    steps = [run.entry.first_step, run.entry.last_step]
    along_steps(ax, [step for step in steps if step is not None], None)
    for text in ax.legend(loc="best", fontsize=SMALL).get_texts():
        text.update(PLAIN)


def _told(theme: Theme, run: RunDiagnosis, finding: Finding) -> Iterator[Block]:
    """Say what was found, since when, on what grounds, and what to try."""
    colour, entry = theme.words[finding.severity], run.entry
    yield Block(f"{capital(words.WORD[finding.severity])}: {finding.title}", "large", bold=True, color=colour, most=2)
    yield Block(
        f"{_where(finding)}{capital(words.when(finding, entry))}. {capital(finding.strength.value)}.",
        SMALL,
        color=theme.faint,
    )
    yield Block(finding.explanation or finding.summary, most=6, above=0.4)
    for row in [row for row in finding.evidence if row.threshold is not None][:1]:
        yield Block(
            f"{capital(row.label)}: {words.measured(row)}, {words.threshold(row)}", color=colour, above=0.4, most=2
        )
    if finding.advice:
        yield Block("What to try", bold=True, above=0.6)
    for number, advice in enumerate(finding.advice, 1):
        yield Block(words.prose(advice), bullet=f"{number}", most=3)
    others = list(dict.fromkeys(other.title for other in run.findings if other.title != finding.title))
    if others:
        yield Block(f"Also found: {'; '.join(others)}", SMALL, color=theme.faint, above=0.6, most=3)


def _where(finding: Finding) -> str:
    names = finding.layers or finding.tags
    if not names:
        return ""
    more = f" and {len(names) - 3:,} more" if len(names) > 3 else ""
    return f"{', '.join(shorten(name, 28) for name in names[:3])}{more}. "


def _clean(run: RunDiagnosis, series: SeriesDiagnosis | None) -> Iterator[Block]:
    """Say what was checked without finding anything."""
    report = run.diagnosis.report
    coverage = [row for row in report.coverage if row.run == run.run]
    ran, rules = words.came_to_a_verdict(coverage), {row.rule for row in coverage}
    yield Block("What was checked", "large", bold=True)
    yield Block(
        f"{len(ran)} of {words.count(len(rules), 'rule')} looked at every record of this run and found nothing; "
        f"{len(rules) - len(ran)} had nothing to judge.",
        above=0.4,
    )
    if run.entry.missing:
        yield Block(f"Not logged, so not checked: {words.listed(run.entry.missing)}.", above=0.4)
    if series:
        yield Block("Shown here", bold=True, above=0.6)
        yield Block(f"{shorten(series.tag, 60)}: {series.reading.text}", most=6)

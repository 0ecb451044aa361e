"""All tensors of a run over the steps: their health, or one of their metrics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..bounded import Bools
from ..finding import Finding
from ..formats.words import verdict_on_run
from ..measured import stretches
from ..metrics import BY_NAME
from . import _matplotlib as mpl
from ._axes import (
    CHARACTER,
    SMALL,
    along_steps,
    axes_of,
    capital,
    characters,
    extent_of,
    headline,
    points,
    shorten,
)
from ._cells import CODE, NOT_FINITE, Cells, cells_of, spans_by_tag, worst_of
from ._given import expect_run
from ._legend import legend_below
from ._limits import above_zero, held_by, joined
from ._magnitude import draw_values
from ._room import is_laid_out, keep_level
from ._rows import Rows, arrange, label_rows, sign_rows
from ._theme import Theme, theme_of

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from ..api.run_diagnosis import RunDiagnosis

_WORDS = {"info": "note", "not-applicable": "not applicable", "no-data": "no data", NOT_FINITE: "not finite"}
_STATES = (NOT_FINITE, "error", "warning", "info", "clear", "not-applicable", "no-data")
"""States in the order of the legend; the first are drawn last."""
_SEEN = 2.0
"""Points that a cell with an error or a warning is high at least, however thin the rows are."""
_HATCH = {"not-applicable": "....", "no-data": "/////"}
_THIN = 5.0
"""Below so many points a row is too thin for crosses of its own, and for a line to the next."""
_CELL = 1.25
"""Width of a subplot's cell against that of its axes, when a layout has not been made yet."""
_APART = 10.0
"""Points between crosses."""


def plot_heatmap(
    run: RunDiagnosis,
    metric: str = "health",
    *,
    finding: Finding | None = None,
    colorbar: bool = True,
    symlog: bool = False,
    title: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw all tensors of a run over the steps: how each is, or one of its metrics.

    Rows are tensors in the order of their layers. A severity is told by colour and by how much of the cell it fills,
    and beside the row by a cross, a triangle or a dot.

    Parameters
    ----------
    run
        A run, ``diagnosis["run"]``.
    metric
        "health", or the name of a metric.
    finding
        Whose cells to outline.
    colorbar
        Whether to draw the colours of a metric beside the axes.
    symlog
        Whether the colours of a metric with a linear scale, as of the mean, follow its magnitude instead, so that
        tensors of very different size are seen side by side.
    title
        Whether to write above the axes what they show.
    ax
        Where to draw, the current axes if not given.

    Returns
    -------
    Axes
        What was drawn on.

    Raises
    ------
    ValueError
        If there is no such metric.

    Examples
    --------
    >>> import tensorboard_plugin_histdiag as histdiag
    >>> with histdiag.diagnose("logs") as diagnosis:
    ...     ax = histdiag.plot_heatmap(diagnosis["nan-midway"])
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['not finite', 'clear']
    """
    expect_run(run)
    if metric != "health" and metric not in BY_NAME:
        raise ValueError(f"metric must be 'health' or the name of a metric, not {metric!r}")
    ax = axes_of(ax)
    theme = theme_of(ax)
    draw_heatmap(ax, theme, run, metric, finding, colorbar=colorbar, symlog=symlog)
    if title and metric == "health":
        health_headline(ax, theme, run, verdict_on_run(run.diagnosis.report, run.entry))
    elif title:
        _headline(ax, theme, run, capital(BY_NAME[metric].title), "Each tensor at each step")
    return ax


def health_headline(ax: Axes, theme: Theme, run: RunDiagnosis, sentence: str) -> None:
    """Write what a heatmap of health shows; the log directory itself is a run without a name."""
    _headline(ax, theme, run, "Network health", sentence)


def _headline(ax: Axes, theme: Theme, run: RunDiagnosis, what: str, sentence: str) -> None:
    width, _ = extent_of(ax)
    if is_laid_out(ax):
        # That will take the room for the names of the rows from the axes, beyond what is to their left now.
        names = max((len(label.get_text()) for label in ax.get_yticklabels()), default=0)
        width = min(width, _CELL * width - names * points(SMALL) * CHARACTER)
    name = "" if run.run == "." else shorten(run.run, max(8, characters(width, "large") - len(what) - 2))
    headline(ax, theme, f"{what}: {name}" if name else what, sentence, width=width)


def draw_heatmap(
    ax: Axes,
    theme: Theme,
    run: RunDiagnosis,
    metric: str,
    finding: Finding | None,
    *,
    colorbar: bool = False,
    symlog: bool = False,
) -> None:
    """Draw the cells with their axes and their legend."""
    held = held_by(ax)
    rows = arrange(run.series, extent_of(ax)[1])
    cells = cells_of(run, rows.series, metric)
    along_steps(ax, cells.steps, held.x)
    edges = above_zero((float(cells.edges[0]), float(cells.edges[-1])), cells.edges, ax.get_xscale())
    ax.set_xlim(*joined(edges, held.x))
    ax.set_ylim(rows.height, 0)
    ax.grid(False)
    bar = None
    if metric != "health":
        bar = draw_values(ax, rows, cells, metric, colorbar=colorbar, symlog=symlog)
    worst = {tag: worst_of(spans) for tag, spans in spans_by_tag(run.findings).items()}
    label_rows(ax, rows, worst)
    painted = {state for state in reversed(_STATES) if _paint(ax, theme, rows, cells, state)}
    states = [state for state in _STATES if state in painted]
    if extent_of(ax)[1] / rows.height > _THIN:
        between = np.intersect1d(rows.top, rows.top + 1)
        ax.hlines(between, *cells.edges[[0, -1]], color=theme.ground, linewidth=0.7)
    _crosses(ax, theme, rows, cells)
    if states:
        _legend(ax, theme, states)
    if bar is not None:
        keep_level(bar, ax)
    sign_rows(ax, theme, rows, worst)
    if finding:
        _outline(ax, theme, rows, cells, finding)


def _paint(ax: Axes, theme: Theme, rows: Rows, cells: Cells, state: str) -> bool:
    """Draw all cells of one state; neighbours in a row are one rectangle."""
    pitch = extent_of(ax)[1] / rows.height
    more = max(0.0, _SEEN / pitch - 1) / 2 if state in (NOT_FINITE, "error", "warning") else 0.0
    boxes = _boxes(rows, cells, cells.state == CODE[state], more)
    if not len(boxes):
        return False
    style = _style(theme, state)
    if state == "info":
        # Half as tall: told from a warning without colour.
        ax.add_collection(mpl.collections.PolyCollection(boxes, **_style(theme, "clear")))
        middle = boxes[:, :, 1].mean(axis=1, keepdims=True)
        boxes = np.stack([boxes[:, :, 0], middle + (boxes[:, :, 1] - middle) / 2], axis=2)
    ax.add_collection(mpl.collections.PolyCollection(boxes, label=_WORDS.get(state, state), **style))
    return True


def _style(theme: Theme, state: str) -> dict[str, Any]:
    """Return how a state is filled: with a colour, or with a pattern."""
    if state in _HATCH:
        return {"facecolor": theme.ground, "edgecolor": theme.faint, "hatch": _HATCH[state], "linewidth": 0}
    colour = theme.cells["error" if state == NOT_FINITE else state]
    return {"facecolor": colour, "edgecolor": colour, "linewidth": 0}


def _boxes(rows: Rows, cells: Cells, chosen: Bools, more: float) -> Any:
    """Return float64[n, 4, 2]: the corners of each stretch of chosen cells, ``more`` rows higher on both sides."""
    padded = np.pad(chosen, ((0, 0), (1, 1))).astype(np.int8)
    row, first = np.nonzero(np.diff(padded, axis=1) == 1)
    _, end = np.nonzero(np.diff(padded, axis=1) == -1)
    left, right = cells.edges[first], cells.edges[end]
    top, bottom = rows.top[row] - more, rows.top[row] + 1 + more
    return np.stack(
        [np.stack(each, axis=1) for each in ((left, top), (right, top), (right, bottom), (left, bottom))], axis=1
    )


def _crosses(ax: Axes, theme: Theme, rows: Rows, cells: Cells) -> None:
    """Draw crosses on cells that were not finite: one each where there is room, else evenly; in thin rows by layer."""
    broken = cells.state == CODE[NOT_FINITE]
    if not broken.any():
        return
    width, height = extent_of(ax)
    pitch = height / rows.height
    if pitch < _THIN:
        groups = [(slice(first, end), (rows.top[first] + rows.top[end - 1] + 1) / 2) for _, first, end in rows.layers]
    else:
        groups = [(slice(row, row + 1), top + 0.5) for row, top in enumerate(rows.top)]
    wide = _APART * (cells.edges[-1] - cells.edges[0]) / width
    places = []
    for group, y in groups:
        for records in stretches(broken[group].any(axis=0)):
            left, right = cells.edges[records.start], cells.edges[records.stop]
            n = max(1, min(records.stop - records.start, int((right - left) / wide)))
            places += [(left + (i + 0.5) * (right - left) / n, y) for i in range(n)]
    x, y = np.array(places).T
    ax.scatter(x, y, marker="x", s=9, linewidths=1, color=theme.ground, zorder=3)


def _legend(ax: Axes, theme: Theme, states: Sequence[str]) -> None:
    keys: list[Artist] = [mpl.patches.Patch(label=_WORDS.get(state, state), **_style(theme, state)) for state in states]
    for key, state in zip(keys, states, strict=True):
        if state in ("clear", *_HATCH):
            key.set(edgecolor=theme.faint, linewidth=0.6)
        elif state == NOT_FINITE:
            key.set(edgecolor=theme.ground, hatch="xxxx")
    legend_below(ax, keys)


def _outline(ax: Axes, theme: Theme, rows: Rows, cells: Cells, finding: Finding) -> None:
    """Draw a line around the cells of a finding; neighbouring tensors of a layer share one."""
    spans = spans_by_tag([finding])
    pitch = extent_of(ax)[1] / rows.height
    more = max(0.0, 2 * _SEEN / pitch - 1) / 2
    for _, first, end in rows.layers:
        tops = [row for row in range(first, end) if rows.series[row].tag in spans]
        for stretch in np.split(tops, np.flatnonzero(np.diff(tops) > 1) + 1) if tops else ():
            own = [span for row in stretch for span in spans[rows.series[row].tag]]
            first_step, last_step = min(span.first_step for span in own), max(span.last_step for span in own)
            left = cells.edges[max(0, int(np.searchsorted(cells.edges, first_step, side="right")) - 1)]
            right = cells.edges[min(len(cells.edges) - 1, int(np.searchsorted(cells.edges, last_step, side="right")))]
            at, depth = rows.top[stretch[0]] - more, len(stretch) + 2 * more
            line: dict[str, Any] = {"fill": False, "edgecolor": theme.ink, "linewidth": 1.2, "zorder": 4}
            ax.add_patch(mpl.patches.Rectangle((left, at), right - left, depth, **line))

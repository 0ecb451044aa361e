"""The rows of a heatmap: tensors of a layer stand together, each layer with its name and its worst severity."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..bounded import Floats
from ..finding import Severity
from . import _matplotlib as mpl
from ._axes import PLAIN, SMALL, characters, extent_of, layer_labels, points, shorten
from ._room import make_room
from ._theme import Theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..api.run_diagnosis import SeriesDiagnosis

_GAP = 0.4
"""Room between layers, in rows."""
_THIN = 3.0
"""Points of a row below which what lies between layers would be most of what is seen."""
_SHARE = 0.4
"""Share of the width that names may take."""
_SMALLEST = 6.0
"""Points of the smallest letters that are read."""
_ORDER = (
    *("weight", "embedding", "norm-scale", "bias", "norm-shift", "weight-gradient", "embedding-gradient"),
    *("norm-gradient", "bias-gradient", "gradient", "pre-activation", "activation", "attention"),
    *("activation-gradient", "moving-statistic", "optimizer", "mask"),
)
"""Roles in the order that tensors of a layer have."""
_SIGN = {Severity.ERROR: "X", Severity.WARNING: "^", Severity.INFO: "o"}


@dataclass(frozen=True)
class Rows:
    """Tensors from above to below.

    Attributes
    ----------
    layers
        Name, first row and row behind the last of each layer.
    top
        Where each row begins; rows are one high.
    """

    series: Sequence[SeriesDiagnosis]
    layers: Sequence[tuple[str, int, int]]
    top: Floats

    @property
    def height(self) -> float:
        """Height of all rows and of what lies between them."""
        return float(self.top[-1]) + 1 if len(self.top) else 1.0

    def middle(self, first: int, end: int) -> float:
        """Return the middle of some rows."""
        return float(self.top[first] + self.top[end - 1] + 1) / 2


def arrange(series: Sequence[SeriesDiagnosis], height: float) -> Rows:
    """Put the tensors of each layer together, layers in the order given.

    Parameters
    ----------
    series
        All tensors.
    height
        Of the axes, in points; where rows are thin there is no room between layers.
    """
    gap = _GAP if height > _THIN * len(series) else 0.0
    by_layer: dict[tuple[str, str], list[SeriesDiagnosis]] = {}
    for each in series:
        by_layer.setdefault((each.entry.network, each.entry.layer), []).append(each)
    rows: list[SeriesDiagnosis] = []
    layers = []
    top: list[float] = []
    for number, ((_, layer), unsorted) in enumerate(by_layer.items()):
        own = sorted(unsorted, key=lambda each: _place(each.entry.role))
        layers.append((layer, len(rows), len(rows) + len(own)))
        top += [len(rows) + row + number * gap for row in range(len(own))]
        rows += own
    return Rows(rows, layers, np.array(top))


def _place(role: str) -> int:
    return _ORDER.index(role) if role in _ORDER else len(_ORDER)


def role_name(role: str) -> str:
    """Write a role in words: "bias gradient", "output"."""
    if role == "pre-activation":
        return role
    return re.sub("^norm-(?=s)", "", re.sub("^activation", "output", role)).replace("-", " ", 1)


def names_in(layer: Sequence[SeriesDiagnosis]) -> list[str]:
    """Name tensors within their layer: by their role where that is unique, else by what their tag adds."""
    count = Counter(each.entry.role for each in layer)
    names = []
    for each in layer:
        role, own = each.entry.role, each.entry.layer
        rest = each.tag[len(own) :].lstrip("/._") if each.tag.startswith(own) else each.tag
        names.append(role_name(role) if count[role] == 1 and role not in ("unknown", "") else rest or each.tag)
    return names


def label_rows(ax: Axes, rows: Rows, worst: Mapping[str, Severity | None]) -> None:
    """Name every tensor where there is room, else every layer, else as many as fit, those with findings first."""
    width, height = extent_of(ax)
    pitch = height / rows.height
    size = min(points(SMALL), max(_SMALLEST, 0.85 * pitch))
    room = characters(_SHARE * width, size)
    layers = layer_labels([layer for layer, _, _ in rows.layers], room)
    if pitch >= 1.1 * _SMALLEST:
        places, labels = list(rows.top + 0.5), []
        for label, (_, first, end) in zip(layers, rows.layers, strict=True):
            names = names_in(rows.series[first:end])
            own = label if len(names) == 1 and names[0] in label else " · ".join(filter(None, (label, names[0])))
            labels += [shorten(own, room), *(shorten(name, room) for name in names[1:])]
    else:
        size = points(SMALL)
        places = [rows.middle(first, end) for _, first, end in rows.layers]
        sick = _by_severity(rows, worst)
        kept = spaced(places, 1.15 * size / pitch, [layer for severity in Severity for layer in sick[severity]])
        places, labels = [places[k] for k in kept], [layers[k] for k in kept]
    ax.set_yticks(places, labels, fontsize=size, **PLAIN)
    ax.yaxis.set_minor_locator(mpl.ticker.NullLocator())
    ax.tick_params(axis="y", length=0)
    if labels:
        make_room(ax, left=min(label.get_window_extent().x0 for label in ax.get_yticklabels()))


def spaced(places: Sequence[float], least: float, first: Sequence[int] = ()) -> list[int]:
    """Choose places that lie far enough apart: as many as can be of the first, and even ones of the others.

    >>> spaced([0, 1, 2, 3, 4, 5, 6, 7], 2, first=[3])
    [0, 3, 6]
    """
    every = next((n for n in range(1, len(places)) if places[n] - places[0] >= least), max(1, len(places)))
    kept: list[int] = []
    for place in (*first, *range(0, len(places), every), *range(len(places))):
        if all(abs(places[place] - places[other]) >= least for other in kept):
            kept.append(place)
    return sorted(kept)


def _by_severity(rows: Rows, worst: Mapping[str, Severity | None]) -> dict[Severity, list[int]]:
    """Return the layers by their worst severity."""
    found: dict[Severity, list[int]] = {severity: [] for severity in Severity}
    for layer, (_, first, end) in enumerate(rows.layers):
        own = [severity for each in rows.series[first:end] if (severity := worst.get(each.tag))]
        if own:
            found[min(own, key=lambda severity: severity.rank)].append(layer)
    return found


def sign_rows(ax: Axes, theme: Theme, rows: Rows, worst: Mapping[str, Severity | None]) -> None:
    """Draw the worst severity of each layer beside it: a cross, a triangle or a dot."""
    _, height = extent_of(ax)
    for severity, layers in reversed(_by_severity(rows, worst).items()):
        places = [rows.middle(first, end) for _, first, end in (rows.layers[layer] for layer in layers)]
        if places:
            ax.plot(
                np.full(len(places), 1.018), places, linestyle="none", marker=_SIGN[severity],
                markersize=min(6.0, max(4.0, 0.9 * height / max(1, len(rows.layers)))), markeredgewidth=0,
                color=theme.words[severity], transform=ax.get_yaxis_transform(), clip_on=False,
            )  # fmt: skip

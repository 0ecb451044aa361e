"""Rule size-changed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..bounded import Bools, Ints
from ..context import RunContext
from ..finding import Mark, MarkKind, Severity, Span, Strength
from ..measured import SeriesMetrics
from ..thresholds import Thresholds
from ._binary import largest
from ._rule import Draft, Outcome, names, quotient, rule

_ROLES = ("weight", "bias", "norm-scale", "norm-shift", "embedding", "moving-statistic")

_COUNTED = 9e19
"""Beyond this PyTorch's buckets end, and values are left out."""


@rule("size-changed", scope="run", roles=_ROLES, severity="warning", explained_by=("steps-go-back",))
def size_changed(context: RunContext, limits: Thresholds) -> Iterator[Outcome]:
    """A parameter has more or fewer values than before: two tensors stand under one tag.

    What it shows
        The number of values in a weight's histogram changes from one record to the next.

    Why it matters
        A parameter keeps its shape while it trains. If it does not, records of different tensors or different models
        are strung together, and no change between them is a change in training.

    How it is computed
        The count of all buckets differs from that of the record before by more than {size_tolerance} of it, which is
        more than the rounding of counts can do. That is certain. Records with values above 9e19 are left out, as
        PyTorch's writer does not count those. Only parameters are judged: outputs and gradients of them follow the
        batch.

    What to try
        - Give every tensor its own tag, and every model its own directory.
        - If layers are resized on purpose, begin a new tag or a new run where that happens.

    When it is harmless
        Vocabularies that grow, layers that are pruned by cutting them smaller, and logs of those values only that are
        not masked.

    References
        TensorBoard documentation, How to organise runs
    """
    # A tag without a layer may hold all parameters that are trained just now.
    suspects = _suspects(context, limits)
    struck = [
        (series, at)
        for series in context.having(*_ROLES)
        if series.index in suspects and series.layer and len(at := np.flatnonzero(_changes(series, limits)) + 1)
    ]
    if not struck:
        return
    struck.sort(key=lambda pair: int(pair[0].step[pair[1][0]]))
    first, at = struck[0]
    before, after = (float(first.size[at[0] - back]) for back in (1, 0))
    step = int(first.step[at[0]])
    yield Draft(
        series=tuple(series for series, _ in struck),
        spans=tuple(_span(series, places) for series, places in struck),
        summary=f"{first.tag} from {before:,.0f} to {after:,.0f} values at step {step:,}",
        explanation=(
            f"{first.tag} has {before:,.0f} values until step {int(first.step[at[0] - 1]):,} and {after:,.0f} at step"
            f" {step:,}"
            + (f", and changes {len(at)} times in all: do two tensors share the tag?" if len(at) > 1 else ".")
            + (f" The number changes in {names([series for series, _ in struck[1:]])}, too." if len(struck) > 1 else "")
        ),
        evidence=(
            quotient(
                first.tag,
                "number of values, relative change",
                abs(after / before - 1),
                over=limits.size_tolerance,
                step=step,
            ),
        ),
        marks=tuple(
            Mark(MarkKind.STEP, series.tag, int(series.step[place]), None, None, None, "number of values changes")
            for series, places in struck
            for place in places[:3]
        ),
        strength=Strength.CERTAIN,
    )


def _suspects(context: RunContext, limits: Thresholds) -> set[int]:
    """Return the series in which the number of values changes, for whatever reason."""
    size, start = context.metrics.size, context.metrics.series_start
    changed = np.flatnonzero(np.abs(np.diff(size)) > limits.size_tolerance * size[:-1]) + 1
    owner = np.searchsorted(start, changed, side="right") - 1
    return set(owner[changed > start[owner]].tolist())


def _changes(series: SeriesMetrics, limits: Thresholds) -> Bools:
    """bool[n - 1]: a record has another number of values than the one before; not where either is not all counted."""
    size = np.where(largest(series) < _COUNTED, series.size, np.nan)
    changed: Bools = np.abs(np.diff(size)) > limits.size_tolerance * size[:-1]
    return changed


def _span(series: SeriesMetrics, places: Ints) -> Span:
    return Span(series.tag, int(series.step[places[0]]), int(series.step[places[-1]]), Severity.WARNING)

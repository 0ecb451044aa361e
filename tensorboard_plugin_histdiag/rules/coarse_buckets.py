"""Rule coarse-buckets."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..context import GRADIENTS, RunContext
from ..finding import Mark, MarkKind, Severity, Strength
from ..measured import SeriesMetrics
from ..thresholds import Thresholds
from ..words import counted
from ._resolution import mostly_too_coarse
from ._rule import Draft, measured, names, rule, span_of

_ROLES = ("weight", "embedding", "activation", "pre-activation", *GRADIENTS)
_ENOUGH = 100
"""Values from which buckets could tell a shape at all."""


@rule("coarse-buckets", scope="run", severity="info", roles=_ROLES, explained_by=("outlier-dominated",))
def coarse_buckets(context: RunContext, limits: Thresholds) -> Iterator[Draft]:
    """The buckets are too coarse to tell the spread or the shape of some tensors.

    What it shows
        Nearly all values lie in one bucket: a few far values have stretched equal buckets, or the values lie close
        together far from 0, where buckets that grow with the distance from 0 are wide.

    Why it matters
        Spread, peaks and pile-ups of these tensors are not known. Rules about shapes (edge-pile-up, multiple-clusters)
        and about the spread (poor-initialisation, unsettled) are mute there, but for what the buckets prove.

    How it is computed
        The bounds of the spread lie further apart than {coarse_resolution} of its estimate, or one bucket holds at
        least {coarse_mass} of the values, not all of them exact zeros, in more than half of the records. Tensors of
        fewer than a hundred values and scales of normalisation layers, which start at 1, are muted but not listed.

    What to try
        - Log with more buckets: tf.summary.histogram(name, values, step, buckets=100).
        - Clip a copy of the values for logging, or log the distance from their usual value.

    When it is harmless
        Always: it says what the log cannot show, not what is wrong with the training.

    References
        TensorBoard documentation, tf.summary.histogram
    """
    chosen = (
        mostly_too_coarse(context, limits)
        & context.in_roles(*_ROLES)
        & (context.metrics.records >= limits.sustained_records)
    )
    struck = [context.series[index] for index in np.flatnonzero(chosen & (context.first_size() >= _ENOUGH))]
    if struck:
        yield _draft(struck, context, limits)


def _draft(struck: list[SeriesMetrics], context: RunContext, limits: Thresholds) -> Draft:
    first = struck[0]
    spans = tuple(span_of(series, slice(0, len(series)), Severity.INFO) for series in struck)
    return Draft(
        series=tuple(struck),
        spans=spans,
        summary=f"buckets too coarse for the shape of {len(struck):,} of {counted(len(context.series), 'tensor')}",
        explanation=(
            f"The buckets of {names(struck)} do not tell how far the values lie apart or how they are distributed;"
            " rules about spread and shape are mute about these tensors."
        ),
        evidence=(
            measured(first, "resolution", slice(0, len(first)), over=limits.coarse_resolution),
            measured(first, "top_mass", slice(0, len(first)), over=limits.coarse_mass, unit="share"),
        ),
        marks=tuple(
            Mark(MarkKind.NOTE, series.tag, span.first_step, span.last_step, None, None, "coarse buckets")
            for series, span in zip(struck, spans, strict=True)
        ),
        strength=Strength.CERTAIN,
    )

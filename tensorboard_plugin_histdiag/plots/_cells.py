"""Rows and cells of a heatmap: what is known of each tensor at each step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..bounded import Floats, Ints
from ..finding import Finding, Severity, Span
from ..report import Health

if TYPE_CHECKING:
    from ..api.run_diagnosis import RunDiagnosis, SeriesDiagnosis

NOT_FINITE = "not-finite"
VALUE = "value"
STATES = (*(health.value for health in Health), NOT_FINITE, VALUE)
"""What a cell can be; a cell's code is its place in here."""
CODE = {state: code for code, state in enumerate(STATES)}

COLUMNS = 600
"""Columns at most: more steps than that are sampled, each column shows the record nearest to its middle."""
_HOLE = 6
"""A gap so many times the usual one is a hole in the log, not a slow stretch; sampled logs have uneven gaps."""


@dataclass(frozen=True)
class Cells:
    """A grid of R rows and C columns.

    Attributes
    ----------
    steps
        First and last step.
    edges
        C + 1 steps between which columns lie.
    state
        int64[R, C], codes of `STATES`.
    value
        float64[R, C], NaN where there is none.
    """

    steps: tuple[float, float]
    edges: Floats
    state: Ints
    value: Floats


def spans_by_tag(findings: Sequence[Finding]) -> dict[str, list[Span]]:
    """Return where findings are active; one without spans is so from its first to its last step on all its tags."""
    found: dict[str, list[Span]] = {}
    for finding in findings:
        told = {span.tag for span in finding.spans}
        rest = [
            Span(tag, finding.first_step, finding.last_step, finding.severity)
            for tag in finding.tags
            if tag not in told
        ]
        for span in (*finding.spans, *rest):
            found.setdefault(span.tag, []).append(span)
    return found


def worst_of(spans: Sequence[Span]) -> Severity | None:
    """Return the worst severity of any finding on a tensor."""
    return min((span.severity for span in spans), key=lambda severity: severity.rank, default=None)


def health_codes(step: Ints, spans: Sequence[Span], judged: bool) -> Ints:
    """Return the worst severity active at each step, else "clear" where the tensor was judged."""
    codes = np.full(len(step), CODE["clear" if judged else "not-applicable"])
    for span in sorted(spans, key=lambda span: -span.severity.rank):
        codes[(step >= span.first_step) & (step <= span.last_step)] = CODE[span.severity.value]
    return codes


def cells_of(run: RunDiagnosis, rows: Sequence[SeriesDiagnosis], metric: str) -> Cells:
    """Lay records on columns: the health of each tensor, or one of its metrics."""
    edges = column_edges([series.step for series in rows])
    middle = (edges[1:] + edges[:-1]) / 2
    state = np.full((len(rows), len(middle)), CODE["no-data"])
    value = np.full(state.shape, np.nan)
    spans = spans_by_tag(run.findings)
    usual = max((_rhythm(series.step) for series in rows), default=0.0) or 1.0
    for row, series in enumerate(rows):
        record = records_at(series.step, middle, usual)
        here = record >= 0
        at = record[here]
        if metric == "health":
            codes = health_codes(series.step, spans.get(series.tag, ()), series.entry.judged)
        else:
            values = series[metric].value
            codes = np.where(np.isnan(values), CODE["not-applicable"], CODE[VALUE])
            value[row, here] = values[at]
        codes = np.where(series.nonfinite, CODE[NOT_FINITE], codes)
        state[row, here] = codes[at]
    first = min((float(series.step[0]) for series in rows if len(series.step)), default=0.0)
    last = max((float(series.step[-1]) for series in rows if len(series.step)), default=first)
    return Cells((first, last), edges, state, np.where(state == CODE[VALUE], value, np.nan))


def column_edges(steps: Sequence[Ints]) -> Floats:
    """Return where columns begin and end: one for each step logged, half-way to its neighbours."""
    # Most series of a log have the same steps.
    distinct = {step.tobytes(): step for step in steps}.values()
    union = np.unique(np.concatenate([np.empty(0, np.int64), *distinct])).astype(np.float64)
    if not len(union):
        return np.array([-0.5, 0.5])
    middle = (union[1:] + union[:-1]) / 2
    first = union[0] - (middle[0] - union[0] if len(middle) else 0.5)
    last = union[-1] + (union[-1] - middle[-1] if len(middle) else 0.5)
    if len(union) > COLUMNS:
        return np.linspace(first, last, COLUMNS + 1)
    return np.concatenate([[first], middle, [last]])


def records_at(step: Ints, places: Floats, usual: float) -> Ints:
    """Return the record nearest to each place, -1 where the log has a hole or has ended."""
    if not len(step):
        return np.full(len(places), -1)
    after = np.clip(np.searchsorted(step, places), 1, max(1, len(step) - 1))
    before = after - 1
    after = np.minimum(after, len(step) - 1)
    nearest = np.where(np.abs(step[before] - places) <= np.abs(step[after] - places), before, after)
    own = _rhythm(step) or usual
    gap = np.diff(step).astype(np.float64)
    # A record reaches half-way to its neighbours, and across a hole as far as records usually lie apart.
    reach = np.where(gap > _HOLE * own, own, gap) / 2
    ahead, behind = np.append(reach, own / 2), np.append(own / 2, reach)
    off = places - step[nearest]
    covered: NDArray[np.bool_] = (off <= ahead[nearest]) & (-off <= behind[nearest])
    return np.where(covered, nearest, -1)


def _rhythm(step: Ints) -> float:
    """Return the usual distance between neighbouring records."""
    return float(np.median(np.diff(step))) if len(step) > 1 else 0.0

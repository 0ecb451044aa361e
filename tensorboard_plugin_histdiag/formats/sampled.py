"""Which records a page holds, where it may not hold all: every so many-th, more of tensors with findings."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..bounded import Bools, Ints
from ..finding import Finding
from ..histogram import Series
from ..measured import Metrics

NEARER = 4
"""Of tensors with findings so many times more records are kept."""


def kept_records(metrics: Metrics, findings: Iterable[Finding], stride: int) -> Bools:
    """Tell which records to keep: the first, then every ``stride``-th, and the last.

    Strides are powers of two, so that the steps kept of one tensor are among those kept of any other. Of a tensor with
    findings, those that they speak of are kept in any case.

    Parameters
    ----------
    metrics
        Of all series.
    findings
        What was found on them.
    stride
        1 keeps all.
    """
    number = {series: index for index, series in enumerate(metrics.series)}
    found: dict[int, set[int]] = {}
    for finding in findings:
        for tag in finding.tags:
            if (index := number.get(Series(finding.run, tag))) is not None:
                found.setdefault(index, set()).update(steps_of(finding))
    strides = np.full(len(metrics.series), stride)
    strides[list(found)] = max(1, stride // NEARER)
    place = np.arange(len(metrics.step)) - np.repeat(metrics.series_start[:-1], metrics.records)
    kept = place % np.repeat(strides, metrics.records) == 0
    kept[metrics.series_start[1:][metrics.records > 0] - 1] = True
    for index, steps in found.items():
        own = slice(int(metrics.series_start[index]), int(metrics.series_start[index + 1]))
        kept[own] |= np.isin(metrics.step[own], list(steps))
    return np.asarray(kept, dtype=np.bool_)


def steps_of(finding: Finding) -> set[int]:
    """Return the steps that a finding speaks of."""
    steps = {finding.first_step, finding.last_step}
    steps.update(row.step for row in finding.evidence if row.step is not None)
    steps.update(step for mark in finding.marks for step in (mark.first_step, mark.last_step) if step is not None)
    steps.update(step for span in finding.spans for step in (span.first_step, span.last_step))
    return steps


def kept_of(metrics: Metrics, kept: Bools, index: int) -> Ints:
    """Return the steps that are kept of one series."""
    own = slice(int(metrics.series_start[index]), int(metrics.series_start[index + 1]))
    return metrics.step[own][kept[own]]


def starts_after(start: Ints, kept: Bools) -> Ints:
    """Return where series start among the records that are kept."""
    before = np.concatenate([[0], np.cumsum(kept)])
    return np.asarray(before[start], dtype=np.int64)

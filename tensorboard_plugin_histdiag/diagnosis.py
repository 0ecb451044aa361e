"""What a diagnosis says, to look into from Python: runs, tensors, findings, metrics and histograms."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Protocol

from .bounded import Bounded, Floats, Ints
from .config import DEFAULTS, Config
from .diagnose import Examined
from .finding import Finding
from .formats.names import printable
from .formats.words import WORD, verdict, verdict_on_run
from .histogram import HistogramBatch, Series
from .measured import Metrics, SeriesMetrics
from .report import Group, Reading, Report, RunEntry, SeriesEntry
from .scalar import Scalar
from .selection import choose

_LISTED = 5
"""Findings listed where a diagnosis is printed."""


class Histograms(Protocol):
    """Where a diagnosis reads histograms from."""

    def batches(
        self, series: Sequence[Series] | None = None, *, downsample: int | None = None
    ) -> Iterator[HistogramBatch]:
        """Yield whole series in the order asked, in chunks."""


class Diagnosis(Mapping[str, "RunDiagnosis"]):
    """What was found in a log, run by run: ``diagnosis["run"]["tag"]`` is one tensor.

    The log stays open for `histograms` until `close`, the end of a ``with`` block, or the end of the diagnosis.

    >>> import tensorboard_plugin_histdiag as histdiag
    >>> diagnosis = histdiag.diagnose("logs")
    >>> list(diagnosis)
    ['healthy-relu', 'nan-midway']
    >>> tensor = diagnosis["healthy-relu"]["dense1/kernel"]
    >>> tensor
    dense1/kernel of healthy-relu: Bell-shaped around 0, between -0.932 and 0.807. ... It learns and keeps its shape.
    >>> print(tensor.step[:3], tensor["spread"].value[:3])
    [ 0 10 20] [0.177 0.177 0.177]
    >>> diagnosis.close()

    Attributes
    ----------
    report
        Everything as the tab and ``histdiag check --format json`` have it.
    metrics
        Metrics of all tensors, in the order of ``report.series``.
    """

    def __init__(
        self,
        examined: Examined,
        source: Histograms,
        close: Callable[[], None] = lambda: None,
        config: Config = DEFAULTS,
    ) -> None:
        self.report: Report = examined.report
        self.metrics: Metrics = examined.metrics
        self.config = config
        self._scalars = examined.scalars
        self._source = source
        self._closing = weakref.finalize(self, close)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, worst first."""
        return self.report.findings

    @property
    def readings(self) -> tuple[Reading, ...]:
        """Each tensor in plain words."""
        return self.report.readings

    @property
    def messages(self) -> tuple[str, ...]:
        """What could not be read as it was logged, in sentences."""
        return self.report.messages

    @cached_property
    def _runs(self) -> dict[str, RunDiagnosis]:
        return {entry.run: RunDiagnosis(self, entry) for entry in self.report.runs}

    def __getitem__(self, run: str) -> RunDiagnosis:
        return choose(self._runs, run, "run")

    def __iter__(self) -> Iterator[str]:
        return iter(self._runs)

    def __len__(self) -> int:
        return len(self._runs)

    def scalars(self, run: str) -> tuple[Scalar, ...]:
        """Return the losses, accuracies and learning rates of a run."""
        return tuple(self._scalars.get(self[run].run, ()))

    def histograms(self, run: str, tag: str) -> HistogramBatch:
        """Read all histograms of one tensor.

        >>> import tensorboard_plugin_histdiag as histdiag
        >>> with histdiag.diagnose("logs", runs="nan-midway") as diagnosis:
        ...     batch = diagnosis.histograms("nan-midway", "output/kernel")
        >>> print(len(batch), batch.step[:4], batch.total[0])
        51 [ 0 10 20 30] 640.0
        """
        return self[run][tag].histograms()

    def histograms_of(self, series: Iterable[Series], steps: int | None = None) -> Iterator[HistogramBatch]:
        """Read the histograms of many tensors, in chunks of whole series.

        Parameters
        ----------
        series
            Which, as `Metrics.series` has them.
        steps
            At most so many records of each, spread over the run; all where not given.
        """
        if not self._closing.alive:
            raise ValueError("This diagnosis is closed: its histograms cannot be read any more.")
        return self._source.batches(list(series), downsample=steps)

    def close(self) -> None:
        """Close the log. Findings and metrics stay, histograms can no longer be read."""
        self._closing()

    def __enter__(self) -> Diagnosis:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return _in_short(verdict(self.report), self.findings, with_run=True)


class RunDiagnosis(Mapping[str, "SeriesDiagnosis"]):
    """What was found in one run: a mapping of its tensors by tag, in the order of their layers from input to output."""

    def __init__(self, diagnosis: Diagnosis, entry: RunEntry) -> None:
        self.diagnosis = diagnosis
        self.entry = entry
        self.run = entry.run

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of this run, worst first."""
        return tuple(finding for finding in self.diagnosis.findings if finding.run == self.run)

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Findings that belong together."""
        return tuple(group for group in self.diagnosis.report.groups if group.run == self.run)

    @property
    def scalars(self) -> tuple[Scalar, ...]:
        """The losses, accuracies and learning rates of this run."""
        return self.diagnosis.scalars(self.run)

    @property
    def series(self) -> tuple[SeriesDiagnosis, ...]:
        """The tensors of this run, in the order of their layers."""
        return tuple(self._series.values())

    @cached_property
    def _series(self) -> dict[str, SeriesDiagnosis]:
        mine = [entry for entry in self.diagnosis.report.series if entry.run == self.run]
        mine.sort(key=lambda entry: (entry.network, -1 if entry.order is None else entry.order, entry.tag))
        return {entry.tag: SeriesDiagnosis(self, entry) for entry in mine}

    def __getitem__(self, tag: str) -> SeriesDiagnosis:
        return choose(self._series, tag, "tensor")

    def __iter__(self) -> Iterator[str]:
        return iter(self._series)

    def __len__(self) -> int:
        return len(self._series)

    def __repr__(self) -> str:
        return _in_short(
            f"{printable(self.run)}: {verdict_on_run(self.diagnosis.report, self.entry)}", self.findings, with_run=False
        )


class SeriesDiagnosis(Mapping[str, Bounded]):
    """What was found in one tensor: a mapping of its metrics by name, each with its bounds, one entry a record."""

    def __init__(self, of: RunDiagnosis, entry: SeriesEntry) -> None:
        self._diagnosis = of.diagnosis
        self._of = of
        self._measured = SeriesMetrics(of.diagnosis.metrics, entry.id)
        self.entry = entry
        self.run = entry.run
        self.tag = entry.tag

    @cached_property
    def reading(self) -> Reading:
        """The tensor in plain words."""
        return self._diagnosis.readings[self.entry.id]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings that name this tensor, worst first."""
        return tuple(finding for finding in self._of.findings if self.tag in finding.tags)

    @property
    def step(self) -> Ints:
        """int64[n]: the steps of its records, increasing."""
        return self._measured.step

    @property
    def wall_time(self) -> Floats:
        """float64[n]: when its records were written, in seconds since 1970."""
        return self._measured.wall_time

    @property
    def size(self) -> Floats:
        """float64[n]: the number of values in each record; NaN where there are none."""
        return self._measured.size

    @property
    def metrics(self) -> tuple[str, ...]:
        """The names of the metrics."""
        return tuple(self._diagnosis.metrics.values)

    def histograms(self) -> HistogramBatch:
        """Read all its histograms."""
        asked = self._diagnosis.metrics.series[self.entry.id]
        batches = list(self._diagnosis.histograms_of([asked]))
        return batches[0] if batches else HistogramBatch.from_records([(asked, [])])

    def __getitem__(self, metric: str) -> Bounded:
        choose(self._diagnosis.metrics.values, metric, "metric")
        return self._measured[metric]

    def __iter__(self) -> Iterator[str]:
        return iter(self._diagnosis.metrics.values)

    def __len__(self) -> int:
        return len(self._diagnosis.metrics.values)

    def __repr__(self) -> str:
        return f"{printable(self.tag)} of {printable(self.run)}: {printable(self.reading.text)}"


def _in_short(verdict: str, findings: Sequence[Finding], *, with_run: bool) -> str:
    """Put the verdict above the worst findings."""
    lines = [verdict]
    for finding in findings[:_LISTED]:
        place = [finding.run] * with_run + list(finding.tags[:1])
        lines.append(f"  {WORD[finding.severity]:7}  {printable('  '.join(place))}  {finding.title}")
    if len(findings) > _LISTED:
        lines.append(f"  and {len(findings) - _LISTED:,} more")
    return "\n".join(lines)

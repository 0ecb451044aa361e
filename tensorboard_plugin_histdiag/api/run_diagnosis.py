"""One run and one tensor of a diagnosis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from ..bounded import Bools, Bounded, Floats, Ints
from ..finding import Finding
from ..formats.brief import in_short
from ..formats.names import printable
from ..formats.words import verdict_on_run
from ..histogram import HistogramBatch
from ..measured import SeriesMetrics
from ..report import Group, Reading, RunEntry, SeriesEntry
from ..scalar import Scalar
from ..selection import choose

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .diagnosis import Diagnosis


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
    def steps_are_epochs(self) -> bool:
        """Whether its steps are known to be epochs."""
        return bool(self.entry.steps_are_epochs)

    @property
    def scalars(self) -> tuple[Scalar, ...]:
        """The losses, accuracies and learning rates of this run."""
        return self.diagnosis.scalars(self.run)

    @property
    def series(self) -> tuple[SeriesDiagnosis, ...]:
        """The tensors of this run, in the order of their layers."""
        return tuple(self._series.values())

    def plot(self) -> Figure:
        """Tell the story of this run in one figure; see `plot`."""
        from ..plots import plot

        return plot(self)

    def _repr_html_(self) -> str:
        return self._alone._repr_html_()

    def _repr_png_(self) -> bytes | None:
        return self._alone._repr_png_()

    def _repr_markdown_(self) -> str:
        return self._alone._repr_markdown_()

    @cached_property
    def _alone(self) -> Diagnosis:
        return self.diagnosis.only(self.run)

    @cached_property
    def _series(self) -> dict[str, SeriesDiagnosis]:
        mine = [entry for entry in self.diagnosis.report.series if entry.run == self.run]
        mine.sort(key=lambda entry: (entry.network, -1 if entry.order is None else entry.order, entry.tag))
        return {entry.tag: SeriesDiagnosis(self, entry) for entry in mine}

    __eq__, __hash__ = object.__eq__, object.__hash__

    def __getitem__(self, tag: str) -> SeriesDiagnosis:
        return choose(self._series, tag, "tensor")

    def __iter__(self) -> Iterator[str]:
        return iter(self._series)

    def __len__(self) -> int:
        return len(self._series)

    def __repr__(self) -> str:
        return in_short(
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
    def nonfinite(self) -> Bools:
        """bool[n]: a value was NaN or infinite."""
        return self._measured.nonfinite

    @property
    def steps_are_epochs(self) -> bool:
        """Whether its steps are known to be epochs."""
        return self._of.steps_are_epochs

    @property
    def metrics(self) -> tuple[str, ...]:
        """The names of the metrics."""
        return tuple(self._diagnosis.metrics.values)

    def histograms(self) -> HistogramBatch:
        """Read all its histograms."""
        asked = self._diagnosis.metrics.series[self.entry.id]
        batches = list(self._diagnosis.histograms_of([asked]))
        return batches[0] if batches else HistogramBatch.from_records([(asked, [])])

    __eq__, __hash__ = object.__eq__, object.__hash__

    def __getitem__(self, metric: str) -> Bounded:
        choose(self._diagnosis.metrics.values, metric, "metric")
        return self._measured[metric]

    def __iter__(self) -> Iterator[str]:
        return iter(self._diagnosis.metrics.values)

    def __len__(self) -> int:
        return len(self._diagnosis.metrics.values)

    def __repr__(self) -> str:
        return f"{printable(self.tag)} of {printable(self.run)}: {printable(self.reading.text)}"

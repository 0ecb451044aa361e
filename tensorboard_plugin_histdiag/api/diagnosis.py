"""What a diagnosis says, to look into from Python: runs, tensors, findings, metrics and histograms."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Protocol, overload

from ..config import DEFAULTS, Config
from ..diagnose import Examined
from ..finding import Finding
from ..formats.brief import in_short
from ..formats.words import verdict
from ..histogram import HistogramBatch, Series
from ..joining import part_of
from ..measured import Metrics
from ..report import Reading, Report
from ..scalar import Scalar
from ..selection import Asked, choose
from .frames import findings_frame, metrics_frame
from .run_diagnosis import RunDiagnosis, SeriesDiagnosis

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["Diagnosis", "RunDiagnosis", "SeriesDiagnosis"]


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
        self._whole: Diagnosis | None = None

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

    __eq__, __hash__ = object.__eq__, object.__hash__

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "A diagnosis cannot be pickled or copied, as it reads from its log: keep diagnosis.report, or write"
            " diagnosis.to_html(path)."
        )

    def __getitem__(self, run: str) -> RunDiagnosis:
        return choose(self._runs, run, "run")

    def __iter__(self) -> Iterator[str]:
        return iter(self._runs)

    def __len__(self) -> int:
        return len(self._runs)

    def only(self, run: str) -> Diagnosis:
        """Return one run as if there was no other; it reads from the same log, which is open for both or none.

        >>> import tensorboard_plugin_histdiag as histdiag
        >>> with histdiag.diagnose("logs") as diagnosis:
        ...     diagnosis.only("nan-midway").to_html("nan-midway.html")
        """
        ids = [series.entry.id for series in self[run].series]
        examined = Examined(
            part_of(self.report, run), self.metrics.slice(min(ids), max(ids) + 1), {run: self.scalars(run)}
        )
        part = Diagnosis(examined, self._source, config=self.config)
        part._closing, part._whole = self._closing, self  # the log closes with the end of the whole
        return part

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
        if self.closed:
            raise ValueError("This diagnosis is closed: its histograms cannot be read any more.")
        return self._source.batches(list(series), downsample=steps)

    def to_frame(self) -> pd.DataFrame:
        """Return the findings as a pandas data frame, one row each, worst first.

        The leading evidence stands in columns of its own: ``value`` of ``metric``, with what the buckets prove
        (``low``, ``high``), and the ``threshold`` that it is over or under (``comparison``). ``severity`` is ordered,
        so that ``frame[frame.severity >= "warning"]`` leaves the notes out.

        >>> import tensorboard_plugin_histdiag as histdiag
        >>> with histdiag.diagnose("logs") as diagnosis:
        ...     frame = diagnosis.to_frame()
        >>> print(frame[["severity", "rule", "tag", "first_step"]])
          severity               rule                   tag  first_step
        0    error    loss-not-finite                  loss         300
        1    error  non-finite-values  output/bias/gradient         300
        """
        return findings_frame(self.findings)

    def metrics_frame(self, *, metric: Asked = None, run: Asked = None, tag: Asked = None) -> pd.DataFrame:
        """Return the metrics as a tidy pandas data frame: run, tag, step, metric, low, value, high.

        ``low`` and ``high`` are what the buckets prove, NaN for metrics that are estimates only.

        Parameters
        ----------
        metric, run, tag
            A name, several, or a compiled pattern that is searched for in the names; all if not given.

        Examples
        --------
        >>> import tensorboard_plugin_histdiag as histdiag
        >>> with histdiag.diagnose("logs", runs="healthy-relu") as diagnosis:
        ...     frame = diagnosis.metrics_frame(metric=["mean", "spread"], tag="dense1/kernel")
        >>> print(frame.head(3).round(3))
                    run            tag  step  metric    low  value   high
        0  healthy-relu  dense1/kernel     0    mean -0.024 -0.003  0.018
        1  healthy-relu  dense1/kernel     0  spread  0.160  0.177  0.194
        2  healthy-relu  dense1/kernel    10    mean -0.024 -0.003  0.018
        """
        return metrics_frame(self.metrics, metric, run, tag)

    def plot(self) -> Figure:
        """Tell the story of the run with the worst finding in one figure; see `plot`.

        >>> import tensorboard_plugin_histdiag as histdiag
        >>> with histdiag.diagnose("logs") as diagnosis:
        ...     figure = diagnosis.plot()
        """
        from ..plots import plot

        return plot(self)

    @overload
    def to_html(self, path: None = None, *, limit_bytes: int | None = None) -> str: ...

    @overload
    def to_html(self, path: str | os.PathLike[str], *, limit_bytes: int | None = None) -> None: ...

    def to_html(self, path: str | os.PathLike[str] | None = None, *, limit_bytes: int | None = None) -> str | None:
        """Make one page of the Diagnostics tab and its data, which opens without a server.

        Parameters
        ----------
        path
            Where to write it; it is returned if not given.
        limit_bytes
            Its size, at most; 20 MB if not given. Where not all fits, records are left out, and the page says which.

        Raises
        ------
        formats.html.PageError
            Even without a single histogram it would be larger.

        Examples
        --------
        >>> import tensorboard_plugin_histdiag as histdiag
        >>> with histdiag.diagnose("logs") as diagnosis:
        ...     diagnosis.to_html("report.html")
        """
        from ..formats import html

        made = datetime.now(timezone.utc)
        page = html.page(self, limit_bytes=html.FILE_BYTES if limit_bytes is None else limit_bytes, made=made)
        if path is None:
            return page
        Path(path).expanduser().write_text(page, encoding="utf-8")
        return None

    def _repr_html_(self) -> str:
        from . import notebook

        return notebook.html_of(self, self._picture)

    def _repr_png_(self) -> bytes | None:
        return self._picture

    def _repr_markdown_(self) -> str:
        from ..formats import markdown

        return markdown.render(self.report)

    @cached_property
    def _picture(self) -> bytes | None:
        from . import notebook

        return notebook.picture_of(self)

    @property
    def closed(self) -> bool:
        """Whether histograms can no longer be read."""
        return not self._closing.alive

    def close(self) -> None:
        """Close the log. Findings and metrics stay, histograms can no longer be read."""
        self._closing()

    def __enter__(self) -> Diagnosis:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return in_short(verdict(self.report), self.findings, with_run=True)

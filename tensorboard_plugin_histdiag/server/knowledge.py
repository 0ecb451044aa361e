"""What has been measured and read of a log so far: metrics, scalars, models, and why some of them are missing."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from tensorboard.context import RequestContext

from ..config import Config
from ..diagnose import judge, measure
from ..histogram import HistogramBatch, Series
from ..measured import Metrics
from ..model.model import Model
from ..provider.listing import Listed
from ..provider.sources import Source, named
from ..report import Progress
from ..scalar import Scalar
from .snapshot import Snapshot, digest, empty_report, revision

MESSAGES = 20
"""Messages that a report carries; the others are counted."""

_LOGGER = logging.getLogger(__name__)


class Knowledge:
    """What is known of one experiment. It keeps metrics, never buckets; one thread at a time may use it.

    Parameters
    ----------
    source
        The experiment's data.
    kept
        How many histograms a series TensorBoard keeps, None for all.
    config
        By what to judge, and what to mute.
    complaint
        What is wrong with the configuration asked for, if it could not be used.

    Attributes
    ----------
    log
        The log's own name.
    stopped
        Why measuring has stopped, if it has.
    """

    def __init__(self, source: Source, kept: int | None, config: Config, complaint: str) -> None:
        self.log = ""
        self.stopped = ""
        self._source = source
        self._kept = kept
        self._config = config
        self._complaint = complaint
        self._ids: dict[Series, int] = {}
        self._metrics: dict[Series, Metrics] = {}
        self._digests: dict[Series, bytes] = {}
        self._scalars: dict[str, Sequence[Scalar]] = {}
        self._models: dict[str, Model] = {}
        self._failures: dict[Series | str, str] = {}

    def __bool__(self) -> bool:
        """Whether anything is measured."""
        return bool(self._metrics)

    def name(self, series: Sequence[Series], ctx: RequestContext) -> None:
        """Give the log a name, and each new series a number; both stay."""
        if not self.log or any(one not in self._ids for one in series):
            self.log = self._source.log_id(ctx)
        for one in series:
            self._ids.setdefault(one, len(self._ids))

    def forget(self, series: Series) -> None:
        """Drop a series that is gone."""
        self._metrics.pop(series, None)
        self._digests.pop(series, None)
        self._failures.pop(series, None)

    def take(self, batch: HistogramBatch) -> None:
        """Measure the series of a chunk whose steps or wall times differ from those measured already."""
        alone = [batch.slice_series(index, index + 1) for index in range(len(batch.series))]
        digests = [digest(one) for one in alone]
        moved = [self._digests.get(series) != found for series, found in zip(batch.series, digests, strict=True)]
        for changed in [batch] if all(moved) else [one for one, has in zip(alone, moved, strict=True) if has]:
            self._measure(changed)
        for series, found in zip(batch.series, digests, strict=True):
            self._digests[series] = found
            if series in self._metrics:
                self._failures.pop(series, None)
            self._source.unreadable.discard(series)

    def _measure(self, batch: HistogramBatch) -> None:
        """Measure a chunk; where that fails, halve it until only the series at fault is left out."""
        total = len(batch.series)
        try:
            measured = measure(batch)
        except Exception as error:
            if total > 1:
                self._measure(batch.slice_series(0, total // 2))
                self._measure(batch.slice_series(total // 2, total))
                return
            _LOGGER.warning("histdiag could not measure a series", exc_info=True)
            series = batch.series[0]
            self._metrics.pop(series, None)
            self.fail(series, "measured", error)
            return
        for index, series in enumerate(batch.series):
            self._metrics[series] = measured.slice(index, index + 1)

    def fail(self, series: Series, what: str, error: Exception) -> None:
        """Note why a series could not be read or measured."""
        self._failures[series] = f"{named(series)} could not be {what}: {describe(error)}"

    def read_runs(self, runs: Sequence[str], ctx: RequestContext) -> None:
        """Read what else is logged in runs: scalars and models."""
        if not runs:
            return
        reads: tuple[tuple[str, dict[str, Any], Callable[..., dict[str, Any]]], ...] = (
            ("scalars", self._scalars, self._source.scalars_of),
            ("model", self._models, self._source.models_of),
        )
        for what, known, read in reads:
            failures = {f"{what} {run}": f"The {what} of run {run!r} could not be read" for run in runs}
            try:
                known |= read(runs, ctx)
            except Exception as error:
                self._failures |= {key: f"{text}: {describe(error)}" for key, text in failures.items()}
            else:
                for key in failures:
                    self._failures.pop(key, None)

    def judged(self, progress: Progress, listed: Listed) -> Snapshot:
        """Judge what is measured."""
        messages = self._messages()
        metrics = dict(sorted(self._metrics.items()))
        scalars = {run: self._scalars[run] for run in sorted({series.run for series in metrics} & self._scalars.keys())}
        state = self._revise(progress, messages)
        report = empty_report(state, self._config)
        if metrics:
            try:
                everything = Metrics.concatenate(list(metrics.values()))
                report = judge(
                    everything,
                    scalars,
                    self._config,
                    models=self._models,
                    total=progress.total,
                    revision=state,
                    kept=self._kept,
                )
            except Exception as error:
                _LOGGER.warning("histdiag could not judge", exc_info=True)
                messages = (f"The log could not be judged: {describe(error)}", *messages)
        ids = {(series.run, series.tag): identity for series, identity in self._ids.items()}
        report = msgspec.structs.replace(
            report,
            log=self.log,
            progress=progress,
            series=tuple(msgspec.structs.replace(entry, id=ids[entry.run, entry.tag]) for entry in report.series),
            messages=(*report.messages, *messages),
        )
        return Snapshot(report, dict(self._ids), listed, metrics, scalars)

    def outdated(self, snapshot: Snapshot, progress: Progress, listed: Listed) -> Snapshot:
        """Return a snapshot as incomplete: else a tab would see a finished report and ask no more."""
        state = self._revise(progress, self._messages())
        report = msgspec.structs.replace(snapshot.report, log=self.log, progress=progress, revision=state)
        return dataclasses.replace(snapshot, report=report, ids=dict(self._ids), listed=listed)

    def _messages(self) -> tuple[str, ...]:
        texts = [text for text in (self._complaint, self.stopped) if text]
        texts += self._failures.values()
        texts += self._source.complaints()
        more = len(texts) - MESSAGES
        return (*texts[:MESSAGES], *([f"{more} more such messages are left out."] if more > 0 else []))

    def _revise(self, progress: Progress, messages: Sequence[str]) -> str:
        models = sorted((run, model.origin) for run, model in self._models.items())
        return revision(
            (self.log, self._config, self._kept, progress, messages, models), self._ids, self._digests, self._scalars
        )


def describe(error: Exception) -> str:
    """Put an error in one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:300]}" if text else type(error).__name__

"""What is known about a log: measured in the background, chunk by chunk, and kept as metrics, never as buckets."""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
from tensorboard.context import RequestContext

from .config import DEFAULTS, Config
from .diagnose import judge, measure
from .histogram import HistogramBatch, Series
from .measured import Metrics
from .model import Model
from .report import Progress
from .scalar import Scalar
from .snapshot import Snapshot, digest, empty_report, revision
from .sources import Source, named

CHECK_EVERY = 1.0
"""Seconds between two looks at what the log holds."""
JUDGE_EVERY = 1.0
"""Seconds between two reports while measuring goes on; at least four times what a report takes."""
FIRST_BYTES = 2**20
"""Of the first chunk while nothing is known: a first report soon."""
MESSAGES = 20
"""Messages that a report carries; the others are counted."""
REVISIONS = 1000
"""Revisions remembered as issued."""

_LOGGER = logging.getLogger(__name__)


class Ledger:
    """Measure one experiment in the background and answer at once with what is known.

    A series is measured again only when its change token (last step and wall time) has moved and the steps and wall
    times then read differ from those measured. Nothing runs while nobody asks.

    Parameters
    ----------
    source
        The experiment's data; nobody else may use it, since it learns while it reads.
    kept
        How many histograms a series TensorBoard keeps, None for all.
    config
        By what to judge, and what to mute.
    complaint
        What is wrong with the configuration asked for, if it could not be used.
    """

    def __init__(self, source: Source, *, kept: int | None, config: Config = DEFAULTS, complaint: str = "") -> None:
        self._source = source
        self._kept = kept
        self._config = config
        self._complaint = complaint
        self._lock = threading.Lock()
        self._worker: threading.Thread | None = None
        self._closed = False
        self._looked = float("-inf")
        self._snapshot: Snapshot | None = None
        self._issued: dict[str, None] = {}
        # The rest belongs to the worker while one runs, and to the holder of the lock otherwise.
        self._log = ""
        self._ids: dict[Series, int] = {}
        self._tokens: dict[Series, object] = {}
        self._pending: dict[Series, object] = {}
        self._metrics: dict[Series, Metrics] = {}
        self._digests: dict[Series, bytes] = {}
        self._scalars: dict[str, Sequence[Scalar]] = {}
        self._scalar_tokens: dict[str, object] = {}
        self._models: dict[str, Model] = {}
        self._failures: dict[Series | str, str] = {}
        self._stopped = ""

    def refresh(self, ctx: RequestContext) -> Snapshot:
        """Return what is known now; measuring starts when the log has changed since the last look.

        Raises
        ------
        Exception
            Whatever the provider raised while listing.
        """
        with self._lock:
            idle = self._worker is None or not self._worker.is_alive()
            if self._snapshot is None or (idle and time.monotonic() - self._looked >= CHECK_EVERY):
                self._look(ctx)
            assert self._snapshot is not None
            return self._snapshot

    def current(self, ctx: RequestContext) -> Snapshot:
        """Return the last report's state without looking at the log, unless there is none yet."""
        return self._snapshot or self.refresh(ctx)

    def issued(self, name: str) -> bool:
        """Whether a report of this revision was made here, so that its ids hold."""
        return name in self._issued

    def close(self) -> None:
        """Stop measuring after the current chunk."""
        self._closed = True

    def _look(self, ctx: RequestContext) -> None:
        listed = self._source.list_series(ctx)
        self._looked = time.monotonic()
        self._pending = {series: token for series, token in listed.items() if self._tokens.get(series) != token}
        gone = self._tokens.keys() - listed.keys()
        for series in gone:
            self._forget(series)
        if listed.keys() - self._ids.keys() or not self._log:
            self._log = self._source.log_id(ctx)
        for series in self._pending:
            self._ids.setdefault(series, len(self._ids))
        further = self._look_at_scalars(sorted({series.run for series in listed}), ctx)
        if self._snapshot is None or ((gone or further) and not self._pending):
            self._publish()
        elif self._pending:
            # What is known stays, marked as incomplete: else a tab would see a finished report and ask no more.
            progress = self._progress()
            report = msgspec.structs.replace(
                self._snapshot.report,
                log=self._log,
                progress=progress,
                revision=self._revise(progress, self._messages()),
            )
            self._set(dataclasses.replace(self._snapshot, report=report, ids=dict(self._ids)))
        if self._pending:
            self._worker = threading.Thread(target=self._work, args=(ctx,), name="histdiag", daemon=True)
            self._worker.start()

    def _look_at_scalars(self, runs: Sequence[str], ctx: RequestContext) -> bool:
        """Read scalars again that went on since the last look; losses are often logged at more steps than weights."""
        try:
            tokens = self._source.scalar_tokens(runs, ctx) if runs else {}
        except Exception:  # reading them tells
            return False
        moved = [run for run in runs if tokens[run] != self._scalar_tokens.get(run, tokens[run])]
        self._scalar_tokens = tokens
        if moved:
            self._read_runs(moved, ctx)
        return bool(moved)

    def _forget(self, series: Series) -> None:
        del self._tokens[series]
        self._metrics.pop(series, None)
        self._digests.pop(series, None)
        self._failures.pop(series, None)

    def _work(self, ctx: RequestContext) -> None:
        """Measure what is pending; publish now and then, and at the end."""
        self._stopped = ""
        try:
            published, cost = (time.monotonic() if self._metrics else float("-inf")), 0.0
            known: set[str] = set()
            for batch in self._read(list(self._pending), ctx):
                runs = dict.fromkeys(series.run for series in batch.series if series.run not in known)
                self._read_runs(list(runs), ctx)
                known |= runs.keys()
                self._take(batch)
                if self._closed:
                    return
                started = time.monotonic()
                if self._pending and started - published >= max(JUDGE_EVERY, 4 * cost):
                    self._publish()
                    published = time.monotonic()
                    cost = published - started
            # What was listed and gave nothing holds no histogram.
            for series in list(self._pending):
                self._settle(series)
        except Exception as error:
            _LOGGER.warning("histdiag stopped measuring and will try again", exc_info=True)
            self._stopped = f"Measuring stopped and will be tried again: {describe(error)}"
        self._publish()

    def _read(self, wanted: Sequence[Series], ctx: RequestContext) -> Iterator[HistogramBatch]:
        """Yield chunks; where reading fails, halve until only the series that cannot be read is left out."""
        done = 0
        try:
            for batch in self._source.batches(wanted, first=None if self._metrics else FIRST_BYTES, ctx=ctx):
                yield batch
                done = wanted.index(batch.series[-1], done) + 1
            return
        except Exception as error:
            rest = wanted[done:]
            if len(rest) == 1:
                self._source.list_series(ctx)  # Raises where the provider is gone: no fault of this series.
                self._settle(rest[0], f"{named(rest[0])} could not be read: {describe(error)}")
                return
        middle = len(rest) // 2
        yield from self._read(rest[:middle], ctx)
        yield from self._read(rest[middle:], ctx)

    def _take(self, batch: HistogramBatch) -> None:
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
            self._settle(series)

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
            self._failures[series] = f"{named(series)} could not be measured: {describe(error)}"
            return
        for index, series in enumerate(batch.series):
            self._metrics[series] = measured.slice(index, index + 1)

    def _read_runs(self, runs: Sequence[str], ctx: RequestContext) -> None:
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

    def _settle(self, series: Series, failure: str = "") -> None:
        """Note that a series is dealt with, so that it is left in peace until it changes."""
        self._tokens[series] = self._pending.pop(series)
        if failure:
            self._failures[series] = failure

    def _publish(self) -> None:
        """Judge what is measured and make that the answer."""
        progress, messages = self._progress(), self._messages()
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
            log=self._log,
            progress=progress,
            series=tuple(msgspec.structs.replace(entry, id=ids[entry.run, entry.tag]) for entry in report.series),
            messages=(*report.messages, *messages),
        )
        self._set(Snapshot(report, dict(self._ids), metrics, scalars))

    def _set(self, snapshot: Snapshot) -> None:
        self._issued[snapshot.revision] = None
        while len(self._issued) > REVISIONS:
            del self._issued[next(iter(self._issued))]
        self._snapshot = snapshot

    def _progress(self) -> Progress:
        total = len(self._tokens.keys() | self._pending.keys())
        return Progress(judged=total - len(self._pending), total=total)

    def _messages(self) -> tuple[str, ...]:
        texts = [text for text in (self._complaint, self._stopped) if text]
        texts += self._failures.values()
        texts += self._source.complaints()
        more = len(texts) - MESSAGES
        return (*texts[:MESSAGES], *([f"{more} more such messages are left out."] if more > 0 else []))

    def _revise(self, progress: Progress, messages: Sequence[str]) -> str:
        models = sorted((run, model.origin) for run, model in self._models.items())
        return revision(
            (self._log, self._config, self._kept, progress, messages, models), self._ids, self._digests, self._scalars
        )


def describe(error: Exception) -> str:
    """Put an error in one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:300]}" if text else type(error).__name__

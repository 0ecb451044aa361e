"""When a log is looked at and measured: in the background, chunk by chunk, from the first request for it on."""

from __future__ import annotations

import contextlib
import functools
import gc
import logging
import threading
import time
from collections.abc import Iterator, Sequence

from tensorboard.context import RequestContext

from ..config import DEFAULTS, Config
from ..histogram import HistogramBatch, Series
from ..provider.listing import Listed
from ..provider.sources import Source
from ..report import Progress
from .knowledge import Knowledge, describe
from .snapshot import Snapshot

CHECK_EVERY = 1.0
"""Seconds between two looks at what the log holds."""
JUDGE_EVERY = 1.0
"""Seconds between two reports while measuring goes on, at least."""
FIRST_BYTES = 2**20
"""Of the first chunk while nothing is known: a first report soon."""
FIRST_PATIENCE = 2.0
"""Seconds that an answer waits for a first report: an empty one, and a tab that asks again later, would cost more."""
REVISIONS = 1000
"""Revisions remembered as issued."""

_LOGGER = logging.getLogger(__name__)


class Ledger:
    """Measure one experiment in the background and answer with what is known: at once, but for the first time.

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
        _spare_the_collector()
        self._source = source
        self._lock = threading.Lock()
        self._worker: threading.Thread | None = None
        self._closed = False
        self._looked = float("-inf")
        self._snapshot: Snapshot | None = None
        self._issued: dict[str, None] = {}
        self._first = threading.Event()
        # The rest belongs to the worker while one runs, and to the holder of the lock otherwise.
        self._listed: Listed = {}
        self._tokens: dict[Series, tuple[int, float]] = {}
        self._pending: dict[Series, tuple[int, float]] = {}
        self._scalar_tokens: dict[str, object] = {}
        self._known = Knowledge(source, kept, config, complaint)

    def refresh(self, ctx: RequestContext) -> Snapshot:
        """Return what is known now, a little later where that is nothing yet.

        Measuring starts when the log has changed since the last look.

        Raises
        ------
        Exception
            Whatever the provider raised while listing.
        """
        with self._lock:
            idle = self._worker is None or not self._worker.is_alive()
            if self._snapshot is None or (idle and time.monotonic() - self._looked >= CHECK_EVERY):
                self._look(ctx)
        self._first.wait(FIRST_PATIENCE)
        assert self._snapshot is not None
        return self._snapshot

    def begin(self, ctx: RequestContext) -> None:
        """Look at the log for who will soon ask, in a thread of its own."""

        def look() -> None:
            with contextlib.suppress(Exception):  # asked again, it tells
                self.refresh(ctx)

        if self._snapshot is None:
            threading.Thread(target=look, name="histdiag", daemon=True).start()

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
        self._listed = self._source.list_series(ctx)
        self._looked = time.monotonic()
        self._pending = {series: token for series, token in self._listed.items() if self._tokens.get(series) != token}
        gone = self._tokens.keys() - self._listed.keys()
        for series in gone:
            del self._tokens[series]
            self._known.forget(series)
        self._known.name(list(self._pending), ctx)
        further = self._look_at_scalars(sorted({series.run for series in self._listed}), ctx)
        if self._snapshot is None or ((gone or further) and not self._pending):
            self._publish()
        elif self._pending:
            self._set(self._known.outdated(self._snapshot, self._progress(), self._listed))
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
            self._known.read_runs(moved, ctx)
        return bool(moved)

    def _work(self, ctx: RequestContext) -> None:
        """Measure what is pending; publish now and then, and at the end."""
        self._known.stopped = ""
        try:
            self._measure(ctx)
        except Exception as error:
            _LOGGER.warning("histdiag stopped measuring and will try again", exc_info=True)
            self._known.stopped = f"Measuring stopped and will be tried again: {describe(error)}"
        if not self._closed:
            self._publish()
        self._first.set()

    def _measure(self, ctx: RequestContext) -> None:
        """Publish each time that twice as much is done: all reports on the way cost no more than the last one."""
        published = time.monotonic() if self._known else float("-inf")
        total, done = len(self._pending), 0
        runs: set[str] = set()
        for batch in self._read(list(self._pending), self._listed, ctx):
            new = [run for run in dict.fromkeys(series.run for series in batch.series) if run not in runs]
            self._known.read_runs(new, ctx)
            runs.update(new)
            self._known.take(batch)
            for series in batch.series:
                self._settle(series)
            if self._closed:
                return
            now = total - len(self._pending)
            if self._pending and now >= 2 * done and time.monotonic() - published >= JUDGE_EVERY:
                self._publish()
                published, done = time.monotonic(), now
        # What was listed and gave nothing holds no histogram.
        for series in list(self._pending):
            self._settle(series)

    def _read(self, wanted: Sequence[Series], listed: Listed | None, ctx: RequestContext) -> Iterator[HistogramBatch]:
        """Yield chunks; where reading fails, halve until only the series that cannot be read is left out."""
        done = 0
        try:
            first = None if self._known else FIRST_BYTES
            for batch in self._source.batches(wanted, first=first, listed=listed, ctx=ctx):
                yield batch
                done = wanted.index(batch.series[-1], done) + 1
            return
        except Exception as error:
            rest = wanted[done:]
            if len(rest) == 1:
                self._source.list_series(ctx)  # Raises where the provider is gone: no fault of this series.
                self._known.fail(rest[0], "read", error)
                self._settle(rest[0])
                return
        middle = len(rest) // 2
        yield from self._read(rest[:middle], None, ctx)
        yield from self._read(rest[middle:], None, ctx)

    def _settle(self, series: Series) -> None:
        """Note that a series is dealt with, so that it is left in peace until it changes."""
        self._tokens[series] = self._pending.pop(series)

    def _publish(self) -> None:
        """Judge what is measured and make that the answer."""
        self._set(self._known.judged(self._progress(), self._listed))
        if self._known or not self._pending:
            self._first.set()

    def _set(self, snapshot: Snapshot) -> None:
        self._issued[snapshot.revision] = None
        while len(self._issued) > REVISIONS:
            del self._issued[next(iter(self._issued))]
        self._snapshot = snapshot

    def _progress(self) -> Progress:
        total = len(self._tokens.keys() | self._pending.keys())
        return Progress(judged=total - len(self._pending), total=total)


@functools.cache
def _spare_the_collector() -> None:
    """Leave what TensorBoard has loaded before out of garbage collections from now on.

    Each chunk read makes enough objects for a full collection. With TensorFlow loaded, that goes through a million
    others, which stay anyway, and holds all of TensorBoard for 0.3 s each time.
    """
    gc.freeze()

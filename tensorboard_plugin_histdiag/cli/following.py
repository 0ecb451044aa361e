"""Follow a log directory while it grows: what changes is read again, nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tensorboard.context import RequestContext

from ..config import Config
from ..provider.event_files import event_bytes
from ..provider.logdir import Load, NoServer, multiplexer, serving
from ..provider.sources import Source, SourceError
from ..server import ledger
from ..server.ledger import Ledger
from ..server.snapshot import Snapshot

_GLANCE = 0.05
"""Seconds between two glances at how far measuring is."""


class Following:
    """A log directory that is loaded again and again.

    Parameters
    ----------
    source
        Its data.
    config
        By what to judge, and what to mute.
    again
        Waits until the log has been loaded once more, and tells whether it was.
    """

    def __init__(self, source: Source, config: Config, again: Callable[[], bool]) -> None:
        self._source = source
        self._ledger = Ledger(source, kept=None, config=config)
        self._again = again
        self._looked = float("-inf")
        self._ctx = RequestContext()

    def look(self) -> Snapshot:
        """Return what is known of all that is loaded; what changed is measured and judged."""
        # The ledger does not look at the log more often than that.
        time.sleep(max(0.0, self._looked + ledger.CHECK_EVERY - time.monotonic()))
        self._looked = time.monotonic()
        while True:
            snapshot = self._ledger.refresh(self._ctx)
            if snapshot.report.progress.judged == snapshot.report.progress.total:
                return snapshot
            time.sleep(_GLANCE)

    def wait(self) -> None:
        """Wait until the log has been loaded once more."""
        if not self._again():
            raise SourceError("TensorBoard's data server has stopped.")

    @property
    def incomplete(self) -> bool:
        """Whether this reader keeps only the images where they share tags with histograms."""
        return self._source.name == "rust" and bool(self._source.foreign)

    def close(self) -> None:
        """Stop measuring."""
        self._ledger.close()


def logged_bytes(path: Path) -> int | None:
    """Return the size of all event files under a directory, None where there are none, or no such directory."""
    try:
        return event_bytes(path)
    except OSError:
        return None


@contextmanager
def follow(
    path: Path, config: Config, *, every: int, runs: Callable[[str], bool] | None = None, fast: bool = True
) -> Iterator[Following]:
    """Follow a log directory in which there are event files.

    Parameters
    ----------
    path
        The directory.
    config
        By what to judge, and what to mute.
    every
        Seconds between two looks.
    runs
        Tells which runs to look at, all if not given.
    fast
        Whether to read with TensorBoard's data server, where there is one.
    """
    with ExitStack() as stack:
        try:
            if not fast:
                raise NoServer("not wanted")
            provider, load = stack.enter_context(serving(path, every=every))
            again = _next_cycle(load)
        except NoServer:
            provider, reload = multiplexer(path)
            again = _after(every, reload)
        following = Following(Source(provider, runs=runs), config, again)
        stack.callback(following.close)
        yield following


def _next_cycle(load: Load) -> Callable[[], bool]:
    """Return what waits for a load cycle that has not been seen."""
    seen = load.cycles

    def wait() -> bool:
        nonlocal seen
        there = load.wait(seen + 1)
        seen = load.cycles
        return there

    return wait


def _after(seconds: float, reload: Callable[[], None]) -> Callable[[], bool]:
    def wait() -> bool:
        time.sleep(seconds)
        reload()
        return True

    return wait

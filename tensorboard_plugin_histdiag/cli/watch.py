"""``histdiag check --watch``: follow a running training."""

from __future__ import annotations

import argparse
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from .ending import CLEAR, FOUND, NO_HISTOGRAMS, Stop
from .options import pattern_of, unreadable
from .signals import Terminated
from .terminal import note

if TYPE_CHECKING:
    from ..config import Config
    from ..report import Report
    from .following import Following
    from .output import Output

INTERVAL = 30
Give = Callable[["Report"], "Output"]


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    group = parser.add_argument_group("a training that is still running")
    group.add_argument(
        "--watch",
        metavar="SECONDS",
        type=_interval,
        nargs="?",
        const=INTERVAL,
        help=f"look every so many seconds (default: {INTERVAL}), say on standard error what has changed, and end with 1"
        " as soon as a finding fails the check; SIGTERM ends it with 0 and the report",
    )
    group.add_argument(
        "--until-idle",
        metavar="SECONDS",
        type=_seconds,
        help="with --watch: end with 0 and the report when nothing new was logged for so long",
    )


def _interval(text: str) -> int:
    try:
        return _seconds(text)
    except argparse.ArgumentTypeError as wrong:
        raise argparse.ArgumentTypeError(f"{wrong}; LOGDIR goes before --watch") from wrong


def _seconds(text: str) -> int:
    if text.isdecimal() and int(text) > 0:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no whole number of seconds above 0")


def checked(arguments: argparse.Namespace) -> None:
    """End where the options do not fit together."""
    for name in ("watch", "memory"):
        if getattr(arguments, name) is not None and "://" in arguments.logdir:
            raise Stop(f"--{name} needs a directory of this machine, and {arguments.logdir} is none")
    if arguments.until_idle is not None and arguments.watch is None:
        raise Stop("--until-idle goes with --watch")
    if arguments.memory is not None and arguments.watch is not None:
        raise Stop("--memory does not go with --watch: a training is followed by holding what it has logged")


def run(arguments: argparse.Namespace, config: Config, judged: Give) -> int:
    """Look at the log until a finding fails the check, nothing new comes or a signal does; then show the report.

    Parameters
    ----------
    arguments
        What was asked for.
    config
        By what to judge.
    judged
        Compares a report with the baseline.
    """
    watch = _Watch(arguments, config, judged)
    try:
        with unreadable():
            watch.until_something_ends_it()
    except Terminated as end:
        if end.signal is not signal.SIGTERM or not watch.looked:
            raise
        note("Terminated.")
    if watch.last is None:
        raise Stop(f"no histograms came into {arguments.logdir}", NO_HISTOGRAMS)
    watch.last.give(arguments)
    return FOUND if watch.last.failing else CLEAR


class _Watch:
    """What was seen last, and when; and whether anything was."""

    def __init__(self, arguments: argparse.Namespace, config: Config, judged: Give) -> None:
        pattern = pattern_of(arguments)
        self._runs = None if pattern is None else lambda run: pattern.search(run) is not None
        self._path = Path(arguments.logdir).expanduser()
        self._every: int = arguments.watch
        self._patience = float("inf") if arguments.until_idle is None else float(arguments.until_idle)
        self._config = config
        self._judged = judged
        self._changed = time.monotonic()
        self._size: int | None = None
        self._revision = ""
        self.looked = False
        self.last: Output | None = None

    def until_something_ends_it(self) -> None:
        from .following import follow, logged_bytes

        note(f"Watching {self._path} every {self._every} s.")
        if logged_bytes(self._path) is None:
            note("There are no event files yet.")
            self.looked = True
        while logged_bytes(self._path) is None:
            if self._idle():
                return
            time.sleep(self._every)
        fast = True
        while True:
            with follow(self._path, self._config, every=self._every, runs=self._runs, fast=fast) as following:
                if self._ended(following):
                    return
            fast = False
            note("Reading with TensorBoard's slower Python reader: the data server loses histograms to images.")

    def _ended(self, following: Following) -> bool:
        """Look again and again; return False where the other reader has to."""
        while True:
            snapshot = following.look()
            if following.incomplete:
                return False
            self.looked = True
            if snapshot.revision != self._revision:
                self._revision = snapshot.revision
                if snapshot.report.progress.total:
                    self._tell(snapshot.report)
                else:
                    note(f"There are no histograms {'any more' if self.last else 'yet'}.")
            if (self.last is not None and self.last.failing) or self._idle():
                return True
            following.wait()

    def _tell(self, report: Report) -> None:
        from ..formats.changes import changes

        before, self.last = self.last, self._judged(report)
        for line in changes(None if before is None else before.report, self.last.report, self.last.known):
            note(line)

    def _idle(self) -> bool:
        """Tell whether nothing came for long: a loss alone is a sign of life, too."""
        from .following import logged_bytes

        before, self._size = self._size, logged_bytes(self._path)
        if self._size != before:
            self._changed = time.monotonic()
        idle = time.monotonic() - self._changed >= self._patience
        if idle:
            note(f"Nothing new was logged for {self._patience:,.0f} s.")
        return idle

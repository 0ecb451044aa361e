"""Diagnose a log within a bound of memory: run by run, and of runs that are larger than it a sample of the records.

What takes memory is what TensorBoard's reader holds, all that it has read and twice what stands in the files, and the
metrics, as large as the histograms of thirty buckets that they are made of. Both go with the number of records. The
bound is on all processes together; the figures below were measured on logs of up to 780 MB.
"""

from __future__ import annotations

import math
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import msgspec

from ..config import Config
from ..diagnose import diagnose
from ..joining import join
from ..provider.event_files import event_files, flaws
from ..provider.logdir import NoServer, load_multiplexer, serving
from ..provider.sources import NotReadable, Source, SourceError, none_found
from ..report import Report
from ..selection import Asked, matching
from ..words import counted

FIXED = 120_000_000
"""Bytes of two processes that have read nothing: Python with all that is imported, and the data server."""
CHUNK_SHARE = 64
"""Part of the bound that is read at once; ten times as much is held for a moment, in its several forms."""
COPIES = 10
READ, BUCKET = 2.5, 24
"""Bytes held for each byte of buckets, and bytes of a bucket."""
RECORD = 2000
"""Bytes of a record beside its buckets: its metrics, for a moment twice, and what frames it."""
SERIES = 6000
"""Bytes of a series in the report."""
FEWEST = 5
"""Records of a series with which there is something to judge."""


@dataclass(frozen=True)
class Run:
    """A run's name, the size of its files, and how many buckets a record of each of its series has."""

    name: str
    size: int
    buckets: tuple[int, ...]

    @property
    def step(self) -> float:
        """Bytes of one record of every series."""
        return sum(READ * BUCKET * buckets + RECORD for buckets in self.buckets)

    @property
    def records(self) -> int:
        """Records of a series, guessed from the size of the files, rather too many."""
        return 1 + self.size // max(1, sum(BUCKET * buckets for buckets in self.buckets))

    def bytes_of(self, records: int) -> float:
        """Return the bytes that so many records of every series take, with those of the widest read at once."""
        return records * (self.step + COPIES * BUCKET * max(self.buckets, default=0))


@dataclass(frozen=True)
class Part:
    """Runs to read at once, and how many records of each series, all where that is None."""

    runs: tuple[str, ...]
    keep: int | None


def plan(runs: Sequence[Run], bound: int) -> list[Part]:
    """Divide a log into parts that each fit into so many bytes.

    Raises
    ------
    SourceError
        Not even a few records of a run do; the message says how much it takes.
    """
    left = bound - FIXED - COPIES * bound // CHUNK_SHARE - SERIES * sum(len(run.buckets) for run in runs)
    short = max((run.bytes_of(FEWEST) for run in runs), default=0.0) - left
    if short > 0:
        enough = math.ceil((bound + short / (1 - COPIES / CHUNK_SHARE)) / 1e6)
        raise SourceError(f"A bound of {bound / 1e6:,.0f} MB is too small for this log; it takes {enough:,.0f} MB.")
    parts: list[Part] = []
    together: list[str] = []
    taken = 0.0
    for run in runs:
        whole = run.bytes_of(run.records)
        if whole > left:
            parts.append(Part((run.name,), int(left // run.bytes_of(1))))
            continue
        if taken + whole > left:
            parts.append(Part(tuple(together), None))
            together, taken = [], 0.0
        together.append(run.name)
        taken += whole
    return parts + ([Part(tuple(together), None)] if together else [])


def diagnose_within(
    path: str | os.PathLike[str],
    bound: int,
    *,
    config: Config,
    runs: Asked = None,
    progress: Callable[[str], None],
) -> Report:
    """Measure and judge a log directory in at most so many bytes of memory.

    Parameters
    ----------
    path
        A directory that holds event files, at any depth.
    bound
        Bytes, over all processes.
    config
        By what to judge, and what to mute.
    runs
        A run's name, several, or a compiled pattern that is searched for in the names; all if not given.
    progress
        Called with a short sentence whenever something that takes time begins.

    Raises
    ------
    SourceError
        The bound is too small, or the log cannot be read.
    Unknown
        There is no such run.
    """
    root = Path(path).expanduser()
    try:
        everything = event_files(root)
    except OSError as error:
        raise NotReadable(f"Cannot read {root}: {error.strerror}.") from None
    asked = matching(runs, sorted(everything), "run") if everything else set()
    files = {run: each for run, each in everything.items() if run in asked}
    progress("Looking at what is logged")
    found = _look(files)
    flawed = flaws(files)
    if not found:
        raise none_found(root, flawed.unread)
    parts = plan(found, bound)
    reports = []
    for number, part in enumerate(parts, 1):
        progress(f"Part {number:,} of {len(parts):,}: {', '.join(part.runs[:3])}")
        with _opened(files, part.runs, part.keep, bound // CHUNK_SHARE) as source:
            reports.append(diagnose(source, config=config, kept=part.keep))
    report = join(reports, config)
    return msgspec.structs.replace(
        report, messages=(*flawed.unread, *flawed.cut, *report.messages, *_said(report, parts, bound))
    )


def _look(files: Mapping[str, Sequence[tuple[Path, int]]]) -> list[Run]:
    """Read one record of each series."""
    buckets: dict[str, list[int]] = {}
    with _opened(files, tuple(files), 1, None) as source:
        for batch in source.batches():
            widths = (batch.start[batch.series_start[1:]] - batch.start[batch.series_start[:-1]]).tolist()
            for series, width in zip(batch.series, widths, strict=True):
                buckets.setdefault(series.run, []).append(width)
    return [Run(name, sum(size for _, size in files[name]), tuple(each)) for name, each in sorted(buckets.items())]


@contextmanager
def _opened(
    files: Mapping[str, Sequence[tuple[Path, int]]], runs: Sequence[str], keep: int | None, chunk: int | None
) -> Iterator[Source]:
    """Open some runs alone: a reader is given a directory, in which there are links to their files."""
    with ExitStack() as stack:
        temporary = tempfile.TemporaryDirectory(prefix="histdiag_")
        # Once more, for a signal that comes while it is removed interrupts that.
        stack.callback(shutil.rmtree, temporary.name, ignore_errors=True)
        root = Path(stack.enter_context(temporary))
        for run in runs:
            (root / run).mkdir(parents=True, exist_ok=True)
            for file, _ in files[run]:
                _link(root / run / file.name, file.absolute())
        try:
            with ExitStack() as served:
                source = Source(served.enter_context(serving(root, keep=keep))[0], keep=keep, chunk=chunk)
                for _ in source.batches(downsample=1):
                    pass
                if source.foreign:
                    raise NoServer("the data server keeps only the images where they share tags with histograms")
                stack.push(served.pop_all())
        except NoServer:
            _without_tensorflow()
            source = Source(load_multiplexer(root, keep=keep), keep=keep, chunk=chunk)
        yield source


def _without_tensorflow() -> None:
    """Turn TensorBoard's own switch: its Python reader does without TensorFlow then, which takes 300 MB by itself."""
    sys.modules.setdefault("tensorboard.compat.notf", ModuleType("tensorboard.compat.notf"))


def _link(link: Path, file: Path) -> None:
    try:
        link.symlink_to(file)
    except OSError as error:  # Windows lets few people
        raise SourceError(f"No link to an event file can be made ({error.strerror}): leave --memory out.") from None


def _said(report: Report, parts: Sequence[Part], bound: int) -> list[str]:
    """Say of which runs only a sample was read."""
    sampled = {part.runs[0]: part.keep for part in parts if part.keep is not None}
    longest = {entry.run: entry.records for entry in report.runs}
    return [
        f"Of run {run!r}, {keep:,} records of each tensor were read, chosen at random, to keep to {bound / 1e6:,.0f} MB"
        f" of memory: {counted(sum(entry.run == run and entry.sampled for entry in report.series), 'tensor')} had more."
        for run, keep in sampled.items()
        if keep is not None and longest.get(run, 0) >= keep
    ]

"""Writing the demo's runs as TensorBoard logs.

The records are framed by TensorBoard's own ``RecordWriter``. The ``EventFileWriter`` around it opens its file through
``tensorboard.compat.tf``, which imports TensorFlow wherever that is installed: five seconds for a call to ``open``.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.plugins.histogram.summary_v2 import histogram_pb
from tensorboard.plugins.scalar.summary_v2 import scalar_pb
from tensorboard.summary.writer.record_writer import RecordWriter

from .network import Snapshot
from .runs import INTERVAL, RUNS, STEPS, DemoRun, train_run

MARKER: Final = "histdiag-demo.txt"
_MARKER_TEXT: Final = "Written by `histdiag demo`, which may replace the runs in this folder.\n"
_SUFFIX: Final = ".histdiag-demo"


class ForeignDirectory(Exception):
    """The directory holds something that the demo did not write."""


def prepare(logdir: Path) -> None:
    """Make ``logdir``, or empty it of an earlier demo's runs.

    Raises
    ------
    ForeignDirectory
        If it is no directory, or holds files and was not made by the demo. Nothing is touched then.
    """
    if logdir.exists() and not logdir.is_dir():
        raise ForeignDirectory(f"{logdir} is not a directory.")
    if logdir.is_dir() and any(logdir.iterdir()) and not (logdir / MARKER).is_file():
        raise ForeignDirectory(
            f"{logdir} is not empty and was not made by histdiag demo. Name a new or an empty directory."
        )
    logdir.mkdir(parents=True, exist_ok=True)
    (logdir / MARKER).write_text(_MARKER_TEXT, encoding="utf-8")
    for run in RUNS:
        for old in (logdir / run.name).glob(f"events.out.tfevents.*{_SUFFIX}"):
            old.unlink()


def write_runs(logdir: Path, console: Console) -> None:
    """Train every run and log it under ``logdir``, with a progress bar."""
    columns = (TextColumn("{task.description:<19}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=len(RUNS) * (STEPS // INTERVAL + 1))
        for run in RUNS:
            progress.update(task, description=run.name)
            for _ in write_run(run, logdir / run.name):
                progress.advance(task)


def write_run(run: DemoRun, directory: Path) -> Iterator[Snapshot]:
    """Train one run and log it, and yield every snapshot once it is written."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"events.out.tfevents.{time.time():010.0f}{_SUFFIX}"
    with path.open("wb") as file:
        records = RecordWriter(file)
        records.write(Event(wall_time=time.time(), file_version="brain.Event:2").SerializeToString())
        for snapshot in train_run(run):
            records.write(to_event(snapshot, time.time()).SerializeToString())
            yield snapshot


def to_event(snapshot: Snapshot, wall_time: float) -> Event:
    """Return one event that holds all histograms and scalars of a step."""
    event = Event(step=snapshot.step, wall_time=wall_time)
    # histogram_pb casts NaN to a bucket number on its way to a histogram whose every edge is NaN.
    with np.errstate(invalid="ignore", over="ignore"):
        for tag, tensor in snapshot.tensors.items():
            event.summary.value.extend(histogram_pb(tag, tensor).value)
    for tag, value in snapshot.scalars.items():
        event.summary.value.extend(scalar_pb(tag, value).value)
    return event

"""One way to log for all recipes, whichever writer is behind it; the raw tensors are kept beside the log."""

from __future__ import annotations

import struct
import sys
import types
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from tensorboard.compat.proto.event_pb2 import Event
from writers import scalar_event, values_event

Series = dict[int, np.ndarray]
Tensors = dict[str, Series]


class Log(Protocol):
    """Where a training logs to."""

    def histogram(self, tag: str, values: Any, step: int) -> None:
        """Log a tensor's histogram."""

    def scalar(self, tag: str, value: float, step: int) -> None:
        """Log one number."""

    def close(self) -> None:
        """Write what is still in memory."""


class HistogramPb:
    """TensorBoard's own `histogram_pb`."""

    def __init__(self, folder: Path) -> None:
        from tensorboard.summary.writer.record_writer import RecordWriter

        folder.mkdir(parents=True, exist_ok=True)
        self._file = (folder / "events.out.tfevents.1700000000.host").open("wb")
        self._writer = RecordWriter(self._file)
        self._time = 1.7e9
        self._write(Event(file_version="brain.Event:2"))

    def _write(self, event: Event) -> None:
        event.wall_time = self._time
        self._time += 0.01
        self._writer.write(event.SerializeToString())

    def histogram(self, tag: str, values: Any, step: int) -> None:
        self._write(values_event(tag, step, values))

    def scalar(self, tag: str, value: float, step: int) -> None:
        self._write(scalar_event(tag, step, value))

    def close(self) -> None:
        self._file.close()


class SummaryWriterLog:
    """PyTorch's or tensorboardX's SummaryWriter."""

    def __init__(self, writer: Any) -> None:
        self._writer = writer

    def histogram(self, tag: str, values: Any, step: int) -> None:
        self._writer.add_histogram(tag, values, step)

    def scalar(self, tag: str, value: float, step: int) -> None:
        self._writer.add_scalar(tag, value, step)

    def close(self) -> None:
        self._writer.close()


class TensorFlow2:
    """`tf.summary` of TensorFlow 2, the histograms of a step written by one compiled function."""

    def __init__(self, folder: Path) -> None:
        import tensorflow as tf

        compile_buckets()
        self._tf: Any = tf
        self._writer: Any = tf.summary.create_file_writer(str(folder))
        self._step = 0
        self._waiting: dict[str, np.ndarray] = {}
        self._compiled: dict[tuple[str, ...], Any] = {}

    def histogram(self, tag: str, values: Any, step: int) -> None:
        if step != self._step or tag in self._waiting:
            self._flush()
        self._step = step
        self._waiting[tag] = np.float32(values)

    def scalar(self, tag: str, value: float, step: int) -> None:
        with self._writer.as_default():
            self._tf.summary.scalar(tag, value, step)

    def close(self) -> None:
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        """Write the histograms of the step that is over."""
        tags = tuple(self._waiting)
        if tags and tags not in self._compiled:
            self._compiled[tags] = self._compile(tags)
        if tags:
            self._compiled[tags](np.int64(self._step), *self._waiting.values())
        self._waiting.clear()

    def _compile(self, tags: tuple[str, ...]) -> Any:
        tensor: Any = self._tf.TensorSpec

        def write(step: Any, *tensors: Any) -> None:
            with self._writer.as_default():
                for tag, values in zip(tags, tensors, strict=True):
                    self._tf.summary.histogram(tag, values, step)

        signature = [tensor([], self._tf.int64), *(tensor(None, self._tf.float32) for _ in tags)]
        return self._tf.function(write, autograph=False, input_signature=signature)


@cache
def compile_buckets() -> None:
    """Have `tf.summary.histogram` count in one compiled function: out of its own steps, one by one, it takes long."""
    import tensorflow as tf
    from tensorboard.plugins.histogram import summary_v2

    count: Any = summary_v2._buckets
    compiled = tf.function(
        lambda data: count(data, 30), autograph=False, input_signature=[tf.TensorSpec(None, tf.float32)]
    )
    summary_v2._buckets = lambda data, bucket_count=None: compiled(data)


def open_writer(writer: str, folder: Path) -> Log:
    """Open one of the writers: histogram-pb, tensorboardx, torch or tf2."""
    if writer == "histogram-pb":
        return HistogramPb(folder)
    if writer == "tensorboardx":
        import tensorboardX

        return SummaryWriterLog(tensorboardX.SummaryWriter(str(folder)))
    if writer == "torch":
        # TensorBoard's own switch: PyTorch's writer then does without TensorFlow, slow to import.
        sys.modules.setdefault("tensorboard.compat.notf", types.ModuleType("tensorboard.compat.notf"))
        from torch.utils.tensorboard import SummaryWriter

        return SummaryWriterLog(SummaryWriter(str(folder)))
    return {"tf2": TensorFlow2}[writer](folder)


class KeepingRaw:
    """A log that keeps every tensor beside it, in one file that numpy reads: keys are "step tag".

    Tensors are float32; scalars are kept in the same way as float64. A tensor that the writer refuses is left out, as
    it is in trainings that go on.
    """

    def __init__(self, log: Log, path: Path) -> None:
        self._log = log
        self._path = path
        self._kept: dict[str, np.ndarray] = {}

    def histogram(self, tag: str, values: Any, step: int) -> None:
        raw = np.array(values, dtype=np.float32)
        try:
            self._log.histogram(tag, raw, step)
        except ValueError as refused:  # some writers take nothing that is NaN throughout, or beyond 1e20
            if "histogram is empty" not in str(refused):
                raise
        else:
            self._kept[f"{step} {tag}"] = raw

    def scalar(self, tag: str, value: float, step: int) -> None:
        self._log.scalar(tag, float(value), step)
        self._kept[f"{step} {tag}"] = np.array(value, dtype=np.float64)

    def close(self) -> None:
        self._log.close()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(self._path, **self._kept)  # type: ignore[arg-type]


def tags_in(folder: Path) -> set[str]:
    """Return the tags in the event files below a folder; records are read without their checksums."""
    tags: set[str] = set()
    for path in folder.rglob("*tfevents*"):
        content, at = path.read_bytes(), 0
        while at < len(content):
            (length,) = struct.unpack_from("<Q", content, at)
            event = Event.FromString(content[at + 12 : at + 12 + length])
            tags |= {value.tag for value in event.summary.value}
            at += length + 16
    return tags


def kept_in(path: Path) -> Tensors:
    """Read what was kept of a run, scalars too: by tag, then by step."""
    found: Tensors = {}
    with np.load(path) as kept:
        for key in kept.files:
            step, _, tag = key.partition(" ")
            found.setdefault(tag, {})[int(step)] = kept[key]
    return found


def is_scalar(series: Series) -> bool:
    """Tell what was logged as a scalar from tensors."""
    return next(iter(series.values())).dtype == np.float64

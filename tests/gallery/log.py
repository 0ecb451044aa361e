"""One way to log for all recipes, whichever writer is behind it; the raw tensors are kept beside the log."""

from __future__ import annotations

import sys
import types
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from tensorboard.compat.proto.event_pb2 import Event
from writers import scalar_event, values_event


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
    """`tf.summary` of TensorFlow 2."""

    def __init__(self, folder: Path) -> None:
        import tensorflow as tf

        _compile_buckets()
        self._summary: Any = tf.summary
        self._writer: Any = tf.summary.create_file_writer(str(folder))

    def histogram(self, tag: str, values: Any, step: int) -> None:
        with self._writer.as_default():
            self._summary.histogram(tag, values, step)

    def scalar(self, tag: str, value: float, step: int) -> None:
        with self._writer.as_default():
            self._summary.scalar(tag, value, step)

    def close(self) -> None:
        self._writer.close()


@cache
def _compile_buckets() -> None:
    """Have `tf.summary.histogram` count in one compiled function: out of its own steps, one by one, it takes long."""
    import tensorflow as tf
    from tensorboard.plugins.histogram import summary_v2

    count: Any = summary_v2._buckets
    compiled = tf.function(lambda data: count(data, 30), input_signature=[tf.TensorSpec(None, tf.float32)])
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
    """A log that keeps every tensor beside it, in one file that numpy reads: keys are "step tag"."""

    def __init__(self, log: Log, path: Path) -> None:
        self._log = log
        self._path = path
        self._kept: dict[str, np.ndarray] = {}

    def histogram(self, tag: str, values: Any, step: int) -> None:
        raw = np.array(values, dtype=np.float32)
        self._log.histogram(tag, raw, step)
        self._kept[f"{step} {tag}"] = raw  # only now: writers refuse what is NaN throughout

    def scalar(self, tag: str, value: float, step: int) -> None:
        self._log.scalar(tag, float(value), step)

    def close(self) -> None:
        self._log.close()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(self._path, **self._kept)  # type: ignore[arg-type]

"""Log the same tensors with the writers that people use; run as a script for those that need TensorFlow."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2
from tensorboard.plugins.histogram import metadata as histogram_metadata
from tensorboard.plugins.histogram.summary import histogram_pb
from tensorboard.plugins.image import metadata as image_metadata
from tensorboard.plugins.scalar import metadata as scalar_metadata
from tensorboard.summary.writer.record_writer import RecordWriter
from tensorboard.util import tensor_util

STEPS = (0, 10, 20, 35)
VALUES = np.linspace(-1, 2, 50)
HUGE = sys.float_info.max

Tensors = Mapping[str, Sequence[np.ndarray]]


def sample() -> dict[str, list[np.ndarray]]:
    """Tensors of a small training run, one array a step."""
    rng = np.random.default_rng(7)
    count = len(STEPS)
    return {
        "dense/kernel": [rng.normal(0.1 * i, 0.05 * (i + 1), (40, 25)).astype(np.float32) for i in range(count)],
        "dense/relu": [np.maximum(rng.normal(-0.2, 1, 900), 0).astype(np.float32) for _ in range(count)],
        "dense/gradient": [(rng.standard_t(3, 600) * 1e-6).astype(np.float32) for _ in range(count)],
        "dense/bias": [np.full(12, 0.25 * i, np.float32) for i in range(count)],
        "norm/scale": [np.array([1.5 + i], np.float32) for i in range(count)],
    }


# Hand-made event files: what no writer of today produces, but logs hold.


def log_events(
    folder: Path, events: Iterable[event_pb2.Event], *, name: str = "0", version: str = "brain.Event:2"
) -> Path:
    """Write an event file; each event gets a wall time one second after the one before unless it has one."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"events.out.tfevents.170000000{name}.host"
    with path.open("wb") as file:
        writer = RecordWriter(file)
        if version:
            writer.write(event_pb2.Event(wall_time=1.7e9, file_version=version).SerializeToString())
        for index, event in enumerate(events):
            event.wall_time = event.wall_time or 1.7e9 + int(name) * 1000 + index
            writer.write(event.SerializeToString())
    return path


def rows_event(tag: str, step: int, rows: Any, *, content: bytes | None = None) -> event_pb2.Event:
    """Return a histogram in TensorBoard's tensor form, whatever the rows are."""
    metadata = histogram_metadata.create_summary_metadata(display_name="", description="")
    if content is not None:
        metadata.plugin_data.content = content
    tensor = rows if isinstance(rows, tensor_pb2.TensorProto) else tensor_util.make_tensor_proto(np.asarray(rows))
    value = summary_pb2.Summary.Value(tag=tag, metadata=metadata, tensor=tensor)
    return event_pb2.Event(step=step, summary=summary_pb2.Summary(value=[value]))


def values_event(tag: str, step: int, values: Any) -> event_pb2.Event:
    """Return a histogram as TensorBoard's own `histogram_pb` makes it of values."""
    with np.errstate(invalid="ignore"):  # NaN
        return event_pb2.Event(step=step, summary=histogram_pb(tag, np.asarray(values)))


def legacy_event(
    tag: str, step: int, *, limits: Sequence[float], counts: Sequence[float], least: float, most: float
) -> event_pb2.Event:
    """Return a histogram in the old form of TensorFlow 1, PyTorch and tensorboardX."""
    proto = summary_pb2.HistogramProto(min=least, max=most, num=sum(counts), bucket_limit=limits, bucket=counts)
    return event_pb2.Event(
        step=step, summary=summary_pb2.Summary(value=[summary_pb2.Summary.Value(tag=tag, histo=proto)])
    )


def image_event(tag: str, step: int) -> event_pb2.Event:
    """Return an image: a tensor of strings."""
    metadata = image_metadata.create_summary_metadata(display_name="", description="", converted_to_tensor=True)
    tensor = tensor_util.make_tensor_proto(np.array([b"1", b"1", b"\x89PNG"], dtype=object))
    value = summary_pb2.Summary.Value(tag=tag, metadata=metadata, tensor=tensor)
    return event_pb2.Event(step=step, summary=summary_pb2.Summary(value=[value]))


def scalar_event(tag: str, step: int, number: float) -> event_pb2.Event:
    """Return a scalar in TensorBoard's tensor form."""
    metadata = scalar_metadata.create_summary_metadata(display_name="", description="")
    tensor = tensor_util.make_tensor_proto(np.float32(number))
    value = summary_pb2.Summary.Value(tag=tag, metadata=metadata, tensor=tensor)
    return event_pb2.Event(step=step, summary=summary_pb2.Summary(value=[value]))


# The writers that need no TensorFlow.


def log_histogram_pb(folder: Path, tensors: Tensors, steps: Sequence[int] = STEPS) -> None:
    """Log with TensorBoard's `histogram_pb`, the numpy form of `tf.summary.histogram`."""
    log_events(folder, (values_event(tag, step, values) for tag, step, values in _in_time(tensors, steps)))


def log_tensorboardx(folder: Path, tensors: Tensors, steps: Sequence[int] = STEPS) -> None:
    from tensorboardX import SummaryWriter

    with SummaryWriter(str(folder)) as writer:
        for tag, step, values in _in_time(tensors, steps):
            writer.add_histogram(tag, values, step)


def log_torch(folder: Path, tensors: Tensors, steps: Sequence[int] = STEPS) -> None:
    import torch
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(folder)) as writer:
        for tag, step, values in _in_time(tensors, steps):
            writer.add_histogram(tag, torch.from_numpy(values), step)


def _in_time(tensors: Tensors, steps: Sequence[int]) -> Iterable[tuple[str, int, np.ndarray]]:
    for index, step in enumerate(steps):
        for tag, arrays in tensors.items():
            yield tag, step, arrays[index]


# The writers that need TensorFlow: one process for all of them, since importing it takes seconds.


def log_with_tensorflow(root: Path, tensors: Tensors) -> None:
    """Log to the folders tf2, tf1 and keras under ``root``."""
    root.mkdir(parents=True, exist_ok=True)
    given = root / "tensors.npz"
    np.savez(
        given, **{f"{index} {tag}": array for tag, arrays in tensors.items() for index, array in enumerate(arrays)}
    )
    run_with_tensorflow(__file__, str(root), str(given))


def run_with_tensorflow(script: str, *arguments: str) -> None:
    """Run a script that imports TensorFlow."""
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", "KERAS_BACKEND": "tensorflow"}
    done = subprocess.run([sys.executable, script, *arguments], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


def log_tf2(folder: Path, tensors: Tensors, steps: Sequence[int] = STEPS) -> None:
    import tensorflow as tf

    with tf.summary.create_file_writer(str(folder)).as_default():
        for tag, step, values in _in_time(tensors, steps):
            tf.summary.histogram(tag, values, step=step)


def log_tf1(folder: Path, tensors: Tensors, steps: Sequence[int] = STEPS) -> None:
    import tensorflow as tf

    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        fed = {tag: tf.compat.v1.placeholder(tf.float32, None) for tag in tensors}
        summaries = [tf.compat.v1.summary.histogram(tag, fed[tag]) for tag in tensors]
        merged = tf.compat.v1.summary.merge(summaries)
        writer = tf.compat.v1.summary.FileWriter(str(folder), session.graph)
        for index, step in enumerate(steps):
            logged = session.run(merged, {fed[tag]: arrays[index] for tag, arrays in tensors.items()})
            writer.add_summary(logged, step)
        writer.close()


def _log_keras(folder: Path, tensors: Tensors) -> None:
    """Train one epoch at a learning rate of zero, so that what is logged is what was given."""
    import keras

    kernel = tensors["dense/kernel"][0]
    model = keras.Sequential([keras.Input((kernel.shape[0],)), keras.layers.Dense(kernel.shape[1], name="dense")])
    model.layers[0].set_weights([kernel, np.zeros(kernel.shape[1], np.float32)])
    model.compile(keras.optimizers.SGD(0.0), "mse")
    features, targets = np.ones((8, kernel.shape[0]), np.float32), np.ones((8, kernel.shape[1]), np.float32)
    board = keras.callbacks.TensorBoard(str(folder), histogram_freq=1, write_images=True, write_graph=False)
    model.fit(features, targets, epochs=2, validation_data=(features, targets), callbacks=[board], verbose=0)


def main(root: Path, given: Path) -> None:
    with np.load(given) as archive:
        tensors: dict[str, list[np.ndarray]] = {}
        for name in archive.files:
            tensors.setdefault(name.partition(" ")[2], []).append(archive[name])
    log_tf2(root / "tf2", tensors)
    log_tf1(root / "tf1", tensors)
    _log_keras(root / "keras", tensors)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

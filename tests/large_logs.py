"""Write large logs quickly: realistic tags and 30 buckets, a few faults, and bytes that are patched, not serialised.

Each tag's event is made once by TensorBoard's own code; times, steps and buckets are then written over its bytes for
all steps at once, checksums included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.histogram.summary_v2 import histogram_pb
from tensorboard.summary.writer.record_writer import RecordWriter

Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]

BUCKETS = 30
FIRST_STEP, SPACING = 200, 100
"""Steps of the same number of bytes in a protocol buffer, up to 16,383."""
START = 1.7e9
"""Wall time of the first record."""
SHAPES = 64
AT_ONCE = 100_000
"""Histograms made at once."""

BLOCK = ("ln1", "attn/q", "attn/k", "attn/v", "attn/out", "ln2", "mlp/up", "mlp/down")
OUTPUTS = ("ln1", "attn/q", "attn/k", "attn/v", "attn/softmax", "attn/out", "ln2", "mlp/relu", "mlp/down", "residual")


@dataclass(frozen=True)
class Fault:
    """Tags that a word is in, and by what to multiply their values at a share of the training and of the depth."""

    word: str
    factor: Callable[[float, Floats], Floats]


VANISHING = Fault("/gradient", lambda time, depth: 10 ** (-9 * time * (1 - depth)))
EXPLODING = Fault("weight", lambda time, depth: 1 + 400 * time**3 * (depth > 0.9))
DEAD = Fault("relu/activation", lambda time, depth: np.where((depth > 0.5) & (time > 0.4), 0.0, 1.0))


def transformer(blocks: int) -> list[str]:
    """Return the tags of a transformer: 52 a block."""
    tags = []
    for block in range(blocks):
        for layer in BLOCK:
            for tensor in ("weight", "bias"):
                tags += [f"block{block}/{layer}/{tensor}", f"block{block}/{layer}/{tensor}/gradient"]
        for output in OUTPUTS:
            tags += [f"block{block}/{output}/activation", f"block{block}/{output}/activation/gradient"]
    return tags


def network(layers: int) -> list[str]:
    """Return the tags of a convolutional network: six a layer."""
    kinds = ("conv/weight", "conv/weight/gradient", "conv/bias", "conv/bias/gradient", "relu/activation", "bn/weight")
    return [f"stage{layer // 10}/layer{layer}/{kind}" for layer in range(layers) for kind in kinds]


def write_run(folder: Path, tags: Sequence[str], steps: int, faults: Sequence[Fault] = (), seed: int = 0) -> None:
    """Log random histograms of all tags, and a loss."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(seed)
    shapes = _shapes(random)
    made = [_template(tag) for tag in tags]
    depth = np.linspace(0, 1, len(tags))
    with (folder / "events.out.tfevents.0.large").open("wb") as file:
        writer = RecordWriter(file)
        writer.write(Event(wall_time=START, file_version="brain.Event:2").SerializeToString())
        for step in range(1000):
            loss = Summary.Value(tag="loss", simple_value=2.3 * 0.997**step + 0.02 * float(random.random()))
            event = Event(wall_time=START + step, step=step * 10, summary=Summary(value=[loss]))
            writer.write(event.SerializeToString())
        at_once = max(1, AT_ONCE // len(tags))
        for first in range(0, steps, at_once):
            some = range(first, min(first + at_once, steps))
            contents = np.stack([_buckets(tags, depth, shapes, step, steps, faults) for step in some])
            for record in _records(made, some, contents):
                file.write(record)


def _template(tag: str) -> tuple[Bytes, int]:
    """Return the bytes of a record's event, and where its buckets begin."""
    summary = histogram_pb(tag, np.linspace(1, 2, 100), buckets=BUCKETS)
    marked = summary.value[0].tensor.tensor_content
    event = Event(wall_time=START, step=FIRST_STEP, summary=summary).SerializeToString()
    return np.frombuffer(event, np.uint8), event.index(marked)


def _shapes(random: np.random.Generator) -> tuple[Floats, Floats]:
    """Return counts and edges of normal draws, then of what a ReLU leaves of them."""
    values = random.normal(size=(SHAPES, 2000)) + 0.05 * np.sin(np.arange(SHAPES))[:, None]
    made = [np.histogram(one, BUCKETS) for one in (*values, *np.maximum(values, 0))]
    return np.stack([count for count, _ in made]).astype(float), np.stack([edges for _, edges in made])


def _buckets(
    tags: Sequence[str], depth: Floats, shapes: tuple[Floats, Floats], step: int, steps: int, faults: Sequence[Fault]
) -> Floats:
    """Return the left and right edge and the count of each bucket of each tag."""
    time = step / steps
    cut = np.array(["relu" in tag and not tag.endswith("gradient") for tag in tags])
    is_gradient = np.array([tag.endswith("gradient") for tag in tags])
    is_activation = np.array([tag.endswith("activation") for tag in tags])
    scale = np.where(is_gradient, 0.01 * 0.2**time, np.where(is_activation, 1.0, 0.05 * (1 + 0.4 * time)))
    for fault in faults:
        scale = np.where([fault.word in tag for tag in tags], scale * fault.factor(time, depth), scale)
    chosen = (np.arange(len(tags)) * 7 + step) % SHAPES + SHAPES * cut
    counts, edges = (each[chosen] for each in shapes)
    edges *= scale[:, None]
    counts[scale == 0] = 2000 * (np.arange(BUCKETS) == BUCKETS - 1)
    return np.stack([edges[:, :-1], edges[:, 1:], counts], axis=-1)


def _records(made: Sequence[tuple[Bytes, int]], steps: range, contents: Floats) -> Iterator[bytes]:
    """Yield the records of all tags, step by step; those of one length are made together."""
    alike: dict[tuple[int, int], list[int]] = {}
    for index, (event, at) in enumerate(made):
        alike.setdefault((len(event), at), []).append(index)
    number = np.array([FIRST_STEP + SPACING * step for step in steps])[:, None]
    times = np.array([START + 30 * step for step in steps], "<f8").view(np.uint8).reshape(len(steps), 1, 8)
    places: dict[int, tuple[Bytes, int]] = {}
    for (length, at), members in alike.items():
        records = np.empty((len(steps), len(members), 12 + length + 4), np.uint8)
        size = np.frombuffer(length.to_bytes(8, "little"), np.uint8)[None]
        records[..., :8], records[..., 8:12] = size, _checksum(size)
        event = records[..., 12:-4]
        event[:] = np.stack([made[index][0] for index in members])
        event[..., 1:9] = times
        event[..., 10], event[..., 11] = number & 0x7F | 0x80, number >> 7
        buckets = np.ascontiguousarray(contents[:, members], "<f8").reshape(len(steps), len(members), -1)
        event[..., at : at + 24 * BUCKETS] = buckets.view(np.uint8)
        records[..., -4:] = _checksum(event.reshape(-1, length)).reshape(len(steps), len(members), 4)
        places |= {index: (records, place) for place, index in enumerate(members)}
    for step in range(len(steps)):
        for index in range(len(made)):
            records, place = places[index]
            yield records[step, place].tobytes()


def _table() -> NDArray[np.uint32]:
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> 1) ^ np.uint32(0x82F63B78), table >> 1)
    return table.astype(np.uint32)


TABLE = _table()


def _checksum(rows: Bytes) -> Bytes:
    """Return the masked CRC-32C of each row, as four bytes."""
    crc = np.full(len(rows), 0xFFFFFFFF, np.uint32)
    for column in np.ascontiguousarray(rows.T):
        crc = TABLE[(crc ^ column) & 0xFF] ^ (crc >> 8)
    crc = ~crc
    masked = ((crc >> 15) | (crc << 17)) + np.uint32(0xA282EAD8)
    return np.ascontiguousarray(masked, "<u4")[:, None].view(np.uint8)

"""Train small networks, and log and record the same tensors; run as a script: LIBRARY FOLDER.

Below the folder are then the logs, ``logs/healthy`` and so on, and ``healthy.json``, the report of what was recorded.
Both go by the same clock, a second a step: a busy machine must not make one stall and not the other.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest import mock

import msgspec
import numpy as np
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.summary.writer.record_writer import RecordWriter

import tensorboard_plugin_histdiag as histdiag

SIZES = (12, 24, 24, 4)
KINDS = ("healthy", "dead", "frozen", "saturated", "not-finite")
RECORDS, EVERY = 24, 2
WRITERS = {"numpy": "histogram-pb", "tensorflow": "tf2", "torch": "torch", "jax": "tensorboardx"}

Step = tuple[dict[str, Any], float]


def data() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    inputs = rng.normal(size=(256, SIZES[0])).astype(np.float32)
    return inputs, np.tanh(inputs @ rng.normal(size=(SIZES[0], SIZES[-1])) / 3).astype(np.float32)


def drawn(kind: str) -> dict[str, np.ndarray]:
    """Draw the weights, and what is wrong with them."""
    rng = np.random.default_rng(2)
    weights = {}
    for layer, (fan_in, fan_out) in enumerate(pairwise(SIZES), 1):
        weights[f"fc{layer}/kernel"] = rng.normal(0, (2 / fan_in) ** 0.5, (fan_in, fan_out))
        weights[f"fc{layer}/bias"] = np.zeros(fan_out)
    if kind == "dead":
        weights["fc2/bias"] -= np.where(np.arange(SIZES[2]) < 22, 30.0, 0.0)
    if kind == "saturated":
        weights["fc1/kernel"] *= 30
    return {name: value.astype(np.float32) for name, value in weights.items()}


def rate_of(kind: str, step: int, name: str) -> float:
    """Return the learning rate of a tensor at a step."""
    if kind == "frozen" and name.startswith("fc1/"):
        return 0.0
    return float("inf") if kind == "not-finite" and step == 12 * EVERY else 0.05


def named(weights: dict[str, Any], gradients: dict[str, Any], outputs: dict[str, Any]) -> dict[str, Any]:
    return weights | {f"{name}_gradient": gradients[name] for name in weights} | outputs


def with_tensorflow(kind: str) -> Iterator[Step]:
    import tensorflow as tf

    inputs, targets = data()
    weights = {name: tf.Variable(value) for name, value in drawn(kind).items()}
    squash = tf.tanh if kind == "saturated" else tf.nn.relu
    for step in range(RECORDS * EVERY):
        with tf.GradientTape() as tape:
            outputs, signal = {}, inputs
            for layer in (1, 2, 3):
                signal = signal @ weights[f"fc{layer}/kernel"] + weights[f"fc{layer}/bias"]
                signal = squash(signal) if layer < 3 else signal
                outputs[f"fc{layer}/activations"] = signal
            loss = tf.reduce_mean((signal - targets) ** 2)
        gradients = tape.gradient(loss, weights)
        yield named(weights, gradients, outputs), loss
        for name, weight in weights.items():
            weight.assign_sub(rate_of(kind, step, name) * gradients[name])


def with_torch(kind: str) -> Iterator[Step]:
    import torch

    inputs, targets = (torch.from_numpy(part) for part in data())
    weights = {name: torch.tensor(value, requires_grad=True) for name, value in drawn(kind).items()}
    squash = torch.tanh if kind == "saturated" else torch.relu
    for step in range(RECORDS * EVERY):
        outputs, signal = {}, inputs
        for layer in (1, 2, 3):
            signal = signal @ weights[f"fc{layer}/kernel"] + weights[f"fc{layer}/bias"]
            signal = squash(signal) if layer < 3 else signal
            outputs[f"fc{layer}/activations"] = signal
        loss = ((signal - targets) ** 2).mean()
        loss.backward()
        yield named(weights, {name: weight.grad for name, weight in weights.items()}, outputs), loss
        with torch.no_grad():
            for name, weight in weights.items():
                weight -= rate_of(kind, step, name) * weight.grad
                weight.grad = None


def with_jax(kind: str) -> Iterator[Step]:
    import jax
    import jax.numpy as jnp

    inputs, targets = data()
    squash = jnp.tanh if kind == "saturated" else jax.nn.relu

    @jax.jit
    def outputs_of(weights: dict[str, Any]) -> dict[str, Any]:
        outputs, signal = {}, inputs
        for layer in (1, 2, 3):
            signal = signal @ weights[f"fc{layer}/kernel"] + weights[f"fc{layer}/bias"]
            signal = squash(signal) if layer < 3 else signal
            outputs[f"fc{layer}/activations"] = signal
        return outputs

    @jax.jit
    @jax.value_and_grad
    def loss_of(weights: dict[str, Any]) -> Any:
        return jnp.mean((outputs_of(weights)["fc3/activations"] - targets) ** 2)

    weights = {name: jnp.asarray(value) for name, value in drawn(kind).items()}
    for step in range(RECORDS * EVERY):
        loss, gradients = loss_of(weights)
        yield named(weights, gradients, outputs_of(weights)), loss
        weights = {name: weights[name] - rate_of(kind, step, name) * gradients[name] for name in weights}


def with_numpy(kind: str) -> Iterator[Step]:
    inputs, targets = data()
    weights = drawn(kind)
    for step in range(RECORDS * EVERY):
        signals, outputs = [inputs], {}
        for layer in (1, 2, 3):
            signal = signals[-1] @ weights[f"fc{layer}/kernel"] + weights[f"fc{layer}/bias"]
            if layer < 3:
                signal = np.tanh(signal) if kind == "saturated" else np.maximum(signal, 0)
            signals.append(signal)
            outputs[f"fc{layer}/activations"] = signal
        error, gradients = 2 * (signals[-1] - targets) / targets.size, {}
        for layer in (3, 2, 1):
            if layer < 3:
                error = error * (1 - signals[layer] ** 2 if kind == "saturated" else signals[layer] > 0)
            gradients[f"fc{layer}/kernel"] = signals[layer - 1].T @ error
            gradients[f"fc{layer}/bias"] = error.sum(axis=0)
            error = error @ weights[f"fc{layer}/kernel"].T
        yield named(weights, gradients, outputs), float(((signals[-1] - targets) ** 2).mean())
        weights = {name: weights[name] - np.float32(rate_of(kind, step, name)) * gradients[name] for name in weights}


TRAININGS: dict[str, Callable[[str], Iterator[Step]]] = {
    "numpy": with_numpy,
    "tensorflow": with_tensorflow,
    "torch": with_torch,
    "jax": with_jax,
}


def open_log(library: str, folder: Path) -> Any:
    """Open the writer that people use with a library."""
    sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent / "gallery")]
    from log import open_writer

    return open_writer(WRITERS[library], folder)


def set_clock(folder: Path) -> None:
    """Have each event of a log written at its step's second, whenever the writer wrote it."""
    for path in folder.rglob("*tfevents*"):
        events = [Event.FromString(event) for event in RawEventFileLoader(str(path)).Load()]
        with path.open("wb") as file:
            records = RecordWriter(file)
            for event in events:
                event.wall_time = float(event.step)
                records.write(event.SerializeToString())


def main(library: str, root: Path) -> None:
    for kind in KINDS:
        log, recorder = open_log(library, root / "logs" / kind), histdiag.Recorder(kind)
        with np.errstate(all="ignore"), mock.patch("tensorboard_plugin_histdiag.api.recorder.time") as clock:
            for step, (tensors, loss) in enumerate(TRAININGS[library](kind)):
                if step % EVERY:
                    continue
                clock.time.return_value = float(step)
                for name, tensor in tensors.items():
                    try:
                        log.histogram(name, tensor if library == "torch" else np.asarray(tensor), step)
                    except ValueError as refused:  # what is NaN throughout, by the writers of PyTorch and tensorboardX
                        if "histogram is empty" not in str(refused):
                            raise
                    else:
                        recorder.add(step, name, tensor)
                recorder.scalar(step, "loss", loss)
                log.scalar("loss", float(loss), step)
        log.close()
        set_clock(root / "logs" / kind)
        (root / f"{kind}.json").write_bytes(msgspec.json.encode(recorder.diagnose().report))


if __name__ == "__main__":
    os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu"}
    main(sys.argv[1], Path(sys.argv[2]))

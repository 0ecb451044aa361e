"""Real logs behind real data providers, and the plugin served from them as TensorBoard serves it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import grpc
import numpy as np
import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # TensorBoard's own, while it and what it finds installed are imported
    from tensorboard.backend.application import TensorBoardWSGI
    from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.context import RequestContext
    from tensorboard.data import grpc_provider, server_ingester
    from tensorboard.plugins import base_plugin
    from tensorboard.plugins.histogram.summary import histogram_pb
    from tensorboard.summary.writer.event_file_writer import EventFileWriter
    from tensorboard.util import grpc_util
    from werkzeug.test import Client, TestResponse

    from tensorboard_plugin_histdiag.server.plugin import DiagnosticsPlugin

PREFIX = "/data/plugin/histdiag"
TAGS = ("dense/bias", "dense/kernel")


def write_run(folder: Path, steps: Iterable[int], tags: Iterable[str] = TAGS, seed: int = 0) -> None:
    """Log a histogram a tag and step, and a loss, with TensorBoard's own writer, into a file of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    writer = EventFileWriter(str(folder), filename_suffix=f".{len(os.listdir(folder))}")
    for step in steps:
        random = np.random.default_rng([seed, step])
        for tag in tags:
            values = random.normal(scale=0.1 + 0.001 * step, size=200)
            writer.add_event(Event(step=step, wall_time=1000.0 + step, summary=histogram_pb(tag, values)))
        loss = Summary(value=[Summary.Value(tag="loss", simple_value=1 / (1 + step))])
        writer.add_event(Event(step=step, wall_time=1000.0 + step, summary=loss))
    writer.close()


class Data(NamedTuple):
    """A data provider, what makes it read on, and what takes it away."""

    provider: Any
    reload: Callable[[], None]
    stop: Callable[[], None]


@contextlib.contextmanager
def multiplexer(logdir: Path, histograms: int = 500) -> Iterator[Data]:
    """Give TensorBoard's Python provider, as `tensorboard --load_fast=false` does."""
    guidance = {"histograms": histograms, "scalars": 1000}
    mux = plugin_event_multiplexer.EventMultiplexer(size_guidance={"tensors": 10}, tensor_size_guidance=guidance)

    def reload() -> None:
        mux.AddRunsFromDirectory(str(logdir))
        mux.Reload()

    reload()
    yield Data(data_provider.MultiplexerDataProvider(mux, str(logdir)), reload, lambda: None)


@contextlib.contextmanager
def rust(logdir: Path) -> Iterator[Data]:
    """Give the provider of TensorBoard's data server, as `tensorboard` does by default; it reads on by itself."""
    try:
        binary = server_ingester.get_server_binary().path
    except server_ingester.NoDataServerError:
        pytest.skip("there is no data server for this platform")
    port_file = logdir.parent / f"{logdir.name}.port"
    port_file.unlink(missing_ok=True)
    command = [binary, f"--logdir={logdir}", "--reload=1", "--port=0", f"--port-file={port_file}", "--die-after-stdin"]
    server = subprocess.Popen(command, stdin=subprocess.PIPE)

    def stop() -> None:
        server.kill()
        server.communicate()

    try:
        wait_for(lambda: port_file.exists() and port_file.read_text().endswith("\n"))
        credentials, options = grpc_util.ChannelCredsType.LOCAL.channel_config()
        with grpc.secure_channel(f"localhost:{int(port_file.read_text())}", credentials, options=options) as channel:
            provider = grpc_provider.GrpcDataProvider("localhost", grpc_provider.make_stub(channel))
            wait_for(lambda: _settled(provider))
            yield Data(provider, lambda: None, stop)
    finally:
        stop()


def _settled(provider: Any) -> bool:
    """Tell whether something is loaded and nothing is added any more; the server has no word for it."""

    def listed() -> object:
        return provider.list_tensors(RequestContext(), experiment_id="", plugin_name="histograms")

    before = listed()
    time.sleep(0.3)
    return bool(before) and listed() == before


PROVIDERS = {"multiplexer": multiplexer, "rust": rust}


def client(provider: Any, path_prefix: str = "", **context: Any) -> Client:
    """Serve the plugin through TensorBoard's own application, middleware included."""
    plugin = DiagnosticsPlugin(base_plugin.TBContext(data_provider=provider, **context))
    return Client(TensorBoardWSGI([plugin], path_prefix=path_prefix, data_provider=provider))


def get(served: Client, route: str, **headers: str) -> TestResponse:
    return served.get(f"{PREFIX}/{route}", headers={name.replace("_", "-"): value for name, value in headers.items()})


def finished(served: Client) -> dict[str, Any]:
    """Ask for the report until everything is measured."""

    def report() -> dict[str, Any] | None:
        answer = get(served, "report")
        assert answer.status_code == 200, answer.text
        progress = answer.json["progress"]
        return answer.json if progress["judged"] == progress["total"] else None

    return wait_for(report)


def wait_for(condition: Callable[[], Any], patience: float = 60.0) -> Any:
    """Ask until the answer is true; give up only where something hangs."""
    end = time.monotonic() + patience
    while not (found := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return found

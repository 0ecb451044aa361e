"""Open a log directory without a running TensorBoard."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

import grpc
import numpy as np
from tensorboard.data import grpc_provider, server_ingester
from tensorboard.util.grpc_util import ChannelCredsType

from .scalars import SCALAR_RECORDS

_LISTENING = re.compile(rb"listening on .*:(\d+)$")
_LOADING = b"Starting load cycle"
_LOADED = b"Finished load cycle"
_PANICKED = b"panicked at"
"""How the thread that loads says that it is gone, as where gs:// cannot be reached; the server stays."""
_PATIENCE = 10.0
"""Seconds in which the data server must have begun to load; how long that takes is up to the log."""
_MESSAGE_BYTES = 256 * 2**20


class NoServer(Exception):
    """TensorBoard's data server is not there for this platform or does not start."""


class Load:
    """The load cycles of a data server. No call tells of them, but its log does; commits within one are partial."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._begun = False
        self._ended = False
        self.port = 0
        """Where the server listens, which it says before it begins."""
        self.cycles = 0
        """How many are complete."""

    def follow(self, log: IO[bytes]) -> None:
        """Watch the log to its end, for a full pipe would block the server."""
        for line in log:
            with self._changed:
                if found := _LISTENING.match(line):
                    self.port = int(found[1])
                self._begun |= _LOADING in line
                self.cycles += _LOADED in line
                self._ended |= _PANICKED in line
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def begins(self, patience: float) -> bool:
        """Wait for the first cycle to begin, or for the end of the server."""
        with self._changed:
            return self._changed.wait_for(lambda: self._begun or self._ended, patience)

    def wait(self, cycles: int, timeout: float | None = None) -> bool:
        """Wait until so many cycles are complete; tell whether that is so."""
        with self._changed:
            self._changed.wait_for(lambda: self.cycles >= cycles or self._ended, timeout)
            return self.cycles >= cycles


@contextmanager
def data_server(root: Path | str) -> Iterator[grpc_provider.GrpcDataProvider]:
    """Run TensorBoard's data server over a directory, to the end of its one load cycle."""
    with serving(root) as (provider, _):
        yield provider


@contextmanager
def serving(
    root: Path | str, *, every: int | None = None, keep: int | None = None
) -> Iterator[tuple[grpc_provider.GrpcDataProvider, Load]]:
    """Run TensorBoard's data server over a directory.

    Parameters
    ----------
    root
        The directory.
    every
        Seconds between two load cycles; one cycle only if not given.
    keep
        How many histograms of each tag, chosen at random, to keep; all if not given.

    Raises
    ------
    NoServer
        It is not there, does not start, or stops in its first load cycle.
    """
    try:
        binary = server_ingester.get_server_binary().path
    except server_ingester.NoDataServerError as error:
        raise NoServer("there is no data server for this platform") from error
    with ExitStack() as stack:
        command = [
            binary,
            f"--logdir={root}",
            f"--reload={every or 'once'}",
            f"--samples-per-plugin=histograms={keep or 'all'},scalars={SCALAR_RECORDS},images=1,audio=1",
            "--port=0",
            "--die-after-stdin",
            "--verbose",
        ]
        # RUST_LOG would silence the lines that are waited for.
        environment = {name: value for name, value in os.environ.items() if name != "RUST_LOG"}
        try:
            server = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=environment,
                start_new_session=True,  # a notebook interrupts all processes of a kernel's
            )
        except OSError as error:
            raise NoServer(f"the data server does not start ({error.strerror})") from error
        load = Load()
        reader = threading.Thread(target=load.follow, args=(server.stderr,), daemon=True)
        reader.start()
        stack.callback(_stop, server, reader)
        if not load.begins(_PATIENCE):
            raise NoServer("the data server does not say that it is loading")
        if not load.wait(1):
            raise NoServer("the data server stopped while loading")
        if not load.port:
            raise NoServer("the data server does not say where it listens")
        credentials, options = ChannelCredsType.LOCAL.channel_config()
        options += [("grpc.max_receive_message_length", _MESSAGE_BYTES), ("grpc.enable_http_proxy", 0)]
        address = f"localhost:{load.port}"
        channel = stack.enter_context(grpc.secure_channel(address, credentials, options=options))
        yield grpc_provider.GrpcDataProvider(str(root), grpc_provider.make_stub(channel)), load


def _stop(server: subprocess.Popen[bytes], reader: threading.Thread) -> None:
    server.kill()
    server.wait()
    reader.join()
    for pipe in (server.stdin, server.stderr):
        if pipe is not None:
            pipe.close()


def load_multiplexer(root: Path | str, *, keep: int | None = None) -> Any:
    """Load a directory into TensorBoard's Python reader: slower, on every platform, complete when it returns."""
    return multiplexer(root, keep=keep)[0]


def multiplexer(root: Path | str, *, keep: int | None = None) -> tuple[Any, Callable[[], None]]:
    """Load a directory into TensorBoard's Python reader; return it, and a function that reads what came since."""
    from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer

    guidance: dict[str, Any] = {"histograms": keep or 0, "scalars": SCALAR_RECORDS, "images": 1, "audio": 1}
    reader = plugin_event_multiplexer.EventMultiplexer(
        size_guidance={"tensors": 1}, tensor_size_guidance=guidance, purge_orphaned_data=False
    )

    def load() -> None:
        with np.errstate(over="ignore"):  # edges beyond float32
            reader.AddRunsFromDirectory(str(root))
            reader.Reload()

    load()
    return data_provider.MultiplexerDataProvider(reader, str(root)), load

"""Starting TensorBoard on a log directory and waiting until the Diagnostics tab is there."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from rich.console import Console
from rich.text import Text

PORTS_TRIED = 100
PATIENCE = 60.0
HOST = "localhost"


class ServeError(Exception):
    """TensorBoard did not come up with the Diagnostics tab."""


def free_port(wanted: int) -> int:
    """Return the first port from ``wanted`` on at which nobody listens."""
    for port in range(wanted, min(wanted + PORTS_TRIED, 65536)):
        if _is_free(port):
            return port
    raise ServeError(f"No free port from {wanted} to {wanted + PORTS_TRIED - 1}.")


@contextlib.contextmanager
def tensorboard(logdir: Path, port: int) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run TensorBoard on ``logdir`` and yield its address and process once the Diagnostics tab is enabled."""
    port = free_port(port)
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(logdir), "--host", HOST, "--port", str(port)]
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        try:
            address = f"http://{HOST}:{port}/"
            _wait_for_tab(address, process, output)
            yield address + "#histdiag", process
        finally:
            _stop(process)


def serve(logdir: Path, port: int, console: Console) -> None:
    """Run TensorBoard on ``logdir``, print its address and stay until interrupted.

    Raises
    ------
    ServeError
        If TensorBoard does not start, or ends by itself.
    """
    with contextlib.suppress(KeyboardInterrupt), contextlib.ExitStack() as stack:
        with console.status("Starting TensorBoard"):
            address, process = stack.enter_context(tensorboard(logdir, port))
        print(address, flush=True)
        console.print(Text("Press Ctrl-C to stop."))
        if sys.stdout.isatty() and _has_display():
            webbrowser.open(address)
        process.wait()
        raise ServeError("TensorBoard has ended.")


def _is_free(port: int) -> bool:
    """Try to connect: a listener on any of the host's addresses takes the port."""
    for family, kind, protocol, _, address in socket.getaddrinfo(HOST, port, type=socket.SOCK_STREAM):
        with contextlib.suppress(OSError), socket.socket(family, kind, protocol) as connection:
            connection.settimeout(1.0)
            connection.connect(address)
            return False
    return True


def _wait_for_tab(address: str, process: subprocess.Popen[bytes], output: IO[bytes]) -> None:
    # No proxy: the address is this machine's own.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if process.poll() is not None:
            raise ServeError(f"TensorBoard ended at once: {_last_lines(output)}")
        with contextlib.suppress(OSError, json.JSONDecodeError):
            with opener.open(f"{address}data/plugins_listing", timeout=PATIENCE) as answer:
                listing = json.load(answer)
            if "histdiag" not in listing:
                raise ServeError(f"TensorBoard does not list histdiag; is it installed for {sys.executable}?")
            if listing["histdiag"]["enabled"]:
                return
        time.sleep(0.2)
    raise ServeError(f"TensorBoard showed no Diagnostics tab within {PATIENCE:.0f} seconds: {_last_lines(output)}")


def _last_lines(output: IO[bytes], lines: int = 5) -> str:
    output.seek(0)
    return "\n".join(output.read().decode("utf-8", "replace").splitlines()[-lines:]) or "it said nothing"


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=5.0)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _has_display() -> bool:
    """Whether a browser would open in a window; without one, webbrowser may start a text browser in the terminal."""
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))

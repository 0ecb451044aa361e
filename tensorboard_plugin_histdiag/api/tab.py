"""TensorBoard in a notebook, at the Diagnostics tab."""

from __future__ import annotations

import html
import json
import os
import secrets
import signal
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from string import Template

from tensorboard import manager

from ..provider.remote import is_remote
from .scrolling import SCROLL_ON

_BINARY = "TENSORBOARD_BINARY"
_PATIENCE = 10.0
"""Seconds in which a TensorBoard that runs has to answer, or is busy."""
# As dark as the notebook, unless TensorBoard was told otherwise; all notebooks set the colour of their letters.
_FRAME = Template("""\
<iframe id="$frame" title="TensorBoard, Diagnostics of $logdir" width="100%" height="$height" frameborder="0" \
allow="clipboard-write"></iframe>
<script>
(async () => {
  const frame = document.getElementById("$frame");
  addEventListener("message", ({ source, data }) => {
    if (source && source.parent === frame.contentWindow && data) ($scroll_on)(frame, data);
  });
  const address = new URL(await ($address)(), location.href);
  const [red, green, blue] = getComputedStyle(frame.parentNode).color.match(/[\\d.]+/g).map(Number);
  address.searchParams.set("darkMode", red + green + blue > 382);
  frame.src = String(address);
})();
</script>
""")
_COLAB = 'async () => (await google.colab.kernel.proxyPort(%d, {cache: true})).replace(/\\/?$/, "/") + "#histdiag"'
_FIXED = "() => %s"
# By the proxy where the Jupyter that serves the page has it, on this machine too: its page may come through a tunnel,
# and then another TensorBoard may listen on that port here. The page of a desktop editor has no host.
# An editor in a browser says where ports of its machine are found; without that, its page comes from a host for pages
# only, and the browser is taken to be on this machine. A Jupyter may have been started in a terminal of such an editor.
_BESIDE = """async () => {
    if (!location.protocol.startsWith("http")) return "http://localhost:%(port)d/#histdiag";
    const element = document.getElementById("jupyter-config-data");
    const config = element ? JSON.parse(element.textContent) : document.body.dataset;
    const base = config.baseUrl;
    const here = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
    const listed = config.federated_extensions?.some(({ name }) => name === "@jupyterhub/jupyter-server-proxy");
    if (base && (listed || !here)) {
      const proxy = base + "proxy/%(port)d/";
      const found = await fetch(proxy + "data/plugins_listing").then((answer) => answer.ok, () => false);
      if (found) return proxy + "#histdiag";
    }
    if (%(editor)s && !(base && here)) return %(editor)s.replace("{{host}}", location.host) + "#histdiag";
    const host = location.hostname.endsWith(".vscode-cdn.net") ? "localhost" : location.hostname;
    return "http://" + host + ":%(port)d/#histdiag";
  }"""


class NoTensorBoard(RuntimeError):
    """TensorBoard does not start; the message says what it said."""


@dataclass(frozen=True)
class Tab:
    """A running TensorBoard, shown as a frame where a notebook displays it.

    Attributes
    ----------
    logdir
        What it shows.
    port, pid
        Where it listens, and its process: TensorBoard runs on until it is killed.
    height
        Of the frame, in pixels.
    """

    logdir: str
    port: int
    pid: int
    height: int

    @property
    def address(self) -> str:
        """Where it is found from this machine."""
        return f"http://localhost:{self.port}/#histdiag"

    def __repr__(self) -> str:
        return f"TensorBoard on {self.logdir!r}: {self.address}"

    def _repr_html_(self) -> str:
        address = _address(self.port, os.environ, colab="google.colab" in sys.modules)
        return _FRAME.substitute(
            frame=f"histdiag-{secrets.token_hex(4)}",
            logdir=html.escape(self.logdir, quote=True),
            height=int(self.height),
            address=address,
            scroll_on=SCROLL_ON,
        )


def open_tab(logdir: str | os.PathLike[str], *, height: int = 800, port: int | None = None) -> Tab:
    """Show TensorBoard at the Diagnostics tab: in a notebook as the last line of a cell, else at the address it tells.

    A TensorBoard that was started so before is used again if it still answers; to interrupt the kernel does not end it.
    The frame goes by ``TENSORBOARD_PROXY_URL`` if that is set, as with TensorBoard's own ``%tensorboard``, else by
    jupyter-server-proxy where Jupyter has it; it has to where it is a JupyterHub's or runs on another machine.
    In VS Code it goes to this machine, whose ports VS Code forwards from where the kernel runs; in a browser by the
    proxy of code-server, or by GitHub Codespaces. It is as dark as the notebook was when the cell ran.

    Parameters
    ----------
    logdir
        A directory that holds event files, or will; or an address such as ``gs://bucket/logs``.
    height
        Of the frame, in pixels.
    port
        Where TensorBoard is to listen; the first free one from 6006 on if not given.

    Raises
    ------
    NoTensorBoard
        Where it does not start.

    Examples
    --------
    >>> import tensorboard_plugin_histdiag as histdiag
    >>> tab = histdiag.open_tab("logs")
    >>> tab
    TensorBoard on '.../logs': http://localhost:.../#histdiag
    """
    given = os.fspath(logdir)
    path = given if is_remote(given) else str(Path(given).expanduser().absolute())
    arguments = ["--logdir", path, *([] if port is None else ["--port", str(int(port))])]
    _forget_the_gone(arguments, path)
    with _own_binary():
        started = _start(arguments)
    if isinstance(started, (manager.StartLaunched, manager.StartReused)):
        return Tab(path, int(started.info.port), int(started.info.pid), height)
    raise NoTensorBoard(f"TensorBoard does not start: {_why(started)}")


def _address(port: int, environment: Mapping[str, str], *, colab: bool) -> str:
    """Return a JavaScript function that gives the address as the page with the frame has to ask for it."""
    if colab:
        return _COLAB % port
    proxy = environment.get("TENSORBOARD_PROXY_URL")
    if proxy is None and "JUPYTERHUB_SERVICE_PREFIX" in environment:
        proxy = f"{environment['JUPYTERHUB_SERVICE_PREFIX'].rstrip('/')}/proxy/%PORT%/"
    if proxy is not None:
        return _FIXED % _quoted(proxy.replace("%PORT%", str(port)).rstrip("/") + "/#histdiag")
    return _BESIDE % {"port": port, "editor": _quoted(_of_editor(port, environment))}


def _of_editor(port: int, environment: Mapping[str, str]) -> str:
    """Return where an editor that runs in a browser serves a port of this machine; empty where none says so."""
    proxy = environment.get("VSCODE_PROXY_URI")  # set by code-server
    if proxy:
        return proxy.replace("{{port}}", str(port)).rstrip("/") + "/"
    name, domain = (environment.get(key) for key in ("CODESPACE_NAME", "GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN"))
    return f"https://{name}-{port}.{domain}/" if name and domain else ""


def _quoted(text: str) -> str:
    """Write a string for a script within HTML."""
    return json.dumps(text).replace("<", "\\u003c")


@contextmanager
def _own_binary() -> Iterator[None]:
    """Have TensorBoard started out of this very environment, where histdiag is, whatever a shell would find."""
    own = Path(sys.executable).with_name("tensorboard.exe" if os.name == "nt" else "tensorboard")
    if _BINARY in os.environ or not own.is_file():
        yield
        return
    os.environ[_BINARY] = str(own)
    try:
        yield
    finally:
        del os.environ[_BINARY]


def _forget_the_gone(arguments: list[str], path: str) -> None:
    """Take those that were killed off TensorBoard's list of running ones, which it believes unseen."""
    key = manager.cache_key(working_directory=os.getcwd(), arguments=arguments, configure_kwargs={})
    for info in manager.get_all():
        if info.cache_key == key and not _answers(info.port, path):
            Path(tempfile.gettempdir(), ".tensorboard-info", f"pid-{info.pid}.info").unlink(missing_ok=True)


def _answers(port: int, path: str) -> bool:
    """Tell whether it is a TensorBoard on this log that listens there."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://localhost:{port}/data/environment", timeout=_PATIENCE) as answer:
            return bool(json.load(answer)["data_location"] == path)
    except TimeoutError:
        return True  # it is busy
    except (OSError, HTTPException, ValueError, LookupError, TypeError):
        return False


def _start(arguments: list[str]) -> object:
    """Start TensorBoard, or find the one that runs, so that an interrupt of a cell does not end it.

    Jupyter interrupts a kernel and all that it has started by one signal. A process never gets what was held back in
    the thread that started it; and this thread, which waits, can still be interrupted.
    """
    starter = ThreadPoolExecutor(1, initializer=_hold_interrupts)
    try:
        return starter.submit(manager.start, arguments).result()
    finally:
        starter.shutdown(wait=False)


def _hold_interrupts() -> None:
    if hasattr(signal, "pthread_sigmask"):  # not on Windows, which has no such signals
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def _why(started: object) -> str:
    if isinstance(started, manager.StartExecFailed):
        return f"{started.explicit_binary or 'tensorboard'} cannot be run ({started.os_error.strerror})."
    if isinstance(started, manager.StartTimedOut):
        return f"it does not answer; it may still be starting, as process {started.pid}."
    said = (getattr(started, "stderr", "") or getattr(started, "stdout", "") or "it said nothing").strip()
    return said.splitlines()[-1]

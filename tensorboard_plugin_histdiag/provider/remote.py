"""Open a log directory in cloud storage, as far as TensorBoard itself reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from tensorboard.context import RequestContext

from .logdir import NoServer, data_server, load_multiplexer


class Unreadable(Exception):
    """TensorBoard cannot read what an address names; the message is its own."""


def is_remote(path: str) -> bool:
    """Tell whether a path is an address such as ``gs://bucket/logs``."""
    return "://" in path


@contextmanager
def remote_provider(address: str, tell: Callable[[str], None]) -> Iterator[Any]:
    """Open an address as TensorBoard does: ``gs://`` by its data server, all else by its Python reader.

    The data server says nothing of what went wrong; so where it finds no run the Python reader is asked, which does.
    """
    with ExitStack() as stack:
        try:
            if not address.startswith("gs://"):
                raise NoServer("the data server reads local files and gs:// only")
            provider: Any = stack.enter_context(data_server(address))
            if not provider.list_runs(RequestContext(), experiment_id=""):
                raise NoServer("the data server finds nothing")
        except NoServer as reason:
            stack.close()
            tell(f"Reading with TensorBoard's slower Python reader: {reason}")
            provider = _by_python(address)
        yield provider


def _by_python(address: str) -> Any:
    try:
        return load_multiplexer(address)
    except Exception as error:  # each kind of storage has its own
        text = " ".join(str(error).split())[:400].rstrip(".")
        raise Unreadable(f"TensorBoard cannot read {address}: {text or type(error).__name__}.") from None

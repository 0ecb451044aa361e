"""Standard output and standard error, as far as they can show what is written there."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..formats.page import Paper


class Unwritable(Exception):
    """Standard output cannot be written to; the message says why."""


def paper() -> Paper:
    """Describe what standard output is: a terminal's width and colours, else 80 columns without colour."""
    from rich.console import Console

    from ..formats.page import Paper

    if sys.stdout is None:
        return Paper()
    console = Console(file=sys.stdout)
    color = console.is_terminal and console.color_system is not None and not console.no_color
    width = min(console.width, 100) if console.is_terminal else 80
    return Paper(width, color and not console.legacy_windows, sys.stdout.encoding or "ascii")


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Show on standard error what is going on, where that is a terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda text: None
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True)
    spinner = "dots" if console.encoding.startswith("utf") else "line"
    with console.status(Text("Opening"), spinner=spinner) as status:
        yield lambda text: status.update(Text(text))


def show(text: str) -> None:
    """Write to standard output, if it is open; a reader that leaves early, as ``head`` does, is no error.

    Raises
    ------
    Unwritable
        Where it cannot be written to, as on a full disk.
    """
    if sys.stdout is None:
        return
    encoding = sys.stdout.encoding or "ascii"
    try:
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
    except OSError as error:
        # Python flushes once more at its exit, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            raise Unwritable(f"cannot write to standard output: {error.strerror}") from error


def complain(message: str) -> None:
    """Write to standard error what is wrong."""
    note(f"histdiag: {message}")


def note(message: str) -> None:
    """Write to standard error, if it is open, at once, what cannot be printed escaped."""
    if sys.stderr is None:
        return
    from ..formats.names import inert, printable

    encoding = sys.stderr.encoding or "ascii"
    for line in message.split("\n"):
        print(inert(printable(line, encoding)), file=sys.stderr, flush=True)

"""Show how far a diagnosis is, in a terminal or in a notebook."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from typing import NamedTuple

_PAUSE_SECONDS = 0.1
"""Between two pictures of the bar in a notebook, each of which is a message."""


class Teller(NamedTuple):
    """Whom to tell what begins, and how many of all series are measured."""

    begins: Callable[[str], None]
    measured: Callable[[int, int], None]


@contextmanager
def shown(progress: bool | Callable[[int, int], None] | None) -> Iterator[Teller]:
    """Show a bar while the block runs.

    Parameters
    ----------
    progress
        True for a bar, False for none, None for one in a terminal or a notebook only; or a function, which is called
        with the number of series measured and of all series.
    """
    if callable(progress):
        yield Teller(lambda text: None, progress)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if console.is_jupyter and progress is not False:
        with _in_notebook() as tell:
            yield tell
        return
    wanted = console.is_terminal if progress is None else progress
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    # Where nothing can be cleared away again, the last state stays.
    with Progress(*columns, console=console, transient=console.is_terminal, disable=not wanted) as bar:
        task = bar.add_task("Opening", total=None)
        yield Teller(
            lambda text: bar.update(task, description=text),
            lambda done, total: bar.update(task, description="Measuring tensors", completed=done, total=total),
        )


@contextmanager
def _in_notebook() -> Iterator[Teller]:
    """Show a bar without widgets: not all notebooks have them, and traces of them would stay in a stored one."""
    from IPython.display import display

    def picture(html: str) -> dict[str, str]:
        return {"text/html": html, "text/plain": ""}

    handle = display(picture("Opening"), raw=True, display_id=True)  # type: ignore[no-untyped-call]
    last = 0.0

    def measured(done: int, total: int) -> None:
        nonlocal last
        if done < total and time.monotonic() - last < _PAUSE_SECONDS:
            return
        last = time.monotonic()
        bar = f'<progress max="{total}" value="{done}"></progress>'
        handle.update(picture(f"Measuring tensors {bar} {done:,}/{total:,}"), raw=True)

    try:
        yield Teller(lambda text: handle.update(picture(escape(text)), raw=True), measured)
    finally:
        handle.update(picture(""), raw=True)

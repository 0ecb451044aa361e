"""Show how far a diagnosis is, in a terminal or in a notebook."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple


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
    wanted = (console.is_terminal or console.is_jupyter) if progress is None else progress
    if console.is_jupyter and importlib.util.find_spec("ipywidgets") is None:
        wanted = False  # rich would only warn that it needs them
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    # Where nothing can be cleared away again, the last state stays.
    transient = console.is_terminal or console.is_jupyter
    with Progress(*columns, console=console, transient=transient, disable=not wanted) as bar:
        task = bar.add_task("Opening", total=None)
        yield Teller(
            lambda text: bar.update(task, description=text),
            lambda done, total: bar.update(task, description="Measuring tensors", completed=done, total=total),
        )

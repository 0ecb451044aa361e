"""Small numpy networks, healthy and with known faults, trained and logged for real."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text


def run(logdir: Path | None, *, serve: bool, port: int, console: Console) -> int:
    """Train and log the demo's runs, and show them in TensorBoard unless told not to.

    Parameters
    ----------
    logdir
        Where to log: a new or empty directory, or one that an earlier demo made. None for a temporary one, which
        is removed again once it has been served.
    serve
        Start TensorBoard there and stay until interrupted.
    port
        The port to serve at, or the next free one.
    console
        For progress and messages; the address, or the directory if nothing is served, goes to the standard output.

    Returns
    -------
    int
        Exit code: 0, or 2 if the directory or the server would not do.
    """
    # Imported here, for a command line that only prints its help needs no numpy.
    from .serve import ServeError
    from .serve import serve as show
    from .write import ForeignDirectory, prepare, write_runs

    place = Path(tempfile.mkdtemp(prefix="histdiag-demo-")) if logdir is None else logdir
    try:
        prepare(place)
        write_runs(place, console)
        if serve:
            console.print(Text(f"Logs in {place}"), soft_wrap=True)
            show(place, port, console)
        else:
            print(place, flush=True)
    except (ForeignDirectory, ServeError, OSError) as error:
        console.print(Text(str(error)), soft_wrap=True)
        return 2
    finally:
        if logdir is None and serve:
            shutil.rmtree(place, ignore_errors=True)
    return 0

"""``histdiag report``: write the Diagnostics tab and its data into one file, or the findings as Markdown."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from .ending import CLEAR, NO_HISTOGRAMS, Stop
from .options import add_judging, add_log, config_of, pattern_of, writable, write
from .size import size
from .terminal import note, show

if TYPE_CHECKING:
    from ..api.diagnosis import Diagnosis


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Say what the command takes."""
    parser = commands.add_parser(
        "report",
        help="write one page that opens without TensorBoard",
        description="Write the Diagnostics tab and its data into one file, which any browser opens from a disk. "
        "It makes no request, and prints as one page for each run.",
        epilog="Ends with 0 whatever is found: histdiag check is what can fail.",
        allow_abbrev=False,
    )
    add_log(parser)
    parser.add_argument("-o", "--output", metavar="FILE", help="where to write (default for markdown: standard output)")
    parser.add_argument("--format", choices=("html", "markdown"), default="html", help="(default: html)")
    parser.add_argument(
        "--limit",
        type=size,
        metavar="SIZE",
        help="how large the page may be; where not all fits, records are left out, which it says (default: 20M)",
    )
    add_judging(parser)
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> int:
    """Diagnose and write."""
    output: str | None = arguments.output
    if output is None and arguments.format == "html":
        raise Stop("a page is written to a file: histdiag report LOGDIR -o report.html")
    if output is not None:
        writable(output, arguments.logdir)
    pattern, config = pattern_of(arguments), config_of(arguments)
    from ..api.opening import diagnose
    from ..provider.sources import NoHistograms, SourceError

    try:
        with diagnose(arguments.logdir, runs=pattern, config=config) as diagnosis:
            text = (
                _markdown(diagnosis, arguments.logdir)
                if arguments.format == "markdown"
                else _page(diagnosis, arguments.limit)
            )
    except NoHistograms as nothing:
        raise Stop(str(nothing), NO_HISTOGRAMS) from nothing
    except SourceError as error:
        raise Stop(str(error)) from error
    if output is None:
        show(text)
    else:
        write(output, text)
        note(f"{output}: {len(text.encode()) / 1e6:.1f} MB")
    return CLEAR


def _page(diagnosis: Diagnosis, limit: int | None) -> str:
    from ..formats.html import PageError

    try:
        return diagnosis.to_html(limit_bytes=limit)
    except PageError as error:
        raise Stop(str(error)) from error


def _markdown(diagnosis: Diagnosis, log: str) -> str:
    from ..formats import markdown

    return markdown.render(diagnosis.report, log=log)

"""``histdiag check``: diagnose a log, and end with a code that tells how it is."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ..terminal import paper, show
from .ending import CLEAR, EXIT_CODES, FOUND
from .options import add_judging, add_log, config_of, diagnosed, pattern_of, write

if TYPE_CHECKING:
    from ..formats.page import Paper


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Say what the command takes."""
    parser = commands.add_parser(
        "check",
        help="diagnose a log directory",
        description="Diagnose the histograms under LOGDIR.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add_log(parser)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    parser.add_argument(
        "--fail-on",
        choices=("error", "warning", "info", "never"),
        help="least severity that gives exit code 1; info is a note (default: error, with --strict warning)",
    )
    add_judging(parser)
    parser.add_argument("--output", metavar="FILE", help="write the report there (UTF-8) and not to standard output")
    parser.add_argument("--verbose", action="store_true", help="all tags, and the reading of each series (text)")
    parser.add_argument("--pretty", action="store_true", help="indent the JSON")
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> int:
    """Diagnose and show."""
    pattern = pattern_of(arguments)
    config = config_of(arguments)
    from ..formats import json, text
    from ..selection import reaches

    report = diagnosed(arguments.logdir, pattern, config)

    def rendered(on: Paper) -> str:
        if arguments.format == "json":
            return json.render(report, pretty=arguments.pretty)
        return text.render(report, on, verbose=arguments.verbose)

    if arguments.output is None:
        show(rendered(paper()))
    else:
        from ..formats.page import Paper

        write(arguments.output, rendered(Paper()))
    return FOUND if reaches(report, arguments.fail_on or config.fail_on) else CLEAR

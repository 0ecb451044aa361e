"""``histdiag check``: diagnose a log, and end with a code that tells how it is."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from . import against, output
from .ending import CLEAR, EXIT_CODES, FOUND
from .options import add_judging, add_log, config_of, diagnosed, pattern_of

if TYPE_CHECKING:
    from ..report import Report


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
    output.add(parser)
    parser.add_argument(
        "--fail-on",
        choices=("error", "warning", "info", "never"),
        help="least severity that gives exit code 1; info is a note (default: error, with --strict warning)",
    )
    against.add(parser)
    add_judging(parser)
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> int:
    """Diagnose and show."""
    output.checked(arguments)
    pattern = pattern_of(arguments)
    config = config_of(arguments)
    baseline = against.read(arguments.baseline)
    fail_on = arguments.fail_on or config.fail_on
    return _end(arguments, diagnosed(arguments.logdir, pattern, config), baseline, fail_on)


def _end(arguments: argparse.Namespace, report: Report, baseline: Report | None, fail_on: str) -> int:
    """Show the report, and return the code that it ends with."""
    from ..baseline import failing

    report, difference = against.told(report, baseline, arguments.baseline)
    known = difference.known if difference else ()
    output.Output(report, fail_on, known).give(arguments)
    return FOUND if failing(report, fail_on, known) else CLEAR

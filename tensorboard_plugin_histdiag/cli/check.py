"""``histdiag check``: diagnose a log, and end with a code that tells how it is."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from . import against, output, watch
from .ending import CLEAR, EXIT_CODES, FOUND
from .options import add_judging, add_log, config_of, diagnosed, pattern_of
from .size import size

if TYPE_CHECKING:
    from ..report import Report


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Say what the command takes."""
    parser = commands.add_parser(
        "check",
        help="diagnose a log directory",
        description="Judge the histograms logged under LOGDIR; the exit code tells how they are.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add_log(parser)
    output.add(parser)
    parser.add_argument(
        "--memory",
        metavar="SIZE",
        type=size,
        help="a bound such as 500M on the memory of all processes: the log is read run by run, and of a run that is"
        " larger a sample of its records",
    )
    failing = parser.add_argument_group("what gives exit code 1")
    failing.add_argument(
        "--fail-on",
        choices=("error", "warning", "info", "never"),
        help="findings at least as severe; info is a note (default: error, with --strict warning)",
    )
    against.add(failing)
    watch.add(parser)
    add_judging(parser)
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> int:
    """Diagnose and show."""
    output.checked(arguments)
    watch.checked(arguments)
    pattern = pattern_of(arguments)
    config = config_of(arguments)
    baseline = against.read(arguments.baseline)

    def judged(report: Report) -> output.Output:
        compared, difference = against.told(report, baseline, arguments.baseline, partly=pattern is not None)
        return output.Output(compared, arguments.fail_on or config.fail_on, difference.known if difference else ())

    if arguments.watch is not None:
        return watch.run(arguments, config, judged)
    outcome = judged(diagnosed(arguments.logdir, pattern, config, arguments.memory))
    outcome.give(arguments)
    return FOUND if outcome.failing else CLEAR

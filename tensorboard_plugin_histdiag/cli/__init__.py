"""The command line: ``histdiag check | report | explain | rules | demo``, a file for each command.

A command's module has ``add``, which says what the command takes, and ``run``, which does it. Heavy modules are
imported inside of the functions that need them, so that ``histdiag --help`` and a mistyped option answer at once.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import NoReturn

from .. import __version__
from . import check, demo, explain, report, rules
from .ending import EXIT_CODES, INTERRUPTED, USAGE, Stop
from .signals import Terminated, terminable
from .terminal import Unwritable, complain

COMMANDS = (check, report, explain, rules, demo)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv
        Arguments after the program's name; those of the process where not given.

    Returns
    -------
    int
        The exit code.
    """
    with terminable():
        try:
            return _run(_parsed(argv))
        except SystemExit as stop:  # the parser has said why
            return stop.code if isinstance(stop.code, int) else USAGE
        except Terminated as end:
            complain(f"ended by {end.signal.name}")
            return end.code
        except KeyboardInterrupt:
            complain("interrupted")
            return INTERRUPTED


def _run(arguments: argparse.Namespace) -> int:
    """Run the command that was asked for; what stops it is said in one line."""
    run: Callable[[argparse.Namespace], int] = arguments.run_command
    try:
        return run(arguments)
    except Stop as stop:
        complain(str(stop))
        return stop.code
    except Unwritable as error:
        complain(str(error))
        return USAGE
    except Exception as error:
        if arguments.traceback:
            raise
        what = " ".join(f"{type(error).__name__}: {error}".split())
        complain(f"internal error: {what} (histdiag --traceback ... shows where)")
        return USAGE


class _Parser(argparse.ArgumentParser):
    """Says in one line what is wrong, which argparse would put under ten lines of usage."""

    def error(self, message: str) -> NoReturn:
        complain(f"{message} (see {self.prog} --help)")
        raise SystemExit(USAGE)


def _parsed(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the arguments; what is not known is a mistake in the command's, not in the program's."""
    parser = _parser()
    arguments, unknown = parser.parse_known_args(argv)
    if unknown:
        parser.prog += f" {arguments.command}"
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    return arguments


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="histdiag",
        description="Say what the histograms in a TensorBoard log mean.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"histdiag {__version__}", help="show the version")
    parser.add_argument("--traceback", action="store_true", help="show where an internal error comes from")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    for command in COMMANDS:
        command.add(commands)
    return parser

"""The command line: ``histdiag check | explain | rules | demo``.

Heavy modules are imported inside of the commands, so that ``histdiag --help`` and a mistyped option answer at once.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from . import __version__
from .terminal import complain, paper, progress, show

if TYPE_CHECKING:
    from .config import Config
    from .formats.page import Paper
    from .report import Report, Rules

CLEAR, FOUND, USAGE, NO_HISTOGRAMS, INTERRUPTED = 0, 1, 2, 3, 130
PROFILES = ("default", "strict", "gan-rl", "fine-tune")

_EXIT_CODES = """\
exit codes:
  0  nothing at or above --fail-on
  1  findings at or above --fail-on
  2  wrong usage, or an internal error
  3  no histograms found"""

_HOW_TO_LOG = """\
How to log histograms:
  Keras       callbacks=[keras.callbacks.TensorBoard(LOGDIR, histogram_freq=1)]
  TensorFlow  tf.summary.histogram(name, tensor, step=step)
  PyTorch     SummaryWriter(LOGDIR).add_histogram(name, tensor, step)
  JAX         the same, with tensorboardX's SummaryWriter and numpy.asarray(array)
Log gradients and activations in the same way; histdiag demo shows what that gives."""


class _Stop(Exception):
    """End with a message and an exit code."""

    def __init__(self, message: str, code: int = USAGE) -> None:
        super().__init__(message)
        self.code = code


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
    try:
        arguments = _parser().parse_args(argv)
    except SystemExit as stop:  # argparse has said why
        return stop.code if isinstance(stop.code, int) else USAGE
    run: Callable[[argparse.Namespace], int] = arguments.run_command
    try:
        return run(arguments)
    except _Stop as stop:
        complain(str(stop))
        return stop.code
    except KeyboardInterrupt:
        complain("interrupted")
        return INTERRUPTED
    except Exception as error:
        if arguments.traceback:
            raise
        what = " ".join(f"{type(error).__name__}: {error}".split())
        complain(f"internal error: {what} (histdiag --traceback ... shows where)")
        return USAGE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="histdiag",
        description="Say what the histograms in a TensorBoard log mean.",
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"histdiag {__version__}")
    parser.add_argument("--traceback", action="store_true", help="show where an internal error comes from")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    check = commands.add_parser(
        "check",
        help="diagnose a log directory",
        description="Diagnose the histograms under LOGDIR.",
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    check.add_argument("logdir", metavar="LOGDIR", help="directory with event files, at any depth")
    check.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    check.add_argument(
        "--fail-on",
        choices=("error", "warning", "info", "never"),
        help="least severity that gives exit code 1; info is a note (default: error, with --strict warning)",
    )
    check.add_argument("--run", metavar="REGEX", help="only runs whose name this is found in")
    check.add_argument("--select", metavar="RULE", nargs="+", action="extend", default=[], help="only these rules")
    check.add_argument("--ignore", metavar="RULE", nargs="+", action="extend", default=[], help="not these rules")
    profile = check.add_mutually_exclusive_group()
    profile.add_argument("--profile", choices=PROFILES, help="settings for a kind of training (default: default)")
    profile.add_argument("--strict", action="store_const", const="strict", dest="profile", help="--profile strict")
    file = check.add_mutually_exclusive_group()
    file.add_argument("--config", metavar="FILE", help="configuration (default: histdiag.toml, if it is there)")
    file.add_argument("--no-config", action="store_true", help="ignore histdiag.toml")
    check.add_argument("--output", metavar="FILE", help="write the report there (UTF-8) and not to standard output")
    check.add_argument("--verbose", action="store_true", help="all tags, and the reading of each series (text)")
    check.add_argument("--pretty", action="store_true", help="indent the JSON")
    check.set_defaults(run_command=_check)

    explain = commands.add_parser("explain", help="explain a rule", allow_abbrev=False)
    explain.add_argument("rule", metavar="RULE")
    explain.set_defaults(run_command=_explain)

    rules = commands.add_parser("rules", help="list the rules", allow_abbrev=False)
    rules.add_argument("--format", choices=("text", "markdown", "json", "toml"), default="text", help="default: text")
    rules.set_defaults(run_command=_rules)

    demo = commands.add_parser("demo", help="train small networks, healthy and sick, and show them in TensorBoard")
    demo.add_argument("--logdir", type=Path, metavar="DIR", help="where to log (default: a temporary directory)")
    demo.add_argument("--no-serve", action="store_true", help="log only, do not start TensorBoard")
    demo.add_argument("--port", type=_port, default=6006, help="the next free one is taken from here (default: 6006)")
    demo.set_defaults(run_command=_demo)
    return parser


def _port(text: str) -> int:
    if text.isdecimal() and int(text) < 2**16:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no port (0 to 65535)")


def _check(arguments: argparse.Namespace) -> int:
    pattern = _pattern(arguments.run)
    config = _config(arguments)
    from .formats import json, text
    from .selection import reaches

    report = _diagnose(arguments.logdir, pattern, config)

    def rendered(on: Paper) -> str:
        if arguments.format == "json":
            return json.render(report, pretty=arguments.pretty)
        return text.render(report, on, verbose=arguments.verbose)

    if arguments.output is None:
        show(rendered(paper()))
    else:
        from .formats.page import Paper

        _write(arguments.output, rendered(Paper()))
    return FOUND if reaches(report, arguments.fail_on or config.fail_on) else CLEAR


def _config(arguments: argparse.Namespace) -> Config:
    from .config_file import ConfigError, find, for_command_line

    try:
        return for_command_line(
            find(arguments.logdir) if arguments.config is None and not arguments.no_config else arguments.config,
            profile=arguments.profile,
            select=_known_rules(arguments.select),
            ignore=_known_rules(arguments.ignore),
        )
    except ConfigError as error:
        raise _Stop(str(error)) from error


def _diagnose(logdir: str, pattern: re.Pattern[str] | None, config: Config) -> Report:
    """Diagnose the runs asked for."""
    from .diagnose import diagnose
    from .sources import NoHistograms, SourceError, open_logdir

    try:
        with progress() as tell, open_logdir(logdir, progress=tell) as source:
            runs = list(dict.fromkeys(series.run for series in source.list_series()))
            asked = {run for run in runs if pattern is None or pattern.search(run)}
            if not asked:
                known = f"those with histograms are: {', '.join(runs)}"
                raise _Stop(f"no run's name matches {pattern.pattern if pattern else ''!r}; {known}", NO_HISTOGRAMS)
            return diagnose(
                source,
                config=config,
                runs=asked.__contains__,
                progress=lambda done, total: tell(f"Measured {done:,} of {total:,} tensors"),
            )
    except NoHistograms as nothing:
        how = f"\n\n{_HOW_TO_LOG}" if Path(logdir).expanduser().is_dir() else ""
        raise _Stop(f"{nothing}{how}", NO_HISTOGRAMS) from nothing
    except SourceError as error:
        raise _Stop(str(error)) from error


def _explain(arguments: argparse.Namespace) -> int:
    from .formats import documentation

    [name] = _known_rules([arguments.rule])
    [doc] = [doc for doc in _documentation().rules if doc.rule == name]
    show(documentation.explain(doc, paper()))
    return CLEAR


def _rules(arguments: argparse.Namespace) -> int:
    from .formats import documentation, json, toml

    rules = _documentation()
    if arguments.format == "json":
        show(json.render(rules, pretty=True))
    elif arguments.format == "toml":
        show(toml.render(rules))
    elif arguments.format == "markdown":
        show(documentation.markdown(rules))
    else:
        show(documentation.table(rules, paper()))
    return CLEAR


def _demo(arguments: argparse.Namespace) -> int:
    from rich.console import Console

    from .demo import run

    return run(arguments.logdir, serve=not arguments.no_serve, port=arguments.port, console=Console(stderr=True))


def _documentation() -> Rules:
    from .rules import documentation

    return documentation()


def _pattern(text: str | None) -> re.Pattern[str] | None:
    try:
        return None if text is None else re.compile(text)
    except re.error as error:
        raise _Stop(f"--run: {text!r} is no regular expression: {error}") from error


def _known_rules(names: Sequence[str]) -> list[str]:
    """Return the names, also those joined by commas, or say which one is unknown and what was meant."""
    if not names:
        return []
    from .rules import RULES
    from .selection import nearest

    asked = dict.fromkeys(name for joined in names for name in joined.split(",") if name)
    known = {rule.name for rule in RULES}
    for name in asked:
        if name not in known:
            meant = nearest(name, known)
            hint = f"did you mean {meant}? " if meant else ""
            raise _Stop(f"there is no rule {name!r}; {hint}All rules: histdiag rules")
    return list(asked)


def _write(path: str, text: str) -> None:
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise _Stop(f"cannot write {path}: {error.strerror}") from error


if __name__ == "__main__":
    sys.exit(main())

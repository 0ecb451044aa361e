"""Options of every command that judges a log, and what they mean."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ..terminal import progress
from ..words import HOW_TO_LOG
from .ending import NO_HISTOGRAMS, Stop

if TYPE_CHECKING:
    from ..config import Config
    from ..report import Report

PROFILES = ("default", "strict", "gan-rl", "fine-tune")


def add_log(parser: argparse.ArgumentParser) -> None:
    """Add which log and which of its runs."""
    parser.add_argument("logdir", metavar="LOGDIR", help="directory with event files, at any depth")
    parser.add_argument("--run", metavar="REGEX", help="only runs whose name this is found in")


def add_judging(parser: argparse.ArgumentParser) -> None:
    """Add by what to judge."""
    parser.add_argument("--select", metavar="RULE", nargs="+", action="extend", default=[], help="only these rules")
    parser.add_argument("--ignore", metavar="RULE", nargs="+", action="extend", default=[], help="not these rules")
    profile = parser.add_mutually_exclusive_group()
    profile.add_argument("--profile", choices=PROFILES, help="settings for a kind of training (default: default)")
    profile.add_argument("--strict", action="store_const", const="strict", dest="profile", help="--profile strict")
    file = parser.add_mutually_exclusive_group()
    file.add_argument("--config", metavar="FILE", help="configuration (default: histdiag.toml, if it is there)")
    file.add_argument("--no-config", action="store_true", help="ignore histdiag.toml")


def pattern_of(arguments: argparse.Namespace) -> re.Pattern[str] | None:
    """Return what ``--run`` asks for."""
    try:
        return None if arguments.run is None else re.compile(arguments.run)
    except re.error as error:
        raise Stop(f"--run: {arguments.run!r} is no regular expression: {error}") from error


def config_of(arguments: argparse.Namespace) -> Config:
    """Return the configuration that is found or named, the options over it."""
    from ..config_file import ConfigError, find, for_command_line

    try:
        return for_command_line(
            find(arguments.logdir) if arguments.config is None and not arguments.no_config else arguments.config,
            profile=arguments.profile,
            select=known_rules(arguments.select),
            ignore=known_rules(arguments.ignore),
        )
    except ConfigError as error:
        raise Stop(str(error)) from error


def known_rules(names: Sequence[str]) -> list[str]:
    """Return the names, also those joined by commas, or say which one is unknown and what was meant."""
    if not names:
        return []
    from ..rules import RULES
    from ..selection import nearest

    asked = dict.fromkeys(name for joined in names for name in joined.split(",") if name)
    known = {rule.name for rule in RULES}
    for name in asked:
        if name not in known:
            meant = nearest(name, known)
            hint = f"did you mean {meant}? " if meant else ""
            raise Stop(f"there is no rule {name!r}; {hint}All rules: histdiag rules")
    return list(asked)


def diagnosed(logdir: str, pattern: re.Pattern[str] | None, config: Config, memory: int | None = None) -> Report:
    """Diagnose the runs asked for, in so many bytes of memory, and show on a terminal how far that is."""
    if memory is not None:
        from ..memory import diagnose_within

        runs_asked = None if pattern is None else lambda run: pattern.search(run) is not None
        with unreadable(logdir), progress() as tell:
            return diagnose_within(logdir, memory, config=config, runs=runs_asked, progress=tell)
    from ..diagnose import diagnose
    from ..sources import open_logdir

    with unreadable(logdir), progress() as tell, open_logdir(logdir, progress=tell) as source:
        runs = list(dict.fromkeys(series.run for series in source.list_series()))
        asked = {run for run in runs if pattern is None or pattern.search(run)}
        if not asked:
            known = f"those with histograms are: {', '.join(runs)}"
            raise Stop(f"no run's name matches {pattern.pattern if pattern else ''!r}; {known}", NO_HISTOGRAMS)
        return diagnose(
            source,
            config=config,
            runs=asked.__contains__,
            progress=lambda done, total: tell(f"Measured {done:,} of {total:,} tensors"),
        )


@contextmanager
def unreadable(logdir: str) -> Iterator[None]:
    """End with a message where a log cannot be read or holds no histograms."""
    from ..sources import NoHistograms, SourceError

    try:
        yield
    except NoHistograms as nothing:
        how = f"\n\n{HOW_TO_LOG}" if Path(logdir).expanduser().is_dir() else ""
        raise Stop(f"{nothing}{how}", NO_HISTOGRAMS) from nothing
    except SourceError as error:
        raise Stop(str(error)) from error


def write(path: str, text: str) -> None:
    """Write a file, or end with why that cannot be."""
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise Stop(f"cannot write {path}: {error.strerror}") from error

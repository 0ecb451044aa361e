"""Options of every command that judges a log, and what they mean."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ..words import HOW_TO_LOG
from . import summary
from .ending import NO_HISTOGRAMS, Stop
from .terminal import progress

if TYPE_CHECKING:
    from ..config import Config
    from ..report import Report

PROFILES = ("default", "strict", "gan-rl", "fine-tune")


def add_log(parser: argparse.ArgumentParser) -> None:
    """Add which log and which of its runs."""
    parser.add_argument("logdir", metavar="LOGDIR", type=_logdir, help="directory with event files, at any depth")
    parser.add_argument("--run", metavar="REGEX", help="only runs in whose names this is found")


def _logdir(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("it is empty; is a variable not set?")
    if os.path.isfile(text):
        raise argparse.ArgumentTypeError(f"{text} is a file, not the directory that event files are in")
    return text


def add_judging(parser: argparse.ArgumentParser) -> None:
    """Add by what to judge."""
    judging = parser.add_argument_group("by what to judge")
    judging.add_argument("--select", metavar="RULES", action="append", default=[], help="only these, joined by commas")
    judging.add_argument("--ignore", metavar="RULES", action="append", default=[], help="all but these")
    profile = judging.add_mutually_exclusive_group()
    profile.add_argument("--profile", choices=PROFILES, help="settings for a kind of training (default: default)")
    profile.add_argument("--strict", action="store_const", const="strict", dest="profile", help="--profile strict")
    file = judging.add_mutually_exclusive_group()
    file.add_argument("--config", metavar="FILE", help="configuration (default: histdiag.toml, if it is there)")
    file.add_argument("--no-config", action="store_true", help="read no configuration")


def pattern_of(arguments: argparse.Namespace) -> re.Pattern[str] | None:
    """Return what ``--run`` asks for."""
    try:
        return None if arguments.run is None else re.compile(arguments.run)
    except re.error as error:
        raise Stop(f"--run: {arguments.run!r} is no regular expression: {error}") from error


def config_of(arguments: argparse.Namespace) -> Config:
    """Return the configuration that is found or named, the options over it."""
    from ..config_file import ConfigError, find, for_command_line

    select, ignore = known_rules(arguments.select), known_rules(arguments.ignore)
    if select and set(select) <= set(ignore):
        raise Stop("--ignore leaves none of the rules of --select")
    try:
        return for_command_line(
            find(arguments.logdir) if arguments.config is None and not arguments.no_config else arguments.config,
            profile=arguments.profile,
            select=select,
            ignore=ignore,
        )
    except ConfigError as error:
        raise Stop(str(error)) from error


def known_rules(joined: Sequence[str]) -> list[str]:
    """Return the names of rules that stand between commas."""
    return list(dict.fromkeys(known_rule(name.strip()) for names in joined for name in names.split(",")))


def known_rule(name: str) -> str:
    """Return the name, or say that there is no such rule and what was meant."""
    from ..rules import RULES
    from ..selection import nearest

    known = {rule.name for rule in RULES}
    if name in known:
        return name
    meant = nearest(name, known)
    hint = f"Did you mean {meant}? " if meant else ""
    raise Stop(f"There is no rule {name!r}. {hint}All rules: histdiag rules")


def diagnosed(logdir: str, pattern: re.Pattern[str] | None, config: Config, memory: int | None = None) -> Report:
    """Diagnose the runs asked for, in so many bytes of memory, and show on a terminal how far that is."""
    if memory is not None:
        from .memory import diagnose_within

        with unreadable(), progress() as tell:
            return diagnose_within(logdir, memory, config=config, runs=pattern, progress=tell)
    from ..diagnose import diagnose
    from ..provider.sources import open_logdir
    from ..selection import matching

    with unreadable(), progress() as tell, open_logdir(logdir, progress=tell) as source:
        runs = list(dict.fromkeys(series.run for series in source.list_series()))
        asked = matching(pattern, runs, "run")
        return diagnose(
            source,
            config=config,
            runs=asked.__contains__,
            progress=lambda done, total: tell(f"Measured {done:,} of {total:,} tensors"),
        )


@contextmanager
def unreadable() -> Iterator[None]:
    """End with a message where a log cannot be read or holds no histograms, or none of the runs asked for."""
    from ..provider.sources import NoHistograms, NotReadable, SourceError
    from ..selection import Unknown

    try:
        yield
    except Unknown as unknown:
        raise Stop(str(unknown), NO_HISTOGRAMS) from unknown
    except NoHistograms as nothing:
        how = "" if isinstance(nothing, NotReadable) else f"\n\n{HOW_TO_LOG}"
        raise Stop(f"{nothing}{how}", NO_HISTOGRAMS) from nothing
    except SourceError as error:
        raise Stop(str(error)) from error


def writable(path: str, logdir: str) -> None:
    """End where a file cannot be written, before a log is read for it.

    A folder within a log that is yet to come may come with it.
    """
    folder = os.path.dirname(os.path.abspath(path))
    if os.path.isdir(path):
        raise Stop(f"cannot write {path}: it is a directory")
    if not os.path.isdir(folder) and not f"{folder}{os.sep}".startswith(f"{os.path.abspath(logdir)}{os.sep}"):
        raise Stop(f"cannot write {path}: there is no directory {folder}")
    there = path if os.path.exists(path) else folder
    if os.path.exists(there) and not os.access(there, os.W_OK):
        raise Stop(f"cannot write {path}: {there} is not writable")
    if "tfevents" in os.path.basename(path):
        raise Stop(f"{path} is named like an event file, which is never written over")


def write(path: str, text: str) -> None:
    """Write a file, or add to the summary of a step of GitHub Actions; or end with why that cannot be."""
    try:
        if summary.is_summary(path):
            summary.add(path, text)
        else:
            Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise Stop(f"cannot write {path}: {error.strerror}") from error

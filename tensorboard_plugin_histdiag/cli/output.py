"""In which form a report is given, and where it goes."""

from __future__ import annotations

import argparse
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..terminal import paper, show
from .ending import Stop
from .options import write

if TYPE_CHECKING:
    from ..formats.page import Paper
    from ..report import Report

FORMATS = ("text", "json", "markdown", "junit", "github")


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--format", choices=FORMATS, default="text", help="default: text")
    parser.add_argument("--output", metavar="FILE", help="write the report there (UTF-8) and not to standard output")
    parser.add_argument(
        "--also",
        metavar=("FORMAT", "FILE"),
        nargs=2,
        action="append",
        default=[],
        help="write it there in this form, too",
    )
    parser.add_argument("--verbose", action="store_true", help="all tags, and the reading of each series (text)")
    parser.add_argument("--pretty", action="store_true", help="indent the JSON")


def checked(arguments: argparse.Namespace) -> None:
    """End where there is no such form, before a log is read for it."""
    for form, _ in arguments.also:
        if form not in FORMATS:
            raise Stop(f"--also: there is no format {form!r}, there are {', '.join(FORMATS)}")


@dataclass(frozen=True)
class Output:
    """A report and what its forms depend on: what fails, and what a baseline holds already."""

    report: Report
    fail_on: str
    known: Collection[str]

    @property
    def failing(self) -> bool:
        """Whether it fails a check."""
        from ..baseline import failing

        return bool(failing(self.report, self.fail_on, self.known))

    def give(self, arguments: argparse.Namespace) -> None:
        """Write and show it as asked for."""
        from ..formats.page import Paper

        for form, file in arguments.also:
            write(file, self._in(form, Paper(), arguments))
        if arguments.output is None:
            show(self._in(arguments.format, paper(), arguments))
        else:
            write(arguments.output, self._in(arguments.format, Paper(), arguments))

    def _in(self, form: str, on: Paper, arguments: argparse.Namespace) -> str:
        from ..formats import github, json, junit, markdown, text

        if form == "json":
            return json.render(self.report, pretty=arguments.pretty)
        if form == "markdown":
            return markdown.render(self.report, known=self.known)
        if form == "junit":
            return junit.render(self.report, fail_on=self.fail_on, known=self.known)
        if form == "github":
            return github.render(self.report, known=self.known)
        return text.render(self.report, on, verbose=arguments.verbose, known=self.known)

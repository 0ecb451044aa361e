"""In which form a report is given, and where it goes."""

from __future__ import annotations

import argparse
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .ending import Stop
from .options import writable, write
from .terminal import paper, show

if TYPE_CHECKING:
    from ..formats.page import Paper
    from ..report import Report

FORMATS = ("text", "json", "markdown", "junit", "github")


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    group = parser.add_argument_group("the report")
    group.add_argument(
        "--format",
        choices=FORMATS,
        default="text",
        help="text for people, json for programs and as a baseline, markdown for a pull request, junit for most kinds"
        " of continuous integration, github for annotations of GitHub Actions (default: text)",
    )
    group.add_argument("-o", "--output", metavar="FILE", help="where to write it (default: standard output)")
    group.add_argument(
        "--also",
        metavar=("FORMAT", "FILE"),
        nargs=2,
        action="append",
        default=[],
        help="write it to a file in this form, too; may be given several times",
    )
    group.add_argument("--verbose", action="store_true", help="text: all tags, and the reading of each tensor")
    group.add_argument("--pretty", action="store_true", help="json: indented")


def checked(arguments: argparse.Namespace) -> None:
    """End where there is no such form, or no such folder, before a log is read for it."""
    for form, _ in arguments.also:
        if form not in FORMATS:
            raise Stop(f"--also: there is no format {form!r}, there are {', '.join(FORMATS)}")
    for file in (arguments.output, *(file for _, file in arguments.also)):
        if file is not None:
            writable(file, arguments.logdir)


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

        if arguments.output is None:
            show(self._in(arguments.format, paper(), arguments))
        else:
            write(arguments.output, self._in(arguments.format, Paper(), arguments))
        for form, file in arguments.also:
            write(file, self._in(form, Paper(), arguments))

    def _in(self, form: str, on: Paper, arguments: argparse.Namespace) -> str:
        from ..formats import github, json, junit, markdown, text

        if form == "json":
            return json.render(self.report, pretty=arguments.pretty)
        if form == "markdown":
            return markdown.render(self.report, known=self.known, log=arguments.logdir)
        if form == "junit":
            return junit.render(self.report, fail_on=self.fail_on, known=self.known)
        if form == "github":
            return github.render(self.report, known=self.known)
        return text.render(self.report, on, verbose=arguments.verbose, known=self.known)

"""Lines of text of a given width, with or without colour."""

from __future__ import annotations

import io
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from .names import inert, printable, shorten

Part = str | tuple[str, str]
"""Some text, or some text and its rich style."""


@dataclass(frozen=True)
class Paper:
    """What is printed on: ``width`` cells a line, ``color`` as ANSI codes, only characters that ``encoding`` has."""

    width: int = 80
    color: bool = False
    encoding: str = "utf-8"


class Page:
    """Collect wrapped lines.

    Every text is escaped and held as `rich.text.Text`, never parsed as markup: a tag may be called ``[red]``.
    """

    def __init__(self, paper: Paper) -> None:
        self._paper = paper
        self._console = Console(
            file=io.StringIO(),
            width=paper.width,
            force_terminal=paper.color,
            color_system="standard" if paper.color else None,
            legacy_windows=False,
            no_color=not paper.color,
        )
        self._lines: list[Text] = []

    def blank(self) -> None:
        """Leave one line free, never two."""
        if self._lines and self._lines[-1].plain:
            self._lines.append(Text())

    def add(self, *parts: Part, indent: int = 0, hang: int = 0) -> None:
        """Add a paragraph whose lines are indented, all but the first by ``hang`` more."""
        text = Text()
        for part in parts:
            words, style = (part, "") if isinstance(part, str) else part
            text.append(printable(words, self._paper.encoding), style or None)
        # The first line is as narrow as the others, its hanging part put in front.
        head, body = text[:hang], text[hang:]
        width = max(self._paper.width - indent - hang, 20)
        for place, line in enumerate(body.wrap(self._console, width, overflow="fold")):
            line.rstrip()
            start = Text(" " * indent).append_text(head if place == 0 else Text(" " * hang))
            whole = start.append_text(line)
            harmless = inert(whole.plain)
            self._lines.append(whole if harmless == whole.plain else Text(harmless))
        self._lines[-1].rstrip()

    def field(self, label: str, *parts: Part, indent: int, column: int) -> None:
        """Add a paragraph with a label in front, its text in a column."""
        self.add((label.ljust(column), "dim"), *parts, indent=indent, hang=column)

    def name(self, name: str, taken: int) -> str:
        """Escape a name and shorten it to what a line holds beside ``taken`` cells."""
        return shorten(printable(name, self._paper.encoding), max(self._paper.width - taken, 16))

    def __str__(self) -> str:
        """Return the page, its last line ended."""
        lines = self._lines
        if not self._paper.color:
            return "".join(f"{line.plain}\n" for line in lines)
        with self._console.capture() as captured:
            for line in lines:
                self._console.print(line, soft_wrap=True, highlight=False)
        return captured.get()

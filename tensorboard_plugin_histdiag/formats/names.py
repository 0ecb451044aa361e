"""Make text from logs safe to print: run and tag names are whatever somebody wrote into a file."""

from __future__ import annotations

import re
import unicodedata

from rich.cells import cell_len, set_cell_size

# Controls, invisible formatting (right-to-left overrides are here), lone surrogates, line and paragraph separators.
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})

# What GitHub Actions, Azure Pipelines and TeamCity take for a command where it stands in the log of a build.
_COMMAND = re.compile(r"^(\s*):(?=:)|#(?=#(?:vso|teamcity)?\[)")

# What our own texts use beyond ASCII, for terminals whose encoding has no such character.
_ASCII = str.maketrans(
    {
        "✗": "x",
        "▲": "!",
        "●": "*",
        "✓": "+",
        "–": "-",
        "—": "-",
        "−": "-",
        "·": "-",
        "×": "x",
        "±": "+-",
        "≤": "<=",
        "≥": ">=",
        "→": "->",
        "²": "^2",
        "…": "...",
        "’": "'",
        "“": '"',
        "”": '"',
        "\N{NO-BREAK SPACE}": " ",
    }
)


def printable(text: str, encoding: str = "utf-8") -> str:
    r"""Escape what could move the cursor, recolour, reorder or fail to print.

    >>> printable("loss\x1b[2J\n")
    'loss\\x1b[2J\\n'
    """
    if not text.isascii() or not text.isprintable():
        text = "".join(map(_escape, text))
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.translate(_ASCII).encode(encoding, "backslashreplace").decode(encoding)
    return text


def _escape(character: str) -> str:
    if unicodedata.category(character) not in _UNPRINTABLE:
        return character
    return character.encode("unicode_escape").decode("ascii")


def inert(line: str) -> str:
    r"""Escape the first sign of what would be a command to what builds.

    >>> inert("  ::error::no")
    '  \\x3a:error::no'
    """
    return _COMMAND.sub(lambda found: f"{found[1] or ''}\\x{ord(found[0][-1]):02x}", line)


def shorten(text: str, width: int) -> str:
    """Cut the middle out of a name wider than ``width`` cells: both the scope and the last part tell it apart."""
    if cell_len(text) <= width:
        return text
    tail = (width - 3) // 2
    return set_cell_size(text, width - 3 - tail).rstrip() + "..." + set_cell_size(text[::-1], tail).rstrip()[::-1]

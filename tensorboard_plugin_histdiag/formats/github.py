"""The report as workflow commands, which GitHub Actions shows as annotations.

GitHub shows ten errors, ten warnings and ten notices of a step, and cuts messages after 4,096 characters. So findings
that stand on one card are one annotation, the worst come first, and the tenth counts what is left.

References
----------
https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ..finding import Finding, Severity
from ..report import Report
from . import text, words
from .names import inert, printable, shorten
from .page import Paper

SHOWN = 10
"""Annotations of a kind that GitHub shows of a step."""
LIMIT = 4096
"""Characters of a message."""
_COMMAND = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_UNWRAPPED = Paper(width=4000)


def render(report: Report, *, known: Collection[str] = ()) -> str:
    """Write the annotations, and the verdict as a line of the log.

    Parameters
    ----------
    report
        What `diagnose` returned.
    known
        Fingerprints of findings that a baseline holds already: these are counted, not shown.
    """
    lines = []
    cards = list(_cards(report, known))
    for severity, command in _COMMAND.items():
        alike = [card for card in cards if card[0].severity is severity]
        shown = alike if len(alike) <= SHOWN else alike[: SHOWN - 1]
        lines += [_annotation(command, _title(card), _message(report, card)) for card in shown]
        if shown != alike:
            more = words.count(len(alike) - len(shown), f"more {words.WORD[severity]}")
            lines.append(_annotation(command, "histdiag", f"{more}: histdiag check shows all"))
    lines += [words.verdict(report), *map(_line, report.messages)]
    return "".join(f"{line}\n" for line in lines)


def _cards(report: Report, known: Collection[str]) -> Iterator[list[Finding]]:
    """Yield what is new, findings with one likely cause together, the worst first in each card."""
    left = {finding.fingerprint: finding for finding in report.findings if finding.fingerprint not in known}
    for group in report.groups:
        members = [left.pop(print_) for print_ in group.fingerprints if print_ in left]
        if members:
            yield sorted(members, key=lambda finding: finding.severity.rank)
    yield from ([finding] for finding in left.values())


def _title(card: list[Finding]) -> str:
    more = f" ({len(card):,} findings)" if len(card) > 1 else ""
    return f"{words.prose(card[0].title)}{more}"


def _message(report: Report, card: list[Finding]) -> str:
    """Write the leading finding in full, and of the others where they are."""
    likewise = [f"{finding.rule} on {_name(finding.tags[0])}" for finding in card[1:] if finding.tags]
    shown = likewise[:5] + ([f"{len(likewise) - 5:,} more"] if len(likewise) > 5 else [])
    also = f"Likewise: {', '.join(shown)}\n" if likewise else ""
    return f"Run {_name(card[0].run or '.')}\n{text.one(report, card[0], _UNWRAPPED)}{also}"


def _name(name: str) -> str:
    return shorten(printable(name), 200)


def _line(message: str) -> str:
    """Write a line of the log that is no command, nor one in the older form, which may stand anywhere."""
    return inert(f"- {printable(words.prose(message))}")


def _annotation(command: str, title: str, message: str) -> str:
    message = message.rstrip()
    cut = message if len(message) <= LIMIT else f"{message[: LIMIT - 3]}..."
    return f"::{command} title={_property(title)}::{_data(cut)}"


def _data(value: str) -> str:
    """Escape what would end a command: GitHub unescapes it."""
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(printable(value)).replace(":", "%3A").replace(",", "%2C")

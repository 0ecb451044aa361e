"""The report as plain HTML, for where no script runs: the verdict, what was found, what to try."""

from __future__ import annotations

from html import escape

from ..finding import Finding
from ..report import Report
from . import words
from .names import printable, shorten

MOST = 40
"""Findings listed; the others are counted."""
_WIDEST = 60
_CELL = 'style="text-align: left; vertical-align: top"'
_HEADINGS = ("", "Finding", "Where", "When", "Measured", "Try")


def render(report: Report) -> str:
    """Write the report as a fragment of HTML that asks nothing of the page around it."""
    lines = [f"<p><b>{_text(words.verdict(report))}</b></p>", *(f"<p>{_text(text)}</p>" for text in report.messages)]
    if report.findings:
        head = "".join(f"<th {_CELL}>{heading}</th>" for heading in _HEADINGS)
        rows = "\n".join(_row(finding, report) for finding in report.findings[:MOST])
        lines.append(f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>")
    if left := len(report.findings) - MOST:
        lines += [f"<p>And {words.count(left, 'more finding')}.</p>"] if left > 0 else []
    return "\n".join(lines) + "\n"


def _row(finding: Finding, report: Report) -> str:
    run = next((entry for entry in report.runs if entry.run == finding.run), None)
    places = [finding.run] * (len(report.runs) > 1) + list(finding.tags[:1])
    more = f" and {len(finding.tags) - 1:,} more" if len(finding.tags) > 1 else ""
    [lead, *_] = [*finding.evidence, None]
    measured = f"{lead.label}: {words.measured(lead)} {words.threshold(lead)}" if lead else ""
    word = words.WORD[finding.severity]
    cells = (
        f"<b>{words.SIGN[finding.severity]} {word}</b>",  # in no colour: the ground may be dark
        f"<b>{_text(finding.title)}</b><br>{_text(finding.summary)}",
        "<br>".join(f"<code>{_text(shorten(place, _WIDEST))}</code>" for place in places) + more,
        _text(words.when(finding, run)),
        _text(measured),
        _text(" ".join(finding.advice)),
    )
    return f"<tr>{''.join(f'<td {_CELL}>{cell}</td>' for cell in cells)}</tr>"


def _text(text: str) -> str:
    return escape(printable(text))

"""The report as Markdown, for a pull request or a chat: a table of findings, and folded beneath what to try.

Names of runs and tags are untrusted. They stand as code; sentences, which may hold names, are escaped, and words that a
site would turn into a link, a mention or a picture stand as code, too. Much is cut or counted, and where names are long
more of it, so that what is written stays below the 65,536 characters that GitHub takes for a comment.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from ..finding import Evidence, Finding
from ..report import Report, RunEntry
from . import words
from .coverage import in_short
from .names import printable, shorten

LIMIT = 65_536
"""Characters of a comment on GitHub."""
ROWS = 50
"""Findings in the table."""
EXPLAINED = 12
"""Rules explained beneath it."""
LISTED = 3
"""Measured values, tags and messages of a kind."""
_NAME, _SENTENCE = 80, 400

# Mentions, references to issues, addresses, emoji, commands in the log of a build.
_LIVE = re.compile(r"@\w|#\d|\bGH-\d|://|www\.|:\w+:|^::|##", re.IGNORECASE)
_SPECIAL = re.compile(r"[\\`*\[\]<>&|~$]|(?<![^\W_])_|_(?![^\W_])")
_OPENING = re.compile(r"^(?=[#+=-])|^\d+(?=[.)] )")
"""What at the start of a line makes a heading or a list of it."""


def render(report: Report, *, known: Collection[str] = (), log: str = "") -> str:
    """Write the verdict, a table of the findings, worst first, and what they mean.

    Parameters
    ----------
    report
        What `diagnose` returned.
    known
        Fingerprints of findings that a baseline holds already.
    log
        Where the log is, for the heading: several reports may stand on one page.
    """
    return next(page for part in (1, 2, 4, 8) if len(page := _page(report, known, log, part)) < LIMIT)


def _page(report: Report, known: Collection[str], log: str, part: int) -> str:
    """Write it with a half, a quarter, ... of the findings that are shown otherwise."""
    parts = [f"### histdiag{f' on {code(log)}' if log else ''}: {plain(words.verdict(report))}"]
    if report.progress.judged < report.progress.total:
        parts.append(f"Not complete: {report.progress.judged:,} of {report.progress.total:,} tensors are judged.")
    parts.append(_items(report.messages))
    if report.configuration.source != "defaults":
        parts.append(f"Configuration: {code(report.configuration.source)}. {plain(report.configuration.text)}")
    runs = {run.run: run for run in report.runs}
    if report.findings:
        parts += [
            _table(report.findings, runs, known, ROWS // part),
            _fold(report.findings, runs, EXPLAINED // part),
        ]
    parts.append(f"What was checked: {in_short(report)}")
    return "\n\n".join(text.strip() for text in parts if text) + "\n"


def code(text: str, *, cell: bool = False) -> str:
    """Write a name as inline code that no backtick inside can end, nor, in a table, a bar."""
    shown = shorten(printable(text), _NAME) or " "
    fence = "`" * (1 + max(map(len, re.findall("`+", shown)), default=0))
    pad = " " if shown.strip() and {shown[0], shown[-1]} & {"`", " "} else ""
    if cell:
        shown = shown.replace("\\|", "\\x5c|").replace("|", "\\|")
    return f"{fence}{pad}{shown}{pad}{fence}"


def plain(text: str, *, cell: bool = False) -> str:
    """Write a sentence in which nothing is read as Markdown or HTML, and nobody is mentioned."""
    said = shorten(printable(words.prose(text)), _SENTENCE).split()
    done = [
        code(word, cell=cell) if _LIVE.search(word) else _SPECIAL.sub(lambda found: f"\\{found[0]}", word)
        for word in said
    ]
    joined = " ".join(done)
    return joined if cell else _OPENING.sub(lambda found: f"{found[0]}\\", joined)


def _items(texts: Sequence[str]) -> str:
    more = len(texts) - LISTED
    shown = [*map(plain, texts[:LISTED]), *([f"{more:,} more such messages"] if more > 0 else [])]
    return "\n".join(f"- {text}" for text in shown)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _table(findings: Sequence[Finding], runs: Mapping[str, RunEntry], known: Collection[str], most: int) -> str:
    titles = ("", "Finding", "Run", "Where", "When", "Measured")
    rows = [titles, ("---",) * len(titles), *(_finding(one, runs.get(one.run), known) for one in findings[:most])]
    more = f"\n\n{len(findings) - most:,} more findings are left out here." if len(findings) > most else ""
    return "\n".join(map(_row, rows)) + more


def _finding(finding: Finding, run: RunEntry | None, known: Collection[str]) -> tuple[str, ...]:
    measured = [f"{words.prose(one.label or one.metric)}: {words.measured(one)}" for one in finding.evidence[:1]]
    return (
        f"{words.SIGN[finding.severity]} {words.WORD[finding.severity]}",
        f"{plain(finding.title, cell=True)} ({code(finding.rule)}, {words.sure(finding, known)})",
        code(finding.run or ".", cell=True),
        _places(finding, cell=True),
        words.when(finding, run),
        plain("".join(measured), cell=True),
    )


def _places(finding: Finding, *, cell: bool = False) -> str:
    """Name the first tags and count the others."""
    more = len(finding.tags) - LISTED
    return ", ".join(code(tag, cell=cell) for tag in finding.tags[:LISTED]) + (
        f" and {more:,} more" if more > 0 else ""
    )


def _fold(findings: Sequence[Finding], runs: Mapping[str, RunEntry], most: int) -> str:
    """Write for the first finding of each rule what it means and what to try, to be unfolded."""
    leading = list({finding.rule: finding for finding in reversed(findings)}.values())[::-1]
    left = len(leading) - most
    return "\n\n".join(
        [
            "<details>\n<summary>What that means, and what to try</summary>",
            *(_explained(finding, runs.get(finding.run)) for finding in leading[:most]),
            *([f"{words.count(left, 'more rule')} found something."] if left > 0 else []),
            "</details>",
        ]
    )


def _explained(finding: Finding, run: RunEntry | None) -> str:
    """Write one finding as *Copy as Markdown* in the tab does."""
    columns = ("evidence", "measured", "threshold", "tensor", "step")
    rows = [_row(columns), _row(["---"] * len(columns)), *map(_evidence, finding.evidence[:LISTED])]
    return "\n\n".join(
        [
            f"#### {words.WORD[finding.severity].capitalize()}: {plain(finding.title)} ({finding.strength.value})",
            f"Run {code(finding.run or '.')}, {_places(finding)}, {words.when(finding, run)}. "
            f"Rule {code(finding.rule)}.",
            plain(finding.explanation or finding.summary),
            *(["\n".join(rows)] if finding.evidence else []),
            *(
                ["**What to try**", "\n".join(f"- {plain(advice)}" for advice in finding.advice)]
                if finding.advice
                else []
            ),
        ]
    )


def _evidence(evidence: Evidence) -> str:
    return _row(
        [
            plain(evidence.label or evidence.metric, cell=True),
            plain(words.measured(evidence), cell=True),
            plain(words.threshold(evidence), cell=True) or "–",
            code(evidence.tag, cell=True) if evidence.tag else "",
            "" if evidence.step is None else f"{evidence.step:,}",
        ]
    )

"""The summary of a step of GitHub Actions: one file, to which everything that runs in the step adds.

References
----------
https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#adding-a-job-summary
"""

from __future__ import annotations

import os
from pathlib import Path

from .terminal import complain

LIMIT = 2**20
"""Bytes of a step: of a summary that is larger, GitHub shows nothing."""
_CUT = "The rest of this report is left out: GitHub shows 1 MiB of a step's summary."


def is_summary(path: str) -> bool:
    """Tell whether a file is the summary of this step."""
    named = os.environ.get("GITHUB_STEP_SUMMARY")
    return bool(named) and os.path.realpath(path) == os.path.realpath(named or "")


def add(path: str, text: str) -> None:
    """Put a report beneath what is there; only its first line where it does not fit, nothing where that does not."""
    file = Path(path)
    there = file.stat().st_size if file.exists() else 0
    # An empty line ends whatever comes before: a table, or text without an end of line.
    gap = "\n\n" if there else ""
    for part in (text, f"{text.partition(chr(10))[0]}\n\n{_CUT}\n"):
        added = f"{gap}{part}".encode()
        if there + len(added) <= LIMIT:
            with file.open("ab") as summary:
                summary.write(added)
            return
    complain("the summary of this step is full, and the report is not in it: GitHub shows 1 MiB")

"""A log whose names were chosen to break a page: markup, formulas, signs of addresses, thousands of letters."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
from served import Event, EventFileWriter, histogram_pb

NAMES = {
    "image": "<img src=x onerror=alert(1)>",
    "quotes": "\"q'\\&amp;%41%",
    "address": "#&p.histdiag.run=evil?x=+1",
    "lines": "new\nline\ttab",
    "emoji": "🦊🏳️‍🌈",
    "formula": "=cmd()|' C'!A0",
    "right-to-left": "\u200fשלום\u202e",
    "markdown": "**b** [x](javascript:alert(1)) `c` | d",
    "prototype": "__proto__",
}
RUNS = {**NAMES, "long": "/".join(["l" * 240] * 5)}
TAGS = {
    **{kind: f"{name}/kernel" for kind, name in NAMES.items()},
    "longest": f"{'x' * 5000}/kernel",
    "longest read": f"{'y' * 490}/kernel",
    "long words": f"{'long words/' * 450}kernel",
    "empty segments": "a//b",
    "slashes": "//",
    "blank": " ",
    "script": "</script><script>alert(1)</script>/kernel",
    "control": "bell\x07\u2028\ufeff/kernel",
}
DESCRIPTION = "# head <img src=x onerror=alert(2)> [link](javascript:alert(3)) <script>alert(4)</script>"
"""Of every summary."""


def write(log: Path, steps: int = 8) -> None:
    """Log all tags in all runs; most of them never change, which is found and told with their names."""
    first, *others = (log / run for run in RUNS.values())
    first.mkdir(parents=True)
    writer = EventFileWriter(str(first))
    for step in range(steps):
        for index, tag in enumerate(TAGS.values()):
            values = np.random.default_rng([index, step * (index % 4 == 3)]).uniform(-0.1, 0.1, size=200)
            summary = histogram_pb(tag, values, description=DESCRIPTION)
            writer.add_event(Event(step=step, wall_time=1000.0 + step, summary=summary))
    writer.close()
    for other in others:
        shutil.copytree(first, other)

"""What all renderers are tested with: kept snapshots, and names that attack what shows them."""

from __future__ import annotations

import os
from pathlib import Path

from reports import evidence, finding, group, report, run_entry, series

from tensorboard_plugin_histdiag.report import Coverage, Reading, Reason, Report

SNAPSHOTS = Path(__file__).parent / "snapshots"
HOSTILE = [
    "\x1b[2J\x1b]0;owned\x07\x1b[31mred",
    "[red]not markup[/red]",
    "[/]",
    "up\x1b[1A\rover",
    "line\nbreak\u2028separator",
    "\u202egnp.exe\u202c",
    "zero\u200bwidth\u2060joiner\ufeff",
    "\x9b31mC1",
    "tab\there",
    ":smile: {braces} %s %(x)s",
    "名前/层/カーネル",
    "a" * 5000,
    "",
    " ",
    "e\u0301" * 40,
]


def matches_snapshot(name: str, rendered: str) -> None:
    """Compare with the kept text; HISTDIAG_SNAPSHOTS=write keeps the new one instead."""
    path = SNAPSHOTS / name
    if os.environ.get("HISTDIAG_SNAPSHOTS") == "write":
        path.write_text(rendered, encoding="utf-8", newline="\n")
    assert rendered == path.read_text(encoding="utf-8")


def hostile_report(name: str) -> Report:
    bad = finding(
        run=name,
        tags=(name, f"{name}/2"),
        layers=(name,),
        title=f"Trouble in {name}",
        explanation=f"The tag {name} is named by somebody else.",
        evidence=(evidence(tag=f"{name}/2", label=f"of {name}", unit=name),),
        advice=(f"Rename {name}.",),
    )
    other = finding("dead-units", run=name, tags=(f"{name}/3",), layers=(), explained_by=(bad.fingerprint,))
    third = finding("dead-units", run=name, tags=(f"{name}/4",), layers=())
    return report(
        runs=(run_entry(name, missing=(name,)),),
        series=(series(0, name, run=name, role=name),),
        findings=(bad, other, third),
        groups=(group([bad, other, third], f"Cause {name}"),),
        readings=(Reading(name, name, f"Of {name}.", "", "", "", 0, 1),),
        coverage=(Coverage(name, "dead-units", 0, 0, 1, 1, (Reason(f"why {name}", 1),)),),
        messages=(f"about {name}",),
    )

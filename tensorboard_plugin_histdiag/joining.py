"""One report of several logs, or of a log that was judged in parts; and of a part of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import TypeVar

import msgspec

from .config import Config
from .diagnose import rank
from .report import Progress, Report
from .words import counted

Part = TypeVar("Part")


def join(reports: Sequence[Report], config: Config) -> Report:
    """Join reports about different runs, as if they had been judged together.

    Parameters
    ----------
    reports
        One at least, each about runs that no other is about.
    config
        By what they were judged.
    """
    if len(reports) == 1:
        return reports[0]
    series = _all((report.series for report in reports), attrgetter("run"))
    muted = sum(report.configuration.muted for report in reports)
    used = config.used()
    said = [used.text, f"{counted(muted, 'finding')} muted." if muted else ""]
    return msgspec.structs.replace(
        reports[0],
        progress=Progress(
            sum(report.progress.judged for report in reports), sum(report.progress.total for report in reports)
        ),
        runs=_all((report.runs for report in reports), attrgetter("run")),
        series=tuple(msgspec.structs.replace(entry, id=number) for number, entry in enumerate(series)),
        findings=tuple(sorted((finding for report in reports for finding in report.findings), key=rank)),
        groups=_all((report.groups for report in reports), attrgetter("run")),
        readings=_all((report.readings for report in reports), attrgetter("run")),
        coverage=_all((report.coverage for report in reports), attrgetter("run")),
        configuration=msgspec.structs.replace(used, muted=muted, text=" ".join(filter(None, said))),
        messages=tuple(dict.fromkeys(message for report in reports for message in report.messages)),
    )


def part_of(report: Report, run: str) -> Report:
    """Return what a report says about one run, as if there was no other."""
    series = [entry for entry in report.series if entry.run == run]
    return msgspec.structs.replace(
        report,
        progress=Progress(len(series), len(series)),
        runs=tuple(entry for entry in report.runs if entry.run == run),
        series=tuple(msgspec.structs.replace(entry, id=number) for number, entry in enumerate(series)),
        findings=tuple(finding for finding in report.findings if finding.run == run),
        groups=tuple(group for group in report.groups if group.run == run),
        readings=tuple(reading for reading in report.readings if reading.run == run),
        coverage=tuple(row for row in report.coverage if row.run == run),
    )


def _all(parts: Iterable[Sequence[Part]], run: Callable[[Part], str]) -> tuple[Part, ...]:
    """Return all entries by run, those of one run in their order."""
    return tuple(sorted((entry for part in parts for entry in part), key=run))

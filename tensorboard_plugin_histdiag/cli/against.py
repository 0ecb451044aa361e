"""``--baseline``: an earlier report, so that only what is new fails a check."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .ending import Stop

if TYPE_CHECKING:
    from ..baseline import Difference
    from ..report import Report


def add(group: argparse._ArgumentGroup) -> None:
    """Add the option."""
    group.add_argument(
        "--baseline",
        metavar="FILE",
        help="only what is new: findings that this earlier report in JSON holds already are marked as known",
    )


def read(path: str | None) -> Report | None:
    """Read a report, or end with what is wrong with it."""
    if path is None:
        return None
    import json

    import msgspec

    from ..report import SCHEMA_VERSION, Report

    class Versioned(msgspec.Struct):
        schema_version: int

    how = "histdiag check LOGDIR --format json --output FILE makes one"
    try:
        stored = Path(path).read_bytes()
        # PowerShell's ">" writes UTF-16, or UTF-8 with a mark in front.
        content = stored.decode(json.detect_encoding(stored))
        version = msgspec.json.decode(content, type=Versioned).schema_version
        if version != SCHEMA_VERSION:
            raise Stop(
                f"{path} is a report of schema version {version}, this histdiag has {SCHEMA_VERSION}; {how} anew"
            )
        return msgspec.json.decode(content, type=Report)
    except OSError as error:
        raise Stop(f"{path} cannot be read: {error.strerror}; {how}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Stop(f"{path} is no report in JSON: {error}; {how}") from error


def told(
    report: Report, baseline: Report | None, name: str, *, partly: bool = False
) -> tuple[Report, Difference | None]:
    """Compare with the baseline, and say in the report's messages how it stands to it.

    Parameters
    ----------
    report
        What was found now.
    baseline
        The report before, if there was one.
    name
        Its file.
    partly
        Whether only some of the runs are looked at, so that others are no wonder.
    """
    if baseline is None:
        return report, None
    import msgspec

    from ..baseline import compare

    difference = compare(report, baseline)
    if partly:
        difference = replace(difference, absent=())
    messages = (difference.sentence(name), *report.messages)
    return msgspec.structs.replace(report, messages=messages), difference

"""The report as JSON, as the tab receives it."""

from __future__ import annotations

import json
import re

import msgspec

from ..report import Report, Rules


def render(document: Report | Rules, *, pretty: bool = False) -> str:
    """Write JSON in ASCII, so that no name can play with a terminal and every code page can print it."""
    encoded = msgspec.json.encode(document)
    if pretty:
        encoded = msgspec.json.format(encoded, indent=2)
    # Beyond ASCII there is nothing outside of strings, where an escape says the same.
    return re.sub(r"[^\x00-\x7e]", lambda match: json.dumps(match[0])[1:-1], encoded.decode()) + "\n"

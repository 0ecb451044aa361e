"""A number of bytes, as people type it."""

from __future__ import annotations

import argparse
import re

_UNITS = "kmgt"


def size(text: str) -> int:
    """Read a size: a unit is a thousand times the one before, with an "i" 1,024 times.

    >>> size("500M"), size("1.5GB"), size("1GiB")
    (500000000, 1500000000, 1073741824)
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?([kmgt])(i?)b?", text.strip(), re.IGNORECASE)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no size such as 500M or 2G")
    base = 1024.0 if found[3] else 1000.0
    return int(float(found[1]) * base ** float(1 + _UNITS.index(found[2].lower())))

"""The event files of a log directory, and what is wrong with them: TensorBoard passes it over in silence."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c

from ..selection import all_of

EventFiles = Mapping[str, Iterable[tuple[Path, int]]]
"""The files of each run, with their sizes."""

_POINTER = b"version https://git-lfs"
_LENGTH, _FRAME = 8, 16
"""Bytes in front of a record that say how long it is, and of all that frames it: its length and two checksums."""
_BLOCK = 2**20


def event_bytes(root: Path) -> int | None:
    """Return the size of all event files under a directory, None where there are none; raise OSError as it comes."""
    sizes = [sum(size for _, size in files) for files in event_files(root).values()]
    return sum(sizes) if sizes else None


def event_files(root: Path) -> dict[str, list[tuple[Path, int]]]:
    """Return the event files of each run under a directory, with their sizes; raise OSError as it comes."""
    os.listdir(root)
    found: dict[str, list[tuple[Path, int]]] = {}
    seen = set()
    for folder, folders, files in os.walk(root, followlinks=True):
        place = os.path.realpath(folder)
        if place in seen:
            folders.clear()  # a link that leads in a circle
            continue
        seen.add(place)
        events = [Path(folder, name) for name in sorted(files) if "tfevents" in name]
        sized = [(event, event.stat().st_size) for event in events if event.exists()]
        if sized:
            name = Path(folder).relative_to(root).as_posix()
            found[os.fsencode(name).decode(errors="replace")] = sized  # as the data server names it
    return found


class Flaws(NamedTuple):
    """Sentences on files of which nothing is read, one for each reason, and on those that end within a record."""

    unread: list[str]
    cut: list[str]


def flaws(files: EventFiles) -> Flaws:
    """Look into each file once."""
    reasons: dict[str, list[str]] = {}
    cut = []
    for file, size in chain.from_iterable(files.values()):
        if reason := _why_unread(file, size):
            reasons.setdefault(reason, []).append(str(file))
        elif _ends_within_a_record(file):
            cut.append(str(file))
    part = [f"Still being written, or cut off: the last record is not whole in {all_of(sorted(cut))}."] if cut else []
    return Flaws([f"{reason}: {all_of(sorted(named))}." for reason, named in sorted(reasons.items())], part)


def _why_unread(file: Path, size: int) -> str:
    """Return the reason, nothing where there is none."""
    if not os.access(file, os.R_OK):
        return "For want of permission not read"
    if not size:
        return "Event files of 0 bytes"
    with file.open("rb") as opened:
        head = opened.read(len(_POINTER))
    if head == _POINTER:
        return "Git LFS pointers instead of event files, which git lfs pull fetches"
    length, check = head[:_LENGTH], head[_LENGTH : _LENGTH + 4]
    if len(check) == 4 and masked_crc32c(length) != int.from_bytes(check, "little"):
        return "No event files, though they are named so"
    return ""


def _ends_within_a_record(file: Path) -> bool:
    """Go from record to record: each begins with its length."""
    with file.open("rb") as opened:
        size = os.fstat(opened.fileno()).st_size
        start = 0
        while start < size:
            opened.seek(start)
            block = opened.read(min(_BLOCK, size - start))
            at = 0
            while at + _LENGTH <= len(block):
                at += _FRAME + int.from_bytes(block[at : at + _LENGTH], "little")
            if not at:
                return True
            start += at
        return start > size

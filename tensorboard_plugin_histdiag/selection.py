"""Names as people type them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from typing import TypeAlias, TypeVar

Chosen = TypeVar("Chosen")
Asked: TypeAlias = "str | Iterable[str] | re.Pattern[str] | None"
"""A name, several, or a compiled pattern that is searched for in the names; all where it is None."""

_NAMED = 20
"""Names listed in a message; of more, how many."""


class Unknown(KeyError):
    """There is no such run, tensor or metric; the message names the nearest, and what there is."""

    def __str__(self) -> str:
        return str(self.args[0])


def nearest(name: str, known: Collection[str]) -> str | None:
    """Return the known name that was probably meant."""
    plain = {one.replace("_", "-"): one for one in sorted(known)}
    close = difflib.get_close_matches(name.lower().replace("_", "-"), plain, n=1)
    return plain[close[0]] if close else None


def choose(known: Mapping[str, Chosen], name: str, what: str) -> Chosen:
    """Look a name up, or say which was probably meant.

    Raises
    ------
    Unknown
        Where there is none of that name.
    """
    if name in known:
        return known[name]
    raise Unknown(missing(known, name, what))


def matching(asked: Asked, known: Collection[str], what: str) -> set[str]:
    """Return the names that are asked for.

    Raises
    ------
    Unknown
        Where there is none of a name, or none that the pattern is found in.
    """
    if asked is None:
        return set(known)
    if isinstance(asked, re.Pattern):
        found = {name for name in known if asked.search(name)}
        if not found:
            raise Unknown(f"No {what}'s name matches {asked.pattern!r}. {there_are(known)}")
        return found
    names = set(asked) if isinstance(asked, Iterable) and not isinstance(asked, str) else {asked}
    for name in sorted(names.difference(known), key=str):
        raise Unknown(missing(known, name, what))
    return names


def missing(known: Collection[str], name: object, what: str) -> str:
    """Say that there is none of a name, which is the nearest, and which there are."""
    meant = nearest(name, known) if isinstance(name, str) else None
    hint = f"; did you mean {meant!r}?" if meant else "."
    return f"There is no {what} {name!r}{hint} {there_are(known)}"


def there_are(names: Collection[str]) -> str:
    """Tell in a sentence which names there are."""
    return f"There {'are' if len(names) > 1 else 'is'} {all_of(names)}."


def all_of(names: Collection[str]) -> str:
    """List names, not too many of them."""
    first = [repr(name) for name in names][:_NAMED]
    more = [f"and {len(names) - _NAMED:,} more"] if len(names) > _NAMED else []
    return ", ".join(first + more) or "none"

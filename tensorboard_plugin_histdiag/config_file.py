"""`histdiag.toml` and the options of the command line: read, checked, and made a `Config`."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from .config import DEFAULTS, PROFILES, Config, Match
from .rules import RULES
from .selection import nearest
from .tags.naming import ROLES, Naming
from .thresholds import Thresholds

NAME = "histdiag.toml"
"""Read by the command line where it lies in the working directory; never read from a log directory."""

# What thresholds are called that are shares of a whole, or slopes and correlations, which 1 is the most of, too.
_FRACTION = re.compile(r"_(?:share|zeros?|mass|distance|slope|tau|reached|gain|fall)(?:_|$)")
_LONGEST = 60
_HUGE = 1e300


class ConfigError(Exception):
    """What is wrong with a configuration: the file, the key, its value and what is allowed."""


class _Wrong(Exception):
    """A value that is not allowed, and why."""

    def __init__(self, key: str, value: object, why: str) -> None:
        super().__init__(f"{key} = {_shown(value)}: {why}")


def find(logdir: str) -> str | None:
    """Return the file in the working directory, if there is one.

    Raises
    ------
    ConfigError
        Where it lies in the log directory: a log, and what lies beside it, may be anybody's.
    """
    if not Path(NAME).is_file():
        return None
    if Path.cwd().is_relative_to(os.path.realpath(Path(logdir).expanduser())):
        raise ConfigError(f"{NAME} lies in the log directory: --config {NAME} reads it, --no-config leaves it alone")
    return NAME


def for_command_line(
    path: str | None, *, profile: str | None = None, select: Sequence[str] = (), ignore: Sequence[str] = ()
) -> Config:
    """Return the configuration of a file, with what the command line says instead.

    Parameters
    ----------
    path
        The file; the defaults if None.
    profile, select, ignore
        Options, each of which takes the place of the file's setting; rules by their names.

    Raises
    ------
    ConfigError
        Where the file cannot be used.
    """
    config = DEFAULTS if path is None else read(path)
    given: dict[str, Any] = {"profile": profile} if profile else {}
    given |= {
        key: tuple(map(Match, names)) for key, names in (("select", tuple(select)), ("ignore", tuple(ignore))) if names
    }
    if not given:
        return config
    return dataclasses.replace(config, **given, source="command line" if path is None else f"{path} and command line")


def read(path: str) -> Config:
    """Read a file.

    Raises
    ------
    ConfigError
        Where it cannot be read, is no TOML, or says something that is not allowed.
    """
    try:
        text = Path(path).expanduser().read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is no text in UTF-8: byte {error.start} does not fit") from None
    except (OSError, ValueError) as error:  # such as a name with a zero in it
        raise ConfigError(f"{path} cannot be read: {getattr(error, 'strerror', error)}") from None
    return parse(text, path)


def parse(text: str, source: str) -> Config:
    """Read the text of a file; ``source`` names it.

    Raises
    ------
    ConfigError
        Where it is no TOML or says something that is not allowed.
    """
    try:
        table = msgspec.toml.decode(text)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise ConfigError(f"{source} is no TOML: {error}") from None
    try:
        return _config(table, source)
    except _Wrong as wrong:
        raise ConfigError(f"{source}: {wrong}") from None


def _config(table: Mapping[str, object], source: str) -> Config:
    parts: dict[str, Callable[[str, object], Any]] = {
        "profile": lambda key, value: _one_of(key, value, PROFILES, "profile"),
        "select": _matches,
        "ignore": _matches,
        "thresholds": _thresholds,
        "roles": _roles,
        "layer_order": lambda key, value: tuple(
            _pattern(f"{key}[{n}]", one) for n, one in enumerate(_list(key, value))
        ),
    }
    for key, value in table.items():
        if key not in parts:
            raise _unknown(_key("", key), value, key, parts, "key")
    found = {key: parts[key](key, value) for key, value in table.items()}
    naming = Naming(found.pop("roles", ()), found.pop("layer_order", ()))
    return Config(source=source, naming=naming, **found)


def _thresholds(key: str, value: object) -> Thresholds:
    fields = {field.name: field for field in msgspec.structs.fields(Thresholds)}
    found: dict[str, float] = {}
    for name, given in _table(key, value).items():
        if name not in fields:
            raise _unknown(_key(key, name), given, name, fields, "threshold")
        found[name] = _number(f"{key}.{name}", given, fields[name].default)
    return Thresholds(**found)  # type: ignore[arg-type]  # whole numbers where a field takes only these


def _number(key: str, value: object, default: float) -> float:
    """Check a threshold: what counts something is whole, a share is one of a whole, and nearly all are above 0."""
    name = key.rpartition(".")[2]
    number: float = math.nan
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < _HUGE:
        number = value
    if isinstance(default, int):
        least = 0 if name.startswith("warmup") else 1
        if isinstance(number, int) and number >= least:
            return number
        raise _Wrong(key, value, f"allowed is a whole number from {least}")
    if _FRACTION.search(name):
        if 0 <= number <= 1:
            return float(number)
        raise _Wrong(key, value, "allowed is a number from 0 to 1")
    if math.isfinite(number) and (number > 0 or default <= 0):
        return float(number)
    raise _Wrong(key, value, "allowed is a number" + " above 0" * (default > 0))


def _matches(key: str, value: object) -> tuple[Match, ...]:
    return tuple(_match(f"{key}[{place}]", one) for place, one in enumerate(_list(key, value)))


def _match(key: str, value: object) -> Match:
    """Read a rule's name, or a table of rule, tag and run."""
    if isinstance(value, str):
        return Match(_rule(key, value))
    if not isinstance(value, dict) or not value:
        raise _Wrong(key, value, "allowed are a rule's name, or a table with rule, tag or run")
    parts = {"rule": _rule, "tag": _pattern, "run": _pattern}
    for name, given in value.items():
        if name not in parts:
            raise _unknown(_key(key, name), given, name, parts, "key")
    return Match(**{name: parts[name](f"{key}.{name}", given) for name, given in value.items()})


def _roles(key: str, value: object) -> tuple[tuple[str, str], ...]:
    return tuple(
        (_pattern(_key(key, pattern), pattern), _one_of(_key(key, pattern), role, ROLES, "role"))
        for pattern, role in _table(key, value).items()
    )


def _rule(key: str, value: object) -> str:
    return _one_of(key, value, [rule.name for rule in RULES], "rule")


def _pattern(key: str, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise _Wrong(key, value, "allowed is a regular expression, as text")
    try:
        re.compile(value)
    except (re.error, OverflowError, RecursionError) as error:
        raise _Wrong(key, value, f"no regular expression: {error}") from None
    return value


def _one_of(key: str, value: object, known: Collection[str], what: str) -> str:
    if isinstance(value, str) and value in known:
        return value
    raise _unknown(key, value, value, known, what)


def _list(key: str, value: object) -> list[object]:
    if isinstance(value, list):
        return value
    raise _Wrong(key, value, "allowed is a list: [...]")


def _table(key: str, value: object) -> dict[str, object]:
    if isinstance(value, dict):
        return value
    raise _Wrong(key, value, f"allowed is a table: [{key}]")


def _unknown(key: str, value: object, name: object, known: Collection[str], what: str) -> _Wrong:
    """Say that there is no such key, rule, role, ..., which is the nearest right one, and which there are."""
    meant = nearest(name, known) if isinstance(name, str) else None
    hint = f"; did you mean {meant}?" if meant else "."
    where = {"rule": "histdiag rules", "threshold": "histdiag rules --format toml"}.get(what)
    return _Wrong(key, value, f"there is no such {what}{hint} All {what}s: {where or ', '.join(known)}")


def _key(table: str, name: str) -> str:
    """Write a key with its table's, quoted where TOML wants that."""
    return (f"{table}." if table else "") + (name if re.fullmatch(r"[\w-]+", name, re.ASCII) else _shown(name))


def _shown(value: object) -> str:
    """Write a value as TOML does, or nearly so, and not too long."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."

"""The rings hold: the core reaches no edge, and nothing imports TensorFlow."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "tensorboard_plugin_histdiag"
# What touches files, the network, a terminal or a browser. Everything else is core.
EDGES = {"provider", "config_file", "loader", "server", "cli", "formats", "plots", "demo", "api", "extras"}
CORE_MAY_IMPORT = {"numpy", "msgspec", "__future__"}
SIDE_EFFECTS = {
    "datetime",
    "io",
    "logging",
    "random",
    "socket",
    "subprocess",
    "tempfile",
    "threading",
    "time",
    "urllib",
}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def part(path: Path) -> str:
    """Return the module or folder directly in the package that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def core() -> list[Path]:
    return [path for path in modules() if part(path) not in {*EDGES, "__init__"}]


def imports(path: Path) -> Iterator[str]:
    """Yield the full names of what a file imports, also inside of functions."""
    folder = path.relative_to(PACKAGE.parent).parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = [*folder[: len(folder) - node.level + 1]] if node.level else []
            module = [*base, *([node.module] if node.module else [])]
            yield from (".".join([*module, name.name]) for name in node.names)


def named(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("path", modules(), ids=named)
def test_nothing_imports_tensorflow(path: Path):
    assert not [name for name in imports(path) if name.split(".")[0] in ("tensorflow", "keras")]


@pytest.mark.parametrize("path", core(), ids=named)
def test_the_core_imports_no_edge(path: Path):
    own = [name.split(".") for name in imports(path) if name.split(".")[0] == PACKAGE.name]
    assert not [".".join(name) for name in own if len(name) > 1 and name[1] in EDGES]


@pytest.mark.parametrize("path", core(), ids=named)
def test_the_core_needs_numpy_msgspec_and_the_standard_library_only(path: Path):
    outside = {name.split(".")[0] for name in imports(path)} - CORE_MAY_IMPORT - sys.stdlib_module_names
    assert outside <= {PACKAGE.name}


@pytest.mark.parametrize("path", core(), ids=named)
def test_the_core_has_no_clock_and_no_side_effects(path: Path):
    assert not {name.split(".")[0] for name in imports(path)} & SIDE_EFFECTS

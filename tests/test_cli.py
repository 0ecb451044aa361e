"""The command line: what it takes, what it says and how it ends."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tensorboard_plugin_histdiag import __version__
from tensorboard_plugin_histdiag.cli import main

HEAVY = ("grpc", "msgspec", "numpy", "rich", "tensorboard")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a process of its own."""
    command = [sys.executable, "-m", "tensorboard_plugin_histdiag.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


def test_importing_the_command_line_imports_nothing_heavy():
    code = f"import sys, tensorboard_plugin_histdiag.cli; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_version_is_that_of_the_package(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"histdiag {__version__}\n"


@pytest.mark.parametrize("command", [[], ["check"], ["explain"], ["rules"], ["demo"]])
def test_help_is_given(command, capsys):
    assert main([*command, "--help"]) == 0
    assert "usage: histdiag" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["diagnose"],
        ["check"],
        ["check", "logs", "--format", "yaml"],
        ["check", "logs", "--fail-on", "note"],
        ["check", "logs", "--form", "json"],
        ["demo", "--port", "70000"],
        ["demo", "--port", "x"],
        ["explain"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2(arguments, capsys):
    assert main(arguments) == 2
    assert "usage: histdiag" in capsys.readouterr().err


def test_a_bad_pattern_is_named(capsys):
    assert main(["check", "logs", "--run", "(train"]) == 2
    assert capsys.readouterr().err.startswith("histdiag: --run: '(train' is no regular expression: missing )")

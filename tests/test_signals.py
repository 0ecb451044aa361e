"""What a scheduler or a closed terminal ends leaves nothing behind, and has the exit code of the signal."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psutil
import pytest
from served import wait_for
from writers import log_events, values_event

from tensorboard_plugin_histdiag.cli import main
from tensorboard_plugin_histdiag.cli.signals import terminable

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")

LOADS_FOREVER = '#!/bin/sh\necho "listening on 127.0.0.1:1" >&2\necho "Starting load cycle" >&2\nexec cat\n'
"""A data server, which ends with its standard input."""
COMMANDS = ["check logs", "check logs --memory 500M", "check logs --watch 1", "report logs -o page.html"]


def begun(folder: Path, *arguments: str) -> tuple[subprocess.Popen[str], psutil.Process]:
    """Start the command on a log, and wait until its data server is loading, which that one does forever."""
    log_events(folder / "logs", [values_event("kernel", 0, [1.0, 2.0])])
    server = folder / "server"
    server.write_text(LOADS_FOREVER)
    server.chmod(stat.S_IRWXU)
    (folder / "temporary").mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "tensorboard_plugin_histdiag.cli", *arguments],
        cwd=folder,
        env={**os.environ, "TENSORBOARD_DATA_SERVER_BINARY": str(server), "TMPDIR": str(folder / "temporary")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    children = psutil.Process(process.pid).children
    wait_for(lambda: [child for child in children() if child.name() == "cat"])
    return process, children()[0]


def ended(process: psutil.Process) -> bool:
    """Tell whether a process has, though nobody may have taken note of it yet."""
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


@pytest.mark.parametrize(
    ("command", "sent"),
    [*((command, "SIGTERM") for command in COMMANDS), (COMMANDS[1], "SIGHUP"), (COMMANDS[1], "SIGINT")],
)
def test_nothing_is_left_behind(command, sent, tmp_path):
    process, server = begun(tmp_path, *command.split())
    with process:
        assert any((tmp_path / "temporary").iterdir()) == ("--memory" in command)
        process.send_signal(signal.Signals[sent])
        _, said = process.communicate()
    assert process.returncode == 128 + signal.Signals[sent]
    told = "interrupted" if sent == "SIGINT" else f"ended by {sent}"
    assert said.splitlines()[-1] == f"histdiag: {told}"
    assert "Traceback" not in said
    wait_for(lambda: ended(server))
    assert not any((tmp_path / "temporary").iterdir())
    assert {path.name for path in tmp_path.iterdir()} == {"logs", "server", "temporary"}


def test_a_signal_that_comes_while_a_folder_is_removed_leaves_nothing_of_it(tmp_path, monkeypatch):
    def interrupted(*arguments: Any, **options: Any) -> None:
        monkeypatch.undo()
        signal.raise_signal(signal.SIGTERM)

    log_events(tmp_path / "logs", [values_event("kernel", 0, [1.0, 2.0])])
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.setattr(os, "rmdir", interrupted)
    assert main(["check", str(tmp_path / "logs"), "--memory", "500M"]) == 143
    assert not any((tmp_path / "temporary").iterdir())


def test_a_second_signal_does_not_disturb_what_is_put_away():
    with terminable():
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGHUP)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_a_signal_that_is_ignored_stays_so():
    """As by nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with terminable():
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)

"""Logs in cloud storage: read by TensorBoard or not at all, and then with its own words."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from writers import VALUES, log_events, values_event

from tensorboard_plugin_histdiag.cli import main
from tensorboard_plugin_histdiag.provider import remote
from tensorboard_plugin_histdiag.provider.logdir import load_multiplexer
from tensorboard_plugin_histdiag.provider.sources import open_logdir

# Without TensorFlow, which takes long to import, TensorBoard reads by what it has itself.
WITHOUT_TENSORFLOW = """
import sys
sys.modules["tensorflow"] = None
from tensorboard_plugin_histdiag.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def bucket(tmp_path, monkeypatch):
    """Pretend that TensorBoard's Python reader reads a bucket."""
    log_events(tmp_path / "train", [values_event("dense/kernel", step, VALUES) for step in range(5)])
    asked = []

    def load(address):
        asked.append(address)
        return load_multiplexer(tmp_path)

    monkeypatch.setattr(remote, "load_multiplexer", load)
    return asked


def test_what_tensorboard_cannot_read_is_told_in_a_sentence_of_its_own():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TENSORFLOW, "check", "nosuch://bucket/logs"], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stdout == ""
    [said] = done.stderr.splitlines()
    assert said.startswith("histdiag: TensorBoard cannot read nosuch://bucket/logs: ")
    assert "nosuch" in said.partition("logs: ")[2]


def test_an_error_of_many_lines_becomes_one(monkeypatch, capsys):
    def load(address):
        raise PermissionError("Access\n  denied.")

    monkeypatch.setattr(remote, "load_multiplexer", load)
    assert main(["check", "s3://bucket/logs"]) == 2
    assert capsys.readouterr().err == "histdiag: TensorBoard cannot read s3://bucket/logs: Access denied.\n"


def test_what_tensorboard_reads_is_diagnosed(bucket, capsys):
    assert main(["check", "s3://bucket/logs"]) == 0
    assert "Run train" in capsys.readouterr().out
    assert bucket == ["s3://bucket/logs"]


def test_google_storage_is_read_by_the_data_server_as_in_tensorboard(bucket, tmp_path, monkeypatch):
    """The address is passed on as it is; a server that does not start gives way to the Python reader."""
    server = tmp_path / "server"
    server.write_text(f'#!/bin/sh\necho "$1" > {tmp_path / "asked"}\n')
    server.chmod(0o755)
    monkeypatch.setenv("TENSORBOARD_DATA_SERVER_BINARY", str(server))
    told: list[str] = []
    with open_logdir("gs://bucket/logs", progress=told.append) as source:
        assert source.name == "multiplexer"
    assert (tmp_path / "asked").read_text() == "--logdir=gs://bucket/logs\n"
    assert "slower Python reader" in told[-1]
    assert bucket == ["gs://bucket/logs"]


def test_a_data_server_whose_loading_ends_in_panic_is_not_waited_for(bucket, tmp_path, monkeypatch):
    """So it is where Google storage cannot be reached."""
    server = tmp_path / "server"
    server.write_text(
        "#!/bin/sh\necho Starting load cycle >&2\necho \"thread 'Reloader' panicked at\" >&2\nexec sleep 600\n"
    )
    server.chmod(0o755)
    monkeypatch.setenv("TENSORBOARD_DATA_SERVER_BINARY", str(server))
    with open_logdir("gs://bucket/logs") as source:
        assert source.name == "multiplexer"


def test_an_address_without_histograms_ends_with_3(tmp_path: Path, monkeypatch, capsys):
    monkeypatch.setattr(remote, "load_multiplexer", lambda address: load_multiplexer(tmp_path))
    assert main(["check", "s3://bucket/logs"]) == 3
    assert capsys.readouterr().err == "histdiag: There are no histograms under s3://bucket/logs.\n"


@pytest.mark.parametrize("option", ["--watch", "--memory=1G"])
def test_what_needs_files_of_this_machine_says_so(option, capsys):
    assert main(["check", "gs://bucket/logs", option]) == 2
    assert "needs a directory of this machine" in capsys.readouterr().err

"""Log directories are read whole without TensorBoard, and left as they were."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from reading import read
from writers import VALUES, image_event, log_events, rows_event, scalar_event, values_event

from tensorboard_plugin_histdiag.histogram import Series
from tensorboard_plugin_histdiag.provider.sources import NoHistograms, open_logdir


@pytest.fixture
def spawned(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen]:
    """All processes that were started."""
    started: list[subprocess.Popen] = []

    class Recorded(subprocess.Popen):
        def __init__(self, *arguments, **options) -> None:
            super().__init__(*arguments, **options)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Recorded)
    return started


def contents(folder: Path) -> list[tuple[str, int, int]]:
    return sorted((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in folder.rglob("*"))


def test_a_log_directory_is_read_whole_and_nothing_is_left_behind(tmp_path, spawned, monkeypatch):
    logs, temporary = tmp_path / "logs", tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setenv("RUST_LOG", "off")
    rows = [[0.0, 1.5, 3.0]]
    log_events(logs, [rows_event("tensor", step, rows) for step in range(1200)])
    before, told = contents(logs), []
    with open_logdir(str(logs), progress=told.append) as source:
        assert source.name == "rust"
        assert read(source).step.tolist() == list(range(1200))
        (server,) = spawned
        assert server.poll() is None
    assert server.poll() is not None
    assert contents(logs) == before
    assert contents(temporary) == []
    assert told[0].startswith("Reading 0.")


def test_the_server_is_stopped_when_the_reader_fails(grid, spawned):
    with pytest.raises(ZeroDivisionError), open_logdir(grid) as source:
        1 / len(source.unreadable)
    assert [server.poll() is not None for server in spawned] == [True]


def test_a_data_server_that_does_not_tell_of_loading_is_not_waited_for(tmp_path, spawned, monkeypatch):
    silent = tmp_path / "server"
    silent.write_text("#!/bin/sh\nexec sleep 60\n")
    silent.chmod(0o755)
    monkeypatch.setenv("TENSORBOARD_DATA_SERVER_BINARY", str(silent))
    monkeypatch.setattr("tensorboard_plugin_histdiag.provider.logdir._PATIENCE", 0.2)
    log_events(tmp_path / "logs", [values_event("tensor", 0, VALUES)])
    with open_logdir(tmp_path / "logs") as source:
        assert source.name == "multiplexer"
    assert [server.poll() is not None for server in spawned] == [True]


@pytest.mark.parametrize("binary", ["gone", sys.executable, __file__])
def test_without_the_data_server_the_python_reader_keeps_every_step(tmp_path, spawned, monkeypatch, binary):
    """No binary, one that stops at once, one that cannot be run."""
    monkeypatch.setenv("TENSORBOARD_DATA_SERVER_BINARY", binary)
    log_events(tmp_path, [rows_event("tensor", step, [[0.0, 1.5, 3.0]]) for step in range(600)])
    before, told = contents(tmp_path), []
    with open_logdir(tmp_path, progress=told.append) as source:
        assert source.name == "multiplexer"
        assert len(read(source)) == 600
    assert contents(tmp_path) == before
    assert "slower Python reader" in told[1]
    assert all(server.poll() is not None for server in spawned)


def test_histograms_that_the_data_server_loses_to_images_are_read_by_the_python_reader(tmp_path, spawned):
    """Keras 2 with `write_images=True` logs both at the same step under the same tag."""
    steps = (0, 1)
    log_events(
        tmp_path, [e for step in steps for e in (values_event("kernel", step, VALUES), image_event("kernel", step))]
    )
    told: list[str] = []
    with open_logdir(tmp_path, progress=told.append) as source:
        assert [server.poll() is not None for server in spawned] == [True]
        assert read(source).step.tolist() == [0, 1]
        assert not source.foreign
    assert "images" in told[-1]


def test_links_are_followed_but_not_in_circles(tmp_path):
    log_events(tmp_path / "elsewhere", [values_event("tensor", 0, VALUES)])
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "run").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (logs / "circle").symlink_to(logs, target_is_directory=True)
    with open_logdir(logs) as source:
        assert Series("run", "tensor") in source.list_series()


def test_where_there_is_nothing_to_diagnose_one_sentence_says_why(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    log_events(tmp_path / "header", [])
    log_events(tmp_path / "scalars", [scalar_event("loss", 0, 1.0)])
    reasons = {
        "missing": "No such file or directory",
        "file": "Not a directory",
        "empty": "no event files",
        "header": "no histograms",
        "scalars": "no histograms",
    }
    for name, reason in reasons.items():
        with pytest.raises(NoHistograms, match=reason) as caught, open_logdir(tmp_path / name):
            pass
        assert str(tmp_path / name) in str(caught.value)
        assert str(caught.value).endswith(".")
        assert "\n" not in str(caught.value)


def test_reading_never_imports_tensorflow(grid):
    code = (
        "import sys\n"
        "from tensorboard_plugin_histdiag.provider.sources import open_logdir\n"
        "with open_logdir(sys.argv[1]) as source:\n"
        "    assert sum(len(batch) for batch in source.batches()) == 162\n"
        "assert 'tensorflow' not in sys.modules\n"
    )
    root = Path(__file__).parents[1]
    subprocess.run([sys.executable, "-c", code, str(grid)], check=True, cwd=root, timeout=60)

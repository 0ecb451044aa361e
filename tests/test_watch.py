"""``histdiag check --watch``: a training that is still running, followed by a process of its own."""

from __future__ import annotations

import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import msgspec
import numpy as np
import pytest
from reports import finding, report, run_entry, sick_report
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.summary.writer.record_writer import RecordWriter
from writers import image_event, scalar_event, values_event

from tensorboard_plugin_histdiag.cli import main, watch
from tensorboard_plugin_histdiag.cli.following import Following
from tensorboard_plugin_histdiag.finding import Severity
from tensorboard_plugin_histdiag.formats.changes import changes

PATIENCE = 60
"""Seconds for a line that has to come; no test waits for a time to pass."""


class Training:
    """Log one step after the other into a file that stays open, as a training does."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._file = (folder / "events.out.tfevents.1700000000.host").open("wb")
        self._writer = RecordWriter(self._file)
        self._writer.write(Event(wall_time=1.7e9, file_version="brain.Event:2").SerializeToString())
        self._random = np.random.default_rng(0)
        self.steps = 0
        self.flush()

    def step(self, *, sick: bool = False, tags: tuple[str, ...] = ("dense/kernel", "dense/bias")) -> None:
        """Log one step of each tag, and a loss."""
        for tag in tags:
            values = self._random.normal(size=200)
            values[: 20 * sick] = np.nan
            self.log(values_event(tag, self.steps, values))
        self.log(scalar_event("loss", self.steps, 1 / (self.steps + 1)))
        self.steps += 1
        self.flush()

    def log(self, event: Event) -> None:
        event.wall_time = 1.7e9 + self.steps
        self._writer.write(event.SerializeToString())

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self._file.close()


class Watcher:
    """A watching process, and the lines that it writes."""

    def __init__(self, *arguments: str, **variables: str) -> None:
        command = [sys.executable, "-m", "tensorboard_plugin_histdiag.cli", "check", *arguments]
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONIOENCODING": "utf-8", **variables},
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._lines.put(line.rstrip("\n"))

    def line(self) -> str:
        """Return the next line on standard error."""
        return self._lines.get(timeout=PATIENCE)

    def until(self, start: str) -> str:
        """Return the first line to come that begins so."""
        while not (line := self.line()).startswith(start):
            pass
        return line

    def end(self) -> tuple[int, str, list[str]]:
        """Wait for the end; return the code, standard output, and the lines not looked at."""
        assert self.process.stdout is not None
        code = self.process.wait(PATIENCE)
        self._reader.join()
        return code, self.process.stdout.read(), list(self._lines.queue)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join()
        for pipe in (self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()


@contextmanager
def watching(*arguments: str, **variables: str) -> Iterator[Watcher]:
    watcher = Watcher(*arguments, **variables)
    try:
        yield watcher
    finally:
        watcher.close()


@pytest.fixture
def training(tmp_path: Path) -> Iterator[Training]:
    training = Training(tmp_path / "logs" / "train")
    yield training
    training.close()


@pytest.mark.parametrize("reader", ["fast", "slow"])
def test_a_nan_ends_the_watch_at_the_next_look(reader, tmp_path, training):
    """Each look at something new says to which step it came: none comes between the NaN and the end."""
    variables = {} if reader == "fast" else {"TENSORBOARD_DATA_SERVER_BINARY": "gone"}
    training.step()
    with watching(str(tmp_path / "logs"), "--watch", "1", **variables) as watcher:
        assert watcher.line() == f"Watching {tmp_path / 'logs'} every 1 s."
        for _ in range(2):
            assert "nothing found" in watcher.until(f"To step {training.steps - 1}: ").lower()
            training.step()
        watcher.until(f"To step {training.steps - 1}: ")
        training.step(sick=True)
        code, report, rest = watcher.end()
    assert code == 1
    assert "(non-finite-values, certain)" in report
    looks = [line for line in rest if line.startswith(f"To step {training.steps - 1}: ")]
    assert len(looks) == 1
    assert looks[0].startswith(f"To step {training.steps - 1}: 1 error on 2 of 2 tensors")
    assert rest[rest.index(looks[0]) + 1].startswith("✗ error  ")


def test_a_log_that_is_not_there_is_waited_for(tmp_path):
    folder = tmp_path / "none" / "logs"
    with watching(str(folder), "--watch", "1") as watcher:
        watcher.line()
        assert watcher.line() == "There are no event files yet."
        training = Training(folder / "train")
        training.step(tags=())
        assert watcher.line() == "There are no histograms yet."
        training.step(sick=True)
        assert watcher.until("To step").startswith("To step 1: 1 error")
        assert watcher.end()[0] == 1
        training.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize(
    ("sent", "code", "said"), [(signal.SIGTERM, 0, "Terminated."), (signal.SIGINT, 130, "interrupted")]
)
def test_signals_end_the_watch_and_its_server(sent, code, said, tmp_path, training):
    training.step()
    with watching(str(tmp_path / "logs"), "--watch", "1") as watcher:
        watcher.until("To step 0")
        children = Path(f"/proc/{watcher.process.pid}/task/{watcher.process.pid}/children")
        servers = [int(pid) for pid in children.read_text().split()] if children.exists() else []
        watcher.process.send_signal(sent)
        ended, report, rest = watcher.end()
    # Python kills itself by the interrupt where that came while it imported; a shell gives 130 for both.
    assert ended == code or (ended, sent) == (-signal.SIGINT, signal.SIGINT)
    assert said in rest[-1]
    assert ("1 run" in report) == (sent == signal.SIGTERM)
    assert not any(Path(f"/proc/{server}").exists() for server in servers)


def test_a_log_to_which_nothing_is_added_ends_the_watch(tmp_path, training, capsys):
    training.step()
    assert main(["check", str(tmp_path / "logs"), "--watch", "1", "--until-idle", "1", "--format", "json"]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith('{"schema_version":1')
    assert captured.err.splitlines()[1].startswith("To step 0: ")
    assert captured.err.splitlines()[-1] == "Nothing new was logged for 1 s."


def test_a_log_that_is_deleted_is_told_and_the_last_report_given(tmp_path, training):
    training.step()
    with watching(str(tmp_path / "logs"), "--watch", "1", "--until-idle", "3") as watcher:
        watcher.until("To step 0")
        shutil.rmtree(tmp_path / "logs")
        assert watcher.until("There are no") == "There are no histograms any more."
        code, report, _ = watcher.end()
    assert code == 0
    assert "2 tensors in 1 run" in report


def test_a_loss_alone_is_a_sign_of_life(tmp_path, training, monkeypatch):
    """The watch is idle when nothing at all is logged: twice as long as it has patience, a loss comes at each look."""
    training.step()
    left = [5]

    def sleep(seconds: float) -> None:
        clock[0] += seconds
        if left[0]:
            left[0] -= 1
            training.step(tags=())

    clock = [0.0]
    monkeypatch.setattr(watch, "time", SimpleNamespace(sleep=sleep, monotonic=lambda: clock[0]))
    monkeypatch.setattr(Following, "wait", lambda self: sleep(1))
    arguments = ["check", str(tmp_path / "logs"), "--watch", "1", "--until-idle", "2"]
    assert main(arguments) == 0
    assert left == [0]
    assert training.steps == 6


@pytest.mark.parametrize("there", [False, True])
def test_a_log_without_histograms_ends_the_watch_with_3(there, tmp_path, capsys):
    if there:
        training = Training(tmp_path / "logs")
        training.step(tags=())
        training.close()
    assert main(["check", str(tmp_path / "logs"), "--watch", "1", "--until-idle", "1"]) == 3
    assert "no histograms came into" in capsys.readouterr().err


def test_only_runs_asked_for_are_watched(tmp_path, capsys):
    for name, sick in (("good", False), ("bad", True)):
        training = Training(tmp_path / name)
        training.step(sick=sick)
        training.close()
    assert main(["check", str(tmp_path), "--run", "good", "--watch", "1", "--until-idle", "1"]) == 0
    assert "bad" not in capsys.readouterr().out


def test_what_a_baseline_holds_does_not_end_the_watch(tmp_path, training, capsys):
    baseline = str(tmp_path / "report.json")
    training.step(sick=True)
    assert main(["check", str(tmp_path / "logs"), "--format", "json", "--output", baseline]) == 1
    assert main(["check", str(tmp_path / "logs"), "--baseline", baseline, "--watch", "1", "--until-idle", "1"]) == 0
    assert "(non-finite-values, certain, known)" in capsys.readouterr().err


def test_histograms_that_the_data_server_loses_to_images_are_read_otherwise(tmp_path, training, capsys):
    training.log(values_event("kernel", 0, [np.nan, 1.0]))
    training.log(image_event("kernel", 0))
    training.flush()
    assert main(["check", str(tmp_path / "logs"), "--watch", "1", "--until-idle", "5"]) == 1
    assert "loses histograms to images" in capsys.readouterr().err


@pytest.mark.parametrize("options", ["--watch 0", "--watch x", "--watch 1 --until-idle 1.5", "--until-idle 3"])
def test_a_wrong_time_ends_with_2(options, capsys):
    assert main(["check", "logs", *options.split()]) == 2
    assert "histdiag" in capsys.readouterr().err


def test_what_changes_is_told():
    sick = sick_report()
    vanishing, *_ = sick.findings
    calm = msgspec.structs.replace(sick, findings=sick.findings[-1:])
    [now, first, *others] = changes(calm, sick, {vanishing.fingerprint})
    assert now == "To step 1,200: 1 error, 3 warnings and 1 note on 10 of 14 tensors in 2 runs."
    assert first == (
        "✗ error  Gradients vanish towards the input on dense_1/kernel_gradient and 5 more of run deep sigmoid "
        "(vanishing-gradients, certain, known), since step 20"
    )
    assert [line.partition("  ")[0] for line in others] == ["▲ warning"] * 3
    assert [line.partition("  ")[0] for line in changes(sick, calm)[1:]] == ["✓ no longer"] * 4
    assert len(changes(sick, sick)) == 1


def test_not_too_much_is_told_at_once():
    many = report(runs=(run_entry(),), findings=tuple(finding(tags=(f"{'x' * 5000}{n}",)) for n in range(300)))
    told = changes(None, many)[1:]
    assert (len(told), told[-1]) == (21, "and 280 more")
    assert max(map(len, told)) < 300
    assert changes(many, report(runs=(run_entry(),)))[-1] == "and 280 more"


def test_a_message_is_told_once():
    plain, with_message = report(runs=(run_entry(),)), report(runs=(run_entry(),), messages=("A\nfile is broken.",))
    assert changes(plain, with_message)[1:] == changes(None, with_message)[1:] == ["A file is broken."]
    assert changes(with_message, with_message)[1:] == []


def test_what_has_become_worse_is_told():
    note, error = (
        report(runs=(run_entry(),), findings=(finding(severity=how),)) for how in (Severity.INFO, Severity.ERROR)
    )
    assert changes(note, error)[1].startswith("✗ error")

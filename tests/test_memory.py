"""A bound on memory: how a log is divided, what is said of it, and that the bound holds over all processes."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import threading
from pathlib import Path

import msgspec
import psutil
import pytest
from large_logs import VANISHING, transformer, write_run
from writers import log_events, scalar_event, values_event

from tensorboard_plugin_histdiag.cli import main, memory
from tensorboard_plugin_histdiag.cli.memory import Part, Run, plan
from tensorboard_plugin_histdiag.cli.size import size
from tensorboard_plugin_histdiag.config import DEFAULTS
from tensorboard_plugin_histdiag.diagnose import diagnose
from tensorboard_plugin_histdiag.joining import join, part_of
from tensorboard_plugin_histdiag.provider.sources import SourceError, open_logdir
from tensorboard_plugin_histdiag.report import Report

MB = 10**6


def run(name: str, megabytes: int, series: int = 100, buckets: int = 30) -> Run:
    return Run(name, megabytes * MB, (buckets,) * series)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three runs with faults; one lies in the folder of another."""
    folder = tmp_path_factory.mktemp("log")
    for number, name in enumerate(("a", "a/b", "c d")):
        events = [values_event("dense/kernel", step, [1.0, 2.0, 3.0 + step * number]) for step in range(40)]
        events += [values_event("dense/bias", step, [0.0, 0.0]) for step in range(40)]
        events += [scalar_event("loss", step, float("nan") if number else 1.0) for step in range(40)]
        log_events(folder / name, events)
    return folder


# The plan


def test_what_fits_is_read_whole_and_together():
    assert plan([run("a", 20), run("b", 20)], 1000 * MB) == [Part(("a", "b"), None)]


def test_runs_that_do_not_fit_together_are_read_one_after_the_other():
    assert plan([run("a", 40), run("b", 40), run("c", 40)], 500 * MB) == [Part((name,), None) for name in "abc"]


def test_of_a_run_that_does_not_fit_a_sample_is_read_that_does():
    small, large = run("small", 1), run("large", 5000)
    (part, other) = sorted(plan([small, large], 400 * MB), key=lambda part: part.runs, reverse=True)
    assert part == Part(("small",), None)
    assert other.keep is not None
    assert large.bytes_of(other.keep) < 400 * MB - memory.FIXED < large.bytes_of(2 * other.keep)


@pytest.mark.parametrize("buckets", [30, 1000])
def test_a_larger_bound_gives_a_larger_sample(buckets):
    kept = [plan([run("a", 9000, buckets=buckets)], bound * MB)[0].keep for bound in (300, 600, 1200)]
    assert kept == sorted({*kept})


def test_a_bound_that_is_too_small_says_which_is_not():
    many = [run("a", 500, series=20_000)]
    with pytest.raises(
        SourceError, match=r"^A bound of 200 MB is too small for this log; it takes (\S+) MB\.$"
    ) as caught:
        plan(many, 200 * MB)
    enough = int(str(caught.value).split()[-2].replace(",", "")) * MB
    assert plan(many, enough)
    with pytest.raises(SourceError):
        plan(many, enough - 2 * MB)


# The report


def test_runs_judged_apart_give_the_report_of_all_together(log):
    with open_logdir(log) as source:
        whole = diagnose(source)
        apart = [diagnose(source, runs={run.run}.__contains__) for run in reversed(whole.runs)]
    assert whole.findings
    assert join(apart, DEFAULTS) == whole
    assert [part_of(whole, run.runs[0].run) for run in apart] == apart


def test_a_log_that_fits_is_judged_as_ever(log):
    with open_logdir(log) as source:
        whole = diagnose(source)
    assert memory.diagnose_within(log, 1000 * MB, config=DEFAULTS, progress=lambda text: None) == whole


def test_what_is_left_out_is_said(log, monkeypatch, capsys):
    monkeypatch.setattr(memory, "RECORD", 400_000)
    assert main(["check", str(log), "--memory", "150MB", "--format", "json"]) == 1
    report = msgspec.json.decode(capsys.readouterr().out, type=Report)
    kept = {entry.records for entry in report.series}
    assert max(kept) < 40
    assert all(entry.sampled for entry in report.series)
    assert [run.run for run in report.runs] == ["a", "a/b", "c d"]
    assert report.messages[0] == (
        f"Of run 'a', {max(kept)} records of each tensor were read, chosen at random, to keep to 150 MB of memory: "
        "2 tensors had more."
    )


def test_only_runs_asked_for_are_read(log, capsys):
    assert main(["check", str(log), "--memory", "1G", "--run", "^a$", "--format", "json"]) in (0, 1)
    assert [run.run for run in msgspec.json.decode(capsys.readouterr().out, type=Report).runs] == ["a"]
    assert main(["check", str(log), "--memory", "1G", "--run", "none"]) == 3
    assert "There are 'a', 'a/b', 'c d'" in capsys.readouterr().err


def test_a_name_that_is_no_utf8_is_the_data_servers(tmp_path):
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/a\xff"))
    try:
        log_events(folder, [values_event("dense/kernel", step, [1.0, 2.0, 3.0]) for step in range(4)])
    except OSError:
        pytest.skip("this file system knows names in UTF-8 alone")
    with open_logdir(tmp_path) as source:
        whole = diagnose(source)
    report = memory.diagnose_within(tmp_path, 400 * MB, config=DEFAULTS, progress=lambda text: None)
    assert [one.run for one in report.runs] == [one.run for one in whole.runs] == ["a\ufffd"]


def test_the_slow_reader_keeps_a_sample_too(log, monkeypatch, capsys):
    monkeypatch.setenv("TENSORBOARD_DATA_SERVER_BINARY", "gone")
    monkeypatch.setattr(memory, "RECORD", 400_000)
    assert main(["check", str(log), "--memory", "150MB", "--format", "json"]) == 1
    report = msgspec.json.decode(capsys.readouterr().out, type=Report)
    assert 0 < max(entry.records for entry in report.series) < 40


@pytest.mark.skipif(importlib.util.find_spec("tensorflow") is None, reason="TensorFlow is not installed")
def test_the_slow_reader_leaves_tensorflow_alone_which_would_take_the_most(log):
    """In a process of its own: the tests turn TensorBoard's switch for all."""
    script = "import sys; from tensorboard_plugin_histdiag.cli import main; main(sys.argv[1:]); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script, "check", str(log), "--memory", "1G", "--format", "json"],
        env=os.environ | {"TENSORBOARD_DATA_SERVER_BINARY": "gone"},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = done.stdout.splitlines()[-1].split()
    assert "tensorboard.backend.event_processing.plugin_event_multiplexer" in loaded
    assert "tensorflow" not in loaded


@pytest.mark.parametrize("options", ["--memory 5", "--memory x", "--memory 1G --watch", "--memory 90M"])
def test_a_wrong_bound_ends_with_2(options, log, capsys):
    assert main(["check", str(log), *options.split()]) == 2
    assert "histdiag" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "amount"),
    [("500M", 500 * MB), ("1.5 GB", 1500 * MB), ("1GiB", 2**30), ("64k", 64_000), ("2TB", 2 * 10**12)],
)
def test_a_size_is_read_as_people_type_it(text, amount):
    assert size(text) == amount


# What it takes


def peak(*arguments: str) -> int:
    """Run the command, and return the most memory that it and its children had together."""
    command = [sys.executable, "-m", "tensorboard_plugin_histdiag.cli", "check", *arguments]
    most = 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        tree = psutil.Process(process.pid)
        while process.poll() is None:
            total = 0
            try:
                for one in (tree, *tree.children(recursive=True)):
                    total += one.memory_info().rss
            except psutil.Error:  # one has ended
                continue
            most = max(most, total)
            threading.Event().wait(0.01)
    assert process.returncode in (0, 1)
    return most


@pytest.mark.skipif(sys.platform != "linux", reason="measured on Linux")
def test_the_bound_holds_where_more_would_be_taken(tmp_path):
    """The log is small, that the test may be quick; unbounded, it takes three times as much."""
    write_run(tmp_path / "run", transformer(4), 200, [VANISHING])
    bound = 170 * MB
    assert peak(str(tmp_path), "--memory", "170M") <= bound < peak(str(tmp_path))

"""Opening a log directory from Python: which runs, by which configuration, and what is said where it cannot be."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import writers
from test_diagnosis import events, logs

import tensorboard_plugin_histdiag as histdiag
from tensorboard_plugin_histdiag.cli.memory import diagnose_within
from tensorboard_plugin_histdiag.config import DEFAULTS, Config
from tensorboard_plugin_histdiag.config_file import ConfigError
from tensorboard_plugin_histdiag.provider import sources
from tensorboard_plugin_histdiag.provider.sources import NoHistograms, SourceError
from tensorboard_plugin_histdiag.thresholds import Thresholds

__all__ = ["logs"]


@pytest.mark.parametrize(
    ("runs", "found"),
    [
        ("good", ["good"]),
        (["good", "fit/two"], ["fit/two", "good"]),
        (re.compile("^fit/"), ["fit/one", "fit/two"]),
        (None, ["fit/one", "fit/two", "good"]),
    ],
)
def test_runs_are_chosen_by_name_or_pattern(logs: Path, runs, found):
    with histdiag.diagnose(logs, runs=runs, progress=False) as some:
        assert list(some) == found


def test_an_unknown_run_is_told_with_the_nearest_and_with_all(logs: Path):
    message = "There is no run 'fit/ones'; did you mean 'fit/one'? There are 'fit/one', 'fit/two', 'good'."
    with pytest.raises(NoHistograms, match=f"^{re.escape(message)}$"):
        histdiag.diagnose(logs, runs=["good", "fit/ones"], progress=False)
    with pytest.raises(NoHistograms, match=r"^No run's name matches 'x\$'. There are 'fit/one', 'fit/two', 'good'.$"):
        histdiag.diagnose(logs, runs=re.compile("x$"), progress=False)


def test_the_only_run_is_told_as_one(logs: Path):
    with histdiag.diagnose(logs, runs="good", progress=False) as one:
        with pytest.raises(KeyError) as told:
            _ = one["x"]
        assert str(told.value) == "There is no run 'x'. There is 'good'."


def test_a_log_without_histograms_says_how_to_log_them(tmp_path: Path):
    writers.log_events(tmp_path, [writers.scalar_event("loss", 1, 0.5)])
    with pytest.raises(histdiag.NoHistograms, match=r"(?s)no histograms in the event files.*SummaryWriter"):
        histdiag.diagnose(tmp_path, progress=False)
    with pytest.raises(NoHistograms, match=r"^Cannot read \S+: No such file or directory\.$"):
        histdiag.diagnose(tmp_path / "nowhere", progress=False)


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_a_name_that_tensorboard_cannot_read_is_told(logs: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TENSORBOARD_DATA_SERVER_BINARY", "gone")

    def refuse(root: Path) -> None:
        str(root).encode()

    monkeypatch.setattr(sources, "load_multiplexer", refuse)
    odd = logs.parent / os.fsdecode(b"a\xff")
    odd.symlink_to(logs)
    with pytest.raises(SourceError, match=r"^TensorBoard cannot read \S+: a folder's name is not in UTF-8\.$"):
        histdiag.diagnose(odd, progress=False)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"runs": []}, "No run is asked for. There are 'fit/one', 'fit/two', 'good'."),
        ({"runs": 3}, "There is no run 3. There are "),
        ({"runs": ["good", 1, "a"]}, "There is no run 1. There are "),
        ({"runs": Path("fit/one")}, "There is no run PosixPath('fit/one'). There are "),
        ({"config": "nowhere.toml"}, "nowhere.toml cannot be read: No such file or directory"),
        ({"config": Path(__file__)}, f"{__file__} is no TOML: "),
    ],
)
def test_what_is_asked_wrongly_is_told_in_one_message(logs: Path, options, message: str):
    with pytest.raises((NoHistograms, ConfigError), match=f"^{re.escape(message)}") as raised:
        histdiag.diagnose(logs, progress=False, **options)
    assert raised.value.__suppress_context__ or raised.value.__context__ is None


def test_what_cannot_be_read_is_told_in_one_message(tmp_path: Path):
    (tmp_path / "file").touch()
    for name in ("file", "nowhere"):
        with pytest.raises(NoHistograms, match=rf"^Cannot read \S+{name}: ") as raised:
            histdiag.diagnose(tmp_path / name, progress=False)
        assert raised.value.__suppress_context__


def test_files_that_may_not_be_read_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """TensorBoard passes them over; who runs the tests may be root, whom no permission stops."""
    for run in ("open", "closed"):
        writers.log_events(tmp_path / run, events(0))
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: "closed" not in str(path) and allowed(path, mode))
    [closed] = (tmp_path / "closed").iterdir()
    with histdiag.diagnose(tmp_path, progress=False) as diagnosis:
        assert diagnosis.messages == (f"For want of permission not read: {str(closed)!r}.",)
    report = diagnose_within(tmp_path, 10**9, config=DEFAULTS, progress=lambda text: None)
    assert report.messages == diagnosis.messages
    closed.write_bytes(b"")
    message = rf"no histograms in what can be read under \S+\. For want of permission not read: '{closed}'\.$"
    with pytest.raises(NoHistograms, match=message):
        histdiag.diagnose(closed.parent, progress=False)


def test_a_folder_that_stops_the_slow_reader_is_told(logs: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TENSORBOARD_DATA_SERVER_BINARY", "gone")

    def refuse(_: object) -> None:
        raise PermissionError(13, "Permission denied", "/logs/mine")

    monkeypatch.setattr(sources, "load_multiplexer", refuse)
    with pytest.raises(SourceError, match=r"^TensorBoard cannot read /logs/mine: Permission denied\.$") as raised:
        histdiag.diagnose(logs, progress=False)
    assert raised.value.__suppress_context__


def test_how_to_log_is_told_only_where_a_log_can_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "listdir", refuse)
    with pytest.raises(NoHistograms, match=r"^Cannot read \S+: Permission denied\.$"):
        histdiag.diagnose(tmp_path, progress=False)


def test_a_configuration_is_given_as_such_or_as_a_file(logs: Path, tmp_path: Path):
    file = tmp_path / "own.toml"
    file.write_text('ignore = ["frozen-weights"]')
    with histdiag.diagnose(logs, config=file, progress=False) as muted:
        assert "frozen-weights" not in {finding.rule for finding in muted.findings}
        assert muted.report.configuration.muted == 3
    given = Config(thresholds=Thresholds(weight_growth=1.01))
    with histdiag.diagnose(logs, config=given, progress=False) as other:
        assert "weight_growth" in other.report.configuration.text


def test_progress_is_told_to_a_function_and_to_nobody(logs: Path, capfd):
    told: list[tuple[int, int]] = []
    histdiag.diagnose(logs, progress=lambda done, total: told.append((done, total))).close()
    assert told[-1] == (9, 9)
    histdiag.diagnose(logs, progress=False).close()
    histdiag.diagnose(logs).close()  # no terminal here
    assert capfd.readouterr() == ("", "")


def test_a_bar_is_shown_where_it_is_asked_for(logs: Path, capfd):
    histdiag.diagnose(logs, runs="good", progress=True).close()
    assert "Measuring tensors" in capfd.readouterr().err


def test_a_notebook_shows_a_bar_and_keeps_nothing_of_it(logs: Path, monkeypatch: pytest.MonkeyPatch):
    displays = pytest.importorskip("IPython.display")
    pictures: list[str] = []

    class Handle:
        def update(self, bundle: dict[str, str], *, raw: bool) -> None:
            assert raw
            assert bundle["text/plain"] == ""  # all that is left of it in a PDF
            pictures.append(bundle["text/html"])

    def display(bundle: dict[str, str], *, raw: bool, display_id: bool) -> Handle:
        assert display_id
        Handle().update(bundle, raw=raw)
        return Handle()

    monkeypatch.setattr(displays, "display", display)
    monkeypatch.setattr("rich.console._is_jupyter", lambda: True)
    histdiag.diagnose(logs, progress=False).close()
    assert not pictures
    histdiag.diagnose(logs).close()
    first, *_, full, last = pictures
    assert (first, last) == ("Opening", "")
    assert full == 'Measuring tensors <progress max="9" value="9"></progress> 9/9'
    with pytest.raises(SourceError):
        histdiag.diagnose(logs / "nowhere")
    assert pictures[-1] == "", "also where it fails"

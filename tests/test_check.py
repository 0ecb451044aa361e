"""``histdiag check``: forms of the report for machines, and what is new against a baseline."""

from __future__ import annotations

from pathlib import Path

import junitparser
import msgspec
import numpy as np
import pytest
from writers import log_events, scalar_event, values_event

from tensorboard_plugin_histdiag.cli import main
from tensorboard_plugin_histdiag.report import Report

FORMATS = {
    "markdown": "### histdiag on `logs`: 1 error",
    "junit": "<?xml",
    "github": "::error title=",
    "json": '{"schema_version',
}


def log(folder: Path, *, sick: bool = True, tags: tuple[str, ...] = ("dense/kernel",)) -> None:
    """Log weights, the last of which may be NaN."""
    random = np.random.default_rng(0)
    events = []
    for step in range(8):
        for tag in tags:
            values = random.normal(size=100)
            values[:10] = np.nan if sick and step == 7 else 0.5
            events.append(values_event(tag, step, values))
        events.append(scalar_event("loss", step, 1 / (step + 1)))
    log_events(folder, events)


def keep(logs: Path, file: Path) -> str:
    """Keep a baseline."""
    main(["check", str(logs), "--format", "json", "--output", str(file)])
    return str(file)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    log(tmp_path / "logs" / "fit-20240101-120000")
    return tmp_path / "logs"


@pytest.mark.parametrize("form", FORMATS)
def test_the_report_comes_in_every_form(form, logs, capsys, monkeypatch):
    monkeypatch.chdir(logs.parent)
    assert main(["check", logs.name, "--format", form]) == 1
    assert capsys.readouterr().out.startswith(FORMATS[form])


def test_one_reading_gives_several_forms(logs, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(logs.parent)
    files = {form: tmp_path / form for form in FORMATS}
    also = [part for form, file in files.items() for part in ("--also", form, str(file))]
    assert main(["check", logs.name, *also]) == 1
    assert capsys.readouterr().out.startswith("1 error")
    for form, file in files.items():
        assert file.read_text().startswith(FORMATS[form])


def test_a_form_that_is_not_there_is_named_before_anything_is_read(tmp_path, capsys):
    assert main(["check", str(tmp_path / "none"), "--also", "pdf", "x"]) == 2
    assert capsys.readouterr().err == (
        "histdiag: --also: there is no format 'pdf', there are text, json, markdown, junit, github\n"
    )


def test_tests_fail_where_the_check_does(logs, capsys):
    assert main(["check", str(logs), "--format", "junit", "--fail-on", "never"]) == 0
    assert junitparser.JUnitXml.fromstring(capsys.readouterr().out.encode()).failures == 0
    assert main(["check", str(logs), "--format", "junit"]) == 1
    assert junitparser.JUnitXml.fromstring(capsys.readouterr().out.encode()).failures == 1


def test_what_a_baseline_holds_fails_nothing(logs, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a name that is longer than a line would be broken
    keep(logs, Path("report.json"))
    (logs / "fit-20240101-120000").rename(logs / "fit-20240202-235959")
    assert main(["check", str(logs), "--baseline", "report.json"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Against the baseline report.json: 0 new, 1 known, 0 gone." in said
    assert "(non-finite-values, certain, known)" in said


def test_what_is_new_fails(tmp_path, capsys):
    log(tmp_path / "logs", sick=False)
    baseline = keep(tmp_path / "logs", tmp_path / "report.json")
    log(tmp_path / "logs")
    assert main(["check", str(tmp_path / "logs"), "--baseline", baseline, "--format", "json"]) == 1
    report = msgspec.json.decode(capsys.readouterr().out, type=Report)
    assert report.messages[0] == f"Against the baseline {baseline}: 1 new, 0 known, 0 gone."


def test_what_is_gone_is_counted(tmp_path, capsys):
    log(tmp_path / "logs")
    baseline = keep(tmp_path / "logs", tmp_path / "report.json")
    log(tmp_path / "logs", sick=False)
    assert main(["check", str(tmp_path / "logs"), "--baseline", baseline, "--format", "github"]) == 0
    assert "0 new, 0 known, 1 gone." in capsys.readouterr().out


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_a_baseline_may_have_been_written_by_powershell(encoding, logs, tmp_path):
    baseline = Path(keep(logs, tmp_path / "report.json"))
    baseline.write_text(baseline.read_text(encoding="utf-8"), encoding=encoding)
    assert main(["check", str(logs), "--baseline", str(baseline)]) == 0


def test_runs_that_are_not_asked_for_are_not_missed(logs, tmp_path, capsys):
    log(logs / "other", sick=False)
    baseline = keep(logs, tmp_path / "report.json")
    assert main(["check", str(logs), "--baseline", baseline, "--run", "other"]) == 0
    assert "Only in the baseline" not in capsys.readouterr().out
    (logs / "other").rename(tmp_path / "other")
    assert main(["check", str(logs), "--baseline", baseline]) == 0
    assert "Only in the baseline: other." in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read: No such file or directory; histdiag check LOGDIR --format json"),
        (b"<xml>", "is no report in JSON"),
        (b"\xff\xfe", "is no report in JSON"),
        (b'{"findings": []}', "is no report in JSON"),
        (b'{"schema_version": 99}', "is a report of schema version 99, this histdiag has 1"),
        (b'{"schema_version": 1}', "is no report in JSON"),
    ],
)
def test_a_baseline_that_is_none_ends_with_2_before_the_log_is_read(content, said, tmp_path, capsys):
    if content is not None:
        (tmp_path / "report.json").write_bytes(content)
    assert main(["check", str(tmp_path / "none"), "--baseline", str(tmp_path / "report.json")]) == 2
    complaint = capsys.readouterr().err
    assert said in complaint
    assert len(complaint.splitlines()) == 1

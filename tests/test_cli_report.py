"""``histdiag report``: what it writes and where."""

from __future__ import annotations

from pathlib import Path

import pytest
from served import write_run
from test_html import report_of, static

from tensorboard_plugin_histdiag.cli import main

__all__ = ["static"]

pytestmark = pytest.mark.usefixtures("static")


@pytest.fixture(scope="module")
def logdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("logs")
    for seed, run in enumerate(("first", "second")):
        write_run(folder / run, range(100), seed=seed)
    return folder


def files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def test_a_page_is_written_where_it_is_said_and_nowhere_else(
    logdir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    logged = files(logdir)
    assert main(["report", str(logdir), "-o", "page.html"]) == 0
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == f"page.html: {(tmp_path / 'page.html').stat().st_size / 1e6:.1f} MB\n"
    assert files(tmp_path) == {tmp_path / "page.html"}
    assert files(logdir) == logged
    report = report_of((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert [run["run"] for run in report["runs"]] == ["first", "second"]
    assert report["messages"][0].startswith("This page shows the log as it was on 2")


def test_of_some_runs_and_of_a_size(logdir: Path, tmp_path: Path):
    page = tmp_path / "page.html"
    assert main(["report", str(logdir), "--run", "^f", "--limit", "80k", "-o", str(page)]) == 0
    assert page.stat().st_size <= 80_000
    report = report_of(page.read_text(encoding="utf-8"))
    assert [run["run"] for run in report["runs"]] == ["first"]
    assert "To stay below 0.08 MB this page is a sample" in report["messages"][-1]


def test_the_findings_as_markdown(logdir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["report", str(logdir), "--format", "markdown"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"### histdiag on `{logdir}`: ")
    assert main(["report", str(logdir), "--format", "markdown", "-o", str(tmp_path / "report.md")]) == 0
    assert (tmp_path / "report.md").read_text(encoding="utf-8") == shown


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ([], 2, "a page is written to a file"),
        (["-o", "events.out.tfevents.1"], 2, "which is never written over"),
        (["-o", "page.html", "--limit", "1k"], 2, "choose some of the runs, or allow more"),
        (["-o", "page.html", "--limit", "much"], 2, "is no size such as"),
        (["-o", "page.html", "--run", "gone"], 3, "No run's name matches 'gone'"),
        (["-o", "page.html", "--run", "("], 2, "is no regular expression"),
        (["-o", "nowhere/page.html"], 2, "there is no directory"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(
    logdir: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    says: str,
):
    monkeypatch.chdir(tmp_path)
    assert main(["report", str(logdir), *arguments]) == code
    assert says in capsys.readouterr().err
    assert not files(tmp_path)


def test_where_there_are_no_histograms(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["report", str(tmp_path / "gone"), "-o", str(tmp_path / "page.html")]) == 3
    assert "gone" in capsys.readouterr().err

"""The summary of a step of GitHub Actions: what is there stays, and it stays as small as GitHub shows it."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_check import log

from tensorboard_plugin_histdiag.cli import main, summary


@pytest.fixture
def step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be in a step: its summary is in a folder of the runner."""
    monkeypatch.chdir(tmp_path)
    log(tmp_path / "sick" / "run")
    log(tmp_path / "well" / "run", sick=False)
    (tmp_path / "runner").mkdir()
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "runner" / "step_summary_1"))
    return tmp_path / "runner" / "step_summary_1"


def headings(step: Path) -> list[str]:
    return [line.partition(": ")[0] for line in step.read_text(encoding="utf-8").split("\n") if line[:4] == "### "]


def test_two_checks_of_a_step_are_both_in_it(step):
    assert main(["check", "sick", "--format", "github", "--also", "markdown", "runner/step_summary_1"]) == 1
    assert main(["check", "well", "--also", "markdown", str(step), "--also", "markdown", "well.md"]) == 0
    assert main(["report", "well", "--format", "markdown", "-o", str(step)]) == 0
    assert headings(step) == ["### histdiag on `sick`", "### histdiag on `well`", "### histdiag on `well`"]
    assert headings(Path("well.md")) == ["### histdiag on `well`"]
    main(["check", "well", "--also", "markdown", "well.md"])
    assert headings(Path("well.md")) == ["### histdiag on `well`"]


def test_what_others_wrote_stays_and_is_ended(step):
    step.write_text("| a | table |", encoding="utf-8")
    main(["check", "sick", "--also", "markdown", str(step)])
    assert step.read_text(encoding="utf-8").startswith("| a | table |\n\n### histdiag on `sick`: 1 error")


@pytest.mark.parametrize(("left", "said"), [(500, "The rest of this report is left out"), (50, None)])
def test_it_is_never_larger_than_github_shows(left, said, step, capsys):
    there = "x" * (summary.LIMIT - left)
    step.write_text(there, encoding="utf-8")
    assert main(["check", "sick", "--also", "markdown", str(step)]) == 1
    assert step.stat().st_size <= summary.LIMIT
    added = step.read_text(encoding="utf-8").removeprefix(there)
    if said is None:
        assert added == ""
        assert "the summary of this step is full" in capsys.readouterr().err
    else:
        assert added.startswith("\n\n### histdiag on `sick`: 1 error")
        assert said in added

"""The report as workflow commands: what GitHub's runner makes of each line."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rendered import HOSTILE, hostile_report, matches_snapshot
from reports import finding, report, run_entry, sick_report

from tensorboard_plugin_histdiag.finding import Severity
from tensorboard_plugin_histdiag.formats import github

COMMAND = re.compile(r"::(?P<command>error|warning|notice) title=(?P<title>[^,:\r\n]*)::(?P<message>[^\r\n]*)")


def annotations(rendered: str) -> list[tuple[str, str, str]]:
    """Read command, title and message as the runner does; other lines may hold no command."""
    found = []
    for line in rendered.split("\n"):
        if not line.lstrip().startswith("::") and "##[" not in line:
            continue
        match = COMMAND.fullmatch(line)
        assert match is not None, line
        title = match["title"].replace("%3A", ":").replace("%2C", ",")
        texts = [
            text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%") for text in (title, match["message"])
        ]
        found.append((match["command"], *texts))
    return found


def test_a_sick_log_reads_as_kept():
    matches_snapshot("sick.github.txt", github.render(sick_report()))


def test_findings_on_one_card_are_one_annotation():
    [error, notice] = annotations(github.render(sick_report()))
    assert error[:2] == ("error", "Gradients vanish towards the input (4 findings)")
    assert "Likewise: dead-units on relu_1, dead-units on relu_2, dead-units on relu_3" in error[2]
    assert notice[:2] == ("notice", "A series ends before its run")


def test_what_is_known_is_not_shown():
    vanishing, *dead, stopped = sick_report().findings
    shown = annotations(github.render(sick_report(), known={vanishing.fingerprint, stopped.fingerprint}))
    assert [each[:2] for each in shown] == [("warning", f"Most units are dead ({len(dead)} findings)")]


@pytest.mark.parametrize(("number", "more"), [(10, None), (11, "2 more errors"), (300, "291 more errors")])
def test_no_more_than_github_shows_and_the_rest_counted(number, more):
    errors = [finding(tags=(f"error{n}",), title=f"Error {n}") for n in range(number)]
    notes = [finding(tags=(f"note{n}",), severity=Severity.INFO) for n in range(3)]
    shown = annotations(github.render(report(runs=(run_entry(),), findings=(*errors, *notes))))
    assert [command for command, _, _ in shown] == ["error"] * 10 + ["notice"] * 3
    assert [title for _, title, _ in shown[:9]] == [f"Error {n}" for n in range(9)]
    if more:
        assert shown[9][2].startswith(f"{more}: ")


@pytest.mark.parametrize(
    "name", [*HOSTILE, "%0A::error::x", "a::b,c=d:e%3A", "\n::add-mask::x", "##[error]x"], ids=range(len(HOSTILE) + 4)
)
def test_names_from_a_log_give_no_command(name):
    [shown] = annotations(github.render(hostile_report(name)))
    assert shown[0] == "error"
    assert shown[1].startswith("Trouble in")


def test_a_message_is_no_longer_than_github_shows():
    [(_, _, message)] = annotations(github.render(hostile_report("%a:" * 2000)))
    assert len(message) == github.LIMIT
    assert message.endswith("...")


@given(st.text())
def test_any_name_stays_within_its_annotation(name):
    assert len(annotations(github.render(hostile_report(name)))) == 1

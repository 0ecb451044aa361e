"""The report as JUnit XML, read by a parser of such files."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import junitparser
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rendered import HOSTILE, hostile_report, matches_snapshot
from reports import report, sick_report

from tensorboard_plugin_histdiag.formats import junit
from tensorboard_plugin_histdiag.report import Report

KINDS = {"Failure": "failure", "Error": "error", "Skipped": "skipped"}


def outcomes(folder: Path, rendered: str) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """Return what a reader finds of each test case: kinds of outcome with their messages; none where it has passed."""
    file = folder / "report.xml"
    file.write_text(rendered, encoding="utf-8")
    return {
        (suite.name, case.name): [(KINDS[type(one).__name__], one.message) for one in case.result]
        for suite in junitparser.JUnitXml.fromfile(str(file))
        for case in suite
    }


def test_a_sick_log_reads_as_kept():
    matches_snapshot("sick.xml", junit.render(sick_report()))


def test_every_rule_is_a_test_of_each_run(tmp_path):
    found = outcomes(tmp_path, junit.render(sick_report()))
    assert {name: kinds for (run, name), kinds in found.items() if run == "deep sigmoid"} == {
        "vanishing-gradients": [("failure", "Gradients vanish towards the input")],
        "dead-units": [("failure", "Most units are dead")],
        "series-stopped": [("failure", "A series ends before its run")],
        "small-updates": [("skipped", "no loss is logged")],
        "saturated-activations": [("skipped", "no activations are logged")],
        "large-updates": [("error", "ZeroDivisionError: division by zero")],
    }
    assert found["healthy", "series-stopped"] == []


def test_the_counts_are_those_of_the_cases(tmp_path):
    file = tmp_path / "report.xml"
    file.write_text(junit.render(sick_report()))
    read = junitparser.JUnitXml.fromfile(str(file))
    counted = (read.tests, read.failures, read.errors, read.skipped)
    read.update_statistics()
    assert counted == (read.tests, read.failures, read.errors, read.skipped) == (12, 3, 1, 7)


def test_what_is_not_severe_enough_or_known_has_passed_and_is_told(tmp_path):
    sick = sick_report()
    [vanishing, *_] = sick.findings
    rendered = junit.render(sick, fail_on="warning", known={vanishing.fingerprint})
    found = outcomes(tmp_path, rendered)
    assert found["deep sigmoid", "vanishing-gradients"] == found["deep sigmoid", "series-stopped"] == []
    assert [kind for kind, _ in found["deep sigmoid", "dead-units"]] == ["failure"]
    assert "(vanishing-gradients, certain, known)" in " ".join(rendered.split())
    assert "A series ends before its run" in rendered


@pytest.mark.parametrize("name", [*HOSTILE, "\x00\ufffe\uffff]]><!--&<x/>\ud800"], ids=range(len(HOSTILE) + 1))
def test_names_from_a_log_are_well_formed_text(name, tmp_path):
    found = outcomes(tmp_path, junit.render(hostile_report(name)))
    [outcome] = found.values()
    assert outcome == [("failure", "Gradients vanish towards the input")]


ALLOWED = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "time", "skipped", "timestamp", "hostname", "id", "package"},
        {"testcase", "properties", "system-out", "system-err"},
    ),
    "testcase": (
        {"name", "time", "classname", "group"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    **dict.fromkeys(("failure", "error", "skipped"), ({"type", "message"}, set())),
    "system-out": (set(), set()),
}
"""Attributes and children of each element in junit-10.xsd, the schema of Jenkins' xUnit plugin."""


@pytest.mark.parametrize("shown", [sick_report(), hostile_report("a"), report()], ids=["sick", "hostile", "empty"])
def test_the_file_keeps_to_the_schema_of_jenkins(shown):
    for element in ElementTree.fromstring(junit.render(shown, fail_on="warning").encode()).iter():
        attributes, children = ALLOWED[element.tag]
        assert set(element.attrib) <= attributes
        assert {child.tag for child in element} <= children
        if element.tag == "testsuite":
            assert {"name", "tests", "failures", "errors"} <= set(element.attrib)


@pytest.mark.parametrize(
    ("run", "name"), [("lr=0.01/train", "lr=0_01/train"), (".", "histdiag"), ("", "histdiag"), ("a", "a")]
)
def test_no_run_is_taken_for_a_package(run, name):
    [case] = ElementTree.fromstring(junit.render(hostile_report(run)).encode()).iter("testcase")
    assert case.get("classname") == name


@given(st.text())
def test_any_name_is_well_formed_ascii(name):
    rendered = junit.render(hostile_report(name))
    assert rendered.isascii()
    junitparser.JUnitXml.fromstring(rendered.encode())


def test_a_muted_finding_is_no_failure(tmp_path):
    """The coverage counts it all the same."""
    sick: Report = sick_report()
    muted = msgspec.structs.replace(sick, findings=sick.findings[:1], groups=())
    assert outcomes(tmp_path, junit.render(muted))["deep sigmoid", "dead-units"] == []

"""Small trainings of many kinds: faults are found by the right rule and in time, healthy runs are left alone."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from pathlib import Path

import keras_runs
import nets
import pytest
import writers
from labelled import FAULTY, HEALTHY, KERAS, Labelled
from tensorboard.compat.proto.event_pb2 import Event
from told import check_log

from tensorboard_plugin_histdiag.diagnose import diagnose
from tensorboard_plugin_histdiag.finding import Finding, Severity
from tensorboard_plugin_histdiag.provider.sources import open_logdir
from tensorboard_plugin_histdiag.report import Report


def events(run: Labelled) -> Iterable[Event]:
    """Train a run and log one event for each step."""
    for step, tensors, scalars in nets.train(run.recipe):
        event = Event(step=step)
        for tag, values in tensors.items():
            event.summary.MergeFrom(writers.values_event(tag, step, values).summary)
        for tag, value in scalars.items():
            event.summary.MergeFrom(writers.scalar_event(tag, step, value).summary)
        yield event


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runs trained in numpy."""
    root = tmp_path_factory.mktemp("gallery")
    for number, run in enumerate([*HEALTHY, *FAULTY]):
        writers.log_events(root / str(number), events(run))
    return root


@pytest.fixture(scope="module")
def keras_logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runs trained in Keras."""
    if importlib.util.find_spec("tensorflow") is None:
        pytest.skip("TensorFlow is not installed")
    root = tmp_path_factory.mktemp("keras")
    writers.run_with_tensorflow(keras_runs.__file__, str(root))
    return root


@pytest.fixture(scope="module")
def report(logs: Path) -> Report:
    """What is said of the runs trained in numpy."""
    with open_logdir(logs) as source:
        return diagnose(source)


@pytest.fixture(scope="module")
def keras_report(keras_logs: Path) -> Report:
    """What is said of the runs trained in Keras."""
    with open_logdir(keras_logs) as source:
        return diagnose(source)


def of_run(report: Report, run: Labelled) -> list[Finding]:
    name = str([*HEALTHY, *FAULTY].index(run))
    assert name in {entry.run for entry in report.runs}
    return [finding for finding in report.findings if finding.run == name]


def loud(findings: Iterable[Finding]) -> list[str]:
    return [f"{one.rule} on {one.tags}: {one.summary}" for one in findings if one.severity is not Severity.INFO]


def assert_found(findings: Iterable[Finding], rule: str, tags: Iterable[str], onset: int, interval: int) -> None:
    """The rule speaks, in earnest, of each tag, from at most one interval before the fault to two after it."""
    first: dict[str, int] = {}
    for finding in findings:
        if finding.rule == rule and finding.severity is not Severity.INFO:
            first |= {span.tag: span.first_step for span in finding.spans}
    assert set(tags) <= set(first)
    for tag in tags:
        assert onset - interval <= first[tag] <= onset + 2 * interval, tag


@pytest.mark.parametrize("run", HEALTHY, ids=lambda run: run.name)
def test_a_healthy_run_gets_no_warning(report, run):
    assert loud(of_run(report, run)) == []


@pytest.mark.parametrize("run", FAULTY, ids=lambda run: run.name)
def test_a_faulty_run_gets_its_rule_on_its_tags_within_two_intervals(report, run):
    assert_found(of_run(report, run), run.rule, run.tags, run.onset, run.recipe.interval)


@pytest.mark.parametrize("name", KERAS)
def test_what_the_keras_callback_logs_is_judged_as_rightly(keras_report, name):
    rule, tags, onset = KERAS[name]
    assert f"{name}/train" in {entry.run for entry in keras_report.runs}
    findings = [finding for finding in keras_report.findings if finding.run.startswith(f"{name}/")]
    if rule:
        assert_found(findings, rule, tags, onset, 1)
    assert {finding.rule for finding in findings if finding.severity is not Severity.INFO} == {rule} - {""}


def test_no_rule_fails_on_the_gallery(report, keras_report):
    assert [row for one in (report, keras_report) for row in one.coverage if row.error] == []


def test_every_reading_is_true_of_its_series(logs, keras_logs):
    for root in (logs, keras_logs):
        with open_logdir(root) as source:
            tally = check_log(source)
        assert tally.complaints == []
        assert tally.numbers > tally.series > 30


def test_the_gallery_holds_ten_of_each_kind_and_many_rules():
    assert len(HEALTHY) >= 10
    assert len(FAULTY) >= 10
    assert len({run.rule for run in FAULTY}) >= 10

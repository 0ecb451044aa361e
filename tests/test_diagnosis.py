"""Looking into a diagnosis from Python."""

from __future__ import annotations

import copy
import gc
import os
import pickle
import subprocess
from pathlib import Path

import numpy as np
import pytest
import writers

import tensorboard_plugin_histdiag as histdiag
from tensorboard_plugin_histdiag.api.diagnosis import Diagnosis
from tensorboard_plugin_histdiag.histogram import Series
from tensorboard_plugin_histdiag.metrics import BY_NAME, METRICS
from tensorboard_plugin_histdiag.provider import logdir as logdir_module
from tensorboard_plugin_histdiag.provider.sources import NoHistograms
from tensorboard_plugin_histdiag.selection import Unknown

RECORDS = 6
FROZEN = np.linspace(-1, 1, 400)


def events(run_seed: int):
    """A run of three layers, named so that their order is known, the first of which never moves."""
    rng = np.random.default_rng(run_seed)
    others = {name: rng.normal(0, 0.1, 300) for name in ("layer2/kernel", "layer10/kernel")}
    for step in range(0, 10 * RECORDS, 10):
        yield writers.values_event("layer1/kernel", step, FROZEN)
        for name, values in others.items():
            yield writers.values_event(name, step, values + rng.normal(0, 0.001, 300))
            others[name] = values + rng.normal(0, 0.02, 300)
        yield writers.scalar_event("loss", step, 2.0 / (step + 10))


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("logs")
    for seed, run in enumerate(("good", "fit/one", "fit/two")):
        writers.log_events(root / run, events(seed))
    return root


@pytest.fixture(scope="module")
def diagnosis(logs: Path):
    with histdiag.diagnose(logs, progress=False) as opened:
        yield opened


def test_a_diagnosis_maps_runs_to_tensors_in_the_order_of_their_layers(diagnosis: Diagnosis):
    assert list(diagnosis) == ["fit/one", "fit/two", "good"]
    assert list(diagnosis["good"]) == ["layer1/kernel", "layer2/kernel", "layer10/kernel"]
    assert [one.tag for one in diagnosis["good"].series] == list(diagnosis["good"])


def test_findings_stand_at_the_log_the_run_and_the_tensor(diagnosis: Diagnosis):
    frozen = [finding for finding in diagnosis.findings if finding.rule == "frozen-weights"]
    assert {finding.run for finding in frozen} == set(diagnosis)
    assert diagnosis.findings == diagnosis.report.findings
    one = diagnosis["good"]
    assert set(one.findings) == {finding for finding in diagnosis.findings if finding.run == "good"}
    assert "frozen-weights" in {finding.rule for finding in one["layer1/kernel"].findings}
    assert "frozen-weights" not in {finding.rule for finding in one["layer2/kernel"].findings}


def test_readings_and_entries_belong_to_their_tensor(diagnosis: Diagnosis):
    for run in diagnosis.values():
        for tensor in run.series:
            assert (tensor.reading.run, tensor.reading.tag) == (run.run, tensor.tag)
            assert (tensor.entry.run, tensor.entry.tag) == (run.run, tensor.tag)


def test_a_tensor_maps_every_metric_to_bounds_with_an_entry_a_record(diagnosis: Diagnosis):
    tensor = diagnosis["good"]["layer1/kernel"]
    assert list(tensor) == list(tensor.metrics) == [metric.name for metric in METRICS]
    np.testing.assert_array_equal(tensor.step, np.arange(0, 10 * RECORDS, 10))
    assert len(tensor.wall_time) == len(tensor.size) == RECORDS
    assert (tensor.size == len(FROZEN)).all()
    assert (tensor["mean"].low < 0).all()
    assert (tensor["mean"].high > 0).all()
    assert (tensor["maximum"].value == 1).all()


def test_histograms_are_those_that_the_metrics_were_measured_on(diagnosis: Diagnosis):
    for tag, tensor in diagnosis["fit/two"].items():
        batch = diagnosis.histograms("fit/two", tag)
        assert [(one.run, one.tag) for one in batch.series] == [("fit/two", tag)]
        np.testing.assert_array_equal(batch.step, tensor.step)
        np.testing.assert_array_equal(BY_NAME["spread"](batch).value, tensor["spread"].value)


def test_many_histograms_are_read_at_once_with_as_many_steps_as_asked_for(diagnosis: Diagnosis):
    asked = [Series("good", "layer1/kernel"), Series("fit/one", "layer2/kernel")]
    batches = list(diagnosis.histograms_of(asked, steps=2))
    assert [series for batch in batches for series in batch.series] == asked
    assert [len(each) for batch in batches for each in np.split(batch.step, batch.series_start[1:-1])] == [2, 2]


def test_scalars_are_there(diagnosis: Diagnosis):
    [loss] = diagnosis["good"].scalars
    assert (loss.tag, loss.kind, len(loss.value)) == ("loss", "loss", RECORDS)


@pytest.mark.parametrize(
    ("look", "message"),
    [
        (lambda one: one["godo"], "There is no run 'godo'; did you mean 'good'?"),
        (
            lambda one: one["good"]["layer2/kernels"],
            "There is no tensor 'layer2/kernels'; did you mean 'layer2/kernel'",
        ),
        (lambda one: one["good"]["layer2/kernel"]["spreads"], "There is no metric 'spreads'; did you mean 'spread'?"),
    ],
)
def test_an_unknown_key_is_told_with_the_nearest(diagnosis: Diagnosis, look, message: str):
    with pytest.raises(Unknown) as raised:
        look(diagnosis)
    assert str(raised.value).startswith(message)


def test_lookups_behave_as_of_any_mapping(diagnosis: Diagnosis):
    assert "godo" not in diagnosis
    assert diagnosis.get("godo") is None
    assert diagnosis["good"].get("layer3/kernel") is None


def test_the_data_server_lives_as_long_as_the_diagnosis(logs: Path, monkeypatch: pytest.MonkeyPatch):
    started: list[subprocess.Popen[bytes]] = []

    class Watched(subprocess.Popen):
        def __init__(self, *args, **kwargs) -> None:
            super().__init__(*args, **kwargs)
            started.append(self)

    monkeypatch.setattr(logdir_module.subprocess, "Popen", Watched)
    closed = histdiag.diagnose(logs, progress=False)
    assert started[0].poll() is None
    assert os.getpgid(started[0].pid) != os.getpgrp(), "who interrupts a cell of a notebook interrupts the whole group"
    closed.close()
    assert started[0].poll() is not None
    with pytest.raises(ValueError, match="closed"):
        closed.histograms("good", "layer1/kernel")
    assert closed["good"]["layer1/kernel"]["mean"].value.shape == (RECORDS,)

    dropped = histdiag.diagnose(logs, progress=False)
    tensor = dropped["good"]["layer1/kernel"]
    del dropped
    gc.collect()
    assert len(tensor.histograms()) == RECORDS  # a part holds the whole
    del tensor
    gc.collect()
    assert started[1].poll() is not None

    with pytest.raises(NoHistograms):
        histdiag.diagnose(logs, runs="gone", progress=False)
    assert started[2].poll() is not None


def test_a_diagnosis_is_equal_to_itself_alone(logs: Path, diagnosis: Diagnosis):
    with histdiag.diagnose(logs, progress=False) as other:
        for one, another in (
            (diagnosis, other),
            (diagnosis["good"], other["good"]),
            (diagnosis["good"]["layer1/kernel"], other["good"]["layer1/kernel"]),
        ):
            assert one == one
            assert one != another
            assert len({one, another}) == 2


def test_why_a_diagnosis_cannot_be_copied_is_told(diagnosis: Diagnosis):
    for made in (copy.copy, copy.deepcopy, pickle.dumps):
        for one in (diagnosis, diagnosis["good"]):
            if made is not copy.copy or one is diagnosis:
                with pytest.raises(TypeError, match=r"cannot be pickled or copied.*keep diagnosis\.report"):
                    made(one)
    assert pickle.loads(pickle.dumps(diagnosis.report)) == diagnosis.report


def test_printed_names_cannot_play_with_the_terminal(tmp_path: Path):
    writers.log_events(tmp_path, [writers.values_event("layer\x1b[2J/kernel", step, FROZEN) for step in range(5)])
    with histdiag.diagnose(tmp_path, progress=False) as told:
        [run] = told.values()
        for text in (repr(told), repr(run), repr(run.series[0])):
            assert text.isprintable() or "\n" in text
            assert "\x1b" not in text
            assert "layer\\x1b[2J/kernel" in text


def test_what_is_looked_at_in_python_is_short(diagnosis: Diagnosis):
    [told, *_] = map(repr, diagnosis["good"].findings)
    assert told.startswith("<Finding warning frozen-weights in 'good' 'layer1/kernel': '")
    assert repr(diagnosis.report) == f"<Report of 3 runs, 9 tensors, {len(diagnosis.findings)} findings>"
    assert len(repr(diagnosis.findings)) < 200 * len(diagnosis.findings)
    recorder = histdiag.Recorder("an\x1b[2J evening")
    recorder.add(3, "fc1/kernel", FROZEN)
    assert repr(recorder) == "<Recorder of 'an\\x1b[2J evening' with 1 tensor>"

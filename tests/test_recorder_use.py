"""How a recorder is used: steps, names, threads, interruptions and copies."""

from __future__ import annotations

import copy
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from test_recorder import RUN, course

import tensorboard_plugin_histdiag as histdiag
from tensorboard_plugin_histdiag.metrics import METRICS
from tensorboard_plugin_histdiag.recording import recorded
from tensorboard_plugin_histdiag.report import Report


def test_steps_have_to_increase():
    recorder = histdiag.Recorder()
    recorder.add(5, "kernel", course()[0])
    for step in (5, 3):
        with pytest.raises(ValueError, match=rf"'kernel' cannot be recorded at step {step}, as it was at step 5 al"):
            recorder.add(step, "kernel", course()[1])
    recorder.add(6, "bias", None)
    with pytest.raises(ValueError, match="as it was at step 6 already"):
        recorder.add(6, "bias", course()[1])
    with pytest.raises(ValueError, match="steps are whole numbers, and count from 0"):
        recorder.add(-1, "kernel", course()[0])


def test_where_nothing_is_recorded_that_is_told():
    with pytest.raises(ValueError, match=r"recorder\.add\(step, name, tensor\) comes first"):
        histdiag.Recorder().diagnose()


def test_a_diagnosis_stays_while_recording_goes_on():
    recorder = histdiag.Recorder("mine")
    values = course()
    recorder.add(0, "kernel", values[0])
    early = recorder.diagnose()
    recorder.add(1, "kernel", values[1])
    late = recorder.diagnose()
    assert [len(one["mine"]["kernel"].histograms()) for one in (early, late)] == [1, 2]
    assert [len(one["mine"]["kernel"].step) for one in (early, late)] == [1, 2]


def test_scalars_are_judged_beside_the_tensors():
    recorder = histdiag.Recorder()
    for step, values in enumerate(course()):
        recorder.add(step, "kernel", values)
        recorder.scalar(step, "loss", np.float32("nan") if step > 2 else 1.0)
        recorder.scalar(step, "temperature", 3)
    diagnosis = recorder.diagnose()
    assert [(one.tag, one.kind) for one in diagnosis.scalars(RUN)] == [("loss", "loss")]
    assert "loss-not-finite" in {finding.rule for finding in diagnosis.findings}


def test_a_scalar_is_one_value():
    recorder = histdiag.Recorder()
    recorder.add(0, "kernel", course()[0])
    with pytest.raises(ValueError, match=r"^'loss' holds 2 values, and a scalar is one"):
        recorder.scalar(0, "loss", np.ones(2))
    recorder.scalar(0, "loss", np.array([[0.25]]))
    assert [scalar.value.tolist() for scalar in recorder.diagnose().scalars("recorded")] == [[0.25]]


def test_the_configuration_holds(tmp_path: Path):
    file = tmp_path / "own.toml"
    file.write_text('ignore = ["non-finite-values"]')
    diagnosis = histdiag.diagnose_tensors({"kernel": [np.nan, 1]}, config=file)
    assert diagnosis.findings == ()
    assert diagnosis.report.configuration.muted == 1


@pytest.mark.parametrize("step", [1.5, "1", None, float("nan"), float("inf"), 2**63, [1], np.array([1, 2])])
def test_a_step_is_a_whole_number(step: object):
    recorder = histdiag.Recorder()
    for record in (recorder.add, recorder.scalar):
        with pytest.raises(
            ValueError, match=r"^'loss' cannot be recorded at step .*: steps are whole numbers"
        ) as raised:
            record(step, "loss", 1.0)  # type: ignore[arg-type]
        assert raised.value.__cause__ is None


@pytest.mark.parametrize("step", [np.int64(7), np.uint8(7), np.array(7), 7.0])
def test_a_step_may_be_any_librarys_whole_number(step: object):
    recorder = histdiag.Recorder()
    recorder.add(step, "kernel", course()[0])  # type: ignore[arg-type]
    assert recorder.diagnose()[RUN]["kernel"].step.tolist() == [7]


def test_where_scalars_go_back_the_later_ones_stay():
    recorder = histdiag.Recorder()
    recorder.add(0, "kernel", course()[0])
    for step, loss in ((0, 1.0), (5, 2.0), (3, 3.0), (4, 4.0)):
        recorder.scalar(step, "loss", loss)
    [loss] = recorder.diagnose().scalars(RUN)
    assert list(zip(loss.step, loss.value, strict=True)) == [(0, 1), (3, 3), (4, 4)]


@pytest.mark.parametrize("tensors", [[np.ones(2)], np.ones(2), None, iter([("kernel", np.ones(2))])])
def test_tensors_without_names_are_told(tensors: object):
    with pytest.raises(TypeError, match=r"has no names: tensors are given by name"):
        histdiag.diagnose_tensors(tensors)  # type: ignore[arg-type]


def test_another_order_of_arguments_is_told_in_short():
    """As of PyTorch's add_histogram, and of nobody's."""
    recorder, values = histdiag.Recorder(), np.linspace(0, 1, 1000)
    with pytest.raises(ValueError, match="the order is step, name, tensor"):
        recorder.add("kernel", values, 0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="steps are whole numbers") as told:
        recorder.add(values, "kernel", 0)  # type: ignore[arg-type]
    assert len(str(told.value)) < 300


@pytest.mark.parametrize("name", ["a b", "", "/", "\n", "\0", "ü😀", "<b>", "a" * 3000, "half a \ud83d character", 3])
def test_names_may_be_anything(name: object):
    recorder = histdiag.Recorder(run=f"run {name}")
    for step, values in enumerate(course()):
        recorder.add(step, name, values)  # type: ignore[arg-type]
        recorder.scalar(step, f"loss {name}", 1.0)
    diagnosis = recorder.diagnose()
    [run] = diagnosis.values()
    assert len(run) == len(run.scalars) == 1
    assert repr(run.series[0])
    assert msgspec.json.decode(msgspec.json.encode(diagnosis.report), type=Report) == diagnosis.report


def test_threads_may_share_a_recorder(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(recorded, "AT_ONCE", 500)
    recorder, steps = histdiag.Recorder(), 40

    def train(number: int) -> None:
        for step, values in enumerate(course(50, steps)):
            recorder.add(step, f"layer{number}/kernel", values)
            recorder.scalar(step, "loss", 1.0)
            if number == 0 and step % 10 == 9:
                recorder.diagnose()

    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(train, range(4)))
    finally:
        sys.setswitchinterval(usual)
    for tensor in recorder.diagnose()[RUN].values():
        assert tensor.step.tolist() == tensor.histograms().step.tolist() == list(range(steps))


def test_who_interrupts_a_recorder_may_go_on(monkeypatch: pytest.MonkeyPatch):
    """As in a notebook, where it mostly measures when somebody stops the cell."""
    stopped, undisturbed = histdiag.Recorder(), histdiag.Recorder()

    def stop(_: object) -> None:
        raise KeyboardInterrupt

    for step, values in enumerate(course()):
        for recorder in (stopped, undisturbed):
            recorder.add(step, "kernel", values)
        with monkeypatch.context() as patch:
            patch.setattr(recorded, "METRICS", (*METRICS, replace(METRICS[0], function=stop)))
            with pytest.raises(KeyboardInterrupt):
                stopped.diagnose()
    one, other = (recorder.diagnose()[RUN]["kernel"] for recorder in (stopped, undisturbed))
    for metric in METRICS:
        np.testing.assert_array_equal(one[metric.name].value, other[metric.name].value, err_msg=metric.name)
    assert one.histograms().step.tolist() == other.histograms().step.tolist()


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))], ids=["copy", "pickle"])
def test_a_copy_of_a_recorder_goes_on(copied):
    values = course()
    first = histdiag.Recorder()
    for step in range(4):
        first.add(step, "kernel", values[step])
    first.diagnose()
    second = copied(first)
    for recorder in (first, second):
        recorder.add(4, "kernel", values[4])
    one, other = (recorder.diagnose() for recorder in (first, second))
    assert one.report == other.report
    assert one.report.series[0].records == 5

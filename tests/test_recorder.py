"""Diagnosing tensors without a log: exact, in bounded memory, and with the verdict that a log would give."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tracemalloc
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import pytest
import recorded_trainings

import tensorboard_plugin_histdiag as histdiag
from tensorboard_plugin_histdiag.api.diagnosis import Diagnosis
from tensorboard_plugin_histdiag.finding import Strength
from tensorboard_plugin_histdiag.histogram import HistogramBatch, Series
from tensorboard_plugin_histdiag.metrics import METRICS
from tensorboard_plugin_histdiag.recording.recorded import AT_ONCE, REMEMBERED
from tensorboard_plugin_histdiag.report import Report

RUN = "recorded"
BOUNDED = [metric.name for metric in METRICS if metric.bounded]


def course(size: int = 500, records: int = 6, seed: int = 0) -> list[np.ndarray]:
    """Weights that learn a little with every record."""
    rng = np.random.default_rng(seed)
    start = rng.normal(0, 0.1, size)
    return [start + 0.01 * record * rng.normal(size=size) for record in range(records)]


def recorded(**tensors: list) -> Diagnosis:
    """Record some tensors, at steps 0, 10, 20, ..."""
    recorder = histdiag.Recorder()
    for name, records in tensors.items():
        for number, values in enumerate(records):
            recorder.add(10 * number, name, values)
    return recorder.diagnose()


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """Wasserstein-1 between as many values, relative to the size of the other."""
    return np.abs(np.sort(one) - np.sort(other)).mean() / np.abs(other).mean()


# Exactness


@pytest.fixture(scope="module")
def learning() -> Diagnosis:
    return recorded(kernel=course(), relu=[np.maximum(values, 0) for values in course(seed=1)])


@pytest.mark.parametrize("name", BOUNDED)
def test_bounds_of_a_recorded_tensor_collapse(name: str, learning: Diagnosis):
    for one in learning[RUN].values():
        bounded = one[name]
        assert np.isfinite(bounded.value[1:]).any() or name.endswith("slope")
        np.testing.assert_allclose(bounded.low, bounded.high, rtol=1e-12)
        assert ((bounded.low <= bounded.value) & (bounded.value <= bounded.high) | np.isnan(bounded.value)).all()


def test_drifts_are_those_of_the_values():
    values = course()
    tensor = recorded(kernel=values)[RUN]["kernel"]
    first = [distance(one, values[0]) for one in values]
    previous = [distance(one, before) for before, one in pairwise(values)]
    np.testing.assert_allclose(tensor["drift"].value, first, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(tensor["drift_previous"].value[1:], previous, rtol=1e-9)
    np.testing.assert_allclose(tensor["update_ratio"].value[1:], np.array(previous) / 10, rtol=1e-9)
    assert np.isnan(tensor["drift_previous"].value[0])


def test_tensors_of_other_sizes_are_compared_exactly_too():
    tensor = recorded(kernel=[np.array([0.0, 1.0]), np.array([0.0, 0.0, 3.0])])[RUN]["kernel"]
    # Shares in sixths: 0 0 0 1 1 1 against 0 0 0 0 3 3, over a mean magnitude of a half.
    assert tensor["drift_previous"].value[1] == pytest.approx((1 + 2 + 2) / 6 / 0.5, rel=1e-12)


def test_a_tensor_that_did_not_change_is_told_from_one_that_hardly_did():
    same = course()[0]
    moved = same.copy()
    moved[7] += 1e-9
    tensor = recorded(kernel=[same, same, moved])[RUN]["kernel"]
    assert tensor["unchanged"].value[1:].tolist() == [1.0, 0.0]


def test_drifts_of_large_tensors_are_bounded_closely():
    rng = np.random.default_rng(0)
    values = [rng.normal(0, 0.1, 2 * REMEMBERED).astype(np.float32) * (1 + 0.01 * record) for record in range(3)]
    tensor = recorded(kernel=values)[RUN]["kernel"]
    for record in (1, 2):
        truth = distance(values[record].astype(float), values[record - 1].astype(float))
        bounded = tensor["drift_previous"][record : record + 1]
        assert bounded.low[0] <= truth <= bounded.high[0]
        assert bounded.high[0] - bounded.low[0] < 0.1 * truth
    assert (tensor["mean"].low == tensor["mean"].high).all()


@pytest.mark.parametrize("size", [300, AT_ONCE // 4])
def test_when_records_are_measured_makes_no_difference(size: int):
    """Small tensors wait for each other, large ones do not."""
    values = course(size, records=4)
    recorder, alone = histdiag.Recorder(), histdiag.Recorder()
    for step, one in enumerate(values):
        recorder.add(step, "kernel", one)
        recorder.add(step, "another", one[::-1] * 2)
        alone.add(step, "kernel", one)
        alone.diagnose()
    together, by_itself = recorder.diagnose()[RUN]["kernel"], alone.diagnose()[RUN]["kernel"]
    for metric in METRICS:
        np.testing.assert_array_equal(together[metric.name].value, by_itself[metric.name].value, err_msg=metric.name)


def test_the_picture_is_that_of_thirty_equal_buckets():
    values = course()
    diagnosis = recorded(kernel=values)
    batch = diagnosis.histograms(RUN, "kernel")
    assert batch.lengths.tolist() == [30] * len(values)
    assert batch.minimum.tolist() == [one.min() for one in values]
    logged = HistogramBatch.of(*(np.stack([*edges(one), np.histogram(one, 30)[0]], axis=1) for one in values))
    for metric in METRICS:
        if not metric.bounded:
            np.testing.assert_allclose(
                diagnosis[RUN]["kernel"][metric.name].value, metric(logged).value, rtol=1e-9, err_msg=metric.name
            )
    asked = [Series(RUN, "kernel"), Series(RUN, "unknown")]
    [some] = diagnosis.histograms_of(asked, steps=3)
    assert some.step.tolist() == [0, 20, 50]


def edges(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    edge = np.linspace(values.min(), values.max(), 31)
    return edge[:-1], edge[1:]


def test_nothing_is_said_about_buckets_where_values_are_known():
    """Two far values stretch the buckets of the picture until it shows nothing; what was measured is exact."""
    values = [np.append(one, [900.0, -800.0]) for one in course()]
    diagnosis = recorded(**{"fc1/kernel": values})
    assert (diagnosis[RUN]["fc1/kernel"]["top_mass"].value > 0.9).all()
    assert "coarse-buckets" not in {finding.rule for finding in diagnosis.findings}


# Memory


def test_memory_does_not_grow_with_the_values():
    """Of a record with 20,000 values, 160 kB, some kilobytes stay."""
    rng = np.random.default_rng(0)
    recorder = histdiag.Recorder()

    def record(steps: range) -> int:
        for step in steps:
            recorder.add(step, "kernel", rng.normal(size=20_000))
        recorder.diagnose()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        before = record(range(4))
        after = record(range(4, 16))
    finally:
        tracemalloc.stop()
    assert after - before < 12 * 10_000


# What is no ordinary tensor


def test_none_is_told_and_not_judged():
    recorder = histdiag.Recorder()
    for step, values in enumerate(course()):
        recorder.add_all(step, {"fc1/kernel": values, "fc1/kernel_gradient": None})
        recorder.add(step, "fc2/kernel_gradient", None if step < 2 else values)
    diagnosis = recorder.diagnose()
    assert diagnosis.messages == (
        "'fc1/kernel_gradient' was None at every record, first at step 0: there is no such gradient where nothing flows"
        " back from the loss.",
        "'fc2/kernel_gradient' was None at 2 records, first at step 0: there is no such gradient where nothing flows"
        " back from the loss.",
    )
    never = diagnosis[RUN]["fc1/kernel_gradient"]
    assert (len(never.step), never.entry.judged, never.findings) == (0, False, ())
    assert never.entry.why_not
    assert len(never.histograms()) == 0
    assert diagnosis[RUN]["fc2/kernel_gradient"].step.tolist() == [2, 3, 4, 5]


def test_nothing_but_none_is_no_crash():
    diagnosis = histdiag.diagnose_tensors({"fc1/kernel_gradient": None})
    assert "was None at every record" in diagnosis.messages[0]
    assert diagnosis.findings == ()


def test_values_that_are_not_finite_are_found():
    values = course()
    values[4] = np.where(np.arange(500) == 3, np.nan, values[4])
    diagnosis = recorded(**{"fc1/kernel": [*values[:4], values[4], values[4]]})
    [finding] = diagnosis.findings
    assert (finding.rule, finding.first_step, finding.strength) == ("non-finite-values", 40, Strength.CERTAIN)
    assert diagnosis[RUN]["fc1/kernel"].nonfinite.tolist() == [False] * 4 + [True] * 2


def test_empty_whole_and_boolean_tensors_are_recorded():
    tensors = recorded(
        empty=[np.zeros((0, 3))] * 4, whole=[np.arange(10)] * 4, boolean=[np.array([True, True, False, False])] * 4
    )[RUN]
    assert tensors["empty"].size.tolist() == pytest.approx([np.nan] * 4, nan_ok=True)
    assert tensors["whole"]["mean"].value.tolist() == [4.5] * 4
    assert tensors["boolean"]["zeros"].low.tolist() == [0.5] * 4


def test_an_empty_record_is_not_what_the_next_is_compared_with():
    values = course()
    tensor = recorded(kernel=[values[0], np.zeros(0), values[1]])[RUN]["kernel"]
    assert tensor["drift_previous"].value[2] == pytest.approx(distance(values[1], values[0]), rel=1e-9)


def test_what_is_given_may_change_afterwards():
    values = course()[0]
    recorder = histdiag.Recorder()
    recorder.add(0, "kernel", values)
    mean = values.mean()
    values[:] = 7
    assert recorder.diagnose()[RUN]["kernel"]["mean"].value[0] == pytest.approx(mean)


def test_names_of_mappings_within_are_joined():
    diagnosis = histdiag.diagnose_tensors({"encoder": {"fc1": {"kernel": course()[0]}}, "head": course()[1]}, run="now")
    assert set(diagnosis["now"]) == {"encoder/fc1/kernel", "head"}


class State(NamedTuple):
    """As of an optimizer in JAX."""

    count: np.ndarray
    mu: dict[str, np.ndarray]


def test_lists_and_tuples_of_tensors_are_trees_too():
    one, other = course()[:2]
    tree = {
        "layers": [{"kernel": one}, {"kernel": other, "bias": [1.0, 2.0]}],
        "dense": [one.reshape(2, -1), other],
        "optimizer": (State(np.array(3), {"kernel": one}), ()),
        "gradients": [None, one],
        "rows": [[1, 2], (3, 4)],
        "sparse": SparseRows(np.ones((1, 2)), np.array([1]), (3, 2)),
    }
    diagnosis = histdiag.diagnose_tensors(tree, run="now")
    assert set(diagnosis["now"]) == {
        *("layers/0/kernel", "layers/1/kernel", "layers/1/bias", "dense/0", "dense/1", "optimizer/0/count"),
        *("optimizer/0/mu/kernel", "gradients/0", "gradients/1", "rows", "sparse"),
    }
    assert diagnosis["now"]["rows"].size.tolist() == [4]
    assert diagnosis["now"]["sparse"].size.tolist() == [6]
    assert len(diagnosis.messages) == 1


class SparseRows(NamedTuple):
    """As a session of TensorFlow 1 gives them."""

    values: np.ndarray
    indices: np.ndarray
    dense_shape: tuple[int, int]


class Parameters:
    """As PyTorch's ParameterDict, which is no Mapping."""

    def items(self) -> list[tuple[str, np.ndarray]]:
        return [("fc1/kernel", course()[0])]


def test_what_has_names_is_taken():
    assert list(histdiag.diagnose_tensors(Parameters())["tensors"]) == ["fc1/kernel"]  # type: ignore[arg-type]


@pytest.mark.parametrize("nothing", [{}, {"layers": {}}, {"layers": []}])
def test_where_no_tensor_is_given_that_is_said(nothing: dict):
    with pytest.raises(ValueError, match="none is in what was given"):
        histdiag.diagnose_tensors(nothing)


# The same verdict as that of a log


@pytest.mark.parametrize("library", recorded_trainings.TRAININGS)
def test_the_verdict_is_that_of_logging_the_same_tensors(library: str, tmp_path: Path):
    """Rules, tags and steps are the same; where raw values prove what buckets only suggest, it may be more severe."""
    if importlib.util.find_spec(library) is None:
        pytest.skip(f"{library} is not installed")
    command = [sys.executable, recorded_trainings.__file__, library, str(tmp_path)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | {"OMP_NUM_THREADS": "1"}
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = set()
    with histdiag.diagnose(tmp_path / "logs", progress=False) as logged:
        assert sorted(logged) == sorted(recorded_trainings.KINDS)
        for kind in logged:
            report = msgspec.json.decode((tmp_path / f"{kind}.json").read_bytes(), type=Report)
            of_log = {(one.rule, one.tags, one.first_step): one for one in logged[kind].findings}
            of_memory = {(one.rule, one.tags, one.first_step): one for one in report.findings}
            assert of_memory.keys() == of_log.keys()
            for key, one in of_memory.items():
                found.add(f"{kind}: {one.rule}")
                more = one.severity.rank < of_log[key].severity.rank
                assert one.severity == of_log[key].severity or (more and one.strength is Strength.CERTAIN)
    assert not {one for one in found if one.startswith("healthy")}
    assert found >= {
        "dead: dead-units",
        "frozen: frozen-weights",
        "saturated: saturated-activations",
        "not-finite: loss-not-finite",
    }

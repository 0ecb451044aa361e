"""What people log in their own programs gets true words, and one verdict through any writer and reader."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
import scenarios
import writers

from tensorboard_plugin_histdiag.demo.runs import RUNS, train_run
from tensorboard_plugin_histdiag.diagnose import diagnose
from tensorboard_plugin_histdiag.finding import Finding, Severity
from tensorboard_plugin_histdiag.provider.logdir import NoServer, data_server, load_multiplexer
from tensorboard_plugin_histdiag.provider.sources import Source
from tensorboard_plugin_histdiag.report import Reading, Report

TRAINED = ("healthy-relu", "vanishing-gradients", "dead-relu", "saturated-tanh")
READERS = ("rust", "multiplexer")
WRITERS = {
    "histogram_pb": ("tensorboard", writers.log_histogram_pb),
    "tensorboardX": ("tensorboardX", writers.log_tensorboardx),
    "torch": ("torch", writers.log_torch),
}
"""The writers that need no TensorFlow, with the package that each needs."""


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scenarios' logs, and training runs of the demo logged by every writer."""
    if importlib.util.find_spec("tensorflow") is None:
        pytest.skip("TensorFlow is not installed")
    root = tmp_path_factory.mktemp("scenarios")
    (root / "given").mkdir()
    for run in RUNS:
        if run.name in TRAINED:
            shown = list(train_run(run))[::3]
            tensors = {tag: [one.tensors[tag].astype(np.float32) for one in shown] for tag in shown[0].tensors}
            scenarios.save(root / "given" / f"{run.name}.npz", tensors, [one.step for one in shown])
    writers.run_with_tensorflow(scenarios.__file__, str(root))
    for folder, given in [
        (root / "keras-again", root / "keras.npz"),
        *((root / "twins" / path.stem, path) for path in (root / "given").iterdir()),
    ]:
        for name, (package, log) in WRITERS.items():
            if importlib.util.find_spec(package):
                log(folder / name, *scenarios.load(given))
    return root


@pytest.fixture(scope="module")
def reports(logs: Path) -> Iterator[dict[str, Report]]:
    """What is said about all of them, by reader."""
    with ExitStack() as stack:
        sources = [Source(load_multiplexer(logs))]
        try:
            sources.append(Source(stack.enter_context(data_server(logs))))
        except NoServer:
            pytest.skip("TensorBoard has no data server for this platform")
        yield {source.name: diagnose(source) for source in sources}


@pytest.fixture(params=READERS)
def report(request: pytest.FixtureRequest, reports: dict[str, Report]) -> Report:
    return reports[request.param]


def findings(report: Report, run: str) -> dict[str, Finding]:
    """Return the findings of a run by rule and first tag."""
    return {f"{one.rule} {one.tags[0]}": one for one in report.findings if one.run == run}


def readings(report: Report, run: str) -> dict[str, Reading]:
    return {one.tag: one for one in report.readings if one.run == run}


def verdict(report: Report, run: str) -> set[tuple[str, Severity, tuple[str, ...], int]]:
    return {(one.rule, one.severity, one.tags, one.first_step) for one in report.findings if one.run == run}


# Three tanh layers and a softmax, of which only the last is trained


def test_only_the_softmax_layer_learns_and_the_report_says_so(report):
    found = findings(report, "qpred")["only-last-layer-learns layer1/weights"]
    assert found.severity is Severity.WARNING
    assert found.tags == ("layer1/weights", "layer2/weights", "layer3/weights")
    assert found.first_step == 0
    assert found.summary == "layer1, layer2 and layer3 do not learn, layer4 does"
    assert "still flat, like their uniform initialisation" in found.explanation


def test_layers_that_are_not_trained_are_each_named_as_frozen_and_explained_by_the_whole(report):
    found = findings(report, "qpred")
    whole = found.pop("only-last-layer-learns layer1/weights")
    assert set(found) == {f"frozen-weights layer{number}/weights" for number in (1, 2, 3)}
    assert all(whole.fingerprint in one.explained_by for one in found.values())


def test_weights_that_are_not_trained_are_read_as_flat_like_their_initialisation(report):
    for number in (1, 2, 3):
        reading = readings(report, "qpred")[f"layer{number}/weights"]
        assert (reading.shape, reading.movement) == ("uniform", "unchanged")
        assert reading.text.startswith("Flat between -0.15 and 0.15. Unchanged since step 0")
        assert "looks like its uniform initialisation" in reading.text


def test_the_last_layer_is_read_as_learning(report):
    reading = readings(report, "qpred")["layer4/weights"]
    assert "widening" in reading.movement
    assert "grew" in reading.text
    assert "learn" in reading.text


def test_activations_of_a_tanh_network_are_read_as_a_bell_around_0(report):
    for tag in (f"layer{number}/{name}" for number in (1, 2, 3) for name in ("activations", "layer")):
        reading = readings(report, "qpred")[tag]
        assert (reading.shape, reading.place, reading.movement) == ("bell", "centred on 0", "steady"), tag
        assert reading.text.startswith("Bell-shaped around 0")


def test_the_output_is_an_activation_and_nobody_calls_a_softmax_saturated(report):
    assert {one.tag: one.role for one in report.series if one.run == "qpred"}["layer4/Qpred"] == "activation"
    assert not [one for one in report.findings if one.run == "qpred" and "layer4/Qpred" in one.tags]


# Weights, biases and gradients of two layers over ten epochs


def test_a_loop_that_learns_gets_no_warning(report):
    assert {one.severity for one in findings(report, "loop").values()} <= {Severity.INFO}


def test_every_series_of_a_loop_of_ones_own_has_its_role(report):
    roles = {one.tag: (one.role, one.layer) for one in report.series if one.run == "loop"}
    assert roles == {
        f"layer{number}_{kind}": (role, f"layer{number}")
        for number in (1, 2)
        for kind, role in (("weights", "weight"), ("biases", "bias"), ("gradients", "gradient"))
    }


def test_what_is_said_of_every_series_of_a_loop_is_true_of_its_tensors(logs, report):
    tensors, steps = scenarios.load(logs / "loop.npz")
    said = readings(report, "loop")
    assert set(said) == set(tensors)
    for tag, reading in said.items():
        first, last = tensors[tag][0], tensors[tag][-1]
        assert (reading.first_step, reading.last_step) == (steps[0], steps[-1])
        grown = last.std() / first.std()
        assert ("widening" in reading.movement) == (grown > 1.1), tag
        if "gradients" in tag:
            # Each is of another batch: a change is told where typical records of both ends show it, too.
            spread = np.array([values.std() for values in tensors[tag]])
            quarter = max(1, len(spread) // 4)
            lasting = np.median(spread[-quarter:]) < np.median(spread[:quarter]) / 1.5
            assert ("narrowing" in reading.movement) == (grown < 1 / 1.5 and lasting), tag
            assert ("varying" in reading.movement) == (grown < 1 / 1.5 and not lasting), tag
        else:
            assert ("narrowing" in reading.movement) == (grown < 1 / 1.1), tag
        assert f"between {last.min():.3g} and {last.max():.3g}" in reading.text
        assert (reading.shape == "few values") == (last.size < 100)
        assert reading.shape in ("few values", "bell", "heavy-tailed", "broad"), tag
        assert (reading.place == "centred on 0") == (abs(last.mean()) < 0.2 * last.std()), tag


# The same tensors, whoever logs them


def test_the_verdict_does_not_depend_on_writer_or_reader(reports):
    for run in RUNS:
        if run.name not in TRAINED:
            continue
        verdicts = {
            (entry.run, reader): verdict(report, entry.run)
            for reader, report in reports.items()
            for entry in report.runs
            if entry.run.startswith(f"twins/{run.name}/")
        }
        assert {name.rpartition("/")[2] for name, _ in verdicts} >= {"tf2", "tf1", "histogram_pb"}
        expected = verdicts[f"twins/{run.name}/tf2", "rust"]
        assert {name: found for name, found in verdicts.items() if found != expected} == {}
        loud = {rule for rule, severity, _, _ in expected if severity is not Severity.INFO}
        assert set(run.rules) <= loud if run.rules else not loud


@pytest.mark.parametrize("writer", ["tensorboardX", "torch"])
def test_the_writers_outside_tensorflow_take_part(writer, logs):
    pytest.importorskip(writer)
    assert all((logs / "twins" / run / writer).is_dir() for run in TRAINED)


def test_the_keras_callback_gives_the_verdict_of_the_other_writers(reports):
    expected = {("frozen-weights", Severity.WARNING, ("net/layer2/kernel/histogram",), 0)}
    runs = {
        (entry.run, reader): verdict(report, entry.run)
        for reader, report in reports.items()
        for entry in report.runs
        if entry.run.startswith("keras")
    }
    assert ("keras/train", "rust") in runs
    assert len(runs) >= 8
    assert {name: found for name, found in runs.items() if found != expected} == {}

from __future__ import annotations

import io
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from tensorboard_plugin_histdiag import demo
from tensorboard_plugin_histdiag.demo import network, runs, serve, write
from tensorboard_plugin_histdiag.demo.network import Array, Snapshot
from tensorboard_plugin_histdiag.demo.runs import INTERVAL, RUNS, STEPS, WIDTH, DemoRun
from tensorboard_plugin_histdiag.diagnose import diagnose
from tensorboard_plugin_histdiag.finding import Finding, Severity
from tensorboard_plugin_histdiag.provider import sources
from tensorboard_plugin_histdiag.report import Report
from tensorboard_plugin_histdiag.tags import parsing as tags

SICK = [run for run in RUNS if not run.healthy]
HEALTHY = [run for run in RUNS if run.healthy]


@pytest.fixture(scope="module")
def logdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def trained(logdir: Path) -> dict[str, list[Snapshot]]:
    write.prepare(logdir)
    return {run.name: list(write.write_run(run, logdir / run.name)) for run in RUNS}


@pytest.fixture(scope="module")
def report(logdir: Path, trained: dict[str, list[Snapshot]]) -> Report:
    with sources.open_logdir(logdir) as source:
        return diagnose(source)


def named(name: str) -> DemoRun:
    return next(run for run in RUNS if run.name == name)


def records(snapshots: list[Snapshot], tag: str, measure: Callable[[Array], float]) -> Array:
    return np.array([measure(snapshot.tensors[tag]) for snapshot in snapshots])


def mean_abs(values: Array) -> float:
    return float(np.abs(values).mean())


def exact_zeros(values: Array) -> float:
    return float((values == 0.0).mean())


def tanh_slope(values: Array) -> float:
    return float((1.0 - values**2).mean())


def hidden(run: DemoRun) -> list[str]:
    return [f"dense{number}" for number in range(1, run.recipe.hidden + 1)]


def first_to_last(snapshots: list[Snapshot], kind: str) -> Array:
    first = records(snapshots, f"dense1/{kind}/gradient", mean_abs)
    return first / records(snapshots, f"output/{kind}/gradient", mean_abs)


def moved(snapshots: list[Snapshot], tag: str) -> float:
    """Return the Wasserstein-1 distance from the first record to the last, relative to the first."""
    first, last = snapshots[0].tensors[tag].ravel(), snapshots[-1].tensors[tag].ravel()
    return float(np.abs(np.sort(last) - np.sort(first)).mean() / mean_abs(first))


# The logs


def test_the_gradients_are_those_of_finite_differences() -> None:
    generator = np.random.default_rng(0)
    inputs, labels = generator.normal(size=(5, 4)), np.array([0, 2, 1, 0, 2])
    for activation in ("relu", "tanh", "sigmoid"):
        layers = network.build([4, 6, 3], activation, "he-normal", 1.0, generator)
        outputs = network.forward(layers, inputs)
        gradients = network.backward(layers, outputs, network.cross_entropy(outputs[-1], labels)[1])
        for layer, (kernel_gradient, bias_gradient) in zip(layers, gradients, strict=True):
            for values, gradient in ((layer.kernel, kernel_gradient), (layer.bias, bias_gradient)):
                index = (0,) * values.ndim
                losses = []
                for nudge in (1e-6, -2e-6):
                    values[index] += nudge
                    losses.append(network.cross_entropy(network.forward(layers, inputs)[-1], labels)[0])
                assert gradient[index] == pytest.approx((losses[0] - losses[1]) / 2e-6, rel=1e-4, abs=1e-8)


def test_both_cross_entropies_agree_where_neither_overflows() -> None:
    logits, labels = np.random.default_rng(0).normal(size=(7, 3)), np.array([0, 1, 2, 0, 1, 2, 0])
    stable, textbook = network.cross_entropy(logits, labels), network.textbook_cross_entropy(logits, labels)
    assert stable[0] == pytest.approx(textbook[0])
    np.testing.assert_allclose(stable[1], textbook[1])


def test_nothing_that_is_logged_is_sampled_by_tensorboard(trained: dict[str, list[Snapshot]]) -> None:
    for snapshots in trained.values():
        assert [snapshot.step for snapshot in snapshots] == list(range(0, STEPS + 1, INTERVAL))
        assert len(snapshots) <= 100


def test_the_logs_fit_in_12_megabytes(logdir: Path, trained: dict[str, list[Snapshot]]) -> None:
    assert sum(path.stat().st_size for path in logdir.rglob("*") if path.is_file()) <= 12e6


def test_the_logs_hold_every_tensor_and_scalar(logdir: Path, trained: dict[str, list[Snapshot]]) -> None:
    with sources.open_logdir(logdir) as source:
        listed = source.list_series()
        scalars = {run.name: {scalar.tag for scalar in source.scalars(run.name)} for run in RUNS}
        lengths = {
            (series.run, series.tag): length
            for batch in source.batches()
            for series, length in zip(batch.series, np.diff(batch.series_start), strict=True)
        }
    expected = {(name, tag) for name, snapshots in trained.items() for tag in snapshots[0].tensors}
    assert {(series.run, series.tag) for series in listed} == expected
    assert set(lengths.values()) == {STEPS // INTERVAL + 1}
    for name in trained:
        assert scalars[name] == {"loss", "accuracy", "validation_loss", "validation_accuracy", "learning_rate"}


def test_the_names_of_the_tags_say_what_they_hold(trained: dict[str, list[Snapshot]]) -> None:
    roles = {
        "kernel": "weight",
        "bias": "bias",
        "kernel/gradient": "weight-gradient",
        "bias/gradient": "bias-gradient",
        "activation": "activation",
    }
    for run in RUNS:
        shown = trained[run.name][0].tensors
        for tag in shown:
            layer, kind = tag.split("/", 1)
            assert (tags.parse(tag).layer, tags.parse(tag).role) == (layer, roles[kind]), tag
        ordering = tags.order_layers(shown)
        assert ordering.known
        assert sorted(ordering.places, key=ordering.places.__getitem__) == [*hidden(run), "output"]


def test_training_again_gives_the_same_tensors(trained: dict[str, list[Snapshot]]) -> None:
    for name in ("healthy-tanh", "nan-midway"):
        for again, before in zip(runs.train_run(named(name)), trained[name], strict=True):
            assert again.scalars == pytest.approx(before.scalars, rel=0, abs=0, nan_ok=True)
            for tag, tensor in again.tensors.items():
                np.testing.assert_array_equal(tensor, before.tensors[tag])


# Health


@pytest.mark.parametrize("run", HEALTHY, ids=lambda run: run.name)
def test_a_healthy_run_learns_and_is_ordinary(run: DemoRun, trained: dict[str, list[Snapshot]]) -> None:
    snapshots = trained[run.name]
    assert snapshots[-1].scalars["validation_accuracy"] > 0.95
    assert snapshots[-1].scalars["accuracy"] > 0.95
    for kind in ("kernel", "bias"):
        ratio = float(np.median(first_to_last(snapshots, kind)))
        assert 0.1 < ratio < 10.0
    norms = [
        np.sqrt(sum(float((values**2).sum()) for tag, values in snapshot.tensors.items() if tag.endswith("/gradient")))
        for snapshot in snapshots
    ]
    assert max(after / np.median(norms[max(0, at - 10) : at]) for at, after in enumerate(norms) if at >= 3) < 8.0
    for layer in hidden(run):
        assert records(snapshots, f"{layer}/bias/gradient", exact_zeros).max() < 0.3
        if run.recipe.activation == "tanh":
            assert records(snapshots, f"{layer}/activation", tanh_slope).min() > 0.4
        else:
            assert records(snapshots, f"{layer}/activation", exact_zeros).max() < 0.8
        size = records(snapshots, f"{layer}/kernel", mean_abs)
        assert size[-1] / size[0] < 2.0
        assert 0.02 < moved(snapshots, f"{layer}/kernel") < 0.5


# Faults


def test_every_sick_run_has_a_rule_tags_and_an_onset(trained: dict[str, list[Snapshot]]) -> None:
    assert len(HEALTHY) == 2
    for run in SICK:
        assert run.tags
        assert run.onset is not None
        assert set(run.tags) <= set(trained[run.name][0].tensors)


def test_gradients_vanish_through_eight_layers(trained: dict[str, list[Snapshot]]) -> None:
    snapshots = trained["vanishing-gradients"]
    for kind in ("kernel", "bias"):
        ratio = first_to_last(snapshots, kind)
        assert 0.0 < ratio.max() < 1e-5


def test_gradients_explode_from_the_last_layer_to_the_first(trained: dict[str, list[Snapshot]]) -> None:
    snapshots = trained["exploding-gradients"]
    assert first_to_last(snapshots, "bias").min() > 2e3
    assert all(np.isfinite(values).all() for snapshot in snapshots for values in snapshot.tensors.values())


def test_units_of_the_second_layer_die_at_the_onset(trained: dict[str, list[Snapshot]]) -> None:
    snapshots, onset = trained["dead-relu"], named("dead-relu").onset
    assert onset is not None
    dead = records(snapshots, "dense2/bias/gradient", exact_zeros)
    assert dead[: onset // INTERVAL].max() < 0.3
    assert dead[onset // INTERVAL :].min() >= 56 / WIDTH
    silent = records(snapshots, "dense2/activation", exact_zeros)
    assert silent[: onset // INTERVAL].max() < 0.7
    assert silent[onset // INTERVAL :].min() > 0.85
    for other in ("dense1", "dense3"):
        assert records(snapshots, f"{other}/bias/gradient", exact_zeros).max() < 0.3


def test_tanh_saturates_in_every_hidden_layer(trained: dict[str, list[Snapshot]]) -> None:
    for layer in hidden(named("saturated-tanh")):
        assert records(trained["saturated-tanh"], f"{layer}/activation", tanh_slope).max() < 0.12


def test_the_frozen_layer_stays_uniform_while_the_others_move(trained: dict[str, list[Snapshot]]) -> None:
    snapshots = trained["frozen-layer"]
    for snapshot in snapshots:
        np.testing.assert_array_equal(snapshot.tensors["dense2/kernel"], snapshots[0].tensors["dense2/kernel"])
        assert mean_abs(snapshot.tensors["dense2/kernel/gradient"]) > 0.0
    values = np.sort(snapshots[0].tensors["dense2/kernel"].ravel())
    uniform = (values - values[0]) / (values[-1] - values[0])
    assert values.size >= 256
    assert np.abs(uniform - np.linspace(0.0, 1.0, values.size)).max() < 0.03
    assert min(moved(snapshots, f"{layer}/kernel") for layer in ("dense1", "dense3", "output")) > 0.05
    assert snapshots[-1].scalars["validation_accuracy"] > 0.95


def test_nan_appears_at_the_onset_and_spreads_to_everything(trained: dict[str, list[Snapshot]]) -> None:
    onset = named("nan-midway").onset
    for snapshot in trained["nan-midway"]:
        for tag, values in snapshot.tensors.items():
            since = onset if tag.endswith("/gradient") else onset + INTERVAL
            assert np.isfinite(values).all() == (snapshot.step < since), (tag, snapshot.step)


# What histdiag says


def found(report: Report, run: DemoRun) -> list[Finding]:
    return [one for one in report.findings if one.run == run.name and one.severity is not Severity.INFO]


@pytest.mark.parametrize("run", HEALTHY, ids=lambda run: run.name)
def test_nothing_is_found_in_a_healthy_run(run: DemoRun, report: Report) -> None:
    assert found(report, run) == []


@pytest.mark.parametrize("run", SICK, ids=lambda run: run.name)
def test_the_fault_is_found_in_its_layers_from_its_onset_on(run: DemoRun, report: Report) -> None:
    assert run.onset is not None
    for rule in run.rules:
        findings = [one for one in found(report, run) if one.rule == rule]
        assert {one.tags[0] for one in findings} <= set(run.tags)
        assert {one.tags[0].split("/")[0] for one in findings} == {tag.split("/")[0] for tag in run.tags}
        for one in findings:
            assert abs(one.first_step - run.onset) <= 2 * INTERVAL
            assert one.last_step == STEPS


def test_no_rule_fails_on_the_demo(report: Report) -> None:
    assert [row for row in report.coverage if row.error] == []


# The folder and the server


def test_a_folder_that_the_demo_did_not_make_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("precious")
    said = io.StringIO()
    assert demo.run(tmp_path, serve=False, port=6006, console=Console(file=said, width=40)) == 2
    assert f"{tmp_path} is not empty" in said.getvalue()
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_file_is_not_taken_for_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(write.ForeignDirectory, match="is not a directory"):
        write.prepare(tmp_path / "file")


def test_an_earlier_demo_is_replaced_and_nothing_else(tmp_path: Path) -> None:
    write.prepare(tmp_path)
    next(write.write_run(RUNS[0], tmp_path / RUNS[0].name))
    (tmp_path / RUNS[0].name / "events.out.tfevents.1.mine").write_text("")
    write.prepare(tmp_path)
    assert [path.name for path in (tmp_path / RUNS[0].name).iterdir()] == ["events.out.tfevents.1.mine"]


def test_writing_never_imports_tensorflow(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib\n"
        "from tensorboard_plugin_histdiag.demo import runs, write\n"
        f"next(write.write_run(runs.RUNS[0], pathlib.Path({str(tmp_path)!r})))\n"
        "assert 'tensorflow' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_taken_port_is_passed_over() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken = listener.getsockname()[1]
        port = serve.free_port(taken)
        assert taken < port < taken + serve.PORTS_TRIED


def test_no_port_above_the_last_one_is_tried() -> None:
    with pytest.raises(serve.ServeError, match="No free port"):
        serve.free_port(65536)


def test_the_address_is_printed_once_the_tab_is_there_and_sigterm_ends_everything(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib\n"
        "from rich.console import Console\n"
        "from tensorboard_plugin_histdiag.cli.signals import terminable\n"
        "from tensorboard_plugin_histdiag.demo import serve\n"
        "with terminable():\n"
        "    serve.serve(pathlib.Path(sys.argv[1]), 6106, Console(stderr=True))\n"
    )
    write.prepare(tmp_path)
    for _ in write.write_run(RUNS[0], tmp_path / RUNS[0].name):
        pass
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0
    assert address.startswith("http://localhost:")
    assert address.endswith("/#histdiag")
    port = int(address.split(":")[2].split("/")[0])
    assert serve.free_port(port) == port

"""A few runs of the large gallery: labels are whole and true, a build goes on where it was left, verdicts are right."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import build
import msgspec
import pytest
from label import Expected, Label
from log import kept_in
from told import check_log

from tensorboard_plugin_histdiag.diagnose import diagnose
from tensorboard_plugin_histdiag.finding import Finding, Severity
from tensorboard_plugin_histdiag.provider.sources import open_logdir

# Quick ones, of many kinds; with the writers that are installed.
RUNS = {
    "numpy_runs": (
        "numpy-relu-plain-sgd-step-decay-0",
        "numpy-a-head-that-starts-at-zero-0",
        "numpy-every-parameter-starts-at-the-same-value-1",
        "numpy-weight-decay-that-outweighs-the-loss-0",
    ),
    "torch_runs": (
        "torch-mlp-relu-0",
        "torch-cnn-0",
        "torch-mixed-precision-2",
        "torch-residual-zero-0",
        "torch-dead-layer-above-mlp-0",
        "torch-left-out-of-the-optimiser-cnn-0",
        "torch-wrong-checkpoint-mlp-0",
        "torch-logged-after-zero-grad-mlp-0",
    ),
}
NEEDED = {"numpy_runs": ("tensorboardX",), "torch_runs": ("torch", "tensorboardX", "sklearn")}
HERE = [module for module, names in NEEDED.items() if all(importlib.util.find_spec(name) for name in names)]
NAMES = [name for module in HERE for name in RUNS[module]]


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runs, trained and logged."""
    if not HERE:
        pytest.skip("neither PyTorch nor tensorboardX is installed")
    out = tmp_path_factory.mktemp("gallery")
    assert build.build(out, HERE, only=rf"^({'|'.join(NAMES)})$") == []
    return out


@pytest.fixture(scope="module")
def labels(gallery: Path) -> dict[str, Label]:
    return {one.name: one for one in build.load(gallery)}


@pytest.fixture(scope="module")
def findings(gallery: Path) -> dict[str, list[Finding]]:
    """What is said of each run, without notes."""
    with open_logdir(gallery / "logs") as source:
        report = diagnose(source)
    loud = [one for one in report.findings if one.severity is not Severity.INFO]
    return {run.run: [one for one in loud if one.run == run.run] for run in report.runs}


@pytest.fixture
def some(tmp_path: Path, gallery: Path) -> Path:
    """A folder with the labels of the gallery alone: what is built again shows in its logs."""
    for name in ("labels", "asked"):
        (tmp_path / name).mkdir()
        for path in (gallery / name).iterdir():
            (tmp_path / name / path.name).write_bytes(path.read_bytes())
    return tmp_path


def test_every_run_asked_for_has_a_label_a_log_and_its_tensors(gallery, labels):
    assert set(labels) == set(NAMES)
    for name in NAMES:
        assert any((gallery / "logs" / name).iterdir())
        assert kept_in(gallery / "raw" / f"{name}.npz")


@pytest.mark.parametrize("name", NAMES)
def test_a_label_is_whole(labels, name):
    label = labels[name]
    assert label.family
    assert label.optimiser in ("sgd", "momentum", "adam", "adamw", "rmsprop")
    assert label.part in ("calibration", "validation")
    assert label.score is not None
    assert label.learned or not label.healthy
    assert (label.severity == "") == label.healthy
    assert not (label.healthy and label.allowed)


@pytest.mark.parametrize("name", NAMES)
def test_a_label_speaks_of_tags_and_steps_that_were_logged(gallery, labels, name):
    kept = kept_in(gallery / "raw" / f"{name}.npz")
    for one in labels[name].expected:
        assert set(one.tags) <= set(kept)
        assert one.onset is None or any(one.onset in kept[tag] for tag in one.tags)


@pytest.mark.parametrize("name", NAMES)
def test_a_run_gets_the_verdict_that_its_label_has(labels, findings, name):
    label = labels[name]
    if label.healthy:
        assert [one.summary for one in findings[name]] == []
        return
    named = {(one.rule, tag) for one in findings[name] for tag in one.tags}
    right = {(one.rule, tag) for one in label.expected for tag in one.tags}
    assert named & right


def test_every_reading_is_true_of_its_series(gallery):
    with open_logdir(gallery / "logs") as source:
        tally = check_log(source)
    assert tally.complaints == []
    assert tally.numbers > tally.series >= 10 * len(NAMES)


def test_what_is_built_is_not_built_again(some, gallery):
    assert build.build(some, HERE, only=rf"^{NAMES[0]}$") == []
    assert not (some / "logs").exists()
    assert {one.name for one in build.load(some)} == set(NAMES)


def test_a_run_whose_label_has_changed_is_built_again(some, labels):
    changed = msgspec.structs.replace(labels[NAMES[0]], family="another", score=None, learned=False)
    (some / "asked" / f"{NAMES[0]}.json").write_bytes(msgspec.json.encode(changed))
    assert build.build(some, HERE[:1], only=rf"^{NAMES[0]}$") == []
    assert [path.name for path in (some / "logs").iterdir()] == [NAMES[0]]
    assert {one.name: one for one in build.load(some)} == labels


def test_a_folder_keeps_to_one_seed(some):
    (some / "seed").write_text("0", encoding="utf-8")
    with pytest.raises(SystemExit, match="--seed 0"):
        build.build(some, [], seed=1)


def test_a_fault_that_the_tensors_do_not_show_is_refused(gallery, labels):
    healthy = next(one for one in labels.values() if one.healthy)
    claimed = msgspec.structs.replace(healthy, expected=(Expected("size-changed"),))
    with pytest.raises(ValueError, match="bear out none"):
        build.checked(claimed, gallery / "raw" / f"{healthy.name}.npz")

"""Traps of event files and of the names in them; and a test that no trap was left out."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from runs import Array, loud, measured_of
from tensorboard.compat.proto.event_pb2 import Event
from tensorboardX.summary import make_histogram
from trap import RECORDS, bins, healthy, tensorboard
from writers import image_event, legacy_event, log_events, scalar_event, values_event

from tensorboard_plugin_histdiag.diagnose import diagnose, judge
from tensorboard_plugin_histdiag.finding import Severity
from tensorboard_plugin_histdiag.provider.logdir import load_multiplexer
from tensorboard_plugin_histdiag.provider.sources import Source, open_logdir
from tensorboard_plugin_histdiag.report import Report

KERNELS = ("dense1/kernel", "dense2/kernel", "dense3/kernel", "output/kernel")
LOST = "dense2/kernel"


def diagnosed(folder: Path) -> Report:
    with open_logdir(folder) as source:
        return diagnose(source)


def alarms(report: Report, run: str) -> set[str]:
    """Return the rules that warn of a run."""
    return {one.rule for one in report.findings if one.run == run and one.severity is not Severity.INFO}


def tensors(ill: bool = False) -> dict[str, list[Array]]:
    """Return the kernels of a healthy training, one of them lost midway where it is to be ill."""
    kernels = {tag: healthy()[0][tag] for tag in KERNELS}
    if ill:
        kernels[LOST] = [array if n < 15 else np.full_like(array, np.nan) for n, array in enumerate(kernels[LOST])]
    return kernels


def old_event(tag: str, step: int, values: Array) -> Event:
    """Return a histogram as tensorboardX writes it."""
    proto = make_histogram(values.ravel(), bins())
    return legacy_event(
        tag, step, limits=proto.bucket_limit, counts=proto.bucket, least=values.min(), most=values.max()
    )


def events(logged: dict[str, list[Array]], steps: Sequence[int] | None = None) -> Iterator[Event]:
    """Yield a training's histograms and its loss, step by step."""
    losses = healthy()[1][0].value
    for n, step in enumerate(steps or range(0, 10 * RECORDS, 10)):
        yield scalar_event("loss", step, losses[n])
        for tag, arrays in logged.items():
            yield values_event(tag, step, arrays[n])


@pytest.mark.parametrize("ill", [False, True])
def test_trap_24_a_tag_that_images_and_histograms_share(ill, tmp_path):
    """Keras does so with ``write_images=True``."""
    pictures = [image_event(tag, 10 * n) for n in range(RECORDS) for tag in KERNELS]
    log_events(tmp_path, [*events(tensors(ill)), *pictures])
    assert set(loud(diagnosed(tmp_path))) == ({"non-finite-values"} if ill else set())


def test_trap_25_all_records_at_one_step_and_steps_that_go_back(tmp_path):
    log_events(tmp_path / "at one step", events(tensors(), [0] * RECORDS))
    log_events(tmp_path / "resumed", events(tensors(), [*range(0, 200, 10), *range(150, 260, 10)]))
    log_events(tmp_path / "straight on", events(tensors()))
    said = {run: set[str]() for run in ("at one step", "resumed", "straight on")}
    assert {run: alarms(diagnosed(tmp_path), run) for run in said} == said
    # The data server forgets what was logged twice, TensorBoard's Python reader tells that it was.
    report = diagnose(Source(load_multiplexer(tmp_path)))
    told = {run: {"steps-go-back"} for run in ("at one step", "resumed")}
    assert {run: alarms(report, run) for run in said} == said | told


def test_trap_25_many_runs_in_one_directory_are_judged_each_by_itself(tmp_path):
    for n in range(4):
        log_events(tmp_path / f"run{n}" / "train", events(tensors(ill=n == 2)))
    log_events(tmp_path, events(tensors()))
    report = diagnosed(tmp_path)
    assert {one.run for one in report.findings if one.severity is not Severity.INFO} == {"run2/train"}
    assert len(report.runs) == 5


@pytest.mark.parametrize("ill", [False, True])
def test_trap_26_truncated_and_header_only_files(ill, tmp_path):
    """What is whole is judged: the file breaks off within its last record."""
    path = log_events(tmp_path / "cut", events(tensors(ill)))
    os.truncate(path, path.stat().st_size - 100)
    log_events(tmp_path / "header", [])
    log_events(tmp_path / "nothing", []).write_bytes(b"")
    report = diagnosed(tmp_path)
    assert {entry.run for entry in report.runs} == {"cut"}
    assert set(loud(report)) == ({"non-finite-values"} if ill else set())


@pytest.mark.parametrize("ill", [False, True])
def test_trap_28_old_histograms_in_new_files_and_both_forms_in_one_directory(ill, tmp_path):
    """The form changes midway, and no tensor does; then a kernel is drawn anew at that very step."""
    kernels = tensors()
    if ill:
        kernels[LOST] = [array + 0.5 * (n >= 15) for n, array in enumerate(kernels[LOST])]
    written = [
        (old_event if n < 15 else values_event)(tag, 10 * n, arrays[n])
        for n in range(RECORDS)
        for tag, arrays in kernels.items()
    ]
    log_events(tmp_path, written).rename(tmp_path / "events.out.tfevents.1700000000.host.1.0.v2")
    assert set(loud(diagnosed(tmp_path))) == ({"sudden-shift"} if ill else set())


@pytest.mark.parametrize("ill", [False, True])
@pytest.mark.parametrize("run", ["lr=10.0", "lr_1e-9", "learning_rate=1e-3,exploding,nan"])
def test_trap_29_a_learning_rate_in_a_runs_name_may_be_untrue(run, ill):
    """What is said of a run does not depend on its name."""
    metrics = measured_of(tensors(ill), buckets=tensorboard, run=run)
    assert loud(judge(metrics)) == (["non-finite-values"] if ill else [])


def test_every_trap_has_a_test():
    sources = [path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py")]
    tested = {int(number) for source in sources for number in re.findall(r"(?m)^def test_trap_([0-9]{2})_", source)}
    assert tested == set(range(1, 41))

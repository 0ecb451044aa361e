from __future__ import annotations

import math

import numpy as np
import pytest
from runs import equal, exponential, found, normal, report_of, the, trained, training_of, walk

from tensorboard_plugin_histdiag.api.recorder import Recorder
from tensorboard_plugin_histdiag.finding import Severity, Strength

RULE = "stopped-learning"


def stopping(after: int, records: int = 20, seed: int = 0) -> list[np.ndarray]:
    moving = walk(normal(900, seed=seed), rate=0.02, records=after)
    return moving + [moving[-1]] * (records - after)


def hold(tensors, tag: str, step: int) -> None:
    """Let a tensor stay as it is from a step on, as if it had been dropped from the optimiser."""
    tensors[tag] = {at: tensors[tag][min(at, step)] for at in tensors[tag]}


@pytest.mark.parametrize("buckets", [equal, exponential])
def test_a_layer_that_drops_out_midway_is_certain_and_dated(buckets):
    tensors, scalars = training_of()
    hold(tensors, "dense2/kernel", 150)
    finding = the(report_of(tensors, *scalars, buckets=buckets), RULE)
    assert finding.tags == ("dense2/kernel",)
    assert finding.first_step == 150
    assert finding.severity is Severity.WARNING
    assert finding.strength is Strength.CERTAIN


def test_a_training_that_goes_on_is_clear():
    assert not found(trained(), RULE)


def test_a_schedule_that_ends_at_zero_is_clear():
    """Trap 11: all layers come to rest together."""
    report = trained(schedule=lambda step: 0.03 * max(0.0, math.cos(math.pi * step / 400)))
    assert not found(report, RULE)


def test_a_part_that_is_frozen_as_a_whole_is_a_note():
    """Trap 35: gradual freezing."""
    tensors = {
        "encoder/fc1/kernel": stopping(8),
        "encoder/fc2/kernel": stopping(8, seed=1),
        "decoder/fc1/kernel": stopping(20, seed=2),
    }
    findings = found(report_of(tensors), RULE)
    assert len(findings) == 2
    assert {finding.severity for finding in findings} == {Severity.INFO}


def test_layers_of_a_network_that_drop_out_together_are_found():
    """Not all of its layers, and not by turns: nobody freezes the middle."""
    tensors = {f"fc{n}/kernel": stopping(8 if n in (1, 2) else 20, seed=n) for n in range(4)}
    findings = found(report_of(tensors), RULE)
    assert [(finding.tags, finding.severity) for finding in findings] == [
        (("fc1/kernel",), Severity.WARNING),
        (("fc2/kernel",), Severity.WARNING),
    ]


def test_layers_that_are_frozen_one_after_the_other_are_notes():
    """Trap 35: gradual freezing, layer by layer."""
    tensors = {f"fc{n}/kernel": stopping(5 + 4 * n if n < 3 else 20, seed=n) for n in range(4)}
    assert {finding.severity for finding in found(report_of(tensors), RULE)} == {Severity.INFO}


def test_networks_that_learn_by_turns_are_clear():
    """Trap 16: a GAN whose halves are trained for five records each, both logged all the time."""

    def by_turns(turn: int) -> list[np.ndarray]:
        moving = walk(normal(900, seed=turn), rate=0.02, records=21)
        taken = np.cumsum([n // 5 % 2 == turn for n in range(40)])
        return [moving[count] for count in taken]

    report = report_of({"generator/fc1/kernel": by_turns(0), "discriminator/fc1/kernel": by_turns(1)})
    assert not found(report, RULE)


def test_weights_that_never_moved_are_frozen_not_stopped():
    tensors = {"fc1/kernel": [normal(900)] * 20, "fc2/kernel": stopping(20)}
    assert not found(report_of(tensors), RULE)


def test_a_pause_of_three_records_in_a_long_run_is_clear():
    tensors = {"fc1/kernel": stopping(37, records=40), "fc2/kernel": stopping(40, records=40)}
    assert not found(report_of(tensors), RULE)


def test_a_layer_whose_gradient_ended_is_explained_by_that():
    tensors, scalars = training_of()
    for tag in ("dense2/kernel", "dense2/bias"):
        hold(tensors, tag, 150)
        gradient = f"{tag}/gradient"
        tensors[gradient] = {at: array * (at < 150) for at, array in tensors[gradient].items()}
    report = report_of(tensors, *scalars)
    causes = {finding.fingerprint for finding in found(report, "no-gradient")}
    assert causes
    assert causes & set(the(report, RULE).explained_by)


def test_an_expert_that_the_router_comes_to_pass_by_is_a_note():
    """Trap 6."""
    tensors = {f"experts/{n}/fc/weight": walk(normal(900, seed=n), rate=0.02, records=20) for n in range(3)}
    tensors["experts/3/fc/weight"] = stopping(8)
    assert the(report_of(tensors), RULE).severity is Severity.INFO
    twin = {tag.replace("experts", "blocks"): arrays for tag, arrays in tensors.items()}
    assert the(report_of(twin), RULE).severity is Severity.WARNING


@pytest.mark.parametrize("layers", [("gru", "gru"), ("block2/fc1", "block2/fc2")], ids=["one cell", "one block"])
def test_one_cell_or_one_block_that_drops_out_is_found(layers):
    """Both of its weights stop at once, as those of a part that is frozen on purpose do."""
    tensors = {f"{layer}/{name}": stopping(8, seed=n) for n, (layer, name) in enumerate(zip(layers, "ab", strict=True))}
    tensors = {tag[:-1] + ("kernel" if tag[-1] == "a" else "recurrent_kernel"): each for tag, each in tensors.items()}
    tensors |= {"block1/fc1/kernel": stopping(20, seed=5), "head/kernel": stopping(20, seed=6)}
    findings = found(report_of(tensors), RULE)
    assert [finding.severity for finding in findings] == [Severity.WARNING] * 2


@pytest.mark.parametrize(("moves", "number"), [(1e-12, 0), (1e-3, 1)])
def test_what_moves_in_its_last_places_alone_does_not_go_on_learning(moves, number):
    """Trap 8: of a solved problem the values show what no bucket does."""
    recorder = Recorder()
    for step, values in enumerate(stopping(after=10)):
        recorder.add(step, "fc1/kernel", values)
    for step, values in enumerate(stopping(after=10, seed=1)):
        recorder.add(step, "fc2/kernel", values * (1 + moves * max(step - 9, 0)))
    assert len(found(recorder.diagnose().report, RULE)) == number

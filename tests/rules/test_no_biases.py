from __future__ import annotations

import numpy as np
import pytest
from runs import coverage, found, normal, report_of, the, trained, walk

from tensorboard_plugin_histdiag.finding import Severity

RULE = "no-biases"


def weights(*tags: str) -> dict[str, list[np.ndarray]]:
    return {tag: walk(normal(600, seed=seed), rate=0.02, records=6) for seed, tag in enumerate(tags)}


KERAS = ("dense/kernel/histogram", "dense_1/kernel/histogram", "dense_2/kernel/histogram")
TORCH = ("layers.0.weight", "layers.2.weight", "layers.4.weight")


LOOP = ("dense/kernel:0", "dense_1/kernel:0", "dense_2/kernel:0")


@pytest.mark.parametrize("tags", [KERAS, TORCH, LOOP], ids=["keras", "torch", "loop"])
def test_a_network_without_any_bias_is_noted_once(tags):
    finding = the(report_of(weights(*tags)), RULE)
    assert set(finding.tags) == set(tags)
    assert finding.severity is Severity.INFO
    assert "left out of the log" in finding.explanation


@pytest.mark.parametrize(
    "beside",
    ["layers.0.bias", "bias/fc9", "bn1/beta", "bn1/gamma", "layers.0.bias.grad"],
)
def test_one_bias_or_norm_is_enough_to_be_clear(beside):
    tensors = {**weights(*TORCH), beside: walk(normal(64, seed=9), rate=0.02, records=6)}
    assert not found(report_of(tensors), RULE)


def test_real_trainings_are_clear():
    assert not found(trained(), RULE)


@pytest.mark.parametrize(
    "tags", [("weights/fc1", "weights/fc2", "weights/fc3"), ("fc1/kernel", "fc2/kernel", "fc3/kernel")]
)
def test_weights_that_were_picked_by_hand_are_not_judged(tags):
    """Whoever names them so may have left the biases out."""
    report = report_of(weights(*tags))
    assert coverage(report, RULE).not_applicable == 1
    assert not found(report, RULE)


def test_adapters_and_networks_of_two_layers_are_left_alone():
    """Trap 4: LoRA has no biases by design."""
    adapters = weights("l1.lora_A.weight", "l1.lora_B.weight", "l2.lora_A.weight", "l2.lora_B.weight")
    assert not found(report_of(adapters), RULE)
    assert not found(report_of(weights(*TORCH[:2])), RULE)

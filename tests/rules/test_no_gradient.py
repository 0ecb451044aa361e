from __future__ import annotations

import numpy as np
import pytest
from runs import coverage, draws, equal, exponential, found, normal, report_of, scalar, the, trained, training_of, walk

from tensorboard_plugin_histdiag.finding import Severity, Strength

RULE = "no-gradient"
NOTHING = np.zeros(400)


def gradients(records: int = 20, size: int = 400) -> list[np.ndarray]:
    return draws(lambda rng: rng.normal(0, 0.01, size), records)


def test_a_layer_cut_off_from_the_loss_is_an_error_and_certain():
    tensors, scalars = training_of(frozen=("dense2",))
    for tag in ("dense2/kernel/gradient", "dense2/bias/gradient"):
        tensors[tag] = {step: np.zeros_like(array) for step, array in tensors[tag].items()}
    findings = found(report_of(tensors, *scalars), RULE)
    assert {finding.tags for finding in findings} == {("dense2/kernel/gradient",), ("dense2/bias/gradient",)}
    assert {(finding.severity, finding.strength) for finding in findings} == {(Severity.ERROR, Strength.CERTAIN)}
    assert {finding.first_step for finding in findings} == {0}


def test_a_training_whose_layers_all_get_gradients_is_clear():
    assert not found(trained(), RULE)


@pytest.mark.parametrize("buckets", [equal, exponential])
def test_a_tiny_gradient_is_not_none(buckets):
    """Trap 38: values of 1e-14 fall into the same bucket as zero."""
    tensors = {"fc1/kernel/gradient": [1e-14 * array for array in gradients()], "fc2/kernel/gradient": gradients()}
    assert not found(report_of(tensors, buckets=buckets), RULE)


def test_one_record_of_zeros_is_none():
    """Trap 4: LoRA's A and all that lies behind a zero-initialised partner have no gradient at the first record."""
    tensors = {
        "layer1/lora_A/weight/grad": [NOTHING, *gradients(19)],
        "layer1/lora_B/weight/grad": gradients(),
    }
    assert not found(report_of(tensors), RULE)


def test_an_embedding_and_an_expert_may_be_passed_by():
    """Trap 6."""
    tensors = {
        "embedding/weight/grad": [NOTHING] * 20,
        "experts/3/fc1/weight/grad": [NOTHING] * 20,
        "fc/weight/grad": gradients(),
    }
    report = report_of(tensors)
    assert not found(report, RULE)
    assert ("a batch may pass an expert by", 1) in {(row.reason, row.count) for row in coverage(report, RULE).reasons}


def test_gradients_that_are_all_zero_are_said_to_be_logged_after_zero_grad_first():
    """Trap 33."""
    weights = walk(normal(400), rate=0.01, records=20)
    tensors = {"fc1/weight": weights, "fc1/weight/grad": [NOTHING] * 20, "fc2/weight/grad": [NOTHING] * 20}
    findings = found(report_of(tensors), RULE)
    assert len(findings) == 2
    assert all(finding.explanation.startswith("Gradients were probably logged after") for finding in findings)
    assert all(finding.advice == ("Log gradients after backward() and before zero_grad().",) for finding in findings)


def test_gradients_that_are_all_rounded_to_zero_were_not_logged_after_zero_grad():
    """What the optimiser sets to zero is +0."""
    tensors = {"fc1/weight/grad": [-NOTHING] * 20, "fc2/weight/grad": [NOTHING] * 20}
    findings = found(report_of(tensors), RULE)
    assert not any("zero_grad" in finding.explanation for finding in findings)
    assert ["too small for its number format" in finding.explanation for finding in findings] == [True, False]


def test_gradients_that_end_with_the_loss_are_a_note():
    """Trap 8: a solved problem leaves nothing to learn."""
    tensors = {tag: [*gradients(10), *[NOTHING] * 10] for tag in ("fc1/kernel/gradient", "fc2/kernel/gradient")}
    report = report_of(tensors, scalar("loss", [0.5**n for n in range(10)] + [0.0] * 10))
    assert {finding.severity for finding in found(report, RULE)} == {Severity.INFO}


def test_a_gradient_that_ends_midway_is_dated():
    tensors = {"fc1/kernel/gradient": [*gradients(12), *[NOTHING] * 8], "fc2/kernel/gradient": gradients()}
    assert the(report_of(tensors), RULE).first_step == 120


def test_a_bias_that_the_loss_ignores_is_a_note():
    """A critic's outputs are only compared with each other: its last bias cancels."""
    tensors = {"fc3/weight/gradient": gradients(), "fc3/bias/gradient": [np.zeros(1)] * 20}
    finding = the(report_of(tensors), RULE)
    assert finding.severity is Severity.INFO
    assert "no effect on the loss" in finding.explanation
    tensors["fc3/weight/gradient"] = [NOTHING] * 20
    tensors["fc2/weight/gradient"] = gradients()
    assert {finding.severity for finding in found(report_of(tensors), RULE)} == {Severity.ERROR}

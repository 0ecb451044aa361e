from __future__ import annotations

import numpy as np
import pytest
from runs import draws, equal, exponential, found, normal, report_of, the, trained, training_of, uniform, walk

from tensorboard_plugin_histdiag.finding import Severity, Strength

RULE = "frozen-weights"
BUCKETS = pytest.mark.parametrize("buckets", [equal, exponential])


def learning(records: int = 10, seed: int = 0) -> list[np.ndarray]:
    return walk(normal(900, seed=seed), rate=0.02, records=records)


@BUCKETS
def test_a_layer_left_out_of_the_optimiser_is_certain(buckets):
    tensors, scalars = training_of(initialiser="glorot-uniform", activation="tanh", frozen=("dense2",))
    finding = the(report_of(tensors, *scalars, buckets=buckets), RULE)
    assert finding.tags == ("dense2/kernel",)
    assert finding.severity is Severity.WARNING
    assert finding.strength is Strength.CERTAIN
    assert (finding.first_step, finding.last_step) == (0, 300)


def test_a_training_in_which_all_layers_learn_is_clear():
    assert not found(trained(initialiser="glorot-uniform", activation="tanh"), RULE)


@BUCKETS
def test_a_pretrained_backbone_that_is_frozen_on_purpose_stays_a_note(buckets):
    """Trap 5: a normal shape proves nothing."""
    tensors = {f"backbone/conv{n}/kernel": [normal(2000, seed=n)] * 10 for n in (1, 2, 3)}
    tensors["head/kernel"] = learning()
    findings = found(report_of(tensors, buckets=buckets), RULE)
    assert len(findings) == 3
    assert {finding.severity for finding in findings} == {Severity.INFO}
    assert all("a frozen backbone looks like this" in finding.explanation for finding in findings)


def test_statistics_and_masks_are_not_judged():
    """Trap 5."""
    tensors = {
        "bn/moving_mean": [uniform(512)] * 10,
        "bn/moving_variance": [uniform(512)] * 10,
        "conv/weight_mask": [(uniform(512) > 0).astype(float)] * 10,
        "conv/kernel": learning(),
    }
    assert not found(report_of(tensors), RULE)


def test_weights_beside_an_adapter_are_meant_to_be_frozen():
    """Trap 4: LoRA."""
    tensors = {
        "layer1/query/weight": [uniform(900)] * 10,
        "layer1/query/lora_A/weight": learning(),
        "layer1/query/lora_B/weight": learning(seed=1),
    }
    assert not found(report_of(tensors), RULE)
    # The whole model below the adapters is frozen, also what none of them adapts or what is called "base".
    tensors |= {"layer1/query/base/weight": [uniform(900)] * 10, "head/weight": [uniform(900, seed=2)] * 10}
    assert not found(report_of(tensors), RULE)


def test_an_expert_that_the_router_passes_by_is_a_note():
    """Trap 6."""
    tensors = {"experts/2/fc1/weight": [uniform(900)] * 10, "experts/1/fc1/weight": learning()}
    assert the(report_of(tensors), RULE).severity is Severity.INFO
    twin = {"blocks/2/fc1/weight": [uniform(900)] * 10, "blocks/1/fc1/weight": learning()}
    assert the(report_of(twin), RULE).severity is Severity.WARNING


def test_tiny_tensors_are_not_judged():
    """Trap 21."""
    assert not found(report_of({"scale/weight": [uniform(4)] * 10, "fc/weight": learning()}), RULE)


def test_a_constant_mean_is_not_mistaken_for_a_frozen_layer():
    """Trap 19: the gradients of a softmax layer sum to 0, so the mean of its kernel never changes."""
    tensors, scalars = training_of()
    means = [array.mean() for array in tensors["output/kernel"].values()]
    assert np.ptp(means) < 1e-12
    assert not found(report_of(tensors, *scalars), RULE)


def test_weights_that_thaw_are_a_note():
    """Trap 35: gradual unfreezing."""
    thawing = [uniform(900)] * 10 + walk(uniform(900), rate=0.02, records=10)[1:]
    assert the(report_of({"fc1/kernel": thawing, "fc2/kernel": learning(19)}), RULE).severity is Severity.INFO


def test_random_moves_that_keep_the_shape_are_not_frozen():
    """A histogram cannot see permutations, but the extremes of a bucket move with any learning."""
    tensors = {"fc1/kernel": walk(uniform(5000), rate=1e-5, records=10), "fc2/kernel": learning()}
    assert not found(report_of(tensors), RULE)


def test_inputs_drawn_anew_are_no_weights():
    assert not found(report_of({"data": draws(lambda rng: rng.random(500), 5)}), RULE)

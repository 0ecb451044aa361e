from __future__ import annotations

import numpy as np
import pytest
from runs import coverage, equal, exponential, found, normal, report_of, the, trained, training_of, uniform, walk

from tensorboard_plugin_histdiag.finding import Severity, Strength

RULE = "only-last-layer-learns"
BUCKETS = pytest.mark.parametrize("buckets", [equal, exponential])
TRUNK = ("dense1", "dense2", "dense3")


@BUCKETS
def test_a_trunk_detached_by_mistake_is_found_by_its_flat_weights(buckets):
    """Trap 36: what tells it from linear probing is the initialisation."""
    tensors, scalars = training_of(activation="tanh", initialiser="glorot-uniform", frozen=TRUNK)
    finding = the(report_of(tensors, *scalars, buckets=buckets), RULE)
    assert finding.severity is Severity.WARNING
    assert finding.strength is Strength.CERTAIN
    assert finding.tags == tuple(f"{name}/kernel" for name in TRUNK)
    assert "still flat, like their uniform initialisation" in finding.explanation
    assert finding.explanation.startswith("Only output learns")


def test_it_explains_the_frozen_layers():
    tensors, scalars = training_of(activation="tanh", initialiser="glorot-uniform", frozen=TRUNK)
    report = report_of(tensors, *scalars)
    cause = the(report, RULE).fingerprint
    assert len(found(report, "frozen-weights")) == 3
    assert all(cause in finding.explained_by for finding in found(report, "frozen-weights"))
    assert [group.fingerprints[0] for group in report.groups] == [cause]


@BUCKETS
def test_linear_probing_of_a_pretrained_backbone_stays_a_note(buckets):
    """Traps 5 and 36."""
    tensors = {f"backbone/conv{n}/kernel": [normal(2000, seed=n)] * 10 for n in (1, 2, 3)}
    tensors["head/kernel"] = walk(uniform(500), rate=0.02, records=10)
    assert the(report_of(tensors, buckets=buckets), RULE).severity is Severity.INFO


def test_a_training_in_which_all_layers_learn_is_clear():
    for recipe in ({}, {"initialiser": "glorot-uniform", "activation": "tanh"}):
        assert not found(trained(**recipe), RULE)


def test_layers_that_move_a_little_are_clear():
    tensors = {f"fc{n}/kernel": walk(normal(900, seed=n), rate=0.001, records=10) for n in (1, 2)}
    tensors["fc3/kernel"] = walk(normal(900, seed=3), rate=0.05, records=10)
    assert not found(report_of(tensors), RULE)


def test_any_single_layer_counts_whatever_the_order():
    tensors = {f"{name}/kernel": [uniform(900, seed=place)] * 10 for place, name in enumerate(("alpha", "omega"))}
    tensors["head/kernel"] = walk(normal(900), rate=0.05, records=10)
    finding = the(report_of(tensors), RULE)
    assert set(finding.tags) == {"alpha/kernel", "omega/kernel"}


def test_adapters_are_meant_to_learn_alone():
    tensors = {f"layer{n}/query/weight": [uniform(900, seed=n)] * 10 for n in (1, 2)}
    tensors["layer2/query/lora_A/weight"] = walk(normal(400), rate=0.05, records=10)
    assert not found(report_of(tensors), RULE)


def test_two_weights_are_too_few_to_say():
    tensors = {"fc1/kernel": [uniform(900)] * 10, "fc2/kernel": walk(normal(900), rate=0.05, records=10)}
    assert coverage(report_of(tensors), RULE).not_applicable == 1


def test_tiny_tensors_do_not_count():
    """Trap 21."""
    tensors = {f"fc{n}/kernel": walk(normal(900, seed=n), rate=0.02, records=10) for n in (1, 2)}
    tensors["scale/weight"] = [np.ones(1) * n for n in range(10)]
    assert not found(report_of(tensors), RULE)


@pytest.mark.parametrize(
    ("idle", "said"),
    [
        (("cell/kernel", "cell/recurrent_kernel"), "cell does not learn, head does"),
        (("fc1/kernel", "fc2/kernel"), "fc1 and fc2 do not learn, head does"),
    ],
)
def test_one_layer_and_several_are_spoken_of_as_such(idle, said):
    tensors = {tag: [uniform(2000)] * 10 for tag in idle} | {"head/kernel": walk(uniform(500), rate=0.02, records=10)}
    assert the(report_of(tensors), RULE).summary == said

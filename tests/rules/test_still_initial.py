from __future__ import annotations

import numpy as np
import pytest
from runs import coverage, equal, exponential, found, normal, report_of, trained, uniform, walk

from tensorboard_plugin_histdiag.finding import Severity

RULE = "still-initial"


def creeping(start: np.ndarray, records: int = 12) -> list[np.ndarray]:
    """Move a few values a little, so that the buckets are not the same to the last bit."""
    return [np.append(start[:-1], start[-1] * (1 - 0.001 * record)) for record in range(records)]


@pytest.mark.parametrize("buckets", [equal, exponential])
def test_a_layer_that_stays_as_it_was_drawn_is_noted(buckets):
    tensors = {
        "fc1/kernel": [array * 1.00005**n for n, array in enumerate([uniform(4000)] * 12)],
        "fc2/kernel": walk(uniform(4000, seed=1), rate=0.02, records=12),
    }
    (finding,) = found(report_of(tensors, buckets=buckets), RULE)
    assert finding.tags == ("fc1/kernel",)
    assert finding.severity is Severity.INFO
    assert (finding.first_step, finding.last_step) == (0, 110)


def test_first_layers_behind_vanishing_gradients_are_noted_as_their_consequence():
    report = trained(activation="sigmoid", hidden=8, initialiser="glorot-uniform", gain=0.7)
    noted = found(report, RULE)
    assert "dense1/kernel" in {finding.tags[0] for finding in noted}
    vanishing = {finding.fingerprint for finding in found(report, "vanishing-gradients")}
    assert all(vanishing & set(finding.explained_by) for finding in noted)


def test_ordinary_trainings_are_clear():
    for recipe in ({}, {"activation": "tanh", "initialiser": "glorot-uniform"}):
        assert not found(trained(**recipe), RULE)


def test_a_layer_that_moves_a_little_and_stays_flat_is_clear():
    """SGD moves the first layer of a healthy net by a few hundredths."""
    assert not found(report_of({"fc1/kernel": walk(uniform(4000), rate=0.002, records=12)}), RULE)


def test_a_bell_that_hardly_moves_is_clear():
    """Never judged by the move alone: a pretrained layer looks like this."""
    assert not found(report_of({"fc1/kernel": creeping(normal(4000))}), RULE)


def test_a_frozen_layer_is_left_alone():
    """Trap 5: frozen-weights speaks of it."""
    report = report_of({"fc1/kernel": [uniform(4000)] * 12, "fc2/kernel": walk(normal(900), rate=0.02, records=12)})
    assert not found(report, RULE)
    assert found(report, "frozen-weights")


def test_biases_and_embeddings_are_left_alone():
    """Traps 3 and 6: sparse gradients move a few rows of an embedding."""
    assert not found(report_of({"embedding/table": creeping(uniform(4000)), "fc/bias": creeping(uniform(300))}), RULE)


def test_a_few_steps_are_not_judged():
    report = report_of({"fc1/kernel": creeping(uniform(4000))}, spacing=2)
    assert coverage(report, RULE).reasons[0].reason == "fewer than 100 steps"

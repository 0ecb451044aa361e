from __future__ import annotations

import numpy as np
import pytest
from runs import equal, exponential, found, normal, report_of, the, trained, uniform, walk

from tensorboard_plugin_histdiag.finding import Severity

RULE = "multiple-clusters"
BUCKETS = pytest.mark.parametrize("buckets", [equal, exponential])


def parting(*places: float, records: int = 20, size: int = 4000) -> list[np.ndarray]:
    """Weights that move from one bell to several."""
    goal = np.resize(places, size) + normal(size, scale=0.1, seed=3)
    start = normal(size, scale=0.3)
    return [start + (goal - start) * min(1.0, record / 10) for record in range(records)]


@BUCKETS
@pytest.mark.parametrize("places", [(-1.0, 1.0), (-1.0, 0.4, 1.4)])
def test_weights_that_gather_in_clusters_are_noted(buckets, places):
    tensors = {"fc1/kernel": parting(*places), "fc2/kernel": walk(normal(4000), rate=0.02, records=20)}
    finding = the(report_of(tensors, buckets=buckets), RULE)
    assert finding.tags == ("fc1/kernel",)
    assert finding.severity is Severity.INFO
    assert 20 < finding.first_step <= 100
    assert "might" not in finding.explanation
    assert "Perhaps" in finding.explanation
    assert f"The weights of fc1 gather in {len(places)} clusters." in finding.explanation


@BUCKETS
def test_one_peak_of_any_kind_is_clear(buckets):
    rng = np.random.default_rng(1)
    tensors = {
        "fc1/kernel": walk(uniform(4000), rate=0.01, records=20),
        "fc2/kernel": walk(normal(1000), rate=0.02, records=20),
        "fc3/kernel": walk(rng.standard_t(3, 4000), rate=0.01, records=20),
        "fc4/kernel": walk(rng.exponential(1.0, 4000), rate=0.001, records=20),
    }
    assert not found(report_of(tensors, buckets=buckets), RULE)


def test_real_trainings_are_clear():
    for recipe in ({}, {"activation": "tanh"}, {"initialiser": "glorot-uniform"}):
        assert not found(trained(**recipe), RULE)


def test_quantised_and_pruned_weights_are_not_called_clusters():
    """Trap 15: pruning by magnitude leaves zeros and what is far from them."""
    moving = walk(normal(4000), rate=0.02, records=20)
    tensors = {
        "fc1/kernel": [np.sign(array) for array in moving],
        "fc2/kernel": [np.where(np.abs(array) < 0.08, 0.0, array) for array in moving],
    }
    assert not found(report_of(tensors), RULE)


@BUCKETS
def test_weights_at_their_limits_are_not_called_clusters(buckets):
    held = [np.clip(array, -0.15, 0.15) for array in walk(normal(4000, scale=0.2), rate=0.02, records=20)]
    assert not found(report_of({"fc1/kernel": held}, buckets=buckets), RULE)


def test_a_norm_of_two_kinds_and_small_tensors_are_not_judged():
    """Traps 14 and 21: forget gates' biases start at 1."""
    tensors = {"lstm/bias": parting(0.0, 1.0), "bn/gamma": parting(0.0, 1.0), "fc/kernel": parting(-1.0, 1.0, size=300)}
    assert not found(report_of(tensors), RULE)


def test_clusters_that_come_and_go_are_left_alone():
    moving = walk(normal(4000), rate=0.02, records=20)
    moving[5:7] = parting(-1.0, 1.0)[-2:]
    assert not found(report_of({"fc1/kernel": moving}), RULE)

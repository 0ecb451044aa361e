from __future__ import annotations

import numpy as np
import pytest
from runs import draws, equal, exponential, found, normal, report_of, the, trained, uniform, walk

from tensorboard_plugin_histdiag.finding import Severity, Strength

RULE = "edge-pile-up"
BUCKETS = pytest.mark.parametrize("buckets", [equal, exponential])


def clipped(low: float, high: float, records: int = 20, size: int = 4000) -> list[np.ndarray]:
    return [np.clip(array, low, high) for array in walk(normal(size, scale=1.0), rate=0.02, records=records)]


@BUCKETS
@pytest.mark.parametrize(("low", "high"), [(-1.0, 1.0), (-9.0, 0.5), (-0.5, 9.0)])
def test_weights_clipped_at_a_limit_are_noted(buckets, low, high):
    """Trap 15."""
    tensors = {"fc1/kernel": clipped(low, high), "fc2/kernel": walk(normal(4000), rate=0.02, records=20)}
    finding = the(report_of(tensors, buckets=buckets), RULE)
    assert finding.tags == ("fc1/kernel",)
    assert (finding.severity, finding.strength) == (Severity.INFO, Strength.LIKELY)
    assert finding.evidence[0].metric == ("edge_high" if high < 2 and low < -2 else finding.evidence[0].metric)


@BUCKETS
def test_gradients_clipped_by_value_are_noted(buckets):
    tensors = {"fc1/kernel/gradient": draws(lambda rng: np.clip(rng.normal(0, 1, 3000), -0.5, 0.5), 20)}
    assert the(report_of(tensors, buckets=buckets), RULE).tags == ("fc1/kernel/gradient",)


@BUCKETS
def test_weights_that_reach_the_limit_late_are_noted_from_then_on(buckets):
    tensors = {"fc1/kernel": [*walk(normal(4000), rate=0.02, records=10), *clipped(-1.0, 1.0, 10)]}
    assert the(report_of(tensors, buckets=buckets), RULE).first_step == 100


@BUCKETS
def test_flat_bell_shaped_and_skewed_tensors_are_clear(buckets):
    rng = np.random.default_rng(1)
    tensors = {
        "fc1/kernel": walk(uniform(4000), rate=0.01, records=20),
        "fc2/kernel": walk(normal(4000), rate=0.02, records=20),
        "fc3/kernel": walk(rng.exponential(1.0, 4000), rate=0.0001, records=20),
        "fc4/kernel/gradient": draws(lambda rng: rng.standard_t(2, 3000), 20),
        "fc5/kernel": walk(
            np.clip(rng.normal(0, 1, 9000), -2, 2)[:4000] * rng.uniform(0.5, 1, 4000), rate=0.01, records=20
        ),
    }
    assert not found(report_of(tensors, buckets=buckets), RULE)


def test_real_trainings_are_clear():
    for recipe in ({}, {"activation": "tanh"}, {"initialiser": "glorot-uniform"}):
        assert not found(trained(**recipe), RULE)


@BUCKETS
def test_a_wall_at_zero_is_not_called_a_limit(buckets):
    """Weights that may not be negative."""
    tensors = {"fc1/kernel": [np.maximum(array, 0) for array in walk(normal(4000), rate=0.02, records=20)]}
    assert not found(report_of(tensors, buckets=buckets), RULE)


def test_outputs_and_small_tensors_are_not_judged():
    """Traps 14 and 21: what saturates is the business of saturated-activations."""
    tensors = {
        "fc1/tanh": draws(lambda rng: np.tanh(rng.normal(0, 5, 3000)), 20),
        "fc1/bias": clipped(-1.0, 1.0, size=64),
        "fc2/kernel": clipped(-1.0, 1.0, size=64),
    }
    assert not found(report_of(tensors), RULE)

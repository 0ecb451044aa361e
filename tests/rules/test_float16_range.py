from __future__ import annotations

import numpy as np
import pytest
from runs import draws, equal, exponential, found, normal, report_of, the, training_of, walk

from tensorboard_plugin_histdiag.finding import Severity, Strength
from tensorboard_plugin_histdiag.rules import RULES

RULE = "float16-range"
BUCKETS = pytest.mark.parametrize("buckets", [equal, exponential])


def outputs(scale: float, records: int = 10, seed: int = 0) -> list[np.ndarray]:
    return draws(lambda rng: scale * rng.normal(0, 1, 3000), records, seed)


@BUCKETS
def test_values_near_the_largest_float16_are_found_and_dated(buckets):
    tensors = {"fc1/activation": outputs(1.0, 6) + outputs(2e4, 6), "fc2/activation": outputs(1.0)}
    finding = the(report_of(tensors, buckets=buckets, rules=RULES), RULE)
    assert finding.tags == ("fc1/activation",)
    assert (finding.severity, finding.strength) == (Severity.WARNING, Strength.CERTAIN)
    assert finding.first_step == 60


def test_gradients_too_small_for_float16_are_found():
    tensors = {"fc1/kernel/gradient": outputs(5e-9), "fc2/kernel/gradient": outputs(1e-3)}
    finding = the(report_of(tensors, buckets=exponential, rules=RULES), RULE)
    assert finding.tags == ("fc1/kernel/gradient",)
    assert "3e-8" in finding.explanation


def test_it_is_off_by_default():
    assert not found(report_of({"fc1/activation": outputs(1e6)}), RULE)


@pytest.mark.parametrize("recipe", [{}, {"activation": "tanh"}], ids=["relu", "tanh"])
def test_an_ordinary_training_is_clear(recipe):
    tensors, scalars = training_of(**recipe)
    assert not found(report_of(tensors, *scalars, rules=RULES), RULE)


def test_exact_zeros_are_not_lost():
    """A sparse input leaves most rows of a gradient at 0, and float16 holds 0."""
    sparse = draws(lambda rng: rng.normal(0, 1e-3, (400, 16)) * (rng.random((400, 1)) < 0.1), 10)
    assert not found(report_of({"fc1/kernel/gradient": sparse}, buckets=exponential, rules=RULES), RULE)


def test_a_bias_in_front_of_a_normalisation_is_not_judged():
    """Trap 31: its gradient is 1e-9 by construction."""
    tensors = {"conv1/kernel/gradient": outputs(1e-2), "conv1/bias/gradient": outputs(1e-9)}
    assert not found(report_of(tensors, buckets=exponential, rules=RULES), RULE)


def test_small_weights_may_be_small():
    assert not found(report_of({"fc1/kernel": walk(normal(400, scale=1e-9), rate=0.01, records=10)}, rules=RULES), RULE)

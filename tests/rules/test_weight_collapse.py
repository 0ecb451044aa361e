from __future__ import annotations

import numpy as np
import pytest
from runs import equal, exponential, found, normal, report_of, the, trained, training_of

from tensorboard_plugin_histdiag.finding import Severity, Strength

RULE = "weight-collapse"


def decay(step, layers, inputs):
    """Weight decay that outweighs the data."""
    layers[1].kernel[:] *= 0.99
    return inputs


@pytest.mark.parametrize("buckets", [equal, exponential])
def test_weights_that_regularisation_crushes_are_found(buckets):
    tensors, scalars = training_of(fault=decay, schedule=lambda step: 0.001)
    finding = the(report_of(tensors, *scalars, buckets=buckets), RULE)
    assert finding.tags == ("dense2/kernel",)
    assert finding.strength is Strength.CERTAIN
    assert finding.severity is Severity.WARNING


def test_ordinary_trainings_are_clear():
    for recipe in ({}, {"activation": "tanh"}, {"initialiser": "glorot-uniform"}):
        assert not found(trained(**recipe), RULE)


def test_moderate_weight_decay_is_clear():
    tensors = {"fc/kernel": [normal(600) * 0.97**n for n in range(30)]}
    assert not found(report_of(tensors), RULE)


def test_weights_that_have_settled_at_a_small_size_are_clear():
    tensors = {"fc/kernel": [normal(600) * max(0.5**n, 0.08) for n in range(30)]}
    assert not found(report_of(tensors), RULE)


def test_weights_that_are_crushed_to_noise_need_not_fall_any_further():
    sizes = [max(0.5**n, 1e-5) * (1.1 if n == 29 else 1.0) for n in range(30)]
    finding = the(report_of({"fc/kernel": [normal(600) * size for size in sizes]}), RULE)
    assert finding.severity is Severity.WARNING
    assert "still falling" not in finding.explanation


def test_weights_in_front_of_a_norm_are_a_note():
    """Trap 34."""
    tensors = {
        "conv1/kernel": [normal(600) * 0.8**n for n in range(30)],
        "bn1/gamma": [np.linspace(0.9, 1.1, 32) + 0.001 * n for n in range(30)],
    }
    assert the(report_of(tensors), RULE).severity is Severity.INFO


def test_tiny_tensors_and_biases_are_not_judged():
    """Traps 3 and 21."""
    tensors = {
        "gate/weight": [np.ones(2) * 0.7**n for n in range(30)],
        "fc/bias": [normal(64) * 0.7**n for n in range(30)],
    }
    assert not found(report_of(tensors), RULE)

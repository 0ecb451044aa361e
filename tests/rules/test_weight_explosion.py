from __future__ import annotations

import numpy as np
import pytest
from runs import (
    chain_of,
    coverage,
    equal,
    exponential,
    found,
    momentum,
    normal,
    part,
    report_of,
    the,
    trained,
    training_of,
    walk,
)

from tensorboard_plugin_histdiag.finding import Severity, Strength

RULE = "weight-explosion"


def growing(factor: float, records: int = 20, start: float = 0.1, size: int = 600) -> list[np.ndarray]:
    """Weights that grow to ``factor`` times their first size."""
    return [normal(size, scale=start) * factor ** (n / (records - 1)) for n in range(records)]


def push(step, layers, inputs):
    """Ascend instead of descend in one layer: weight decay with the wrong sign."""
    layers[1].kernel[:] *= 1.012
    return inputs


@pytest.mark.parametrize("buckets", [equal, exponential])
def test_weights_that_grow_without_end_are_certain(buckets):
    tensors, scalars = training_of(activation="tanh", fault=push)
    findings = [f for f in found(report_of(tensors, *scalars, buckets=buckets), RULE) if f.tags == ("dense2/kernel",)]
    assert [finding.strength for finding in findings] == [Strength.CERTAIN]


@pytest.mark.parametrize(("factor", "severity"), [(30.0, Severity.WARNING), (300.0, Severity.ERROR)])
def test_the_severity_follows_the_growth(factor, severity):
    tensors = {"fc1/kernel": growing(factor), "fc2/kernel": growing(1.5)}
    finding = the(report_of(tensors), RULE)
    assert finding.tags == ("fc1/kernel",)
    assert finding.severity is severity


def test_ordinary_trainings_are_clear():
    for recipe in ({}, {"activation": "tanh"}, {"update": momentum, "schedule": lambda step: 0.1, "width": 64}):
        assert not found(trained(**recipe), RULE)


def test_a_head_that_starts_at_zero_may_grow():
    """Trap 4."""

    def zero_head(layers):
        layers[-1].kernel[:] = 0.0

    report = trained(prepare=zero_head)
    assert not found(report, RULE)
    assert coverage(report, RULE).not_applicable == 1


def test_a_head_that_starts_almost_at_zero_may_grow():
    """Trap 4: the first record may be taken after the first step."""

    def narrow_head(layers):
        layers[-1].kernel[:] *= 1e-4

    assert not found(trained(prepare=narrow_head), RULE)


def test_weights_in_front_of_a_norm_are_a_note():
    """Trap 34: their scale has no effect."""
    tensors = {
        "conv1/kernel": growing(30.0),
        "bn1/gamma": [np.linspace(0.9, 1.1, 32) + 0.001 * n for n in range(20)],
        "conv2/kernel": growing(1.2),
    }
    assert the(report_of(tensors), RULE).severity is Severity.INFO


@pytest.mark.parametrize(
    ("behind", "severity"),
    [
        ((part("norm", kind="batchnormalization"), part("last")), Severity.INFO),
        ((part("cut", "relu"), part("norm", kind="layernormalization")), Severity.WARNING),
        ((part("last"), part("norm", kind="layernormalization")), Severity.WARNING),
    ],
    ids=["a norm", "a layer of its own before the norm", "another layer"],
)
def test_the_model_tells_what_stands_in_front_of_a_norm(behind, severity):
    """Trap 34, where names tell no order."""
    tensors = {"zeta/kernel": growing(30.0), "norm/gamma": [np.linspace(0.9, 1.1, 64)] * 20}
    assert the(report_of(tensors, model=chain_of(part("zeta"), *behind)), RULE).severity is severity


def test_tiny_tensors_are_not_judged():
    """Trap 21."""
    assert not found(report_of({"temperature/weight": growing(40.0, size=1), "fc/weight": growing(1.2)}), RULE)


def test_growth_that_was_undone_is_clear():
    tensors = {"fc1/kernel": [*growing(30.0), *walk(normal(600), rate=0.001, records=20)]}
    assert not found(report_of(tensors), RULE)

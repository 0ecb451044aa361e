from __future__ import annotations

import numpy as np
import pytest
from runs import equal, exponential, found, normal, report_of, the, trained, uniform, walk

from tensorboard_plugin_histdiag.finding import Severity, Strength

RULE = "discrete-weights"
BUCKETS = pytest.mark.parametrize("buckets", [equal, exponential])


def quantised(levels: int, records: int = 12, size: int = 2000) -> list[np.ndarray]:
    """Weights that learn, rounded to so many equally spaced values around 0."""
    middle = 0.5 * (levels % 2 == 0)
    moving = walk(normal(size), rate=0.02, records=records)
    return [np.round(np.clip(array / 0.2, -1, 1) * (levels - 1) / 2 + middle) - middle for array in moving]


@BUCKETS
@pytest.mark.parametrize("levels", [2, 3, 9])
def test_quantised_weights_are_noted(buckets, levels):
    """Trap 15."""
    tensors = {"fc1/kernel": quantised(levels), "fc2/kernel": walk(normal(2000), rate=0.02, records=12)}
    finding = the(report_of(tensors, buckets=buckets), RULE)
    assert finding.tags == ("fc1/kernel",)
    assert (finding.severity, finding.strength) == (Severity.INFO, Strength.LIKELY)
    assert finding.evidence[0].value <= levels


def test_many_quantised_layers_are_one_note():
    tensors = {f"fc{n}/kernel": quantised(3) for n in range(1, 9)}
    assert len(the(report_of(tensors), RULE).tags) == 8


def test_quantised_weights_get_no_note_about_their_shape():
    signs = [np.sign(array) for array in walk(normal(2000), rate=0.02, records=12)]
    report = report_of({"fc1/kernel": signs, "fc2/kernel": quantised(4)})
    assert {finding.rule for finding in report.findings} == {RULE}


@BUCKETS
def test_ordinary_weights_are_clear(buckets):
    tensors = {
        "fc1/kernel": walk(normal(2000), rate=0.02, records=12),
        "fc2/kernel": walk(uniform(300), rate=0.02, records=12),
        "fc3/kernel": walk(np.random.default_rng(0).standard_t(2, 5000), rate=0.02, records=12),
    }
    assert not found(report_of(tensors, buckets=buckets), RULE)


def test_real_trainings_are_clear():
    for recipe in ({}, {"activation": "tanh"}, {"initialiser": "glorot-uniform"}):
        assert not found(trained(**recipe), RULE)


@BUCKETS
def test_a_few_outliers_are_not_called_separate_values(buckets):
    """Trap 1."""
    outliers = [np.append(normal(2000, scale=1e-4, seed=n), [1.0, -1.0, 0.5]) for n in range(12)]
    assert not found(report_of({"fc1/kernel": outliers}, buckets=buckets), RULE)


def test_few_weights_stand_apart_by_chance_and_are_not_judged():
    """Trap 21."""
    tensors = {"fc1/kernel": walk(normal(12), rate=0.02, records=12), "fc1/bias": [np.arange(3.0).repeat(99)] * 12}
    assert not found(report_of(tensors), RULE)


def test_weights_that_are_all_alike_are_not_called_discrete():
    assert not found(report_of({"fc1/kernel": [np.full(600, 0.5 + n) for n in range(12)]}), RULE)

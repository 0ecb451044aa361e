from __future__ import annotations

import numpy as np
import pytest
from runs import equal, exponential, found, normal, report_of, the, trained, walk

from tensorboard_plugin_histdiag.finding import Severity

RULE = "outlier-dominated"
BUCKETS = pytest.mark.parametrize("buckets", [equal, exponential])


def with_outliers(*outliers: float, size: int = 20_000, records: int = 12) -> list[np.ndarray]:
    moving = walk(normal(size, scale=0.01), rate=0.02, records=records)
    return [np.concatenate([array, outliers]) for array in moving]


@BUCKETS
@pytest.mark.parametrize("outliers", [(5.0,), (5.0, -4.0)])
def test_a_weight_far_from_all_others_is_noted(buckets, outliers):
    tensors = {"fc1/kernel": with_outliers(*outliers), "fc2/kernel": walk(normal(20_000), rate=0.02, records=12)}
    finding = the(report_of(tensors, buckets=buckets), RULE)
    assert finding.tags == ("fc1/kernel",)
    assert finding.severity is Severity.INFO


def test_exponential_buckets_tell_how_far():
    finding = the(report_of({"fc1/kernel": with_outliers(5.0)}, buckets=exponential), RULE)
    assert finding.evidence[0].value == pytest.approx(5.0 / 0.035, rel=0.2)


@BUCKETS
def test_an_outlier_that_comes_late_is_noted_from_then_on(buckets):
    moving = [*walk(normal(20_001, scale=0.01), rate=0.02, records=8), *with_outliers(5.0)]
    assert the(report_of({"fc1/kernel": moving}, buckets=buckets), RULE).first_step == 80


@BUCKETS
@pytest.mark.parametrize("degrees", [3, 4, 100])
def test_heavy_tails_are_not_called_outliers(buckets, degrees):
    """Trap 18."""
    for seed in range(5):
        tails = np.random.default_rng(seed).standard_t(degrees, 20_000)
        assert not found(report_of({"fc1/kernel": walk(tails, rate=0.01, records=8)}, buckets=buckets), RULE)


def test_real_trainings_are_clear():
    for recipe in ({}, {"activation": "tanh"}, {"initialiser": "glorot-uniform"}):
        assert not found(trained(**recipe), RULE)


@BUCKETS
def test_pruned_weights_are_not_called_outliers(buckets):
    """Trap 15: nearly all are 0, and so is their 99.9 % quantile."""
    mask = np.random.default_rng(0).random(20_000) < 0.0004
    tensors = {"fc1/kernel": [array * mask for array in walk(normal(20_000), rate=0.02, records=8)]}
    assert not found(report_of(tensors, buckets=buckets), RULE)


def test_small_tensors_and_gradients_are_not_judged():
    tensors = {"fc1/kernel": with_outliers(5.0, size=500), "fc2/kernel/gradient": with_outliers(5.0)}
    assert not found(report_of(tensors), RULE)

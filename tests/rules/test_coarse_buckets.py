from __future__ import annotations

import numpy as np
import pytest
from runs import coverage, draws, equal, exponential, found, normal, report_of, scalar, the, trained, walk

from tensorboard_plugin_histdiag.finding import Severity, Strength

RULE = "coarse-buckets"
BUCKETS = pytest.mark.parametrize("buckets", [equal, exponential])


def with_outliers(array: np.ndarray) -> np.ndarray:
    return np.concatenate([array, [100.0, -100.0]])


def test_equal_buckets_stretched_by_far_values_are_noted():
    """Trap 1."""
    weights = walk(normal(900), rate=0.01, records=10)
    tensors = {"fc1/kernel": [with_outliers(array) for array in weights], "fc2/kernel": weights}
    finding = the(report_of(tensors), RULE)
    assert finding.tags == ("fc1/kernel",)
    assert (finding.severity, finding.strength) == (Severity.INFO, Strength.CERTAIN)
    assert finding.evidence[0].value > 0.5


def test_exponential_buckets_around_a_large_mean_are_noted():
    tensors = {"fc1/activation": draws(lambda rng: rng.normal(1000, 5, 3000), 10)}
    assert the(report_of(tensors, buckets=exponential), RULE).tags == ("fc1/activation",)
    assert not found(report_of(tensors, buckets=equal), RULE)


def test_coarse_buckets_mute_the_rules_about_shapes():
    """Around 1 exponential buckets are a tenth wide: two full ones beside an empty one may be anything."""
    generator = np.random.default_rng(0)
    pairs = [generator.normal(1.05, 0.03, 4000) + generator.choice([-0.09, 0.09], 4000) for _ in range(10)]
    coarse = report_of({"fc1/kernel": pairs}, buckets=exponential)
    assert {finding.rule for finding in coarse.findings} == {RULE}
    assert found(report_of({"fc1/kernel": pairs}, buckets=equal), "multiple-clusters")


def test_coarse_buckets_mute_the_rules_about_the_spread():
    """Within one bucket around 1 the spread is a guess, and its growth is that of the largest value."""
    widening = [1 + rate * normal(3000, scale=1.0) for rate in np.linspace(0.01, 0.02, 60)]
    report = report_of({"fc1/kernel": widening}, scalar("loss", [1.0] * 60), buckets=exponential)
    assert {finding.rule for finding in report.findings} == {RULE, "loss-flat"}


def test_a_spread_that_may_be_too_wide_or_not_is_not_judged():
    """Of 40,000 weights two lie at 60: the others may fill the buckets around 0 or stand at their ends."""
    start = np.append(normal(40_000, scale=0.02), [60.0, -60.0])
    report = report_of({"fc1/kernel": walk(start, rate=1e-4, records=10)})
    assert "buckets too coarse to tell the spread" in {
        row.reason for row in coverage(report, "poor-initialisation").reasons
    }


def test_exponential_buckets_hold_far_values_as_they_are():
    weights = [with_outliers(array) for array in walk(normal(900), rate=0.01, records=10)]
    assert not found(report_of({"fc1/kernel": weights}, buckets=exponential), RULE)


@BUCKETS
def test_scales_of_normalisation_layers_are_not_listed(buckets):
    """Trap 2: around 1 exponential buckets are a tenth wide."""
    scales = walk(np.ones(256), rate=0.002, records=10)
    assert not found(report_of({"bn/gamma": scales, "bn/beta": walk(normal(256), rate=0.01, records=10)}), RULE)


@BUCKETS
def test_a_sparse_relu_is_not_coarse(buckets):
    """Trap 37."""
    sparse = draws(lambda rng: np.maximum(rng.normal(-2.2, 1, 6000), 0), 10)
    assert not found(report_of({"fc1/relu": sparse}, buckets=buckets), RULE)


@BUCKETS
def test_constant_and_tiny_tensors_are_not_coarse(buckets):
    """Traps 3 and 21."""
    tensors = {"fc1/kernel": [np.zeros(400)] * 10, "fc2/kernel": walk(normal(12), rate=0.01, records=10)}
    assert not found(report_of(tensors, buckets=buckets), RULE)


def test_a_single_coarse_record_is_not_noted():
    weights = walk(normal(900), rate=0.01, records=10)
    weights[4] = with_outliers(weights[4])
    assert not found(report_of({"fc1/kernel": weights}), RULE)


def test_ordinary_trainings_are_clear():
    assert not found(trained(), RULE)

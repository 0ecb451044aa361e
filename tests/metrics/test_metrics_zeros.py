"""What histograms tell about zeros and distances where they deceive; traps by their numbers in the list of rules."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import WRITERS, Values, batch_of, equal_buckets, make, measured, tensorboardx, tensorflow1, tensors

from tensorboard_plugin_histdiag.metrics import BY_NAME

exponential = pytest.mark.parametrize("write", [tensorflow1, tensorboardx], ids=["tensorflow1", "tensorboardX"])
writers = pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)


def zeros(rows) -> tuple[float, float, float]:
    bounded = BY_NAME["zeros"](batch_of(rows))
    return float(bounded.low[0]), float(bounded.value[0]), float(bounded.high[0])


def fraction_of_zero_values(values: Values) -> float:
    """TensorFlow 1 logs this beside its histograms of activations."""
    return float(1 - np.count_nonzero(values) / values.size)


@exponential
@given(seed=st.integers(0, 999), size=st.integers(20, 2000), threshold=st.floats(-2, 1))
def test_zeros_of_a_relu_equal_the_fraction_that_tensorflow_1_logs(write, seed, size, threshold):
    values = np.maximum(np.random.default_rng(seed).normal(threshold, 1, size), 0)
    low, value, high = zeros(write(values))
    assert value == pytest.approx(fraction_of_zero_values(values), abs=1e-12)
    assert low == (0 if values.any() else 1)
    assert high >= value


@writers
@given(values=tensors())
def test_zeros_are_certain_only_where_all_values_are_zero(write, values):
    low, _, high = zeros(write(values))
    assert low == (0 if values.any() else 1)
    assert high >= fraction_of_zero_values(values) - 1e-12


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("threshold", [-1.0, -0.3, 0.0, 0.5])
def test_zeros_of_a_relu_in_equal_buckets_are_estimated_closely(threshold, sign):
    values = sign * np.maximum(np.random.default_rng(1).normal(threshold, 1, 20_000), 0)
    assert zeros(equal_buckets(values))[1] == pytest.approx(fraction_of_zero_values(values), abs=0.03)


def test_a_mirrored_relu_is_estimated_whatever_is_measured_with_it():
    values = -np.maximum(make("normal", 1, 5000), 0)
    rows = equal_buckets(values), equal_buckets(make("normal", 2, 5000)), equal_buckets(make("relu", 3, 5000))
    assert measured(*rows).values["zeros"].value[0] == zeros(rows[0])[1]


@writers
def test_values_all_on_one_side_hold_no_zeros(write):
    assert zeros(write(np.exp(make("normal", 0, 500)))) == (0, 0, 0)


def test_trap_1_an_outlier_makes_no_zeros_of_all_other_values():
    values = make("outlier", 0, 10_000)
    low, value, high = zeros(equal_buckets(values))
    assert low == 0
    assert np.isnan(value)
    assert high > 0.99
    metrics = measured(equal_buckets(values)).values
    assert metrics["top_mass"].value[0] > 0.99
    assert metrics["resolution"].value[0] > 0.5
    assert metrics["spread"].low[0] < 0.015 < metrics["spread"].high[0]


def test_trap_1_a_heavy_tail_holds_no_certain_zeros():
    values = make("t3", 0, 10_000)
    metrics = measured(equal_buckets(values)).values
    assert metrics["zeros"].low[0] == 0
    assert metrics["near_zeros"].low[0] == 0
    assert metrics["spread"].low[0] <= np.std(values) <= metrics["spread"].high[0]
    assert metrics["kurtosis"].value[0] > 3


@exponential
def test_trap_2_exponential_buckets_around_one_say_how_little_they_know(write):
    values = np.random.default_rng(0).normal(1, 0.001, 2000)
    metrics = measured(write(values)).values
    assert metrics["spread"].low[0] <= np.std(values) <= metrics["spread"].high[0]
    assert metrics["resolution"].value[0] > 0.5
    assert metrics["mean"].low[0] <= np.mean(values) <= metrics["mean"].high[0]
    assert metrics["mean"].high[0] - metrics["mean"].low[0] <= np.ptp(values)


def test_trap_18_two_samples_of_one_heavy_tail_did_not_certainly_move():
    one, other = make("t3", 1, 10_000), make("t3", 2, 10_000)
    drift = measured(equal_buckets(one), equal_buckets(other)).values["drift"]
    assert drift.low[1] < 0.01
    assert drift.value[1] > 5 * drift.low[1]


@exponential
def test_trap_38_values_of_1e_14_in_the_zero_bucket_are_not_zeros(write):
    values = np.random.default_rng(0).choice([-1e-14, 0, 1e-14], 10_000)
    low, value, high = zeros(write(values))
    assert low == 0
    assert np.isnan(value)
    assert high == 1


@exponential
def test_trap_38_a_constant_of_1e_14_is_certainly_not_zero(write):
    assert zeros(write(np.full(10_000, 1e-14))) == (0, 0, 0)

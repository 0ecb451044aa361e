"""What the buckets prove is true: the values' own figures lie within the bounds, whatever wrote the buckets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import KINDS, TRUTHS, WITHIN, WRITERS, Values, make, measured, pairs, slack, tensors, wasserstein

from tensorboard_plugin_histdiag.metrics import METRICS

writers = pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)


def test_every_bounded_metric_has_a_truth_to_be_held_against():
    between_records = {"drift", "drift_previous", "update_ratio", "unchanged"}
    assert {metric.name for metric in METRICS if metric.bounded} == set(TRUTHS) | between_records


def assert_bounded(write, values: Values) -> None:
    metrics = measured(write(values))
    for name, truth in TRUTHS.items():
        bounded = metrics.values[name]
        low, high = float(bounded.low[0]), float(bounded.high[0])
        least, most = WITHIN.get(name, (-np.inf, np.inf))
        if values.min() < least or values.max() > most:
            assert np.isnan([low, high]).all(), name
            continue
        exact = truth(values)
        assert low - slack(name, values) <= exact <= high + slack(name, values), name
        assert np.isfinite([low, high]).all(), name
        if not (name == "zeros" and np.isnan(bounded.value[0])):
            assert low <= bounded.value[0] <= high, name


@writers
@given(values=tensors())
def test_the_true_value_lies_within_the_bounds(write, values):
    assert_bounded(write, values)


@writers
@pytest.mark.parametrize("kind", KINDS)
def test_the_true_value_of_every_kind_of_tensor_lies_within_the_bounds(kind, write):
    for seed, size in enumerate((1, 2, 3, 31, 2000)):
        assert_bounded(write, make(kind, seed, size))


@writers
@given(
    values=st.lists(st.floats(-1e6, 1e6, allow_subnormal=False).filter(lambda v: v == 0 or abs(v) > 1e-30), min_size=1)
)
def test_the_true_value_of_arbitrary_numbers_lies_within_the_bounds(write, values):
    assert_bounded(write, np.array(values))


@writers
@given(pair=pairs(), steps=st.integers(1, 1000))
def test_the_true_distance_of_two_records_lies_within_the_bounds(write, pair, steps):
    before, after = pair
    metrics = measured(write(before), write(after), steps=[10, 10 + steps])
    size = np.mean(np.abs(before))
    drift, previous, update = (metrics.values[name] for name in ("drift", "drift_previous", "update_ratio"))
    if size == 0:
        assert np.isnan([drift.low[1], drift.value[1], drift.high[1], update.low[1]]).all()
        return
    rounding = 64 * np.finfo(np.float64).eps * max(np.abs(before).max(), np.abs(after).max()) / size
    exact = wasserstein(before, after) / size
    for bounded in (drift, previous):
        assert bounded.low[1] - rounding <= exact <= bounded.high[1] + rounding
        assert bounded.low[1] <= bounded.value[1] <= bounded.high[1]
    moved = np.mean(np.abs(after / size - before / size))
    assert update.low[1] <= (moved + rounding) / steps


@writers
@given(pair=pairs(), times=st.integers(2, 5))
def test_a_tensor_that_changes_its_size_is_compared_by_shares(write, pair, times):
    before, after = pair
    many = np.repeat(after, times)
    same, changed = (measured(write(before), write(other)).values["drift"] for other in (after, many))
    np.testing.assert_allclose(changed.value, same.value, rtol=1e-6)


@writers
@given(values=tensors())
def test_only_the_same_buckets_are_unchanged(write, values):
    other = values * 1.01 if values.any() else values + 1.0
    unchanged = measured(write(values), write(values), write(other)).values["unchanged"].value
    np.testing.assert_array_equal(unchanged, [np.nan, 1.0, 0.0])

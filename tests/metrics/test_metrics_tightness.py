"""Bounds are worth something: no wider than the buckets, and narrower with more of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from samples import KINDS, TRUTHS, WITHIN, WRITERS, batch_of, equal_buckets, make, measured, tensors

SMOOTH = ("normal", "uniform", "t3", "relu", "tanh", "bimodal", "tiny", "huge", "enormous", "negative", "norm scale")
QUANTILES = ("q07", "q16", "q31", "median", "q69", "q84", "q93")


def mean_width(rows) -> float:
    """Mean width of the buckets of the values."""
    batch = batch_of(rows)
    return float(np.sum((batch.right - batch.left) * (batch.count / batch.count.sum())))


def width(rows, name: str) -> float:
    bounded = measured(rows).values[name]
    return float(bounded.high[0] - bounded.low[0])


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
@given(values=tensors())
def test_the_mean_is_known_to_within_one_mean_bucket(write, values):
    rows = write(values)
    slack = 1e-14 * np.abs(values).max()
    assert width(rows, "mean") <= mean_width(rows) + slack
    assert width(rows, "mean_abs") <= mean_width(rows) + slack


@given(values=tensors())
def test_the_spread_is_known_to_within_three_equal_buckets(values):
    rows = equal_buckets(values)
    bucket = (values.max() - values.min()) / 30
    assert width(rows, "spread") <= 3 * bucket + 1e-14 * np.abs(values).max()


@given(values=tensors())
def test_a_quantile_is_known_to_within_one_equal_bucket(values):
    rows = equal_buckets(values)
    bucket = (values.max() - values.min()) / 30 + 1e-14 * np.abs(values).max()
    for name in QUANTILES:
        assert width(rows, name) <= bucket, name
    assert width(rows, "iqr") <= 2 * bucket


@pytest.mark.parametrize("kind", SMOOTH)
@pytest.mark.parametrize("name", ["mean", "mean_abs", "rms", "spread", "median", "iqr"])
def test_more_buckets_narrow_the_bounds(name, kind):
    values = make(kind, 3, 5000)
    widths = [width(equal_buckets(values, count), name) for count in (10, 40, 160, 640)]
    assert widths[3] < widths[2] < widths[1] < widths[0]
    assert widths[3] <= 0.05 * widths[0]


@pytest.mark.parametrize("kind", ["normal", "uniform", "bimodal", "relu", "norm scale"])
def test_more_buckets_narrow_the_distance_of_two_records(kind):
    before, after = make(kind, 3, 20_000), make(kind, 4, 20_000) + 0.05
    widths = []
    for count in (10, 40, 160, 640):
        drift = measured(*(equal_buckets(values, count) for values in (before, after))).values["drift"]
        widths.append(float(drift.high[1] - drift.low[1]))
    assert widths[3] < widths[2] < widths[1] < widths[0]
    assert widths[3] <= 0.4 * widths[0]


def test_a_distance_far_beyond_the_buckets_is_known_closely():
    values = make("normal", 5, 20_000)
    drift = measured(equal_buckets(values), equal_buckets(values + 20)).values["drift"]
    exact = 20 / np.mean(np.abs(values))
    assert 0.8 * exact < drift.low[1] <= exact <= drift.high[1] < 1.25 * exact
    assert drift.value[1] == pytest.approx(exact, rel=0.02)


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
@pytest.mark.parametrize("kind", KINDS)
def test_no_bound_is_infinite(kind, write):
    values = make(kind, 6, 1000)
    metrics = measured(write(values), write(values * 1.25))
    for name in TRUTHS:
        least, most = WITHIN.get(name, (-np.inf, np.inf))
        if least <= values.min() and values.max() * 1.25 <= most:
            assert np.isfinite(metrics.values[name].low).all(), name
            assert np.isfinite(metrics.values[name].high).all(), name

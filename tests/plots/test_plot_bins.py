"""The bins of the pictures are those of TensorBoard's own card, as the tab's are."""

from __future__ import annotations

import json

import numpy as np
import pytest
from drawn import GOLDEN, as_logged

from tensorboard_plugin_histdiag.histogram import HistogramBatch
from tensorboard_plugin_histdiag.plots._bins import BINS, edges_of, fitted_domain, joint_domain, rebin

CASES = {case["name"]: case for case in json.loads((GOLDEN / "golden.json").read_text("utf-8"))}
DIFFERENT = {
    "old buckets between the largest doubles": "the data server turns the first bucket round",
    "a constant of PyTorch": "a tensor of one value is a spike",
    "a constant of old TensorFlow": "a tensor of one value is a spike",
    "a constant below -10": "the stock card turns the axis round and draws nothing",
    "a step with an infinite edge": "a step that is not finite blanks the whole stock card",
    "the largest doubles": "the axis is wider than any double",
}
"""Where the numbers differ on purpose; frontend/test/draw/bins.test.ts has the same."""


def batch_of(case: dict) -> HistogramBatch:
    return HistogramBatch.of(*[[[np.nan, np.nan, 1]] if rows is None else rows for rows in case["steps"]])


@pytest.mark.parametrize("name", sorted(set(CASES) - set(DIFFERENT)))
def test_bins_equal_those_of_the_stock_card(name: str):
    case = CASES[name]
    batch = batch_of(case)
    low, high = joint_domain(batch)
    for rows, own, (left, width, counts) in zip(
        case["steps"], rebin(batch, edges_of((low, high))), case["bins"], strict=True
    ):
        if rows is None:
            assert not own.any()
            continue
        assert (low, (high - low) / BINS) == pytest.approx((left, width), rel=1e-9)
        np.testing.assert_allclose(own, counts, atol=1e-9 * max(1, own.sum()))


def test_the_differences_are_those_of_known_cases():
    assert set(DIFFERENT) <= set(CASES)


@pytest.mark.parametrize("name", sorted(set(DIFFERENT) - {"the largest doubles"}))
def test_no_value_is_lost_where_the_stock_card_loses_some(name: str):
    batch = batch_of(CASES[name])
    np.testing.assert_allclose(rebin(batch, edges_of(joint_domain(batch))).sum(axis=1), np.nan_to_num(batch.total))


def bells(*scales: float) -> HistogramBatch:
    rng = np.random.default_rng(3)
    rows = []
    for scale in scales:
        count, edges = np.histogram(rng.normal(0, scale, 2000), bins=30)
        rows.append(np.stack([edges[:-1], edges[1:], count], axis=1))
    return HistogramBatch.of(*rows)


def test_one_wide_histogram_does_not_squeeze_the_others():
    batch = bells(*[1.0] * 9, 100.0)
    fit = fitted_domain(batch)
    assert fit is not None
    assert -6 < fit.domain[0] < -2
    assert 2 < fit.domain[1] < 6
    assert 0.09 < fit.outside < 0.11


def test_what_a_finding_points_at_is_never_cut_off():
    batch = bells(*[1.0] * 9, 100.0)
    assert fitted_domain(batch, steps=[9]) is None
    assert fitted_domain(batch, values=[40.0]).domain[1] == 40.0


@pytest.mark.parametrize("scales", [[1.0] * 5, [1.0] * 9 + [1.5]], ids=["few records", "little to gain"])
def test_the_domain_of_all_values_stands(scales: list[float]):
    assert fitted_domain(bells(*scales)) is None


def test_an_empty_series_has_no_domain():
    assert joint_domain(HistogramBatch.of(as_logged(np.empty((0, 3))))) is None

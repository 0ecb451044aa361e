"""How many peaks a histogram has."""

from __future__ import annotations

import numpy as np
import pytest
from samples import batch_of, equal_buckets

from tensorboard_plugin_histdiag.metrics import BY_NAME


def steps_of(name: str, *heights: float) -> float:
    """Measure three buckets at each height, in ten steps of equal width."""
    edge = np.arange(31.0)
    rows = np.stack([edge[:-1], edge[1:], np.repeat(heights, 3)], axis=1)
    return float(BY_NAME[name](batch_of(rows)).value[0])


def peaks(*heights: float) -> float:
    return steps_of("peaks", *heights)


def valley(*heights: float) -> float:
    return steps_of("valley", *heights)


@pytest.mark.parametrize(
    ("heights", "number"),
    [
        ((50, 50, 9, 9, 9, 9, 9, 9, 50, 50), 2),
        ((90, 50, 20, 15, 20, 20, 15, 20, 50, 90), 2),  # a hump between two hollows
        ((90, 50, 10, 10, 60, 60, 10, 10, 50, 90), 3),
        ((90, 50, 10, 10, 60, 60, 35, 35, 50, 90), 2),  # a hump on a flank
        ((60, 20, 60, 60, 33, 55, 35, 60, 60, 20), 2),  # of two humps that hang together one is left
        ((50, 50, 35, 35, 35, 35, 35, 35, 50, 50), 1),
        ((9, 9, 50, 50, 50, 50, 9, 9, 9, 9), 1),
        ((5, 9, 2, 50, 50, 50, 50, 2, 9, 5), 1),  # little lies beside the one
    ],
)
def test_peaks_are_parted_by_valleys_half_as_high_as_the_lower(heights, number):
    assert peaks(*heights) == peaks(*heights[::-1]) == number


@pytest.mark.parametrize("seed", range(10))
def test_what_crowds_at_both_ends_has_two_peaks_at_most(seed):
    values = np.random.default_rng(seed).beta(0.8, 0.8, 1000)
    assert BY_NAME["peaks"](batch_of(equal_buckets(values))).value[0] <= 2


TWO_PEAKS = np.array([9, 50, 50, 50, 30, 30, 50, 50, 50, 9])


@pytest.mark.parametrize(
    ("heights", "height"),
    [
        (1e9 * TWO_PEAKS, 0.6),
        (1e9 * np.array([9, 50, 50, 50, 30, 30, 40, 40, 40, 9]), 0.75),
        (1e9 * np.array([9, 30, 50, 50, 50, 50, 50, 50, 30, 9]), 1.0),
        (1e9 * np.array([5, 9, 2, 50, 50, 50, 50, 2, 9, 5]), 1.0),  # little lies beside the one
    ],
)
def test_a_valley_is_as_high_as_it_is_beside_the_lower_of_its_peaks(heights, height):
    assert valley(*heights) == valley(*heights[::-1]) == pytest.approx(height, abs=1e-4)


def test_a_valley_of_few_values_is_taken_for_chance():
    assert valley(*TWO_PEAKS / 50) == 1.0
    assert valley(*TWO_PEAKS) == pytest.approx(0.6 + 2 * (50 + 30) ** 0.5 / 3**0.5 / 50)

from __future__ import annotations

import numpy as np
import pytest
from runs import coverage, equal, exponential, found, normal, report_of, the

from tensorboard_plugin_histdiag.finding import Severity, Strength

RULE = "norm-scale-collapse"
BUCKETS = pytest.mark.parametrize("buckets", [equal, exponential])
UNITS = 64


def scales(dying: int, *, rate: float = 0.8, records: int = 30, from_record: int = 5) -> list[np.ndarray]:
    """Scales near 1, of which some are multiplied by ``rate`` at every record from one on."""
    start = 1 + normal(UNITS, scale=0.02)
    moved = [start + 0.002 * record for record in range(records)]
    for record in range(from_record, records):
        moved[record][:dying] = start[:dying] * rate ** (record - from_record)
    return moved


@BUCKETS
@pytest.mark.parametrize("dying", [40, UNITS], ids=["most", "all"])
def test_scales_that_go_to_zero_are_found_where_they_do(buckets, dying):
    finding = the(report_of({"bn1/gamma": scales(dying), "bn2/gamma": scales(0)}, buckets=buckets), RULE)
    assert finding.tags == ("bn1/gamma",)
    assert finding.severity is Severity.WARNING
    assert finding.strength is Strength.CERTAIN
    assert abs(finding.first_step - 150) <= 20  # 0.8 ** 10 = 0.1


@BUCKETS
def test_a_third_of_the_scales_at_zero_is_left_alone(buckets):
    assert not found(report_of({"bn1/gamma": scales(21)}, buckets=buckets), RULE)


@BUCKETS
def test_scales_that_shrink_to_a_third_are_clear(buckets):
    tensors = {"bn1/gamma": [(1 + normal(UNITS, scale=0.02)) * (1 - 0.022 * n) for n in range(30)]}
    assert not found(report_of(tensors, buckets=buckets), RULE)


def test_scales_of_both_signs_around_zero_are_found():
    tensors = {"ln1/scale": [np.ones(UNITS), *[normal(UNITS, scale=0.02, seed=n) for n in range(1, 30)]]}
    assert the(report_of(tensors), RULE).tags == ("ln1/scale",)


def test_scales_that_spread_to_both_sides_are_not_called_small():
    tensors = {"ln1/gamma": [np.ones(UNITS), *[normal(UNITS, scale=1.0, seed=n) for n in range(1, 30)]]}
    assert not found(report_of(tensors), RULE)


def test_scales_that_start_at_zero_are_not_judged():
    """Trap 4: zero-initialised residual branches."""
    report = report_of({"block1/bn2/gamma": [np.zeros(UNITS)] * 10})
    assert coverage(report, RULE).not_applicable == 1
    assert not found(report, RULE)


def test_a_layer_scale_that_starts_small_is_clear():
    """Trap 4: it is compared with where it starts."""
    tensors = {"block1/layer_scale": [1e-4 * (1 + 0.1 * n) * (1 + normal(UNITS, scale=0.05)) for n in range(30)]}
    assert not found(report_of(tensors), RULE)


def test_scales_that_stay_at_one_and_few_units_are_left_alone():
    """Traps 2, 3 and 21."""
    tensors = {"bn1/gamma": [np.ones(UNITS)] * 10, "bn2/gamma": [np.ones(4) * 0.5**n for n in range(10)]}
    assert not found(report_of(tensors), RULE)


def test_zeros_of_two_records_alone_are_left_alone():
    moved = scales(0)
    moved[10:12] = [np.zeros(UNITS)] * 2
    assert not found(report_of({"bn1/gamma": moved}), RULE)

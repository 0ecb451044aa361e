from __future__ import annotations

import numpy as np
from runs import coverage, found, normal, report_of, scalar, the, trained, walk

from tensorboard_plugin_histdiag.finding import Severity

RULE = "steady-drift"
RECORDS = 40
NOISE = np.random.default_rng(0).normal(0, 0.02, RECORDS)
LEVEL = scalar("loss", 2.3 + NOISE)
FALLING = scalar("loss", 2.3 * 0.95 ** np.arange(RECORDS))


def shifting(rate: float = 0.005, size: int = 400) -> list[np.ndarray]:
    start = normal(size)
    return [array + rate * record for record, array in enumerate(walk(start, rate=1e-4, records=RECORDS))]


def test_weights_that_shift_evenly_while_the_loss_rests_are_noted_once():
    report = report_of({"fc1/kernel": shifting(), "fc2/kernel": shifting(-0.004), "fc3/kernel": shifting(0)}, LEVEL)
    finding = the(report, RULE)
    assert finding.severity is Severity.INFO
    assert finding.tags == ("fc1/kernel", "fc2/kernel")
    assert finding.first_step == 200
    assert "right" in finding.explanation


def test_a_shift_to_the_left_is_said():
    assert "left" in the(report_of({"fc1/kernel": shifting(-0.005)}, LEVEL), RULE).explanation


def test_ordinary_trainings_are_clear():
    for recipe in ({}, {"activation": "tanh"}, {"schedule": lambda step: 0.003}):
        assert not found(trained(**recipe), RULE)


def test_weights_that_move_while_the_loss_falls_are_clear():
    report = report_of({"fc1/kernel": shifting()}, FALLING)
    assert not found(report, RULE)
    assert coverage(report, RULE).clear == 1


def test_a_shift_that_slows_down_is_clear():
    start = normal(400)
    settling = [start + 0.3 * (1 - 0.9**record) for record in range(RECORDS)]
    assert not found(report_of({"fc1/kernel": settling}, LEVEL), RULE)


def test_biases_beside_larger_weights_may_go_where_they_like():
    """Trap 3: biases start at 0 and are next to nothing."""
    tensors = {"fc1/kernel": shifting(0), "fc1/bias": [array * 1e-3 for array in shifting(size=32)]}
    assert not found(report_of(tensors, LEVEL), RULE)


def test_moving_statistics_are_left_alone():
    """Trap 5."""
    assert not found(report_of({"bn1/moving_mean": shifting()}, LEVEL), RULE)


def test_a_walk_at_random_is_clear():
    """Trap 22: of many series some go one way for a while."""
    rng = np.random.default_rng(0)
    drunk = {f"fc{n}/kernel": list(normal(64) + np.cumsum(rng.normal(0, 0.01, RECORDS))[:, None]) for n in range(40)}
    assert len(getattr(next(iter(found(report_of(drunk, LEVEL), RULE)), None), "tags", ())) <= 2


def test_nothing_is_said_without_a_loss():
    assert coverage(report_of({"fc1/kernel": shifting()}), RULE).reasons[0].reason == "no training loss is logged"

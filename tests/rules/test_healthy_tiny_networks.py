"""Networks of a few units that solve a toy problem: small tensors, a plateau, and then large moves all at once."""

from __future__ import annotations

import numpy as np
import pytest
from runs import equal, exponential, found, normal, report_of, scalar, the, walk

from tensorboard_plugin_histdiag.finding import Severity

BUCKETS = pytest.mark.parametrize("buckets", [equal, exponential])


def leaving_a_plateau(size: int = 10, records: int = 40) -> list[np.ndarray]:
    """Weights that come up to speed over a few records and then settle, as those of a network that learns XOR."""
    speed = np.concatenate([[0.02, 0.1, 0.25, 0.45, 0.5, 0.4, 0.2, 0.08, 0.03], np.full(records - 10, 0.005)])
    direction = normal(size, scale=1.0, seed=3)
    reached = np.concatenate([[0.0], np.cumsum(speed)])
    return [normal(size, scale=0.5, seed=1) + moved * direction for moved in reached]


@BUCKETS
def test_a_plateau_that_is_left_over_several_records_is_no_jump(buckets):
    assert not found(report_of({"fc1/weights": leaving_a_plateau()}, buckets=buckets), "sudden-shift")


@BUCKETS
def test_a_reset_after_quiet_training_is_still_a_jump(buckets):
    moves = walk(normal(10), rate=0.002, records=40)
    moves[20:] = [array + 0.3 for array in moves[20:]]
    assert found(report_of({"fc1/weights": moves}, buckets=buckets), "sudden-shift")


@pytest.mark.parametrize(
    ("last_loss", "severity"), [(0.0001, Severity.INFO), (0.25, Severity.WARNING)], ids=["solved", "stuck"]
)
def test_few_weights_that_grew_while_the_problem_was_solved_are_a_note(last_loss, severity):
    """XOR on sigmoids: ten weights must become large to draw a sharp boundary."""
    growing = [normal(10, scale=0.4) * (1 + 0.3 * n) for n in range(40)]
    losses = np.geomspace(0.25, last_loss, 40)
    assert the(report_of({"fc1/weights": growing}, scalar("loss", losses)), "weight-explosion").severity is severity


def test_a_loss_that_fell_from_where_the_fault_threw_it_is_no_excuse():
    growing = [normal(10, scale=0.4) * (1 + 0.3 * n) for n in range(40)]
    losses = [2.5, 46.0, 43.0, *[0.2] * 37]
    finding = the(report_of({"fc1/weights": growing}, scalar("loss", losses)), "weight-explosion")
    assert finding.severity is Severity.WARNING

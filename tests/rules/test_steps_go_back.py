from __future__ import annotations

import numpy as np
import pytest
from runs import RUN, equal, found, loud, normal, scalar, the, trained, walk

from tensorboard_plugin_histdiag.diagnose import judge, measure
from tensorboard_plugin_histdiag.finding import Severity, Strength
from tensorboard_plugin_histdiag.histogram import HistogramBatch, Record, Series

RULE = "steps-go-back"


def report_at(*steps: int, tags: tuple[str, ...] = ("fc1/kernel",)):
    weights = walk(normal(300), rate=0.01, records=len(steps))
    records = [Record(step, 1e9 + n, equal(weights[n])) for n, step in enumerate(steps)]
    whole = [Record(n, 1e9 + n, equal(weights[n])) for n in range(len(steps))]
    logged = [(Series("run", tag), records) for tag in tags] + [(Series("run", "z/kernel"), whole)]
    return judge(measure(HistogramBatch.from_records(logged)))


def test_a_second_training_in_the_same_directory_is_certain_and_dated():
    finding = the(report_at(*range(0, 100, 10), *range(0, 60, 10), tags=("fc1/kernel", "fc2/kernel")), RULE)
    assert finding.severity is Severity.WARNING
    assert finding.strength is Strength.CERTAIN
    assert finding.first_step == 0
    assert finding.tags == ("fc1/kernel", "fc2/kernel")
    assert "In 2 of 3 tensors the steps go back, first to step 0." in finding.explanation


def test_a_resumed_training_is_dated_at_its_checkpoint():
    assert the(report_at(*range(0, 100, 10), *range(50, 150, 10)), RULE).first_step == 50


def test_steps_that_go_on_are_clear():
    assert not found(report_at(0, 1, 5, 6, 100), RULE)
    assert not found(trained(steps=50), RULE)


def test_records_that_all_stand_at_one_step_are_said_to_lack_their_step():
    """Trap 25: PyTorch's writer takes 0 where none is given."""
    finding = the(report_at(*[0] * 8), RULE)
    assert "was the step not given to the writer?" in finding.explanation
    assert "go back" not in finding.explanation


# Segments: what compares records with each other looks at one training only


def resumed(*trainings: tuple[range, list[np.ndarray]], tag: str = "fc1/kernel", loss: list[float] | None = None):
    records = [
        Record(step, 1e9 + step, equal(array))
        for steps, arrays in trainings
        for step, array in zip(steps, arrays, strict=True)
    ]
    scalars = {RUN: (scalar("loss", loss),)} if loss else {}
    return judge(measure(HistogramBatch.from_records([(Series(RUN, tag), records)])), scalars)


def growing(fold: float, records: int = 20, scale: float = 0.1) -> list[np.ndarray]:
    return [normal(400, scale=scale) * fold ** (record / records) for record in range(records)]


@pytest.mark.parametrize("scales", [(0.01, 1.0), (1.0, 0.01)])
def test_a_second_training_of_another_size_neither_grew_nor_shrank_nor_jumped(scales):
    first, second = (growing(1.1, scale=scale) for scale in scales)
    report = resumed((range(0, 200, 10), first), (range(100, 300, 10), second))
    assert loud(report) == [RULE]


def test_a_fault_within_the_second_training_is_found():
    report = resumed((range(0, 200, 10), growing(1.1)), (range(100, 300, 10), growing(200.0)))
    assert the(report, "weight-explosion").first_step > 100


def test_a_fault_that_is_no_trend_is_found_before_and_after():
    still = [normal(400)] * 20
    report = resumed((range(0, 200, 10), still), (range(100, 300, 10), still))
    assert the(report, "frozen-weights").first_step == 0


def test_the_loss_of_a_second_training_is_no_relapse():
    loss = [2.3 * 0.7**n for n in range(10)] + [2.3 * 0.98**n for n in range(20)]
    report = resumed((range(0, 200, 10), growing(1.1)), (range(100, 300, 10), growing(1.1)), loss=loss)
    assert not found(report, "loss-diverging")


def test_a_reading_speaks_of_the_last_training():
    report = resumed((range(0, 200, 10), growing(1.0, scale=1.0)), (range(100, 300, 10), growing(1.0, scale=0.1)))
    (reading,) = report.readings
    assert reading.movement in ("steady", "unchanged")
    assert reading.first_step == 100

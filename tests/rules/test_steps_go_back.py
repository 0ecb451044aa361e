from __future__ import annotations

from runs import equal, found, normal, the, trained, walk

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

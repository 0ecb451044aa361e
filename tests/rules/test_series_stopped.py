from __future__ import annotations

import pytest
from runs import equal, normal, report_of, the, trained, training_of, walk

from tensorboard_plugin_histdiag.diagnose import judge, measure
from tensorboard_plugin_histdiag.finding import Severity, Strength
from tensorboard_plugin_histdiag.histogram import HistogramBatch, Record, Series

RULE = "series-stopped"


def stopped(report) -> set[str]:
    return {finding.tags[0] for finding in report.findings if finding.rule == RULE}


def test_a_tag_that_ends_midway_is_named_with_its_last_step():
    """PyTorch's writer raises on a tensor that is all NaN, and scripts catch it."""
    tensors, scalars = training_of()
    tensors["dense2/kernel"] = {step: array for step, array in tensors["dense2/kernel"].items() if step <= 150}
    finding = the(report_of(tensors, *scalars), RULE)
    assert finding.tags == ("dense2/kernel",)
    assert finding.first_step == 150
    assert finding.strength is Strength.CERTAIN


def test_tags_that_last_to_the_end_are_clear():
    assert not stopped(trained())


def test_a_tag_that_is_logged_seldom_has_not_stopped():
    """Trap 16: every tag has its own steps."""
    weights = walk(normal(100), rate=0.01, records=36)
    tensors = {
        "fc1/kernel": {10 * n: weights[n] for n in range(36)},
        "fc2/kernel": {100 * n: weights[n] for n in range(4)},
    }
    assert not stopped(report_of(tensors))


def test_networks_that_are_trained_by_turns_have_not_stopped():
    """Trap 16: a GAN's two networks, fifty steps each."""
    weights = walk(normal(100), rate=0.01, records=60)
    tensors = {
        "generator/fc1/kernel": {10 * n: weights[n] for n in range(60) if n // 5 % 2 == 0},
        "discriminator/fc1/kernel": {10 * n: weights[n] for n in range(60) if n // 5 % 2 == 1},
    }
    assert not stopped(report_of(tensors))


def test_tags_that_count_epochs_beside_tags_that_count_steps_have_not_stopped():
    """Epoch 9 is not long before step 900: both were written at the same time."""
    weights = walk(normal(100), rate=0.01, records=10)
    logged = [
        (Series("run", "by_epoch/kernel"), [Record(n, 1e9 + 60 * n, equal(weights[n])) for n in range(10)]),
        (Series("run", "by_step/kernel"), [Record(100 * n, 1e9 + 60 * n, equal(weights[n])) for n in range(10)]),
    ]
    assert not stopped(judge(measure(HistogramBatch.from_records(logged))))


def test_a_first_step_that_takes_long_does_not_hide_what_stopped():
    """What compiles the graph stalls the clock once; then records come every second."""
    weights = walk(normal(100), rate=0.01, records=30)
    logged = [
        (Series("run", tag), [Record(n, 1e9 + n + 60 * (n > 0), equal(weights[n])) for n in range(last)])
        for tag, last in (("fc1/kernel", 30), ("fc2/kernel", 15))
    ]
    assert stopped(judge(measure(HistogramBatch.from_records(logged)))) == {"fc2/kernel"}


@pytest.mark.parametrize("stalls", [(3, 9), (1, 6, 12)])
def test_a_clock_that_stalls_now_and_then_does_not_hide_what_stopped(stalls: tuple[int, ...]):
    """A notebook trains in milliseconds a step; what it draws in between takes seconds."""
    weights = walk(normal(100), rate=0.01, records=50)
    times = [1e9 + 0.01 * n + sum(5.0 for stall in stalls if stall <= n) for n in range(50)]
    logged = [
        (Series("run", tag), [Record(n, times[n], equal(weights[n])) for n in range(last)])
        for tag, last in (("fc1/kernel", 50), ("fc2/kernel", 25))
    ]
    assert stopped(judge(measure(HistogramBatch.from_records(logged)))) == {"fc2/kernel"}


def test_a_phase_that_ends_where_another_begins_is_a_note():
    weights = walk(normal(100), rate=0.01, records=40)
    tensors = {
        "pretrain/fc1/kernel": {10 * n: weights[n] for n in range(20)},
        "finetune/fc1/kernel": {10 * n: weights[n] for n in range(20, 40)},
    }
    assert the(report_of(tensors), RULE).severity is Severity.INFO


def test_a_gradient_that_ends_where_its_weight_was_frozen_is_a_note():
    weights = walk(normal(100), rate=0.01, records=40)
    tensors = {
        "fc1/kernel": {10 * n: weights[min(n, 19)] for n in range(40)},
        "fc1/kernel/gradient": {10 * n: weights[n] for n in range(20)},
        "fc2/kernel": {10 * n: weights[n] for n in range(40)},
    }
    finding = the(report_of(tensors), RULE)
    assert finding.tags == ("fc1/kernel/gradient",)
    assert finding.severity is Severity.INFO

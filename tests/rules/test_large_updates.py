from __future__ import annotations

import numpy as np
import pytest
from runs import (
    adam,
    coverage,
    equal,
    exponential,
    found,
    momentum,
    normal,
    report_of,
    scalar,
    trained,
    training_of,
    walk,
)

from tensorboard_plugin_histdiag.api.recorder import Recorder
from tensorboard_plugin_histdiag.finding import Severity, Strength

RULE = "large-updates"


@pytest.mark.parametrize("buckets", [equal, exponential])
def test_a_learning_rate_that_is_far_too_high_is_certain(buckets):
    tensors, scalars = training_of(
        activation="tanh", update=lambda: momentum(0.0), schedule=lambda step: 10.0, steps=60, interval=2
    )
    findings = found(report_of(tensors, *scalars, buckets=buckets), RULE)
    assert ("output/kernel",) in {finding.tags for finding in findings}
    assert {finding.strength for finding in findings} == {Strength.CERTAIN}
    assert all(finding.evidence[0].low > 0.01 for finding in findings)


@pytest.mark.parametrize("interval", [2, 10])
def test_ordinary_trainings_are_clear(interval):
    for recipe in ({}, {"update": adam, "schedule": lambda step: 1e-3}, {"activation": "tanh"}):
        assert not found(trained(interval=interval, steps=30 * interval, **recipe), RULE)


def recorded(tensors, scalars):
    """Diagnose the same training by its values."""
    recorder = Recorder()
    for name, records in tensors.items():
        for step, values in records.items():
            recorder.add(step, name, values)
    for one in scalars:
        for step, value in zip(one.step, one.value, strict=True):
            recorder.scalar(step, one.tag, value)
    return recorder.diagnose().report


def test_of_recorded_values_more_is_asked_for_as_they_prove_more():
    tensors, scalars = training_of(activation="tanh", update=lambda: momentum(0.0), steps=60, interval=2)
    assert not found(recorded(tensors, scalars), RULE)
    tensors, scalars = training_of(
        activation="tanh", update=lambda: momentum(0.0), schedule=lambda step: 10.0, steps=60, interval=2
    )
    findings = found(recorded(tensors, scalars), RULE)
    assert ("output/kernel",) in {finding.tags for finding in findings}
    assert all(finding.evidence[0].threshold == 0.03 < finding.evidence[0].low for finding in findings)


def moving(steps: int) -> dict[int, np.ndarray]:
    """Weights of every other step that move by about their size as long as said, and then little."""
    return {step: normal(900) + 0.1 * min(step, steps) + 1e-5 * step for step in range(0, 120, 2)}


def test_the_first_steps_may_be_large():
    """Momentum remembers ten steps; what it piles up at first does not cancel yet."""
    assert not found(report_of({"fc1/kernel": moving(14)}), RULE)
    assert found(report_of({"fc1/kernel": moving(18)}), RULE)


def test_a_head_that_starts_at_zero_is_clear():
    """Trap 4: in its first steps it moves by all of its size."""

    def zero_head(layers):
        layers[-1].kernel[:] = 0.0

    assert not found(trained(prepare=zero_head, interval=2, steps=100), RULE)


def test_epochs_are_not_judged():
    """Trap 30: an epoch is many steps."""
    tensors = {"fc1/kernel": [normal(900) + 0.1 * n for n in range(10)]}
    report = report_of(tensors, scalar("loss", [1.0] * 10, tag="epoch_loss", spacing=1), spacing=1)
    assert not found(report, RULE)
    assert coverage(report, RULE).reasons[0].reason == "steps are epochs, or may be"


def test_noise_between_two_samples_of_one_distribution_is_clear():
    """Trap 18: the estimate of two heavy-tailed samples differs by a third of their spread, what is proved does not."""
    generator = np.random.default_rng(0)
    tensors = {"fc1/kernel": [generator.standard_t(3, 20000) * 0.1 for _ in range(20)]}
    assert not found(report_of(tensors, spacing=2), RULE)


def test_tiny_tensors_are_not_judged():
    """Trap 21."""
    tensors = {"scale/weight": [np.array([1.0, 2.0]) * (1 + 0.5 * (n % 2)) for n in range(20)]}
    assert not found(report_of(tensors, spacing=2), RULE)


def test_the_warm_up_is_left_out():
    """Trap 11."""
    moves = [*walk(normal(900), rate=2.0, records=3), *walk(normal(900) + 4.0, rate=0.001, records=17)]
    assert not found(report_of({"fc1/kernel": moves}, spacing=2), RULE)


def test_networks_that_are_trained_against_each_other_are_a_note():
    """Trap 16: a GAN's halves move fast, each after the other."""
    tensors, _ = training_of(
        activation="tanh", update=lambda: momentum(0.0), schedule=lambda step: 10.0, steps=60, interval=2
    )
    assert {finding.severity for finding in found(report_of(tensors), RULE)} == {Severity.WARNING}
    both = {f"{net}/{tag}": arrays for net in ("generator", "discriminator") for tag, arrays in tensors.items()}
    assert {finding.severity for finding in found(report_of(both), RULE)} == {Severity.INFO}

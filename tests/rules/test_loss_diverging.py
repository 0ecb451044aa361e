from __future__ import annotations

import numpy as np
import pytest
from runs import coverage, found, normal, report_of, scalar, the, trained, training_of, walk

from tensorboard_plugin_histdiag.finding import Severity

RULE = "loss-diverging"
WEIGHTS = {"fc/kernel": walk(normal(200), rate=0.01, records=30)}
RNG = np.random.default_rng(0)
NOISE = RNG.normal(0, 0.05, 200)


def of(*losses, tensors=WEIGHTS):
    return report_of(tensors, *losses)


def rising(records: int = 30, rate: float = 0.1) -> np.ndarray:
    return 2.3 * np.exp(rate * np.arange(records) + NOISE[:records])


def learned_then_lost(at: int = 15, records: int = 30) -> np.ndarray:
    value = 2.3 * np.exp(-0.2 * np.arange(records))
    value[at:] = 2.35
    return value * np.exp(NOISE[:records])


def test_a_loss_that_rises_is_found():
    finding = the(of(scalar("loss", rising(), tag="train/loss")), RULE)
    assert finding.severity is Severity.WARNING
    assert finding.tags == ("train/loss",)
    assert 10 <= finding.first_step <= 50
    assert finding.evidence[0].value > 8 * 2.3


def test_a_real_training_with_steps_that_are_far_too_long_is_found():
    tensors, scalars = training_of(schedule=lambda step: 0.001 if step < 100 else 3.0, activation="tanh")
    finding = the(report_of(tensors, *scalars), RULE)
    assert finding.severity is Severity.WARNING
    assert 100 <= finding.first_step <= 120


def test_a_loss_that_is_back_at_its_start_is_found_at_the_step_where_it_rose():
    finding = the(of(scalar("loss", learned_then_lost())), RULE)
    assert finding.severity is Severity.WARNING
    assert abs(finding.first_step - 150) <= 20
    assert "is back at" in finding.explanation


def test_a_loss_that_blows_up_within_the_first_tenth_is_found():
    value = np.minimum(np.exp(0.5 * np.arange(120)), 40) * np.exp(NOISE[:120])
    finding = the(of(scalar("loss", value)), RULE)
    assert finding.severity is Severity.WARNING
    assert finding.first_step <= 20


def test_a_few_epochs_are_enough():
    report = of(scalar("loss", [2.3, 3.9, 6.0, 9.5, 19.0, 34.0], tag="epoch_loss", spacing=1))
    assert the(report, RULE).severity is Severity.WARNING


def test_a_loss_that_rises_a_little_is_a_note():
    """Trap 16: an adversary may log its loss as plain "loss"."""
    assert the(of(scalar("loss", rising(rate=0.03))), RULE).severity is Severity.INFO


def test_ordinary_trainings_are_clear():
    for recipe in ({}, {"activation": "tanh"}, {"schedule": lambda step: 0.003}, {"schedule": lambda step: 1e-7}):
        assert not found(trained(**recipe), RULE)


@pytest.mark.parametrize(("scatter", "most"), [(0.1, 2), (0.5, 2), (1.0, 6)])
def test_noise_alone_is_clear(scatter, most):
    """Trap 22: level losses of single batches, many of them; of those that scatter by an e-fold a few are named."""
    raised = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        level = np.exp(rng.normal(0, scatter, int(rng.integers(8, 60))))
        raised += found(of(scalar("loss", level)), RULE)
    assert len(raised) <= most


def test_a_solved_problem_may_bounce():
    """Trap 8: what is next to nothing doubles and halves."""
    value = 2.3 * np.exp(-0.5 * np.arange(30)) + 1e-6 * np.exp(RNG.normal(0, 1, 30))
    assert not found(of(scalar("loss", value)), RULE)


@pytest.mark.parametrize(
    "tags",
    [
        ("g_loss", "d_loss"),
        ("generator/loss", "discriminator/loss"),
        ("td_loss",),
        ("value_loss", "loss"),
        ("critic_loss",),
    ],
)
def test_adversarial_and_reinforcement_learning_are_not_judged(tags):
    """Trap 16: losses go up in health."""
    report = of(*(scalar("loss", rising(), tag=tag) for tag in tags))
    assert not found(report, RULE)
    assert "adversarial or reinforcement" in coverage(report, RULE).reasons[0].reason


def test_a_network_with_a_target_network_is_not_judged():
    """Trap 16: the temporal-difference error grows with what the agent finds."""
    tensors = {f"{network}/fc1/kernel": walk(normal(200), rate=0.01, records=30) for network in ("online", "target")}
    assert not found(of(scalar("loss", rising()), tensors=tensors), RULE)


def test_cross_entropy_is_no_entropy_of_a_policy():
    assert the(of(scalar("loss", rising(), tag="train/cross_entropy")), RULE)


def test_a_term_that_rises_beside_a_whole_that_falls_is_clear():
    falling = 2.3 * np.exp(-0.1 * np.arange(30))
    assert not found(of(scalar("loss", falling, tag="loss"), scalar("loss", rising(), tag="kl_loss")), RULE)
    assert not found(of(scalar("loss", falling, tag="boxes_loss"), scalar("loss", rising(), tag="mask_loss")), RULE)


def test_a_validation_loss_that_rises_is_not_divergence():
    falling = 2.3 * np.exp(-0.1 * np.arange(30))
    assert not found(of(scalar("loss", falling), scalar("validation-loss", rising())), RULE)


def test_a_rising_accuracy_makes_it_a_note():
    accuracy = scalar("accuracy", np.linspace(0.1, 0.9, 30))
    assert the(of(scalar("loss", rising()), accuracy), RULE).severity is Severity.INFO


def test_a_loss_that_may_be_negative_is_not_judged():
    report = of(scalar("loss", np.linspace(-1, 3, 30)))
    assert coverage(report, RULE).not_applicable == 1

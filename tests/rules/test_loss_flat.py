from __future__ import annotations

import numpy as np
import pytest
from runs import coverage, found, normal, report_of, scalar, the, trained, training_of, walk

from tensorboard_plugin_histdiag.finding import Severity

RULE = "loss-flat"
WEIGHTS = {"fc/kernel": walk(normal(200), rate=0.01, records=30)}
NOISE = np.random.default_rng(0).normal(0, 0.02, 60)


def of(*scalars, **options):
    return report_of(WEIGHTS, *scalars, **options)


def test_a_training_that_does_not_learn_is_noted():
    tensors, scalars = training_of(schedule=lambda step: 1e-7)
    losses = [scalar for scalar in scalars if scalar.kind == "loss"]
    report = report_of(tensors, *losses)
    finding = the(report, RULE)
    assert finding.severity is Severity.INFO
    assert finding.tags == ("loss",)
    assert the(report, "small-updates").fingerprint in finding.explained_by


def test_a_level_and_noisy_loss_is_noted():
    finding = the(of(scalar("loss", 2.3 + NOISE, tag="train/loss")), RULE)
    assert (finding.first_step, finding.last_step) == (0, 590)
    assert finding.evidence[0].value > finding.evidence[0].threshold


def test_a_few_epochs_are_enough():
    assert found(of(scalar("loss", [2.3] * 6, tag="epoch_loss", spacing=1), spacing=1), RULE)


def test_ordinary_trainings_are_clear():
    for recipe in ({}, {"activation": "tanh"}, {"schedule": lambda step: 0.003}):
        assert not found(trained(**recipe), RULE)


def test_a_loss_that_has_converged_is_clear():
    """Trap 8: a solved problem; its loss is flat because it has fallen."""
    assert not found(of(scalar("loss", np.maximum(2.3 * 0.8 ** np.arange(60), 0.01))), RULE)


def test_a_plateau_of_noisy_labels_is_clear():
    """Trap 40: little can be learned, and that little was."""
    assert not found(of(scalar("loss", 2.3 - 0.2 * (1 - 0.9 ** np.arange(60)) + NOISE)), RULE)


def test_a_slow_but_steady_fall_is_clear():
    assert not found(of(scalar("loss", np.linspace(2.3, 2.18, 60))), RULE)


def test_a_rising_accuracy_says_that_the_model_learns_and_is_clear():
    accuracy = scalar("validation-accuracy", np.linspace(0.1, 0.5, 60))
    assert not found(of(scalar("loss", 2.3 + NOISE), accuracy), RULE)


@pytest.mark.parametrize("tag", ["d_loss", "policy_loss", "GAN/loss_G"])
def test_losses_that_need_not_fall_are_not_judged(tag):
    """Trap 16."""
    assert coverage(of(scalar("loss", 2.3 + NOISE, tag=tag)), RULE).not_applicable == 1


def test_a_few_steps_are_not_judged():
    report = of(scalar("loss", 2.3 + NOISE[:30], spacing=3), spacing=3)
    assert coverage(report, RULE).reasons[0].reason == "fewer than 100 steps"


def test_adapters_of_a_model_that_is_good_already_are_not_judged():
    """Trap 4."""
    tensors = {"fc.lora_A.weight": walk(normal(200), rate=0.01, records=30)}
    assert coverage(report_of(tensors, scalar("loss", 0.4 + NOISE)), RULE).not_applicable == 1

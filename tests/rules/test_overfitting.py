from __future__ import annotations

import numpy as np
import pytest
from runs import coverage, found, normal, report_of, scalar, the, trained, walk

from tensorboard_plugin_histdiag.finding import Severity

RULE = "overfitting"
WEIGHTS = {"fc/kernel": walk(normal(200), rate=0.01, records=30)}
NOISE = np.random.default_rng(0).normal(0, 0.01, 60)
FALLING = 2.3 * 0.9 ** np.arange(30)
PARTED = np.concatenate([2.3 * 0.9 ** np.arange(15), np.linspace(0.55, 1.2, 15)]) * (1 + NOISE[:30])


def of(training, validation, tags=("loss", "val_loss")):
    return report_of(WEIGHTS, scalar("loss", training, tag=tags[0]), scalar("validation-loss", validation, tag=tags[1]))


@pytest.mark.parametrize("tags", [("loss", "val_loss"), ("Loss/train", "Loss/test"), ("epoch_loss", "epoch_loss")])
def test_curves_that_part_are_noted_from_the_best_validation_loss_on(tags):
    finding = the(of(FALLING, PARTED, tags), RULE)
    assert finding.severity is Severity.INFO
    assert finding.tags == (tags[1],)
    assert 120 <= finding.first_step <= 160
    assert [row.metric for row in finding.evidence] == ["validation-loss", "loss"]


def test_losses_of_several_outputs_are_compared_by_name():
    report = report_of(
        WEIGHTS,
        scalar("loss", FALLING, tag="a_loss"),
        scalar("loss", FALLING, tag="b_loss"),
        scalar("validation-loss", FALLING, tag="val_a_loss"),
        scalar("validation-loss", PARTED, tag="val_b_loss"),
    )
    assert the(report, RULE).tags == ("val_b_loss",)


def test_curves_that_fall_together_are_clear():
    assert not found(of(FALLING, FALLING * (1 + NOISE[:30]) + 0.1), RULE)
    assert not found(trained(), RULE)


def test_a_validation_loss_that_levels_off_is_clear():
    assert not found(of(FALLING, np.maximum(FALLING, 0.6) * (1 + NOISE[:30])), RULE)


def test_a_rise_out_of_next_to_nothing_is_clear():
    """Trap 8: of a solved problem, the validation loss may double."""
    validation = np.concatenate([2.3 * 0.5 ** np.arange(15), np.linspace(2e-4, 6e-4, 15)])
    assert not found(of(FALLING, validation), RULE)


def test_a_validation_loss_that_rises_with_that_of_training_is_not_overfitting():
    assert not found(of(PARTED, PARTED), RULE)


def test_two_last_values_are_not_enough():
    validation = np.where(np.arange(30) < 28, FALLING, 1.0)
    assert not found(of(FALLING, validation), RULE)


def test_nothing_is_said_without_a_validation_loss():
    report = report_of(WEIGHTS, scalar("loss", FALLING))
    assert coverage(report, RULE).reasons[0].reason.startswith("no validation loss")


def test_losses_that_count_steps_otherwise_are_not_compared():
    report = report_of(
        WEIGHTS,
        scalar("loss", FALLING, spacing=100),
        scalar("validation-loss", PARTED, tag="val_loss", spacing=1),
    )
    assert coverage(report, RULE).not_applicable == 1

from __future__ import annotations

import numpy as np
import pytest
from runs import coverage, found, normal, report_of, scalar, the, trained, training_of, walk

from tensorboard_plugin_histdiag.demo.network import textbook_cross_entropy
from tensorboard_plugin_histdiag.finding import Severity, Strength

RULE = "loss-not-finite"
WEIGHTS = {"fc/kernel": walk(normal(200), rate=0.01, records=10)}
FALLING = [1.0, 0.8, 0.7, 0.6]
NAN = float("nan")


def broken_image(step, layers, inputs):
    if step != 150:
        return inputs
    broken = inputs.copy()
    broken[0] *= 1e6
    return broken


@pytest.mark.parametrize("lost", [NAN, np.inf])
def test_a_loss_without_a_value_is_found_although_all_tensors_are_finite(lost):
    finding = the(report_of(WEIGHTS, scalar("loss", [*FALLING, *[lost] * 6], tag="train/loss")), RULE)
    assert (finding.severity, finding.strength) == (Severity.ERROR, Strength.CERTAIN)
    assert finding.first_step == 40
    assert finding.tags == ("train/loss",)
    assert finding.evidence[0].word == str(lost)
    assert "All logged tensors are finite." in finding.explanation


def test_tensors_that_are_not_finite_either_stand_on_the_same_card():
    tensors, scalars = training_of(loss=textbook_cross_entropy, fault=broken_image)
    report = report_of(tensors, *scalars)
    finding, tensors_lost = the(report, RULE), the(report, "non-finite-values")
    assert tensors_lost.fingerprint in finding.explained_by
    assert "finite" not in finding.explanation.partition(".")[2]
    assert [card for card in report.groups if finding.fingerprint in card.fingerprints and len(card.fingerprints) > 1]


def test_the_loss_of_a_live_run_that_was_just_lost_is_an_error():
    assert the(report_of(WEIGHTS, scalar("loss", [*FALLING, NAN])), RULE).severity is Severity.ERROR


def test_a_single_value_that_is_missing_is_a_note():
    """Trap 32: dynamic loss scaling skips that step."""
    finding = the(report_of(WEIGHTS, scalar("loss", [*FALLING, np.inf, *FALLING])), RULE)
    assert finding.severity is Severity.INFO
    assert finding.first_step == finding.last_step == 40


def test_one_lost_loss_of_several_is_named_and_the_finite_one_is_not():
    report = report_of(
        WEIGHTS,
        scalar("loss", FALLING, tag="loss"),
        scalar("validation-loss", [1.0, *[NAN] * 3], tag="val_loss"),
    )
    assert the(report, RULE).tags == ("val_loss",)


def test_a_finite_loss_is_clear():
    assert not found(trained(), RULE)
    assert coverage(trained(), RULE).clear == 1


def test_nothing_is_said_without_a_loss():
    assert coverage(report_of(WEIGHTS), RULE).reasons[0].reason == "the loss is not logged"


def test_a_validation_loss_that_is_not_evaluated_at_every_step_is_a_note():
    validation = [NAN, NAN, NAN, 0.9, NAN, NAN, NAN, 0.8, NAN, NAN, NAN]
    report = report_of(WEIGHTS, scalar("loss", [*FALLING, *FALLING, 0.5]), scalar("validation-loss", validation))
    assert the(report, RULE).severity is Severity.INFO

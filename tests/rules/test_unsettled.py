from __future__ import annotations

import numpy as np
from runs import coverage, found, normal, report_of, scalar, the, trained

from tensorboard_plugin_histdiag.finding import Severity

RULE = "unsettled"
RECORDS = 40
NOISE = np.random.default_rng(0).normal(0, 0.02, RECORDS)
LEVEL = scalar("loss", 2.3 + NOISE)


def growing(rate: float = 0.02, seed: int = 0) -> list[np.ndarray]:
    return [normal(400, seed=seed) * (1 + rate) ** record for record in range(RECORDS)]


def test_weights_that_widen_evenly_while_the_loss_rests_are_noted_once():
    report = report_of({"fc1/kernel": growing(), "fc2/kernel": growing(seed=1), "fc3/kernel": growing(0)}, LEVEL)
    finding = the(report, RULE)
    assert finding.severity is Severity.INFO
    assert finding.tags == ("fc1/kernel", "fc2/kernel")
    assert finding.first_step == 200
    assert 0.15 < finding.evidence[0].value < 0.25
    assert ", in the last quarter 1.22-fold; the loss does not fall." in finding.explanation


def test_ordinary_trainings_are_clear():
    for recipe in ({}, {"activation": "tanh"}, {"schedule": lambda step: 0.003}):
        assert not found(trained(**recipe), RULE)


def test_weights_that_widen_while_the_loss_falls_are_clear():
    assert not found(report_of({"fc1/kernel": growing()}, scalar("loss", 2.3 * 0.95 ** np.arange(RECORDS))), RULE)


def test_weights_that_settle_are_clear():
    settling = [normal(400) * (2 - 0.9**record) for record in range(RECORDS)]
    assert not found(report_of({"fc1/kernel": settling}, LEVEL), RULE)


def test_weights_that_narrow_are_clear():
    assert not found(report_of({"fc1/kernel": growing(-0.02)}, LEVEL), RULE)


def test_weights_in_front_of_a_normalisation_may_grow():
    """Trap 34: their scale has no effect."""
    tensors = {
        "layer1/dense/kernel": growing(),
        "layer2/norm/gamma": [np.ones(20) + 0.001 * n for n in range(RECORDS)],
        "layer3/dense/kernel": growing(0),
    }
    assert not found(report_of(tensors, LEVEL), RULE)


def test_rival_networks_are_not_judged():
    """Trap 16."""
    report = report_of({"fc1/kernel": growing()}, scalar("loss", 1.4 + NOISE, tag="d_loss"))
    assert coverage(report, RULE).not_applicable == 1


def test_a_few_records_are_not_judged():
    report = report_of({"fc1/kernel": growing()[:6]}, scalar("loss", [2.3] * 6))
    assert coverage(report, RULE).reasons[0].reason == "fewer than 12 records of a training loss"

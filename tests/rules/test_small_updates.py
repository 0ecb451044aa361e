from __future__ import annotations

import pytest
from runs import (
    coverage,
    equal,
    exponential,
    found,
    normal,
    report_of,
    scalar,
    the,
    trained,
    training_of,
    uniform,
    walk,
)

from tensorboard_plugin_histdiag.finding import Severity

RULE = "small-updates"
FLAT = [2.3] * 12


def weights(rate: float, records: int = 12) -> dict:
    return {f"fc{n}/kernel": walk(normal(900, seed=n), rate=rate, records=records, seed=n + 9) for n in (1, 2, 3)}


@pytest.mark.parametrize("buckets", [equal, exponential])
def test_a_learning_rate_that_is_far_too_small_is_found(buckets):
    tensors, scalars = training_of(schedule=lambda step: 1e-7)
    finding = the(report_of(tensors, *scalars, buckets=buckets), RULE)
    assert finding.severity is Severity.WARNING
    assert set(finding.tags) == {f"{name}/kernel" for name in ("dense1", "dense2", "dense3", "output")}


def test_ordinary_trainings_are_clear():
    for recipe in ({}, {"activation": "tanh"}, {"schedule": lambda step: 0.003}):
        assert not found(trained(**recipe), RULE)


def test_four_epochs_are_enough():
    """Trap 30: steps may be epochs, and then four records are a training."""
    tensors = {tag: arrays[:4] for tag, arrays in weights(1e-6).items()}
    report = report_of(tensors, scalar("loss", FLAT[:4], tag="epoch_loss", spacing=1), spacing=1)
    assert the(report, RULE).severity is Severity.WARNING


def test_a_loss_that_falls_says_that_the_model_learns():
    """A histogram cannot see small random moves."""
    report = report_of(weights(1e-6), scalar("loss", [2.3 * 0.9**n for n in range(12)]))
    assert not found(report, RULE)
    assert coverage(report, RULE).clear == 1


def test_nothing_is_said_without_a_loss():
    assert coverage(report_of(weights(1e-6)), RULE).reasons[0].reason == "the loss is not logged"


def test_a_few_steps_are_not_judged():
    report = report_of(weights(1e-6), scalar("loss", FLAT, spacing=2), spacing=2)
    assert coverage(report, RULE).reasons[0].reason == "fewer than 100 steps"


def test_a_frozen_backbone_does_not_count():
    """Trap 5: the layer that is meant to learn does."""
    tensors = {f"fc{n}/kernel": [uniform(900, seed=n)] * 12 for n in (1, 2)}
    tensors["head/kernel"] = walk(normal(900), rate=0.02, records=12)
    assert not found(report_of(tensors, scalar("loss", FLAT)), RULE)


def test_one_layer_that_moves_makes_it_clear():
    tensors = {**weights(1e-6), "fc4/kernel": walk(normal(900), rate=0.02, records=12)}
    assert not found(report_of(tensors, scalar("loss", FLAT)), RULE)


def test_adapters_learn_for_the_weights_below_them():
    """Trap 4: what is frozen below low-rank adapters does not count, the adapters do."""
    below = {f"block{n}/base/weight": [normal(400, seed=n)] * 12 for n in range(3)}
    loss = scalar("loss", FLAT[:12])
    adapters = {"block0/lora_A/weight": walk(normal(400), rate=0.02, records=12)}
    assert not found(report_of(below | adapters, loss), RULE)
    idle = {"block0/lora_A/weight": walk(normal(400), rate=1e-7, records=12)}
    assert the(report_of(below | idle, loss), RULE).tags == ("block0/lora_A/weight",)

from __future__ import annotations

import numpy as np
import pytest
from runs import coverage, equal, exponential, found, normal, report_of, the

from tensorboard_plugin_histdiag.finding import Severity

RULE = "dead-channels"
BUCKETS = pytest.mark.parametrize("buckets", [equal, exponential])
CHANNELS = 32
MOMENTUM = 0.9


def variances(
    dead: int, *, records: int = 30, spacing: int = 10, dies_at: int = 0, scale: float = 1.0
) -> dict[int, np.ndarray]:
    """Follow the variances of batches, as batch normalisation does; those of dead channels are exactly 0."""
    rng = np.random.default_rng(2)
    true = scale * rng.lognormal(0.0, 0.7, CHANNELS)
    moving = np.ones(CHANNELS)
    logged = {}
    for step in range(records * spacing):
        if step % spacing == 0:
            logged[step] = moving.copy()
        batch = true * rng.lognormal(0.0, 0.1, CHANNELS)
        if step >= dies_at:
            batch[:dead] = 0.0
        moving = MOMENTUM * moving + (1 - MOMENTUM) * batch
    return logged


def net(statistic: dict[int, np.ndarray], tag: str = "bn2/moving_variance") -> dict[str, object]:
    """Return the statistic of a second layer, whose order the names tell."""
    kernels = [normal(600, seed=1) + 0.01 * n * normal(600, seed=2) for n in range(30)]
    return {"conv1/kernel": kernels, "conv2/kernel": kernels, tag: statistic}


@BUCKETS
@pytest.mark.parametrize("dead", [12, 26])
@pytest.mark.parametrize("tag", ["bn2/moving_variance", "conv2.bn.running_var"])
def test_variances_that_die_away_are_found(buckets, dead, tag):
    tensors = net(variances(dead), tag)
    if "." in tag:
        tensors = {name.replace("/kernel", ".conv.weight"): arrays for name, arrays in tensors.items()}
    finding = the(report_of(tensors, buckets=buckets), RULE)
    assert finding.tags == (tag,)
    assert finding.severity is Severity.WARNING


def test_channels_that_die_halfway_are_found_from_then_on():
    finding = the(report_of(net(variances(12, dies_at=150))), RULE)
    assert 150 <= finding.first_step <= 170


@BUCKETS
def test_living_channels_are_clear(buckets):
    assert not found(report_of(net(variances(0)), buckets=buckets), RULE)


@BUCKETS
def test_small_variances_of_all_channels_are_clear(buckets):
    """Inputs of a thousandth: all variances fall from 1 at the momentum's rate, and stay beside each other."""
    for records in (8, 30):
        assert not found(report_of(net(variances(0, scale=1e-6, records=records)), buckets=buckets), RULE)


def test_one_channel_is_a_note():
    finding = the(report_of(net(variances(1)), buckets=exponential), RULE)
    assert finding.severity is Severity.INFO


@pytest.mark.parametrize("tag", ["batch_normalization/moving_variance", "input_norm.running_var", "0.running_var"])
def test_constant_inputs_of_a_first_layer_are_a_note(tag):
    """The margins of pictures never vary."""
    tensors = {tag: variances(12), "conv2d/kernel": net(variances(12))["conv1/kernel"], "1.weight": [normal(600)] * 30}
    assert the(report_of(tensors), RULE).severity is Severity.INFO


@pytest.mark.parametrize(
    ("weights", "norm"),
    [
        ("conv1/kernel", "bn1/moving_variance"),
        ("conv2d_3/kernel", "batch_normalization_3/moving_variance"),
        ("features.0.weight", "features.1.running_var"),
        ("0.weight", "1.running_var"),
    ],
)
def test_a_norm_behind_weights_is_told_by_its_name(weights, norm):
    tensors = {weights: net(variances(12))["conv1/kernel"], norm: variances(12)}
    assert the(report_of(tensors), RULE).severity is Severity.WARNING


def test_a_norm_behind_weights_is_told_by_the_size_of_their_bias():
    tensors = {"conv2d/bias": [normal(CHANNELS)] * 30, "batch_normalization/moving_variance": variances(12)}
    assert the(report_of(tensors), RULE).severity is Severity.WARNING


def test_moving_means_and_copies_of_weights_are_not_judged():
    """Trap 5."""
    means = {step: np.append(values[1:], 1e-9) for step, values in variances(12).items()}
    report = report_of({**net(means, "bn2/moving_mean"), "ema_params/conv2/variable": means})
    assert coverage(report, RULE).not_applicable == 2
    assert not found(report, RULE)


def test_statistics_of_a_frozen_backbone_are_left_alone():
    """Trap 5: whatever has died there died before."""
    last = variances(12)[290]
    assert not found(report_of(net({10 * n: last for n in range(30)})), RULE)


def test_channels_that_were_dead_before_logging_began_are_found_from_its_first_record_on():
    late = {step - 200: values for step, values in variances(12, records=50).items() if step >= 200}
    assert the(report_of(net(late)), RULE).first_step == 0


def test_a_minimum_that_wanders_is_clear():
    rng = np.random.default_rng(0)
    wandering = {10 * n: np.append(np.ones(31), 1e-5 * rng.lognormal(0, 1.0)) for n in range(30)}
    assert not found(report_of(net(wandering)), RULE)

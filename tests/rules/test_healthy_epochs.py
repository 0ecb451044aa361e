"""Logs whose steps are epochs, as Keras writes them: the first record is never the initialisation."""

from __future__ import annotations

import numpy as np
import pytest
from runs import equal, exponential, found, normal, report_of, scalar, the, uniform, walk

from tensorboard_plugin_histdiag.finding import Severity

BUCKETS = pytest.mark.parametrize("buckets", [equal, exponential])
FLAT, FALLING = [2.3] * 6, [2.3 * 0.6**n for n in range(6)]


def epochs(tensors: dict, losses: list[float], buckets=equal):
    return report_of(tensors, scalar("loss", losses, tag="epoch_loss", spacing=1), spacing=1, buckets=buckets)


@BUCKETS
def test_weights_that_stay_at_one_value_for_epochs_were_initialised_so(buckets):
    tensors = {f"dense_{n}/kernel": [np.zeros(900)] * 6 for n in (1, 2, 3)}
    findings = found(epochs(tensors, FLAT, buckets), "poor-initialisation")
    assert len(findings) == 3
    assert {finding.severity for finding in findings} == {Severity.ERROR}


def test_a_head_that_has_left_zero_within_the_first_epochs_is_clear():
    tensors = {"dense_1/kernel": walk(normal(900), rate=0.05, records=6), "head/kernel": [np.zeros(90)]}
    tensors["head/kernel"] += walk(normal(90), rate=0.05, records=5)
    assert not found(epochs(tensors, FALLING), "poor-initialisation")


@BUCKETS
def test_weights_that_exploded_before_the_first_record_are_found(buckets):
    """A learning rate a thousand times too high does its harm within the first epoch."""
    tensors = {"dense_1/kernel": walk(normal(2000, scale=5.0), rate=0.05, records=6)}
    thrown_up = [1692.0, 32.0, 9.6, 4.1, 2.4, 2.1]
    finding = the(epochs(tensors, thrown_up, buckets), "weight-explosion")
    assert finding.severity is Severity.WARNING
    assert "logging began after the first steps" in finding.explanation


@BUCKETS
@pytest.mark.parametrize(("size", "scale"), [(2000, 0.4), (10, 5.0), (90, 2.0)])
def test_wide_and_small_tensors_of_health_are_clear(size, scale, buckets):
    tensors = {"dense_1/kernel": walk(normal(size, scale=scale), rate=0.05, records=6)}
    assert not found(epochs(tensors, FALLING, buckets), "weight-explosion")


@BUCKETS
def test_updates_that_are_lost_in_rounding_are_too_small(buckets):
    """A learning rate of 1e-7: every weight is the same to the last bit, and the loss does not fall."""
    tensors = {f"dense_{n}/kernel": [uniform(900, seed=n)] * 6 for n in (1, 2, 3)}
    finding = the(epochs(tensors, FLAT, buckets), "small-updates")
    assert finding.severity is Severity.WARNING
    assert len(finding.tags) == 3


def test_kernels_that_are_frozen_while_the_loss_falls_are_meant_to_be():
    """Only the biases are trained."""
    tensors = {f"dense_{n}/kernel": [normal(900, seed=n)] * 6 for n in (1, 2, 3)}
    assert not found(epochs(tensors, FALLING), "small-updates")


def test_frozen_layers_beside_one_that_learns_do_not_count():
    tensors = {f"dense_{n}/kernel": [normal(900, seed=n)] * 6 for n in (1, 2)}
    tensors["head/kernel"] = walk(normal(90), rate=0.05, records=6)
    assert not found(epochs(tensors, FLAT), "small-updates")

from __future__ import annotations

import numpy as np
import pytest
from runs import equal, exponential, found, normal, report_of, the, trained, walk

from tensorboard_plugin_histdiag.finding import Severity

RULE = "mostly-zero-weights"
BUCKETS = pytest.mark.parametrize("buckets", [equal, exponential])


def masked(share: float, records: int = 20, size: int = 4000, from_record: int = 0) -> list[np.ndarray]:
    """Weights that learn under a mask that keeps this share at 0."""
    mask = np.random.default_rng(9).random(size) >= share
    moving = walk(normal(size), rate=0.02, records=records)
    return [array * (mask if record >= from_record else 1) for record, array in enumerate(moving)]


@BUCKETS
@pytest.mark.parametrize("share", [0.4, 0.8, 0.97])
def test_pruned_weights_are_noted_with_their_share(buckets, share):
    """Trap 15."""
    tensors = {"fc1/kernel": masked(share), "fc2/kernel": walk(normal(4000), rate=0.02, records=20)}
    finding = the(report_of(tensors, buckets=buckets), RULE)
    assert finding.tags == ("fc1/kernel",)
    assert finding.severity is Severity.INFO
    assert finding.evidence[0].value == pytest.approx(share, abs=0.12)


@BUCKETS
@pytest.mark.parametrize("share", [0.4, 0.8, 0.97])
def test_weights_that_are_pruned_late_are_noted_from_then_on(buckets, share):
    assert the(report_of({"fc1/kernel": masked(share, from_record=10)}, buckets=buckets), RULE).first_step == 100


def test_zeros_that_come_and_go_in_part_are_left_alone():
    moving = masked(0.0, records=30)
    for record in range(5, 20):
        moving[record] = masked(0.4, records=30)[record]
    assert not found(report_of({"fc1/kernel": moving}), RULE)


def test_many_pruned_layers_are_one_note():
    assert len(the(report_of({f"fc{n}/kernel": masked(0.8) for n in range(1, 9)}), RULE).tags) == 8


@BUCKETS
def test_ordinary_and_heavy_tailed_weights_are_clear(buckets):
    tensors = {
        "fc1/kernel": walk(normal(4000), rate=0.02, records=20),
        "fc2/kernel": walk(np.random.default_rng(0).standard_t(3, 4000), rate=0.02, records=20),
        "fc3/kernel": walk(np.random.default_rng(0).laplace(0, 0.1, 4000), rate=0.02, records=20),
    }
    assert not found(report_of(tensors, buckets=buckets), RULE)


def test_real_trainings_are_clear():
    for recipe in ({}, {"activation": "tanh"}, {"initialiser": "glorot-uniform"}):
        assert not found(trained(**recipe), RULE)


@BUCKETS
@pytest.mark.parametrize("outliers", [1, 3])
def test_outliers_that_leave_one_bucket_for_the_rest_are_not_called_zeros(buckets, outliers):
    """Trap 1."""
    far = np.linspace(0.5, 1.0, outliers) * (-1.0) ** np.arange(outliers)
    tensors = {"fc1/kernel": [np.append(normal(4000, scale=1e-4, seed=n), far) for n in range(20)]}
    assert not found(report_of(tensors, buckets=buckets), RULE)


@BUCKETS
def test_weights_that_exploded_are_not_called_zeros(buckets):
    """Most of them lie in the bucket around 0 then, and the others in ever longer tails."""
    wild = np.random.default_rng(3).standard_t(1.2, 4000)
    wild = wild[np.abs(wild) < 60]
    assert not found(report_of({"fc1/kernel": walk(wild, rate=1e-4, records=20)}, buckets=buckets), RULE)


@pytest.mark.parametrize(
    ("few", "others", "said"),
    [(1.3, 1.0, False), (0.8, 0.5, False), (1.0, 0.3, True)],
    ids=["explode", "left", "pruned"],
)
def test_where_a_few_explode_or_are_left_of_a_collapse_the_others_are_not_called_zeros(few, others, said):
    """Thirty equal buckets: all others lie in the one at 0, whatever they are."""
    start, kept = np.random.default_rng(2).uniform(-0.1, 0.1, 4000), np.arange(4000) < 100
    tensors = {"fc1/kernel": [start * np.where(kept, few, others) ** n for n in range(30)]}
    assert bool(found(report_of(tensors), RULE)) is said


def test_weights_of_zero_alone_are_left_to_the_rules_about_initialisation():
    assert not found(report_of({"fc1/kernel": [np.zeros(600)] * 10}), RULE)


def test_embeddings_and_biases_are_not_judged():
    """Trap 6: rows that no token has asked for."""
    assert not found(report_of({"embedding/embeddings": masked(0.97), "fc1/bias": masked(0.97)}), RULE)

from __future__ import annotations

import math

import numpy as np
import pytest
from runs import draws, equal, exponential, found, normal, report_of, scalar, the, trained, training_of, walk

from tensorboard_plugin_histdiag.diagnose import judge, measure
from tensorboard_plugin_histdiag.finding import Severity, Strength
from tensorboard_plugin_histdiag.histogram import HistogramBatch, Record, Series

RULE = "sudden-shift"


def load_another(step, layers, inputs):
    """Overwrite one layer, as a wrong checkpoint does."""
    if step == 200:
        layers[1].kernel[:] = np.random.default_rng(5).normal(0.5, 0.3, layers[1].kernel.shape)
    return inputs


def jumping(at: dict[int, float], records: int = 40) -> list[np.ndarray]:
    """Weights that learn a little, and move by so many of their spreads at some records."""
    moves = walk(normal(900), rate=0.002, records=records)
    return [array + 0.1 * sum(by for record, by in at.items() if index >= record) for index, array in enumerate(moves)]


@pytest.mark.parametrize("buckets", [equal, exponential])
def test_weights_that_are_overwritten_are_certain_and_dated(buckets):
    tensors, scalars = training_of(fault=load_another, schedule=lambda step: 0.003)
    (finding,) = [f for f in found(report_of(tensors, *scalars, buckets=buckets), RULE) if "dense2" in f.tags[0]]
    assert finding.strength is Strength.CERTAIN
    assert finding.severity is Severity.WARNING
    assert finding.last_step == 200
    assert finding.evidence[0].step == 200


@pytest.mark.parametrize(
    "recipe",
    [
        {},
        {"interval": 2},
        {"schedule": lambda step: 0.03 if step < 150 else 0.003},
        {"schedule": lambda step: 0.03 * (0.55 + 0.45 * math.cos(math.pi * step / 300))},
    ],
    ids=["constant", "dense log", "step decay", "cosine"],
)
def test_ordinary_trainings_are_clear(recipe):
    """Trap 11."""
    assert not found(trained(**recipe), RULE)


def test_a_head_that_starts_at_zero_is_clear():
    """Trap 4: its first moves are larger than all that follow."""

    def zero_head(layers):
        layers[-1].kernel[:] = 0.0

    for seed in (2, 4):
        report = trained(
            activation="tanh",
            initialiser="glorot-uniform",
            hidden=5,
            width=8,
            prepare=zero_head,
            steps=1000,
            interval=50,
            schedule=lambda step: 0.02,
            seed=seed,
        )
        assert not found(report, RULE), seed


def test_a_norm_scale_of_exactly_one_may_move():
    """In units of its spread, which is 0 at first, any move would be a jump."""
    tensors = {"bn1/gamma": [np.ones(64), *walk(np.ones(64), rate=0.002, records=39)]}
    assert not found(report_of(tensors), RULE)


def test_a_jump_with_a_change_of_the_learning_rate_is_a_note():
    rates = [1e-3] * 20 + [1e-2] * 20
    report = report_of({"fc1/kernel": jumping({20: 3.0})}, scalar("learning-rate", rates))
    assert the(report, RULE).severity is Severity.INFO


def test_jumps_at_even_distances_are_a_note():
    """Trap 35: warm restarts, averages that are copied back."""
    finding = the(report_of({"fc1/kernel": jumping({10: 3.0, 20: 3.0, 30: 3.0})}), RULE)
    assert finding.severity is Severity.INFO
    assert "even distances" in finding.explanation


def test_a_target_network_may_jump():
    """Trap 35."""
    tensors = {"target/fc1/kernel": jumping({13: 3.0, 30: 3.0}), "online/fc1/kernel": jumping({})}
    assert the(report_of(tensors), RULE).severity is Severity.INFO


@pytest.mark.parametrize(("moves", "severity"), [((12, 20, 33), Severity.INFO), ((20,), Severity.WARNING)])
def test_weights_that_stand_still_between_jumps_are_copies(moves, severity):
    """Trap 35: by what they do, whatever they are called; a wrong checkpoint in a frozen layer is loaded once."""
    still = normal(900)
    records = [still + 0.3 * sum(index >= record for record in moves) for index in range(40)]
    finding = the(report_of({"fc1/kernel": records, "fc2/kernel": jumping({})}), RULE)
    assert finding.severity is severity
    assert ("to the last bit" in finding.explanation) is (severity is Severity.INFO)


def test_the_seam_of_two_trainings_is_no_jump():
    """Trap 25: steps-go-back speaks of it."""
    first, second = jumping({}, 20), [array + 0.5 for array in jumping({}, 30)]
    records = [Record(10 * n, 1e9 + n, equal(array)) for n, array in enumerate(first)]
    records += [Record(150 + 10 * n, 2e9 + n, equal(array)) for n, array in enumerate(second)]
    report = judge(measure(HistogramBatch.from_records([(Series("run", "fc1/kernel"), records)])))
    assert not found(report, RULE)
    assert found(report, "steps-go-back")


def test_noise_between_heavy_tailed_samples_is_clear():
    """Trap 18."""
    tensors = {"fc1/kernel": draws(lambda rng: rng.standard_t(3, 5000), 30)}
    assert not found(report_of(tensors), RULE)


def test_tiny_tensors_and_activations_are_not_judged():
    """Trap 21."""
    tensors = {
        "gate/weight": [np.array([0.1, 0.2]) + (n > 20) for n in range(40)],
        "fc1/relu": [np.abs(array) for array in jumping({20: 30.0})],
    }
    assert not found(report_of(tensors), RULE)


@pytest.mark.parametrize("buckets", [equal, exponential])
def test_weights_that_are_pruned_are_a_note(buckets):
    """Trap 15: most of the weights become exactly 0 at once, and stay so."""
    keep = np.abs(normal(900)) > 0.15
    moves = walk(normal(900), rate=0.002, records=40)
    pruned = [array * keep if index >= 20 else array for index, array in enumerate(moves)]
    finding = the(report_of({"fc1/kernel": pruned, "fc2/kernel": moves}, buckets=buckets), RULE)
    assert finding.severity is Severity.INFO
    assert "exactly 0" in finding.explanation
    # The twin: they are drawn anew, and none is 0.
    anew = [array + normal(900, seed=9) * 3 if index >= 20 else array for index, array in enumerate(moves)]
    assert the(report_of({"fc1/kernel": anew}, buckets=buckets), RULE).severity is Severity.WARNING

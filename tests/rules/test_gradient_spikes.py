from __future__ import annotations

import numpy as np
from runs import coverage, draws, found, report_of, the, trained, training_of

from tensorboard_plugin_histdiag.finding import Severity

RULE = "gradient-spikes"


def dazzle(step, layers, inputs):
    """Hand over one batch that is two thousand times too bright, at the record of step 200."""
    return inputs * 2000.0 if step == 200 else inputs


def gradients(scale, records: int = 40) -> dict[str, list[np.ndarray]]:
    return {
        tag: [array * scale(index) for index, array in enumerate(draws(lambda rng: rng.normal(0, 0.01, 300), records))]
        for tag in ("fc1/kernel/gradient", "fc2/kernel/gradient")
    }


def test_one_broken_batch_is_found_at_its_step():
    tensors, scalars = training_of(fault=dazzle, schedule=lambda step: 1e-6 if step >= 200 else 0.03)
    finding = the(report_of(tensors, *scalars), RULE)
    assert finding.severity is Severity.WARNING
    assert finding.first_step == finding.last_step == 200
    assert [evidence.step for evidence in finding.evidence] == [200]


def test_ordinary_trainings_are_clear():
    for recipe in ({}, {"activation": "tanh"}, {"interval": 2}):
        assert not found(trained(**recipe), RULE)


def test_every_spike_is_listed():
    finding = the(report_of(gradients(lambda n: 1000.0 if n in (15, 25, 35) else 1.0)), RULE)
    assert [evidence.step for evidence in finding.evidence] == [150, 250, 350]


def test_gradients_that_jump_about_by_ten_are_clear():
    jumps = np.random.default_rng(3).lognormal(0.0, 0.5, 40)
    assert not found(report_of(gradients(lambda n: jumps[n])), RULE)


def test_a_hard_example_in_a_solved_problem_is_clear():
    """Trap 8: a thousand times almost nothing is still little."""
    assert not found(report_of(gradients(lambda n: 1.0 if n < 10 else 1e-8 * (1000.0 if n == 30 else 1.0))), RULE)


def test_a_new_level_is_no_spike_but_a_spike_after_it_is():
    tensors = gradients(lambda n: 1.0 if n < 15 else 1e5 if n == 35 else 50.0)
    assert the(report_of(tensors), RULE).first_step == 350


def test_a_spike_that_is_not_much_larger_than_the_first_gradients_is_a_note():
    """Trap 8: nearly solved, one hard batch stands out; healthy runs reach six times the start."""

    def late(size):
        return gradients(lambda n: 1.0 if n < 10 else size if n == 30 else 0.05)

    assert the(report_of(late(5.0)), RULE).severity is Severity.INFO
    assert the(report_of(late(50.0)), RULE).severity is Severity.WARNING


def test_one_tensor_that_jumps_alone_is_clear():
    """Single tensors jump in health: the global norm counts."""
    tensors = gradients(lambda n: 1.0)
    tensors["fc3/bias/gradient"] = draws(lambda rng: rng.normal(0, 1e-6, 30), 40)
    tensors["fc3/bias/gradient"][20] = tensors["fc3/bias/gradient"][20] * 1000
    assert not found(report_of(tensors), RULE)


def test_too_few_records_are_not_judged():
    row = coverage(report_of(gradients(lambda n: 1.0, records=6)), RULE)
    assert row.not_applicable == 1
    assert "fewer than" in row.reasons[0].reason

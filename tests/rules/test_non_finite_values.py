from __future__ import annotations

import numpy as np
from runs import draws, found, normal, report_of, scalar, the, trained, training_of, walk

from tensorboard_plugin_histdiag.demo.network import textbook_cross_entropy
from tensorboard_plugin_histdiag.finding import Severity

RULE = "non-finite-values"


def broken_image(step, layers, inputs):
    if step != 150:
        return inputs
    broken = inputs.copy()
    broken[0] *= 1e6
    return broken


def test_a_nan_is_found_at_its_step_with_all_that_it_reached():
    tensors, scalars = training_of(loss=textbook_cross_entropy, fault=broken_image)
    finding = the(report_of(tensors, *scalars), RULE)
    assert finding.severity is Severity.ERROR
    assert finding.first_step == 150
    assert finding.tags[0] == "output/bias/gradient"  # the loss is behind the output: gradients meet it first
    assert set(finding.tags) == {tag for tag, arrays in tensors.items() if not np.isfinite(arrays[300]).all()}
    assert "step 160 it has reached dense1/activation" in finding.explanation


def test_a_training_without_nan_is_clear():
    assert not found(trained(), RULE)


def overflowing(records: int, at: tuple[int, ...]) -> list[np.ndarray]:
    gradients = draws(lambda rng: rng.normal(0, 0.01, 200), records)
    return [np.full(200, np.inf) if index in at else array for index, array in enumerate(gradients)]


def test_an_isolated_infinity_in_gradients_is_a_note():
    """Trap 32: dynamic loss scaling skips that step."""
    tensors = {"fc/kernel": walk(normal(200), rate=0.01, records=20), "fc/kernel/gradient": overflowing(20, (7,))}
    finding = the(report_of(tensors), RULE)
    assert finding.severity is Severity.INFO
    assert finding.first_step == finding.last_step == 70


def test_an_infinity_that_lasts_in_gradients_is_an_error():
    tensors = {"fc/kernel": walk(normal(200), rate=0.01, records=20), "fc/kernel/gradient": overflowing(20, (7, 8, 9))}
    assert the(report_of(tensors), RULE).severity is Severity.ERROR


def test_a_note_silences_nothing_that_comes_later():
    gradients = overflowing(20, (2,))
    gradients[10:] = [np.zeros(200)] * 10
    tensors = {"fc/kernel": walk(normal(200), rate=0.01, records=20), "fc/kernel/gradient": gradients}
    assert the(report_of(tensors), "no-gradient").first_step == 100


def test_a_mask_of_minus_infinity_is_none():
    masked = [np.where(np.arange(64) % 2, -np.inf, 0.3)] * 5
    assert not found(report_of({"block1/attention_scores": masked}), RULE)


def test_a_loss_that_is_not_finite_is_not_spoken_of_here():
    tensors = {"fc/kernel": walk(normal(200), rate=0.01, records=10)}
    assert not found(report_of(tensors, scalar("loss", [1.0, 0.8, 0.7, 0.6] + [float("nan")] * 6)), RULE)

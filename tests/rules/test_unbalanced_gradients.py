from __future__ import annotations

import numpy as np
import pytest
from runs import coverage, draws, found, report_of, the, trained, training_of

from tensorboard_plugin_histdiag.finding import Severity, Strength
from tensorboard_plugin_histdiag.rules import RULES

RULE = "unbalanced-gradients"


def gradients(scale: float, records: int = 20, seed: int = 0) -> list[np.ndarray]:
    return draws(lambda rng: scale * rng.normal(0, 1, 900), records, seed)


def test_a_layer_whose_gradient_is_a_hundred_thousand_times_anothers_is_found():
    tensors = {"fc1/kernel/gradient": gradients(1.0), "fc2/kernel/gradient": gradients(1e-5)}
    finding = the(report_of(tensors, rules=RULES), RULE)
    assert finding.tags == ("fc1/kernel/gradient", "fc2/kernel/gradient")
    assert (finding.severity, finding.strength) == (Severity.WARNING, Strength.CERTAIN)
    assert finding.first_step == 0


def test_it_is_off_by_default():
    tensors = {"fc1/kernel/gradient": gradients(1.0), "fc2/kernel/gradient": gradients(1e-5)}
    assert not found(report_of(tensors), RULE)


def test_what_the_buckets_leave_open_is_likely():
    """Far values stretch the buckets, and the rest may be anything in them."""
    far = [np.concatenate([array, [100.0, -100.0]]) for array in gradients(2e-3)]
    tensors = {"fc1/kernel/gradient": gradients(5e4), "fc2/kernel/gradient": far}
    assert the(report_of(tensors, rules=RULES), RULE).strength is Strength.LIKELY


@pytest.mark.parametrize("recipe", [{}, {"activation": "tanh"}, {"hidden": 6}], ids=["relu", "tanh", "deep"])
def test_an_ordinary_training_is_clear(recipe):
    tensors, scalars = training_of(**recipe)
    assert not found(report_of(tensors, *scalars, rules=RULES), RULE)
    assert not found(trained(**recipe), RULE)


def test_two_networks_are_not_compared():
    """Trap 16: a GAN's networks have each their own optimiser."""
    tensors = {
        f"{net}/fc{n}/kernel/gradient": gradients(scale)
        for net, scale in (("generator", 1.0), ("discriminator", 1e-6))
        for n in (1, 2)
    }
    assert not found(report_of(tensors, rules=RULES), RULE)


def test_a_gradient_of_nothing_is_not_judged():
    tensors = {"fc1/kernel/gradient": gradients(1.0), "fc2/kernel/gradient": [np.zeros(900)] * 20}
    assert not found(report_of(tensors, rules=RULES), RULE)
    tensors["fc3/kernel/gradient"] = gradients(1e-5)
    assert the(report_of(tensors, rules=RULES), RULE).tags == ("fc1/kernel/gradient", "fc3/kernel/gradient")


def test_one_gradient_alone_does_not_apply():
    assert coverage(report_of({"fc1/kernel/gradient": gradients(1.0)}, rules=RULES), RULE).not_applicable == 1

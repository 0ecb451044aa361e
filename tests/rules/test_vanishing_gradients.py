from __future__ import annotations

import numpy as np
import pytest
from runs import adam, draws, equal, exponential, found, momentum, report_of, the, trained, training_of

from tensorboard_plugin_histdiag.finding import Severity

RULE = "vanishing-gradients"


def gradients(sizes: dict[str, float], records: int = 20, seed: int = 0) -> dict[str, list[np.ndarray]]:
    return {
        tag: draws(lambda rng, size=size: rng.normal(0, size, 300), records, seed + place)
        for place, (tag, size) in enumerate(sizes.items())
    }


@pytest.mark.parametrize("buckets", [equal, exponential])
def test_eight_sigmoid_layers_are_found_at_the_first_layers(buckets):
    tensors, scalars = training_of(activation="sigmoid", hidden=8, initialiser="glorot-uniform", gain=0.7)
    finding = the(report_of(tensors, *scalars, buckets=buckets), RULE)
    assert finding.severity is Severity.ERROR
    assert finding.tags[0].startswith("dense1/")
    assert not any(tag.startswith(("dense8", "output")) for tag in finding.tags)
    assert finding.first_step <= 20


@pytest.mark.parametrize(
    "recipe",
    [
        {},
        {"activation": "tanh", "initialiser": "glorot-uniform"},
        {"activation": "sigmoid", "hidden": 2, "initialiser": "glorot-uniform", "gain": 3.0},
        {"hidden": 8, "update": adam, "schedule": lambda step: 1e-3},
    ],
    ids=["relu", "tanh", "two sigmoids", "eight relus, adam"],
)
def test_networks_that_pass_the_gradient_on_are_clear(recipe):
    assert not found(trained(**recipe), RULE)


def test_a_ratio_too_small_for_a_number_and_a_layer_without_a_gradient_are_told():
    tensors = gradients({f"fc{n}/kernel/gradient": size for n, size in enumerate((1e-280, 1e-140, 1.0, 1e60), 1)})
    tensors["fc3/kernel/gradient"] = [np.zeros(300)] * 20
    finding = the(report_of(tensors), RULE)
    assert finding.tags == ("fc1/kernel/gradient", "fc2/kernel/gradient")
    assert "inf-fold" in finding.explanation


def test_a_tiny_loss_scale_is_no_vanishing():
    """Traps 8 and 9: all gradients are tiny, their ratios are not."""
    tensors = gradients({f"fc{n}/kernel/gradient": 1e-12 for n in range(1, 6)})
    note = the(report_of(tensors), RULE)
    assert note.severity is Severity.INFO
    assert note.title == "Very small gradients"
    assert len(note.tags) == 5
    assert not found(report_of(gradients({f"fc{n}/kernel/gradient": 1e-6 for n in range(1, 6)})), RULE)


def test_gradients_that_were_tiny_only_for_a_while_are_no_note():
    size = [1e-12] * 8 + [1e-3] * 12
    tensors = {"fc1/kernel/gradient": [np.random.default_rng(n).normal(0, each, 300) for n, each in enumerate(size)]}
    assert not found(report_of(tensors), RULE)


def test_gradients_of_exactly_zero_are_another_rules_business():
    assert not found(report_of({"fc1/kernel/gradient": [np.zeros(300)] * 20}), RULE)


def test_a_bias_in_front_of_a_normalisation_says_nothing():
    """Trap 31: its gradient is rounding noise."""
    sizes = {f"fc{n}/kernel/gradient": 0.01 for n in range(1, 5)}
    sizes |= {"fc1/bias/gradient": 1e-9, "fc2/bias/gradient": 0.01, "fc3/bias/gradient": 0.01, "fc4/bias/gradient": 0.1}
    assert not found(report_of(gradients(sizes)), RULE)


def test_an_unknown_order_of_layers_makes_it_a_note():
    """Trap 12."""
    sizes = {"alpha/kernel/gradient": 1e-9, "omega/kernel/gradient": 1.0, "zeta/kernel/gradient": 1.0}
    finding = the(report_of(gradients(sizes)), RULE)
    assert finding.severity is Severity.INFO
    assert "guessed from their names" in finding.explanation


def test_a_zero_initialised_head_that_starts_to_learn_is_clear():
    """Trap 4: at the first record no gradient passes the head."""

    def zero_head(layers):
        layers[-1].kernel[:] = 0.0

    assert not found(trained(prepare=zero_head, interval=1, steps=60), RULE)
    for seed in (2, 3):
        report = trained(
            activation="sigmoid",
            initialiser="glorot-uniform",
            gain=3.0,
            hidden=2,
            width=16,
            prepare=zero_head,
            interval=1,
            steps=60,
            update=adam,
            schedule=lambda step: 0.002 * min(1.0, (step + 1) / 50),
            seed=seed,
        )
        assert not found(report, RULE), seed


def test_first_layers_with_the_larger_gradient_are_clear():
    """Trap 13: residual nets."""
    tensors = gradients({f"block{n}/kernel/gradient": 10.0 ** (3 - n) for n in range(1, 7)})
    assert not found(report_of(tensors), RULE)


def test_two_networks_in_one_run_are_two_orders():
    """Trap 16: a discriminator's gradient may be a million times the generator's."""
    sizes = {f"generator/fc{n}/kernel/gradient": 1e-6 for n in range(1, 4)}
    sizes |= {f"discriminator/fc{n}/kernel/gradient": 1.0 for n in range(1, 4)}
    assert not found(report_of(gradients(sizes)), RULE)


def test_an_early_stretch_and_a_late_one_are_judged_by_what_they_hold():
    """The records between them, where the gradient does arrive, do not count."""
    tensors = gradients({f"fc{n}/kernel/gradient": 1.0 for n in range(1, 5)}, records=40)
    tensors["fc1/kernel/gradient"] = [
        array * (1e-7 if index < 12 or index >= 36 else 1.0)
        for index, array in enumerate(tensors["fc1/kernel/gradient"])
    ]
    finding = the(report_of(tensors), RULE)
    assert finding.severity is Severity.ERROR
    assert finding.evidence[0].value < 1e-6


def test_momentum_and_adam_get_the_same_verdict():
    for update, rate in ((momentum, 0.03), (adam, 1e-3)):
        report = trained(
            activation="sigmoid", hidden=8, initialiser="glorot-uniform", update=update, schedule=lambda step, r=rate: r
        )
        assert found(report, RULE), update

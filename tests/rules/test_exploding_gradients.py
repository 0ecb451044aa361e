from __future__ import annotations

import numpy as np
from runs import adam, draws, found, report_of, scalar, the, trained

from tensorboard_plugin_histdiag.finding import Severity

RULE = "exploding-gradients"


def growing(factor: float, records: int = 30) -> dict[str, list[np.ndarray]]:
    """Gradients of two layers that grow by a factor from record to record."""
    return {
        tag: [array * factor**index for index, array in enumerate(draws(lambda rng: rng.normal(0, 1e-3, 300), records))]
        for tag in ("fc1/kernel/gradient", "fc2/kernel/gradient")
    }


def test_layers_drawn_too_wide_are_found_at_the_first_layer():
    finding = the(trained(hidden=6, gain=6.0, update=adam, schedule=lambda step: 1e-3), RULE)
    assert finding.tags == ("dense1/bias/gradient",)
    assert finding.severity is not Severity.INFO
    assert finding.first_step <= 20


def test_trainings_with_fitting_initialisation_are_clear():
    for recipe in ({}, {"hidden": 8}, {"activation": "tanh", "initialiser": "glorot-uniform"}):
        assert not found(trained(**recipe), RULE)


def test_a_norm_that_grows_all_the_time_is_found():
    finding = the(report_of(growing(1.4), scalar("loss", [1.0] * 30)), RULE)
    assert finding.severity is Severity.WARNING
    assert finding.first_step <= 60


def test_growth_that_ends_in_nan_is_an_error():
    tensors = growing(1.4)
    tensors["fc1/kernel"] = [np.full(300, np.nan) if n > 27 else np.linspace(-1, 1, 300) for n in range(30)]
    assert the(report_of(tensors), RULE).severity is Severity.ERROR


def test_large_gradients_that_stay_so_are_clear():
    """Trap 9: a summed loss."""
    tensors = {tag: [1e6 * array for array in arrays] for tag, arrays in growing(1.0).items()}
    assert not found(report_of(tensors), RULE)


def test_a_gradient_that_grows_while_a_plateau_is_left_is_a_note_at_most():
    tensors = growing(1.4)
    report = report_of(tensors, scalar("loss", [*np.linspace(2.3, 0.1, 30)]))
    assert {finding.severity for finding in found(report, RULE)} <= {Severity.INFO}


def test_two_networks_are_not_compared():
    sizes = {f"generator/fc{n}/bias/gradient": 1e3 for n in range(1, 4)}
    sizes |= {f"policy/fc{n}/bias/gradient": 1e-3 for n in range(1, 4)}
    tensors = {tag: draws(lambda rng, size=size: rng.normal(0, size, 64), 20) for tag, size in sizes.items()}
    assert not found(report_of(tensors), RULE)


def test_first_layers_with_a_somewhat_larger_gradient_are_clear():
    """Trap 13: residual nets."""
    tensors = {
        f"block{n}/bias/gradient": draws(lambda rng, n=n: rng.normal(0, 3.0 ** (6 - n), 64), 20) for n in range(1, 7)
    }
    assert not found(report_of(tensors), RULE)


def test_a_recurrent_cell_in_front_of_a_head_is_deep_enough():
    """Its gradient has passed through the cell once for every step of the sequence."""
    tensors = {
        "rnn/bias/gradient": draws(lambda rng: rng.normal(0, 1000.0, 300), 20),
        "head/bias/gradient": draws(lambda rng: rng.normal(0, 0.1, 300), 20, seed=1),
    }
    assert the(report_of(tensors), RULE).tags == ("rnn/bias/gradient",)
    tensors["rnn/bias/gradient"] = draws(lambda rng: rng.normal(0, 10.0, 300), 20)
    assert not found(report_of(tensors), RULE)

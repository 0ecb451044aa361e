from __future__ import annotations

import numpy as np
import pytest
from runs import (
    chain_of,
    coverage,
    draws,
    equal,
    exponential,
    found,
    part,
    report_of,
    scalar,
    the,
    trained,
    training_of,
)

from tensorboard_plugin_histdiag.config import DEFAULTS
from tensorboard_plugin_histdiag.finding import MarkKind, Severity

RULE = "dead-units"
BUCKETS = pytest.mark.parametrize("buckets", [equal, exponential])


def relu(dead: float, records: int = 20, units: int = 256, bias: float = 0.0) -> list[np.ndarray]:
    """Outputs of a batch of 32; a share of the units gives nothing but zero."""
    alive = np.arange(units) >= dead * units
    return draws(lambda rng: np.maximum(rng.normal(bias, 1.0, (32, units)), 0) * alive, records)


def bias_gradient(dead: float, records: int = 20, units: int = 256) -> list[np.ndarray]:
    alive = np.arange(units) >= dead * units
    return draws(lambda rng: rng.normal(0.0, 0.01, units) * alive, records, seed=1)


def push_down(step, layers, inputs):
    if step == 150:
        layers[1].bias[:28] -= 20.0
    return inputs


@BUCKETS
def test_units_that_die_midway_are_found_with_their_bias_gradient(buckets):
    tensors, scalars = training_of(fault=push_down)
    finding = the(report_of(tensors, *scalars, buckets=buckets), RULE)
    assert finding.tags == ("dense2/activation", "dense2/bias/gradient")
    assert 150 <= finding.first_step <= 170
    assert "of the 32 units" in finding.explanation


def test_what_only_seems_to_be_zero_is_not_called_exactly_zero():
    """A bucket from 0 upwards does not prove that what is in it is 0; one without width does."""
    told = set()
    for buckets, dead in ((equal, 0.9), (exponential, 0.9), (equal, 1.0)):
        tensors = {"fc1/relu": relu(dead), "fc1/bias/gradient": bias_gradient(dead), "fc2/relu": relu(0.0)}
        finding = the(report_of(tensors, buckets=buckets), RULE)
        for mark in finding.marks:
            if mark.kind is MarkKind.VALUE:
                (row,) = [row for row in finding.evidence if row.tag == mark.tag]
                proved = row.low >= DEFAULTS.thresholds.dead_unit_share
                assert mark.label == ("exactly 0" if proved else "about 0")
                told.add(mark.label)
    assert told == {"exactly 0", "about 0"}


def test_units_that_all_die_are_an_error():
    tensors = {"fc1/relu": relu(1.0), "fc1/bias/gradient": bias_gradient(1.0), "fc2/relu": relu(0.0)}
    assert the(report_of(tensors), RULE).severity is Severity.ERROR


def test_outputs_alone_show_a_dead_layer_as_an_error():
    finding = the(report_of({"fc1/relu": relu(0.996), "fc2/relu": relu(0.0), "fc3/relu": relu(0.0)}), RULE)
    assert finding.tags == ("fc1/relu",)
    assert finding.severity is Severity.ERROR
    assert "counts outputs, not units" in finding.explanation


@pytest.mark.parametrize(
    "recipe",
    [{}, {"hidden": 6}, {"activation": "tanh"}, {"activation": "sigmoid", "initialiser": "glorot-uniform"}],
    ids=["relu", "deep relu", "tanh", "sigmoid"],
)
def test_ordinary_trainings_are_clear(recipe):
    assert not found(trained(**recipe), RULE)


@BUCKETS
def test_a_sparse_layer_that_learns_is_clear(buckets):
    """Trap 37: a negative bias keeps four outputs of five at zero, but every unit has a gradient."""
    tensors = {"fc1/relu": relu(0.0, bias=-0.85), "fc1/bias/gradient": bias_gradient(0.0), "fc2/relu": relu(0.0)}
    assert not found(report_of(tensors, buckets=buckets), RULE)


@pytest.mark.parametrize("share", [0.95, 0.995])
def test_a_very_sparse_layer_that_learns_is_a_note_at_most(share):
    """Trap 37: the hidden layers of trained transformers give zero in 95 cases of 100, here by turns."""
    sparse = draws(lambda rng: np.abs(rng.normal(0, 1.0, (32, 256))) * (rng.random((32, 256)) > share), 20)
    tensors = {"mlp1/relu": sparse, "mlp1/bias/gradient": bias_gradient(0.0), "mlp2/relu": relu(0.0)}
    assert {finding.severity for finding in found(report_of(tensors), RULE)} <= {Severity.INFO}


@BUCKETS
def test_a_relu_behind_dropout_is_clear(buckets):
    """Trap 37: three quarters of the outputs are zero, half of them by the mask."""
    masked = draws(lambda rng: np.maximum(rng.normal(0, 1.0, (32, 256)), 0) * (rng.random((32, 256)) < 0.5), 20)
    tensors = {"fc1/relu": masked, "fc1/bias/gradient": bias_gradient(0.0), "fc2/relu": relu(0.0)}
    assert not found(report_of(tensors, buckets=buckets), RULE)


def test_a_dropout_mask_is_no_layer():
    """Trap 14."""
    masks = draws(lambda rng: (rng.random((32, 256)) < 0.005).astype(float), 20)
    assert not found(report_of({"fc1/dropout/mask": masks, "fc2/relu": relu(0.0)}), RULE)


def test_gradients_of_a_solved_batch_are_no_dead_units():
    """Trap 8: most examples of the batch give no gradient, yet half of the outputs are above zero."""
    tensors = {"fc1/relu": relu(0.0), "fc1/bias/gradient": bias_gradient(0.9), "fc2/relu": relu(0.0)}
    assert not found(report_of(tensors), RULE)


@BUCKETS
def test_a_softmax_that_is_sure_of_itself_is_clear(buckets):
    """Trap 14: with underflow nine outputs of ten are exactly zero."""

    def sure(rng: np.random.Generator) -> np.ndarray:
        return np.eye(10)[rng.integers(0, 10, 320)]

    def unsure(rng: np.random.Generator) -> np.ndarray:
        powers = np.exp(rng.normal(0, 0.1, (320, 10)))
        return powers / powers.sum(axis=1, keepdims=True)

    tensors = {
        "fc1/kernel": [np.linspace(-1, 1, 640) * (1 + 0.01 * n) for n in range(20)],
        "fc2/kernel": [np.linspace(-1, 1, 320) * (1 + 0.01 * n) for n in range(20)],
        "fc1/relu": relu(0.0),
        "fc2/activation": draws(unsure, 2) + draws(sure, 18),
    }
    assert not found(report_of(tensors, buckets=buckets), RULE)


def test_a_sigmoid_output_that_is_sure_of_itself_is_clear():
    """Trap 14: most labels do not apply, and with underflow their answers are exactly zero."""
    tensors = {
        "fc1/relu": relu(0.0),
        "fc1/kernel": [np.linspace(-1, 1, 640)] * 20,
        "fc2/kernel": [np.linspace(-1, 1, 320)] * 20,
        "fc2/activation": draws(lambda rng: rng.uniform(0.1, 0.3, 640), 5)
        + draws(lambda rng: (rng.random(640) < 0.05).astype(float), 15),
    }
    assert not found(report_of(tensors), RULE)


def test_a_relu_on_the_output_that_cuts_off_the_answer_is_found():
    def cut(index: int) -> np.ndarray:
        return np.maximum(np.random.default_rng(index).normal(2.0 - 0.4 * min(index, 10), 1.0, (64, 4)), 0)

    tensors = {
        "fc1/kernel": [np.linspace(-1, 1, 640)] * 20,
        "fc2/kernel": [np.linspace(-1, 1, 320)] * 20,
        "fc1/relu": relu(0.0),
        "fc2/relu": [cut(index) for index in range(20)],
    }
    finding = the(report_of(tensors), RULE)
    assert finding.tags == ("fc2/relu",)
    assert "A ReLU on the output?" in finding.explanation


def test_tensors_that_go_below_zero_are_screened_out():
    report = report_of({"fc1/tanh": draws(lambda rng: np.tanh(rng.normal(0, 1, 3000)), 10)})
    assert coverage(report, RULE).clear == 1


# What the layer is, where its model is logged


@pytest.mark.parametrize("function", ["sigmoid", "tanh", "leakyrelu", "softplus", "elu", "gelu", "hardsigmoid"])
def test_units_of_a_function_that_is_never_flat_at_zero_do_not_die(function):
    """A sigmoid's outputs may underflow to exactly 0."""
    tensors = {"zeta/activation": relu(0.995), "next/activation": relu(0.0)}
    assert found(report_of(tensors), RULE)
    report = report_of(tensors, model=chain_of(part("zeta", function), part("next", "relu"), part("last")))
    assert not found(report, RULE)
    assert coverage(report, RULE).reasons[0].reason.endswith(f"does not cut outputs at 0: {function}")


@pytest.mark.parametrize("function", ["relu", "relu6", "prelu"])
def test_a_function_that_can_be_flat_at_zero_is_named(function):
    tensors = {"zeta/activation": relu(0.996), "next/activation": relu(0.0)}
    assert "model" not in the(report_of(tensors), RULE).explanation
    report = report_of(tensors, model=chain_of(part("zeta", function), part("next", "relu"), part("last")))
    assert the(report, RULE).explanation.endswith(f" Its function is {function}, as the logged model says.")


def test_a_relu_that_looks_like_a_softmax_is_found_where_the_model_is_known():
    """One unit of ten is left, and gives 1: the mean is 1/10, as a softmax' is."""
    tensors = {"zeta/activation": draws(lambda rng: np.tile(np.arange(300) == 0, 32).astype(float), 20)}
    assert not found(report_of(tensors), RULE)
    model = chain_of(part("zeta", "relu"), part("last"))
    assert the(report_of(tensors, model=model), RULE).severity is Severity.ERROR


@BUCKETS
@pytest.mark.parametrize(
    ("activation", "gradient", "other"),
    [
        ("activations/act2", "grads/fc2.bias", "grads/fc3.bias"),
        ("activations/layers.3", "layers.2.bias.grad", "layers.4.bias.grad"),
        ("activations/block1.act", "grads/block1.fc1.bias", "grads/block2.fc1.bias"),
        ("act/relu2", "gradients/conv2/bias", "gradients/conv1/bias"),
    ],
)
def test_units_are_counted_where_the_activation_has_a_name_of_its_own(activation, gradient, other, buckets):
    tensors = {activation: relu(0.9), gradient: bias_gradient(0.9), other: bias_gradient(0.0)}
    assert the(report_of(tensors, buckets=buckets), RULE).tags == (activation, gradient)
    tensors[gradient] = bias_gradient(0.4)
    assert not [one for one in found(report_of(tensors, buckets=buckets), RULE) if one.severity is not Severity.INFO]


def test_a_gradient_of_another_size_is_not_this_activations():
    tensors = {"activations/act2": relu(0.9), "grads/fc2.bias": bias_gradient(0.9, units=250)}
    assert not [one for one in found(report_of(tensors), RULE) if one.severity is not Severity.INFO]


@BUCKETS
def test_a_relu_on_the_output_is_found_unless_the_loss_is_solved(buckets):
    tensors = {"fc1/weight": [np.eye(9)] * 20, "activations/out": relu(0.0, units=4)}
    flat, solved = (scalar("loss", [1.0 - share * n / 19 for n in range(20)]) for share in (0.5, 0.99))
    finding = the(report_of(tensors, flat, buckets=buckets), RULE)
    assert finding.severity is Severity.WARNING
    assert "A ReLU on the output?" in finding.explanation
    assert the(report_of(tensors, solved, buckets=buckets), RULE).severity is Severity.INFO


def test_a_relu_on_the_output_is_no_question_where_the_model_is_known():
    tensors = {"alpha/weight": [np.eye(9)] * 20, "zeta/activation": relu(0.0, units=4)}
    assert not found(report_of(tensors), RULE)
    finding = the(report_of(tensors, model=chain_of(part("alpha", "relu"), part("zeta", "relu"))), RULE)
    assert finding.severity is Severity.WARNING
    assert finding.explanation.startswith("The last layer is cut at 0: ")
    assert finding.explanation.endswith(" Its function is relu, as the logged model says.")


def test_a_hidden_relu_that_is_the_last_to_be_logged_is_clear():
    assert not found(report_of({"activations/act1": relu(0.0), "activations/act2": relu(0.3)}), RULE)


@BUCKETS
def test_an_output_that_learns_to_give_zeros_is_a_note(buckets):
    """It may never be negative: at first hardly anything is cut."""
    biases = np.linspace(3.0, 0.0, 20)
    outputs = [relu(0.0, records=20, units=4, bias=bias)[n] for n, bias in enumerate(biases)]
    tensors = {"fc1/weight": [np.eye(9)] * 20, "activations/out": outputs}
    assert the(report_of(tensors, buckets=buckets), RULE).severity is Severity.INFO

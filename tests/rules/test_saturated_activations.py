from __future__ import annotations

import numpy as np
import pytest
from runs import chain_of, coverage, draws, equal, exponential, found, part, report_of, the, trained, training_of

from tensorboard_plugin_histdiag.finding import Severity, Strength
from tensorboard_plugin_histdiag.model.model import Layer

RULE = "saturated-activations"
BUCKETS = pytest.mark.parametrize("buckets", [equal, exponential])


def sigmoid(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-values))


def outputs(function, width: float, records: int = 20, size: int = 4000) -> list[np.ndarray]:
    return draws(lambda rng: function(rng.normal(0, width, size)), records)


@BUCKETS
def test_tanh_layers_drawn_too_wide_are_found_on_every_layer(buckets):
    tensors, scalars = training_of(activation="tanh", gain=8.0, schedule=lambda step: 0.02)
    findings = found(report_of(tensors, *scalars, buckets=buckets), RULE)
    assert {finding.tags[0] for finding in findings} == {f"dense{n}/activation" for n in (1, 2, 3)}
    assert {finding.first_step for finding in findings} == {0}


def test_tanh_layers_with_fitting_initialisation_are_clear():
    assert not found(trained(activation="tanh", initialiser="glorot-uniform"), RULE)


def test_a_tanh_that_has_no_slope_left_is_an_error():
    def fine(values: np.ndarray) -> np.ndarray:
        count, edges = np.histogram(values, bins=200)  # PyTorch writes so many: wider buckets cannot prove it
        return np.stack([edges[:-1], edges[1:], count], axis=1)

    report = report_of({"fc1/tanh": outputs(np.tanh, 200.0), "fc2/tanh": outputs(np.tanh, 0.5)}, buckets=fine)
    assert the(report, RULE).severity is Severity.ERROR


def test_a_sigmoid_that_is_saturated_from_the_first_record_on_is_found():
    tensors = {"fc1/sigmoid": outputs(sigmoid, 20.0), "fc2/sigmoid": outputs(sigmoid, 1.0)}
    finding = the(report_of(tensors), RULE)
    assert finding.tags == ("fc1/sigmoid",)
    assert finding.severity is Severity.WARNING


def test_a_sigmoid_that_closes_later_is_a_note():
    """Trap 39: gates learn to open and close."""
    tensors = {
        "fc1/sigmoid": outputs(sigmoid, 1.0, 5) + outputs(sigmoid, 20.0, 15),
        "fc2/sigmoid": outputs(sigmoid, 1.0),
    }
    assert the(report_of(tensors), RULE).severity is Severity.INFO


@pytest.mark.parametrize("tag", ["lstm1/forget_gate/activation", "gru/update_gate/sigmoid", "attention/weights"])
def test_gates_and_attention_may_sit_at_their_limits(tag):
    """Traps 14 and 39."""
    assert not found(report_of({tag: outputs(sigmoid, 20.0), "fc1/tanh": outputs(np.tanh, 0.5)}), RULE)


@BUCKETS
@pytest.mark.parametrize("classes", [3, 10])
def test_a_softmax_that_is_sure_of_itself_is_clear(buckets, classes):
    """Trap 14: by its mean, 1/K at every record, whatever it is called."""

    def softmax(rng: np.random.Generator) -> np.ndarray:
        powers = np.exp(rng.normal(0, 8.0, (400, classes)))
        return powers / powers.sum(axis=1, keepdims=True)

    assert not found(report_of({"fc9/activation": draws(softmax, 20), "fc10/tanh": outputs(np.tanh, 0.5)}), RULE)


def test_a_relu_that_is_clipped_at_one_is_no_sigmoid():
    clipped = outputs(lambda values: np.clip(values, 0, 1), 30.0)
    assert not found(report_of({"fc1/activation": clipped, "fc2/tanh": outputs(np.tanh, 0.5)}), RULE)


def test_pictures_that_a_generator_paints_are_not_judged():
    """Most pixels are black: the last layer's tanh is meant to reach its limits."""
    tensors = {
        "generator/fc1/tanh": outputs(np.tanh, 0.5),
        "generator/fc2/tanh": outputs(np.tanh, 0.5),
        "generator/fc3/tanh": outputs(np.tanh, 20.0),
        "generator/fc1/kernel": [np.linspace(-1, 1, 100)] * 20,
        "generator/fc2/kernel": [np.linspace(-1, 1, 100)] * 20,
        "generator/fc3/kernel": [np.linspace(-1, 1, 100)] * 20,
    }
    report = report_of(tensors)
    assert not found(report, RULE)
    assert coverage(report, RULE).not_applicable == 1


def test_the_last_hidden_layer_is_judged_where_outputs_are_not_logged():
    tensors = {
        "fc1/tanh": outputs(np.tanh, 0.5),
        "fc2/tanh": outputs(np.tanh, 20.0),
        **{f"fc{n}/kernel": [np.linspace(-1, 1, 100)] * 20 for n in (1, 2, 3)},
    }
    assert the(report_of(tensors), RULE).tags == ("fc2/tanh",)


def test_pre_activations_far_out_are_found_on_their_own_card():
    tensors = {
        "layer1/Wx_plus_b/pre_activations": draws(lambda rng: rng.normal(0, 15.0, 2000), 20),
        "layer2/Wx_plus_b/pre_activations": draws(lambda rng: rng.normal(0, 1.5, 2000), 20),
    }
    assert the(report_of(tensors), RULE).tags == ("layer1/Wx_plus_b/pre_activations",)


def test_saturation_is_said_to_come_of_weights_drawn_too_wide():
    report = trained(activation="tanh", gain=30.0, width=64, interval=5, steps=60, schedule=lambda step: 0.0001)
    wide = {finding.fingerprint for finding in found(report, "poor-initialisation")}
    assert wide
    assert any(wide & set(finding.explained_by) for finding in found(report, RULE))


# What the layer is, where its model is logged


OUT = part("last")


def test_a_tanh_at_one_of_its_limits_alone_is_found_where_the_model_is_known():
    tensors = {"zeta/activation": draws(lambda rng: np.tanh(rng.normal(5, 0.5, 2000)), 20)}
    assert not found(report_of(tensors), RULE)
    assert the(report_of(tensors, model=chain_of(part("zeta", "tanh"), OUT)), RULE).tags == ("zeta/activation",)


def test_a_sigmoid_at_one_of_its_limits_alone_is_found_where_the_model_is_known():
    tensors = {"zeta/activation": draws(lambda rng: sigmoid(rng.normal(8, 0.5, 2000)), 20)}
    assert not found(report_of(tensors), RULE)
    finding = the(report_of(tensors, model=chain_of(part("zeta", "sigmoid"), OUT)), RULE)
    assert "limits of sigmoid" in finding.explanation
    assert finding.explanation.endswith("Its function is sigmoid, as the logged model says.")


def test_a_function_that_is_only_taken_for_one_is_not_said_to_be_known():
    assert "model" not in the(report_of({"zeta/activation": outputs(np.tanh, 20.0)}), RULE).explanation


HARD = {
    "hardtanh": lambda values: np.clip(values, -1, 1),
    "hardsigmoid": lambda values: np.clip(values / 6 + 0.5, 0, 1),
}


@BUCKETS
@pytest.mark.parametrize("function", HARD)
def test_hard_functions_are_judged_by_how_much_lies_at_their_ends(function, buckets):
    model = chain_of(part("zeta", function), OUT)
    both, one = outputs(HARD[function], 50.0), outputs(lambda values: HARD[function](values + 120.0), 50.0)
    for ends in (both, one):
        tensors = {"zeta/activation": ends}
        finding = the(report_of(tensors, buckets=buckets, model=model), RULE)
        assert f"at the limits of {function}" in finding.explanation
        assert finding.strength is Strength.LIKELY
    near = {"zeta/activation": draws(lambda rng: rng.uniform(0.94, 0.99, 4000), 20)}
    alive = {"zeta/activation": outputs(HARD[function], 1.5)}
    assert not any(found(report_of(one, buckets=buckets, model=model), RULE) for one in (near, alive))


def test_a_softsign_is_flatter_than_tanh_where_both_give_the_same():
    tensors = {"zeta/activation": outputs(lambda values: values / (1 + np.abs(values)), 100.0)}
    finding = the(report_of(tensors, model=chain_of(part("zeta", "softsign"), OUT)), RULE)
    assert "at the limits of softsign: its mean slope there is at most" in finding.explanation


@pytest.mark.parametrize("function", ["relu", "relu6", "gelu", "softplus"])
def test_what_fills_the_range_of_a_sigmoid_by_chance_is_clear(function):
    """Without the model it would be taken for one."""
    tensors = {"zeta/activation": outputs(lambda values: np.clip(np.abs(values), 0, 1), 20.0)}
    assert found(report_of(tensors), RULE)
    report = report_of(tensors, model=chain_of(part("zeta", function), OUT))
    assert not found(report, RULE)
    assert coverage(report, RULE).reasons[0].reason == f"the layer's function has no such limits: {function}"


def test_pre_activations_of_a_relu_may_be_large():
    tensors = {"zeta/pre_activation": draws(lambda rng: rng.normal(0, 15.0, 2000), 20)}
    assert found(report_of(tensors), RULE)
    assert not found(report_of(tensors, model=chain_of(part("zeta", "relu"), OUT)), RULE)
    assert found(report_of(tensors, model=chain_of(part("zeta", "tanh"), OUT)), RULE)


@pytest.mark.parametrize(
    ("model", "is_found"),
    [
        (chain_of(part("zeta", "linear"), Layer(("f",), "activation", "tanh"), OUT), True),
        (chain_of(part("zeta", "linear"), Layer(("f",), "activation", "gelu"), OUT), False),
        (chain_of(part("zeta", "linear"), part("bn", kind="batchnormalization"), OUT), False),
        (chain_of(part("first"), part("zeta", "linear")), False),
    ],
    ids=["tanh behind", "GELU behind", "a norm behind", "the last layer"],
)
def test_pre_activations_are_judged_by_what_comes_behind_them(model, is_found):
    tensors = {"zeta/pre_activation": draws(lambda rng: rng.normal(0, 15.0, 2000), 20)}
    assert found(report_of(tensors), RULE)
    assert bool(found(report_of(tensors, model=model), RULE)) is is_found


@pytest.mark.parametrize(
    "model",
    [
        chain_of(part("zeta", "sigmoid"), Layer(("product",), "multiply"), OUT),
        chain_of(part("first"), part("zeta", "sigmoid")),
        chain_of(part("zeta", "softmax"), OUT),
    ],
    ids=["a gate", "the last layer", "a softmax"],
)
def test_what_the_model_calls_a_gate_or_an_output_is_clear(model):
    """Traps 14 and 39, whatever the layer is called."""
    tensors = {"zeta/activation": outputs(sigmoid, 20.0)}
    assert found(report_of(tensors), RULE)
    assert not found(report_of(tensors, model=model), RULE)


def test_what_is_called_an_output_but_feeds_other_layers_is_judged():
    tensors = {"attention_output/activation": outputs(np.tanh, 20.0)}
    assert not found(report_of(tensors), RULE)
    assert found(report_of(tensors, model=chain_of(part("attention_output", "tanh"), OUT)), RULE)

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
    normal,
    part,
    report_of,
    scalar,
    the,
    trained,
    training_of,
    walk,
)

from tensorboard_plugin_histdiag.finding import Severity, Strength

RULE = "unnormalised-inputs"
BUCKETS = pytest.mark.parametrize("buckets", [equal, exponential])


def large(factor: float, offset: float = 0.0):
    def fault(step, layers, inputs):
        return factor * inputs + offset

    return fault


def recipe(activation: str, factor: float, **options):
    return training_of(
        activation=activation, initialiser="glorot-uniform", fault=large(factor), schedule=lambda step: 1e-4, **options
    )


@BUCKETS
@pytest.mark.parametrize(("activation", "factor"), [("tanh", 300.0), ("sigmoid", 40.0)])
def test_inputs_that_saturate_the_first_layer_at_once_are_found(buckets, activation, factor):
    tensors, scalars = recipe(activation, factor)
    finding = the(report_of(tensors, *scalars, buckets=buckets), RULE)
    assert finding.tags[0] == "dense1/activation"
    assert finding.first_step == 0
    assert finding.severity is Severity.WARNING
    assert finding.strength is Strength.CERTAIN


def test_the_first_of_a_few_steps_is_no_less_certain_than_of_many():
    """Forty steps in a row may be epochs."""
    tensors, scalars = recipe("tanh", 300.0, steps=40, interval=1)
    assert the(report_of(tensors, *scalars), RULE).severity is Severity.WARNING


def test_saturation_is_said_to_come_of_the_inputs():
    tensors, scalars = recipe("tanh", 300.0)
    report = report_of(tensors, *scalars)
    saturated = found(report, "saturated-activations")
    assert saturated
    assert all(the(report, RULE).fingerprint in finding.explained_by for finding in saturated)


@BUCKETS
@pytest.mark.parametrize("factor", [100.0, 1000.0])
def test_a_first_gradient_far_above_its_bias_is_a_note(buckets, factor):
    tensors, scalars = recipe("relu", factor)
    finding = the(report_of(tensors, *scalars, buckets=buckets), RULE)
    assert finding.tags == ("dense1/kernel/gradient",)
    assert finding.severity is Severity.INFO
    assert finding.evidence[0].value > 30


@pytest.mark.parametrize(("last", "severity"), [(0.2, Severity.INFO), (15.0, Severity.WARNING)])
def test_a_steep_first_gradient_is_a_warning_where_the_loss_stays_high(last, severity):
    tensors, _ = recipe("relu", 100.0)
    losses = np.geomspace(60.0, last, 100).tolist()
    finding = the(report_of(tensors, scalar("loss", losses)), RULE)
    assert finding.severity is severity
    assert ("The loss has only fallen by" in finding.explanation) is (severity is Severity.WARNING)


@pytest.mark.parametrize(("factor", "is_found"), [(1.0, False), (12.0, True), (40.0, True)])
def test_outputs_that_look_saturated_are_judged_where_the_gradient_is_steep_too(factor, is_found):
    """Slopes are estimated too high where most values are next to a limit."""
    rng = np.random.default_rng(5)
    outputs = np.tanh(rng.normal(0, 4.2, 4000))
    tensors = {
        "fc1/activation": [outputs] * 10,
        "fc1/kernel": walk(rng.normal(0, 0.1, 600), rate=0.01, records=10),
        "fc1/kernel/gradient": draws(lambda rng: rng.normal(0, factor, 600), 10),
        "fc1/bias/gradient": draws(lambda rng: rng.normal(0, 1, 32), 10),
        "fc2/kernel/gradient": draws(lambda rng: rng.normal(0, 1, 600), 10),
        "fc2/bias/gradient": draws(lambda rng: rng.normal(0, 1, 32), 10),
        "fc2/kernel": walk(rng.normal(0, 0.1, 600), rate=0.01, records=10),
    }
    findings = found(report_of(tensors), RULE)
    assert [finding.severity for finding in findings] == [Severity.WARNING] * is_found
    assert all(finding.tags[0] == "fc1/activation" for finding in findings)
    assert all(finding.strength is Strength.LIKELY for finding in findings)


def test_without_bias_gradients_the_layers_are_compared():
    sizes = {"fc1": 500.0, "fc2": 1.0, "fc3": 0.5}
    tensors = {
        f"{name}/kernel/gradient": draws(lambda rng, size=size: rng.normal(0, size, 600), 10)
        for name, size in sizes.items()
    }
    finding = the(report_of(tensors), RULE)
    assert finding.tags == ("fc1/kernel/gradient",)
    assert finding.severity is Severity.INFO


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_scaled_inputs_are_clear(activation):
    assert not found(trained(activation=activation, initialiser="glorot-uniform"), RULE)


def test_exploding_gradients_of_later_layers_are_not_blamed_on_the_inputs():
    tensors, scalars = training_of(hidden=6, gain=4.0, schedule=lambda step: 1e-6)
    assert not found(report_of(tensors, *scalars), RULE)


def test_a_wide_initialisation_is_not_blamed_on_the_inputs():
    tensors, scalars = training_of(activation="tanh", gain=30.0, schedule=lambda step: 1e-4)
    assert not found(report_of(tensors, *scalars), RULE)


def test_a_bias_in_front_of_a_norm_is_left_alone():
    """Trap 31: its gradient is rounding noise."""
    tensors = {
        "conv1/kernel/gradient": draws(lambda rng: rng.normal(0, 1, 600), 10),
        "conv1/bias/gradient": draws(lambda rng: rng.normal(0, 1e-9, 32), 10),
        "conv2/kernel/gradient": draws(lambda rng: rng.normal(0, 1, 600), 10),
        "conv2/bias/gradient": draws(lambda rng: rng.normal(0, 1, 32), 10),
    }
    assert not found(report_of(tensors), RULE)


def test_the_first_gradient_of_a_residual_net_is_clear():
    """Trap 13."""
    tensors = {
        f"block{n}/kernel/gradient": draws(lambda rng, n=n: rng.normal(0, 20.0 if n == 1 else 1.0, 600), 10)
        for n in range(1, 6)
    }
    assert not found(report_of(tensors), RULE)


@pytest.mark.parametrize("beside", ["embedding/embeddings", "bn0/gamma"])
def test_networks_that_begin_with_an_embedding_or_a_norm_are_not_judged(beside):
    tensors, scalars = recipe("relu", 1000.0)
    first = dict(enumerate(walk(1 + normal(64), rate=0.01, records=10)))
    assert not found(report_of({**tensors, beside: first}, *scalars), RULE)


def test_an_unknown_order_is_not_judged():
    """Trap 12."""
    tensors = {f"{name}/kernel/gradient": draws(lambda rng: rng.normal(0, 1, 600), 5) for name in ("tower", "mixer")}
    report = report_of(tensors)
    assert coverage(report, RULE).not_applicable == 1


def test_saturation_that_comes_later_is_not_blamed_on_the_inputs():
    tensors = {
        "fc1/tanh": [
            np.tanh(array)
            for array in draws(lambda rng: rng.normal(0, 0.5, 4000), 5) + draws(lambda rng: rng.normal(0, 60, 4000), 15)
        ],
        **{f"fc{n}/kernel": walk(normal(600), rate=0.01, records=20) for n in (1, 2, 3)},
    }
    assert not found(report_of(tensors), RULE)


# What the layer is, where its model is logged


def first_outputs(values: np.ndarray) -> dict[str, list[np.ndarray]]:
    kernels = {f"{name}/kernel": walk(normal(600), rate=0.01, records=20) for name in ("fc1", "fc2", "fc3")}
    return {"fc1/activation": [values] * 20, **kernels}


def saturated(function: str, values: np.ndarray):
    model = chain_of(part("fc1", function), part("fc2"), part("fc3")) if function else None
    return found(report_of(first_outputs(values), model=model), RULE)


@pytest.mark.parametrize(
    ("function", "values"),
    [
        ("tanh", np.tanh(normal(4000, scale=0.5) + 5)),
        ("sigmoid", 1 / (1 + np.exp(-normal(4000, scale=0.5) - 8))),
    ],
)
def test_one_limit_is_enough_where_the_function_is_known(function, values):
    assert not saturated("", values)
    (finding,) = saturated(function, values)
    assert f"Its function is {function}, as the logged model says." in finding.explanation


@pytest.mark.parametrize(
    ("function", "is_found"),
    [("", True), ("tanh", True), ("hardtanh", True), ("relu", False), ("linear", False), ("softmax", False)],
)
def test_outputs_that_fill_the_range_of_tanh_are_judged_by_their_function(function, is_found):
    assert bool(saturated(function, np.clip(normal(4000, scale=50.0), -1, 1))) is is_found


@pytest.mark.parametrize(("function", "is_found"), [("tanh", True), ("relu", False)])
def test_first_pre_activations_are_judged_by_their_function(function, is_found):
    tensors = first_outputs(np.ones(600))
    tensors["fc1/pre_activation"] = [normal(4000, scale=50.0)] * len(tensors.pop("fc1/activation"))
    model = chain_of(part("fc1", function), part("fc2"), part("fc3"))
    assert bool(found(report_of(tensors, model=model), RULE)) is is_found

from __future__ import annotations

import numpy as np
import pytest
from runs import chain_of, coverage, draws, equal, exponential, found, part, report_of, the, trained, training_of

from tensorboard_plugin_histdiag.finding import Severity, Strength
from tensorboard_plugin_histdiag.model.model import Layer

RULE = "activation-collapse"
BUCKETS = pytest.mark.parametrize("buckets", [equal, exponential])


def outputs(scale: float = 1.0, mean: float = 0.0, records: int = 12, seed: int = 0) -> list[np.ndarray]:
    return draws(lambda rng: mean + scale * rng.normal(0, 1, (32, 64)), records, seed)


def layers(*scales: float) -> dict[str, list[np.ndarray]]:
    """Hidden layers whose outputs have these sizes, and a last one."""
    hidden = {f"fc{n}/activation": outputs(scale, seed=n) for n, scale in enumerate(scales, 1)}
    kernels = {f"fc{n}/kernel": outputs(0.1, seed=9 + n) for n in range(1, len(scales) + 2)}
    return {**hidden, **kernels, f"fc{len(scales) + 1}/activation": outputs(1e-9)}


@BUCKETS
def test_outputs_that_become_one_value_are_an_error(buckets):
    stuck = outputs(records=6) + [np.full((32, 64), 6.0)] * 6
    finding = the(report_of({"fc1/relu6": stuck, "fc2/activation": outputs()}, buckets=buckets), RULE)
    assert finding.tags == ("fc1/relu6",)
    assert (finding.severity, finding.strength) == (Severity.ERROR, Strength.CERTAIN)
    assert (finding.first_step, finding.last_step) == (60, 110)


def test_one_value_next_to_nothing_is_one_too():
    """Among the smallest numbers there are one over it is infinite."""
    tensors = {"fc1/activation": [np.full((32, 64), 1e-320)] * 6, "fc2/activation": outputs()}
    assert the(report_of(tensors), RULE).severity is Severity.ERROR


@BUCKETS
def test_outputs_that_are_nearly_one_value_are_a_warning(buckets):
    alike = outputs(records=4) + outputs(1e-5, mean=-0.5, records=8)
    finding = the(report_of({"fc1/activation": alike, "fc2/activation": outputs()}, buckets=buckets), RULE)
    assert (finding.severity, finding.strength) == (Severity.WARNING, Strength.CERTAIN)
    assert finding.first_step == 40


def test_outputs_that_the_buckets_leave_room_to_differ_are_not_judged():
    """Thirty equal buckets stretched by two far values; the rest may be spread within one."""
    far = [np.append(array, [3.0, -3.0]) for array in outputs(1e-5, mean=-0.5)]
    assert not found(report_of({"fc1/activation": far, "fc2/activation": outputs()}), RULE)


def test_a_single_value_is_one_whatever_the_order():
    """Trap 12."""
    tensors = {"body/activation": [np.full((32, 64), 6.0)] * 12, "branch/activation": outputs()}
    assert the(report_of(tensors), RULE).severity is Severity.ERROR


@BUCKETS
def test_weights_far_too_small_let_outputs_shrink_through_depth(buckets):
    def shrink(built):
        for layer in built[:-1]:
            layer.kernel[:] *= 0.05
            layer.bias[:] = 0

    tensors, scalars = training_of(activation="tanh", hidden=5, prepare=shrink, steps=60)
    finding = the(report_of(tensors, *scalars, buckets=buckets), RULE)
    assert finding.tags[0] == "dense5/activation"
    assert finding.severity is Severity.WARNING
    assert finding.first_step == 0


def test_the_layers_that_have_shrunk_are_named():
    finding = the(report_of(layers(1.0, 0.1, 0.009, 0.0008)), RULE)
    assert finding.tags == ("fc4/activation", "fc3/activation")
    assert finding.strength is Strength.CERTAIN


@pytest.mark.parametrize(
    "scales",
    [(1.0, 0.5, 0.2, 0.1), (100.0, 10.0, 1.0, 0.1), (1e-3, 1e-3, 1e-3, 1e-3), (1.0, 1e-6, 1.0, 1e-6), (1.0, 0.9, 1e-4)],
    ids=["default PyTorch", "inputs not scaled", "all small", "layer scale", "one branch"],
)
def test_outputs_that_differ_in_size_are_clear(scales):
    """Traps 4 and 13: what starts at next to nothing by design is no trend through depth."""
    assert not found(report_of(layers(*scales)), RULE)


def test_an_order_that_is_not_known_tells_no_depth():
    """Trap 12."""
    sizes = dict(zip(["alpha", "gamma", "delta", "beta"], (1.0, 0.1, 0.01, 0.001), strict=True))
    assert not found(report_of({f"{name}/activation": outputs(scale) for name, scale in sizes.items()}), RULE)


@pytest.mark.parametrize(
    "recipe",
    [{}, {"hidden": 6}, {"activation": "tanh"}, {"activation": "sigmoid", "initialiser": "glorot-uniform"}],
    ids=["relu", "deep relu", "tanh", "sigmoid"],
)
def test_ordinary_trainings_are_clear(recipe):
    assert not found(trained(**recipe), RULE)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_zeros_and_ones_are_not_judged(value):
    """Trap 14: zeros are for dead-units to judge, ones are a mask."""
    assert not found(report_of({"fc1/activation": [np.full((32, 64), value)] * 12, "fc2/relu": outputs()}), RULE)


def test_gates_masks_and_probabilities_may_be_all_alike():
    """Traps 14 and 39: a router that starts at zero gives each expert the same share."""
    even = [np.full((32, 8), 0.125)] * 12
    tensors = {"moe/router/softmax": even, "lstm/forget_gate/activation": [np.full((32, 8), 0.7)] * 12}
    assert not found(report_of(tensors), RULE)


def test_one_record_of_a_constant_is_none():
    """Trap 4: a zero-initialised head gives its bias to all, once."""
    start = [np.full((32, 64), 0.3)]
    assert not found(report_of({"fc1/activation": start + outputs(), "fc2/activation": outputs()}), RULE)


def test_predictions_around_a_large_mean_may_lie_close_together():
    tensors = {
        "fc1/kernel": outputs(0.1),
        "fc2/kernel": outputs(0.1),
        "fc1/activation": outputs(),
        "fc2/activation": outputs(0.5, mean=2000.0),
    }
    assert not found(report_of(tensors), RULE)


def test_a_scalar_output_may_have_one_value():
    """Trap 21."""
    report = report_of({"value/activation": [np.array([0.5 + n]) for n in range(12)], "fc1/activation": outputs()})
    assert not found(report, RULE)
    assert "too few values to differ" in {row.reason for row in coverage(report, RULE).reasons}


# What the layer is, where its model is logged


def alike(value: float, *functions: str, behind: str = "dense"):
    tensors = {"zeta/activation": [np.full((32, 64), value)] * 12, "eta/activation": outputs()}
    if not functions:
        return found(report_of(tensors), RULE)
    next_one = Layer(("eta",), behind, "linear" if behind == "dense" else "", trained=behind == "dense")
    return found(report_of(tensors, model=chain_of(part("zeta", *functions), next_one, part("last"))), RULE)


@pytest.mark.parametrize(
    ("value", "function"), [(0.0, "tanh"), (0.0, "gelu"), (1.0, "tanh"), (1.0, "sigmoid"), (1.0, "relu")]
)
def test_zeros_and_ones_are_found_where_the_function_gives_neither_by_design(value, function):
    assert not alike(value)
    (finding,) = alike(value, function)
    assert (finding.severity, finding.strength) == (Severity.ERROR, Strength.CERTAIN)
    assert finding.explanation.endswith(f" Its function is {function}, as the logged model says.")


def test_zeros_of_a_relu_are_left_to_dead_units():
    assert not alike(0.0, "relu")


def test_one_value_is_no_fault_of_what_the_model_calls_probabilities_or_a_gate():
    """Traps 14 and 39, whatever the layer is called."""
    assert alike(0.6)
    assert alike(0.6, "sigmoid")
    assert not alike(0.6, "sigmoid", behind="multiply")
    assert not alike(0.6, "softmax")


def test_a_mean_like_that_of_a_softmax_is_found_where_the_function_is_another():
    assert not alike(0.25)
    assert alike(0.25, "tanh")


def test_sigmoids_are_no_part_of_a_trend_through_depth():
    tensors = layers(1.0, 0.1, 0.009, 0.0008)
    names = [f"fc{n}" for n in range(1, 5)]
    assert found(report_of(tensors, model=chain_of(*(part(name, "tanh") for name in names), part("fc5"))), RULE)
    assert not found(report_of(tensors, model=chain_of(*(part(name, "sigmoid") for name in names), part("fc5"))), RULE)

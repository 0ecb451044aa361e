from __future__ import annotations

import numpy as np
import pytest
from runs import chain_of, coverage, equal, exponential, found, normal, part, report_of, scalar, the, trained, walk

from tensorboard_plugin_histdiag.finding import Severity, Strength

RULE = "poor-initialisation"


def constant(value: float):
    def prepare(layers):
        for layer in layers:
            layer.kernel[:] = value

    return prepare


def zero_head(layers):
    layers[-1].kernel[:] = 0.0


def kernels(records: int = 10) -> list[np.ndarray]:
    return walk(normal(600), rate=0.01, records=records)


@pytest.mark.parametrize("value", [0.0, 0.1])
def test_weights_that_all_start_with_one_value_are_found_on_every_layer(value):
    findings = found(trained(prepare=constant(value), steps=100), RULE)
    assert {finding.tags[0] for finding in findings} == {
        f"{name}/kernel" for name in ("dense1", "dense2", "dense3", "output")
    }
    assert {finding.strength for finding in findings} == {Strength.CERTAIN}
    assert not {finding.severity for finding in findings} & {Severity.INFO}


def test_weights_that_stay_at_one_value_are_an_error():
    tensors = {"fc1/kernel": [np.zeros(600)] * 10, "fc2/kernel": kernels()}
    finding = the(report_of(tensors), RULE)
    assert finding.severity is Severity.ERROR
    assert finding.last_step == 90


@pytest.mark.parametrize(
    ("initialiser", "gain"), [("he-normal", 1.0), ("glorot-uniform", 1.0), ("glorot-uniform", 0.1), ("he-normal", 2.0)]
)
@pytest.mark.parametrize("width", [8, 64])
def test_common_initialisers_are_clear(initialiser, gain, width):
    assert not found(trained(initialiser=initialiser, gain=gain, width=width, steps=40), RULE)


@pytest.mark.parametrize("buckets", [equal, exponential])
def test_weights_drawn_far_too_wide_are_found(buckets):
    tensors = {"fc1/kernel": walk(normal(4096, scale=8.0), rate=0.001, records=10), "fc2/kernel": kernels()}
    finding = the(report_of(tensors, buckets=buckets), RULE)
    assert finding.tags == ("fc1/kernel",)
    assert finding.severity is Severity.WARNING


def test_a_zero_initialised_head_that_moves_is_clear():
    """Trap 4."""
    assert not found(trained(prepare=zero_head), RULE)


def test_zero_initialised_residual_branches_are_clear():
    """Trap 4: several of them, beside weights that start at random."""
    branch = [np.zeros(600), *kernels(9)]
    tensors = {"block1/conv1/kernel": kernels(), "block1/conv2/kernel": branch, "block2/conv2/kernel": branch}
    assert not found(report_of(tensors), RULE)


def test_adapters_may_start_at_zero():
    """Trap 4: LoRA's B."""
    tensors = {
        "layer1/lora_B/weight": [np.zeros(256), np.zeros(256), *walk(normal(256), rate=0.1, records=8)],
        "layer1/weight": kernels(),
    }
    assert not found(report_of(tensors), RULE)


def test_biases_and_norms_may_start_with_one_value():
    """Trap 3."""
    tensors = {
        "conv1/kernel": kernels(),
        "conv1/bias": [np.zeros(64)] * 10,
        "bn1/gamma": [np.ones(64)] * 10,
        "bn1/beta": [np.zeros(64)] * 10,
    }
    assert not found(report_of(tensors), RULE)


@pytest.mark.parametrize("bias", [True, False], ids=["with its shift", "alone"])
def test_a_norm_in_an_unnamed_sequence_is_no_matrix(bias):
    """Trap 3: PyTorch calls its scale `net.1.weight`, and trains it or not."""
    tensors = {"net.0.weight": kernels(), "net.1.weight": [np.ones(64)] * 10, "net.3.weight": kernels()}
    if bias:
        tensors["net.1.bias"] = [np.zeros(64)] * 10
    assert not found(report_of(tensors), RULE)


def test_a_matrix_of_ones_beside_a_bias_is_found():
    tensors = {"fc1.weight": [np.ones(640)] * 10, "fc1.bias": [np.zeros(64)] * 10, "fc2.weight": kernels()}
    assert the(report_of(tensors), RULE).severity is Severity.ERROR


def test_tiny_tensors_are_not_judged():
    """Trap 21."""
    assert not found(report_of({"scale/weight": [np.zeros(1)] * 5, "fc/weight": kernels()}), RULE)


def test_a_first_record_after_training_began_is_not_judged():
    """Trap 20: Keras' first record is taken after epoch 1."""
    wide = walk(normal(4096, scale=8.0), rate=0.001, records=10)
    late = {"fc1/kernel": {100 + 10 * n: array for n, array in enumerate(wide)}}
    assert coverage(report_of(late), RULE).not_applicable == 1
    epochs = report_of({"fc1/kernel": wide}, scalar("loss", [1.0] * 10, tag="epoch_loss", spacing=1), spacing=1)
    assert coverage(epochs, RULE).not_applicable == 1


# What the layer is, where its model is logged


@pytest.mark.parametrize("buckets", [equal, exponential])
def test_weights_are_compared_with_hes_rule_where_their_inputs_are_known(buckets):
    """64 inputs and 32 units drawn with a standard deviation of 1.2: too little for the bare number of weights."""
    tensors = {"zeta/kernel": walk(normal(64 * 32, scale=1.2), rate=0.001, records=10)}
    assert not found(report_of(tensors, buckets=buckets), RULE)
    finding = the(report_of(tensors, buckets=buckets, model=chain_of(part("zeta", units=32), part("last"))), RULE)
    assert finding.severity is Severity.WARNING
    assert "times He's for 64 inputs" in finding.explanation
    assert "The model draws them by GlorotUniform." in finding.explanation


@pytest.mark.parametrize(("inputs", "units"), [(2, 50_000), (50_000, 2), (9, 64), (784, 10)])
@pytest.mark.parametrize("rule", ["LeCun", "Glorot", "He"])
def test_common_initialisers_are_clear_for_every_shape(inputs, units, rule):
    """By the bare number of weights, two inputs and 50,000 units would be too wide."""
    scale = {"LeCun": 1 / inputs, "Glorot": 2 / (inputs + units), "He": 2 / inputs}[rule] ** 0.5
    tensors = {"zeta/kernel": walk(normal(inputs * units, scale=scale), rate=0.001 * scale, records=3)}
    assert not found(report_of(tensors, model=chain_of(part("zeta", units=units), part("last"))), RULE)


FIXED = {"RandomNormal": 0.05, "TruncatedNormal": 0.044, "RandomUniform": 0.05 / 3**0.5}
"""Standard deviations that Keras' initialisers give by default, whatever the shape."""
SHAPES = [(1, 8), (8, 1), (16, 1), (1, 4096), (4096, 1), (4, 4), (64, 256), (9, 2048), (4608, 32), (25_088, 8)]
"""Inputs and units, of dense layers, of recurrent cells, of depthwise ones and of convolutions."""


def started(inputs: int, units: int, scale: float, seed: int = 0):
    weights = walk(normal(inputs * units, scale=scale, seed=seed), rate=0.001, records=3)
    return found(report_of({"zeta/kernel": weights}, model=chain_of(part("zeta", units=units), part("last"))), RULE)


@pytest.mark.parametrize(("inputs", "units"), SHAPES)
def test_no_default_of_keras_is_too_wide(inputs, units):
    scaled = {
        "LeCun": 1 / inputs,
        "Glorot": 2 / (inputs + units),
        "He": 2 / inputs,
        "orthogonal": 1 / max(inputs, units),
    }
    for scale in (*FIXED.values(), *(variance**0.5 for variance in scaled.values())):
        assert not any(started(inputs, units, scale, seed) for seed in range(3))


@pytest.mark.parametrize(("rule", "clear", "wide"), [(2.0, 5.0, 7.0), (1.0, 7.0, 10.0), (1 / 3, 10.0, 17.0)])
@pytest.mark.parametrize(("inputs", "units"), [(64, 64), (576, 128), (4096, 16)])
def test_from_which_factor_weights_are_too_wide(inputs, units, rule, clear, wide):
    """He's rule, LeCun's, and PyTorch's own."""
    usual = (rule / inputs) ** 0.5
    assert not started(inputs, units, clear * usual)
    assert started(inputs, units, wide * usual)


def test_wide_weights_in_front_of_a_normalisation_are_a_note():
    tensors = {"zeta/kernel": walk(normal(64 * 32, scale=1.2), rate=0.001, records=10)}
    model = chain_of(part("zeta", units=32), part("norm", kind="batchnormalization"), part("last"))
    assert the(report_of(tensors, model=model), RULE).severity is Severity.INFO


def test_the_bare_number_of_weights_counts_where_it_does_not_fit_the_units():
    tensors = {"zeta/kernel": walk(normal(64 * 32, scale=1.2), rate=0.001, records=10)}
    assert not found(report_of(tensors, model=chain_of(part("zeta", units=33), part("last"))), RULE)

"""What readings of activations say where the log tells the layer's function, and the same series where it does not."""

from __future__ import annotations

import numpy as np
import pytest
from runs import Array, chain_of, draws, measured_of, part, report_of
from told import check

from tensorboard_plugin_histdiag.diagnose import judge

SIZE = 4000


def relu(rng: np.random.Generator) -> Array:
    return np.maximum(rng.normal(0, 0.3, SIZE), 0).clip(0, 0.95)


def sure(rng: np.random.Generator) -> Array:
    """Shares of a network that is sure, the small ones lost to rounding."""
    return np.where(rng.random(SIZE) < 0.6, 0.0, rng.random(SIZE))


def texts(make, function: str, tag: str = "zeta/activation") -> tuple[str, str]:
    """Return the reading of a series without a model and with one that names its function; both must be true."""
    tensors = {tag: draws(make, 8)}
    model = chain_of(part("zeta", function), part("last"))
    bare, known = report_of(tensors), report_of(tensors, model=model)
    for report in (bare, known):
        assert check(report, measured_of(tensors)).complaints == []
    return bare.readings[0].text, known.readings[0].text


@pytest.mark.parametrize("function", ["tanh", "softsign", "gelu"])
def test_a_function_is_named_where_the_model_tells_it(function):
    bare, known = texts(lambda rng: np.tanh(rng.normal(0, 0.5, SIZE)), function)
    assert "model" not in bare
    assert known == f"{bare} Its function is {function} (from the model)."


def test_a_pre_activation_goes_into_the_function():
    bare, known = texts(lambda rng: rng.normal(0, 1.5, SIZE), "tanh", "zeta/pre_activation")
    assert known == f"{bare} It goes into tanh (from the model)."


def test_a_relu_of_small_values_is_not_taken_for_probabilities():
    bare, known = texts(relu, "relu")
    assert "A ReLU, or probabilities of a network that is very sure." in bare
    assert "An ordinary share for a ReLU. Its function is relu (from the model)." in known


@pytest.mark.parametrize("function", ["softmax", "sigmoid"])
def test_probabilities_are_not_taken_for_a_relu(function):
    bare, known = texts(sure, function)
    assert "ReLU" in bare
    assert "ReLU" not in known


def test_what_is_said_of_a_function_is_checked():
    tensors = {"zeta/activation": draws(lambda rng: rng.normal(0, 2.0, SIZE), 8)}
    model = chain_of(part("zeta", "tanh"), part("last"))
    metrics = measured_of(tensors)
    (complaint,) = check(judge(metrics, models={"run": model}), metrics).complaints
    assert "between -1 and 1 alone" in complaint

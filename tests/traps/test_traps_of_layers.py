"""Traps of layers: what is odd by design and looks like a fault. Each has a twin in which it is one."""

from __future__ import annotations

import numpy as np
import pytest
from runs import Array, draws, normal, walk
from trap import DEAD, RECORDS, agreed, alarms, beside, healthy

GENERATOR = np.random.default_rng
LETTERS = ("alpha", "delta", "kappa", "omega", "sigma", "theta")


def learning(start: Array, *, rate: float = 0.02) -> list[Array]:
    return walk(start, rate=rate, records=RECORDS)


def sized(sizes: dict[str, float]) -> dict[str, list[Array]]:
    """Return gradients of the given sizes, drawn anew for each record."""
    return {
        tag: draws(lambda rng, size=size: rng.normal(0, size, 300), RECORDS, place)
        for place, (tag, size) in enumerate(sizes.items())
    }


def steps_down(names: tuple[str, ...], factor: float, part: str = "kernel") -> dict[str, list[Array]]:
    """Return gradients that shrink by a factor from each layer to the one before it, the last one's being 0.01."""
    return sized({f"{name}/{part}/gradient": 0.01 * factor ** -(n + 1) for n, name in enumerate(reversed(names))})


def gated(rng: np.random.Generator, shape: tuple[int, ...] = (64, 32)) -> Array:
    """Return what a gate gives that has learned to be open here and closed there."""
    return 1 / (1 + np.exp(-rng.choice([-6.0, 6.0], shape) - rng.normal(0, 1, shape)))


def test_trap_03_biases_and_norm_shifts_start_at_zero_and_norm_scales_at_one():
    zeros, ones = learning(np.zeros(64), rate=0.002), learning(np.ones(64), rate=0.002)
    assert not alarms(*beside({"dense4/bias": zeros, "bn1/beta": zeros, "bn1/gamma": ones}))
    constant = [np.full(1024, 0.1)] * 3 + learning(np.full(1024, 0.1), rate=0.002)[: RECORDS - 3]
    assert "poor-initialisation" in agreed(*beside({"dense4/kernel": constant}))


def test_trap_04_adapters_branches_and_heads_that_start_at_nothing():
    fresh = [np.zeros(1024)] * 2 + learning(normal(1024, scale=0.01))[: RECORDS - 2]
    adapter = "model.layers.0.self_attn.q_proj"
    assert not alarms(
        *beside(
            {
                f"{adapter}.lora_A.default.weight": learning(normal(1024)),
                f"{adapter}.lora_B.default.weight": fresh,
                f"{adapter}.lora_A.default.weight.grad": [np.zeros(1024), *draws(_small, RECORDS - 1)],
                "layer1.0.bn2.weight": learning(np.zeros(64), rate=0.01),
                "blocks.0.ls1.gamma": [1e-5 + array for array in learning(np.zeros(64), rate=0.003)],
                "head.weight": [np.zeros(640), *learning(normal(640, scale=0.01))[1:]],
            }
        )
    )
    assert "poor-initialisation" in agreed(*beside({"dense2/kernel": fresh}))


def _small(rng: np.random.Generator) -> Array:
    return rng.normal(0, 1e-3, 1024)


def test_trap_06_embeddings_and_experts_have_sparse_gradients():
    def looked_up(rng: np.random.Generator) -> Array:
        return np.where(rng.random((1000, 1)) < 0.03, rng.normal(0, 0.01, (1000, 8)), 0.0)

    def routed(rng: np.random.Generator) -> Array:
        return rng.normal(0, 0.01, 1024) if rng.random() < 0.3 else np.zeros(1024)

    tensors = {"embed/embeddings": learning(normal(8000)), "embed/embeddings/gradient": draws(looked_up, RECORDS)}
    for n in range(4):
        tensors[f"layers.1.experts.{n}.w1.weight"] = learning(normal(1024, seed=n))
        tensors[f"layers.1.experts.{n}.w1.weight.grad"] = draws(routed, RECORDS, seed=n)
    assert any(not np.any(tensors["layers.1.experts.0.w1.weight.grad"][n : n + 3]) for n in range(RECORDS - 3))
    assert not alarms(*beside(tensors))
    assert "no-gradient" in agreed(*beside({"dense2/kernel/gradient": [np.zeros((32, 32))] * RECORDS}))


OUTPUTS = {
    "relu after batch norm": lambda rng: np.maximum(rng.normal(0, 1, 2048), 0),
    "squared relu": lambda rng: np.maximum(rng.normal(0, 1, 2048), 0) ** 2,
    "one of ten": lambda rng: np.maximum(rng.normal(-1.28, 1, 2048), 0) * (rng.random(2048) < 0.9),
    "relu after dropout": lambda rng: np.maximum(rng.normal(0, 1, 2048), 0) * (rng.random(2048) < 0.5),
    "gelu": lambda rng: (lambda z: z / (1 + np.exp(-1.702 * z)))(rng.normal(0, 1, 2048)),
}


@pytest.mark.parametrize("outputs", OUTPUTS.values(), ids=OUTPUTS)
def test_trap_07_outputs_that_are_often_or_nearly_zero(outputs):
    assert not alarms(*beside({"dense2/activation": draws(outputs, RECORDS)}))
    assert "dead-units" in agreed(*beside(DEAD))


def test_trap_12_an_order_of_layers_that_is_not_known():
    assert not alarms(steps_down(LETTERS, 100.0))
    assert "vanishing-gradients" in agreed(steps_down(tuple(f"dense{n}" for n in range(1, 7)), 100.0))


def test_trap_12_counters_that_differ_from_run_to_run():
    """The tenth model that a notebook builds has ``dense_24`` for its first layer."""
    for first in (1, 8, 24, 98):
        names = tuple(f"dense_{n}" for n in range(first, first + 6))
        assert not alarms(steps_down(names, 1.5))
        assert "vanishing-gradients" in agreed(steps_down(names, 100.0))


@pytest.mark.parametrize("part", ["kernel", "bias"])
def test_trap_13_the_first_layer_of_a_residual_net_has_the_larger_gradient(part):
    names = tuple(f"block{n}" for n in range(1, 7))
    assert not alarms(steps_down(names, 1 / 1.6, part))
    assert "exploding-gradients" in agreed(steps_down(names, 0.05, "bias"))


BY_DESIGN = {
    "lstm/forget_gate": gated,
    "blocks.0.moe.gate": gated,
    "predictions/softmax": lambda rng: np.eye(10)[rng.integers(0, 10, 64)] * 0.98 + 0.002,
    "block1/attn/probabilities": lambda rng: rng.dirichlet(np.full(16, 0.05), 64),
    "attention_mask": lambda rng: (rng.random((64, 32)) < 0.8).astype(float),
    "dense2/dropout_mask": lambda rng: (rng.random((64, 32)) < 0.5).astype(float),
}


@pytest.mark.parametrize("tag", BY_DESIGN)
def test_trap_14_gates_probabilities_and_masks_sit_at_zero_and_one(tag):
    assert not alarms(*beside({tag: draws(BY_DESIGN[tag], RECORDS)}))


def test_trap_14_a_hidden_layer_that_sits_at_zero_and_one_is_saturated():
    assert "saturated-activations" in agreed(*beside({"dense2/sigmoid": draws(gated, RECORDS)}))


def test_trap_15_quantised_pruned_and_clipped_weights():
    kernel = healthy()[0]["dense2/kernel"]
    shares = np.clip(np.linspace(-0.2, 1.3, RECORDS), 0, 0.9)  # more and more of the smallest, as pruning goes
    kept = np.abs(kernel[10]) > np.quantile(np.abs(kernel[10]), 0.9)
    changed = {
        "quantised": [np.round(array * 16) / 16 for array in kernel],
        "pruned": [
            array * (np.abs(array) > np.quantile(np.abs(array), share))
            for array, share in zip(kernel, shares, strict=True)
        ],
        "pruned at once": [array if n < 10 else array * kept for n, array in enumerate(kernel)],
        "clipped": [np.clip(array, -0.25, 0.25) for array in kernel],
    }
    for tensors in changed.values():
        assert not alarms(*beside({"dense2/kernel": tensors}))
    crushed = [array * 0.75**n for n, array in enumerate(kernel)]
    assert "weight-collapse" in agreed(*beside({"dense2/kernel": crushed}))


def test_trap_31_a_bias_in_front_of_a_batch_norm_and_the_bias_of_an_attentions_keys_get_no_gradient():
    norms = {f"bn{n}/gamma": learning(np.ones(32), rate=0.002) for n in (1, 2, 3)}
    faint = sized({f"dense{n}/bias/gradient": 1e-9 for n in (1, 2, 3)} | {"output/bias/gradient": 0.01})
    keys = sized({f"layers.{n}.self_attn.k_proj.bias.grad": 1e-9 for n in range(3)})
    assert not alarms(*beside(norms | faint | keys))
    signals = sized({f"dense{n}/bias/gradient": 0.01 * 1e-3 ** (3 - n) for n in (1, 2, 3)})
    assert "vanishing-gradients" in agreed(*beside(signals))


SPARSE = {
    "a mask on a relu": lambda rng: np.maximum(rng.normal(0, 1, (64, 32)), 0) * (rng.random((64, 32)) < 0.5),
    "a negative bias": lambda rng: np.maximum(rng.normal(-0.84, 1, (64, 32)), 0),
    "a transformer's hidden layer": lambda rng: np.maximum(rng.normal(-1.65, 1, (64, 32)), 0),
}


@pytest.mark.parametrize("outputs", SPARSE.values(), ids=SPARSE)
def test_trap_37_sparse_outputs_whose_units_all_learn(outputs):
    sparse = draws(outputs, RECORDS)
    assert min(float(np.mean(array == 0)) for array in sparse) > 0.7
    assert not alarms(*beside({"dense2/activation": sparse}))
    units = np.arange(32) < 4
    dead = {
        "dense2/activation": [array * units for array in sparse],
        "dense2/bias/gradient": draws(lambda rng: rng.normal(0, 0.01, 32) * units, RECORDS),
    }
    assert "dead-units" in agreed(*beside(dead))


@pytest.mark.parametrize(
    "gate", ["gru/update_gate", "gru/reset_gate", "lstm/input_gate", "lstm/forget_gate", "lstm/output_gate"]
)
def test_trap_39_gates_of_recurrent_layers_learn_to_be_shut_or_open(gate):
    shut = draws(lambda rng: 1 / (1 + np.exp(5 + rng.normal(0, 1, (64, 32)))), RECORDS)
    wide = draws(gated, RECORDS)
    assert not alarms(*beside({gate: shut, f"{gate}/activation": wide, f"{gate}/sigmoid": wide}))
    assert "saturated-activations" in agreed(*beside({"dense2/sigmoid": wide}))

"""Traps of training: courses that look like a fault and belong to the method. Each has a twin in which they are one."""

from __future__ import annotations

import numpy as np
import pytest
from runs import Array, adam, draws, found, loud, normal, scalar, uniform, walk
from trap import FALLING, FLAT, RECORDS, agreed, alarms, beside, healthy, reports

LAYERS = ("dense1", "dense2", "dense3", "output")
EPOCHS = scalar("loss", np.geomspace(2.3, 0.2, RECORDS), tag="epoch_loss", spacing=1)


def learning(start: Array, *, rate: float = 0.02, records: int = RECORDS) -> list[Array]:
    return walk(start, rate=rate, records=records)


def with_gradients(factor: float | Array, *layers: str, **recipe) -> dict[str, list[Array]]:
    """Return a healthy training whose gradients are multiplied, those of some layers or all."""
    factors = np.broadcast_to(factor, RECORDS)
    return {
        tag: [array * each for array, each in zip(arrays, factors, strict=True)]
        if tag.endswith("gradient") and tag.startswith(layers or LAYERS)
        else arrays
        for tag, arrays in healthy(**recipe)[0].items()
    }


def test_trap_05_frozen_backbones_moving_statistics_and_averaged_copies():
    frozen = {f"backbone/conv{n}/kernel": [normal(2048, seed=n)] * RECORDS for n in (1, 2, 3)}
    frozen |= {"bn1/moving_mean": [uniform(64)] * RECORDS, "bn1/moving_variance": [1 + uniform(64)] * RECORDS}
    copies = {f"ema/{layer}/kernel": list[Array]() for layer in LAYERS}
    for layer in LAYERS:
        average = healthy()[0][f"{layer}/kernel"][0]
        for array in healthy()[0][f"{layer}/kernel"]:
            average = 0.99 * average + 0.01 * array
            copies[f"ema/{layer}/kernel"].append(average)
    assert not alarms(*beside(frozen | copies))
    assert "frozen-weights" in agreed(*beside({"dense4/kernel": [uniform(2048)] * RECORDS}))


def test_trap_08_a_solved_problem_has_gradients_of_1e_8_and_no_loss():
    fading = np.geomspace(1, 1e-8, RECORDS)
    settled = with_gradients(fading)
    for layer in LAYERS:
        first, last = (settled[f"{layer}/kernel"][n] for n in (0, -1))
        settled[f"{layer}/kernel"] = [last + (first - last) * 0.6**n for n in range(RECORDS)]
    assert not alarms(settled, scalar("loss", np.geomspace(2.3, 1e-9, RECORDS)))
    assert "vanishing-gradients" in agreed(with_gradients(fading, "dense1", "dense2"), FLAT)


@pytest.mark.parametrize("factor", [1e-7, 1e-3, 64.0, 65536.0, 1e9])
def test_trap_09_losses_that_are_sums_or_scaled_change_no_ratio(factor):
    assert not alarms(with_gradients(factor), FALLING)
    assert "vanishing-gradients" in agreed(with_gradients(1e-6, "dense1"), FALLING)


def test_trap_09_gradients_that_are_always_clipped():
    tensors = healthy()[0]
    gradients = {tag: arrays for tag, arrays in tensors.items() if tag.endswith("gradient")}
    norms = [np.sqrt(sum(float(np.sum(arrays[n] ** 2)) for arrays in gradients.values())) for n in range(RECORDS)]
    assert not alarms(with_gradients(1 / np.array(norms)), FALLING)
    assert "gradient-spikes" in agreed(with_gradients(np.where(np.arange(RECORDS) == 20, 1e4, 1.0)), FALLING)


def test_trap_10_adam_learns_from_small_gradients_all_the_same():
    recipe = {"update": adam, "schedule": _small_rate}
    assert not alarms(with_gradients(1e-7, **recipe), *healthy(**recipe)[1])
    idle = with_gradients(1e-7, **recipe)
    for layer in LAYERS:
        idle[f"{layer}/kernel"] = learning(idle[f"{layer}/kernel"][0], rate=1e-6)
    assert "small-updates" in agreed(idle, FLAT)


def _small_rate(step: int) -> float:
    return 1e-3


SCHEDULES = {
    "warm-up and cosine to zero": lambda step: 0.03 * min(1.0, step / 60) * (1 + np.cos(np.pi * step / 300)) / 2,
    "step decay": lambda step: 0.03 * 0.1 ** (step // 100),
    "one cycle": lambda step: 0.001 + 0.05 * (1 - abs(step - 100) / 200),
}


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES)
def test_trap_11_rates_that_rise_and_fall_by_schedule(schedule):
    tensors, scalars = healthy(schedule=schedule)
    assert not alarms(tensors, *scalars)


def test_trap_11_a_rate_that_rises_too_far_is_no_schedule():
    tensors, scalars = healthy(schedule=_breaking_out)
    assert agreed(tensors, *scalars) & {"large-updates", "weight-explosion", "loss-diverging", "sudden-shift"}


def _breaking_out(step: int) -> float:
    return 0.03 if step < 150 else 0.8


def test_trap_16_networks_that_are_trained_by_turns_have_steps_of_their_own():
    steps = {"generator": range(0, 600, 20), "discriminator": range(10, 600, 20), "critic": range(0, 600, 60)}
    tensors = {}
    for network, logged in steps.items():
        for n in (1, 2):
            kernels = learning(normal(1024, seed=n), records=len(logged))
            slopes = draws(lambda rng: rng.normal(0, 0.01, 1024), len(logged), seed=n)
            tensors[f"{network}/fc{n}/kernel"] = dict(zip(logged, kernels, strict=True))
            tensors[f"{network}/fc{n}/kernel/gradient"] = dict(zip(logged, slopes, strict=True))
    assert not alarms(tensors)
    ended = {step: array for step, array in tensors["generator/fc2/kernel"].items() if step < 300}
    assert "series-stopped" in agreed({**tensors, "generator/fc2/kernel": ended})


def test_trap_20_the_first_record_is_seldom_the_initialisation():
    """A wide kernel that is first logged late has grown in training; at step 0 it was drawn so."""
    wide = learning(normal(4096, scale=2.0), rate=0.003)
    late = {5000 + 10 * n: array for n, array in enumerate(wide)}
    assert not alarms({"fc1/kernel": late})
    assert "poor-initialisation" in agreed({"fc1/kernel": wide})


def test_trap_30_steps_that_are_epochs():
    start = normal(1024)
    moved = [start + np.abs(start).mean() * (n % 2) for n in range(RECORDS)]
    assert not alarms({"fc1/kernel": moved}, EPOCHS, spacing=1)
    assert "large-updates" in agreed({"fc1/kernel": moved}, FALLING)


def test_trap_32_single_infinite_gradients_belong_to_loss_scaling():
    def infinite(arrays: list[Array], *records: int) -> list[Array]:
        return [np.full_like(array, np.inf) if n in records else array for n, array in enumerate(arrays)]

    tensors = healthy()[0]
    overflow = {tag: infinite(tensors[tag], 7, 19) for tag in tensors if tag.endswith("gradient")}
    assert not alarms({**tensors, **overflow}, FALLING)
    spoiled = {"dense2/kernel": infinite(tensors["dense2/kernel"], *range(19, RECORDS))}
    assert "non-finite-values" in agreed({**tensors, **overflow, **spoiled}, FALLING)


def test_trap_32_masked_attention_scores_are_minus_infinity():
    def masked(rng: np.random.Generator) -> Array:
        return np.where(np.tri(32) > 0, rng.normal(0, 1, (32, 32)), -np.inf)

    assert not alarms(*beside({"block1/attn_logits": draws(masked, RECORDS)}))
    assert "non-finite-values" in agreed(*beside({"dense2/relu": draws(masked, RECORDS)}))


def test_trap_33_gradients_logged_after_zero_grad_are_called_that_first():
    """Their zeros are +0; small negative numbers that round to nothing leave -0."""
    tensors = healthy()[0]
    nothing = {tag: [np.zeros_like(one) for one in tensors[tag]] for tag in tensors if tag.endswith("gradient")}
    for report in reports({**tensors, **nothing}, FALLING):
        assert loud(report) == ["no-gradient"]
        assert all("zero_grad" in one.explanation for one in found(report, "no-gradient"))
    of_one = {tag: arrays for tag, arrays in nothing.items() if tag.startswith("dense2")}
    for report in reports({**tensors, **of_one}, FALLING):
        cut_off = found(report, "no-gradient")
        assert cut_off
        assert not any("zero_grad" in one.explanation for one in cut_off)


def test_trap_34_weights_in_front_of_a_norm_may_grow():
    growing = [normal(1024) * 1.1**n for n in range(RECORDS)]
    norm = {"bn1/gamma": learning(np.ones(32), rate=0.002), "conv2/kernel": learning(normal(1024))}
    assert not alarms({"conv1/kernel": growing, **norm})
    assert "weight-explosion" in agreed({"conv1/kernel": growing, "conv2/kernel": norm["conv2/kernel"]})


def jumping(*records: int) -> list[Array]:
    """Return weights that learn a little, and jump at the given records."""
    return [
        array + 0.3 * (sum(n >= jump for jump in records) % 2)
        for n, array in enumerate(learning(normal(1024), rate=0.003, records=40))
    ]


def test_trap_35_copies_restarts_and_averages_jump_by_design():
    target = {"target/fc1/kernel": jumping(13, 30), "online/fc1/kernel": jumping()}
    assert not alarms(target)
    assert not alarms({"fc1/kernel": jumping(10, 20, 30), "fc2/kernel": jumping(10, 20, 30)})
    assert "sudden-shift" in agreed({"fc1/kernel": jumping(13), "fc2/kernel": jumping()})


def test_trap_35_layers_are_unfrozen_one_after_the_other():
    def frozen_until(record: int, seed: int) -> list[Array]:
        free = learning(normal(1024, seed=seed))
        return [free[max(n - record, 0)] for n in range(RECORDS)]

    assert not alarms({f"layer{n}/kernel": frozen_until(5 * (5 - n), n) for n in range(1, 6)}, FALLING)
    never = {f"layer{n}/kernel": frozen_until(0, n) for n in range(2, 6)} | {"layer1/kernel": [uniform(1024)] * RECORDS}
    assert "frozen-weights" in agreed(never, FALLING)


def test_trap_36_linear_probing_and_a_trunk_detached_by_mistake_differ_by_the_initialisation_alone():
    head = {"head/kernel": learning(normal(640))}
    assert not alarms({f"backbone/conv{n}/kernel": [normal(2048, seed=n)] * RECORDS for n in (1, 2, 3)} | head)
    drawn = {f"backbone/conv{n}/kernel": [uniform(2048, seed=n)] * RECORDS for n in (1, 2, 3)}
    assert "only-last-layer-learns" in agreed(drawn | head)


def test_trap_40_a_plateau_of_label_noise():
    rng = np.random.default_rng(0)
    plateau = np.maximum(2.3 * 0.7 ** np.arange(RECORDS), 0.55) * rng.normal(1, 0.03, RECORDS)
    validation = scalar("validation-loss", plateau * rng.normal(1.02, 0.03, RECORDS))
    assert not alarms(healthy()[0], scalar("loss", plateau), validation)
    rising = np.where(np.arange(RECORDS) < 15, plateau, plateau * 1.4 ** np.arange(-14, RECORDS - 14))
    assert "loss-diverging" in agreed(healthy()[0], scalar("loss", rising), validation)

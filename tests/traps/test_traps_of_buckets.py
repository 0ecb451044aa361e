"""Traps of buckets and of tensors: what histograms seem to say and tensors do not. Each has a twin that is ill."""

from __future__ import annotations

import numpy as np
import pytest
from runs import draws, loud, normal, report_of, uniform, walk
from trap import DEAD, FALLING, RECORDS, agreed, alarms, beside, healthy, tensorboard, tensorboardx

from tensorboard_plugin_histdiag.finding import Severity

GENERATOR = np.random.default_rng


def tailed(size: int, *, scale: float = 0.05, seed: int = 0) -> np.ndarray:
    """Return values whose tail is as heavy as that of many gradients and embeddings."""
    return scale * GENERATOR(seed).standard_t(3, size)


def test_trap_01_thirty_equal_buckets_with_one_outlier():
    tight = np.append(np.abs(normal(4000, scale=1e-4)), 1.0)
    outputs = draws(lambda rng: rng.permutation(np.append(np.abs(rng.normal(0, 1e-4, 4000)), 1.0)), RECORDS)
    assert tensorboard(tight)[0, 2] == 4000
    assert not alarms(
        *beside({"dense2/kernel": walk(tight, rate=0.002, records=RECORDS), "dense2/activation": outputs})
    )
    assert "dead-units" in agreed(*beside(DEAD))


def test_trap_01_a_tensor_with_a_heavy_tail():
    gradients = draws(lambda rng: 0.001 * rng.standard_t(3, 1024), RECORDS)
    heavy = walk(tailed(1024), rate=0.02, records=RECORDS)
    assert not alarms(*beside({"dense2/kernel": heavy, "dense2/kernel/gradient": gradients}))
    swollen = [array * 1.3**n for n, array in enumerate(heavy)]
    assert "weight-explosion" in agreed(*beside({"dense2/kernel": swollen, "dense2/kernel/gradient": gradients}))


def test_trap_02_exponential_buckets_around_a_mean_of_one():
    scales = walk(1 + normal(512, scale=0.02), rate=0.003, records=RECORDS)
    assert len(tensorboardx(scales[0])) < 4
    assert not alarms(*beside({f"bn{n}/gamma": scales for n in (1, 2)}))
    assert not alarms(*beside({f"bn{n}/moving_variance": scales for n in (1, 2)}))
    vanished = [array * 0.7**n for n, array in enumerate(scales)]
    assert "norm-scale-collapse" in agreed(*beside({"bn1/gamma": vanished, "bn2/gamma": scales}))


def test_trap_17_a_partial_last_batch_changes_the_size_of_outputs_alone():
    sizes = [4096] * 15 + [1536] + [4096] * 15
    by_batch = [np.maximum(normal(size, seed=n), 0) for n, size in enumerate(sizes)]
    assert not alarms(*beside({"dense2/relu": by_batch}))
    assert "size-changed" in agreed(*beside({"dense4/kernel": by_batch}))


def test_trap_18_two_samples_of_one_heavy_tail():
    anew = draws(lambda rng: 0.05 * rng.standard_t(3, 10_000), RECORDS)
    assert not alarms(*beside({"mixer/kernel": anew}))
    jumped = [array + 1.0 * (n >= 15) for n, array in enumerate(anew)]
    assert "sudden-shift" in agreed(*beside({"mixer/kernel": jumped}))


def test_trap_19_a_softmax_layers_kernel_keeps_its_mean_to_all_digits():
    """Its gradients sum to nothing over the classes, and so do its updates."""
    kernels = [array - array.mean(axis=1, keepdims=True) for array in healthy()[0]["output/kernel"]]
    means = [float(array.mean()) for array in kernels]
    assert np.ptp(means) < 1e-15
    assert not alarms(*beside({"output/kernel": kernels}))
    frozen = [uniform(1024)] * RECORDS
    assert "frozen-weights" in agreed(*beside({"dense2/kernel": frozen}))


def test_trap_21_tensors_of_one_to_sixteen_values():
    tiny = {}
    for size in (1, 2, 3, 5, 8, 16):
        rng = GENERATOR(size)
        tiny[f"tiny{size}/kernel"] = list(
            np.cumsum(rng.normal(0, 0.05, (RECORDS, size)), axis=0) + rng.normal(0, 0.5, size)
        )
        tiny[f"tiny{size}/bias"] = list(np.cumsum(rng.normal(0, 0.05, (RECORDS, size)), axis=0))
        tiny[f"tiny{size}/kernel/gradient"] = list(rng.normal(0, 0.01, (RECORDS, size)))
        tiny[f"tiny{size}/tanh"] = list(np.tanh(rng.normal(0, 1, (RECORDS, size))))
    assert not alarms(tiny, FALLING)
    lost = [array if n < 20 else array * np.nan for n, array in enumerate(tiny["tiny1/bias"])]
    assert "non-finite-values" in agreed({**tiny, "tiny1/bias": lost}, FALLING)


def test_trap_22_a_hundred_layers_of_noise_raise_no_alarm_by_chance():
    """Only the one layer that is dead from its tenth record on is named, of three hundred tensors."""
    tensors, records = {}, 25
    for n in range(100):
        rng = GENERATOR(n)
        start, moves = rng.normal(0, 0.1, 400), rng.normal(0, 0.002, (records, 400))
        tensors[f"layers.{n}.weight"] = list(start + np.cumsum(moves, axis=0))
        tensors[f"layers.{n}.weight.grad"] = list(rng.normal(0, rng.uniform(0.5, 2), (records, 400)))
        tensors[f"layers.{n}.output"] = list(rng.normal(0, 1, (records, 400)))
    alive = [np.maximum(array, 0) for array in tensors["layers.40.output"][:10]]
    tensors["layers.40.output"] = [*alive, *[np.zeros(400)] * 15]
    report = report_of(tensors, buckets=tensorboard)
    assert {(one.rule, one.tags) for one in report.findings if one.severity is not Severity.INFO} == {
        ("dead-units", ("layers.40.output",))
    }


def test_trap_23_one_tag_that_holds_all_parameters():
    tensors, (loss, *_) = healthy()
    whole = [
        np.concatenate([tensors[tag][n].ravel() for tag in tensors if tag.endswith(("kernel", "bias"))])
        for n in range(RECORDS)
    ]
    slopes = [
        np.concatenate([tensors[tag][n].ravel() for tag in tensors if tag.endswith("gradient")]) for n in range(RECORDS)
    ]
    assert not alarms({"parameters": whole, "weights": whole, "gradients": slopes}, loss)
    poisoned = [array if n < 20 else array * np.nan for n, array in enumerate(whole)]
    assert "non-finite-values" in agreed({"weights": poisoned, "gradients": slopes}, loss)


def test_trap_23_tags_that_are_settings_or_data():
    constant, jumping = [np.full(64, 8.0)] * RECORDS, [np.full(64, float(n % 2)) for n in range(RECORDS)]
    settings = {
        **dict.fromkeys(("conv1/weight_bits", "quant/act_scale", "loss_weights", "class_weights"), constant),
        **dict.fromkeys(("episode/actions", "batch/labels", "replay/priority_weights"), jumping),
    }
    assert not alarms(*beside(settings))
    assert "poor-initialisation" in agreed(*beside({"dense2/kernel": [np.full(1024, 0.05)] * RECORDS}))


ONE_VALUED = {
    "one row": lambda value, size: [[value, value, size]],
    "thirty rows of no width": lambda value, size: [[value, value, 0.0]] * 29 + [[value, value, size]],
    "half a unit on each side": lambda value, size: [[value - 0.5, value + 0.5, size]],
}


@pytest.mark.parametrize("rows", ONE_VALUED.values(), ids=ONE_VALUED)
def test_trap_27_a_tensor_of_one_value_is_that_value_however_it_is_written(rows):
    def write(values: np.ndarray) -> np.ndarray:
        return tensorboard(values) if np.ptp(values) else np.array(rows(values.flat[0], float(values.size)))

    tensors, (loss, *_) = healthy()
    scale = {"bn1/gamma": [np.full(64, 0.25)] * RECORDS}
    assert not loud(report_of({**tensors, **scale}, loss, buckets=write))


def test_trap_27_the_last_edge_of_an_old_histogram_is_the_largest_number():
    huge = np.finfo(np.float64).max

    def write(values: np.ndarray) -> np.ndarray:
        rows = tensorboardx(values)
        most = rows[-1, 1]
        return np.concatenate([rows, [[most, huge, 0.0], [huge, most, 0.0]]])

    tensors, scalars = healthy()
    assert not loud(report_of(tensors, *scalars, buckets=write))
    grown = {**tensors, "dense2/kernel": [array * 1.3**n for n, array in enumerate(tensors["dense2/kernel"])]}
    assert "weight-explosion" in loud(report_of(grown, *scalars, buckets=write))


def test_trap_27_numbers_next_to_the_largest_are_read_as_any_others():
    """And without a warning of numpy's, which would fail the test."""
    enormous, ordinary = (walk(normal(256, scale=scale), rate=0.01, records=RECORDS) for scale in (1e200, 0.1))
    (much,), (little,) = (report_of({"a": one}, buckets=tensorboard).readings for one in (enormous, ordinary))
    assert (much.shape, much.movement) == (little.shape, little.movement)


def test_trap_38_values_of_1e_14_in_the_zero_bucket():
    faint = {f"dense{n}/{part}/gradient": [] for n in (1, 2, 3) for part in ("kernel", "bias")}
    for n, tag in enumerate(faint):
        faint[tag] = draws(lambda rng: rng.normal(0, 1e-14, 1024), RECORDS, seed=n)
    assert np.count_nonzero(tensorboardx(faint["dense1/kernel/gradient"][0])[:, 2]) == 2
    tensors, scalars = healthy()
    weights = {tag: arrays for tag, arrays in tensors.items() if tag.endswith(("kernel", "bias"))}
    assert not alarms({**weights, **faint}, *scalars)
    nothing = {tag: [np.zeros(1024)] * RECORDS for tag in faint}
    assert "no-gradient" in agreed({**weights, **nothing}, *scalars)

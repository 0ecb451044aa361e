from __future__ import annotations

import numpy as np
import pytest
from runs import coverage, equal, exponential, found, normal, report_of, the, training_of, walk

from tensorboard_plugin_histdiag.finding import Strength
from tensorboard_plugin_histdiag.rules import RULES

RULE = "rounded-updates"
BUCKETS = pytest.mark.parametrize("buckets", [equal, exponential])


def bfloat16(array: np.ndarray) -> np.ndarray:
    """Round to the numbers that bfloat16 holds."""
    bits = np.asarray(array, dtype=np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000).astype(np.uint32).view(np.float32)


def float16(array: np.ndarray) -> np.ndarray:
    return np.asarray(array).astype(np.float16).astype(np.float32)


def float32(array: np.ndarray) -> np.ndarray:
    return np.asarray(array).astype(np.float32)


def weights(hold, rate: float = 0.02) -> list[np.ndarray]:
    return [hold(array) for array in walk(normal(900), rate=rate, records=12)]


@BUCKETS
@pytest.mark.parametrize(("hold", "word"), [(bfloat16, "bfloat16"), (float16, "float16")])
def test_weights_that_train_in_16_bits_are_found(buckets, hold, word):
    tensors = {"fc1/kernel": weights(hold), "fc2/kernel": weights(float32)}
    finding = the(report_of(tensors, buckets=buckets, rules=RULES), RULE)
    assert finding.tags == ("fc1/kernel",)
    assert f" {word}" in finding.summary
    assert finding.strength is Strength.LIKELY


def test_it_is_off_by_default():
    assert not found(report_of({"fc1/kernel": weights(bfloat16)}), RULE)


@BUCKETS
def test_weights_in_float32_are_clear(buckets):
    tensors, scalars = training_of(steps=200)
    tensors = {tag: {step: float32(array) for step, array in arrays.items()} for tag, arrays in tensors.items()}
    assert not found(report_of(tensors, *scalars, buckets=buckets, rules=RULES), RULE)


def test_a_checkpoint_in_16_bits_that_trains_on_in_32_is_not_rounded():
    tensors = {"fc1/kernel": [bfloat16(normal(900)), *weights(float32)]}
    assert not found(report_of(tensors, rules=RULES), RULE)


def test_weights_that_do_not_move_are_not_judged():
    """Trap 5: a backbone that was loaded in 16 bits and frozen on purpose."""
    assert not found(report_of({"fc1/kernel": [bfloat16(normal(900))] * 12}, rules=RULES), RULE)


def test_weights_clipped_to_round_numbers_are_not_judged():
    """Trap 15."""
    clipped = [np.clip(array, -0.125, 0.125) for array in weights(float32, rate=0.1)]
    assert not found(report_of({"fc1/kernel": clipped}, rules=RULES), RULE)


def test_a_run_without_weights_does_not_apply():
    report = report_of({"fc1/activation": weights(bfloat16)}, rules=RULES)
    assert coverage(report, RULE).not_applicable == 1

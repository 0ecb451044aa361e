from __future__ import annotations

import numpy as np
import pytest
from runs import coverage, draws, equal, exponential, found, report_of, the

from tensorboard_plugin_histdiag.finding import Severity, Strength

RULE = "gradient-underflow"
BUCKETS = pytest.mark.parametrize("buckets", [equal, exponential])
TAG = "fc1/kernel/gradient"


def gradients(scale: float, records: int = 20, size: int = 2000, seed: int = 0) -> list[np.ndarray]:
    """Bell-shaped gradients with a long tail, as float32 holds them."""
    return draws(lambda rng: (scale * rng.standard_t(4, size)).astype(np.float32), records, seed)


def in_float16(arrays: list[np.ndarray]) -> list[np.ndarray]:
    return [array.astype(np.float16).astype(np.float32) for array in arrays]


@BUCKETS
def test_small_gradients_in_float16_are_found_from_their_first_step(buckets):
    tensors = {TAG: in_float16(gradients(1e-8)), "fc2/kernel/gradient": gradients(1e-3, seed=1)}
    finding = the(report_of(tensors, buckets=buckets), RULE)
    assert finding.tags == (TAG,)
    assert finding.severity is Severity.WARNING
    assert (finding.first_step, finding.last_step) == (0, 190)


@BUCKETS
def test_gradients_that_shrink_below_float16_are_dated(buckets):
    shrinking = in_float16(gradients(1e-4, 10) + gradients(1e-8, 10, seed=1))
    finding = the(report_of({TAG: shrinking, "fc2/kernel/gradient": gradients(1e-3)}, buckets=buckets), RULE)
    assert finding.first_step == 100


def test_it_is_certain_only_where_the_buckets_prove_the_zeros():
    fine = the(report_of({TAG: in_float16(gradients(5e-9))}, buckets=exponential), RULE)
    assert fine.strength is Strength.CERTAIN
    tailed = [np.concatenate([array, np.float32([6e-6, -6e-6, 4e-6, -4e-6, 2e-6])]) for array in gradients(5e-9)]
    coarse = the(report_of({TAG: in_float16(tailed)}, buckets=equal), RULE)
    assert coarse.strength is Strength.LIKELY


@BUCKETS
def test_gradients_that_are_rounded_to_nothing_at_all_are_found_by_the_sign_of_their_zeros(buckets):
    tensors = {TAG: in_float16(gradients(1e-7, 10) + gradients(1e-11, 10, seed=1))}
    report = report_of({**tensors, "fc2/kernel/gradient": gradients(1e-3)}, buckets=buckets)
    finding = the(report, RULE)
    assert (finding.first_step, finding.strength) == (100, Strength.LIKELY)
    assert "all values rounded to 0" in finding.summary
    assert the(report, "no-gradient").explained_by == (finding.fingerprint,)


@BUCKETS
def test_gradients_that_are_nothing_are_not_rounded(buckets):
    """Trap 33, and layers that are cut off: what is set to zero is +0, and what is switched off was large before."""
    for cut in ([np.zeros(400)] * 20, gradients(1e-3, 10) + [0 * array for array in gradients(1e-3, 10)]):
        tensors = {TAG: cut, "fc2/kernel/gradient": gradients(1e-3)}
        assert not found(report_of(tensors, buckets=buckets), RULE)


@BUCKETS
@pytest.mark.parametrize("scale", [1e-8, 1e-7, 1e-6])
def test_small_gradients_in_float32_are_not_lost(buckets, scale):
    """Trap 8 and 10: a solved problem has gradients of 1e-8, and Adam goes on learning from them."""
    assert not found(report_of({TAG: gradients(scale)}, buckets=buckets), RULE)


@BUCKETS
@pytest.mark.parametrize("scale", [1e-2, 1e-6])
def test_a_gradient_that_is_sparse_because_the_input_is_may_be_zero(buckets, scale):
    """One-hot and bag-of-words inputs: most rows have no gradient, whatever its size."""

    def sparse(rng: np.random.Generator) -> np.ndarray:
        rows = rng.random((400, 1)) < 0.04
        return (scale * rng.normal(0, 1, (400, 16)) * rows).astype(np.float32)

    assert not found(report_of({TAG: draws(sparse, 20)}, buckets=buckets), RULE)


@BUCKETS
def test_a_sparse_gradient_in_float16_may_shrink(buckets):
    """It was as sparse where float16 had no trouble to hold it."""

    def sparse(scale: float, seed: int) -> list[np.ndarray]:
        return draws(lambda rng: scale * rng.normal(0, 1, (400, 16)) * (rng.random((400, 1)) < 0.03), 10, seed)

    report = report_of({TAG: in_float16(sparse(1e-2, 0) + sparse(1e-6, 1))}, buckets=buckets)
    assert not found(report, RULE)
    assert "sparse where it is large, too" in {row.reason for row in coverage(report, RULE).reasons}


def test_a_solved_problem_may_leave_few_gradients():
    """Trap 8: softmax outputs of exactly 1 give no gradient, so fewer and fewer examples do."""

    def left(step: int) -> np.ndarray:
        rng = np.random.default_rng(step)
        return (1e-2 * 0.3**step * rng.normal(0, 1, 4000) * (rng.random(4000) < 0.6**step)).astype(np.float32)

    assert not found(report_of({TAG: [left(step) for step in range(12)]}, buckets=exponential), RULE)


@BUCKETS
def test_a_sparse_gradient_in_bfloat16_is_not_underflow(buckets):
    """Between 8e-6 and 6e-5 every bfloat16 is a multiple of float16's smallest step."""

    def rounded(rng: np.random.Generator) -> np.ndarray:
        values = 1e-5 * np.sign(rng.normal(0, 1, 4000)) * (1 + rng.random(4000)) * (rng.random(4000) < 0.05)
        return (values.astype(np.float32).view(np.uint32) & 0xFFFF0000).view(np.float32)

    assert not found(report_of({TAG: draws(rounded, 20)}, buckets=buckets), RULE)


def test_embeddings_and_experts_may_be_passed_by():
    """Trap 6."""
    lost = in_float16(gradients(5e-9))
    report = report_of({"embedding/weight/grad": lost, "experts/3/fc1/weight/grad": lost})
    assert not found(report, RULE)


def test_two_records_are_not_enough():
    brief = in_float16(gradients(1e-3, 10) + gradients(5e-9, 2) + gradients(1e-3, 10))
    assert not found(report_of({TAG: brief}, buckets=exponential), RULE)

"""What is said of histograms is compared rightly with the tensors themselves."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

sys.path[:0] = [str(Path(__file__).resolve().parent / "benchmarks")]

import exact  # noqa: E402
import samples  # noqa: E402
from runs import measured_of, normal, walk  # noqa: E402

from tensorboard_plugin_histdiag.context import RunContext  # noqa: E402
from tensorboard_plugin_histdiag.finding import (  # noqa: E402
    Comparison,
    Evidence,
    Finding,
    Severity,
    Span,
    Strength,
)

Tensors = Mapping[str, list[np.ndarray]]


def raw_of(tensors: Tensors) -> dict[str, dict[int, np.ndarray]]:
    return {tag: {10 * place: values for place, values in enumerate(arrays)} for tag, arrays in tensors.items()}


def claim_of(
    tensors: Tensors,
    rule: str = "made",
    label: str = "",
    metric: str = "mean_abs",
    step: int | None = 10,
    *,
    low: float | None = None,
    value: float = 0.0,
    high: float | None = None,
    threshold: float | None = None,
    comparison: Comparison = Comparison.OVER,
    word: str = "",
) -> exact.Claim:
    """Claim something of the first tensor."""
    [tag, *_] = tensors
    peers = RunContext(measured_of(tensors)).series
    series = next(one for one in peers if one.tag == tag)
    finding = Finding(
        rule=rule, severity=Severity.WARNING, strength=Strength.CERTAIN, run="run", tags=(tag,), role=series.role,
        layers=(series.layer,), first_step=0, last_step=int(series.step[-1]), evidence=(), marks=(),
        spans=(Span(tag, 0, int(series.step[-1]), Severity.WARNING),), title="", summary="", explanation="",
        advice=(), references=(), fingerprint="", explained_by=(),
    )  # fmt: skip
    evidence = Evidence(tag, metric, label, step, low, value, high, word, threshold, comparison, "")
    return exact.Claim(evidence, finding, series, peers, raw_of(tensors))


def test_bounds_that_do_not_hold_are_told():
    tensors = {"fc1/kernel": walk(normal(400), rate=0.02, records=5)}
    context = RunContext(measured_of(tensors))
    assert exact.check(raw_of(tensors), [context], []).outside == []
    moved = {tag: [values + 1 for values in arrays] for tag, arrays in tensors.items()}
    found = exact.check(raw_of(moved), [context], [])
    assert any(text.startswith("mean of fc1/kernel at step 0:") for text in found.outside)


@pytest.mark.parametrize(
    "kind", ["normal", "relu", "tanh", "sigmoid", "t3", "constant", "two values", "single", "tiny"]
)
def test_metrics_of_many_tensors_at_once_are_those_of_each(kind):
    values = np.stack([samples.make(kind, seed, 37) for seed in range(4)])
    metrics = exact.exact_metrics(values)
    assert {*metrics} == {*samples.TRUTHS}
    for name, (found, _) in metrics.items():
        if not np.isnan(found).any():
            assert found == pytest.approx([samples.TRUTHS[name](row) for row in values], rel=1e-12, abs=1e-25), name


def test_a_record_whose_tensor_is_not_known_is_not_stepped_over():
    tensors = {"fc1/kernel": walk(normal(50), rate=0.5, records=4)}
    raw = raw_of(tensors)
    del raw["fc1/kernel"][10]
    found = exact.check(raw, [RunContext(measured_of(tensors))], [])
    assert (found.outside, found.missing) == ([], 1)
    assert found.within["drift_previous"] + found.rounded["drift_previous"] == 1


def test_values_without_a_bucket_are_not_held_against_the_bounds():
    tensors = {"fc1/kernel": [np.array([1.0, 2.0, 1e21])] * 2}
    found = exact.check(raw_of(tensors), [RunContext(measured_of({"fc1/kernel": [np.array([1.0, 2.0])] * 2}))], [])
    assert not any(found.within.values())
    assert (found.outside, found.missing) == ([], 0)


@pytest.mark.parametrize(
    ("low", "high", "threshold", "comparison", "expected"),
    [
        (0.5, 2.0, 0.9, Comparison.OVER, True),
        (0.5, 2.0, 1.5, Comparison.OVER, False),
        (1.2, 2.0, 0.9, Comparison.OVER, False),
        (0.5, 0.9, 0.5, Comparison.OVER, False),
        (None, None, 1.5, Comparison.UNDER, True),
        (None, None, 0.5, Comparison.UNDER, False),
        (None, None, None, Comparison.OVER, True),
    ],
)
def test_evidence_is_true_where_the_exact_value_is_within_its_bounds_and_beyond_its_threshold(
    low, high, threshold, comparison, expected
):
    tensors = {"fc1/kernel": [np.array([-1.0, 1.0, -1.0, 1.0])] * 2}
    value = float(RunContext(measured_of(tensors)).series[0].value("mean_abs")[1])
    claim = claim_of(tensors, low=low, value=value, high=high, threshold=threshold, comparison=comparison)
    assert exact.is_true(claim) is expected


def test_evidence_that_is_no_metric_of_any_record_is_not_told_of():
    assert exact.is_true(claim_of({"fc1/kernel": [normal(40)] * 2}, value=123.0)) is None


def test_a_word_is_true_where_the_tensor_is_not_finite():
    tensors = {"fc1/kernel": [normal(4), np.full(4, np.nan)]}
    assert exact.is_true(claim_of(tensors, step=10, word="NaN or Inf")) is True
    assert exact.is_true(claim_of(tensors, step=0, word="NaN or Inf")) is False


def test_distances_of_samples_of_different_sizes_are_exact():
    one, other = np.array([0.0, 1.0]), np.array([0.0, 0.0, 1.0, 1.0, 4.0, 4.0])
    assert exact.wasserstein(one, np.repeat(one, 3) + 2) == pytest.approx(2)
    assert exact.wasserstein(one, other) == pytest.approx(np.abs(np.repeat(one, 3) - other).mean())


ONES = np.ones(6)
COMPOSED = {
    "weight-explosion": ({"fc1/kernel": [ONES, ONES * -7]}, "mean magnitude over the first", 7.0),
    "large-updates": ({"fc1/kernel": [ONES, ONES * 1.5]}, "relative update per step, at least", 0.05),
    "poor-initialisation": ({"fc1/kernel": [ONES, np.array([3.0, 5.0])]}, "maximum - minimum", 2.0),
    "frozen-weights": ({"fc1/kernel": [ONES, ONES * (1 + 1e-7), ONES]}, "records identical to the one before", 1.0),
    "stopped-learning": ({"fc1/kernel": [ONES, ONES, ONES * 1.25]}, "records identical to the one before", 0.0),
    "activation-explosion": (
        {"fc2/activation": [ONES, ONES * 8], "fc1/activation": [ONES, ONES * 2], "fc1/kernel": [ONES, ONES]},
        "rms, last over first hidden layer", 4.0,
    ),
    "norm-scale-collapse": ({"bn/gamma": [ONES * 2, ONES]}, "median over the first mean magnitude", 0.5),
    "dead-channels": ({"bn/moving_variance": [ONES, np.array([1.0, 8.0])]}, "smallest over largest variance", 0.125),
    "size-changed": ({"fc1/kernel": [ONES, np.ones(9)]}, "number of values, relative change", 0.5),
    "only-last-layer-learns": ({"fc1/kernel": [ONES, ONES * 3, ONES * 2]}, "drift, fc1", 1.0),
    "gradient-spikes": (
        {"fc1/kernel/gradient": [ONES * 3, ONES * 30], "fc2/kernel/gradient": [ONES * 4, ONES * 40]},
        "global norm over its trailing median", 10.0,
    ),
    "always-clipped": (
        {"fc1/kernel/gradient": [ONES, ONES * 3, ONES * 3], "fc2/kernel/gradient": [ONES, ONES * 4, ONES * 4]},
        "records at the limit", 2 / 3,
    ),
    "exploding-gradients": ({"fc1/kernel/gradient": [ONES, ONES * 9]}, "global norm, last / first", 9.0),
    "unbalanced-gradients": ({"fc1/kernel/gradient": [ONES * 2] * 3}, "largest over smallest", 1.0),
    "unnormalised-inputs": (
        {"fc1/kernel/gradient": [ONES * 90] * 3, "fc1/bias/gradient": [ONES[:2] * 2] * 3},
        "weight gradient over bias gradient", 45.0,
    ),
    "float16-range": ({"fc1/kernel/gradient": [ONES, ONES * -7e4, ONES]}, "largest magnitude", 7e4),
    "gradient-underflow": ({"fc1/kernel/gradient": [np.eye(4)[0]] * 3}, "exact zeros", 0.75),
    "steady-drift": ({"fc1/kernel": [np.array([-2.0, 2.0]) + n for n in range(12)]}, "shift of the mean", 1.5),
    "unsettled": ({"fc1/kernel": [np.array([-1.0, 1.0]) * 2.0**n for n in range(12)]}, "growth of the spread", 7.0),
    "oscillating-weights": ({"fc1/kernel": [np.array([1.0, 3.0]) * (-1) ** n for n in range(16)]}, "swing", 4 / 5**0.5),
}  # fmt: skip


@pytest.mark.parametrize("rule", COMPOSED)
def test_what_a_rule_makes_of_several_tensors_is_made_of_them_exactly(rule):
    tensors, label, expected = COMPOSED[rule]
    assert exact.COMPOSED[rule](claim_of(tensors, rule, label)) == pytest.approx(expected)


def test_gradients_of_two_layers_are_compared_where_the_finding_holds():
    """Not at the second record, where the first layer receives as much as the last."""
    first, last = [ONES / 5e3, ONES, ONES / 1e4, ONES / 1e4], [ONES * 2] * 4
    tensors = {"fc1/kernel/gradient": first, "fc2/kernel/gradient": last}
    claim = claim_of(tensors, "vanishing-gradients", "weight gradient, fc1 / fc2", comparison=Comparison.UNDER)
    assert exact.COMPOSED["vanishing-gradients"](claim) == pytest.approx(5e-5)


def test_flatness_is_measured_on_thirty_buckets_of_the_values():
    steps = np.array([0.0, 0.5, 1.0])
    claim = claim_of({"fc1/kernel": [steps] * 2}, "still-initial", "uniformity", "uniformity")
    assert exact.COMPOSED["still-initial"](claim) == pytest.approx(1 / 3 - 1 / 30)


def test_a_record_after_the_steps_went_back_is_not_compared_with_those_before():
    """The same steps as the series has, of which the last three are another training's."""
    tensors = {
        "fc1/kernel": [*walk(normal(50), rate=0.1, records=3), *walk(normal(50, seed=9) * 9, rate=0.1, records=3)]
    }
    series = RunContext(measured_of(tensors)).series[0]
    whole, cut = exact.Truth(), exact.Truth()
    exact.check_bounds(series, raw_of(tensors)["fc1/kernel"], whole)
    exact.check_bounds(series, raw_of(tensors)["fc1/kernel"], cut, resumed=3)
    assert whole.outside == []
    assert {text.split(" of ")[0] for text in cut.outside} == {"drift"}
    compared = [each.within["drift_previous"] + each.rounded["drift_previous"] for each in (whole, cut)]
    assert compared == [5, 4]

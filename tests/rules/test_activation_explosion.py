from __future__ import annotations

import numpy as np
import pytest
from runs import chain_of, draws, equal, exponential, found, part, report_of, scalar, the, trained

from tensorboard_plugin_histdiag.finding import Severity, Strength

RULE = "activation-explosion"
BUCKETS = pytest.mark.parametrize("buckets", [equal, exponential])


def outputs(*scales: float, seed: int = 0) -> list[np.ndarray]:
    """Outputs of these sizes at successive records."""
    return [scale * array for scale, array in zip(scales, draws(noise, len(scales), seed), strict=True)]


def noise(rng: np.random.Generator) -> np.ndarray:
    return rng.normal(0, 1, (32, 64))


def layers(*scales: float, records: int = 12) -> dict[str, list[np.ndarray]]:
    hidden = {f"fc{n}/activation": outputs(*[scale] * records, seed=n) for n, scale in enumerate(scales, 1)}
    kernels = {f"fc{n}/kernel": outputs(*[0.1] * records, seed=9 + n) for n in range(1, len(scales) + 2)}
    return {**hidden, **kernels, f"fc{len(scales) + 1}/activation": outputs(*[1.0] * records)}


def growing(fold: float, records: int = 40) -> list[np.ndarray]:
    return outputs(*np.geomspace(1, fold, records))


STUCK = [1.0] * 40
FALLING = np.linspace(1, 0.2, 40)


@BUCKETS
def test_weights_far_too_wide_let_outputs_grow_through_depth(buckets):
    finding = the(report_of(layers(2.0, 15.0, 120.0, 1000.0), buckets=buckets), RULE)
    assert finding.tags == ("fc4/activation",)
    assert (finding.severity, finding.strength) == (Severity.WARNING, Strength.CERTAIN)
    assert (finding.first_step, finding.last_step) == (0, 110)
    assert finding.evidence[0].value == pytest.approx(500, rel=0.05)


def test_a_training_whose_layers_each_make_outputs_larger_is_found():
    finding = the(trained(hidden=6, gain=4.0, steps=60), RULE)
    assert finding.tags[0] == "dense6/activation"
    assert finding.first_step == 0


@pytest.mark.parametrize(
    "scales",
    [(1.0, 2.0, 4.0, 9.0), (500.0, 400.0, 600.0), (0.01, 1.0, 2.0, 3.0), (0.02, 0.2, 2.0, 20.0), (1.0, 1.0, 300.0)],
    ids=["residual", "inputs not scaled", "small first layer", "embeddings", "one branch"],
)
def test_outputs_that_differ_in_size_are_clear(scales):
    assert not found(report_of(layers(*scales)), RULE)


def test_outputs_that_grow_without_end_are_dated():
    tensors = {"fc1/activation": growing(1e5), "fc2/activation": outputs(*[1.0] * 40, seed=1)}
    finding = the(report_of(tensors, scalar("loss", STUCK)), RULE)
    assert finding.tags == ("fc1/activation",)
    assert finding.severity is Severity.WARNING
    assert 160 <= finding.first_step <= 180


def test_it_is_a_note_where_the_loss_falls():
    tensors = {"fc1/activation": growing(1e5), "fc2/activation": outputs(*[1.0] * 40, seed=1)}
    assert the(report_of(tensors, scalar("loss", FALLING)), RULE).severity is Severity.INFO


def test_predictions_that_grow_are_a_note():
    """A value function learns returns of thousands from the bottom up."""
    tensors = {"fc1/activation": outputs(*[1.0] * 40, seed=1), "value/output": growing(1e5)}
    assert the(report_of(tensors, scalar("loss", STUCK)), RULE).severity is Severity.INFO


@pytest.mark.parametrize("fold", [10, 40])
def test_logits_that_grow_forty_fold_are_clear(fold):
    assert not found(report_of({"fc1/activation": growing(fold), "fc2/logits": growing(fold)}), RULE)


def test_outputs_that_have_grown_and_come_to_rest_are_clear():
    grown = outputs(*np.geomspace(1, 500, 10), *[500.0] * 30)
    assert not found(report_of({"fc1/activation": grown, "fc2/activation": outputs(*[1.0] * 40)}), RULE)


def test_a_branch_that_starts_at_zero_may_grow():
    """Trap 4: measured against what its neighbours are."""
    branch = outputs(0.0, *np.geomspace(1e-6, 1, 39))
    assert not found(report_of({"b1/activation": branch, "b2/activation": outputs(*[1.0] * 40)}), RULE)


@pytest.mark.parametrize(
    "recipe",
    [{}, {"hidden": 6}, {"activation": "tanh"}, {"activation": "sigmoid", "initialiser": "glorot-uniform"}],
    ids=["relu", "deep relu", "tanh", "sigmoid"],
)
def test_ordinary_trainings_are_clear(recipe):
    assert not found(trained(**recipe), RULE)


@BUCKETS
def test_attention_scores_that_grow_beyond_a_thousand_are_found(buckets):
    scores = outputs(*np.geomspace(1, 3000, 30))
    finding = the(report_of({"block1/attention_logits": scores}, buckets=buckets), RULE)
    assert finding.tags == ("block1/attention_logits",)
    assert finding.strength is Strength.CERTAIN
    assert finding.first_step >= 200


def test_masked_scores_may_be_as_low_as_they_like():
    """Trap 32: a mask of -1e9."""
    masked = [np.where(np.random.default_rng(n).random((32, 64)) < 0.5, -1e9, one) for n, one in enumerate(growing(5))]
    assert not found(report_of({"block1/attention_logits": masked}), RULE)


@pytest.mark.parametrize(
    ("function", "is_found"), [("", True), ("relu", True), ("tanh", False), ("sigmoid", False), ("softmax", False)]
)
def test_outputs_of_a_function_with_limits_do_not_explode(function, is_found):
    """They grow a thousand-fold, and to 1 at most."""
    growth = [np.clip(array, -1, 1) for array in outputs(*np.geomspace(1e-4, 0.3, 40))]
    small = {f"{name}/activation": outputs(*[1e-4] * 40, seed=n) for n, name in enumerate(("eta", "theta"))}
    model = chain_of(part("zeta", function), part("eta"), part("theta"), part("last")) if function else None
    report = report_of({"zeta/activation": growth, **small}, scalar("loss", STUCK), model=model)
    assert bool(found(report, RULE)) is is_found

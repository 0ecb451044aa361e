from __future__ import annotations

import numpy as np
import pytest
from runs import Dense, coverage, equal, exponential, found, report_of, the, trained, training_of

from tensorboard_plugin_histdiag.finding import Severity

RULE = "always-clipped"
BUCKETS = pytest.mark.parametrize("buckets", [equal, exponential])
__all__ = ["Dense"]


def clipped(tensors: dict[str, dict[int, np.ndarray]], limit: float) -> dict[str, dict[int, np.ndarray]]:
    """Clip the gradients of a training by their global norm, as it would log them after clipping."""
    tags = [tag for tag in tensors if tag.endswith("/gradient")]
    result = {tag: dict(arrays) for tag, arrays in tensors.items()}
    for step in tensors[tags[0]]:
        norm = np.sqrt(sum(float((tensors[tag][step] ** 2).sum()) for tag in tags))
        for tag in tags:
            result[tag][step] = tensors[tag][step] * min(1.0, limit / norm)
    return result


@BUCKETS
def test_gradients_that_are_clipped_at_every_step_are_noted(buckets):
    tensors, scalars = training_of(width=64, steps=400)
    finding = the(report_of(clipped(tensors, 1e-3), *scalars, buckets=buckets), RULE)
    assert finding.severity is Severity.INFO
    assert "gradient norm" in finding.summary
    assert abs(float(finding.summary.split()[3]) / 1e-3 - 1) < 0.05


@BUCKETS
def test_gradients_that_are_clipped_now_and_then_are_not_noted(buckets):
    tensors, scalars = training_of(width=64, steps=400)
    tags = [tag for tag in tensors if tag.endswith("/gradient")]
    norms = [np.sqrt(sum(float((tensors[tag][step] ** 2).sum()) for tag in tags)) for step in tensors[tags[0]]]
    assert not found(report_of(clipped(tensors, float(np.quantile(norms, 0.8))), *scalars, buckets=buckets), RULE)


@pytest.mark.parametrize("recipe", [{}, {"activation": "tanh"}, {"hidden": 6}], ids=["relu", "tanh", "deep"])
def test_an_ordinary_training_is_clear(recipe):
    assert not found(trained(**recipe), RULE)


def test_gradients_that_stand_still_are_not_clipped():
    """A learning rate of next to nothing on the whole data set: each gradient stays what it was."""
    rng = np.random.default_rng(0)
    tensors = {f"fc{n}/kernel/gradient": [rng.normal(0, 0.01 * n, 900)] * 20 for n in (1, 2, 3)}
    assert not found(report_of(tensors), RULE)


def test_a_single_gradient_does_not_tell():
    report = report_of({"fc1/kernel/gradient": [np.random.default_rng(n).normal(0, 1, 900) for n in range(20)]})
    assert not found(report, RULE)
    assert coverage(report, RULE).not_applicable == 1

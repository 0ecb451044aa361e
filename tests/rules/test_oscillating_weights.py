from __future__ import annotations

import numpy as np
import pytest
from runs import RUN, equal, exponential, measured_of, normal, training_of, walk

from tensorboard_plugin_histdiag.demo.network import momentum
from tensorboard_plugin_histdiag.diagnose import judge
from tensorboard_plugin_histdiag.finding import Severity, Strength
from tensorboard_plugin_histdiag.rules import DEFAULT
from tensorboard_plugin_histdiag.rules.oscillating_weights import oscillating_weights

RULE = "oscillating-weights"
RECORDS = 30


def found(tensors, scalars=(), buckets=equal):
    """Judge by this rule alone: it is off by default."""
    report = judge(measured_of(tensors, buckets=buckets), {RUN: scalars}, rules=(oscillating_weights,))
    assert not [row for row in report.coverage if row.error]
    return report.findings


def swinging(amplitude: float, decay: float = 1.0) -> list[np.ndarray]:
    start = normal(400)
    return [start + amplitude * (-1) ** record * decay**record for record in range(RECORDS)]


@pytest.mark.parametrize("buckets", [equal, exponential])
def test_weights_that_go_to_and_fro_are_found(buckets):
    (finding,) = found({"fc1/kernel": swinging(0.1), "fc2/kernel": swinging(0)}, buckets=buckets)
    assert finding.tags == ("fc1/kernel",)
    assert (finding.severity, finding.strength) == (Severity.WARNING, Strength.CERTAIN)


def test_a_magnitude_that_goes_up_and_down_is_found():
    breathing = [normal(400) * (1.3 if record % 2 else 1.0) for record in range(RECORDS)]
    (finding,) = found({"fc1/kernel": breathing})
    assert finding.evidence[0].metric == "rms"


def test_it_is_off_by_default():
    assert RULE not in {rule.name for rule in DEFAULT}


def test_a_swing_that_buckets_do_not_prove_is_clear():
    assert not found({"fc1/kernel": swinging(0.003)})


def test_a_swing_that_dies_away_is_clear():
    assert not found({"fc1/kernel": swinging(0.3, decay=0.9)})


def test_weights_that_go_somewhere_are_clear():
    assert not found({"fc1/kernel": walk(normal(400), rate=0.05, records=RECORDS)})
    going = [array + 0.2 * record for record, array in enumerate(swinging(0.15))]
    assert not found({"fc1/kernel": going})


def test_gradients_and_outputs_may_swing():
    assert not found({"fc1/kernel/gradient": swinging(0.1), "fc1/relu": swinging(0.1)})


def test_ordinary_trainings_are_clear():
    for update in (None, momentum):
        recipe = {"update": update} if update else {}
        tensors, scalars = training_of(**recipe)
        assert not found(tensors, scalars)

"""What readings say that a shape and its movement mean, for a kind of tensor and beside the findings."""

from __future__ import annotations

import re

import numpy as np
import pytest
from readings import BELL, FLAT, Tensor, growing, reading, steps_of
from runs import found, report_of, training_of

from tensorboard_plugin_histdiag.finding import Severity
from tensorboard_plugin_histdiag.readings.reading import ALL_WELL

# What it means for a role


def test_a_gradient_of_zero_says_that_none_arrives():
    assert reading([np.zeros(64)] * 4, tag="fc1/kernel/gradient").text.endswith("No gradient arrives here.")
    died = reading([BELL, BELL / 2, *[np.zeros(64)] * 3], tag="fc1/kernel/gradient")
    assert died.text.endswith("No gradient arrives here any more.")
    assert "it shrank to one value" in died.text


def test_a_gradient_that_comes_and_goes_is_not_said_to_have_gone():
    said = reading([BELL, np.zeros(64), BELL, np.zeros(64), np.zeros(64)], tag="experts/2/fc1/weight/grad").text
    assert said.endswith("No gradient arrives at 3 of 5 records, the last among them.")


def test_weights_that_shrink_to_nothing_are_not_called_learning():
    said = reading(steps_of(BELL, list(0.5 ** np.arange(12)))).text
    assert said.endswith("Weights that shrink so much are driven to 0 by a penalty that outweighs the loss.")
    assert "steady" not in said


def test_weights_that_keep_their_spread_and_change_their_shape_are_not_said_to_keep_it():
    to_sides = np.sign(BELL) * 0.2
    said = reading([(1 - part) * BELL + part * to_sides for part in np.linspace(0, 1, 12)]).text
    assert "keeps its shape" not in said


def test_weights_that_grow_without_measure_are_not_called_learning():
    said = reading(steps_of(BELL, list(1.5 ** np.arange(12)))).text
    assert "often mean that training diverges" in said
    assert "learning" not in said


def test_a_layer_of_dead_units_says_that_none_fires():
    assert "No unit fires." in reading([np.zeros(500)] * 4, tag="fc1/activation").text


def test_outputs_from_0_to_1_may_be_probabilities():
    rng = np.random.default_rng(5)
    sure = [np.concatenate([np.zeros(900), rng.uniform(0, 1, 99), [1.0]]) for _ in range(4)]
    assert "A ReLU, or probabilities of a network that is very sure." in reading(sure, tag="output/activation").text


def test_outputs_at_0_and_at_1_are_on_or_off_and_no_relu():
    rng = np.random.default_rng(5)
    gate = [1 / (1 + np.exp(-rng.normal(0, 40, 4000))) for _ in range(4)]
    gate = [np.where(one < 1e-3, 0, one) for one in gate]
    assert "Many outputs are fully on or off" in reading(gate, tag="fc1/activation").text


def beside(own: Tensor, weight: Tensor) -> str:
    """Return the reading of a bias gradient beside its layer's weight gradient."""
    tensors = {"fc1/bias/gradient": [own, 2 * own, own, 4 * own], "fc1/kernel/gradient": [weight] * 4}
    return report_of({**tensors, "fc2/bias/gradient": [BELL[:64]] * 4}).readings[0].text


def test_a_bias_gradient_that_is_rounding_alone_is_not_said_to_grow():
    assert "what rounding leaves" in beside(BELL[:64] * 1e-9, BELL)
    assert "what rounding leaves" not in beside(BELL[:64] * 1e-3, BELL)


def test_a_bias_gradient_beside_weights_of_huge_inputs_is_no_rounding():
    tensors = {
        "fc1/bias/gradient": [BELL[:64]] * 4,
        "fc1/kernel/gradient": [1e7 * BELL] * 4,
        "fc2/bias/gradient": [BELL[:64]] * 4,
        "fc2/kernel/gradient": [BELL] * 4,
    }
    assert not [said for said in report_of(tensors).readings if "what rounding leaves" in said.text]


def test_weights_with_a_spike_at_zero_are_pruned_or_masked():
    pruned = np.where(np.abs(BELL) < 0.25, 0, BELL)
    assert "Pruned or masked weights" in reading(steps_of(pruned, growing(1.3))).text


def test_a_gradient_that_began_at_nothing_is_not_said_to_grow():
    said = reading([np.zeros(400), *steps_of(BELL[:400], growing(2.0))], tag="fc1/kernel/gradient").text
    assert said.endswith("usual behind a layer that starts at 0, or that is not used at once.")


def test_gradients_that_grow_are_told_from_a_last_record_that_is_large_by_chance():
    assert "Gradients grow" in reading(steps_of(BELL, growing(3.0)), tag="fc1/kernel/gradient").text
    chance = reading(steps_of(BELL, [1.0] * 11 + [3.0]), tag="fc1/kernel/gradient").text
    assert "Its spread varies between 0.201 at step 0 and 0.604 at step 110." in chance
    assert "Gradients grow" not in chance


def test_gradients_that_shrink_are_told_from_a_first_record_that_is_large_by_chance():
    assert "while training converges" in reading(steps_of(BELL, growing(0.3)), tag="fc1/kernel/gradient").text
    assert "while training converges" not in reading(steps_of(BELL, [3.0] + [1.0] * 11), tag="fc1/kernel/grad").text


def test_hardly_any_output_up_to_1_may_be_probabilities_or_units_that_do_not_fire():
    rng = np.random.default_rng(5)
    sparse = [np.concatenate([np.zeros(950), rng.uniform(0, 1, 49), [1.0]]) for _ in range(4)]
    assert "Hardly any unit fires; or probabilities" in reading(sparse, tag="output/activation").text
    assert "A very sparse ReLU, or units that no longer fire." in reading(sparse, tag="fc1/relu").text


def test_zero_is_written_without_a_sign():
    assert reading([np.full(8, -0.0)] * 3, tag="fc1/bias").text.startswith("All 8 values are 0.")


# Beside the findings


@pytest.mark.parametrize(
    "recipe",
    [
        {"activation": "tanh", "gain": 8.0},
        {"hidden": 6, "gain": 4.0, "schedule": lambda step: 1e-6},
        {"schedule": lambda step: 3.0},
        {"activation": "sigmoid", "hidden": 8, "initialiser": "glorot-uniform"},
    ],
    ids=["saturated", "exploding", "rate too high", "vanishing"],
)
def test_where_a_rule_warns_the_reading_says_so_and_not_that_all_is_well(recipe):
    tensors, scalars = training_of(steps=150, **recipe)
    report = report_of(tensors, *scalars)
    loud = {
        span.tag: finding.title
        for finding in report.findings
        for span in finding.spans
        if Severity.INFO not in (finding.severity, span.severity)
    }
    assert loud
    for said in report.readings:
        assert bool(re.search("There is an? (error|warning) about it", said.text)) == (said.tag in loud)
        if said.tag in loud:
            assert loud[said.tag] in said.text
            assert not [sentence for sentence in ALL_WELL if sentence in said.text]


def test_a_note_leaves_the_reading_as_it_is():
    tensors = {"fc1/kernel": [np.sign(BELL) + 0.01 * n for n in range(6)]}
    report = report_of(tensors)
    assert {finding.severity for finding in found(report, "discrete-weights")} == {Severity.INFO}
    assert "warning" not in report.readings[0].text


def test_records_that_are_not_finite_are_said_to_be_left_out():
    nan = np.array([1.0, np.nan])
    late = reading([BELL, BELL, BELL, nan, nan])
    assert late.text.endswith("From step 30 on it holds NaN or infinity; the rest is said of the records before.")
    once = reading([BELL, BELL, nan, BELL, BELL])
    assert once.text.endswith("At step 20 it holds NaN or infinity; the rest is said of the other records.")
    often = reading([BELL, nan, BELL, nan, BELL])
    assert often.text.endswith("2 of 5 records hold NaN or infinity, the first at step 10.")


def test_a_tensor_of_unknown_role_is_described_and_not_interpreted():
    said = reading([FLAT] * 4, tag="something")
    assert said.text == "Flat between -0.15 and 0.15. Unchanged since step 0, to the last bit."

"""Readings are true: of series whose shape and movement are known because the tensors were made so."""

from __future__ import annotations

import re

import numpy as np
import pytest
from readings import BELL, FLAT, RNG, ROWS, SHAPES, growing, reading, steps_of
from runs import exponential

from tensorboard_plugin_histdiag.words import number

# Shapes


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_is_named(name):
    values, shape, beginning = SHAPES[name]
    said = reading([values] * 3)
    assert said.shape == shape
    assert said.text.startswith(beginning)


@pytest.mark.parametrize(
    "name", ["uniform", "bell", "bell elsewhere", "relu", "pruned", "constant", "one value", "few values"]
)
def test_a_shape_that_wide_buckets_can_show_is_named_from_exponential_ones_too(name):
    values, shape, _ = SHAPES[name]
    assert reading([values] * 3, rows=exponential).shape == shape


def test_an_empty_series_and_one_of_nan_alone_are_said_to_be_so():
    empty = reading([np.empty(0)] * 3)
    assert (empty.shape, empty.text) == ("empty", "Every record is empty.")
    nan = reading([np.full(5, np.nan)] * 3)
    assert (nan.shape, nan.text) == ("not finite", "Every record holds NaN or infinity.")
    assert nan.first_step is nan.last_step is None


def test_fewer_than_a_hundred_values_get_no_shape_whatever_they_look_like():
    for values in (FLAT[:99], BELL[:99], np.concatenate([BELL[:40], BELL[:40] + 9])):
        assert reading([values] * 3).shape == "few values"


def test_two_tight_clusters_are_not_called_two_values():
    said = reading([np.concatenate([BELL[:560] / 100 - 20, BELL[:640] / 100])])
    assert said.shape == "discrete"
    assert said.text.startswith("The values fall into 2 groups with gaps between them")


def test_zeros_are_about_so_many_because_a_bucket_cannot_prove_them():
    values, _, _ = SHAPES["relu"]
    said = reading([values] * 3, tag="fc1/activation").text
    share = re.search(rf"About (\d+) % of the values are 0, the rest between 0 and {number(values.max())}\.", said)
    assert share
    assert int(share[1]) == pytest.approx(100 * (values == 0).mean(), abs=2)
    assert "An ordinary share for a ReLU." in said


def test_outputs_that_crowd_at_one_end_are_no_bell():
    inputs = RNG.normal(1, 1.5, 4000)
    said = reading([inputs / (1 + np.exp(-inputs))] * 3, tag="fc1/activation")
    assert said.text.startswith("Skewed, with a tail to the right: mean ")


def test_values_near_both_limits_have_no_middle():
    sides = RNG.uniform(0.5, 1, 700) * RNG.choice([-1, 1], 700)
    said = reading([np.concatenate([RNG.uniform(-1, 1, 3300), sides])] * 3, tag="fc1/activation")
    assert said.text.startswith("Broad, with more values near its limits than in the middle: mean ")


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize(("share", "apart"), [(0.5, 3.0), (0.65, 3.3), (0.8, 3.8)])
def test_two_peaks_are_not_called_one(share, apart, rows):
    """The valley is higher than half of the lower peak, and yet to be seen."""
    rng = np.random.default_rng(3)
    for centre in (0.0, -apart / 2, 3.0):
        for _ in range(5):
            values = rng.normal(0, 1, 9000) + np.where(rng.random(9000) < share, centre, centre + apart)
            assert reading([values] * 3, rows=ROWS[rows]).shape in ("uneven", "clusters")


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("size", [120, 300, 1000])
def test_chance_alone_makes_no_two_peaks(size, rows):
    rng = np.random.default_rng(5)
    for _ in range(40):
        assert reading([rng.normal(0, 1, size)] * 3, rows=ROWS[rows]).shape not in ("uneven", "clusters")


def test_a_tail_that_is_one_value_longer_is_no_skew():
    values = np.concatenate([RNG.standard_t(5, 4000), [-20.0] * 8, [16.0] * 2])
    assert reading([values] * 3).shape == "heavy-tailed"


def test_long_tails_around_a_broad_middle_are_not_called_a_narrow_peak():
    values = np.concatenate([RNG.choice([-1.0, 1.0], 4000) + RNG.normal(0, 0.3, 4000), [-16.0, 16.0] * 9])
    assert reading([values] * 3, rows=exponential).text.startswith("Heavy-tailed around 0, with long tails, between ")


def test_values_that_differ_beyond_three_digits_alone_lie_close_together():
    values = 1 + RNG.uniform(-1e-6, 1e-6, 4000)
    assert re.match(r"All 4,000 values lie within 2\.0e-6 of each other, around 1\.", reading([values] * 3).text)


def test_values_that_share_the_bucket_of_zero_with_all_others_are_not_called_zeros():
    rows = np.array([[0.0, 6.4e35, 500.0]])
    said = reading([np.zeros(1)] * 3, tag="fc1/activation", rows=lambda _: rows).text
    assert "are 0" not in said


def test_records_that_are_all_empty_or_lost_are_said_to_be_so():
    said = reading([np.empty(0), np.full(5, np.nan), np.empty(0)])
    assert said.text == "Every record is empty or holds NaN or infinity."
    masked = reading([np.full(5, np.nan)] * 3, tag="block1/attention/logits")
    assert masked.text == "Every record holds NaN or infinity: usual where a mask writes it."


# Movements


def test_a_series_that_does_not_change_is_unchanged_to_the_last_bit():
    said = reading([BELL] * 5)
    assert said.movement == "unchanged"
    assert "Unchanged since step 0, to the last bit." in said.text


def test_flat_weights_that_do_not_change_look_like_their_initialisation():
    assert "looks like its uniform initialisation: this layer has probably not learned." in reading([FLAT] * 5).text
    assert "or it is frozen on purpose" in reading([BELL] * 5).text


def test_weights_that_hardly_move_are_steady_and_the_text_says_how_little():
    said = reading(steps_of(FLAT, growing(1.0001)))
    assert said.movement == "steady"
    assert "drifted by 1.0e-4 of its size" in said.text
    assert "probably hardly learned" in said.text


def test_weights_that_move_and_keep_their_shape_are_said_to_learn():
    rng = np.random.default_rng(6)
    said = reading([0.995**record * BELL + rng.normal(0, 0.01, 4000) * record**0.5 for record in range(12)])
    assert said.movement == "steady"
    assert said.text.endswith("It learns and keeps its shape.")


def test_widening_is_told_with_its_factor_and_whether_it_goes_on():
    said = reading(steps_of(BELL, growing(3.0)))
    assert said.movement == "widening"
    spread = re.search(r"Since step 0 its spread grew 3-fold, to (\S+); still moving at the end\.", said.text)
    assert spread
    assert float(spread[1]) == pytest.approx(3 * BELL.std(), rel=0.02)
    assert "The layer is still learning." in said.text


def test_narrowing_is_told_in_percent_and_read_as_smaller_weights():
    said = reading(steps_of(BELL, growing(0.25)))
    assert said.movement == "narrowing"
    assert "its spread shrank to 25 %, to 0.05" in said.text
    assert "Weights get smaller" in said.text


def test_narrowing_around_another_value_is_not_called_smaller():
    said = reading(steps_of(BELL, growing(0.25), list(np.linspace(0, 2, 12))))
    assert "Weights get smaller" not in said.text
    assert "converge to a range" in said.text


@pytest.mark.parametrize(("shift", "side", "doing"), [(0.5, "right", "increase"), (-0.5, "left", "decrease")])
def test_a_shift_is_told_with_its_side_and_in_spreads(shift, side, doing):
    said = reading(steps_of(BELL, [1.0] * 12, list(np.linspace(0, shift, 12))))
    assert said.movement == f"shifting {side}"
    spreads = re.search(rf"it shifted to the {side} by (\S+) spreads \(values {doing}\)", said.text)
    assert spreads
    assert float(spreads[1]) == pytest.approx(0.5 / BELL.std(), rel=0.01)


def test_a_shift_of_many_spreads_is_told_by_its_ends():
    said = reading(steps_of(BELL, [1.0] * 12, list(np.linspace(0, 8, 12))), tag="fc1/bias")
    assert said.movement == "shifting right"
    assert "Since step 0 its mean went from 0.00252 to 8 (values increase)" in said.text


def test_a_series_that_settles_is_steady_since_the_step_at_which_it_did():
    said = reading(steps_of(BELL, [1.0, 1.3, 1.6, 1.9, *[2.0] * 8]))
    assert said.movement == "widening, then settled"
    assert "; steady since step 30." in said.text or "; steady since step 40." in said.text
    assert "The layer learned and settled." in said.text


def test_scatter_around_a_level_is_neither_settled_nor_moving():
    rng = np.random.default_rng(4)
    factors = [1.0, *rng.normal(4, 1, 40).clip(2, 6)]
    said = reading(steps_of(BELL, factors))
    assert said.movement.startswith("widening")
    assert "still moving" not in said.text
    assert "steady since" not in said.text


def test_an_abrupt_change_is_told_with_its_step():
    said = reading(steps_of(BELL, [*np.linspace(1, 1.05, 10), *np.linspace(2.5, 2.55, 10)]))
    assert said.movement == "widening, abruptly, then settled"
    assert "It changed abruptly at step 100." in said.text


def test_an_abrupt_change_that_is_undone_is_told_twice():
    said = reading(steps_of(BELL, [*[1.0, 1.01] * 5, *[2.5, 2.51] * 4, *[1.0, 1.01] * 5]))
    assert "Its spread ends near where it began" in said.text
    assert "It changed abruptly at steps 100 and 180." in said.text


def test_one_outlier_in_time_is_no_abrupt_change():
    assert "abruptly" not in reading(steps_of(BELL, [*[1.0, 1.01] * 5, 6.0, *[1.0, 1.01] * 5])).text


def test_quick_learning_at_the_start_is_no_abrupt_change():
    assert "abruptly" not in reading(steps_of(BELL, [1.0, 3.0, 4.0, 4.3, *np.linspace(4.4, 4.5, 12)])).text


def test_noise_from_batch_to_batch_is_no_abrupt_change():
    rng = np.random.default_rng(3)
    for _ in range(20):
        noisy = [rng.standard_t(3, 500) * rng.lognormal(0, 0.5) for _ in range(40)]
        assert "abruptly" not in reading(noisy, tag="fc1/kernel/gradient").text


def test_a_constant_is_told_where_it_went():
    said = reading([np.full(4, value) for value in (0.5, 0.75, 1.25)], tag="fc1/bias")
    assert (said.shape, said.movement) == ("constant", "rising")
    assert said.text == "All 4 values are 1.25. It went from 0.5 at step 0 to 1.25 at step 20."


def test_biases_that_begin_at_zero_spread_from_one_value():
    said = reading([np.zeros(200), *(BELL[:200] * factor for factor in (0.1, 0.2, 0.3, 0.3, 0.3))], tag="fc1/bias")
    assert "Since step 0 it spread from one value to a spread of" in said.text


def test_two_records_are_too_few_for_a_movement():
    assert "Too few records to see a movement." in reading([BELL, 2 * BELL]).text


def test_a_gradient_whose_last_record_is_small_by_chance_is_not_said_to_shrink():
    said = reading(steps_of(BELL, [1, 1.5, 2, 1.2, 1.8, 1.1, 1.6, 0.2]), tag="fc1/kernel/gradient")
    assert said.movement == "varying"
    assert said.text.endswith("Its spread varies between 0.0402 at step 70 and 0.402 at step 20.")


def test_a_shift_of_a_gradient_whose_spread_comes_and_goes_is_not_told_in_spreads():
    tensors = steps_of(BELL, [1, 9, 4, 8, 1, 6, 2, 1], [0, 0, 0, 0, 0.1, 0.1, 0.1, 0.1])
    assert reading(tensors, tag="fc1/kernel/gradient").text.endswith(
        "Its spread varies between 0.201 at step 0 and 1.81 at step 10."
    )


def test_a_gradient_that_shrinks_through_all_its_noise_is_said_to_shrink():
    said = reading(steps_of(BELL, [4, 3, 5, 3, 2, 2.5, 1.4, 1, 1.3, 0.7, 1, 0.8]), tag="fc1/kernel/gradient")
    assert "its spread shrank to 20 %" in said.text


def test_the_mean_of_outputs_that_comes_and_goes_is_told():
    said = reading(steps_of(BELL, [1] * 8, [0, 0.1, -0.1, 0.2, -0.2, 0.1, 0.1, 0]), tag="fc1/activation")
    assert said.text.endswith("Its mean varies between -0.197 at step 40 and 0.203 at step 30.")


def test_a_mean_that_goes_and_comes_back_is_told():
    said = reading(steps_of(BELL, [1.0] * 9, [0, 0.1, 0.2, 0.3, 0.2, 0.1, 0, 0, 0]), tag="fc1/bias")
    assert said.movement == "away and back"
    assert said.text.endswith("Its mean ends near where it began, at 0.00252, and was 0.303 at step 30.")


def test_what_shrinks_by_a_share_of_itself_to_the_end_is_not_called_steady():
    said = reading(steps_of(BELL, list(0.6 ** np.arange(20))), tag="fc1/bias").text
    assert "steady" not in said
    assert "still moving at the end" in said


def test_spread_that_begins_and_ends_at_nothing_is_told():
    said = reading([np.zeros(200), BELL[:200], BELL[:200], np.zeros(200)], tag="fc1/bias").text
    assert re.search(r"Its spread varies between 0 at step 0 and 0\.\d+ at step 10\.", said)


def test_a_constant_is_told_by_which_way_it_went():
    def one(*values: float) -> str:
        return reading([np.full(4, value) for value in values], tag="fc1/bias").text

    assert one(0.5, 3.0, 1.25).endswith("It went from 0.5 at step 0 to 1.25 at step 20, by way of 3 at step 10.")
    assert one(0.5, 3.0, 0.5).endswith("It ends where it began, at 0.5, and was 3 at step 10.")
    grows = [np.full(size, 0.5) for size in (4, 5, 6)]
    assert reading(grows, tag="fc1/bias").text == "All 6 values are 0.5. It stays at 0.5."

"""Every number that a rule compares against, with its source.

"Small runs": seen on the project's 37 faulty and 27 healthy small training runs; these are provisional until they
are calibrated on a large gallery. "Anchor": taken from a published tool or paper.
"""

from __future__ import annotations

import msgspec


class Thresholds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What counts as too much, too little, too long.

    Fractions run from 0 to 1, ratios have no unit. A field's comment gives its source.
    """

    # Time
    sustained_records: int = 3  # fewer successive records are chance
    sustained_share: float = 0.25  # of the run, where a fault does not reach its end
    warmup_records: int = 3
    warmup_share: float = 0.05
    gap_intervals: float = 3.0  # a tag that ends earlier than this before the run has stopped

    # Numbers
    nonfinite_gradient_records: int = 3  # an isolated Inf is how dynamic loss scaling works (Micikevicius 2018)
    float16_largest: float = 32752.0  # half of the largest float16
    float16_zeros: float = 0.34  # share of zeros below which half of the others must be lost where two thirds are
    rounded_extremes: int = 4  # different ends that fit 16 bits: by chance one in 8192 each

    # Gradients
    vanishing_ratio: float = 1e-3  # anchor: AutoTrainer; small runs: faulty <= 2e-6, healthy >= 6e-3
    vanishing_ratio_error: float = 1e-5
    vanishing_layers: int = 3
    tiny_gradient: float = 1e-7  # anchor: SageMaker Debugger; a note only
    exploding_ratio: float = 1e3  # small runs, bias gradients: faulty >= 1.6e3, healthy <= 17
    exploding_tau: float = 0.8
    exploding_growth: float = 100.0
    exploding_window_ratio: float = 2.0
    exploding_windows: int = 4
    spike_log_jump: float = 2.302585  # ln 10; small runs: faulty 1000-fold, healthy up to 11-fold
    spike_mads: float = 7.0
    spike_mad_cap: float = 0.4
    spike_over_start: float = 10.0  # times the largest of the first records; gallery: healthy <= 6.1, faulty >= 86
    spike_history: int = 10  # records before, for the trailing median
    underflow_share: float = 0.9  # healthy ReLU networks and sparse inputs reach it too: see the other conditions
    underflow_largest: float = 6.1e-5  # 2^-14: below this float16 loses digits (Micikevicius 2018)
    clipped_tolerance: float = 0.02  # estimates of a norm from thirty equal buckets err by up to 0.8 % (std)
    clipped_share: float = 0.5  # small runs: not clipped <= 0.20
    clipped_records: int = 10
    unbalanced_ratio: float = 1e4

    # Activations
    dead_unit_share: float = 0.6  # gallery: dead >= 0.65, healthy <= 0.56
    dead_output_share: float = 0.99
    sparse_output_share: float = 0.90  # trained transformer MLPs reach 94-97 % in health (Li et al. 2023)
    dead_final_share: float = 0.8
    cut_output_share: float = 0.3  # a ReLU on centred targets cuts about half
    dead_final_rise: float = 0.2
    tanh_slope: float = 0.2  # small runs: faulty 0.07 ... 0.15, healthy >= 0.51
    tanh_slope_error: float = 0.05
    sigmoid_slope: float = 0.25  # small runs: faulty 0.13 ... 0.20
    limit_reached: float = 0.95  # both ends beyond this: the tensor uses the range of tanh or sigmoid
    preactivation_limit: float = 5.0  # anchor: DeepDiagnosis
    preactivation_share: float = 0.5
    activation_layers: int = 3  # fewer make no trend through depth
    collapse_ratio: float = 1e-2  # rms through depth at the first record; small runs: faulty 1e-8, healthy >= 0.1
    collapse_spread: float = 1e-3  # of the mean
    activation_depth_growth: float = 100.0  # small runs: faulty >= 5e3, healthy <= 9
    activation_growth: float = 100.0  # in time; small runs, healthy: logits 10 to 40-fold, and they stop
    activation_late_growth: float = 2.0  # in the last quarter
    attention_logit: float = 1e3  # anchor: Dehghani 2023, Wortsman 2023 see trouble from 1e4

    # Weights
    wide_initialisation: float = 15.0  # std * N^(1/4); small runs: healthy 0.18 ... 3, faulty 18 ... 89; Keras: <= 11.4
    # Std over He's. Keras' defaults, 8 to 16,777,216 weights: scaled <= 1.52, a fixed 0.05 <= 5.6 (at 25,088 inputs)
    wide_over_he: float = 6.0  # ten times LeCun's has 7.1
    narrow_initialisation: float = 0.1  # std * N^(1/4); growth of what starts narrower is measured from here
    usual_initialisation: float = 1.5  # std * N^(1/4); logs that begin later are compared with this
    weight_growth: float = 10.0  # small runs: healthy <= 4.3
    weight_growth_error: float = 100.0
    weight_magnitude_error: float = 1e8
    weight_shrink: float = 0.1  # small runs: healthy >= 0.99
    weight_vanished: float = 0.05  # gallery: decay that is too strong ends at 0.04 and less, healthy at 0.11 and more
    norm_scale_shrink: float = 0.1  # of the first record's mean, for half of the units; small runs: healthy >= 0.41
    dead_channel_ratio: float = 1e-4  # smallest over largest moving variance; small runs: healthy >= 0.18
    dead_channel_share: float = 0.05  # of the variances; fewer are what weight decay switches off (Mehta 2019)

    # Shapes
    shape_size: int = 256  # values; fewer have no shape
    discrete_levels: int = 16  # four bits; more do not stand apart in thirty buckets
    discrete_each: int = 8  # weights to a value: few values stand apart by chance
    mostly_zero: float = 0.95
    pruned_share: float = 0.25  # of exact zeros; weights that nobody prunes have none
    pruned_change: float = 0.05  # of the share over the run; thirty equal buckets only estimate it
    pruned_outlier: float = 4.0  # a normal sample of a million: 1.4
    pruned_kurtosis: float = 4.0  # a bell has 3; small runs: pruned <= 2.4, exploded >= 4.05
    edge_share: float = 0.05
    edge_contrast: float = 5.0  # over the neighbour; a uniform sample has 1, a bell less
    outlier_ratio: float = 50.0  # over the 99.9 % quantile; a t3 sample of 100,000 has 5 to 10
    outlier_ratio_coarse: float = 14.0  # thirty equal buckets show at most 15 where two of them hold all else
    outlier_size: int = 2000  # of fewer values the 99.9 % quantile is the largest itself
    cluster_size: int = 1000  # small runs: healthy tensors of up to 512 weights show two peaks by chance
    cluster_edge: float = 0.1  # of clusters only the tails reach the outermost buckets

    # Inputs and biases
    # Weight over bias gradient, about the size of the inputs; small runs: healthy <= 4.1, inputs x 1000: 2000
    input_ratio: float = 30.0
    input_hint: float = 8.0  # beside outputs that look saturated; small runs: scaled inputs <= 3.6, raw ones >= 10
    input_slope: float = 0.25  # estimated, at the first record; small runs with raw inputs: <= 0.21
    input_later: float = 2.0  # ReLU passes large inputs on as they are; where ratios grow with depth, weights are wide
    input_over_layers: float = 100.0  # of weight gradients alone; a residual net's first is some 10 times larger
    bias_layers: int = 3

    # Learning
    least_size: int = 8  # of a weight tensor: how a few values move tells nothing
    uniform_distance: float = 0.03  # Kolmogorov-Smirnov; small runs: detached <= 0.015, pretrained 0.23
    uniform_distance_few: float = 0.075  # of 100 to 400 values; a truncated normal has 0.11, a normal more
    uniform_size: int = 256
    learning_drift: float = 1e-2
    idle_drift: float = 1e-3
    small_update_steps: int = 100
    small_update_intervals: int = 3
    solved_gain: float = 0.9  # the loss has fallen by this share: weights that grew did so for a reason
    loss_gain: float = 0.1  # the loss has fallen by this share: the model learns, whatever W1 can see
    large_update: float = 0.01  # per step, certified; small runs: healthy <= 0.0017, faulty 0.03 ... 0.13
    large_update_exact: float = 0.03  # per step, of raw values; small runs: healthy <= 0.025, faulty >= 0.038
    large_update_pairs: int = 3
    large_update_first: int = 10  # steps; so long a momentum of 0.9 remembers, and updates do not cancel yet
    shift: float = 0.25  # certified, over one interval; small runs: faulty >= 0.38, healthy < 0.1
    shift_over_neighbours: float = 10.0
    shift_over_previous: float = 5.0  # small runs that leave a plateau within a few records: <= 3.9
    shift_neighbours: int = 10
    shift_floor: float = 1e-4  # median move below which a neighbourhood counts as still

    # The loss
    diverging_ratio: float = 1.25  # median of the last tenth over that of the first
    diverging_fold: float = 10.0  # from here on no healthy adversary's loss is known; small runs: up to 2.9
    diverging_noise: float = (
        3.0  # of the median change between records: a level, noisy loss passes it in 1 to 3 cases of 100
    )
    relapse_fold: float = 2.0  # a loss that had come down so far ...
    relapse_share: float = 0.9  # ... and is back at this share of its start has lost what it had gained
    flat_fall: float = 0.05  # of the first level; small runs: stuck <= 0.02, noisy labels 0.09
    flat_gain: float = 0.01  # over the last quarter
    flat_noise: float = 3.0  # of the median change between records: a smaller slope over a few records is chance
    overfitting_rise: float = 0.1  # of the best validation loss
    overfitting_share: float = 0.05  # of its whole fall: of next to nothing, a tenth is nothing

    # The log
    size_tolerance: float = 1e-6  # counts that came through float32 are rounded by 6e-8

    # Courses: what is still on its way at the end
    course_records: int = 12  # a quarter of fewer shows no pace
    course_tau: float = 0.8
    course_pace: float = 0.8  # of the quarter before; what settles halves its pace
    course_shift: float = 0.25  # of the spread, in a quarter of the run; small runs, healthy: < 0.1 but for biases
    course_growth: float = 0.15  # of the spread, in a quarter of the run; small runs, healthy: mostly <= 0.1
    oscillating_turns: float = 0.6  # of all records: a walk at random turns at half of them, noise at two thirds
    oscillating_swing: float = 0.05  # of the rms

    # Resolution
    coarse_mass: float = 0.95
    coarse_resolution: float = 0.5  # width of the spread's bounds over its estimate; small runs: 0.01 ... 0.2

    def flat_distance(self, size: float) -> float:
        """Return the distance to flat below which so many values look like a uniform sample.

        98 % of uniform samples lie within 1.5 / sqrt(N) (Kolmogorov-Smirnov).
        """
        return float(min(max(1.5 / max(size, 1.0) ** 0.5, self.uniform_distance), self.uniform_distance_few))

    def warmup(self, records: int) -> int:
        """Return how many records the rules about dynamics skip."""
        return max(self.warmup_records, int(self.warmup_share * records))

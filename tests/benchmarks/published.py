"""The thresholds of published debugging tools, applied to the histograms of a run.

Each tool watches live tensors; here it gets what histograms hold of them, at every logged record. Where a tool counts
units, a histogram only counts values: those rules are put into shares of values, with what is usual for a healthy
layer added. Rules about data, labels, model code or a separate training on one batch have no counterpart in a log and
are left out, to the tools' disadvantage in finding and to their advantage in false alarms. Nothing of their code is
used.
"""

from __future__ import annotations

import numpy as np
from verdicts import (
    Tool,
    Verdict,
    gradients,
    growth,
    in_a_row,
    one_value,
    relu_like,
    report,
    share_below,
    shared,
    shrinkage,
    sigmoid_like,
    tanh_like,
    weights,
    where,
)

from tensorboard_plugin_histdiag.bounded import Bools, Floats
from tensorboard_plugin_histdiag.context import ACTIVATIONS, RunContext
from tensorboard_plugin_histdiag.measured import SeriesMetrics

NON_FINITE = ("non-finite-values", "loss-not-finite")
EXPLODING = ("exploding-gradients", "gradient-spikes", "weight-explosion", "activation-explosion", "large-updates")
VANISHING = ("vanishing-gradients", "no-gradient", "gradient-underflow")
DEAD = ("dead-units", "activation-collapse", "dead-channels")
UNMOVED = ("frozen-weights", "stopped-learning", "only-last-layer-learns", "small-updates")
CONSTANT = ("poor-initialisation", "activation-collapse", "weight-collapse", "no-gradient", "dead-units")
FLAT_LOSS = ("loss-flat", "loss-diverging", "small-updates")

DEAD_HALF = 0.75
"""Zeros among a ReLU layer's outputs when half of its units are dead and the others fire half of the time."""


def sagemaker(context: RunContext) -> list[Verdict]:
    """Apply the built-in rules of Amazon SageMaker Debugger with their default parameters.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/debugger-built-in-rules.html and the page of each rule.

    - VanishingGradient: mean |gradient| < 1e-7, over the collection of gradients.
    - ExplodingTensor: any value NaN or infinite, in any tensor.
    - DeadRelu: more than 50 % of the units active in less than 1 % of the cases. Histograms count outputs:
      zeros above `DEAD_HALF`.
    - SaturatedActivation: more than 50 % of the units with inputs beyond +-9.5 (tanh) or outside -23 ... 17 (sigmoid):
      more than half of the values of a logged pre-activation. Outputs so close to their limits share a bucket with
      all that is beyond 0.9, so they are not judged.
    - PoorWeightInitialization, over the first 10 records: variances of the inputs of activations more than 10-fold
      apart between layers, or a gradient whose 5th and 95th percentile are less than 0.001 apart; only where the loss
      does not fall within 5 records meanwhile, which the page names third. Where pre-activations are not logged,
      outputs stand for them.
    - WeightUpdateRatio: updates above 10 times or below 1e-8 of the weights, from record to record. W1 is a lower
      bound of an update.
    - AllZero: 100 % zeros; the user names the tensors: weights and gradients.
    - UnchangedTensor: the same over 3 records (rtol 1e-5); the user names the tensors: weights. Bit-identical
      histograms stand for it.
    - LossNotDecreasing compares single records at least 10 steps apart, which a noisy loss fails in health: here it
      speaks only where the last tenth of the loss is not below the first. TensorVariance has no default thresholds.
    """
    learned, backward = weights(context), gradients(context)
    inputs = context.having("pre-activation")
    found = report("VanishingGradient", VANISHING, where(backward, lambda one: one["mean_abs"].value < 1e-7))
    found += report("ExplodingTensor", (*NON_FINITE, *EXPLODING), where(context.series, lambda one: one.nonfinite))
    relus = [one for one in context.having("activation") if relu_like(one)]
    found += report("DeadRelu", DEAD, where(relus, lambda one: one["zeros"].value > DEAD_HALF))
    saturated = where(inputs, lambda one: share_below(one, -9.4999) + 1 - share_below(one, 9.4999) > 0.5)
    found += report("SaturatedActivation", ("saturated-activations",), saturated)
    found += _poor_initialisation(context)
    ratio = where(learned, lambda one: (one["drift_previous"].value > 10) | (one["unchanged"].value == 1))
    found += report("WeightUpdateRatio", (*UNMOVED, "large-updates", "sudden-shift", "weight-explosion"), ratio)
    found += report("AllZero", CONSTANT, where([*learned, *backward], one_value))
    still = where(learned, lambda one: np.array(in_a_row(one["unchanged"].value == 1, 2)))
    found += report("UnchangedTensor", UNMOVED, still)
    gain = context.loss_gain()
    return found + ([Verdict("LossNotDecreasing", FLAT_LOSS)] if gain is not None and gain <= 0 else [])


def _poor_initialisation(context: RunContext) -> list[Verdict]:
    loss = context.loss
    if loss is not None and len(loss.value) > 5 and np.nanmin(loss.value[1:6], initial=np.inf) < loss.value[0]:
        return []
    layers = context.having("pre-activation") or context.having("activation")
    variances = [one["spread"].value[:10] ** 2 for one in layers if len(one) >= 10]
    apart: tuple[str, ...] = ()
    if len(variances) > 1:
        least, most = np.min(variances, axis=0), np.max(variances, axis=0)
        apart = tuple(one.tag for one in layers) if np.any(most > 10 * least) else ()
    narrow = where(context.having("weight-gradient"), lambda one: one["q93"].value[:10] - one["q07"].value[:10] < 0.001)
    rules = ("poor-initialisation", "activation-collapse", "activation-explosion", "vanishing-gradients")
    starting = tuple(one.tag for one in weights(context)) if apart or narrow else ()
    return report("PoorWeightInitialization", rules, (*starting, *apart, *narrow))


def autotrainer(context: RunContext) -> list[Verdict]:
    """Apply AutoTrainer's symptoms with its default parameters, to every record.

    Source: Zhang et al. 2021, AutoTrainer (ICSE), and its repository shiningrain/AUTOTRAINER.

    - Vanishing: norm of the first layer's gradient / last layer's < 1e-3, and the first's norm < 1e-4.
    - Exploding: that quotient > 70, or NaN in weights, gradients or the loss.
    - Dying ReLU: at least 70 % zeros over the gradients of all parameters.
    - Slow convergence: accuracy never gains 0.01. Oscillating loss: accuracy swings by 0.03 in a fifth of the records.

    The first three count only where accuracy stays below 0.7; where no accuracy is logged this condition is dropped.
    All symptoms that hold are reported, not only the first.
    """
    accuracies = [one.value for one in context.scalars if "accuracy" in one.kind and len(one.value) > 2]
    found = report("explode", (*NON_FINITE, *EXPLODING), where(context.series, lambda one: one.nonfinite))
    if any(np.nanmax(values, initial=0) >= 0.7 for values in accuracies):
        return found + (_swings(accuracies) if not found else [])
    if accuracies and all(np.nanmax(np.diff(values), initial=0) < 0.01 for values in accuracies):
        found.append(Verdict("not_converge", FLAT_LOSS))
    for network in context.networks("weight-gradient"):
        if len(network) < 2:
            continue
        first, last = network[0], network[-1]
        _, (here, there) = shared([first, last])
        with np.errstate(divide="ignore", invalid="ignore"):
            norm = first["l2_norm"].value[here]
            ratio = norm / last["l2_norm"].value[there]
        if bool(np.any((ratio < 1e-3) & (norm < 1e-4))):
            found.append(Verdict("vanish", VANISHING, tuple(one.tag for one in network)))
        if bool(np.any(ratio > 70)):
            found.append(Verdict("explode", EXPLODING, tuple(one.tag for one in network)))
    backward = gradients(context)
    if backward:
        _, places = shared(backward)
        size = np.array([one.size[at] for one, at in zip(backward, places, strict=True)])
        zeros = np.array([one["zeros"].value[at] for one, at in zip(backward, places, strict=True)])
        if bool(np.any((zeros * size).sum(axis=0) >= 0.7 * size.sum(axis=0))):
            about = (*backward, *context.having("activation"))
            found.append(Verdict("relu", (*DEAD, "no-gradient"), tuple(one.tag for one in about)))
    return found


def _swings(accuracies: list[Floats]) -> list[Verdict]:
    for values in accuracies:
        slope = np.diff(values)
        peaks = values[1:-1][(slope[:-1] >= 0) & (slope[1:] <= 0)]
        pits = values[1:-1][(slope[:-1] <= 0) & (slope[1:] >= 0)]
        pairs = min(len(peaks), len(pits))
        if np.sum(peaks[:pairs] - pits[:pairs] >= 0.03) >= 0.2 * len(values):
            return [Verdict("unstable", ("large-updates", "gradient-spikes", "loss-diverging"))]
    return []


def deepdiagnosis(context: RunContext) -> list[Verdict]:
    """Apply DeepDiagnosis' symptoms, to every record.

    Source: Wardat et al. 2022, DeepDiagnosis (ICSE), and its repository DeepDiagnosis/ICSE2022.

    - Numerical error: the mean of activations, weights or weight gradients is NaN, infinite or exactly 0; the loss is
      NaN or infinite.
    - Dead node: at least 70 % of a ReLU's outputs are 0 in the last record.
    - Saturated activation: more than half of the inputs of a tanh or sigmoid are beyond +-5. Where only outputs are
      logged, more than half of them in the two outermost buckets: more than the tool would find.
    - Vanishing gradient: mean |weight gradient| < 1e-7.
    - Unchanged: the same activations, weights or weight gradients in 5 successive records, as far as identical buckets
      show; the same loss in 5 records.

    The range of the output is compared with the labels, which are not logged: left out.
    """
    forward, kernels = context.having(*ACTIVATIONS), context.having("weight")
    backward = context.having("weight-gradient")
    struck = where([*forward, *kernels, *backward], lambda one: one.nonfinite | one_value(one))
    found = report("numerical error", (*NON_FINITE, *EXPLODING, *CONSTANT), struck)
    relus = [one for one in context.having("activation") if relu_like(one)]
    found += report("dead node", DEAD, where(relus, lambda one: one["zeros"].value[-1:] >= 0.7))
    limited = [one for one in context.having("activation") if tanh_like(one) or sigmoid_like(one)]
    saturated = where(context.having("pre-activation"), lambda one: one["beyond_five"].value > 0.5)
    saturated += where(limited, lambda one: one["edge_low"].value + one["edge_high"].value > 0.5)
    found += report("saturated activation", ("saturated-activations",), saturated)
    found += report("vanishing gradient", VANISHING, where(backward, lambda one: one["mean_abs"].value < 1e-7))
    still = where([*forward, *kernels, *backward], lambda one: np.array(in_a_row(one["unchanged"].value == 1, 4)))
    found += report("unchanged", (*UNMOVED, *CONSTANT), still)
    loss = context.loss
    if loss is not None and not np.isfinite(loss.value).all():
        found.append(Verdict("invalid loss", (*NON_FINITE, *EXPLODING)))
    elif loss is not None and in_a_row(np.diff(loss.value) == 0, 4):
        found.append(Verdict("loss not decreasing", FLAT_LOSS))
    return found


def deepchecker(context: RunContext) -> list[Verdict]:
    """Apply TheDeepChecker's properties with its default settings, from the tenth step on.

    Source: Ben Braiek & Khomh 2022, TheDeepChecker, and the settings in its repository thedeepchecker/thedeepchecker.

    - NaN or infinity anywhere. Weights that are all one value at the first record.
    - Weights: 95 % below 1e-5 in magnitude, 95 % negative; mean magnitude above 1e8 or doubling in 4 successive
      records. Biases: the latter two.
    - Activations: dead (95th percentile of |a| < 1e-5) for more than half of the ReLU units: zeros above `DEAD_HALF`;
      saturated for more than half of the tanh or sigmoid units, rho above 0.85: with the root mean square of the
      layer's outputs, scaled to [-1, 1], in its place; standard deviation certain to be outside 0.5 ... 2.
    - Weight gradients: mean magnitude below 1e-6 or above 1e6, or halving or doubling in 4 successive records.
    - Updates: more than 0.1 of the weights per step; unchanged in 10 records; the low limit of 1e-4 per step cannot be
      told from histograms, so weights count that have not moved by that in all.
    - Loss: NaN; doubling in 4 successive records above its least value.

    Checks of the training on a single batch (loss that stagnates or fluctuates), of biases that do not start at 0,
    of the shape that an initialiser asks for, and of data are left out.
    """
    begun = 10 if context.steps_are_epochs is False else 0
    kernels, backward = weights(context), context.having("weight-gradient")

    def late(one: SeriesMetrics, held: Bools) -> Bools:
        return held & (one.step >= context.first_step + begun)

    found = report("numerical instability", (*NON_FINITE, *EXPLODING), where(context.series, lambda one: one.nonfinite))
    start = where(context.having("weight"), lambda one: one["spread"].value[:1] ** 2 <= 1e-8)
    found += report("poor initialisation", ("poor-initialisation",), start)
    small = where(kernels, lambda one: late(one, share_below(one, 1e-5) - share_below(one, -1e-5) > 0.95))
    small += where(kernels, lambda one: late(one, share_below(one, 0.0) > 0.95))
    found += report("dead weights", ("weight-collapse", "poor-initialisation", "norm-scale-collapse"), small)

    def diverges(one: SeriesMetrics) -> Bools:
        size = one["mean_abs"].value[one.step >= context.first_step + begun]
        return np.append(size > 1e8, growth(size, 2, 4))

    grown = where([*kernels, *context.having("bias")], diverges)
    found += report("diverging weights", ("weight-explosion", "large-updates", "exploding-gradients"), grown)
    outputs = context.having("activation")
    relus = [one for one in outputs if relu_like(one)]
    found += report("dead units", DEAD, where(relus, lambda one: late(one, one["zeros"].value > DEAD_HALF)))
    saturated = where(
        [one for one in outputs if tanh_like(one)], lambda one: late(one, one["tanh_slope"].value < 1 - 0.85**2)
    )
    saturated += where(
        [one for one in outputs if sigmoid_like(one)], lambda one: late(one, one["sigmoid_slope"].value < 1 - 0.85**2)
    )
    found += report("saturated units", ("saturated-activations",), saturated)
    unstable = where(outputs, lambda one: late(one, (one["spread"].high < 0.5) | (one["spread"].low > 2)))
    rules = ("activation-collapse", "activation-explosion", "saturated-activations", "dead-units")
    found += report("unstable activations", rules, unstable)
    vanishing = where(
        backward,
        lambda one: np.append(late(one, one["mean_abs"].value < 1e-6), shrinkage(one["mean_abs"].value, 0.5, 4)),
    )
    found += report("vanishing gradient", VANISHING, vanishing)
    exploding = where(
        backward, lambda one: np.append(late(one, one["mean_abs"].value > 1e6), growth(one["mean_abs"].value, 2, 4))
    )
    found += report("exploding gradient", EXPLODING, exploding)
    if not context.may_be_epochs:
        fast = where(kernels, lambda one: late(one, one["update_ratio"].value > 0.1))
        found += report("high updates", ("large-updates", "sudden-shift", "weight-explosion"), fast)
    slow = where(
        kernels, lambda one: np.array([in_a_row(one["unchanged"].value == 1, 9), one["drift"].value[-1] < 1e-4])
    )
    found += report("untrained", UNMOVED, slow)
    loss = context.loss
    if loss is not None and not np.isfinite(loss.value).all():
        found.append(Verdict("invalid loss", (*NON_FINITE, *EXPLODING)))
    elif loss is not None and growth(loss.value / max(float(loss.value.min()), 1e-12), 2, 4):
        found.append(Verdict("diverging loss", ("loss-diverging", *EXPLODING)))
    return found


TOOLS = (
    Tool("SageMaker Debugger", sagemaker),
    Tool("AutoTrainer", autotrainer),
    Tool("DeepDiagnosis", deepdiagnosis),
    Tool("TheDeepChecker", deepchecker),
)

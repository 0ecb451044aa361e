"""What rules make of several records or series, computed from the tensors themselves."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from claim import ROUNDING, Claim, Tensor, median, size_of, wasserstein
from runs import equal, exponential

from tensorboard_plugin_histdiag.context import GRADIENTS
from tensorboard_plugin_histdiag.finding import Comparison
from tensorboard_plugin_histdiag.metrics.trend import theil_sen
from tensorboard_plugin_histdiag.thresholds import Thresholds

LIMITS = Thresholds()


def between_layers(claim: Claim) -> float | None:
    """Mean magnitude of one layer's gradient over another's, median over the steps at which the finding holds."""
    layer = claim.evidence.label.rpartition(" / ")[2]
    other = [one.tag for one in claim.peers if one.role == claim.series.role and one.layer == layer]
    if " / " not in claim.evidence.label or len(other) != 1:
        return None
    theirs, first = claim.raw.get(other[0], {}), claim.raw.get(claim.finding.tags[0], {})
    under = claim.evidence.comparison is Comparison.UNDER
    ratios = []
    for step in claim.steps():
        deep, own, last = (size_of(one[step]) if step in one else 0.0 for one in (first, claim.tensors, theirs))
        if own > 0 and deep > 0 and last > 0:
            through = deep / last
            holds = through < LIMITS.vanishing_ratio if under else through > LIMITS.exploding_ratio
            ratios += [own / last] * holds
    return median(ratios)


def over_the_first(claim: Claim) -> float | None:
    """Mean magnitude at one step over that of the first record, or over a usual initialisation's."""
    first, now = claim.tensors.get(int(claim.series.step[0])), claim.here
    if first is None or now is None or "magnitude" not in claim.evidence.label:
        return None
    late = claim.evidence.label.endswith("usual")
    start = LIMITS.usual_initialisation / len(now) ** 0.25 if late else size_of(first)
    return size_of(now) / start if start > 0 else None


def update_per_step(claim: Claim) -> float | None:
    """Mean |w' - w| / mean |w| per step, median over the finding's pairs of records."""
    updates = []
    steps = sorted(claim.tensors)
    for before, after in pairwise(steps):
        one, two = claim.tensors[before], claim.tensors[after]
        if claim.finding.first_step <= after <= claim.finding.last_step and one.shape == two.shape and one.any():
            updates.append(size_of(two - one) / size_of(one) / (after - before))
    return median(updates)


def at_the_first(claim: Claim) -> float | None:
    """Range of the first record, or its spread, scaled by the number of values or over what its shape asks for."""
    values = claim.here
    if values is None:
        return None
    if "over He's" in claim.evidence.label:  # the model tells the shape
        estimate = float(claim.series.value("spread")[np.searchsorted(claim.series.step, claim.evidence.step)])
        return float(values.std()) / estimate * (claim.evidence.value or np.nan)
    if claim.evidence.label.startswith("maximum"):
        return float(values.max() - values.min())
    return float(values.std()) * len(values) ** 0.25


def identical(claim: Claim) -> float | None:
    """1 where the records are the same: all values but for the last digits, or the buckets of either layout; else 0."""
    pairs = [*pairwise(claim.spanned())]
    return float(all(_same(one, two) for one, two in pairs)) if pairs else None


def _same(one: Tensor, two: Tensor) -> bool:
    moved = np.abs(np.sort(one) - np.sort(two)).max() if one.shape == two.shape else np.inf
    if moved <= ROUNDING * np.abs(one).max():
        return True
    return any(np.array_equal(rows(one), rows(two)) for rows in (equal, exponential))


def over_the_records(claim: Claim) -> float | None:
    """Largest magnitude in the records of the finding, or the median share of zeros."""
    records = [values for values in claim.spanned() if len(values)]
    if not records or not claim.evidence.label.startswith(("largest", "exact zeros")):
        return None
    if claim.evidence.label == "exact zeros":
        return median([float((values == 0).mean()) for values in records])
    return max(float(np.abs(values).max()) for values in records)


def over_first_layer(claim: Claim) -> float | None:
    """Root mean square at one step over that of the network's first layer; or the range of values at that step."""
    own, step = claim.series, claim.evidence.step
    layers = [one for one in claim.peers if (one.role, one.info.network) == (own.role, own.info.network)]
    first = min((one for one in layers if one.order >= 0), key=lambda one: one.order, default=own)
    other = claim.raw.get(first.tag, {}).get(step) if step is not None else None
    if "hidden layer" not in claim.evidence.label:
        return at_the_first(claim) if claim.evidence.label.startswith("maximum - ") else None
    if claim.here is None or other is None or not other.any():
        return None
    return float(np.sqrt(np.mean(claim.here**2)) / np.sqrt(np.mean(other**2)))


def median_over_first(claim: Claim) -> float | None:
    """Median at one step over the mean magnitude of the first record."""
    first = claim.tensors.get(int(claim.series.step[0]))
    if claim.here is None or first is None or not claim.evidence.label.startswith("median") or not first.any():
        return None
    return float(np.quantile(claim.here, 0.5, method="inverted_cdf")) / size_of(first)


def least_over_largest(claim: Claim) -> float | None:
    """Smallest value at one step over the largest."""
    if claim.here is None or not claim.evidence.label.startswith("smallest"):
        return None
    return float(claim.here.min() / claim.here.max()) if claim.here.max() > 0 else None


def change_of_size(claim: Claim) -> float | None:
    """By which share the number of values differs from that of the record before."""
    earlier = [step for step in claim.tensors if claim.evidence.step is not None and step < claim.evidence.step]
    if claim.here is None or not earlier:
        return None
    return abs(len(claim.here) / len(claim.tensors[max(earlier)]) - 1)


def whole_drift(claim: Claim) -> float | None:
    """Distance of the last record to the first, relative to the size of the first."""
    steps = [step for step in claim.series.step.tolist() if step in claim.tensors]
    first, last = claim.tensors[steps[0]], claim.tensors[steps[-1]]
    return wasserstein(first, last) / size_of(first) if first.any() else None


def global_norms(claim: Claim) -> dict[int, float]:
    """Norm of all gradients that are logged together with the claim's, by step."""
    gradients = [one for one in claim.peers if one.role in GRADIENTS and one.tag in claim.raw]
    logged = [claim.raw[one.tag] for one in gradients if np.array_equal(one.step, claim.series.step)]
    steps = [step for step in claim.series.step.tolist() if all(step in tensors for tensors in logged)]
    return {step: float(np.sqrt(sum(np.sum(tensors[step] ** 2) for tensors in logged))) for step in steps}


def above_usual(claim: Claim) -> float | None:
    """Norm of all gradients at one step over the median of the ten records before."""
    norms = global_norms(claim)
    if claim.evidence.step not in norms:
        return None
    before = [norm for step, norm in norms.items() if step < claim.evidence.step and np.isfinite(norm) and norm > 0]
    return norms[claim.evidence.step] / float(np.median(before[-10:])) if before else None


def at_the_limit(claim: Claim) -> float | None:
    """Share of the records whose global norm is that which it seldom exceeds."""
    norms = np.array([norm for norm in global_norms(claim).values() if np.isfinite(norm) and norm > 0])
    return float((np.abs(norms / np.quantile(norms, 0.9) - 1) <= LIMITS.clipped_tolerance).mean())


def growth_or_layers(claim: Claim) -> float | None:
    """Global norm, median of the last tenth of the records over that of the first; or one layer's over another's."""
    if claim.evidence.label != "global norm, last / first":
        return between_layers(claim)
    norms = np.array([norm for norm in global_norms(claim).values() if np.isfinite(norm) and norm > 0])
    first, *_, last = np.array_split(norms, min(10, len(norms)))
    return float(np.median(last) / np.median(first))


def largest_over_smallest(claim: Claim) -> float | None:
    """Mean magnitude of the first tag's gradient over this one's, median over the finding's steps."""
    largest = claim.raw.get(claim.finding.tags[0], {})
    sizes = [(size_of(largest[step]), size_of(claim.tensors[step])) for step in claim.steps() if step in largest]
    return median([one / two for one, two in sizes if one > 0 and two > 0])


def over_its_bias(claim: Claim) -> float | None:
    """Median magnitude of a weight gradient over that of its bias gradient."""
    if claim.evidence.label != "weight gradient over bias gradient":
        return None
    own, bias = (
        median([size_of(values) for values in tensors.values() if np.isfinite(values).all()])
        for tensors in (claim.tensors, claim.peer("bias-gradient"))
    )
    return own / bias if own and bias else None


def last_moves(claim: Claim, figures: Tensor) -> float | None:
    """By how much figures, one a record, move in the last quarter of the records."""
    quarter = len(figures) // 4
    return abs(theil_sen(figures[-quarter:])) / (quarter - 1) * quarter if quarter > 1 else None


def shift(claim: Claim) -> float | None:
    """Move of the mean over the last quarter, in spreads of the values or of the layer's weights."""
    means = np.array([claim.tensors[step].mean() for step in sorted(claim.tensors)])
    units = [tensors[max(tensors)].std() for tensors in (claim.tensors, claim.peer("weight")) if tensors]
    return last_moves(claim, means / max(units)) if max(units) > 0 else None


def growth_of_spread(claim: Claim) -> float | None:
    """Relative growth of the spread over the last quarter."""
    spreads = np.array([claim.tensors[step].std() for step in sorted(claim.tensors)])
    move = last_moves(claim, np.log(spreads)) if (spreads > 0).all() else None
    return None if move is None else float(np.expm1(move))


def swing(claim: Claim) -> float | None:
    """Median distance between the turning points of the mean or the rms, over the median rms, after the warm-up."""
    records = [claim.tensors[step] for step in sorted(claim.tensors)][LIMITS.warmup(len(claim.series)) :]
    sizes = np.array([np.sqrt(np.mean(values**2)) for values in records])
    figures = sizes if claim.evidence.metric == "rms" else np.array([values.mean() for values in records])
    move = np.sign(np.diff(figures))
    ends = figures[[0, *(np.flatnonzero(move[1:] * move[:-1] < 0) + 1), len(figures) - 1]]
    return float(np.median(np.abs(np.diff(ends))) / np.median(sizes))


def distance_to_flat(claim: Claim) -> float | None:
    """Largest distance of thirty equal buckets at one step to as many of one height."""
    if claim.here is None or claim.evidence.metric != "uniformity":
        return None
    counts, _ = np.histogram(claim.here, 30)
    return float(np.abs(np.cumsum(counts) / len(claim.here) - np.arange(1, 31) / 30).max())


COMPOSED: dict[str, Callable[[Claim], float | None]] = {
    "vanishing-gradients": between_layers,
    "exploding-gradients": growth_or_layers,
    "weight-explosion": over_the_first,
    "weight-collapse": over_the_first,
    "large-updates": update_per_step,
    "poor-initialisation": at_the_first,
    "frozen-weights": identical,
    "stopped-learning": identical,
    "activation-collapse": over_first_layer,
    "activation-explosion": over_first_layer,
    "norm-scale-collapse": median_over_first,
    "dead-channels": least_over_largest,
    "size-changed": change_of_size,
    "only-last-layer-learns": whole_drift,
    "small-updates": whole_drift,
    "gradient-spikes": above_usual,
    "always-clipped": at_the_limit,
    "unbalanced-gradients": largest_over_smallest,
    "unnormalised-inputs": over_its_bias,
    "float16-range": over_the_records,
    "gradient-underflow": over_the_records,
    "steady-drift": shift,
    "unsettled": growth_of_spread,
    "oscillating-weights": swing,
    "still-initial": distance_to_flat,
}
"""By rule; each returns None for evidence of another kind."""

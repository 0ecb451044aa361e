"""What rules make of several records or series, computed from the tensors themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tensorboard_plugin_histdiag.context import GRADIENTS
from tensorboard_plugin_histdiag.finding import Evidence, Finding
from tensorboard_plugin_histdiag.measured import SeriesMetrics
from tensorboard_plugin_histdiag.thresholds import Thresholds

Tensor = NDArray[np.float64]
Raw = Mapping[str, Mapping[int, Tensor]]
"""The tensors of a run by tag and step."""

LIMITS = Thresholds()


@dataclass(frozen=True)
class Claim:
    """A piece of evidence, the finding it stands in, and the tensors that can tell.

    Attributes
    ----------
    series
        The one it speaks of.
    peers
        All series of the same run.
    """

    evidence: Evidence
    finding: Finding
    series: SeriesMetrics
    peers: tuple[SeriesMetrics, ...]
    raw: Raw

    @property
    def tensors(self) -> Mapping[int, Tensor]:
        """The tensors of the series by step."""
        return self.raw.get(self.evidence.tag, {})

    @property
    def here(self) -> Tensor | None:
        """The tensor at the step of the evidence."""
        return None if self.evidence.step is None else self.tensors.get(self.evidence.step)

    def steps(self) -> list[int]:
        """Return the logged steps within the finding."""
        return [step for step in sorted(self.tensors) if self.finding.first_step <= step <= self.finding.last_step]


def size_of(values: Tensor) -> float:
    """Return the mean magnitude."""
    return float(np.abs(values).mean())


def median(values: list[float]) -> float | None:
    """Return the median, None of nothing."""
    return float(np.median(values)) if values else None


def wasserstein(one: Tensor, other: Tensor) -> float:
    """Return the Wasserstein-1 distance of two samples of any sizes: the area between their step functions."""
    one, other = np.sort(one), np.sort(other)
    if len(one) == len(other):
        return float(np.abs(one - other).mean())
    both = np.sort(np.concatenate([one, other]))
    shares = [np.searchsorted(part, both[:-1], side="right") / len(part) for part in (one, other)]
    return float(np.sum(np.abs(shares[0] - shares[1]) * np.diff(both)))


def between_layers(claim: Claim) -> float | None:
    """Mean magnitude of one layer's gradient over another's, median over the finding's steps."""
    layer = claim.evidence.label.rpartition(" / ")[2]
    other = [one.tag for one in claim.peers if one.role == claim.series.role and one.layer == layer]
    if " / " not in claim.evidence.label or len(other) != 1:
        return None
    theirs = claim.raw.get(other[0], {})
    sizes = [(size_of(claim.tensors[step]), size_of(theirs[step])) for step in claim.steps() if step in theirs]
    return median([one / two for one, two in sizes if one > 0 and two > 0])


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
    """Range of the first record, or its spread, scaled by the number of values."""
    values = claim.here
    if values is None:
        return None
    if claim.evidence.label.startswith("maximum"):
        return float(values.max() - values.min())
    return float(values.std()) * len(values) ** 0.25


def largest_move(claim: Claim) -> float | None:
    """Largest distance between two successive tensors of the finding, relative to their size."""
    steps = claim.steps()
    pairs = [(claim.tensors[one], claim.tensors[two]) for one, two in pairwise(steps)]
    return max((wasserstein(one, two) / (size_of(one) or 1.0) for one, two in pairs), default=None)


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
    """Magnitude of the median at one step over the mean magnitude of the first record."""
    first = claim.tensors.get(int(claim.series.step[0]))
    if claim.here is None or first is None or not claim.evidence.label.startswith("median") or not first.any():
        return None
    return abs(float(np.median(claim.here))) / size_of(first)


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


def above_usual(claim: Claim) -> float | None:
    """Norm of all gradients at one step over the median of the ten records before."""
    gradients = [one for one in claim.peers if one.role in GRADIENTS and one.tag in claim.raw]
    logged = [one for one in gradients if np.array_equal(one.step, claim.series.step)]
    steps = [step for step in claim.series.step.tolist() if all(step in claim.raw[one.tag] for one in logged)]
    if claim.evidence.step not in steps:
        return None
    norms = [float(np.sqrt(sum(np.sum(claim.raw[one.tag][step] ** 2) for one in logged))) for step in steps]
    before = [norm for norm in norms[: steps.index(claim.evidence.step)] if np.isfinite(norm) and norm > 0][-10:]
    return norms[steps.index(claim.evidence.step)] / float(np.median(before)) if before else None


COMPOSED: dict[str, Callable[[Claim], float | None]] = {
    "vanishing-gradients": between_layers,
    "exploding-gradients": between_layers,
    "weight-explosion": over_the_first,
    "weight-collapse": over_the_first,
    "large-updates": update_per_step,
    "poor-initialisation": at_the_first,
    "frozen-weights": largest_move,
    "stopped-learning": largest_move,
    "activation-collapse": over_first_layer,
    "activation-explosion": over_first_layer,
    "norm-scale-collapse": median_over_first,
    "dead-channels": least_over_largest,
    "size-changed": change_of_size,
    "only-last-layer-learns": whole_drift,
    "small-updates": whole_drift,
    "gradient-spikes": above_usual,
}
"""By rule; each returns None for evidence of another kind."""

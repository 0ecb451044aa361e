"""Whether what is said of histograms is true of the tensors themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import paths  # noqa: F401
from claim import ROUNDING, Claim, Raw, Tensor, median, size_of, wasserstein
from composed import COMPOSED
from samples import TRUTHS

from tensorboard_plugin_histdiag.context import RunContext
from tensorboard_plugin_histdiag.finding import Comparison, Evidence, Finding, Strength
from tensorboard_plugin_histdiag.measured import SeriesMetrics

QUANTILES = {
    "q07": "0.0668",
    "q16": "0.1587",
    "q31": "0.3085",
    "median": "0.5",
    "q69": "0.6915",
    "q84": "0.8413",
    "q93": "0.9332",
}
MOVES = ("drift", "drift_previous")
LARGEST_BUCKET = 1e20
"""Values beyond have no bucket in PyTorch's and tensorboardX's writers, which lose them without a word."""


class Claims(msgspec.Struct):
    """Statements of one strength: true and false of the tensors, and those of which these do not tell."""

    true: int = 0
    false: list[str] = msgspec.field(default_factory=list)
    untold: list[str] = msgspec.field(default_factory=list)


class Truth(msgspec.Struct):
    """What the tensors of a run say.

    Attributes
    ----------
    within, rounded
        By metric: records whose exact value lies within its bounds, and those where it does but for rounding in
        single precision.
    outside
        The others, in words.
    missing
        Records without a tensor beside them.
    claims
        By strength.
    """

    within: dict[str, int] = msgspec.field(default_factory=dict)
    rounded: dict[str, int] = msgspec.field(default_factory=dict)
    outside: list[str] = msgspec.field(default_factory=list)
    missing: int = 0
    claims: dict[Strength, Claims] = msgspec.field(default_factory=dict)


def load_raw(path: Path) -> Raw:
    """Read the tensors kept beside a log."""
    found: dict[str, dict[int, Tensor]] = {}
    with np.load(path) as archive:
        for key in archive.files:
            step, _, tag = key.partition(" ")
            found.setdefault(tag, {})[int(step)] = archive[key].astype(np.float64).ravel()
    return found


def check(raw: Raw, contexts: Sequence[RunContext], findings: Iterable[Finding]) -> Truth:
    """Compare every bound of every record, and every piece of evidence, with the tensors."""
    truth = Truth()
    for context in contexts:
        for series, resumed_at in zip(context.series, context.metrics.resumed_at, strict=True):
            check_bounds(series, raw.get(series.tag, {}), truth, int(np.searchsorted(series.step, resumed_at)))
    peers = {context.run: context.series for context in contexts}
    for finding in findings:
        claims = truth.claims.setdefault(finding.strength, Claims())
        for evidence in finding.evidence:
            series = next((one for one in peers[finding.run] if one.tag == evidence.tag), None)
            verdict = series and is_true(Claim(evidence, finding, series, peers[finding.run], raw))
            if verdict is True:
                claims.true += 1
            else:
                (claims.untold if verdict is None else claims.false).append(in_words(finding, evidence))
    return truth


def check_bounds(series: SeriesMetrics, tensors: Mapping[int, Tensor], truth: Truth, resumed: int = 0) -> None:
    """Compare the bounds of one series with what its tensors are; another training begins at record ``resumed``."""
    steps = series.step.tolist()
    truth.missing += sum(step not in tensors for step in steps)
    known = [
        place
        for place, step in enumerate(steps)
        if step in tensors and is_logged(tensors[step]) and not series.nonfinite[place]
    ]
    for size in {len(tensors[steps[place]]) for place in known}:
        alike = [place for place in known if len(tensors[steps[place]]) == size]
        values = np.stack([tensors[steps[place]] for place in alike])
        with np.errstate(all="ignore"):
            for name, (exact, slack) in exact_metrics(values).items():
                _compare(name, series, alike, exact, slack, truth)
    # A record whose tensor is not known cannot be compared with, nor stepped over.
    empty = series.nonfinite | ~(series.size > 0)
    pairs: dict[str, list[tuple[int, int]]] = {"drift": [], "drift_previous": []}
    for begin, end in ((0, resumed), (resumed, len(steps))):
        own = [place for place in known if begin <= place < end]
        pairs["drift"] += [(place, own[0]) for place in own if empty[begin : own[0]].all()]
        pairs["drift_previous"] += [(now, one) for one, now in pairwise(own) if empty[one + 1 : now].all()]
    for name, moved in pairs.items():
        both = [(tensors[steps[now]], tensors[steps[one]]) for now, one in moved]
        moves = np.array([wasserstein(now, one) / (size_of(one) or np.nan) for now, one in both])
        slack = [ROUNDING * max(np.abs(now).max(), np.abs(one).max()) / (size_of(one) or 1.0) for now, one in both]
        _compare(name, series, [now for now, _ in moved], moves, np.array(slack), truth)


def is_logged(values: Tensor) -> bool:
    """Tell whether a tensor has values, and buckets for all of them."""
    return bool(len(values) and (np.abs(values) <= LARGEST_BUCKET).all())


def exact_metrics(values: Tensor) -> dict[str, tuple[Tensor, Tensor]]:
    """Compute the metrics of many tensors of one size, a row each: by name, and how far rounding may move them."""
    count = values.shape[1]
    ordered = np.sort(values, axis=1)
    least, most = ordered[:, 0], ordered[:, -1]
    magnitude = np.abs(values)
    largest = magnitude.max(axis=1)
    unit = np.where(largest > 0, largest, 1.0)[:, None]
    mean = values.mean(axis=1)
    rms = np.sqrt(np.mean((values / unit) ** 2, axis=1)) * unit[:, 0]
    exact = {
        "mean": mean,
        "mean_abs": magnitude.mean(axis=1),
        "spread": np.sqrt(np.mean(((values - mean[:, None]) / unit) ** 2, axis=1)) * unit[:, 0],
        "rms": rms,
        "l2_norm": rms * count**0.5,
        "minimum": least,
        "maximum": most,
        "zeros": (values == 0).mean(axis=1),
        "near_zeros": (magnitude <= 0.01 * largest[:, None]).mean(axis=1),
        "beyond_five": (magnitude > 5).mean(axis=1),
        "tanh_slope": np.where((least >= -1) & (most <= 1), (1 - values**2).mean(axis=1), np.nan),
        "sigmoid_slope": np.where((least >= 0) & (most <= 1), (4 * values * (1 - values)).mean(axis=1), np.nan),
    }

    def quantile(level: str) -> Tensor:
        """Return the smallest value with at least that share at or below it."""
        return ordered[:, -int(-Fraction(level) * count // 1) - 1]

    exact |= {name: quantile(level) for name, level in QUANTILES.items()}
    exact["iqr"] = quantile("0.75") - quantile("0.25")
    shares = {"zeros", "near_zeros", "beyond_five", "tanh_slope", "sigmoid_slope"}
    slack = ROUNDING * largest
    return {
        name: (found, np.full(len(values), ROUNDING) if name in shares else slack * count**0.5 ** (name == "l2_norm"))
        for name, found in exact.items()
    }


def _compare(
    name: str, series: SeriesMetrics, places: Sequence[int], exact: Tensor, slack: Tensor, truth: Truth
) -> None:
    """Count the records whose exact value lies within its bounds, and tell of the others."""
    low, high = (getattr(series[name], bound)[list(places)] for bound in ("low", "high"))
    told = ~(np.isnan(low) | np.isnan(high) | np.isnan(exact))
    within = told & (low <= exact) & (exact <= high)
    rounded = told & ~within & (low - slack <= exact) & (exact <= high + slack)
    truth.within[name] = truth.within.get(name, 0) + int(within.sum())
    truth.rounded[name] = truth.rounded.get(name, 0) + int(rounded.sum())
    for at in np.flatnonzero(told & ~within & ~rounded):
        step = series.step[places[at]]
        truth.outside.append(f"{name} of {series.tag} at step {step}: {exact[at]} not in [{low[at]}, {high[at]}]")


def is_true(claim: Claim) -> bool | None:
    """Tell whether a piece of evidence is true of the tensors; None where they do not tell."""
    evidence = claim.evidence
    if not claim.tensors:
        return None
    if evidence.word:
        return None if claim.here is None else not np.isfinite(claim.here).all()
    # Of values that are lost the metrics are unknown; but how many there are is not.
    if claim.here is not None and not is_logged(claim.here) and claim.finding.rule != "size-changed":
        return None
    exact = COMPOSED[claim.finding.rule](claim) if claim.finding.rule in COMPOSED else None
    if exact is None:
        exact = measured(claim)
    if exact is None or not np.isfinite(exact):
        return None
    low = -np.inf if evidence.low is None else evidence.low
    high = np.inf if evidence.high is None else evidence.high
    size = ROUNDING * max(abs(bound) for bound in (exact, low, high) if np.isfinite(bound))
    if not low - size <= exact <= high + size:
        return False
    if evidence.threshold is None:
        return True
    return bool(
        {
            Comparison.OVER: exact >= evidence.threshold - size,
            Comparison.UNDER: exact <= evidence.threshold + size,
            Comparison.EQUAL: abs(exact - evidence.threshold) <= ROUNDING,
        }[evidence.comparison]
    )


def measured(claim: Claim) -> float | None:
    """Return a metric's exact value at the step of the evidence, or the median of them over its span."""
    metric = claim.evidence.metric
    if metric not in TRUTHS and metric not in MOVES:
        return None
    return median([exact for index in _records(claim) if (exact := _metric(claim, index)) is not None])


def _records(claim: Claim) -> list[int]:
    """Return the records of which the metric's value, or its median, is the evidence; none where it is not."""
    evidence, step = claim.evidence, claim.series.step
    span = next((span for span in claim.finding.spans if span.tag == evidence.tag), None)
    if evidence.step is not None:
        chosen = np.flatnonzero(step == evidence.step)
    elif span is not None:
        chosen = np.flatnonzero((step >= span.first_step) & (step <= span.last_step))
    else:
        return []
    values = claim.series.value(evidence.metric)[chosen]
    if evidence.value is None or not np.isfinite(values).any():
        return []
    return chosen.tolist() if np.isclose(np.nanmedian(values), evidence.value, rtol=1e-9, atol=0) else []


def _metric(claim: Claim, index: int) -> float | None:
    metric, steps = claim.evidence.metric, claim.series.step.tolist()
    values = claim.tensors.get(steps[index])
    if values is None or not len(values):
        return None
    if metric in TRUTHS:
        return TRUTHS[metric](values)
    earlier = [claim.tensors[step] for step in steps[: index + (metric == "drift")] if step in claim.tensors]
    other = (earlier[0] if metric == "drift" else earlier[-1]) if earlier else np.zeros(1)
    return wasserstein(values, other) / size_of(other) if other.any() else None


def in_words(finding: Finding, evidence: Evidence) -> str:
    """Write a piece of evidence with its bounds."""
    at = "" if evidence.step is None else f" at step {evidence.step}"
    threshold = "" if evidence.threshold is None else f", {evidence.comparison.value} {evidence.threshold:g}"
    bounds = f"{evidence.low} <= {evidence.value} <= {evidence.high}"
    return f"{finding.rule} on {evidence.tag}{at}: {evidence.label} {bounds}{threshold}"

"""Whether what is said of histograms is true of the tensors themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np
import paths  # noqa: F401
from composed import COMPOSED, Claim, Raw, Tensor, median, size_of, wasserstein
from samples import ABOUT_ONE, TRUTHS, WITHIN

from tensorboard_plugin_histdiag.context import RunContext
from tensorboard_plugin_histdiag.finding import Comparison, Evidence, Finding, Strength
from tensorboard_plugin_histdiag.measured import SeriesMetrics

MOVES = ("drift", "drift_previous")
ROUNDING = 32 * float(np.finfo(np.float32).eps)
"""Writers compute in single precision; relative to the largest magnitude."""
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

    within: dict[str, int] = msgspec.field(default_factory=Counter)
    rounded: dict[str, int] = msgspec.field(default_factory=Counter)
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
        for series in context.series:
            check_bounds(series, raw.get(series.tag, {}), truth)
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


def check_bounds(series: SeriesMetrics, tensors: Mapping[int, Tensor], truth: Truth) -> None:
    """Compare the bounds of one series with what its tensors are."""
    bounds = {name: series[name] for name in (*TRUTHS, *MOVES)}
    first = before = None
    with np.errstate(all="ignore"):
        for index, step in enumerate(series.step.tolist()):
            values = tensors.get(step)
            if values is None:
                truth.missing += 1
                continue
            if not is_logged(values) or series.nonfinite[index]:
                continue
            first = values if first is None else first
            for name, exact, size in _exact(values, first, before):
                low, high = float(bounds[name].low[index]), float(bounds[name].high[index])
                if np.isnan(low) or np.isnan(high):
                    continue
                if low <= exact <= high:
                    truth.within[name] += 1
                elif low - size <= exact <= high + size:
                    truth.rounded[name] += 1
                else:
                    truth.outside.append(f"{name} of {series.tag} at step {step}: {exact} not in [{low}, {high}]")
            before = values


def is_logged(values: Tensor) -> bool:
    """Tell whether a tensor has values, and buckets for all of them."""
    return bool(len(values) and (np.abs(values) <= LARGEST_BUCKET).all())


def _exact(values: Tensor, first: Tensor, before: Tensor | None) -> Iterator[tuple[str, float, float]]:
    """Yield a record's metrics, each with its name, its exact value and how far rounding may move it."""
    largest = float(np.abs(values).max())
    for name, true_of in TRUTHS.items():
        if name in WITHIN and not (WITHIN[name][0] <= values.min() and values.max() <= WITHIN[name][1]):
            continue
        size = ROUNDING * (1.0 if name in ABOUT_ONE else largest)
        yield name, true_of(values), size * (len(values) ** 0.5 if name == "l2_norm" else 1.0)
    for name, other in zip(MOVES, (first, before), strict=True):
        if other is not None and other.any():
            size = ROUNDING * max(largest, float(np.abs(other).max())) / size_of(other)
            yield name, wasserstein(values, other) / size_of(other), size


def is_true(claim: Claim) -> bool | None:
    """Tell whether a piece of evidence is true of the tensors; None where they do not tell."""
    evidence = claim.evidence
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

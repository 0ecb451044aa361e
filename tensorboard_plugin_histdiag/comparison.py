"""Two runs side by side, as the ``compare`` route gives them."""

from __future__ import annotations

import msgspec

from .finding import Severity


class Range(msgspec.Struct, frozen=True):
    """A measured value and what the buckets prove of it; None where there is no such number."""

    low: float | None
    value: float | None
    high: float | None


class Side(msgspec.Struct, frozen=True):
    """One run's record: ``state`` says that it is empty, not finite, constant or all zeros, else ""; ``reading`` is of
    the whole series.
    """

    step: int
    size: float | None
    state: str
    mean: Range
    spread: Range
    reading: str


class Difference(msgspec.Struct, frozen=True):
    """A tensor that both runs have.

    ``drift`` is the Wasserstein-1 distance between both records relative to the mean magnitude in ``run``; None where
    one has no finite values, or all are 0 in ``run`` alone. ``chance`` is what two draws of as many values from one
    distribution would differ by. ``differs`` says whether it is more than that.
    """

    tag: str
    run: Side
    other: Side
    drift: Range
    chance: float | None
    differs: bool
    text: str


class LoneFinding(msgspec.Struct, frozen=True):
    """A finding of one run that the other has not: no finding of the same rule on any of its tensors."""

    run: str
    tag: str
    title: str
    severity: Severity
    summary: str
    fingerprint: str


class RunComparison(msgspec.Struct, frozen=True):
    """Two runs side by side: what differs most comes first; ``only_run`` and ``only_other`` are tags."""

    run: str
    other: str
    text: str
    tensors: tuple[Difference, ...]
    only_run: tuple[str, ...]
    only_other: tuple[str, ...]
    findings: tuple[LoneFinding, ...]

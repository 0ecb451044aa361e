"""A piece of evidence beside the tensors that can tell whether it is true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tensorboard_plugin_histdiag.finding import Evidence, Finding
from tensorboard_plugin_histdiag.measured import SeriesMetrics

Tensor = NDArray[np.float64]
Raw = Mapping[str, Mapping[int, Tensor]]
"""The tensors of a run by tag and step."""
ROUNDING = 32 * float(np.finfo(np.float32).eps)
"""Writers compute in single precision; relative to the largest magnitude."""


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

    def spanned(self) -> list[Tensor]:
        """Return the tensors of the series while the finding holds on it."""
        spans = [span for span in self.finding.spans if span.tag == self.evidence.tag]
        return [
            self.tensors[step]
            for step in sorted(self.tensors)
            if any(span.first_step <= step <= span.last_step for span in spans)
        ]

    def peer(self, role: str) -> Mapping[int, Tensor]:
        """Return the tensors of another role of the same layer, by step."""
        own = self.series
        tags = [one.tag for one in self.peers if (one.role, one.layer) == (role, own.layer)]
        return self.raw.get(tags[0], {}) if len(tags) == 1 else {}


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

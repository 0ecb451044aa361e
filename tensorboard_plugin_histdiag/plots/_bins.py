"""The binning of TensorBoard's own Time Series card, and the axis that most values need."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..bounded import Bools, Floats, Ints
from ..histogram import HistogramBatch
from ._scales import drawn, undrawn

if TYPE_CHECKING:
    from matplotlib.axis import Axis

BINS = 30
TAIL = 0.005
"""At most this share of a histogram's values may be cut off at either end."""
LEFT_OUT = 0.05
"""At most this share of the histograms, but at least one, may reach out of a fitted domain."""
WORTH = 2
"""The domain must become narrower by this factor, else that of all values stands."""
FEWEST = 6

Domain = tuple[float, float]


@dataclass(frozen=True)
class Fit:
    """A domain, and the share of all values that lie beyond it."""

    domain: Domain
    outside: float


def edges_of(domain: Domain, bins: int = BINS, axis: Axis | None = None) -> tuple[Floats, Floats]:
    """Return where bins begin and end that are equally wide, or drawn so by an axis that is not linear."""
    low, high = domain
    if axis is not None and axis.get_scale() != "linear":
        start, end = drawn(axis, np.array(domain))
        edges = undrawn(axis, np.linspace(start, end, bins + 1))
        edges[[0, -1]] = domain
        return edges[:-1], edges[1:]
    width = (high - low) / bins
    left: Floats = low + np.arange(bins, dtype=np.float64) * width
    right: Floats = left + width  # neighbours may overlap by a rounding error, as in the stock chart
    right[-1] = high
    return left, right


def rebin(batch: HistogramBatch, edges: tuple[Floats, Floats]) -> Floats:
    """Put the counts of H histograms into bins.

    A bucket gives each bin ``count * overlap / width``, and all it has to one bin where it has no width.

    Parameters
    ----------
    batch
        H histograms.
    edges
        Where bins begin and end.

    Returns
    -------
    Floats
        float64[H, bins].
    """
    starts, ends = edges
    found = np.zeros((len(batch), len(starts)))
    spread = batch.right > batch.left
    left, right, count = batch.left[spread, None], batch.right[spread, None], batch.count[spread, None]
    overlap = np.clip(np.minimum(right, ends) - np.maximum(left, starts), 0, None)
    np.add.at(found, batch.owner[spread], count * (overlap / (right - left)))
    point = ~spread & (batch.left >= starts[0]) & (batch.left <= ends[-1])
    place = np.minimum(np.searchsorted(ends, batch.left[point], side="right"), len(starts) - 1)
    np.add.at(found, (batch.owner[point], place), batch.count[point])
    return found


def joint_domain(batch: HistogramBatch) -> Domain | None:
    """Return the lowest and highest edge; one value alone is widened as the stock chart does."""
    if not len(batch.left):
        return None
    low, high = float(batch.left.min()), float(batch.right.max())
    if low < high:
        return low, high
    # Below about -10 the stock chart's two ends change places.
    ends = low / 1.1 - 1, low * 1.1 + 1
    return min(ends), max(ends)


def fitted_domain(batch: HistogramBatch, steps: Collection[int] = (), values: Collection[float] = ()) -> Fit | None:
    """Return the domain that most values need, when thin tails or a few wide histograms squeeze all the rest.

    Parameters
    ----------
    batch
        One series.
    steps, values
        Are never cut off: they are what a finding points at.

    Returns
    -------
    Fit
        None where little is to be gained.
    """
    known = batch.occupied
    domain = joint_domain(batch)
    if len(known) < FEWEST or domain is None:
        return None
    kept: Bools = np.isin(batch.step[known], list(steps))
    ends = np.array([_extent(batch, h, 0.0 if keep else TAIL) for h, keep in zip(known, kept, strict=True)])
    reach = np.abs(ends).max(axis=1)
    reach[kept] = -np.inf
    budget = min(max(1, int(len(known) * LEFT_OUT)), int(np.count_nonzero(~kept)))
    left_out: Ints = np.argsort(-reach, kind="stable")[:budget]
    needed = np.delete(ends, left_out, axis=0)
    marked = [value for value in values if domain[0] <= value <= domain[1]]
    low, high = min([*needed[:, 0], *marked]), max([*needed[:, 1], *marked])
    if low == high or (domain[1] - domain[0]) / (high - low) < WORTH:
        return None
    total = batch.count.sum()
    inside = rebin(batch, edges_of((low, high), 1)).sum()
    return Fit((float(low), float(high)), max(0.0, 1 - float(inside / total)) if total else 0.0)


def _extent(batch: HistogramBatch, h: int, tail: float) -> Domain:
    """Return where a histogram lies without its thin tails: whole buckets are left off its ends."""
    first, last = int(batch.start[h]), int(batch.start[h + 1]) - 1
    count = batch.count[first : last + 1]
    spare = count.sum() * tail
    if tail:
        begin = min(last, first + int(np.searchsorted(count.cumsum(), spare, side="right")))
        last = max(begin, last - int(np.searchsorted(count[::-1].cumsum(), spare, side="right")))
        first = begin
    return float(batch.left[first]), float(batch.right[last])

"""The shape of a record and where it lies, as a word and in a sentence."""

from __future__ import annotations

from collections.abc import Callable

from ..bounded import Bounded
from ..spike import spike_at_zero
from ..thresholds import Thresholds
from ..words import number, percent

FEW_VALUES = 100
"""Below this many values a histogram has no shape worth naming: a bell and a flat sample look alike."""
CLUSTERED = 300
"""Below this many values the gaps between clusters may be chance."""
AROUND_ZERO = 0.2
"""A mean within this share of the spread stands for 0."""
TAILED = 2.0
"""Excess kurtosis from which tails are long."""
LOPSIDED = 1.5
"""A tail reaches so many times farther from the median than the other side does; long tails have two sides."""
ONE_PEAK = 0.95
"""A valley from this height on, beside the lower of its peaks, parts nothing that an eye would see."""
APART = 0.8
"""A valley below this height parts clusters, and not by chance."""
HOLLOW = 0.44
"""Share of the range that the middle 38 % of the values take where they stand farther apart than the others."""

Here = Callable[[str], float]
"""Returns a metric of the record by its name."""


def shape_of(here: Here, size: float, bounds: Callable[[str], Bounded], limits: Thresholds) -> str:
    """Name the shape of a record.

    Parameters
    ----------
    size
        How many values it has.
    bounds
        Returns a metric's bounds, arrays of length one.
    """
    low, high = here("minimum"), here("maximum")
    if low == high:
        return "constant"
    zeros = here("zeros")
    if 0 in (low, high) and 0.05 < zeros < 1:
        return "one-sided with a spike at zero"
    if size < FEW_VALUES:
        return "few values"
    levels = here("levels")
    separate = levels <= 16 and size >= 4 * levels
    # The rest of the test is in vain where few values are 0.
    if not separate and zeros >= limits.pruned_share and spike_at_zero(bounds, limits)[0]:
        return "spike at zero"
    if here("top_mass") >= limits.coarse_mass:
        return "spike"
    if separate:
        return "discrete"
    edges = here("edge_low"), here("edge_high")
    if min(edges) > 0.1 and sum(edges) > 0.4:
        return "piled up at its limits"
    if here("uniformity") < limits.flat_distance(size):
        return "uniform"
    if here("valley") >= ONE_PEAK:
        return _around_a_peak(here)
    if here("peaks") >= 2 and here("valley") < APART and size >= CLUSTERED:
        return "clusters"
    return "broad" if _hollow(here) else "uneven"


def _around_a_peak(here: Here) -> str:
    """Name the shape of what has one peak, or none."""
    skewness, kurtosis = here("skewness"), here("kurtosis")
    left, right = _reach(here)
    tail, other = (right, left) if skewness > 0 else (left, right)
    if abs(skewness) > 1 and tail > (LOPSIDED if kurtosis > TAILED else 1) * other:
        return "skewed"
    if kurtosis > TAILED:
        return "heavy-tailed"
    if kurtosis < -0.9:
        return "broad"
    # Outputs of GELU or of a sigmoid crowd at one end, without a tail there.
    middle = min(here("median") - here("q31"), here("q69") - here("median")) / 0.1915
    end = min(here("q07") - here("minimum"), here("maximum") - here("q93")) / 0.0668
    if middle <= end:
        return "bell"
    return "skewed" if max(left, right) > LOPSIDED * min(left, right) else "broad"


def _hollow(here: Here) -> bool:
    """Tell whether the middle is emptier than what is near the limits."""
    return here("q69") - here("q31") > HOLLOW * (here("maximum") - here("minimum"))


def _reach(here: Here) -> tuple[float, float]:
    """Return how far values lie from the median, to the left and to the right."""
    median = here("median")
    return median - here("minimum"), here("maximum") - median


def placed(here: Here, size: float, shape: str) -> tuple[str, str]:
    """Return where a record lies, and the sentence that says its shape and place."""
    mean, low, high = here("mean"), here("minimum"), here("maximum")
    if shape == "constant":
        return f"at {number(low)}", f"All {size:,.0f} values are {number(low)}." if size > 1 else (
            f"One value, {number(low)}."
        )
    extent = f"between {number(low)} and {number(high)}"
    if shape == "one-sided with a spike at zero":
        zeros = f"About {percent(here('zeros'))} of the values are 0, the rest {extent}."
        return f"from {number(low)} to {number(high)}", zeros
    centre = "0" if abs(mean) < AROUND_ZERO * here("spread") else number(mean)
    place, of_mean = f"centred on {centre}", f"mean {number(mean)}, {extent}."
    if number(low) == number(high):
        within = f"lie within {number(high - low)} of each other, around {number(mean)}"
        return place, f"All {size:,.0f} values {within}."
    if shape == "uniform":
        return place, f"Flat {extent}."
    if shape == "few values":
        return place, f"{size:,.0f} values, too few for a shape: {of_mean}"
    if shape == "discrete":
        groups = f"The values fall into {here('levels'):.0f} groups with gaps between them: {of_mean}"
        return place, groups
    if shape == "spike at zero":
        return place, f"A spike at 0, about {percent(here('zeros'))} of the values, and the rest {extent}."
    if shape == "spike":
        return place, f"A spike: {percent(here('top_mass'))} of the values lie in one bucket; {of_mean}"
    if shape == "piled up at its limits":
        edges = percent(here("edge_low") + here("edge_high"))
        return place, f"Piled up at both limits, {edges} in the outermost buckets: {of_mean}"
    if shape == "clusters":
        return place, f"{_COUNTS.get(int(here('peaks')), 'Several')} clusters: {of_mean}"
    if shape == "uneven":
        return place, f"Uneven, without a single clear peak: {of_mean}"
    if shape == "skewed":
        left, right = _reach(here)
        return place, f"Skewed, with a tail to the {'right' if right > left else 'left'}: {of_mean}"
    if shape == "heavy-tailed":
        peak = "a narrow peak with long tails" if here("q69") - here("q31") < here("spread") else "with long tails"
        return place, f"Heavy-tailed around {centre}, {peak}, {extent}."
    if shape == "broad":
        if _hollow(here):
            return place, f"Broad, with more values near its limits than in the middle: {of_mean}"
        return place, f"Broad, without a clear peak, around {centre}, {extent}."
    return place, f"Bell-shaped around {centre}, {extent}."


_COUNTS = {2: "Two", 3: "Three", 4: "Four"}

"""Sentences about the last record, and about records that are left out."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .facts import COUNT, LEVELS, MEAN, NUMBER, PLACE, SHARE, Told, Values, kind, place, unless

# What is left out


@kind("all lost", r"Every record holds NaN or infinity(?P<mask>: usual where a mask writes it)?\.")
def all_lost(told: Told) -> Iterator[str]:
    yield from unless(told.facts.lost.all() and len(told.facts.lost), "not every record does")
    masked = told.facts.role == "attention" and not told.facts.warnings
    yield from unless(bool(told["mask"]) == masked, f"it is a {told.facts.role}, with {told.facts.warnings}")


@kind("all empty", r"Every record is empty\.|There are no records\.")
def all_empty(told: Told) -> Iterator[str]:
    yield from unless(not told.facts.lost.any() and not np.nansum(told.facts.size), "not every record is")


@kind("all lost or empty", r"Every record is empty or holds NaN or infinity(?P<mask>: usual where a mask writes it)?\.")
def all_lost_or_empty(told: Told) -> Iterator[str]:
    lost, empty = told.facts.lost, ~(told.facts.size > 0)
    yield from unless((lost | empty).all() and lost.any() and not lost.all(), "not every record is or does")


@kind("one lost", rf"At step (?P<step>{COUNT}) it holds NaN or infinity; the rest is said of the other records\.")
def one_lost(told: Told) -> Iterator[str]:
    lost = np.flatnonzero(told.facts.lost)
    yield from unless(len(lost) == 1, f"{len(lost)} do")
    yield from told.step("step", told.facts.step[lost[0]])


@kind(
    "lost to the end",
    rf"From step (?P<step>{COUNT}) on it holds NaN or infinity; the rest is said of the records before\.",
)
def lost_to_the_end(told: Told) -> Iterator[str]:
    lost = np.flatnonzero(told.facts.lost)
    yield from unless(told.facts.lost[lost[0] :].all(), "later records are finite")
    yield from told.step("step", told.facts.step[lost[0]])


@kind(
    "some lost",
    rf"(?P<count>{COUNT}) of (?P<all>{COUNT}) records hold NaN or infinity, the first at step (?P<step>{COUNT})\.",
)
def some_lost(told: Told) -> Iterator[str]:
    lost = np.flatnonzero(told.facts.lost)
    yield from told.step("count", len(lost))
    yield from told.step("all", len(told.facts.lost))
    yield from told.step("step", told.facts.step[lost[0]])


# Shapes


@kind("constant", rf"All (?P<count>{COUNT}) values are (?P<value>{NUMBER})\.")
def constant(told: Told) -> Iterator[str]:
    yield from told.number("count", float(told.facts.size[told.facts.finite[-1]]))
    for name in ("minimum", "maximum"):
        yield from told.number("value", told.facts.last(name))


@kind("one value", rf"One value, (?P<value>{NUMBER})\.")
def one_value(told: Told) -> Iterator[str]:
    yield from unless(told.facts.size[told.facts.finite[-1]] == 1, "there are others")
    yield from told.number("value", told.facts.last("minimum"))


@kind(
    "close together",
    rf"All (?P<count>{COUNT}) values lie within (?P<far>{NUMBER}) of each other, around (?P<mean>{NUMBER})\.",
)
def close_together(told: Told) -> Iterator[str]:
    yield from told.number("count", float(told.facts.size[told.facts.finite[-1]]))
    yield from told.number("far", told.facts.last("maximum") - told.facts.last("minimum"))
    yield from told.number("mean", told.facts.last("mean"))


@kind("one-sided", rf"About (?P<zeros>{SHARE}) of the values are 0, the rest {PLACE}\.")
def one_sided(told: Told) -> Iterator[str]:
    yield from told.share("zeros", told.facts.last("zeros"))
    yield from unless(told.facts.last("zeros") < 1, "there is no rest")
    yield from unless(0 in (told.facts.last("minimum"), told.facts.last("maximum")), "both sides have values")
    yield from place(told)


@kind("spike at zero", rf"A spike at 0, about (?P<zeros>{SHARE}) of the values, and the rest {PLACE}\.")
def spike_at_zero(told: Told) -> Iterator[str]:
    yield from told.share("zeros", told.facts.last("zeros"))
    yield from unless(told.facts.last("minimum") <= 0 <= told.facts.last("maximum"), "0 is not among the values")
    yield from place(told)


@kind("flat", rf"Flat {PLACE}\.")
def flat(told: Told) -> Iterator[str]:
    quantiles = told.facts.quantiles()
    distance = np.abs((quantiles - quantiles[0]) / np.ptp(quantiles) - LEVELS).max()
    yield from unless(distance < 0.1, f"levels stand {distance:.2f} off")
    yield from place(told)


@kind("few values", rf"(?P<count>{COUNT}) values, too few for a shape: {MEAN}")
def few_values(told: Told) -> Iterator[str]:
    yield from told.number("count", float(told.facts.size[told.facts.finite[-1]]))
    yield from unless(told.facts.size[told.facts.finite[-1]] < 100, "there are enough")
    yield from place(told)


@kind("groups", rf"The values fall into (?P<count>{COUNT}) groups with gaps between them: {MEAN}")
def groups(told: Told) -> Iterator[str]:
    yield from told.number("count", told.facts.last("levels"))
    yield from place(told)


@kind("spike", rf"A spike: (?P<share>{SHARE}) of the values lie in one bucket; {MEAN}")
def spike(told: Told) -> Iterator[str]:
    yield from told.share("share", told.facts.last("top_mass"))
    yield from place(told)


@kind("piled up", rf"Piled up at both limits, (?P<share>{SHARE}) in the outermost buckets: {MEAN}")
def piled_up(told: Told) -> Iterator[str]:
    low, high = told.facts.last("edge_low"), told.facts.last("edge_high")
    yield from told.share("share", low + high)
    yield from unless(min(low, high) > 0.1, f"{min(low, high):.2f} at one of them")
    yield from place(told)


@kind("clusters", rf"(?P<count>Two|Three|Four|Several) clusters: {MEAN}")
def clusters(told: Told) -> Iterator[str]:
    peaks = told.facts.last("peaks")
    yield from unless(told.facts.last("valley") < 0.8, "the valley may be none")
    yield from unless({2: "Two", 3: "Three", 4: "Four"}.get(int(peaks), "Several") == told["count"], f"{peaks} of them")
    yield from place(told)


@kind("uneven", rf"Uneven, without a single clear peak: {MEAN}")
def uneven(told: Told) -> Iterator[str]:
    yield from unless(told.facts.last("valley") < 0.95, "there is no valley to be seen")
    yield from place(told)


@kind("skewed", rf"Skewed, with a tail to the (?P<side>right|left): {MEAN}")
def skewed(told: Told) -> Iterator[str]:
    quantiles = told.facts.quantiles()
    left, right = quantiles[4] - quantiles[0], quantiles[-1] - quantiles[4]
    yield from unless((told["side"] == "right") == (right > left), f"it reaches {left:.3g} left and {right:.3g} right")
    yield from place(told)


@kind(
    "heavy-tailed",
    rf"Heavy-tailed around (?P<centre>{NUMBER}), (?P<narrow>a narrow peak )?with long tails, {PLACE}\.",
)
def heavy_tailed(told: Told) -> Iterator[str]:
    quantiles = told.facts.quantiles()
    # Of a bell the middle 38 % lie within one spread, and of a hundred values all within five.
    narrow = quantiles[5] - quantiles[3] < told.facts.last("spread")
    yield from unless(bool(told["narrow"]) == narrow, "the peak is not as said")
    yield from unless(np.ptp(quantiles) > 5 * told.facts.last("spread"), "there are no tails")
    yield from place(told)


def density(quantiles: Values) -> Values:
    """float64[8]: how close values lie between two levels; nothing is closer than values that are equal."""
    with np.errstate(divide="ignore"):
        return np.diff(LEVELS) / np.maximum(np.diff(quantiles), 0)


@kind("broad", rf"Broad, without a clear peak, around (?P<centre>{NUMBER}), {PLACE}\.")
def broad(told: Told) -> Iterator[str]:
    quantiles = told.facts.quantiles()
    # The middle 68 % of a bell take 2 spreads, of a flat sample 2.4.
    yield from unless(quantiles[6] - quantiles[2] > 2.05 * told.facts.last("spread"), "most values lie close together")
    yield from place(told)


@kind("hollow", rf"Broad, with more values near its limits than in the middle: {MEAN}")
def hollow(told: Told) -> Iterator[str]:
    quantiles = told.facts.quantiles()
    close = density(quantiles)
    # Of a flat sample 2.4 as above; of values at two limits only 2.
    yield from unless(max(close[:2]) + max(close[-2:]) > 2 * min(close[2:-2]), "the middle is as full")
    yield from place(told)


@kind("bell", rf"Bell-shaped around (?P<centre>{NUMBER}), {PLACE}\.")
def bell(told: Told) -> Iterator[str]:
    close = density(told.facts.quantiles())
    yield from unless(max(close[3:5]) > max(close[0], close[-1]), "the middle is emptier than the ends")
    yield from unless(told.facts.last("valley") >= 0.95, "there is a valley")
    yield from place(told)

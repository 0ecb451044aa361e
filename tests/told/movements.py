"""Sentences about how a series went from its first record to its last."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .facts import COUNT, NUMBER, QUANTILES, SHARE, Told, kind, unless


def grown(told: Told) -> float:
    spread = told.facts.of("spread")
    return float(spread[-1] / spread[0])


@kind("too few records", r"Too few records to see a movement\.")
def too_few(told: Told) -> Iterator[str]:
    yield from unless(len(told.facts.finite) < 3, f"there are {len(told.facts.finite)}")


@kind("unchanged", rf"Unchanged since step (?P<step>{COUNT}), to the last bit\.")
def unchanged(told: Told) -> Iterator[str]:
    yield from told.step("step", told.facts.step[told.facts.finite[0]])
    for name in (*QUANTILES, "mean", "spread", "top_mass"):
        values = told.facts.of(name)
        yield from unless(np.ptp(values) == 0 or not np.isfinite(values).any(), f"{name} changes")


@kind("one value stays", rf"It stays at (?P<value>{NUMBER})\.")
def one_value_stays(told: Told) -> Iterator[str]:
    mean = told.facts.of("mean")
    yield from unless(not told.facts.of("spread").any(), "there are several values")
    yield from unless(np.ptp(mean) == 0, f"it goes from {mean.min():.6g} to {mean.max():.6g}")
    yield from told.number("value", mean[-1])


def between(told: Told, far: str, step: str) -> Iterator[str]:
    """Compare a single value's farthest place between its first and its last."""
    mean = told.facts.of("mean")
    record = told.record(step)
    yield from told.number(far, mean[record])
    outside = [max(one - max(mean[0], mean[-1]), min(mean[0], mean[-1]) - one) for one in mean]
    yield from unless(outside[record] == max(outside) > 0, "it went farther elsewhere")


@kind(
    "one value comes back",
    rf"It ends where it began, at (?P<value>{NUMBER}), and was (?P<far>{NUMBER}) at step (?P<step>{COUNT})\.",
)
def one_value_comes_back(told: Told) -> Iterator[str]:
    mean = told.facts.of("mean")
    yield from unless(not told.facts.of("spread").any(), "there are several values")
    yield from unless(mean[0] == mean[-1], f"it began at {mean[0]:.6g}")
    yield from told.number("value", mean[-1])
    yield from between(told, "far", "step")


@kind(
    "one value moves",
    rf"It went from (?P<first>{NUMBER}) at step (?P<since>{COUNT}) to (?P<last>{NUMBER}) at step (?P<until>{COUNT})"
    rf"(?:, by way of (?P<far>{NUMBER}) at step (?P<step>{COUNT}))?\.",
)
def one_value_moves(told: Told) -> Iterator[str]:
    mean, step = told.facts.of("mean"), told.facts.step[told.facts.finite]
    yield from unless(not told.facts.of("spread").any(), "there are several values")
    yield from unless(mean[0] != mean[-1], "it went nowhere")
    yield from told.number("first", mean[0])
    yield from told.number("last", mean[-1])
    yield from told.step("since", step[0])
    yield from told.step("until", step[-1])
    if "far" in told.unread:
        yield from between(told, "far", "step")
    else:
        yield from unless(np.ptp(mean) <= 2 * abs(mean[-1] - mean[0]), "it went farther in between")


WIDTH = (
    rf"it spread from one value to a spread of (?P<from_one>{NUMBER})"
    rf"|its spread grew (?P<grew>{NUMBER})-fold, to (?P<wide>{NUMBER})"
    r"|(?P<to_one>it shrank to one value)"
    rf"|its spread shrank to (?P<part>{SHARE}), to (?P<narrow>{NUMBER})"
    rf"|its spread shrank (?P<shrank>{NUMBER})-fold, to (?P<tiny>{NUMBER})"
)
SHIFT = (
    rf"(?:it shifted to the (?P<side>right|left) by (?P<shift>{NUMBER}) spreads"
    rf"|its mean went from (?P<begin>{NUMBER}) to (?P<end>{NUMBER})) \(values (?P<doing>increase|decrease)\)"
)
ENDING = rf"; steady since step (?P<steady>{COUNT})|(?P<moving>; still moving at the end)"


@kind(
    "movement",
    rf"Since step (?P<since>{COUNT}) (?:(?:{WIDTH})(?:, and {SHIFT})?|{SHIFT.replace('<', '<only_')})(?:{ENDING})?\.",
)
def movement(told: Told) -> Iterator[str]:
    facts = told.facts
    spread, mean = facts.of("spread"), facts.of("mean")
    yield from told.step("since", facts.step[facts.finite[0]])
    with np.errstate(divide="ignore"):
        grew = spread[-1] / spread[0]
    for name in ("from_one", "wide", "narrow", "tiny"):
        if name in told.unread:
            yield from told.number(name, spread[-1])
    if "to_one" in told.unread:
        yield from unless(told["to_one"] and spread[-1] == 0 < spread[0], f"it ends at {spread[-1]:.3g}")
    if told.has("it spread from one value"):
        yield from unless(spread[0] == 0 < spread[-1], f"it began with {spread[0]:.3g}")
    if "grew" in told.unread:
        yield from told.number("grew", grew)
        yield from unless(grew > 1, "it did not grow")
    if "part" in told.unread:
        yield from told.share("part", grew)
        yield from unless(grew < 1, "it did not shrink")
    if "shrank" in told.unread:
        yield from told.number("shrank", 1 / grew)
        yield from unless(grew < 1, "it did not shrink")
    for prefix in ("", "only_"):
        shift = mean[-1] - mean[0]
        if f"{prefix}shift" in told.unread:
            yield from told.number(f"{prefix}shift", abs(shift) / max(spread[0], spread[-1]))
            yield from unless((told[f"{prefix}side"] == "right") == (shift > 0), "it shifted to the other side")
        if f"{prefix}begin" in told.unread:
            yield from told.number(f"{prefix}begin", mean[0])
            yield from told.number(f"{prefix}end", mean[-1])
        if f"{prefix}doing" in told.unread:
            yield from unless((told[f"{prefix}doing"] == "increase") == (shift > 0), "values do the opposite")
    if "steady" in told.unread:
        first = told.record("steady")
        yield from unless(0 <= first < 0.75 * len(mean), "that is no step of its first three quarters")
        near = [np.abs(values - values[-1]) <= most * (1 + 1e-9) for values, most in facts.excursion]
        yield from unless(all(one[first:].all() for one in near), "it moves later")
        yield from unless(first == 0 or not all(one[first - 1] for one in near), "it was so a record before")
    if "moving" in told.unread:
        quarter = max(2, min(len(mean) - 1, max(4, len(mean) // 4)))
        yield from unless(
            told["moving"] and any(np.ptp(values[-quarter:]) > most for values, most in facts.excursion),
            "it stays where it is in the last quarter",
        )


def worth(role: str) -> float:
    """Return the factor of spreads that a text may pass over."""
    return 1.5 if role.endswith("gradient") else 1.25 if role.endswith("activation") else 1.1


@kind(
    "there and back",
    rf"Its (?P<what>spread|mean) ends near where it began, at (?P<last>{NUMBER}),"
    rf" and was (?P<far>{NUMBER}) at step (?P<step>{COUNT})\.",
)
def there_and_back(told: Told) -> Iterator[str]:
    yield from close_at_the_end(told)
    values = told.facts.of(told["what"] or "")
    yield from told.number("last", values[-1])
    record = told.record("step")
    yield from told.number("far", values[record])
    if told["what"] == "spread":
        yield from unless(max(values[record] / values[0], values[0] / values[record]) > 1.1, "that is not far")
        # Farther than any other record, on a scale of factors.
        away = np.abs(np.log(values / np.sqrt(values[0] * values[-1])))
        yield from unless(away[record] >= away.max() - 1e-9, "it went farther elsewhere")
    else:
        outside = [max(one - max(values[0], values[-1]), min(values[0], values[-1]) - one) for one in values]
        yield from unless(outside[record] == max(outside), "it went farther elsewhere")
        size = max(told.facts.of("spread")[0], told.facts.last("spread"))
        yield from unless(outside[record] > 0.25 * size, "that is not far")


@kind(
    "varies",
    rf"Its (?P<what>spread|mean) varies between (?P<least>{NUMBER}) at step (?P<low>{COUNT})"
    rf" and (?P<most>{NUMBER}) at step (?P<high>{COUNT})\.",
)
def varies(told: Told) -> Iterator[str]:
    values = told.facts.of(told["what"] or "")
    for number, step, extreme in (("least", "low", values.min()), ("most", "high", values.max())):
        yield from told.number(number, extreme)
        yield from unless(values[told.record(step)] == extreme, "it is at another step")
    if told["what"] == "spread":
        far = values.min() == 0 or values.max() / values.min() > 1.1
        quarter = max(1, len(values) // 4)
        typical = [np.quantile(part, 0.5, method="higher") for part in (values[:quarter], values[-quarter:])]
        # A change from quarter to quarter that the ends show too is a trend.
        ends = values[-1] / values[0] if values[0] else np.inf
        risen = typical[1] / typical[0] if typical[0] else np.inf
        trend = values.min() > 0 and (min(ends, risen) > 1.6 or max(ends, risen) < 1 / 1.6)
        yield from unless(not trend, f"from quarter to quarter it goes {risen:.3g}-fold, from end to end {ends:.3g}")
    else:
        far = np.ptp(values) > 0.25 * max(told.facts.of("spread")[0], told.facts.last("spread"))
    yield from unless(far, "that is as good as nothing")


@kind("nearly the same", r"Place and spread are nearly those of the first record\.")
def nearly_the_same(told: Told) -> Iterator[str]:
    yield from close_at_the_end(told)
    yield from unless(told.has("changed abruptly"), "that is a hard way to say that it is steady")


def close_at_the_end(told: Told) -> Iterator[str]:
    spread, mean = told.facts.of("spread"), told.facts.of("mean")
    most = worth(told.facts.role)
    near = max(spread[0], spread[-1]) <= most * min(spread[0], spread[-1])
    yield from unless(near, f"spread went from {spread[0]:.6g} to {spread[-1]:.6g}")
    shift = abs(mean[-1] - mean[0])
    yield from unless(shift < 0.25 * max(spread[0], spread[-1]), f"the mean shifted by {shift:.3g}")


@kind(
    "hardly changed",
    rf"Place and spread hardly changed"
    rf"(?:; from first to last record it drifted by (?:(?P<share>{SHARE})|(?P<drift>{NUMBER})) of its size)?\.",
)
def hardly_changed(told: Told) -> Iterator[str]:
    facts = told.facts
    spread, mean = facts.of("spread"), facts.of("mean")
    yield from close_at_the_end(told)
    size = max(spread[0], spread[-1])
    farthest = max(spread.max() / size, min(spread[0], spread[-1]) / spread.min() if spread.min() > 0 else np.inf)
    yield from unless(
        farthest <= 1.5 * worth(facts.role), f"between first and last its spread went {farthest:.3g}-fold"
    )
    away = max(mean.max() - max(mean[0], mean[-1]), min(mean[0], mean[-1]) - mean.min()) / size
    yield from unless(away <= 0.5, f"between first and last the mean went {away:.3g} spreads away")
    if "share" in told.unread:
        yield from told.share("share", facts.last("drift"))
    if "drift" in told.unread:
        yield from told.number("drift", facts.last("drift"))


def jumped(told: Told, step: str) -> Iterator[str]:
    """Compare a move with its neighbours: large in itself, and many times theirs."""
    record = told.record(step)
    moved, least = told.facts.of("drift_previous"), told.facts.of("drift_previous.low")
    yield from unless(record > 0, "that is no step of the series")
    around = np.concatenate([moved[max(1, record - 10) : record], moved[record + 1 : record + 11]])
    usual = np.median(around[np.isfinite(around)])
    yield from unless(least[record] >= 0.25, f"it may have moved by no more than {least[record]:.3g} of its size there")
    yield from unless(
        moved[record] >= 9 * usual, f"it moves by {usual:.3g} of its size as a rule, then {moved[record]:.3g}"
    )


@kind("abruptly", rf"It changed abruptly at step (?P<step>{COUNT})\.")
def abruptly(told: Told) -> Iterator[str]:
    yield from jumped(told, "step")


@kind(
    "abruptly, thrice",
    rf"It changed abruptly at steps (?P<one>{COUNT})(?:, (?P<two>{COUNT}))? and (?P<three>{COUNT})\.",
)
def abruptly_thrice(told: Told) -> Iterator[str]:
    for name in sorted(told.unread):
        yield from jumped(told, name)


@kind("abruptly, often", rf"It changed abruptly at (?P<count>{COUNT}) steps, first at step (?P<step>{COUNT})\.")
def abruptly_often(told: Told) -> Iterator[str]:
    count = int((told["count"] or "").replace(",", ""))
    large = int((told.facts.of("drift_previous.low") >= 0.25).sum())
    yield from unless(3 < count <= large, f"{large} moves are large")
    yield from jumped(told, "step")

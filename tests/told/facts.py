"""What is known of a series, and a sentence about it whose numbers are compared with that."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

Values = np.ndarray
LEVELS = np.array([0, 0.0668, 0.1587, 0.3085, 0.5, 0.6915, 0.8413, 0.9332, 1])
QUANTILES = ("minimum", "q07", "q16", "q31", "median", "q69", "q84", "q93", "maximum")
NUMBER = r"-?\d+(?:,\d{3})*(?:\.\d+)?(?:e-?\d+)?"
SHARE = r"(?:\d+(?:\.\d+)?|under 0\.1) %"
COUNT = r"\d+(?:,\d{3})*"


@dataclass(frozen=True)
class Facts:
    """What is known of a series since its steps last went back.

    Attributes
    ----------
    lost
        bool[n]: which records hold NaN or infinity.
    values
        Every metric, over all records.
    warnings
        Titles of the warnings and errors about it, and which of the two each is.
    layer
        Its run and the layer's name.
    peers
        All series of the report.
    """

    tag: str
    role: str
    step: Values
    size: Values
    lost: Values
    values: Mapping[str, Values]
    warnings: Mapping[str, str]
    layer: tuple[str, str]
    peers: Sequence[Facts]

    @cached_property
    def finite(self) -> Values:
        """Places of the records that are finite and not empty."""
        return np.flatnonzero(~self.lost & (self.size > 0))

    def of(self, metric: str) -> Values:
        """Return a metric over the records that are finite and not empty."""
        return self.values[metric][self.finite]

    def last(self, metric: str) -> float:
        """Return a metric at the last of these records."""
        return float(self.of(metric)[-1])

    def quantiles(self, record: int = -1) -> Values:
        """float64[9]: the levels that the Distributions tab draws, at one of these records."""
        return np.array([self.of(name)[record] for name in QUANTILES])

    @cached_property
    def excursion(self) -> tuple[tuple[Values, float], ...]:
        """Spread and mean, each with the move that is small beside its whole way and beside the last spread."""
        spread, mean = self.of("spread"), self.of("mean")
        return (
            (spread, min(max(0.1 * np.ptp(spread), 0.02 * spread[-1]), spread[-1])),
            (mean, min(max(0.1 * np.ptp(mean), 0.05 * spread[-1]), spread[-1])),
        )


class Untrue(Exception):
    """What a sentence speaks of is not there, so that no more can be compared."""


class Told:
    """A sentence of a reading, and which of its numbers have been compared."""

    def __init__(self, match: re.Match[str], facts: Facts, text: str) -> None:
        self.facts, self.text, self._match = facts, text, match
        self.unread = {name for name, found in match.groupdict().items() if found is not None}
        self.numbers = len(re.findall(r"(?<![\w.])-?\d[\d,]*(?:\.\d+)?(?:e-?\d+)?", match[0]))

    def __getitem__(self, name: str) -> str | None:
        self.unread.discard(name)
        return self._match[name]

    def number(self, name: str, value: float) -> Iterator[str]:
        """Complain where a number is not the value, rounded to three digits, or two beside an exponent."""
        text = self[name] or ""
        written = float(text.replace(",", ""))
        digits = -int(text.partition("e")[2]) + 1 if "e" in text else 0
        if "e" not in text and 0 < abs(written) < 1000:
            digits = 2 - int(np.floor(np.log10(abs(written))))
        if not abs(written - value) <= 0.5 * 10.0**-digits + 1e-9 * abs(value):
            yield f"{name} is {value:.6g}, not {text}"

    def share(self, name: str, value: float) -> Iterator[str]:
        """Complain where a share is another; "100 %" is all, and "0 %" none."""
        text = (self[name] or "").removesuffix(" %")
        if text == "under 0.1":
            right = 0 < value < 0.0005
        else:
            written, digit = float(text), 10.0 ** -len(text.partition(".")[2])
            if written > 99:  # rounded down: all but a few are not all
                right = written - 0.5 * (digit == 1) <= 100 * value + 1e-9 < written + digit and (
                    value >= 1 or text != "100"
                )
            else:
                right = abs(written - 100 * value) <= 0.5 * digit + 1e-9 and (value == 0 or written > 0)
        if not right:
            yield f"{name} is {100 * value:.4f} %, not {text} %"

    def step(self, name: str, step: int) -> Iterator[str]:
        """Complain where a step is another."""
        if int((self[name] or "").replace(",", "")) != step:
            yield f"{name} is {step}, not {self._match[name]}"

    def record(self, name: str) -> int:
        """Return the place, among the finite records, of the record at a step."""
        step = int((self[name] or "").replace(",", ""))
        place = np.flatnonzero(self.facts.step[self.facts.finite] == step)
        if not len(place):
            raise Untrue(f"there is no record at {name} {step}")
        return int(place[0])

    def has(self, phrase: str) -> bool:
        """Tell whether the whole reading holds a phrase."""
        return phrase in self.text


Check = Callable[[Told], Iterator[str]]
KINDS: list[tuple[str, re.Pattern[str], Check]] = []
PLACE = rf"between (?P<minimum>{NUMBER}) and (?P<maximum>{NUMBER})"
MEAN = rf"mean (?P<mean>{NUMBER}), {PLACE}\."


def kind(name: str, pattern: str) -> Callable[[Check], Check]:
    """Register what must be so where a sentence is written."""

    def register(check: Check) -> Check:
        KINDS.append((name, re.compile(rf"{pattern}(?= |$)"), check))
        return check

    return register


def place(told: Told) -> Iterator[str]:
    """Compare the mean, the least and the largest value of the last record."""
    yield from told.number("minimum", told.facts.last("minimum"))
    yield from told.number("maximum", told.facts.last("maximum"))
    if "mean" in told.unread:
        yield from told.number("mean", told.facts.last("mean"))
    if "centre" in told.unread:
        mean, spread = told.facts.last("mean"), told.facts.last("spread")
        yield from told.number("centre", 0.0 if abs(mean) < 0.2 * spread else mean)


def unless(holds: object, complaint: str) -> Iterator[str]:
    """Complain where something does not hold."""
    if not holds:
        yield complaint

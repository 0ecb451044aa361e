"""Findings: what a rule saw, where, since when, how sure that is, and what to draw."""

from __future__ import annotations

import enum
import hashlib

import msgspec


class Severity(str, enum.Enum):
    """How bad it is if true."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


class Strength(str, enum.Enum):
    """How sure it is: on the unfavourable bound, or on the estimate."""

    CERTAIN = "certain"
    LIKELY = "likely"


class Comparison(str, enum.Enum):
    """How the measured value stands to its threshold when the finding is true."""

    OVER = "over"
    UNDER = "under"
    EQUAL = "equal"


class Evidence(msgspec.Struct, frozen=True):
    """One measured value beside the threshold it was judged by.

    ``metric`` names the metric whose series on ``tag`` shows it ("" for values made of several series);
    ``step`` is the record it was read at, None for a value over the whole span.
    A value that is not finite stands as a word ("nan", "inf") in ``word`` and None in ``value``.
    """

    tag: str
    metric: str
    label: str
    step: int | None
    low: float | None
    value: float | None
    high: float | None
    word: str
    threshold: float | None
    comparison: Comparison
    unit: str


class MarkKind(str, enum.Enum):
    """What to draw on the twin of a histogram."""

    STEP = "step"
    STEP_RANGE = "step-range"
    VALUE = "value"
    VALUE_RANGE = "value-range"
    NOTE = "note"


class Mark(msgspec.Struct, frozen=True):
    """Something to draw on ``tag``: at a step, over steps, at a value or over values."""

    kind: MarkKind
    tag: str
    first_step: int | None
    last_step: int | None
    low: float | None
    high: float | None
    label: str


class Span(msgspec.Struct, frozen=True):
    """Where a finding is active on one of its tags: steps, both ends included."""

    tag: str
    first_step: int
    last_step: int
    severity: Severity


class Finding(msgspec.Struct, frozen=True):
    """One fault on one series, or on one run.

    ``tags`` has the primary tag first; ``spans`` says where each is affected. ``summary`` is one line for lists
    ("77 % of the bias gradient is exactly 0"); ``explanation`` the sentences for this run. ``explained_by`` holds
    the fingerprints of findings that are the likelier cause.
    """

    rule: str
    severity: Severity
    strength: Strength
    run: str
    tags: tuple[str, ...]
    role: str
    layers: tuple[str, ...]
    first_step: int
    last_step: int
    evidence: tuple[Evidence, ...]
    marks: tuple[Mark, ...]
    spans: tuple[Span, ...]
    title: str
    summary: str
    explanation: str
    advice: tuple[str, ...]
    references: tuple[str, ...]
    fingerprint: str
    explained_by: tuple[str, ...]

    def __repr__(self) -> str:
        """Tell the finding in one line, as lists of them are looked at; names are quoted, as they may be anybody's."""
        place = "".join(f" {tag!r}" for tag in self.tags[:1])
        more = f" and {len(self.tags) - 1:,} more" if len(self.tags) > 1 else ""
        return f"<Finding {self.severity.value} {self.rule} in {self.run!r}{place}{more}: {self.summary!r}>"


def fingerprint(rule: str, run: str, tag: str = "") -> str:
    """Return an id that stays the same while training goes on.

    The tag is left out for rules about a whole run, whose first tag may change.
    """
    return hashlib.sha256("\0".join((rule, run, tag)).encode("utf-8", "surrogatepass")).hexdigest()[:12]

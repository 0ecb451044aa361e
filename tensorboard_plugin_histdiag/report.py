"""The report: everything that the tab, the command line and the notebook show."""

from __future__ import annotations

import enum

import msgspec

from .finding import Finding, Severity
from .words import counted

SCHEMA_VERSION = 1


class Progress(msgspec.Struct, frozen=True):
    """How many series are measured and judged already."""

    judged: int
    total: int


class Group(msgspec.Struct, frozen=True):
    """Findings that stand on one card: one likely cause, or the same rule on several layers.

    ``title`` names the cause or the rule; ``fingerprints`` has the leading finding first.
    """

    run: str
    kind: str
    title: str
    severity: Severity
    fingerprints: tuple[str, ...]


class Reading(msgspec.Struct, frozen=True):
    """A series in plain words; shape, place and movement also as words for machines."""

    run: str
    tag: str
    text: str
    shape: str
    place: str
    movement: str
    first_step: int | None
    last_step: int | None


class Reason(msgspec.Struct, frozen=True):
    """Why a rule did not apply, or how it failed, and to how many series."""

    reason: str
    count: int


class Coverage(msgspec.Struct, frozen=True):
    """The outcomes of one rule in one run, counted over series (or 1 for a rule about the run)."""

    run: str
    rule: str
    found: int
    clear: int
    not_applicable: int
    error: int
    reasons: tuple[Reason, ...]


class RunEntry(msgspec.Struct, frozen=True):
    """A run and what it logged. ``missing`` names what no tag holds: gradients, activations, weights, loss."""

    run: str
    series: int
    records: int
    first_step: int | None
    last_step: int | None
    steps_are_epochs: bool | None
    order_known: bool
    missing: tuple[str, ...]
    scalars: tuple[str, ...]


class SeriesEntry(msgspec.Struct, frozen=True):
    """A series: ``id`` is what the routes take; ``order`` its layer's place in depth, None where unknown.

    ``network`` is the top-level prefix within which the order holds. ``size`` is the number of values in the last
    record. ``judged`` says whether any rule came to a verdict on it; ``why_not`` the main reason where none did.
    """

    id: int
    run: str
    tag: str
    role: str
    layer: str
    network: str
    order: int | None
    records: int
    first_step: int | None
    last_step: int | None
    size: float | None
    sampled: bool
    judged: bool
    why_not: str


class Configuration(msgspec.Struct, frozen=True):
    """Which configuration was used, how many findings it muted, and in words what differs from the defaults."""

    source: str
    profile: str
    muted: int
    text: str


class Report(msgspec.Struct, frozen=True):
    """What histdiag has to say about a log.

    ``log`` names the log and stays while it grows, under whatever address it is served; "" outside of TensorBoard.
    """

    schema_version: int
    version: str
    revision: str
    log: str
    progress: Progress
    runs: tuple[RunEntry, ...]
    series: tuple[SeriesEntry, ...]
    findings: tuple[Finding, ...]
    groups: tuple[Group, ...]
    readings: tuple[Reading, ...]
    coverage: tuple[Coverage, ...]
    configuration: Configuration
    messages: tuple[str, ...]

    def __repr__(self) -> str:
        """Count what is in it, as all of that would fill many pages."""
        parts = (len(self.runs), "run"), (len(self.series), "tensor"), (len(self.findings), "finding")
        return f"<Report of {', '.join(counted(*part) for part in parts)}>"


class MetricDoc(msgspec.Struct, frozen=True):
    """A metric as the tab shows it: ``scale`` is "linear", "log" or "fraction"; ``map`` "magnitude" or "signed"."""

    name: str
    title: str
    unit: str
    scale: str
    map: str
    bounded: bool
    text: str


class RuleDoc(msgspec.Struct, frozen=True):
    """A rule's documentation, from its docstring with the thresholds filled in."""

    rule: str
    title: str
    severity: Severity
    scope: str
    roles: tuple[str, ...]
    default: bool
    summary: str
    what: str
    why: str
    how: str
    advice: tuple[str, ...]
    harmless: str
    references: tuple[str, ...]


class Rules(msgspec.Struct, frozen=True):
    """The answer of the ``rules`` route."""

    rules: tuple[RuleDoc, ...]
    metrics: tuple[MetricDoc, ...]


class Health(str, enum.Enum):
    """The state of one tensor at one step."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    CLEAR = "clear"
    NOT_APPLICABLE = "not-applicable"
    NO_DATA = "no-data"

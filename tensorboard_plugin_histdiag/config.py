"""The configuration: which rules judge, by which thresholds, what is muted. `config_file` reads it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import msgspec

from .finding import Finding, Severity
from .report import Configuration
from .rules import RULES, Rule
from .tags.naming import Naming
from .thresholds import Thresholds
from .words import counted


@dataclass(frozen=True)
class Profile:
    """Settings for a kind of training, under a name.

    Attributes
    ----------
    purpose
        What it is for.
    every_rule
        Whether the rules that are off by default judge, too.
    ignore
        Rules whose findings are muted, unless they are selected by name.
    notes
        Rules that give notes only.
    fail_on
        Least severity that fails ``histdiag check``.
    """

    purpose: str
    every_rule: bool = False
    ignore: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    fail_on: str = "error"

    @property
    def text(self) -> str:
        """What it is for and what it does, for people."""
        left_out = f"; left out: {', '.join(self.ignore)}" if self.ignore else ""
        return self.purpose + left_out + (f"; only as notes: {', '.join(self.notes)}" if self.notes else "")


PROFILES = {
    "default": Profile("all rules but those that are off by default; errors fail a check"),
    "strict": Profile(
        "also the rules that are off by default; warnings fail a check, too", every_rule=True, fail_on="warning"
    ),
    "gan-rl": Profile(
        "for adversarial and reinforcement learning, where no loss has to fall and the aim moves",
        ignore=(
            *("small-updates", "sudden-shift", "loss-diverging", "loss-flat", "overfitting"),
            *("steady-drift", "unsettled", "oscillating-weights"),
        ),
        notes=("gradient-spikes", "activation-explosion"),
    ),
    "fine-tune": Profile(
        "for going on from trained weights, of which many are frozen or hardly move",
        ignore=("still-initial",),
        notes=("frozen-weights", "stopped-learning", "only-last-layer-learns", "small-updates"),
    ),
}


@dataclass(frozen=True)
class Match:
    """Findings of a rule, on tags, in runs; what is empty fits any. Tag and run are expressions to search for."""

    rule: str = ""
    tag: str = ""
    run: str = ""

    def fits(self, finding: Finding, *, wholly: bool) -> bool:
        """Tell whether a finding is meant; ``wholly``: only if it says nothing about other tags."""
        if self.rule not in ("", finding.rule) or not re.search(self.run, finding.run):
            return False
        found = [bool(re.search(self.tag, tag)) for tag in finding.tags]
        return not self.tag or (any(found) and (all(found) or not wholly))

    def __str__(self) -> str:
        """Say which findings are meant: dead-units on tags /head/ in runs /debug/."""
        return (
            (self.rule or "all rules")
            + (f" on tags /{self.tag}/" if self.tag else "")
            + (f" in runs /{self.run}/" if self.run else "")
        )


@dataclass(frozen=True)
class Config:
    """What may be set.

    Attributes
    ----------
    source
        Where it comes from, for people.
    select
        What is reported, where not empty; a rule that is named here judges even if it is off by default.
    ignore
        What is muted.
    """

    source: str = "defaults"
    profile: str = "default"
    thresholds: Thresholds = field(default_factory=Thresholds)
    select: tuple[Match, ...] = ()
    ignore: tuple[Match, ...] = ()
    naming: Naming = field(default_factory=Naming)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that judge. Ignored ones do so, too, for what is muted is counted."""
        named = {match.rule for match in self.select}
        return tuple(rule for rule in RULES if rule.default or rule.name in named or PROFILES[self.profile].every_rule)

    @cached_property
    def muted_rules(self) -> frozenset[str]:
        """The rules of which nothing is reported, whatever they find."""
        named = {match.rule for match in self.select}
        ignored = {match.rule for match in self.ignore if not match.tag and not match.run}
        dropped = {*PROFILES[self.profile].ignore} - named
        return frozenset(
            rule.name
            for rule in RULES
            if not ignored.isdisjoint(("", rule.name))
            or rule.name in dropped
            or (self.select and named.isdisjoint(("", rule.name)))
        )

    @property
    def fail_on(self) -> str:
        """Least severity that fails a check, unless another is asked for."""
        return PROFILES[self.profile].fail_on

    def keeps(self, finding: Finding) -> bool:
        """Tell whether a finding is reported; what is both selected and ignored is not."""
        return (
            finding.rule not in self.muted_rules
            and (not self.select or any(match.fits(finding, wholly=False) for match in self.select))
            and not any(match.fits(finding, wholly=True) for match in self.ignore)
        )

    def severity(self, rule: str, severity: Severity) -> Severity:
        """Return how bad a finding counts in this profile."""
        return Severity.INFO if rule in PROFILES[self.profile].notes else severity

    def used(self, muted: Sequence[Finding] = ()) -> Configuration:
        """Say what was used and what it muted."""
        return Configuration(self.source, self.profile, len(muted), " ".join(self._sentences(muted)))

    def _sentences(self, muted: Sequence[Finding]) -> list[str]:
        usual = msgspec.structs.asdict(Thresholds())
        changed = {
            name: value for name, value in msgspec.structs.asdict(self.thresholds).items() if value != usual[name]
        }
        said = []
        if self.profile != "default":
            said.append(f"Profile {self.profile}: {PROFILES[self.profile].text}.")
        if changed:
            said.append(f"Thresholds: {', '.join(f'{name} = {value!r}' for name, value in changed.items())}.")
        if self.select:
            said.append(f"Reported only: {', '.join(map(str, self.select))}.")
        if self.ignore:
            said.append(f"Left out: {', '.join(map(str, self.ignore))}.")
        if self.naming.roles:
            said.append(f"Roles: {', '.join(f'{role} for /{pattern}/' for pattern, role in self.naming.roles)}.")
        if self.naming.layers:
            said.append(f"Layers in the order {', '.join(self.naming.layers)}.")
        if muted:
            of_rule = Counter(finding.rule for finding in muted)
            listed = ", ".join(f"{rule} ({count:,})" for rule, count in of_rule.most_common())
            said.append(f"{counted(len(muted), 'finding')} muted: {listed if len(of_rule) > 1 else muted[0].rule}.")
        return said


DEFAULTS = Config()

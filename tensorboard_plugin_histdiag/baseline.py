"""What is new against an earlier report, though runs are named after the time at which they began."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .finding import Finding, Severity, fingerprint
from .report import Configuration, Report
from .words import counted

_DATE = r"(?:19|20)\d\d([-_.]?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])"
_TIME = r"(?:[01]\d|2[0-3])[-_.:h]?[0-5]\d(?:[-_.:m]?[0-5]\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"
_STAMP = re.compile(rf"(?<!\d){_DATE}(?:[-_.T ]*{_TIME})?(?!\d)|(?<!\d)1\d{{9}}(?:\d{{3}}|\d{{6}}|\.\d+)?(?!\d)")
_WRITER = re.compile(r"(?<![A-Za-z])[A-Z][a-z]{2}\d\d_\d\d-\d\d-\d\d(?!\d)")
_HOST = re.compile(r"(?<=<time>)_[^/\\]+")
# Not the exponent of a learning rate.
_NUMBER = re.compile(r"(?:(?<=^)|(?<=[/\\])|(?<!\de-)(?<=[-_ ]))\d+(?=$|[/\\])")


_LEVELS = 3
"""How many names a run has."""


@dataclass(frozen=True)
class Difference:
    """How the findings of a report stand to those of its baseline.

    Attributes
    ----------
    new, gone
        Findings of the report that the baseline lacks, and the other way round.
    known
        Fingerprints of the report's other findings.
    unmatched
        Runs of the report that the baseline has under no name.
    absent
        Runs of the baseline that the report has under no name.
    made
        How the baseline was made, where that differs: by another version, by other settings.
    """

    new: tuple[Finding, ...]
    gone: tuple[Finding, ...]
    known: frozenset[str]
    unmatched: tuple[str, ...]
    absent: tuple[str, ...]
    made: str

    def sentence(self, name: str) -> str:
        """Count all that; ``name`` is what the baseline is called."""
        said = [
            f"Against the baseline {name}: {len(self.new):,} new, {len(self.known):,} known, {len(self.gone):,} gone.",
            _some("Not in the baseline", self.unmatched),
            _some("Only in the baseline", self.absent),
            f"The baseline was made {self.made}." if self.made else "",
        ]
        return " ".join(filter(None, said))


def _some(what: str, runs: Sequence[str]) -> str:
    more = f" and {len(runs) - 3:,} more" if len(runs) > 3 else ""
    return f"{what}: {', '.join(runs[:3])}{more}." if runs else ""


def names(run: str) -> Iterator[str]:
    """Yield what a run is known by: its name; without date, time and number; and without the host.

    ``fit/20240101-120000/train`` is ``fit/<time>/train`` then, ``run_17`` is ``run_<number>``, and of
    ``Nov22_16-25-40_host``, as PyTorch names its runs, ``<time>`` is left in the end.

    >>> list(names("fit/20240101-120000/train"))
    ['fit/20240101-120000/train', 'fit/<time>/train', 'fit/<time>/train']
    >>> list(names("Nov22_16-25-40_host"))[1:]
    ['<time>_host', '<time>']
    """
    yield run
    plain = _NUMBER.sub("<number>", _STAMP.sub("<time>", _WRITER.sub("<time>", run)))
    yield plain
    yield _HOST.sub("", plain) if _WRITER.search(run) else plain


def compare(report: Report, baseline: Report) -> Difference:
    """Tell which findings are new.

    A run's counterparts are those of the baseline with the first of its `names` that any of them has. A finding is
    known if a counterpart has one of the same rule that is as severe: on the same tag, or for a rule about a whole run
    on one of the same tags.
    """
    called = [_called(baseline, level) for level in range(_LEVELS)]
    counterparts = {run.run: _counterparts(run.run, called) for run in report.runs}
    before: dict[tuple[str, str], list[Finding]] = {}
    for finding in baseline.findings:
        before.setdefault((finding.run, finding.rule), []).append(finding)
    met: set[str] = set()
    known: list[Finding] = []
    new: list[Finding] = []
    for finding in report.findings:
        others = (other for run in counterparts.get(finding.run, ()) for other in before.get((run, finding.rule), ()))
        like = [other for other in others if _same(finding, other)]
        met.update(other.fingerprint for other in like)
        as_severe = any(other.severity.rank <= finding.severity.rank for other in like)
        (known if as_severe else new).append(finding)
    looked_at = set().union(*counterparts.values())
    return Difference(
        tuple(new),
        tuple(one for one in baseline.findings if one.fingerprint not in met and one.run in looked_at),
        frozenset(finding.fingerprint for finding in known),
        tuple(run for run, others in counterparts.items() if not others),
        tuple(run.run for run in baseline.runs if run.run not in looked_at),
        _made(report, baseline),
    )


def _made(report: Report, baseline: Report) -> str:
    version = f"by histdiag {baseline.version}" if baseline.version != report.version else ""
    others = _settings(baseline.configuration) != _settings(report.configuration)
    return " ".join(filter(None, [version, "with other settings" if others else ""]))


def _settings(configuration: Configuration) -> tuple[str, str]:
    """Return what was set, without what came of it."""
    muted = counted(configuration.muted, "finding")
    return configuration.profile, configuration.text.partition(f"{muted} muted: ")[0].rstrip()


def failing(report: Report, level: str, known: Collection[str] = ()) -> list[Finding]:
    """Return the findings that are at least as severe as ``level``, which "never" is not, and not known."""
    if level == "never":
        return []
    worst = Severity(level).rank
    return [one for one in report.findings if one.severity.rank <= worst and one.fingerprint not in known]


def _called(report: Report, level: int) -> dict[str, set[str]]:
    """Return the runs that have each name of a level of `names`."""
    found: dict[str, set[str]] = {}
    for run in report.runs:
        found.setdefault(list(names(run.run))[level], set()).add(run.run)
    return found


def _counterparts(run: str, called: Sequence[Mapping[str, set[str]]]) -> set[str]:
    return next((runs[name] for name, runs in zip(names(run), called, strict=True) if name in runs), set())


def _same(finding: Finding, other: Finding) -> bool:
    """Tell whether two findings of one rule are about the same tensor, or for a whole run share one."""
    if _of_run(finding):
        return finding.tags == other.tags or not set(finding.tags).isdisjoint(other.tags)
    return finding.tags[:1] == other.tags[:1]


def _of_run(finding: Finding) -> bool:
    return finding.fingerprint == fingerprint(finding.rule, finding.run)

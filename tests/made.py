"""Rules made for the tests of what becomes of their findings."""

from __future__ import annotations

from runs import measured_of, normal, walk

from tensorboard_plugin_histdiag.finding import Severity, Span
from tensorboard_plugin_histdiag.rules import Draft
from tensorboard_plugin_histdiag.rules._rule import rule

DOCUMENTED = """Say something.

    What it shows
        This.

    Why it matters
        That.

    How it is computed
        So.

    What to try
        - Nothing.

    When it is harmless
        Always.

    References
        None
"""


def made(name: str, function, **options):
    """Make a rule of a function, with the sections that every rule needs."""
    function.__doc__ = DOCUMENTED
    return rule(name, **{"scope": "series", "severity": "warning", **options})(function)


def draft(series, severity: Severity = Severity.WARNING, first: int = 0) -> Draft:
    span = Span(series.tag, first, int(series.step[-1]), severity)
    return Draft(
        series=(series,), spans=(span,), summary="here", explanation="Here.", evidence=(), marks=(), severity=severity
    )


def finding_from(first: int = 0, severity: Severity = Severity.WARNING, only: str = ""):
    def find(series, context, limits):
        if series.tag.startswith(only):
            yield draft(series, severity, first)

    return find


def metrics(*tags: str):
    tags = tags or ("fc1/kernel", "fc2/kernel", "fc1/bias")
    return measured_of({tag: walk(normal(100), rate=0.01, records=5) for tag in tags})

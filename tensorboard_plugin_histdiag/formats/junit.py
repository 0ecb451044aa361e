"""The report as JUnit XML, which Jenkins, GitLab and most others show: a test suite a run, a test case a rule.

References
----------
https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from ..baseline import failing
from ..finding import Finding
from ..report import Coverage, Report
from . import text, words

# What no XML can hold, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: Report, *, fail_on: str = "info", known: Collection[str] = ()) -> str:
    """Write the suites.

    A rule that found something has failed, one that raised is an error, one that did not apply was skipped.

    Parameters
    ----------
    report
        What `diagnose` returned.
    fail_on
        The least severity that is a failure; what is found below it is told as output of a test that has passed.
    known
        Fingerprints of findings that a baseline holds already: no failures, either.
    """
    root = Element("testsuites", name="histdiag")
    failures = {finding.fingerprint for finding in failing(report, fail_on, known)}
    for run in report.runs:
        suite = SubElement(root, "testsuite", name=_clean(run.run or "."))
        findings = [finding for finding in report.findings if finding.run == run.run]
        for row in report.coverage:
            if row.run == run.run:
                _case(suite, report, row, [one for one in findings if one.rule == row.rule], failures, known)
        _count(suite, [suite])
        suite.set("skipped", str(len(suite.findall("testcase/skipped"))))
        said = [words.verdict_on_run(report, run), *map(words.prose, report.messages)]
        SubElement(suite, "system-out").text = _clean("\n".join(said))
    _count(root, list(root))
    ElementTree.indent(root)
    # In ASCII, so that every code page can print it.
    encoded: bytes = ElementTree.tostring(root, encoding="us-ascii", xml_declaration=True)
    return f"{encoded.decode()}\n"


def _case(
    suite: Element,
    report: Report,
    row: Coverage,
    findings: Sequence[Finding],
    failures: Collection[str],
    known: Collection[str],
) -> None:
    case = SubElement(suite, "testcase", classname=_class(row.run), name=row.rule)
    bad = [finding for finding in findings if finding.fingerprint in failures]
    why = _clean("; ".join(words.prose(reason.reason) for reason in row.reasons))
    if bad:
        titles = _clean("; ".join(dict.fromkeys(words.prose(finding.title) for finding in bad)))
        failure = SubElement(case, "failure", type=bad[0].severity.value, message=titles)
        failure.text = _full(report, bad, known)
    elif row.error:
        SubElement(case, "error", type="error", message=why).text = why
    elif row.not_applicable and not row.found + row.clear:
        SubElement(case, "skipped", message=why)
    others = [finding for finding in findings if finding.fingerprint not in failures]
    if others:
        SubElement(case, "system-out").text = _full(report, others, known)


def _full(report: Report, findings: Sequence[Finding], known: Collection[str]) -> str:
    return _clean("\n".join(text.one(report, one, known=known) for one in findings))


def _count(element: Element, suites: Sequence[Element]) -> None:
    """Write how many tests there are, and how many of each outcome."""
    cases = [case for suite in suites for case in suite.iter("testcase")]
    element.set("tests", str(len(cases)))
    for name, outcome in (("failures", "failure"), ("errors", "error")):
        element.set(name, str(sum(case.find(outcome) is not None for case in cases)))


def _class(run: str) -> str:
    """Name a run without dots: Jenkins takes what is before the last one for a package."""
    return _clean(run.replace(".", "_") if run not in ("", ".") else "histdiag")


def _clean(name: str) -> str:
    r"""Escape what XML forbids, as ``\x1b``."""
    return _FORBIDDEN.sub(lambda found: found[0].encode("unicode_escape", "surrogatepass").decode(), name)

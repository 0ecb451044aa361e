"""Write the page of every rule, ``tensorboard_plugin_histdiag/rules/README.md``, from its docstring.

``python tests/benchmarks/rule_pages.py`` renews the text; with the file that ``accuracy.py --json`` wrote, also the
figures on the gallery. A picture ``docs/rules/<rule>-sick.svg`` or ``-healthy.svg`` is shown where there is one.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec
import paths
from accuracy import Results
from scoring import OWN, RuleTally
from tables import Figures, of

from tensorboard_plugin_histdiag.finding import Severity
from tensorboard_plugin_histdiag.formats import words
from tensorboard_plugin_histdiag.report import RuleDoc, Rules
from tensorboard_plugin_histdiag.rules import RULES, Rule, documentation

ROOT = paths.TESTS.parent
PAGE = ROOT / "tensorboard_plugin_histdiag" / "rules" / "README.md"
PICTURES = ROOT / "docs" / "rules"
PART = "validation"
TITLE = """\
# The rules

Made by `python tests/benchmarks/rule_pages.py` from what the rules say of themselves. Figures are those of the
validation part of the gallery, built with a seed (3) after the rules had been mended on others. They were counted once:
what is missed or flagged there has changed no rule. But it is trained by the same recipes as the galleries before, of
which some misses in the validation part had been seen: other runs may fare a little worse.
`python tests/gallery/build.py OUT` builds the gallery and `python tests/benchmarks/accuracy.py OUT` judges it.
"""
ALL = "all-rules"
NONE_YET = "Not counted on the gallery yet."
FIGURES = re.compile(r"^<!-- figures of ([\w-]+) -->\n(.*?)\n<!-- end -->$", re.M | re.S)


def page(rules: Rules, figures: Mapping[str, str]) -> str:
    """Write the page of all rules, with a sentence of figures for each."""
    contents = "\n".join(f"- [{doc.rule}](#{doc.rule}): {words.prose(doc.summary)}" for doc in rules.rules)
    gallery = f"## All rules on the gallery\n\n{kept(ALL, figures)}"
    return "\n\n".join([TITLE.strip(), contents, gallery, *(section(doc, figures) for doc in rules.rules)]) + "\n"


def kept(name: str, figures: Mapping[str, str]) -> str:
    """Write figures between marks by which they are found again."""
    return f"<!-- figures of {name} -->\n{figures.get(name, NONE_YET)}\n<!-- end -->"


def section(doc: RuleDoc, figures: Mapping[str, str]) -> str:
    """Write one rule: what it shows, why that matters, how it is computed, what to try, its figures and pictures."""
    judged = f"each {' or '.join(role.replace('-', ' ') for role in doc.roles)}" if doc.scope == "series" else "a run"
    about = f"{words.WORD[doc.severity].capitalize()}; judges {judged if doc.roles else 'each ' + doc.scope}."
    return "\n\n".join(
        [
            f"## {doc.rule}",
            f"**{words.prose(doc.summary)}** {about}{'' if doc.default else ' Off unless selected.'}",
            *pictures(doc),
            *(f"### {title}\n\n{lines(text)}" for title, text in texts(doc).items() if text),
            f"### On the gallery\n\n{kept(doc.rule, figures)}",
        ]
    )


def texts(doc: RuleDoc) -> dict[str, str]:
    """Return the sections of a docstring as they stand on the page."""
    return {
        "What it shows": doc.what,
        "Why it matters": doc.why,
        "How it is computed": doc.how,
        "What to try": "\n".join(f"- {item}" for item in doc.advice),
        "When it is harmless": doc.harmless,
        "References": "\n".join(f"- {item}" for item in doc.references if item != "None"),
    }


def lines(text: str) -> str:
    """Escape what Markdown would read as markup, outside of code."""
    parts = re.split(r"(``[^`]+``|`[^`]+`)", text)
    return "".join(part if index % 2 else re.sub(r"([<*_|])", r"\\\1", part) for index, part in enumerate(parts))


def pictures(doc: RuleDoc) -> list[str]:
    """Show a sick and a healthy run, where they were drawn."""
    there = [kind for kind in ("sick", "healthy") if (PICTURES / f"{doc.rule}-{kind}.svg").is_file()]
    shown = [f"![{doc.rule}: a {kind} run](../../docs/rules/{doc.rule}-{kind}.svg)" for kind in there]
    return ["\n".join(shown)] if shown else []


def sentences(figures: Figures) -> dict[str, str]:
    """Put the counts of all tools, and of each rule, into words."""
    healthy = figures.tools[OWN].healthy
    return {ALL: overall(figures)} | {
        rule.name: in_words(figures.rules.get(rule.name, RuleTally()), healthy, only_noted(rule)) for rule in RULES
    }


def overall(figures: Figures) -> str:
    """Write a table of this package beside the published tools, whose thresholds `published` adapts."""
    head = "| | faults found | rightly diagnosed | in time | healthy runs flagged |\n| --- | --- | --- | --- | --- |\n"
    return head + "\n".join(
        f"| {name} | {of(one.found, one.faulty)} | {of(one.right, one.faulty)} | {of(one.timely, one.timed)}"
        f" | {of(one.alarmed, one.healthy)} |"
        for name, one in figures.tools.items()
    )


def only_noted(rule: Rule) -> bool:
    """Tell whether nothing that a rule finds counts as an alarm."""
    return rule.severity is Severity.INFO or not rule.default


def in_words(one: RuleTally, healthy: int, is_note: bool) -> str:
    """Put one rule's counts into words."""
    besides = f"in {one.noted_healthy} of {healthy} healthy runs"
    noted = f"Noted in {one.noted} of {runs(one.notable)} of which it is true; {besides} besides."
    if is_note:
        return noted if one.notable else f"No run is labelled as one of which it is true. Noted {besides}."
    said = []
    if one.expected:
        said.append(f"Faults of this kind: {one.expected}; rightly diagnosed {of(one.right, one.expected)}")
        said[0] += f", in time {of(one.timely, one.timed)}." if one.timed else "."
    said.append(f"Rightly named by this rule: {runs(one.named)}. Wrong about {runs(one.astray)} with another fault.")
    said.append(f"False alarms: {one.alarmed} on {healthy} healthy runs.")
    if one.notable or one.noted_healthy:
        said.append(noted if one.notable else f"As a note {besides}.")
    return "\n".join(said)


def runs(count: int) -> str:
    """Write how many runs."""
    return f"{count} run{'' if count == 1 else 's'}"


def written() -> dict[str, str]:
    """Return the figures on the page as it is."""
    return dict(FIGURES.findall(PAGE.read_text(encoding="utf-8"))) if PAGE.exists() else {}


def main() -> None:
    """Renew the page; with figures where a file of them is named."""
    figures = written()
    if len(sys.argv) > 1:
        results = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Results)
        figures = sentences(results.parts[PART])
    PAGE.write_text(page(documentation(), figures), encoding="utf-8")


if __name__ == "__main__":
    main()

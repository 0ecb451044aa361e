"""The rules' documentation: a table for the terminal or the README, and one rule in full."""

from __future__ import annotations

from ..report import RuleDoc, Rules
from . import words
from .page import Page, Paper


def table(rules: Rules, paper: Paper = Paper()) -> str:  # noqa: B008 (frozen)
    """List the rules with their severity and what they find."""
    page = Page(paper)
    column = max((len(doc.rule) for doc in rules.rules), default=0) + 2
    before = column + 9
    for doc in rules.rules:
        style = words.STYLE[doc.severity]
        off = "" if doc.default else " Off unless selected."
        page.add(
            (doc.rule.ljust(column), "bold"),
            (words.WORD[doc.severity].ljust(9), style),
            words.prose(doc.summary) + off,
            hang=before if paper.width >= before + 20 else 2,
        )
    return str(page)


def markdown(rules: Rules) -> str:
    """Write the table of rules as it stands in the README."""
    head = "| Rule | Severity | What it finds |\n| --- | --- | --- |\n"
    return head + "".join(
        f"| `{doc.rule}` | {words.WORD[doc.severity]}{'' if doc.default else ' (off)'} | {_cell(doc.summary)} |\n"
        for doc in rules.rules
    )


def _cell(text: str) -> str:
    return words.prose(text).replace("|", "\\|")


def explain(doc: RuleDoc, paper: Paper = Paper()) -> str:  # noqa: B008 (frozen)
    """Write one rule in full: what it shows, why it matters, how it is computed, what to try."""
    page = Page(paper)
    page.add((doc.rule, "bold"), ": ", words.prose(doc.summary))
    roles = ", ".join(role.replace("-", " ") for role in doc.roles)
    scope = f"each {roles} series" if doc.scope == "series" and roles else f"each {doc.scope}"
    off = "" if doc.default else "; off unless selected"
    page.add("Severity: ", (words.WORD[doc.severity], words.STYLE[doc.severity]), f". Judges {scope}{off}.")
    sections = (
        ("What it shows", doc.what),
        ("Why it matters", doc.why),
        ("How it is computed", doc.how),
        ("What to try", doc.advice),
        ("When it is harmless", doc.harmless),
        ("References", doc.references),
    )
    for title, content in sections:
        if content:
            page.blank()
            page.add((title, "bold"))
        for line in content.splitlines() if isinstance(content, str) else [f"- {item}" for item in content]:
            bullet = line.startswith("- ")
            page.add("- " if bullet else "", words.prose(line.removeprefix("- ")), indent=2, hang=2 * bullet)
    return str(page)

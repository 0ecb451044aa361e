"""``histdiag explain``: one rule in full."""

from __future__ import annotations

import argparse

from .ending import CLEAR
from .options import known_rule
from .terminal import paper, show


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Say what the command takes."""
    parser = commands.add_parser(
        "explain",
        help="explain a rule",
        description="Say what a rule finds, how and by which thresholds, what to try and when it is harmless.",
        allow_abbrev=False,
    )
    parser.add_argument("rule", metavar="RULE", help="its name, as in the report and in: histdiag rules")
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> int:
    """Show what the rule's docstring says, with the thresholds filled in."""
    from ..formats import documentation
    from ..rules import documentation as documented

    name = known_rule(arguments.rule)
    [doc] = [doc for doc in documented().rules if doc.rule == name]
    show(documentation.explain(doc, paper()))
    return CLEAR

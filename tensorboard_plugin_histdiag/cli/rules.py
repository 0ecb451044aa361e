"""``histdiag rules``: the list of all rules."""

from __future__ import annotations

import argparse

from .ending import CLEAR
from .terminal import paper, show


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Say what the command takes."""
    parser = commands.add_parser(
        "rules",
        help="list the rules",
        description="List the rules, how severe each is and what it finds.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--format",
        choices=("text", "markdown", "json", "toml"),
        default="text",
        help="toml: a complete configuration with every default (default: text)",
    )
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> int:
    """Show the rules, as TOML a configuration that says what is so by default."""
    from ..formats import documentation, json, toml
    from ..rules import documentation as documented

    rules = documented()
    if arguments.format == "json":
        show(json.render(rules, pretty=True))
    elif arguments.format == "toml":
        show(toml.render(rules))
    elif arguments.format == "markdown":
        show(documentation.markdown(rules))
    else:
        show(documentation.table(rules, paper()))
    return CLEAR

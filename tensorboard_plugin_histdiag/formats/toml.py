"""A complete `histdiag.toml` with the defaults, and what each setting is."""

from __future__ import annotations

import inspect
import re
import textwrap

from ..config import PROFILES
from ..report import Rules
from ..tags.naming import ROLES
from ..thresholds import Thresholds
from . import words

_WIDTH = 110

_HEAD = """\
# Configuration of histdiag, with the defaults. What is not set here follows the version that is installed, so keep
# only what you change. The command line reads histdiag.toml in the working directory, or --config FILE;
# TensorBoard reads the file named by --histdiag_config, and no other.
"""

_RULES = """\
# What is reported, where not empty: rules by name, or tables of rule, tag and run, each a further condition; tag
# and run are regular expressions to be found in the name. A rule named here judges even if it is off by default.
#   select = ["dead-units", { tag = "^encoder/" }]
select = []

# What is muted, in the same way. A finding about several tags is muted where all of them are meant.
#   ignore = ["small-updates", { rule = "dead-units", tag = "^head/" }, { run = "debug" }]
ignore = []
"""

_LAYERS = """\
# Layers from the input to the output, where their names do not tell: whole names, or regular expressions for them.
#   layer_order = ["stem", "block_.*", "head"]
layer_order = []
"""

_ROLES = """\
# Roles of tensors whose tags do not tell: a regular expression to be found in the tag, and the role. A group named
# layer, (?P<layer>...), names the layer.
#   '^W#(?P<layer>\\w+)' = "weight"
"""


def render(rules: Rules) -> str:
    """Write the file."""
    column = max(map(len, PROFILES))
    profiles = [_comment(f"{name.ljust(column)}  {profile.text}", column + 2) for name, profile in PROFILES.items()]
    column = max(len(doc.rule) for doc in rules.rules)
    table = [
        _comment(
            f"{doc.rule.ljust(column)}  {words.WORD[doc.severity].ljust(7)}  "
            f"{words.prose(doc.summary)}{'' if doc.default else ' Off by default.'}",
            column + 11,
        )
        for doc in rules.rules
    ]
    parts = (
        _HEAD,
        "# A kind of training:\n" + "".join(profiles) + 'profile = "default"\n',
        "# The rules; `histdiag explain RULE` says more:\n" + "".join(table),
        _RULES,
        _LAYERS,
        "# What the rules compare with; a comment says where a number comes from.\n[thresholds]\n" + _thresholds(),
        _ROLES + _comment(f"Roles: {', '.join(ROLES)}.", 2) + "[roles]\n",
    )
    return "\n".join(parts)


def _comment(text: str, hang: int) -> str:
    lines = textwrap.wrap(text, _WIDTH, subsequent_indent=" " * hang, break_on_hyphens=False)
    return "".join(f"#   {line}\n" for line in lines)


def _thresholds() -> str:
    """Copy the fields with their comments and titles from the source."""
    lines = inspect.cleandoc(inspect.getsource(Thresholds)).splitlines()
    usual = Thresholds()
    found = []
    for line in lines:
        if field := re.match(r"\s*(\w+): (?:int|float) = \S+(?:\s+(#.*))?$", line):
            value = getattr(usual, field[1])
            found.append(f"{field[1]} = {value!r}" + (f"  {field[2]}" if field[2] else "") + "\n")
        elif title := re.match(r"\s*(# .*)$", line):
            found.append(f"{chr(10) if found else ''}{title[1]}\n")
    return "".join(found)

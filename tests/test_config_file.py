"""`histdiag.toml`: what may stand in it, what is said of what may not, and which file is read."""

from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensorboard_plugin_histdiag.config import DEFAULTS, Config, Match
from tensorboard_plugin_histdiag.config_file import NAME, ConfigError, find, for_command_line, parse, read
from tensorboard_plugin_histdiag.formats import toml
from tensorboard_plugin_histdiag.rules import RULES, documentation
from tensorboard_plugin_histdiag.tags.naming import ROLES, Naming
from tensorboard_plugin_histdiag.thresholds import Thresholds

FIELDS = msgspec.structs.fields(Thresholds)
COMPLETE = """
profile = "gan-rl"
select = ["dead-units", { tag = '\\bfc\\d' }]
ignore = ["small-updates", { rule = "dead-units", run = "debug" }]
layer_order = ["stem", "block_.*"]

[thresholds]
vanishing_ratio = 1e-4
sustained_records = 5
weight_growth = 20

[roles]
'^W_(?P<layer>\\w+)$' = "weight"
"""


def wrong(text: str) -> str:
    """Return what is said of a text that is not right."""
    with pytest.raises(ConfigError) as caught:
        parse(text, "my.toml")
    return str(caught.value)


# What may stand in it


def test_an_empty_file_is_the_defaults_by_another_name():
    assert parse("", "my.toml") == Config(source="my.toml")


def test_every_kind_of_setting_is_read():
    assert parse(COMPLETE, "my.toml") == Config(
        source="my.toml",
        profile="gan-rl",
        thresholds=Thresholds(vanishing_ratio=1e-4, sustained_records=5, weight_growth=20.0),
        select=(Match("dead-units"), Match(tag=r"\bfc\d")),
        ignore=(Match("small-updates"), Match("dead-units", run="debug")),
        naming=Naming((("^W_(?P<layer>\\w+)$", "weight"),), ("stem", "block_.*")),
    )


def test_matches_may_stand_as_tables_of_their_own():
    text = '[[ignore]]\nrule = "dead-units"\n\n[[ignore]]\ntag = "head"\nrun = "b"\n'
    assert parse(text, "").ignore == (Match("dead-units"), Match(tag="head", run="b"))


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_every_threshold_can_be_set(field):
    value = field.default + 1 if isinstance(field.default, int) else field.default / 2
    thresholds = parse(f"[thresholds]\n{field.name} = {value!r}", "").thresholds
    assert thresholds == msgspec.structs.replace(Thresholds(), **{field.name: value})
    assert type(getattr(thresholds, field.name)) is type(field.default)


@pytest.mark.parametrize("role", ROLES)
def test_every_role_can_be_given(role):
    assert parse(f'[roles]\nx = "{role}"', "").naming.roles == (("x", role),)


# The file with the defaults


def test_the_printed_file_is_the_defaults():
    assert parse(toml.render(documentation()), "defaults") == DEFAULTS


def test_the_printed_file_has_every_threshold_with_its_comment_and_every_rule_with_its_summary():
    text = toml.render(documentation())
    assert list(msgspec.toml.decode(text)["thresholds"]) == [field.name for field in FIELDS]
    assert "vanishing_ratio = 0.001  # anchor: AutoTrainer" in text
    assert "\n# Gradients\n" in text
    lines = text.splitlines()
    for rule in RULES:
        (line,) = (line for line in lines if line.startswith(f"#   {rule.name} "))
        assert rule.summary[:20] in line
    assert max(map(len, lines)) <= 120


def test_the_examples_in_the_printed_file_can_be_used():
    lines = [line.removeprefix("#   ") for line in toml.render(documentation()).splitlines()]
    examples = [line for line in lines if line.startswith(("select = [", "ignore = [", "layer_order = [", "'^"))]
    examples = [line for line in examples if not line.endswith("= []")]
    assert len(examples) == 4
    config = parse("\n".join([*examples[:3], "[roles]", examples[3]]), "")
    assert config.select
    assert config.ignore
    assert config.naming.layers
    assert config.naming.roles


# What may not


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            'profil = "strict"',
            'profil = "strict": there is no such key; did you mean profile? '
            "All keys: profile, select, ignore, thresholds, roles, layer_order",
        ),
        (
            'profile = "stict"',
            'profile = "stict": there is no such profile; did you mean strict? '
            "All profiles: default, strict, gan-rl, fine-tune",
        ),
        ("profile = 3", "profile = 3: there is no such profile. All profiles: default, strict, gan-rl, fine-tune"),
        (
            "[thresholds]\nvanishing_ration = 0.1",
            "thresholds.vanishing_ration = 0.1: there is no such threshold; did you mean vanishing_ratio? "
            "All thresholds: histdiag rules --format toml",
        ),
        (
            "[thresholds]\ndead_unit_share = 1.5",
            "thresholds.dead_unit_share = 1.5: allowed is a number from 0 to 1",
        ),
        ('"a\\nb" = 1', '"a\\nb" = 1: there is no such key. All keys: profile,'),
        ("[thresholds]\nweight_growth = 0", "thresholds.weight_growth = 0: allowed is a number above 0"),
        ("[thresholds]\nweight_growth = true", "thresholds.weight_growth = true: allowed is a number above 0"),
        ('[thresholds]\nweight_growth = "9"', 'thresholds.weight_growth = "9": allowed is a number above 0'),
        (
            "[thresholds]\nsustained_records = 0",
            "thresholds.sustained_records = 0: allowed is a whole number from 1",
        ),
        (
            "[thresholds]\nsustained_records = 3.0",
            "thresholds.sustained_records = 3.0: allowed is a whole number from 1",
        ),
        ("thresholds = 3", "thresholds = 3: allowed is a table: [thresholds]"),
        (
            'select = ["Dead_Unit"]',
            'select[0] = "Dead_Unit": there is no such rule; did you mean dead-units? All rules: histdiag rules',
        ),
        ('select = "dead-units"', 'select = "dead-units": allowed is a list: [...]'),
        (
            'ignore = ["dead-units", { rul = "dead-units" }]',
            'ignore[1].rul = "dead-units": there is no such key; did you mean rule? All keys: rule, tag, run',
        ),
        ("ignore = [{}]", "ignore[0] = {}: allowed are a rule's name, or a table with rule, tag or run"),
        ("ignore = [1]", "ignore[0] = 1: allowed are a rule's name, or a table with rule, tag or run"),
        (
            'ignore = [{ tag = "(fc" }]',
            'ignore[0].tag = "(fc": no regular expression: missing ), unterminated subpattern at position 0',
        ),
        ('ignore = [{ run = "" }]', 'ignore[0].run = "": allowed is a regular expression, as text'),
        ('ignore = [{ run = "a{99999999999}" }]', "no regular expression: "),
        (
            '[roles]\nx = "wieght"',
            'roles.x = "wieght": there is no such role; did you mean weight? All roles: weight,',
        ),
        ('[roles]\n"*" = "weight"', 'roles."*" = "*": no regular expression: nothing to repeat at position 0'),
        ("layer_order = [3]", "layer_order[0] = 3: allowed is a regular expression, as text"),
        ("layer_order = 1979-05-27", 'layer_order = "1979-05-27": allowed is a list: [...]'),
    ],
)
def test_what_is_wrong_is_named_with_its_value_and_what_is_allowed(text, said):
    complaint = wrong(text)
    assert complaint.startswith("my.toml: ")
    assert said in complaint
    assert "\n" not in complaint


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_no_threshold_takes_what_is_no_number(field):
    for value in ("nan", "inf", "-inf", "1e308", "9" * 400, "[]", "''"):
        assert f"thresholds.{field.name} = " in wrong(f"[thresholds]\n{field.name} = {value}")


PLAIN = st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates()
KEYS = st.sampled_from(["rule", "tag", "run", "dead-units", "weight", "sustained_records", "tanh_slope", "(", "strict"])
VALUES = st.recursive(
    PLAIN | KEYS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
SETTINGS = ["profile", "select", "ignore", "thresholds", "roles", "layer_order"]


def complaint_about(table: dict[str, object]) -> str:
    """Return what is said of a file with these contents, "" where it can be used."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(msgspec.toml, "decode", lambda text: table)
        try:
            assert parse("", "my.toml").used().source == "my.toml"
        except ConfigError as error:
            return str(error)
    return ""


@given(st.dictionaries(st.sampled_from(SETTINGS) | st.text(max_size=3), VALUES))
def test_whatever_is_set_can_be_used_or_one_line_says_what_is_wrong(table):
    assert re.fullmatch("|my.toml: .+ = .+: .+", complaint_about(table))


def test_a_long_value_is_cut():
    assert len(wrong(f'profile = "{"x" * 1000}"')) < 200


@pytest.mark.parametrize(
    "text", ["profile = ", "[thresholds", "a = 1\na = 2", "a" * 100 + "=" + "[" * 50_000, "a = " + "9" * 5000]
)
def test_what_is_no_toml_is_said_to_be_none(text):
    assert wrong(text).startswith("my.toml is no TOML: ")


# Which file


def test_a_file_is_read_with_or_without_a_byte_order_mark(tmp_path):
    for encoding in ("utf-8", "utf-8-sig"):
        file = tmp_path / "my.toml"
        file.write_text('profile = "strict"\n', encoding=encoding)
        assert read(str(file)) == Config(source=str(file), profile="strict")


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "latin.toml").write_bytes(b'profile = "\xe4"')
    for name, said in [
        ("none.toml", "none.toml cannot be read: No such file or directory"),
        (".", " cannot be read: "),
        ("a\0b", " cannot be read: "),
        ("latin.toml", "latin.toml is no text in UTF-8: byte 11 does not fit"),
    ]:
        with pytest.raises(ConfigError) as caught:
            read(f"{tmp_path}/{name}")
        assert said in str(caught.value)


def test_the_file_in_the_working_directory_is_found_but_not_in_the_log_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find("logs") is None
    (tmp_path / NAME).write_text("")
    assert find("logs") == find(str(tmp_path / "logs")) == NAME
    for logdir in (".", str(tmp_path), ".."):
        with pytest.raises(ConfigError, match="lies in the log directory: --config"):
            find(logdir)


def test_options_take_the_place_of_settings(tmp_path):
    file = tmp_path / "my.toml"
    file.write_text(COMPLETE)
    told = for_command_line(str(file), profile="strict", ignore=["frozen-weights"])
    assert told.source == f"{file} and command line"
    assert told.profile == "strict"
    assert told.ignore == (Match("frozen-weights"),)
    assert told.select == read(str(file)).select
    assert for_command_line(str(file)) == read(str(file))


def test_without_a_file_the_options_are_all_that_is_said():
    assert for_command_line(None) is DEFAULTS
    assert for_command_line(None, select=["dead-units"]) == Config(source="command line", select=(Match("dead-units"),))

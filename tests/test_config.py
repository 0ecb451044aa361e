"""What a configuration lets through, what it mutes, and what it says of that."""

from __future__ import annotations

import pytest
from made import finding_from, made, metrics
from reports import finding
from runs import measured_of, normal, walk

from tensorboard_plugin_histdiag import config
from tensorboard_plugin_histdiag.cli.options import PROFILES as OFFERED
from tensorboard_plugin_histdiag.config import DEFAULTS, PROFILES, Config, Match
from tensorboard_plugin_histdiag.diagnose import judge
from tensorboard_plugin_histdiag.finding import Severity
from tensorboard_plugin_histdiag.report import Configuration
from tensorboard_plugin_histdiag.rules import DEFAULT, RULES
from tensorboard_plugin_histdiag.tags.naming import Naming
from tensorboard_plugin_histdiag.thresholds import Thresholds


def names(rules) -> list[str]:
    return [rule.name for rule in rules]


# Profiles


def test_the_command_line_offers_every_profile():
    assert tuple(PROFILES) == OFFERED


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_names_rules_that_exist_and_says_what_it_does(profile):
    settings = PROFILES[profile]
    assert {*settings.ignore, *settings.notes} <= set(names(RULES))
    assert not {*settings.ignore} & {*settings.notes}
    assert settings.text


def test_the_default_profile_changes_nothing():
    assert names(DEFAULTS.rules) == names(DEFAULT)
    assert not DEFAULTS.muted_rules
    assert {DEFAULTS.severity(rule, Severity.ERROR) for rule in names(RULES)} == {Severity.ERROR}
    assert DEFAULTS.fail_on == "error"


def test_the_strict_profile_judges_by_every_rule_and_fails_on_warnings():
    assert names(Config(profile="strict").rules) == names(RULES)
    assert Config(profile="strict").fail_on == "warning"


def test_a_rule_that_is_off_judges_when_it_is_selected(monkeypatch):
    monkeypatch.setattr(config, "RULES", [made("loud", finding_from()), made("quiet", finding_from(), default=False)])
    assert names(Config().rules) == ["loud"]
    assert names(Config(ignore=(Match("quiet"),)).rules) == ["loud"]
    assert names(Config(select=(Match("quiet"),)).rules) == ["loud", "quiet"]
    assert names(Config(profile="strict").rules) == ["loud", "quiet"]


def test_a_rule_that_a_profile_drops_is_reported_when_it_is_selected():
    dropped = PROFILES["gan-rl"].ignore[0]
    assert dropped in Config(profile="gan-rl").muted_rules
    assert dropped not in Config(profile="gan-rl", select=(Match(dropped),)).muted_rules


def test_a_profile_makes_notes_of_findings_whose_spans_are_drawn_as_such():
    loud = made("frozen-weights", finding_from(severity=Severity.ERROR))
    report = judge(metrics(), config=Config(profile="fine-tune"), rules=[loud])
    assert {one.severity for one in report.findings} == {Severity.INFO}
    assert {span.severity for one in report.findings for span in one.spans} == {Severity.INFO}
    assert {group.severity for group in report.groups} == {Severity.INFO}


# What is muted


@pytest.mark.parametrize(
    ("match", "fits"),
    [
        (Match("dead-units"), True),
        (Match("small-updates"), False),
        (Match(tag="^fc"), True),
        (Match(tag="^fc1"), False),
        (Match(tag="conv"), False),
        (Match(run="train"), True),
        (Match(run="^eval"), False),
        (Match("dead-units", "^fc", "train"), True),
        (Match("dead-units", "^fc", "eval"), False),
    ],
    ids=str,
)
def test_each_part_of_a_match_is_a_further_condition(match, fits):
    meant = finding("dead-units", tags=("fc1/relu", "fc2/relu"), run="a/train")
    assert Config(ignore=(match,)).keeps(meant) != fits


def test_a_selection_by_tag_keeps_what_is_partly_about_it():
    selected = Config(select=(Match(tag="fc1"),))
    assert selected.keeps(finding(tags=("fc1/relu", "fc2/relu")))
    assert not selected.keeps(finding(tags=("fc2/relu",)))


def test_a_finding_without_tags_is_not_muted_by_tags():
    assert Config(ignore=(Match(tag="."),)).keeps(finding(tags=()))


def test_what_is_both_selected_and_ignored_is_muted():
    assert not Config(select=(Match("dead-units"),), ignore=(Match("dead-units"),)).keeps(finding("dead-units"))


def test_what_is_muted_is_counted_and_leaves_no_trace():
    rules = [
        made("dead-units", finding_from(), explained_by=("frozen-weights",)),
        made("frozen-weights", finding_from(only="fc1")),
    ]
    everything = judge(metrics(), rules=rules)
    causes = {one.fingerprint for one in everything.findings if one.rule == "frozen-weights"}
    assert any(causes & set(one.explained_by) for one in everything.findings)

    report = judge(metrics(), config=Config(ignore=(Match("frozen-weights"),)), rules=rules)
    assert {one.rule for one in report.findings} == {row.rule for row in report.coverage} == {"dead-units"}
    assert not any(one.explained_by for one in report.findings)
    assert causes.isdisjoint(print_ for group in report.groups for print_ in group.fingerprints)
    assert report.configuration.muted == len(everything.findings) - len(report.findings) > 0


def test_a_rule_that_is_muted_in_part_stays_in_the_coverage():
    rules = [made("dead-units", finding_from())]
    report = judge(metrics(), config=Config(ignore=(Match("dead-units", "fc1"),)), rules=rules)
    assert {tag for one in report.findings for tag in one.tags} == {"fc2/kernel"}
    assert [row.found for row in report.coverage] == [3]


def test_what_silences_others_does_so_muted_too():
    rules = [made("non-finite-values", finding_from(), silences=True), made("dead-units", finding_from())]
    report = judge(metrics(), config=Config(ignore=(Match("non-finite-values"),)), rules=rules)
    assert not report.findings


# What is judged


def test_roles_and_layers_reach_the_report():
    tensors = {f"{layer}#w": walk(normal(100), rate=0.01, records=3) for layer in ("gamma", "alpha")}
    naming = Naming(roles=(("(?P<layer>.*)#w$", "weight"),), layers=("gamma", "alpha"))
    report = judge(measured_of(tensors), config=Config(naming=naming))
    assert {(entry.tag, entry.role, entry.layer, entry.order) for entry in report.series} == {
        ("gamma#w", "weight", "gamma", 0),
        ("alpha#w", "weight", "alpha", 1),
    }
    assert report.runs[0].order_known


def test_the_words_of_a_finding_have_the_thresholds_of_the_configuration():
    stricter = Config(thresholds=Thresholds(weight_growth=2.0))
    grown = {"fc1/kernel": [normal(400) * factor for factor in (1, 1.5, 2, 2.5, 3, 4)]}
    (one,) = judge(measured_of(grown), config=stricter).findings
    assert one.rule == "weight-explosion"
    assert one.evidence[0].threshold == 2.0


# What is said


def test_the_defaults_say_nothing():
    assert judge(metrics()).configuration == Configuration("defaults", "default", 0, "")


def test_everything_that_is_set_is_said():
    everything = Config(
        source="my.toml",
        profile="fine-tune",
        thresholds=Thresholds(vanishing_ratio=1e-4, sustained_records=5),
        select=(Match("dead-units"), Match(tag="^fc")),
        ignore=(Match("dead-units", "head", "debug"),),
        naming=Naming((("x$", "weight"),), ("stem", "head")),
    )
    used = everything.used([finding("dead-units"), finding("frozen-weights"), finding("dead-units")])
    assert (used.source, used.profile, used.muted) == ("my.toml", "fine-tune", 3)
    assert used.text == (
        f"Profile fine-tune: {PROFILES['fine-tune'].text}. "
        "Thresholds: sustained_records = 5, vanishing_ratio = 0.0001. "
        "Reported only: dead-units, all rules on tags /^fc/. "
        "Left out: dead-units on tags /head/ in runs /debug/. "
        "Roles: weight for /x$/. "
        "Layers in the order stem, head. "
        "3 findings muted: dead-units (2), frozen-weights (1)."
    )

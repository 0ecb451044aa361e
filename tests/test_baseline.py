"""What is new against a baseline, though runs are called otherwise."""

from __future__ import annotations

import msgspec
import pytest
from reports import finding, report, run_entry

from tensorboard_plugin_histdiag.baseline import compare, failing, names
from tensorboard_plugin_histdiag.finding import Finding, Severity, fingerprint
from tensorboard_plugin_histdiag.report import Configuration, Report

SAME = [
    ("fit/20240101-120000/train", "fit/20240202-233059/train"),
    ("2024-01-01_12-00-00", "2025-12-31_00-00-01"),
    ("2024-01-01T12:00:00Z/train", "2024-03-01T01:02:03Z/train"),
    ("exp 2024.01.01", "exp 2024.02.03"),
    ("run_17", "run_4"),
    ("lightning_logs/version_0", "lightning_logs/version_12"),
    ("trials/3/eval", "trials/11/eval"),
    ("1700000000", "1712345678.25"),
    ("ppo_1700000000123", "ppo_1712345678901"),
    ("runs/Nov22_16-25-40_host", "runs/Dec01_00-00-01_host"),
    ("Nov22_16-25-40_runner-a1b2", "Dec01_00-00-01_runner-z9"),
    ("model-20240101", "model-20240202"),
]
OTHER = [
    ("train", "validation"),
    ("lr_0.1", "lr_0.2"),
    ("lr-1e-3", "lr-1e-4"),
    ("resnet50", "resnet101"),
    ("fit/20240101-120000/train", "fit/20240202-233059/validation"),
    ("12345678901234567890", "99945678901234567899/x"),
    ("a_20241399", "b_20240101"),
]


def log(*findings: Finding, runs: tuple[str, ...] = ("train",)) -> Report:
    return report(runs=tuple(run_entry(run) for run in runs), findings=findings)


def dead(tag: str = "relu", run: str = "train", **changes) -> Finding:
    return finding("dead-units", tags=(tag,), run=run, **changes)


def vanishing(*tags: str, run: str = "train") -> Finding:
    return finding(tags=tags, run=run, fingerprint=fingerprint("vanishing-gradients", run))


@pytest.mark.parametrize(("before", "now"), SAME)
def test_runs_named_after_another_time_or_number_are_matched(before, now):
    found = compare(log(dead(run=now), runs=(now,)), log(dead(run=before), runs=(before,)))
    assert (len(found.known), found.new, found.gone, found.unmatched) == (1, (), (), ())


@pytest.mark.parametrize(("before", "now"), OTHER)
def test_runs_that_are_named_otherwise_are_not(before, now):
    found = compare(log(dead(run=now), runs=(now,)), log(dead(run=before), runs=(before,)))
    assert (found.known, len(found.new), found.gone, found.unmatched) == (frozenset(), 1, (), (now,))


def test_the_exact_name_comes_first():
    """Of run_1 nothing is known, though run_2 is called alike."""
    before = log(dead(run="run_2"), runs=("run_1", "run_2"))
    assert len(compare(log(dead(run="run_1"), runs=("run_1",)), before).new) == 1
    assert not compare(log(dead(run="run_3"), runs=("run_3",)), before).new


def test_the_same_host_comes_before_another():
    before = log(dead(run="Nov22_16-25-40_b"), runs=("Nov22_16-25-40_a", "Nov22_16-25-40_b"))
    same, other = ("Dec01_00-00-01_a", "Dec01_00-00-01_c")
    assert len(compare(log(dead(run=same), runs=(same,)), before).new) == 1
    assert not compare(log(dead(run=other), runs=(other,)), before).new


def test_a_finding_is_known_by_its_rule_and_its_tag():
    before = log(dead("relu_1"), vanishing("a", "b"))
    now = log(dead("relu_1"), dead("relu_2"), finding("saturated-activations", tags=("relu_1",), run="train"))
    found = compare(now, before)
    assert found.known == {now.findings[0].fingerprint}
    assert found.new == now.findings[1:]
    assert found.gone == before.findings[1:]


@pytest.mark.parametrize(("tags", "known"), [(("b", "c"), True), (("c",), False), ((), False)])
def test_a_finding_about_a_run_is_known_where_it_shares_a_tag(tags, known):
    assert bool(compare(log(vanishing(*tags)), log(vanishing("a", "b"))).known) == known


def test_a_finding_about_no_tag_is_known_by_its_rule():
    assert compare(log(vanishing()), log(vanishing())).known


def test_what_has_become_worse_is_new():
    note, error = (dead(severity=severity) for severity in (Severity.INFO, Severity.ERROR))
    assert compare(log(error), log(note)).new == (error,)
    assert not compare(log(error), log(note)).gone
    assert not compare(log(note), log(error)).new


def test_findings_of_runs_that_are_not_looked_at_are_not_gone():
    before = log(dead(run="a"), dead(run="b"), runs=("a", "b"))
    assert [one.run for one in compare(log(runs=("a",)), before).gone] == ["a"]


def test_all_is_counted_in_a_sentence():
    before = log(dead("x"), dead("y"))
    now = msgspec.structs.replace(log(dead("x"), dead("z"), runs=("train", "a", "b", "c", "d")))
    assert compare(now, before).sentence("old.json") == (
        "Against the baseline old.json: 1 new, 1 known, 1 gone. Not in the baseline: a, b, c and 1 more."
    )
    assert compare(log(), log()).sentence("old.json") == "Against the baseline old.json: 0 new, 0 known, 0 gone."


def test_runs_that_are_no_longer_there_are_named():
    before = log(dead(run="a"), runs=("train", "a", "run_1", "run_2"))
    found = compare(log(runs=("train", "run_3")), before)
    assert (found.absent, found.gone) == (("a",), ())
    assert found.sentence("x").endswith("0 new, 0 known, 0 gone. Only in the baseline: a.")


@pytest.mark.parametrize(
    ("version", "settings", "made"),
    [
        ("0.0.1", Configuration("defaults", "default", 0, ""), "by histdiag 0.0.1"),
        ("0.1.0", Configuration("x.toml", "default", 0, "Left out: loss-flat."), "with other settings"),
        ("0.0.1", Configuration("command line", "strict", 0, ""), "by histdiag 0.0.1 with other settings"),
        ("0.1.0", Configuration("x.toml", "default", 2, "2 findings muted: loss-flat."), ""),
    ],
)
def test_a_baseline_that_was_made_otherwise_is_said_to_be(version, settings, made):
    now = msgspec.structs.replace(log(), version="0.1.0")
    found = compare(now, msgspec.structs.replace(now, version=version, configuration=settings))
    assert found.made == made
    assert (f"The baseline was made {made}." in found.sentence("x")) == bool(made)


def test_a_name_without_time_or_number_has_no_other():
    assert set(names("resnet50/conv2d_1x")) == {"resnet50/conv2d_1x"}


@pytest.mark.parametrize(
    ("level", "severity", "fails"),
    [
        ("error", "error", 1),
        ("error", "warning", 0),
        ("info", "info", 1),
        ("never", "error", 0),
        ("warning", "error", 1),
    ],
)
def test_what_fails_is_severe_enough_and_new(level, severity, fails):
    checked = log(dead(severity=Severity(severity)))
    assert len(failing(checked, level)) == fails
    assert failing(checked, level, {checked.findings[0].fingerprint}) == []

"""Rules are called and their outcomes counted."""

from __future__ import annotations

import numpy as np
import pytest
from made import draft, finding_from, made, metrics
from runs import RUN, coverage, draws, measured_of, normal, scalar, trained, training_of

from tensorboard_plugin_histdiag.context import RunContext
from tensorboard_plugin_histdiag.diagnose import judge
from tensorboard_plugin_histdiag.rules import DEFAULT, RULES, Draft, NotApplicable
from tensorboard_plugin_histdiag.rules._rule import sustained
from tensorboard_plugin_histdiag.thresholds import Thresholds

LIMITS = Thresholds()


# A rule that raises


def raising(series, context, limits):
    raise RuntimeError("no\nluck")
    yield


def raising_over_run(context, limits):
    raise RuntimeError("no luck")
    yield


def raising_screen(context, limits):
    raise RuntimeError("no luck")


def raising_midway(series, context, limits):
    yield draft(series)
    raise RuntimeError("no luck")


@pytest.mark.parametrize(
    ("broken", "times"),
    [
        (made("broken", raising), 3),
        (made("broken", raising_midway), 3),
        (made("broken", raising_over_run, scope="run"), 1),
        (made("broken", finding_from(), screen=raising_screen), 3),
    ],
    ids=["series", "midway", "run", "screen"],
)
def test_a_rule_that_raises_becomes_an_error_row_and_costs_nobody_elses_findings(broken, times):
    sound = made("sound", finding_from())
    report = judge(metrics(), rules=[broken, sound])
    assert {finding.rule for finding in report.findings} == {"sound"}
    assert len(report.findings) == 3
    assert coverage(report, "broken").error == times
    assert coverage(report, "broken").found == 0
    assert "RuntimeError: no luck" in coverage(report, "broken").reasons[0].reason


def test_a_rule_that_raises_on_one_series_names_it_and_judges_the_others():
    def fussy(series, context, limits):
        if series.tag == "fc2/kernel":
            raise ValueError("too fussy")
        yield draft(series)

    report = judge(metrics(), rules=[made("fussy", fussy)])
    assert coverage(report, "fussy").found == 2
    assert [(row.reason, row.count) for row in coverage(report, "fussy").reasons] == [
        ("fc2/kernel: ValueError: too fussy", 1)
    ]


# Four outcomes


def test_all_four_outcomes_are_counted_and_add_up():
    def mixed(series, context, limits):
        if series.tag == "fc1/kernel":
            yield draft(series)
        elif series.tag == "fc2/kernel":
            yield NotApplicable("it is the second")
        elif series.tag == "fc3/kernel":
            raise RuntimeError("third")

    row = coverage(judge(metrics(*(f"fc{n}/kernel" for n in range(1, 6))), rules=[made("mixed", mixed)]), "mixed")
    assert (row.found, row.not_applicable, row.error, row.clear) == (1, 1, 1, 2)
    assert ("it is the second", 1) in [(reason.reason, reason.count) for reason in row.reasons]


def test_series_that_a_screen_lets_off_are_clear_and_judged():
    def screen(context, limits):
        return np.array([series.tag == "fc1/kernel" for series in context.series])

    report = judge(metrics(), rules=[made("screened", finding_from(), screen=screen)])
    assert (coverage(report, "screened").found, coverage(report, "screened").clear) == (1, 2)
    assert all(entry.judged for entry in report.series)


@pytest.mark.parametrize(
    ("roles", "kinds"),
    [
        (("activation",), "activation"),
        (("activation", "pre-activation"), "activation or pre-activation"),
        (("weight-gradient", "bias-gradient", "gradient"), "gradient"),
        (("bias-gradient",), "bias gradient"),
        (("norm-scale",), "norm scale"),
    ],
)
def test_a_rule_whose_tensors_are_not_logged_says_which(roles, kinds):
    row = coverage(judge(metrics(), rules=[made("of-others", finding_from(), roles=roles)]), "of-others")
    assert row.not_applicable == 1
    assert row.reasons[0].reason == f"no {kinds} is logged"


def test_a_series_too_short_for_a_rule_says_so():
    report = judge(metrics(), rules=[made("patient", finding_from(), records=6)])
    assert coverage(report, "patient").not_applicable == 3
    assert {entry.why_not for entry in report.series} == {"fewer than 6 records"}
    assert not any(entry.judged for entry in report.series)


def test_every_rule_has_one_coverage_row_for_each_run():
    report = trained(steps=40)
    assert [row.rule for row in report.coverage] == [one.name for one in DEFAULT]
    assert all(row.found + row.clear + row.not_applicable + row.error for row in report.coverage)


@pytest.mark.parametrize("judged", [one for one in RULES if one.screen], ids=lambda one: one.name)
def test_a_screen_lets_off_only_what_its_rule_would_find_clear(judged):
    """The rule is called on every series, screened or not; what it finds must have passed the screen."""
    for recipe in ({"activation": "tanh", "gain": 8.0}, {"frozen": ("dense2",), "initialiser": "glorot-uniform"}):
        tensors, scalars = training_of(steps=100, **recipe)
        tensors["dense1/kernel/gradient"] = {
            step: 0 * array for step, array in tensors["dense1/kernel/gradient"].items()
        }
        tensors["fc9/relu"] = dict(enumerate(draws(lambda rng: np.maximum(rng.normal(-9, 1, 500), 0), 6)))
        tensors["fc9/kernel"] = {10 * n: normal(200) * 3.0**n for n in range(11)}
        tensors["fc8/kernel"] = {10 * n: normal(200) * 0.5**n for n in range(11)}
        context = RunContext(measured_of(tensors), scalars)
        passed = judged.screen(context, LIMITS)
        for series in context.series:
            if series.role in (judged.roles or (series.role,)) and len(series) >= judged.records:
                outcomes = list(judged.function(series, context, LIMITS))
                drafts = [outcome for outcome in outcomes if isinstance(outcome, Draft)]
                assert passed[series.index] or not drafts, series.tag


# Sustained


@pytest.mark.parametrize(
    ("held", "spans"),
    [
        ("xxx.................", []),
        ("xxxxx...............", [(0, 5)]),
        (".................xxx", [(17, 20)]),
        ("..................xx", []),
        ("..............xxx...", []),
        ("...............xxx..", [(15, 18)]),
        ("x.x.x.x.x.x.x.x.x.x.", []),
        ("xxxxx....xxxxx...xxx", [(0, 5), (9, 14), (17, 20)]),
        ("", []),
    ],
)
def test_a_fault_counts_when_it_lasts_three_records_and_to_the_end_or_a_quarter_of_the_run(held, spans):
    flags = np.array([letter == "x" for letter in held], dtype=bool)
    assert [(span.start, span.stop) for span in sustained(flags, LIMITS)] == spans


def test_findings_are_ranked_by_severity_then_step_then_depth():
    rules = [made("one", finding_from())]
    report = judge(metrics("fc10/kernel", "fc2/kernel", "fc1/kernel"), rules=rules)
    assert [finding.tags[0] for finding in report.findings] == ["fc1/kernel", "fc2/kernel", "fc10/kernel"]
    assert {finding.run for finding in report.findings} == {RUN}


# What steps count


@pytest.mark.parametrize(
    ("steps", "tag", "known", "likely"),
    [
        (range(20), "epoch_loss", True, True),
        (range(20), "loss", None, True),  # as good a loop of twenty optimiser steps
        (range(1, 21), "loss", None, True),
        (range(5, 25), "loss", None, False),
        (range(80), "loss", None, False),
        (range(0, 200, 10), "loss", False, False),
        (range(300), "loss", False, False),
        ([0], "loss", None, False),
    ],
)
def test_steps_are_called_epochs_where_something_says_so_alone(steps, tag, known, likely):
    measured = measured_of({"fc1/kernel": {step: normal(40) for step in steps}})
    context = RunContext(measured, [scalar("loss", [1.0, 0.5], tag=tag)])
    assert (context.steps_are_epochs, context.may_be_epochs) == (known, likely)
    assert judge(measured, {RUN: context.scalars}).runs[0].steps_are_epochs is known

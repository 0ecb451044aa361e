"""What the user says about tags and layers wins over what names seem to say."""

from __future__ import annotations

import pytest
from runs import measured_of, normal, walk

from tensorboard_plugin_histdiag.context import RunContext
from tensorboard_plugin_histdiag.rules import RULES
from tensorboard_plugin_histdiag.tags.naming import ROLES, Naming
from tensorboard_plugin_histdiag.tags.parsing import order_layers, parse


def context(*tags: str, **naming) -> RunContext:
    metrics = measured_of({tag: walk(normal(100), rate=0.01, records=3) for tag in tags})
    return RunContext(metrics, naming=Naming(**naming))


def test_a_role_given_by_pattern_holds_on_the_tags_it_is_found_in():
    told = context("net/thing_a", "net/thing_b", "net/kernel", roles=(("thing_a$", "weight"),))
    assert {series.tag: series.role for series in told.series} == {
        "net/kernel": "weight",
        "net/thing_a": "weight",
        "net/thing_b": "unknown",
    }


def test_the_first_pattern_that_is_found_holds():
    told = context("fc1/kernel", roles=(("fc", "bias"), ("kernel", "embedding")))
    assert told.series[0].role == "bias"


def test_a_group_of_the_pattern_names_the_layer():
    told = context("W#h2", "W#h1", roles=((r"^W#(?P<layer>\w+)$", "weight"),))
    assert [series.layer for series in told.having("weight")] == ["h1", "h2"]


def test_a_tensor_without_a_layer_gets_one_of_its_own():
    told = context("x17", "y/x18", roles=(("x1", "weight"),))
    assert {series.layer for series in told.series} == {"x17", "y"}


def test_a_layer_that_is_named_keeps_its_name():
    (series,) = context("fc1/kernel", roles=(("fc1", "bias"),)).series
    assert series.layer == parse("fc1/kernel").layer == "fc1"


def test_layers_stand_in_the_order_given_by_name_or_expression():
    tags = [f"{layer}/kernel" for layer in ("alpha", "beta", "gamma", "delta")]
    assert not order_layers(tags).known
    told = context(*tags, layers=("gamma", "alpha|beta", "delta"))
    assert [series.layer for series in told.having("weight")] == ["gamma", "alpha", "beta", "delta"]
    assert told.order_known


def test_a_name_with_signs_of_expressions_is_first_of_all_a_name():
    told = context("block[0]/kernel", "block[1]/kernel", layers=("block[1]", "block[0]"))
    assert [series.layer for series in told.having("weight")] == ["block[1]", "block[0]"]


def test_layers_that_are_not_listed_come_after_and_the_order_is_not_known():
    told = context("fc1/kernel", "fc2/kernel", "fc3/kernel", layers=("fc3",))
    assert [series.layer for series in told.having("weight")] == ["fc3", "fc1", "fc2"]
    assert not told.order_known


def test_a_network_that_is_not_listed_keeps_its_order():
    tags = [f"{network}/fc{number}/kernel" for network in ("generator", "discriminator") for number in (1, 2)]
    told = context(*tags, layers=("generator/fc2", "generator/fc1"))
    assert told.order_known
    orders = {layers[0].info.network: [one.layer for one in layers] for layers in told.networks("weight")}
    assert orders == {
        "discriminator": ["discriminator/fc1", "discriminator/fc2"],
        "generator": ["generator/fc2", "generator/fc1"],
    }


def test_a_list_of_layers_that_are_not_there_changes_nothing():
    assert context("fc1/kernel", "fc2/kernel", layers=("conv.*",)).order_known


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_roles_that_rules_are_about_can_be_given(rule):
    assert set(rule.roles) <= set(ROLES)


@pytest.mark.parametrize(
    "tag",
    ["fc/kernel", "fc/bias", "bn/gamma", "bn/beta", "fc/kernel_grad", "bn/gamma_grad", "fc/attention_probs_grad", "x"],
)
def test_the_roles_that_names_tell_can_be_given(tag):
    assert parse(tag).role in ROLES

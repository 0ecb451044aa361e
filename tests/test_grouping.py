"""Findings with one likely cause stand on one card."""

from __future__ import annotations

from reports import finding
from runs import report_of, trained, training_of

from tensorboard_plugin_histdiag.demo.network import adam, textbook_cross_entropy
from tensorboard_plugin_histdiag.finding import Severity
from tensorboard_plugin_histdiag.grouping import CAUSES, group
from tensorboard_plugin_histdiag.rules import RULES


def of(rule: str, tag: str = "fc1/kernel", **changes):
    return finding(rule, tags=(tag,), fingerprint=f"{rule} {tag}", **{"explained_by": (), **changes})


def test_one_rule_on_several_layers_is_one_group():
    (card,) = group([of("dead-units", f"fc{n}/relu") for n in range(12)])
    assert card.kind == "rule"
    assert len(card.fingerprints) == 12


def test_a_cause_and_its_effects_are_one_group_that_the_cause_leads():
    cause = of("poor-initialisation", severity=Severity.WARNING)
    effects = [of("frozen-weights", f"fc{n}/kernel", explained_by=(cause.fingerprint,)) for n in range(2)]
    (card,) = group([*effects, cause])
    assert card.kind == "cause"
    assert card.fingerprints[0] == cause.fingerprint
    assert card.severity is Severity.ERROR


def test_symptoms_of_one_family_are_one_group_with_its_title():
    (card,) = group([of("vanishing-gradients"), of("dead-units", "fc3/relu", severity=Severity.WARNING)])
    assert card.title == "Gradient starvation"
    assert card.kind == "cause"


def test_a_single_finding_keeps_its_own_title():
    lone = of("dead-units", title="Dead units")
    (card,) = group([lone])
    assert (card.title, card.kind) == ("Dead units", "rule")


def test_findings_that_have_nothing_in_common_stand_apart_worst_and_earliest_first():
    cards = list(
        group(
            [
                of("sampled-steps", severity=Severity.INFO),
                of("steps-go-back", severity=Severity.WARNING, first_step=30),
                of("weight-collapse", severity=Severity.WARNING, first_step=10),
                of("no-gradient", severity=Severity.ERROR, first_step=90),
            ]
        )
    )
    assert [card.fingerprints[0].split()[0] for card in cards] == [
        "no-gradient",
        "weight-collapse",
        "steps-go-back",
        "sampled-steps",
    ]


def test_findings_join_through_others_whatever_their_order():
    first, last = of("weight-collapse"), of("frozen-weights")
    link = of("small-updates", explained_by=(first.fingerprint,))
    for findings in ([first, last, link], [link, last, first], [last, first, link]):
        assert len(list(group(findings))) == 1


def test_a_consequence_of_two_faults_joins_the_worse_and_leaves_the_other_alone():
    worse = of("poor-initialisation", severity=Severity.ERROR, first_step=50)
    other = of("weight-collapse", severity=Severity.WARNING, first_step=0)
    flat = of("loss-flat", severity=Severity.INFO, explained_by=(other.fingerprint, worse.fingerprint))
    cards = list(group([flat, other, worse]))
    assert [card.fingerprints for card in cards] == [(worse.fingerprint, flat.fingerprint), (other.fingerprint,)]


def test_a_cause_that_is_no_longer_reported_joins_nothing():
    assert len(list(group([of("loss-flat", explained_by=("gone",)), of("weight-collapse")]))) == 2


def test_a_training_that_blows_up_is_one_card_that_the_lost_values_lead():
    """Exploding gradients, weights and losses, then NaN."""
    tensors, scalars = training_of(schedule=lambda step: 0.03 if step < 100 else 30.0, loss=textbook_cross_entropy)
    report = report_of(tensors, *scalars)
    loud = [found for found in report.findings if found.severity is not Severity.INFO]
    assert len({found.rule for found in loud}) >= 2
    (card,) = [card for card in report.groups if card.severity is not Severity.INFO]
    assert card.severity is Severity.ERROR


def test_units_that_grown_weights_have_killed_stand_on_the_card_of_the_weights():
    """A learning rate that is far too high for Adam."""
    tensors, scalars = training_of(update=adam, schedule=lambda step: 0.5)
    report = report_of(tensors, *scalars)
    assert {"weight-explosion", "dead-units"} <= {found.rule for found in report.findings}
    (card,) = [card for card in report.groups if card.severity is not Severity.INFO]
    leader = next(found for found in report.findings if found.fingerprint == card.fingerprints[0])
    assert leader.rule == "weight-explosion"


def test_the_families_name_rules_that_exist_and_each_only_once():
    named = [rule for _, family in CAUSES for rule in family]
    assert set(named) <= {rule.name for rule in RULES}
    assert len(named) == len(set(named))


def test_every_finding_of_a_sick_run_is_in_exactly_one_group():
    report = trained(activation="sigmoid", hidden=8, initialiser="glorot-uniform", gain=0.7)
    grouped = [print_ for card in report.groups for print_ in card.fingerprints]
    assert sorted(grouped) == sorted(found.fingerprint for found in report.findings)


def test_a_saturated_run_is_one_card():
    """Without grouping it shows several findings."""
    tensors, scalars = training_of(activation="tanh", gain=8.0, schedule=lambda step: 0.02)
    report = report_of(tensors, *scalars)
    assert len([found for found in report.findings if found.severity is not Severity.INFO]) > 1
    assert len([card for card in report.groups if card.severity is not Severity.INFO]) == 1


def test_lost_values_alone_are_not_laid_to_the_learning_rate():
    """A logarithm of 0 or a bad batch does it as well."""
    lost = [
        of("non-finite-values", title="Non-finite values", first_step=5),
        of("loss-not-finite", "loss", first_step=10),
    ]
    (card,) = group(lost)
    assert card.title == "Non-finite values"
    (card,) = group([*lost, of("exploding-gradients", "fc1/kernel/gradient", first_step=20)])
    assert card.title == "Instability, likely the learning rate"

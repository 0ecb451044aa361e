"""What one finding means for another: silence, an explanation, a name that lasts."""

from __future__ import annotations

import numpy as np
from made import finding_from, made, metrics
from runs import found, normal, report_of, the, trained, training_of, uniform, walk

from tensorboard_plugin_histdiag.diagnose import judge
from tensorboard_plugin_histdiag.finding import Severity, Span, fingerprint
from tensorboard_plugin_histdiag.rules import RULES, Draft


def silenced(silence_from: int, severity: Severity, said_from: int):
    loud = made("loud", finding_from(silence_from, severity, only="fc1/kernel"), silences=True)
    other = made("other", finding_from(said_from))
    report = judge(metrics("fc1/kernel", "fc2/kernel"), rules=[loud, other])
    return {finding.tags[0] for finding in report.findings if finding.rule == "other"}


def test_a_finding_that_silences_mutes_others_on_its_tag_from_its_step_on():
    assert silenced(20, Severity.ERROR, 20) == {"fc2/kernel"}
    assert silenced(20, Severity.ERROR, 30) == {"fc2/kernel"}


def test_what_began_before_is_still_said():
    assert silenced(20, Severity.ERROR, 10) == {"fc1/kernel", "fc2/kernel"}


def test_a_note_silences_nothing():
    assert silenced(0, Severity.INFO, 10) == {"fc1/kernel", "fc2/kernel"}


def test_a_finding_about_several_tags_is_silenced_only_where_all_of_them_are():
    def about_both(context, limits):
        series = context.having("weight")
        spans = tuple(Span(one.tag, 30, 40, Severity.WARNING) for one in series)
        yield Draft(series=tuple(series), spans=spans, summary="", explanation="", evidence=())

    loud = made("loud", finding_from(0, Severity.ERROR, only="fc1/kernel"), silences=True)
    both = made("both", about_both, scope="run")
    report = judge(metrics("fc1/kernel", "fc2/kernel"), rules=[loud, both])
    assert {finding.rule for finding in report.findings} == {"loud", "both"}


def test_nan_silences_what_it_brings_about():
    broken = [*walk(normal(300), rate=0.02, records=10), *[np.full(300, np.nan)] * 10]
    report = report_of({"fc1/kernel": broken, "fc2/kernel": broken})
    assert {finding.rule for finding in report.findings} == {"non-finite-values"}


# Explaining


TAGS = ("fc1/kernel", "fc2/kernel", "fc3/kernel", "other/fc3/kernel")


def explained(effect: str, cause: str, *, cause_severity=Severity.ERROR, cause_from: int = 0, tags=TAGS) -> bool:
    rules = [
        made("cause", finding_from(cause_from, cause_severity, only=cause)),
        made("effect", finding_from(10, only=effect), explained_by=("cause",)),
    ]
    report = judge(metrics(*tags), rules=rules)
    causes = {finding.fingerprint for finding in found(report, "cause")}
    return bool(causes & set(the(report, "effect").explained_by))


def test_a_cause_on_the_same_layer_explains():
    assert explained("fc2", "fc2")


def test_a_cause_on_a_deeper_layer_explains_because_gradients_come_from_there():
    assert explained("fc1", "fc3/kernel")
    assert not explained("fc3", "fc1")


def test_a_cause_before_outputs_explains_because_they_go_on_from_there():
    assert explained("fc3/relu", "fc1", tags=("fc1/kernel", "fc3/relu"))
    assert explained("fc1/relu", "fc3", tags=("fc1/relu", "fc3/kernel"))
    assert explained("bn2/moving_variance", "fc1", tags=("fc1/kernel", "bn2/moving_variance"))
    assert not explained("b/fc3/relu", "a/fc1", tags=("a/fc1/kernel", "a/fc2/kernel", "b/fc2/kernel", "b/fc3/relu"))


def test_what_begins_after_values_were_lost_is_their_consequence_wherever_it_is():
    rules = [
        made("lost", finding_from(20, Severity.ERROR, only="fc1/kernel"), silences=True),
        made("later", finding_from(30, only="fc2/kernel")),
        made("before", finding_from(10, only="fc2/kernel")),
    ]
    report = judge(metrics("fc1/kernel", "fc2/kernel"), rules=rules)
    assert the(report, "later").explained_by == (the(report, "lost").fingerprint,)
    assert the(report, "before").explained_by == ()
    assert [len(card.fingerprints) for card in report.groups] == [2, 1]


def test_a_mild_cause_explains_what_is_worse_but_a_note_does_not():
    assert explained("fc2", "fc2", cause_severity=Severity.WARNING)
    assert not explained("fc2", "fc2", cause_severity=Severity.INFO)


def test_a_cause_that_begins_when_all_is_over_explains_nothing():
    assert not explained("fc2", "fc2", cause_from=1000)


def test_no_rule_explains_itself_in_a_circle():
    causes = {one.name: set(one.explained_by) for one in RULES}

    def behind(name: str, seen: tuple[str, ...] = ()) -> None:
        assert name not in seen, f"{' <- '.join(seen)} <- {name}"
        for cause in causes[name]:
            behind(cause, (*seen, name))

    for name in causes:
        behind(name)


# Fingerprints


def test_fingerprints_stay_the_same_while_training_goes_on():
    recipe = {"activation": "tanh", "initialiser": "glorot-uniform", "frozen": ("dense2",)}
    tensors, scalars = training_of(**recipe)
    half = {tag: {step: array for step, array in arrays.items() if step <= 150} for tag, arrays in tensors.items()}
    early, late = report_of(half, *scalars), report_of(tensors, *scalars)
    shared = {finding.fingerprint for finding in early.findings} & {finding.fingerprint for finding in late.findings}
    assert {the(early, "frozen-weights").fingerprint, the(late, "frozen-weights").fingerprint} <= shared


def test_the_fingerprint_of_a_finding_about_a_run_does_not_hang_on_its_first_tag():
    one = report_of({f"fc{n}/kernel": [uniform(900, seed=n)] * 10 for n in (1, 2)} | {"fc3/kernel": learning()})
    two = report_of({f"fc{n}/kernel": [uniform(900, seed=n)] * 10 for n in (2, 4)} | {"fc3/kernel": learning()})
    assert the(one, "only-last-layer-learns").fingerprint == the(two, "only-last-layer-learns").fingerprint


def learning() -> list[np.ndarray]:
    return walk(normal(900), rate=0.05, records=10)


def test_fingerprints_are_unique_in_a_report():
    report = trained(activation="sigmoid", hidden=8, initialiser="glorot-uniform", gain=0.7)
    prints = [finding.fingerprint for finding in report.findings]
    assert len(prints) == len(set(prints))


def test_fingerprints_differ_by_rule_run_and_tag():
    assert (
        len({fingerprint(*parts) for parts in [("a", "b"), ("a", "c"), ("b", "b"), ("a", "b", "c"), ("ab", "")]}) == 5
    )

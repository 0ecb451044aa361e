"""The accuracy benchmark counts what it says: three tiny runs of which everything is known."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np
import pytest

TESTS = Path(__file__).resolve().parent
sys.path[:0] = [str(TESTS / "benchmarks")]

import accuracy  # noqa: E402
import published  # noqa: E402
import scoring  # noqa: E402
import tables  # noqa: E402
from label import Expected, Label  # noqa: E402
from log import HistogramPb, KeepingRaw  # noqa: E402
from runs import measured_of, normal, walk  # noqa: E402
from scoring import OWN, Spoken  # noqa: E402
from verdicts import Verdict  # noqa: E402

from tensorboard_plugin_histdiag.context import RunContext  # noqa: E402
from tensorboard_plugin_histdiag.finding import Severity, Strength  # noqa: E402

HEALTHY, BROKEN, MISSED, WEAK = "healthy-1", "broken-2", "missed-3", "weak-4"
ONSET = 120
Tensors = Mapping[str, Sequence[np.ndarray]]


def label(name: str, *expected: Expected, learned: bool = True, **known: object) -> Label:
    facts = {"family": "mlp", "writer": "histogram-pb", "optimiser": "sgd", "naming": "flat", "interval": 10}
    return Label(name, **(facts | known), draw=0, expected=expected, learned=learned)  # type: ignore[arg-type]


def drifting(seed: int, records: int = 20) -> Tensors:
    """Weights of two layers that learn at a usual pace."""
    return {
        tag: walk(normal(400, seed=seed + place), rate=0.02, records=records)
        for place, tag in enumerate(("fc1/kernel", "fc2/kernel"))
    }


def broken() -> Tensors:
    """The same, where the first layer is NaN from the twelfth record on."""
    tensors = {tag: list(values) for tag, values in drifting(5).items()}
    for record in range(ONSET // 10, 20):
        tensors["fc1/kernel"][record] = np.full(400, np.nan)
    return tensors


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A healthy run, one with a fault, one that is labelled with a fault it does not show, and one that is weak."""
    out = tmp_path_factory.mktemp("gallery")
    fault = Expected("non-finite-values", ("fc1/kernel",), ONSET)
    runs = {
        label(HEALTHY, family="cnn", traps=(3, 11)): drifting(1),
        label(BROKEN, fault): broken(),
        label(MISSED, Expected("dead-units", ("fc1/activation",)), severity="mild"): drifting(3),
        label(WEAK, learned=False): drifting(7),
    }
    for one, tensors in runs.items():
        log = KeepingRaw(HistogramPb(out / "logs" / one.name), out / "raw" / f"{one.name}.npz")
        for record in range(20):
            for tag, values in tensors.items():
                log.histogram(tag, values[record], record * one.interval)
            log.scalar("loss", 2.0 / (1 + record), record * one.interval)
        log.close()
    (out / "labels.json").write_bytes(msgspec.json.encode(list(runs)))
    return out


@pytest.fixture(scope="module")
def outcomes(gallery: Path) -> dict[str, scoring.Outcome]:
    done = accuracy.outcomes_of(accuracy.labels_of(gallery), gallery, raw=True, jobs=1)
    return {outcome.label.name: outcome for outcome in done}


def test_a_fault_is_found_named_and_in_time_where_the_expected_rule_speaks_of_the_expected_tag(outcomes):
    outcome = outcomes[BROKEN]
    assert outcome.answers[OWN] == scoring.Answer(True, True, ("non-finite-values",))
    assert outcome.timely is True
    assert [one.since["fc1/kernel"] for one in outcome.spoken] == [ONSET]


def test_the_tensors_beside_the_logs_are_judged_alike(gallery, outcomes):
    """As recorded values, to which the same is true as to their buckets."""
    labels = accuracy.labels_of(gallery)
    for outcome in accuracy.outcomes_of(labels, gallery, raw=False, jobs=1, recorded=True):
        logged = outcomes[outcome.label.name]
        assert (outcome.right_by, outcome.timely, outcome.wrong) == (logged.right_by, logged.timely, logged.wrong)
        assert outcome.answers[scoring.OWN].problems == logged.answers[scoring.OWN].problems
        assert not outcome.failed


def test_a_fault_of_which_nothing_is_said_is_a_miss(outcomes):
    assert scoring.is_miss(outcomes[MISSED])
    assert not outcomes[MISSED].answers[OWN].found
    assert not scoring.is_miss(outcomes[BROKEN])


def test_a_healthy_run_with_a_warning_is_a_false_alarm_and_its_text_is_kept(outcomes):
    assert not scoring.is_false_alarm(outcomes[HEALTHY])
    spoken = (Spoken("dead-units", Severity.WARNING, {"fc1/kernel": 3}, "They are dead."),)
    flagged = scoring.score(outcomes[HEALTHY].label, spoken, {})
    assert scoring.is_false_alarm(flagged)
    assert scoring.tally([flagged]) == scoring.Tally(healthy=1, alarmed=1)
    assert "They are dead." in tables.show([flagged])


def test_runs_are_counted_overall_and_by_writer_and_family(outcomes):
    counts = tables.figures(list(outcomes.values()))
    assert counts.weak == (WEAK,)
    assert counts.tools[OWN] == scoring.Tally(faulty=2, found=1, right=1, timed=1, timely=1, healthy=1)
    assert counts.writers == {"histogram-pb": counts.tools[OWN]}
    assert counts.families == {
        "cnn": scoring.Tally(healthy=1),
        "mlp": scoring.Tally(faulty=2, found=1, right=1, timed=1, timely=1),
    }
    assert counts.severities == {"mild": scoring.Tally(faulty=1)}
    assert counts.traps == {"trap  3": scoring.Tally(healthy=1), "trap 11": scoring.Tally(healthy=1)}
    assert counts.rules == {
        "dead-units": scoring.RuleTally(expected=1),
        "non-finite-values": scoring.RuleTally(expected=1, found=1, right=1, timed=1, timely=1, named=1),
    }


def test_what_is_only_noted_is_counted_apart(outcomes):
    note = Spoken("discrete-weights", Severity.INFO, {"fc1/kernel": 0}, "Few values.")
    known = scoring.score(label("known", notes=("discrete-weights", "no-biases")), (), {}, noted=[note])
    other = scoring.score(label("other"), (), {}, noted=[note])
    assert scoring.tally_rules([known, other]) == {
        "discrete-weights": scoring.RuleTally(notable=1, noted=1, noted_healthy=1),
        "no-biases": scoring.RuleTally(notable=1),
    }
    assert scoring.tally([known, other]) == scoring.Tally(healthy=2)


def test_rules_that_are_off_by_default_are_only_noted(tmp_path):
    """Gradients of one layer are a million times those of another, which only `unbalanced-gradients` is about."""
    sizes = {"fc1/kernel/gradient": 1.0, "fc2/kernel/gradient": 1e-3, "fc3/kernel/gradient": 1e-6}
    log = HistogramPb(tmp_path / "logs" / "unbalanced")
    for record in range(20):
        for place, (tag, size) in enumerate(sizes.items()):
            log.histogram(tag, size * normal(400, seed=10 * record + place), 10 * record)
    log.close()
    labelled = label("unbalanced", notes=("unbalanced-gradients",))
    outcome = accuracy.judged(labelled, tmp_path, raw=False)
    assert "unbalanced-gradients" in {one.rule for one in outcome.noted}
    assert "unbalanced-gradients" not in {one.rule for one in outcome.spoken}
    tallies = scoring.tally_rules([outcome])
    assert tallies["unbalanced-gradients"] == scoring.RuleTally(notable=1, noted=1)


def test_what_falls_short_of_the_bar_is_told(outcomes):
    counts = tables.figures(list(outcomes.values()))
    assert tables.bars(counts) == [
        "below 95%: right overall, 50.0 % of 2",
        "below 92%: right with histogram-pb, 50.0 % of 2",
    ]
    met = tables.figures([outcomes[BROKEN], outcomes[HEALTHY]])
    assert [line for line in tables.bars(met) if "every bar is met" not in line] == []


def test_published_tools_are_counted_on_the_same_runs(outcomes):
    counts = tables.figures(list(outcomes.values()))
    assert {*counts.tools} == {OWN, *(tool.name for tool in published.TOOLS)}
    assert {*counts.beside["fault"][OWN]} == {"dead-units", "non-finite-values"}
    for tool in published.TOOLS:
        assert counts.beside["fault"][tool.name]["non-finite-values"] == scoring.Tally(faulty=1, found=1, right=1)
        assert counts.beside["family"][tool.name]["cnn"] == scoring.Tally(healthy=1)
        assert outcomes[BROKEN].answers[tool.name].right, tool.name
        assert not outcomes[HEALTHY].answers[tool.name].found, tool.name


def test_bounds_hold_for_every_record_of_the_tensors_beside_the_log(outcomes):
    checked = tables.figures(list(outcomes.values())).checked
    assert checked is not None
    assert checked.outside == 0
    assert checked.missing == 0
    finite = 4 * 2 * 20 - (20 - ONSET // 10)
    assert checked.within["mean"] + checked.rounded["mean"] == finite
    assert checked.within["drift_previous"] + checked.rounded["drift_previous"] == finite - 4 * 2
    assert checked.claims[Strength.CERTAIN].true >= 1
    assert checked.claims[Strength.CERTAIN].false == []


EXPECTED = (Expected("dead-units", ("fc1/relu",), 100), Expected("no-gradient"))


@pytest.mark.parametrize(
    ("spoken", "right", "timely", "wrong"),
    [
        ([("dead-units", {"fc1/relu": 120})], True, True, ()),
        ([("dead-units", {"fc1/relu": 130})], True, False, ()),
        ([("dead-units", {"fc2/relu": 100})], False, None, ()),
        ([("no-gradient", {"fc2/bias/gradient": 0})], True, None, ()),
        ([("weight-collapse", {"fc1/kernel": 0})], False, None, ()),
        ([("large-updates", {"fc1/kernel": 0})], False, None, ("large-updates",)),
        ([], False, None, ()),
    ],
)
def test_a_fault_is_right_by_rule_and_tag_and_in_time_within_two_intervals(spoken, right, timely, wrong):
    said = [Spoken(rule, Severity.WARNING, since, "") for rule, since in spoken]
    outcome = scoring.score(label("run", *EXPECTED, allowed=("weight-collapse",)), said, {})
    assert outcome.answers[OWN].right is right
    assert outcome.timely is timely
    assert outcome.wrong == wrong


@pytest.mark.parametrize(
    ("verdict", "right"),
    [
        (Verdict("DeadRelu", ("dead-units",), ("fc1/relu",)), True),
        (Verdict("DeadRelu", ("dead-units",), ("fc2/relu",)), False),
        (Verdict("whole run", ("dead-units",)), True),
        (Verdict("Tanh", ("saturated-activations",), ("fc1/relu",)), False),
    ],
)
def test_a_published_tool_is_right_where_it_names_the_labelled_problem_on_a_labelled_tag(verdict, right):
    given = scoring.answer(label("run", EXPECTED[0]), [verdict])
    assert given == scoring.Answer(True, right, (verdict.problem,))


def dying(rng: np.random.Generator) -> list[np.ndarray]:
    return [np.maximum(rng.normal(-3 if record > 5 else 0, 1, 900), 0) for record in range(20)]


SICK = {
    "vanishing": {f"fc{layer}/kernel/gradient": [normal(400) * 1e-9 ** (layer < 2)] * 20 for layer in (1, 2)},
    "dead": {"fc1/activation": dying(np.random.default_rng(0))},
    "frozen": {"fc1/kernel": [normal(400)] * 20},
    "saturated": {"fc1/tanh": [np.tanh(normal(900, seed=record) * 200) for record in range(20)]},
    "constant": {"fc1/kernel": [np.full(400, 0.0)] * 20},
    "exploding": {
        "fc1/kernel/gradient": [normal(400) * 2.0**record * 100 for record in range(20)],
        "fc2/kernel/gradient": [normal(400, seed=1)] * 20,
    },
}
FINDS = {
    "SageMaker Debugger": {"vanishing", "dead", "frozen", "constant"},
    "AutoTrainer": {"vanishing", "exploding"},
    "DeepDiagnosis": {"vanishing", "dead", "frozen", "saturated", "constant"},
    "TheDeepChecker": {"vanishing", "dead", "frozen", "saturated", "constant", "exploding"},
}


@pytest.mark.parametrize("tool", published.TOOLS, ids=lambda tool: tool.name)
def test_a_published_tool_finds_what_its_thresholds_are_for(tool):
    found = {name for name, tensors in SICK.items() if tool.judge(RunContext(measured_of(tensors)))}
    assert found >= FINDS[tool.name]
    assert tool.judge(RunContext(measured_of(drifting(1)))) == []


def test_the_program_prints_all_tables_and_writes_the_same_figures_as_json(gallery, tmp_path, capsys, monkeypatch):
    out = tmp_path / "figures.json"
    asked = [str(gallery), "--jobs", "1", "--raw", "--show", "--json", str(out)]
    monkeypatch.setattr(sys, "argv", ["accuracy.py", *asked])
    assert accuracy.main() == 0
    printed = capsys.readouterr().out
    assert f"MISSED {MISSED}" in printed
    assert f"left out, called healthy but not learned: {WEAK}" in printed
    results = msgspec.json.decode(out.read_bytes(), type=accuracy.Results)
    parts = accuracy.parts_of(results.outcomes)
    assert {part: tables.figures(members) for part, members in parts.items()} == results.parts
    assert sum(figures.tools[OWN].right for figures in results.parts.values()) == 1


def test_without_a_gallery_the_program_says_how_to_make_one(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["accuracy.py", str(tmp_path)])
    assert accuracy.main() == 2
    assert "build.py" in capsys.readouterr().out

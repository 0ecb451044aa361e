"""What may be said about other people's training, folder by folder.

The table is the whole of it: a warning or an error that is not in it, or a note that is not allowed, fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from conftest import Providers

from tensorboard_plugin_histdiag.diagnose import diagnose
from tensorboard_plugin_histdiag.finding import Severity, Strength
from tensorboard_plugin_histdiag.report import Report


@dataclass(frozen=True)
class Told:
    """What a folder is told: the tags of each warning, which must be there, and the notes that may be."""

    warnings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: frozenset[str] = frozenset()


REVIEW = "tensorboard-review"
TEXT = f"{REVIEW}/log/text_hp/hparam_tuning"


def idle(run: int) -> Told:
    """SGD at a rate that moves nothing: accuracy stays at .50 to .53 over four epochs, weights flat as they began."""
    kernels = (f"relu_layer_{run}/kernel_0", f"output_layer_{run}/kernel_0")
    return Told({"small-updates": kernels}, frozenset({"still-initial"}))


TABLE: dict[str, Told] = {
    # MNIST with tensorboardX, 98.1 %; gradients and activations are not logged.
    "pytorch_tensorboard/runs/example": Told(),
    # A text classifier: 16, 32, 64 units by Adam, RMSprop and SGD. The first two reach .77 to .84.
    f"{TEXT}/run-0/train": Told(),
    f"{TEXT}/run-1/train": Told(),
    f"{TEXT}/run-2/train": idle(2),
    f"{TEXT}/run-3/train": Told(),
    f"{TEXT}/run-4/train": Told(),
    f"{TEXT}/run-5/train": idle(5),
    f"{TEXT}/run-6/train": Told(),
    f"{TEXT}/run-7/train": Told(),
    f"{TEXT}/run-8/train": idle(8),
    # Nets of 2-5-1 units: tensors of 1 to 10 values, of which hardly anything can be said.
    f"{REVIEW}/logs/custom/20200328-161157": Told(),
    f"{REVIEW}/logs/custom/20200328-162351": Told(),
    f"{REVIEW}/logs/standard/20200326-221129/train": Told(),
    f"{REVIEW}/logs_grad/standard/20200408-150751/train": Told(),
    # A CNN on CIFAR-10, slightly overfitted.
    f"{REVIEW}/logs/image/20200409-142247/train": Told(),
}


@pytest.fixture(scope="module")
def reports(corpus: Path) -> dict[str, Report]:
    """What `report` has read, so that each provider reads the corpus once."""
    return {}


@pytest.fixture(params=["rust", "multiplexer"])
def report(request: pytest.FixtureRequest, corpus: Path, providers: Providers, reports: dict[str, Report]) -> Report:
    """The corpus as one of TensorBoard's providers reads it."""
    if request.param not in reports:
        reports.update((name, diagnose(source)) for name, source in providers(corpus).items())
    return reports[request.param]


def test_the_table_names_every_run_of_the_corpus_that_has_histograms(report):
    assert {run.run for run in report.runs} == set(TABLE)


@pytest.mark.parametrize("run", TABLE)
def test_a_folder_is_told_what_the_table_says_and_nothing_else(run, report):
    found = [finding for finding in report.findings if finding.run == run]
    loud = {finding.rule: finding.tags for finding in found if finding.severity is not Severity.INFO}
    assert loud == TABLE[run].warnings
    assert {finding.rule for finding in found if finding.severity is Severity.INFO} <= TABLE[run].notes
    assert not [finding for finding in found if finding.severity is Severity.ERROR]


def test_the_idle_runs_are_told_from_their_first_epoch_on_and_not_as_certain(report):
    found = [finding for finding in report.findings if finding.rule == "small-updates"]
    assert {(finding.first_step, finding.last_step) for finding in found} == {(0, 3)}
    assert {finding.strength for finding in found} == {Strength.LIKELY}


def test_no_rule_fails_on_the_corpus(report):
    assert [row for row in report.coverage if row.error] == []


def test_every_series_of_the_corpus_has_a_reading(report):
    assert [(one.run, one.tag) for one in report.readings] == [(one.run, one.tag) for one in report.series]
    assert all(one.text.endswith(".") for one in report.readings)


def test_both_providers_give_one_report_of_the_corpus(report, reports):
    rust, multiplexer = (
        [(one.rule, one.severity, one.run, one.tags, one.first_step, one.last_step) for one in reports[name].findings]
        for name in ("rust", "multiplexer")
    )
    assert rust == multiplexer
    assert [(one.shape, one.movement) for one in reports["rust"].readings] == [
        (one.shape, one.movement) for one in reports["multiplexer"].readings
    ]

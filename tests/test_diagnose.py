"""From buckets to a report: pure, and the same whatever way the data comes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import pytest
from runs import RUN, draws, equal, measured_of, normal, scalar, training_of, uniform, walk

from tensorboard_plugin_histdiag.config import Config
from tensorboard_plugin_histdiag.diagnose import BLOCK, diagnose, judge, measure
from tensorboard_plugin_histdiag.finding import Severity
from tensorboard_plugin_histdiag.histogram import HistogramBatch, Record, Series
from tensorboard_plugin_histdiag.measured import Metrics
from tensorboard_plugin_histdiag.metrics import METRICS
from tensorboard_plugin_histdiag.report import Report
from tensorboard_plugin_histdiag.thresholds import Thresholds

GOLDEN = Path(__file__).parent / "snapshots" / "report.json"


def batch_of(tensors, run: str = RUN) -> HistogramBatch:
    return HistogramBatch.from_records(
        [
            (Series(run, tag), [Record(10 * n, 1e9 + 10 * n, equal(array)) for n, array in enumerate(arrays)])
            for tag, arrays in tensors.items()
        ]
    )


def tiny_tensors() -> dict[str, Sequence[np.ndarray]]:
    """A run with one fault of each ring: a frozen flat layer, a gradient of nothing, a NaN at the end."""
    return {
        "fc1/kernel": [uniform(400)] * 6,
        "fc2/kernel": walk(uniform(400, seed=1), rate=0.05, records=6),
        "fc1/kernel/gradient": [np.zeros(400)] * 6,
        "fc2/kernel/gradient": draws(lambda rng: rng.normal(0, 0.01, 400), 6),
        "fc2/relu": [*draws(lambda rng: np.maximum(rng.normal(0, 1, 300), 0), 5), np.full(300, np.nan)],
    }


TINY_LOSS = [2.3, 1.9, 1.5, 1.2, 1.0, 0.9]


def tiny() -> HistogramBatch:
    return batch_of(tiny_tensors())


def sick() -> Metrics:
    return measured_of(training_of(activation="tanh", gain=8.0, steps=100)[0])


class Logged:
    """A source that gives its batches one after the other."""

    def __init__(self, *batches: HistogramBatch, scalars=()) -> None:
        self._batches, self._scalars = batches, tuple(scalars)

    def list_series(self):
        return {series: (0, 0.0) for batch in self._batches for series in batch.series}

    def batches(self, series=None):
        for batch in self._batches:
            for index in range(len(batch.series)):
                if series is None or batch.series[index] in series:
                    yield batch.slice_series(index, index + 1)

    def scalars_of(self, runs):
        return {run: tuple(one for one in self._scalars if one.run == run) for run in runs}

    def models_of(self, runs):
        return {}

    def complaints(self):
        return ("One series is torn.",)


def same(one: Report, other: Report) -> bool:
    return msgspec.json.encode(one) == msgspec.json.encode(other)


def test_measuring_twice_gives_the_same():
    one, other = measure(tiny()), measure(tiny())
    for metric in METRICS:
        for bound in ("low", "value", "high"):
            np.testing.assert_array_equal(
                getattr(one.values[metric.name], bound), getattr(other.values[metric.name], bound), err_msg=metric.name
            )


def test_measuring_leaves_its_input_alone():
    """The arrays are read-only: a metric that wrote to them would raise."""
    batch = tiny()
    before = [array.copy() for array in (batch.left, batch.right, batch.count, batch.step)]
    measure(batch)
    for array, old in zip((batch.left, batch.right, batch.count, batch.step), before, strict=True):
        assert not array.flags.writeable
        np.testing.assert_array_equal(array, old)


def test_judging_twice_gives_the_same():
    metrics = sick()
    assert same(judge(metrics), judge(metrics))


def test_judging_leaves_its_input_alone():
    metrics = sick()
    frozen = [metrics.step, metrics.wall_time, metrics.size, metrics.nonfinite]
    frozen += [getattr(bounded, name) for bounded in metrics.values.values() for name in ("low", "value", "high")]
    for array in frozen:
        array.flags.writeable = False
    assert judge(metrics).findings


def test_blocks_make_no_difference():
    """More buckets than fit a block are measured in several, whole series each."""
    weights = walk(normal(60), rate=0.01, records=90)
    buckets = len(batch_of({"fc/kernel": weights}).left)
    tensors = {f"fc{n:03}/kernel": weights for n in range(2 * BLOCK // buckets + 3)}
    batch = batch_of(tensors)
    assert len(batch.left) > 2 * BLOCK
    whole = measure(batch)
    parts = Metrics.concatenate([measure(batch.slice_series(n, n + 1)) for n in range(len(batch.series))])
    assert whole.series == parts.series
    for metric in METRICS:
        np.testing.assert_array_equal(whole.values[metric.name].value, parts.values[metric.name].value)


def test_chunks_and_their_order_make_no_difference():
    one, other = tiny(), batch_of({"a/kernel": walk(normal(90), rate=0.02, records=6)}, run="another")
    assert same(diagnose(Logged(one, other)), diagnose(Logged(other, one)))


def test_what_one_run_holds_is_no_matter_to_another():
    alone = judge(measure(tiny()))
    beside = judge(Metrics.concatenate([measure(tiny()), measure(batch_of({"x": [normal(9)] * 3}, run="z"))]))
    assert [finding for finding in beside.findings if finding.run == RUN] == list(alone.findings)


def test_only_the_wanted_runs_are_measured():
    source = Logged(tiny(), batch_of({"a/kernel": [normal(90)] * 4}, run="another"))
    report = diagnose(source, runs=lambda run: run == "another")
    assert [entry.run for entry in report.runs] == ["another"]
    assert report.progress.total == 1


def test_progress_is_told_up_to_the_end():
    told: list[tuple[int, int]] = []
    diagnose(Logged(tiny()), progress=lambda done, total: told.append((done, total)))
    assert told == [(n, 5) for n in range(1, 6)]


def test_a_source_without_histograms_gives_an_empty_report():
    report = diagnose(Logged())
    assert (report.runs, report.series, report.findings, report.readings) == ((), (), (), ())


def test_what_could_not_be_read_is_told():
    assert diagnose(Logged(tiny())).messages == ("One series is torn.",)


def test_limits_are_obeyed():
    metrics = measure(batch_of({"fc1/kernel": [normal(400) * 1.3**n for n in range(6)]}))
    assert not judge(metrics).findings
    report = judge(metrics, config=Config(thresholds=Thresholds(weight_growth=2.0)))
    assert [finding.rule for finding in report.findings] == ["weight-explosion"]
    assert report.findings[0].evidence[0].threshold == 2.0


def test_every_series_has_its_reading_and_its_entry():
    report = judge(measure(tiny()))
    assert [reading.tag for reading in report.readings] == [entry.tag for entry in report.series]
    assert all(reading.text for reading in report.readings)
    assert [entry.id for entry in report.series] == list(range(5))


def test_what_a_run_does_not_log_is_named():
    (entry,) = judge(measure(batch_of({"fc1/kernel": [normal(90)] * 4}))).runs
    assert entry.missing == ("gradients", "activations", "loss")
    (entry,) = judge(measure(tiny()), {RUN: (scalar("loss", [1.0, 0.5]),)}).runs
    assert entry.missing == ()


@pytest.mark.parametrize(
    "arrays",
    [
        [],
        [np.zeros(0)] * 5,
        [np.full(9, np.nan)] * 5,
        [np.array([3.0])] * 5,
        [np.full(7, 1.797e308)] * 5,
        [np.array([-8e307, 8e307])] * 5,
        [normal(50) * 1e-300] * 5,
        [np.zeros(0), normal(50), np.full(9, np.inf), np.ones(1), np.zeros(90)],
    ],
    ids=["no record", "empty", "nan", "one value", "huge", "widest", "tiny", "all sorts"],
)
@pytest.mark.parametrize("tag", ["fc1/kernel", "fc1/bias/gradient", "fc1/relu", "fc1/Wx_plus_b", "bn/gamma", "x"])
def test_no_rule_fails_on_odd_tensors(tag, arrays):
    """Traps 26 and 27."""
    beside = {"fc2/kernel": walk(normal(90), rate=0.02, records=5), "fc2/bias/gradient": [normal(90)] * 5}
    report = judge(measure(batch_of({tag: arrays, **beside})))
    assert not [row for row in report.coverage if row.error]
    assert len(report.readings) == 3
    msgspec.json.decode(msgspec.json.encode(report), type=Report)


def test_the_report_of_a_tiny_run_is_the_golden_one():
    """Every word and figure of it; `python tests/test_diagnose.py` writes it anew, on purpose."""
    assert json.loads(golden()) == json.loads(GOLDEN.read_text(encoding="utf-8"))


def golden() -> str:
    report = judge(measure(tiny()), {RUN: (scalar("loss", TINY_LOSS),)}, revision="golden")
    report = msgspec.structs.replace(report, version="")
    # Twelve digits: the last ones depend on how a machine adds.
    rounded = json.loads(msgspec.json.encode(report), parse_float=lambda text: float(f"{float(text):.12g}"))
    return json.dumps(rounded, indent=1, ensure_ascii=False) + "\n"


def test_the_golden_report_says_what_is_wrong_with_the_run():
    report = msgspec.json.decode(GOLDEN.read_bytes(), type=Report)
    loud = {finding.rule for finding in report.findings if finding.severity is not Severity.INFO}
    assert loud == {"non-finite-values", "no-gradient", "dead-units", "frozen-weights"}


if __name__ == "__main__":
    GOLDEN.write_text(golden(), encoding="utf-8")

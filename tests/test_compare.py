"""Two runs are compared rightly: what differs, by how much, and what is not worth a word."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metrics.samples import KINDS, WRITERS, make
from reports import finding
from runs import equal

from tensorboard_plugin_histdiag.compare import compare, record_at, steps_to_compare
from tensorboard_plugin_histdiag.diagnose import judge, measure
from tensorboard_plugin_histdiag.histogram import HistogramBatch, Record, Series


def compared(*runs, run="A", other="B", buckets=equal, findings=(), steps=(0, 10)):
    """Compare runs given as one array a tag: the first two, or one with itself."""
    logged = {
        Series(name, tag): [Record(step, float(step), buckets(np.asarray(values, dtype=float))) for step in steps]
        for name, tensors in zip("AB", runs, strict=False)
        for tag, values in tensors.items()
    }
    batch = HistogramBatch.from_records(logged.items())
    report = msgspec.structs.replace(judge(measure(batch)), findings=findings)
    records = {
        series: record_at(batch.slice_series(index, index + 1), steps[-1]) for index, series in enumerate(batch.series)
    }
    return compare(report, run, other, records)


def draws(scale=1.0, size=2000, seed=0, mean=0.0):
    return np.random.default_rng(seed).normal(mean, scale, size)


# Which records


@pytest.mark.parametrize(
    ("run", "other", "expected"),
    [
        ([0, 10, 20], [0, 10, 20], (20, 20)),
        ([0, 10, 20, 30], [0, 10], (10, 10)),
        ([0, 100, 200], [0, 70, 140, 210], (200, 210)),
        ([0, 1000], [0, 400], (0, 0)),
        ([0, 50, 100], [200, 300], (100, 200)),
        ([7], [7], (7, 7)),
        ([], [7], None),
    ],
)
def test_the_last_common_step_is_taken_or_near_records_where_it_is_far_back(run, other, expected):
    steps = [np.array(one, dtype=np.int64) for one in (run, other)]
    assert steps_to_compare(*steps) == expected
    assert steps_to_compare(*reversed(steps)) == (expected and expected[::-1])


def test_records_of_unequal_steps_say_so():
    logged = {Series("A", "w"): 10, Series("B", "w"): 12}
    batches = {
        series: HistogramBatch.from_records([(series, [Record(step, 0.0, equal(draws()))])])
        for series, step in logged.items()
    }
    joined = HistogramBatch.from_records(
        [(series, [Record(step, 0.0, equal(draws()))]) for series, step in logged.items()]
    )
    row = compare(judge(measure(joined)), "A", "B", batches).tensors[0]
    assert (row.run.step, row.other.step) == (10, 12)
    assert row.text == "no difference; step 10 of A beside step 12 of B"


# What is measured


def test_the_drift_is_the_distance_between_the_tensors_within_its_bounds():
    one, two = np.sort(draws()), np.sort(draws(3.0, seed=1))
    row = compared({"w": one}, {"w": two}).tensors[0]
    true = np.abs(one - two).mean() / np.abs(one).mean()
    assert row.drift.low <= true <= row.drift.high
    assert row.drift.value == pytest.approx(true, rel=0.05)
    assert row.run.spread.low <= one.std() <= row.run.spread.high
    assert row.other.mean.low <= two.mean() <= row.other.mean.high
    assert row.run.reading.startswith("Bell-shaped")


def test_two_draws_of_one_distribution_are_apart_by_about_what_chance_gives_and_do_not_differ():
    for size in (10, 100, 4000):
        rows = [
            compared({"w": draws(size=size, seed=2 * n)}, {"w": draws(size=size, seed=2 * n + 1)}).tensors[0]
            for n in range(40)
        ]
        typical = np.mean([row.drift.value for row in rows]) / np.mean([row.chance for row in rows])
        assert 0.6 < typical < 1.5
        assert sum(row.differs for row in rows) <= 4


@pytest.mark.parametrize("buckets", WRITERS.values(), ids=WRITERS)
def test_a_wider_tensor_is_told_with_its_ratio(buckets):
    text = compared({"w": draws()}, {"w": 3 * draws()}, buckets=buckets).tensors[0].text
    assert "times as wide" in text
    low, _, high = text.removeprefix("about ").partition(" times")[0].partition(" to ")
    assert float(low) == pytest.approx(3, rel=0.1) or float(low) <= 3 <= float(high)


def test_a_ratio_that_the_buckets_leave_open_is_told_by_its_bounds():
    rows = np.array([[-1.0, -0.5, 250.0], [-0.5, 0.5, 500.0], [0.5, 1.0, 250.0]])
    for factor, expected in ((3, "1.3 to 6.7 times as wide"), (2, "about 2 times as wide")):
        wide = rows * [factor, factor, 1]
        assert compared({"w": rows}, {"w": wide}, buckets=lambda given: given).tensors[0].text == expected


def test_a_shift_is_told_in_spreads():
    for mean, expected in ((2.0, "its mean 2 "), (-0.4, "its mean 0.4 ")):
        text = compared({"w": draws()}, {"w": draws(mean=mean)}).tensors[0].text
        assert text.startswith(expected), text
        assert text.endswith("spreads higher" if mean > 0 else "spreads lower")


def test_the_mean_of_a_much_wider_tensor_is_not_told_in_spreads_of_the_narrow_one():
    """What reaches a layer in one run is 1e-8 of what does in the other, whose mean is chance."""
    row = compared({"w": draws(1e-8)}, {"w": draws(seed=1, mean=0.05)}).tensors[0]
    assert row.text.endswith("times as wide")
    assert "spreads" not in row.text


def test_a_shift_within_the_width_of_the_buckets_is_not_told_as_certain():
    rows = np.array([[-1.0, 0.0, 500.0], [0.0, 1.0, 500.0]])
    text = compared({"w": rows}, {"w": np.add(rows, [0.5, 0.5, 0.0])}, buckets=lambda given: given).tensors[0].text
    assert text.startswith("its mean about 0.8")


def test_another_shape_of_the_same_width_is_told():
    two_humps = np.where(np.arange(2000) % 2, 1.0, -1.0) + 0.05 * draws()
    assert compared({"w": draws()}, {"w": two_humps}).tensors[0].text.startswith("another shape")


# What cannot be measured


@pytest.mark.parametrize(
    ("one", "two", "text"),
    [
        ([1.0, np.nan], draws(), "not finite in A"),
        (draws(), [np.inf], "not finite in B"),
        ([np.nan], [np.nan], "not finite in both"),
        ([], draws(), "empty in A"),
        ([], [], "empty in both"),
        ([np.nan], [], "not finite in A, empty in B"),
        (np.zeros(2000), draws(), "all zeros in A"),
        (draws(), np.zeros(2000), "all zeros in B"),
        (np.zeros(9), np.zeros(9), "no difference"),
        (np.full(9, 2.0), np.full(9, 2.0), "no difference"),
        (np.full(9, 2.0), np.full(9, 3.0), "3 in place of 2"),
        (np.full(2000, 2.0), draws(), "constant in A"),
    ],
    ids=str,
)
def test_what_holds_nothing_to_measure_is_told(one, two, text):
    row = compared({"w": one}, {"w": two}).tensors[0]
    assert row.text.split(";")[0] == text
    assert row.differs == (text != "no difference" and "both" not in text)
    measurable = all(np.size(values) and np.isfinite(values).all() for values in (one, two))
    assert (row.drift.value is None) == (not measurable or (not np.any(one) and bool(np.any(two))))


def test_tensors_of_another_size_are_compared_by_their_shares_and_told():
    row = compared({"w": draws(size=1000)}, {"w": np.tile(draws(size=1000), 2)}).tensors[0]
    assert row.drift.value < 0.01
    assert row.text.endswith("1,000 values in A, 2,000 in B")


def test_the_largest_floats_give_an_answer_without_infinities():
    rows = {"w": [[-1.7e308, 0.0, 2], [0.0, 1.7e308, 2]]}, {"w": [[0.0, 1.0, 4]]}
    for one, two in (rows, rows[::-1]):
        row = compared(one, two, buckets=lambda given: given).tensors[0]
        for part in (row.drift, row.run.mean, row.run.spread, row.other.spread):
            assert not [value for value in msgspec.structs.astuple(part) if value and not np.isfinite(value)]
        assert row.text


# What is said on top


def test_the_tensor_that_differs_most_is_named_first_however_few_values_another_has():
    bias = {"bias": draws(size=8, seed=3)}, {"bias": draws(size=8, seed=4)}
    result = compared({"kernel": draws(), **bias[0]}, {"kernel": 3.1 * draws(), **bias[1]})
    assert [row.tag for row in result.tensors] == ["kernel", "bias"]
    assert result.text.startswith("B differs most in kernel: 3.1 times as wide")


def test_what_no_number_can_tell_comes_first():
    result = compared({"a": draws(), "b": draws()}, {"a": 9 * draws(), "b": [np.nan]})
    assert result.text == "B differs most in b: not finite in B."


def test_tensors_of_one_run_alone_are_listed():
    result = compared({"a": draws(), "b": draws()}, {"b": draws(), "c": draws()})
    assert (result.only_run, result.only_other) == (("a",), ("c",))
    assert compared({"a": draws()}, {"b": draws()}).text == "A and B have no tensor in common."


def test_findings_of_one_run_alone_are_listed_whatever_tag_comes_first():
    shared = [finding("dead-units", run=run, tags=tags) for run, tags in (("A", ("x", "y")), ("B", ("y",)))]
    alone = finding("frozen-weights", run="A", tags=("x",)), finding("loss-flat", run="B", tags=())
    result = compared({"x": draws()}, {"x": draws()}, findings=(*shared, *alone))
    assert [(one.run, one.tag, one.fingerprint) for one in result.findings] == [
        ("A", "x", alone[0].fingerprint),
        ("B", "", alone[1].fingerprint),
    ]
    assert result.text.endswith("; A has 1 finding that B has not; B has 1 finding that A has not.")


def test_two_runs_that_chance_would_explain_are_called_alike():
    result = compared({"w": draws(seed=1)}, {"w": draws(seed=2)})
    assert result.text == "A and B are alike in 1 tensor compared: no more apart than by chance."


@settings(max_examples=40)
@given(
    kinds=st.lists(st.sampled_from([*KINDS, "nan", "empty"]), min_size=1, max_size=4),
    seed=st.integers(0, 2**32 - 1),
    size=st.integers(1, 500),
    writer=st.sampled_from(list(WRITERS)),
)
def test_a_run_does_not_differ_from_itself(kinds, seed, size, writer):
    special = {"nan": np.array([np.nan]), "empty": np.array([])}

    def rows(values):
        return WRITERS[writer](values) if np.size(values) and np.isfinite(values).all() else equal(values)

    tensors = {
        f"{n}": special.get(kind, make(kind, seed, size) if kind in KINDS else None) for n, kind in enumerate(kinds)
    }
    result = compared(tensors, other="A", buckets=rows)
    assert not any(row.differs for row in result.tensors)
    assert {row.drift.value for row in result.tensors} <= {0.0, None}
    assert {row.text for row in result.tensors} <= {"no difference", "not finite in both", "empty in both"}
    assert (result.only_run, result.only_other, result.findings) == ((), (), ())
    assert "are the same in" in result.text

"""The canonical form and the batch that is built of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from tensorboard_plugin_histdiag.canonical import canonical, is_histogram, surviving
from tensorboard_plugin_histdiag.histogram import HistogramBatch, Record, Series

BIGGEST = np.finfo(np.float64).max
finite = st.floats(-1e6, 1e6, allow_subnormal=False, width=32)


@st.composite
def written(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Values, and the inner edges of the buckets that a writer sorts them into."""
    values = draw(npst.arrays(np.float64, st.integers(1, 40), elements=finite))
    edges = np.unique(draw(npst.arrays(np.float64, st.integers(1, 12), elements=finite)))
    return values, edges


def legacy_rows(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """What TensorBoard's Rust server makes of old histograms: open ends, no cut, minimum and maximum at the ends."""
    limits = np.concatenate([edges, [BIGGEST]])
    counts = np.bincount(np.searchsorted(limits, values, side="right"), minlength=len(limits))
    left = np.concatenate([[values.min()], limits[:-1]])
    right = np.concatenate([limits[:-1], [values.max()]])
    return np.stack([left, right, counts], axis=1)


def trimmed_rows(rows: np.ndarray) -> np.ndarray:
    """What TensorBoard's Python reader makes of the same, but for its rounding to float32."""
    used = np.flatnonzero(rows[:, 2] > 0)
    cut = rows[used[0] : used[-1] + 1].copy()
    cut[0, 0], cut[-1, 1] = rows[0, 0], rows[-1, 1]
    return cut


def of(*rows: np.ndarray, dtype: type = np.float64) -> HistogramBatch:
    records = [Record(step, float(step), np.asarray(row, dtype).reshape(-1, 3)) for step, row in enumerate(rows)]
    return HistogramBatch.from_records([(Series("run", "tag"), records)])


def buckets(batch: HistogramBatch) -> list[list[float]]:
    return np.stack([batch.left, batch.right, batch.count], axis=1).tolist()


def assert_same(one: HistogramBatch, other: HistogramBatch) -> None:
    for name in ("left", "right", "count", "start", "step", "wall_time", "nonfinite", "series_start", "back_at"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    assert one.series == other.series


@given(written())
def test_every_value_lies_in_its_bucket(data):
    values, edges = data
    batch = of(legacy_rows(values, edges))
    assert batch.left[0] == values.min()
    assert batch.right[-1] == values.max()
    assert batch.count.sum() == len(values)
    assert (batch.left <= batch.right).all()
    below = np.concatenate([[0], np.cumsum(batch.count)])
    for index, (left, right) in enumerate(zip(batch.left, batch.right, strict=True)):
        assert (values < left).sum() <= below[index] <= (values <= left).sum() or index == 0
        assert (values < right).sum() <= below[index + 1] <= (values <= right).sum()


@given(written())
def test_both_readers_of_an_old_histogram_lead_to_the_same_buckets(data):
    rows = legacy_rows(*data)
    if len(trimmed_rows(rows)) > 1:
        assert_same(of(rows), of(trimmed_rows(rows)))


@given(written())
def test_edges_rounded_to_single_precision_still_hold_their_values(data):
    values, edges = data
    values = values + 1e-9 * np.abs(values)  # no longer single precision
    rows = trimmed_rows(legacy_rows(values, edges * (1 + 1e-9)))
    exact, rounded = of(rows), of(rows, dtype=np.float32)
    least, most = rounded.left[0], rounded.right[-1]
    assert (np.maximum(exact.left, least) >= rounded.left).all()
    assert (np.minimum(exact.right, most) <= rounded.right).all()
    np.testing.assert_allclose(rounded.left, exact.left, rtol=1e-6)
    np.testing.assert_allclose(rounded.right, exact.right, rtol=1e-6)


@given(written())
def test_single_precision_minimum_maximum_and_zero_are_not_moved(data):
    values, edges = data
    values, edges = values.astype(np.float32), np.unique(np.concatenate([edges, [0.0]])).astype(np.float32)
    batch = of(trimmed_rows(legacy_rows(values, edges)), dtype=np.float32)
    assert batch.left[0] == values.min()
    assert batch.right[-1] == values.max()
    assert (batch.left >= values.min()).all()
    assert (batch.right <= values.max()).all()
    tiny = np.finfo(np.float32).smallest_normal / 2
    assert not ((np.abs(batch.left) > 0) & (np.abs(batch.left) < tiny)).any()


raw_rows = st.integers(0, 12).flatmap(
    lambda rows: npst.arrays(
        np.float64, (rows, 3), elements=st.one_of(finite, st.just(0.0), st.sampled_from([np.nan, np.inf, BIGGEST]))
    )
)


@given(st.lists(raw_rows, max_size=6))
def test_any_rows_come_out_ordered_finite_and_without_empty_ends(rows):
    batch = of(*rows)
    assert len(batch) == len(rows)
    assert np.isfinite(batch.left).all()
    assert np.isfinite(batch.right).all()
    assert (batch.left <= batch.right).all()
    assert (batch.count >= 0).all()
    for index, row in enumerate(rows):
        own = slice(batch.start[index], batch.start[index + 1])
        assert bool(batch.nonfinite[index]) == (not np.isfinite(row).all())
        assert batch.empty[index] == (batch.nonfinite[index] or not (row[:, 2] > 0).any())
        if not batch.empty[index]:
            assert batch.count[own][0] > 0
            assert batch.count[own][-1] > 0
            np.testing.assert_array_equal(batch.count[own][batch.count[own] > 0], row[row[:, 2] > 0, 2])


@given(st.lists(raw_rows, max_size=6))
def test_the_canonical_form_of_a_canonical_form_is_itself(rows):
    once = of(*rows)
    with np.errstate(over="ignore"):
        assume(not (once.right - once.left == 1).any())  # alone, it would be taken for an old constant
    again = canonical(
        np.stack([once.left, once.right, once.count], axis=1), np.diff(once.start), np.zeros(len(once), dtype=bool)
    )
    for name in ("left", "right", "count", "start"):
        np.testing.assert_array_equal(getattr(again, name), getattr(once, name))


@given(st.lists(st.lists(raw_rows, max_size=4), max_size=4), st.integers(0, 4))
@settings(max_examples=50)
def test_series_are_the_same_alone_and_together(logged, cut):
    pairs = [
        (Series("run", f"tag{number}"), [Record(step, float(step), rows) for step, rows in enumerate(records)])
        for number, records in enumerate(logged)
    ]
    together, cut = HistogramBatch.from_records(pairs), min(cut, len(pairs))
    assert_same(together.slice_series(0, cut), HistogramBatch.from_records(pairs[:cut]))
    assert_same(together.slice_series(cut, len(pairs)), HistogramBatch.from_records(pairs[cut:]))


@given(st.lists(st.integers(-3, 12), max_size=30))
def test_a_step_replaces_those_at_and_after_it(steps):
    stack: list[int] = []
    for index, step in enumerate(steps):
        while stack and steps[stack[-1]] >= step:
            stack.pop()
        stack.append(index)
    assert np.flatnonzero(surviving(np.array(steps, dtype=np.int64))).tolist() == stack


def test_steps_that_go_back_are_counted_and_located():
    rows = np.array([[0.0, 1.0, 5.0]])
    records = [Record(step, float(order), rows) for order, step in enumerate([0, 1, 2, 3, 2, 3, 1, 4])]
    batch = HistogramBatch.from_records([(Series("run", "tag"), records)])
    assert batch.step.tolist() == [0, 1, 4]
    assert batch.wall_time.tolist() == [0.0, 6.0, 7.0]
    assert batch.stepped_back.tolist() == [2]
    assert batch.back_at.tolist() == [2]
    assert batch.resumed_at.tolist() == [1]


def test_arrays_are_read_only():
    batch = of([[0.0, 1.0, 5.0]])
    for name in ("left", "right", "count", "step", "start"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(batch, name)[0] = 1


def test_nothing_makes_an_empty_batch():
    batch = HistogramBatch.from_records([])
    assert len(batch) == 0
    assert batch.start.tolist() == batch.series_start.tolist() == [0]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([[0.25, 0.2415, 0], [0.2415, 0.25, 100]], [[0.25, 0.25, 100]], id="PyTorch, Rust"),
        pytest.param([[0.25, 0.25, 100]], [[0.25, 0.25, 100]], id="PyTorch, multiplexer"),
        pytest.param([[0.25, 0.25, 0]] * 29 + [[0.25, 0.25, 100]], [[0.25, 0.25, 100]], id="TensorFlow 2"),
        pytest.param([[-0.4, 0.6, 7]], [[0.1, 0.1, 7]], id="TensorFlow before 2.3"),
        pytest.param([[0.0, 1.0, 7]], [[0.5, 0.5, 7]], id="TensorFlow before 2.3, one half"),
        pytest.param([[0.0, 0.0, 7]], [[0.0, 0.0, 7]], id="zero"),
    ],
)
def test_a_constant_is_one_bucket_without_width(rows, expected):
    np.testing.assert_allclose(buckets(of(rows)), expected, rtol=1e-15)


def test_a_single_bucket_of_width_one_from_an_old_histogram_is_not_a_constant():
    assert buckets(of([[0.0, 1.0, 7]], dtype=np.float32)) == [[0.0, 1.0, 7.0]]


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([[0.5, 0.4, 0], [0.4, 1, 2], [1, 2.2, 3], [2.2, 2, 0]], id="Rust"),
        pytest.param([[0.5, -BIGGEST, 0], [-BIGGEST, 0.4, 0], [0.4, 1, 2], [1, 2.2, 3], [2.2, 2, 0]], id="open start"),
        pytest.param([[0.5, 1, 2], [1, 2.2, 3], [2.2, BIGGEST, 0], [BIGGEST, 2, 0]], id="open end"),
        pytest.param([[0.5, 1, 2], [1, 2, 3]], id="multiplexer"),
    ],
)
def test_open_and_backwards_ends_are_cut(rows):
    assert buckets(of(rows)) == [[0.5, 1.0, 2.0], [1.0, 2.0, 3.0]]


@pytest.mark.parametrize("rows", [[], [[BIGGEST, -BIGGEST, 0]], [[0, 0, 0]] * 30])
def test_an_empty_tensor_owns_no_bucket_and_is_finite(rows):
    batch = of(rows, [[0.0, 1.5, 5.0]])
    assert batch.empty.tolist() == [True, False]
    assert not batch.nonfinite.any()


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([[np.nan, np.nan, 0]] * 30, id="TensorFlow 2"),
        pytest.param([[np.nan, 0.5, 60], [0.5, np.nan, 40]], id="tensorboardX"),
        pytest.param([[-1.0, np.inf, 100]] + [[np.inf, np.inf, 0]] * 29, id="infinity"),
    ],
)
def test_edges_that_are_not_finite_are_told_and_own_no_bucket(rows):
    batch = of(rows, [[0.0, 1.5, 5.0]])
    assert batch.nonfinite.tolist() == [True, False]
    assert batch.empty.tolist() == [True, False]


@pytest.mark.parametrize(
    "foreign",
    [np.zeros(0, np.float32), np.array([b"1", b"1", b"png"], object), np.zeros((2, 4)), np.zeros((2, 3), bool)],
)
def test_foreign_tensors_are_left_out(foreign):
    assert not is_histogram(foreign)
    rows = np.array([[0.0, 1.5, 5.0]])
    records = [Record(0, 0.0, rows), Record(1, 1.0, foreign), Record(2, 2.0, rows)]
    batch = HistogramBatch.from_records([(Series("run", "tag"), records)])
    assert batch.step.tolist() == [0, 2]
    assert batch.stepped_back.tolist() == [0]

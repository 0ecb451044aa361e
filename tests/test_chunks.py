"""Reads bring what was asked and no more, in calls that stay small."""

from __future__ import annotations

from collections import Counter, deque
from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import read
from writers import VALUES, log_events, values_event

from tensorboard_plugin_histdiag.histogram import Series
from tensorboard_plugin_histdiag.provider import chunks, logdir
from tensorboard_plugin_histdiag.provider.sources import Source, SourceError

names = st.sets(st.tuples(st.sampled_from("abcd"), st.sampled_from("uvwxyz")), min_size=1)


@given(names, st.randoms(use_true_random=False), st.integers(1, 12))
def test_chunks_follow_the_order_and_their_cross_products_bring_what_was_asked(listed, random, fitting):
    listed = [Series(run, tag) for run, tag in sorted(listed)]
    asked = random.sample(listed, random.randint(1, len(listed)))
    if random.random() < 0.5:
        asked.sort()
    groups = deque((run, list(members)) for run, members in groupby(asked, key=lambda one: one.run))
    found = []
    while groups:
        chunk = chunks.next_chunk(groups, Counter(one.run for one in listed), lambda _: 10, 10 * fitting)
        runs, tags = {one.run for one in chunk}, {one.tag for one in chunk}
        assert {one for one in listed if one.run in runs and one.tag in tags} == set(chunk)
        assert len(chunk) <= fitting
        found += chunk
    assert found == asked


def test_series_come_in_the_order_asked(grid, providers):
    asked = [Series("c", "t07"), Series("a", "t03"), Series("b", "t03"), Series("a", "t01"), Series("a", "gone")]
    for source in providers(grid).values():
        batches = list(source.batches(asked))
        assert [one for batch in batches for one in batch.series] == asked[:-1]
        assert list(source.batches([])) == []


def test_downsampling_keeps_the_last_record(grid, providers):
    for source in providers(grid).values():
        for downsample in (1, np.int64(3)):
            (batch,) = source.batches([Series("a", "t00")], downsample=downsample)
            assert len(batch) == downsample
            assert batch.step[-1] == 5


@pytest.mark.parametrize("kilobytes", [0, 8, 30, 100, 32_768])
def test_reading_in_small_calls_gives_the_same(grid, providers, monkeypatch, kilobytes):
    sources = providers(grid)
    whole = {name: read(source) for name, source in sources.items()}
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 1024 * kilobytes)
    for name, source in sources.items():
        parts = list(source.batches())
        assert [one for part in parts for one in part.series] == list(whole[name].series)
        np.testing.assert_array_equal(np.concatenate([part.left for part in parts]), whole[name].left)
        np.testing.assert_array_equal(np.concatenate([part.step for part in parts]), whole[name].step)
        assert all(3 * part.left.nbytes <= 1024 * kilobytes or len(part.series) == 1 for part in parts)
        assert not source.thinned


class Counting:
    """A provider that counts the calls to read tensors and passes them on."""

    def __init__(self, provider) -> None:
        self._provider = provider
        self.calls: list[tuple[int, int]] = []

    def read_tensors(self, ctx, *, downsample, run_tag_filter, **arguments):
        read = self._provider.read_tensors(ctx, downsample=downsample, run_tag_filter=run_tag_filter, **arguments)
        self.calls.append((downsample, sum(len(tags) for tags in read.values())))
        return read

    def __getattr__(self, name):
        return getattr(self._provider, name)


def test_a_small_log_is_read_in_one_call(grid):
    with logdir.data_server(grid) as provider:
        counting = Counting(provider)
        list(Source(counting).batches())
        assert [series for _, series in counting.calls] == [27]


def test_no_call_brings_more_than_was_asked(grid):
    asked = [Series(run, tag) for run, tag in [("a", "t05"), ("a", "t06"), ("b", "t05"), ("b", "t06"), ("c", "t10")]]
    with logdir.data_server(grid) as provider:
        counting = Counting(provider)
        list(Source(counting).batches(asked))
        assert [series for _, series in counting.calls] == [4, 1]


def test_rows_are_learned_from_the_last_records_where_the_reply_may_be_large(grid, monkeypatch):
    monkeypatch.setattr("tensorboard_plugin_histdiag.provider.source.CHUNK_BYTES", 100_000)
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 100_000)
    with logdir.data_server(grid) as provider:
        counting = Counting(provider)
        source = Source(counting)
        list(source.batches())
        assert [series for downsample, series in counting.calls if downsample == 1] == [27]
        # 6 records of 30 rows are 4,320 bytes.
        assert all(4320 * series <= 100_000 for downsample, series in counting.calls if downsample > 1)
        counting.calls.clear()
        list(source.batches())
        assert all(downsample > 1 for downsample, _ in counting.calls)


def test_who_is_in_a_hurry_gets_a_small_chunk_first_and_larger_ones_then(grid):
    with logdir.data_server(grid) as provider:
        source = Source(provider)
        whole = read(source)  # by now the rows are known
        parts = list(source.batches(first=2 * 4320))
    assert [len(part.series) for part in parts] == [2, 4, 4, 10, 7], "at most 2, 4, 8, 16; runs with other tags apart"
    assert [one for part in parts for one in part.series] == list(whole.series)


def test_a_reply_beyond_the_limit_of_messages_is_read_in_halves(grid, providers, monkeypatch):
    expected = read(providers(grid)["rust"])
    monkeypatch.setattr(logdir, "_MESSAGE_BYTES", 40_000)
    with logdir.data_server(grid) as provider:
        counting = Counting(provider)
        source = Source(counting)
        parts = list(source.batches())
    assert len(counting.calls) > 2
    assert [one for part in parts for one in part.series] == list(expected.series)
    np.testing.assert_array_equal(np.concatenate([part.count for part in parts]), expected.count)
    assert not source.thinned


def test_a_single_series_beyond_the_limit_of_messages_is_thinned_and_said_to_be(tmp_path, monkeypatch):
    log_events(tmp_path, [values_event("tensor", step, VALUES) for step in range(100)])
    monkeypatch.setattr(logdir, "_MESSAGE_BYTES", 40_000)
    with logdir.data_server(tmp_path) as provider:
        source = Source(provider)
        batch = read(source)
    assert len(batch) == 50
    assert batch.step[-1] == 99
    assert source.thinned == {Series(".", "tensor")}


def test_a_reply_too_large_even_for_names_is_told_in_one_sentence(grid, monkeypatch):
    monkeypatch.setattr(logdir, "_MESSAGE_BYTES", 100)
    with logdir.data_server(grid) as provider, pytest.raises(SourceError, match=r"because of its size\.$"):
        Source(provider).list_series()

"""What logs hold reads the same with both providers: odd values, odd steps, odd names, damaged files."""

from __future__ import annotations

import os

import numpy as np
import pytest
from reading import read_both
from tensorboard.compat.proto import tensor_pb2, types_pb2
from tensorboard.context import RequestContext
from tensorboard.data.provider import Run
from tensorboard.data.server_ingester import ExistingServerDataIngester
from tensorboard.util.grpc_util import ChannelCredsType
from writers import HUGE, VALUES, image_event, legacy_event, log_events, rows_event, scalar_event, values_event

from tensorboard_plugin_histdiag.histogram import Series
from tensorboard_plugin_histdiag.provider.logdir import load_multiplexer
from tensorboard_plugin_histdiag.provider.sources import Source, SourceError

EXPECTED_ROWS = 30


def test_series_are_sorted_and_carry_a_token_of_change(tmp_path, providers):
    for run in ("b", "a"):
        log_events(tmp_path / run, [values_event(tag, step, VALUES) for tag in ("z", "y") for step in (3, 4)])
    for source in providers(tmp_path).values():
        listed = source.list_series()
        assert [(one.run, one.tag) for one in listed] == [("a", "y"), ("a", "z"), ("b", "y"), ("b", "z")]
        assert next(iter(listed.values())) == (4, pytest.approx(1.7e9 + 3))
    log_events(tmp_path / "a", [values_event("y", 5, VALUES)], name="1")
    for source in providers(tmp_path).values():
        assert source.list_series()[Series("a", "y")] == (5, pytest.approx(1.7e9 + 1000))


def test_values_that_are_not_finite_are_told_whatever_logged_them(tmp_path, providers):
    edges = legacy_event("torch", 0, limits=[0.0, 0.5, 1.0], counts=[0, 60, 40], least=np.nan, most=np.nan)
    log_events(
        tmp_path,
        [
            values_event("pb", 0, np.array([0.0, np.nan, 1.0])),
            values_event("pb", 1, np.array([0.0, 0.5, 1.0])),
            edges,
            legacy_event("torch", 1, limits=[0.0, 1.0], counts=[0, 9], least=0.25, most=np.inf),
            legacy_event("torch", 2, limits=[0.0, 1.0], counts=[0, 9], least=0.25, most=0.5),
        ],
    )
    batch = read_both(tmp_path, providers)
    assert batch.nonfinite.tolist() == [True, False, True, True, False]
    assert batch.empty.tolist() == batch.nonfinite.tolist()


def test_empty_constant_and_one_valued_tensors(tmp_path, providers):
    log_events(
        tmp_path,
        [
            values_event("tensor", 0, np.zeros(0)),
            values_event("tensor", 1, np.full(9, 0.3)),
            values_event("tensor", 2, np.array([-4.0])),
            rows_event("tensor", 3, [[0.8 - 0.5, 0.8 + 0.5, 1.0]]),
            rows_event("tensor", 4, np.zeros((0, 3))),
            legacy_event("tensor", 5, limits=[0.24, 0.26], counts=[0, 100], least=0.25, most=0.25),
            legacy_event("tensor", 6, limits=[HUGE], counts=[0], least=HUGE, most=-HUGE),
        ],
    )
    batch = read_both(tmp_path, providers)
    assert batch.empty.tolist() == [True, False, False, False, True, False, True]
    assert not batch.nonfinite.any()
    np.testing.assert_allclose(batch.left, [0.3, -4.0, 0.8, 0.25])
    np.testing.assert_array_equal(batch.left, batch.right)
    assert batch.count.tolist() == [9, 1, 1, 100]


def test_edges_at_the_end_of_double_precision(tmp_path, providers):
    limits = [-HUGE, 0.4, 1.0, 2.2, HUGE]
    log_events(tmp_path, [legacy_event("tensor", 0, limits=limits, counts=[0, 0, 2, 3, 0], least=0.5, most=2.0)])
    batch = read_both(tmp_path, providers)
    np.testing.assert_allclose(np.stack([batch.left, batch.right, batch.count], 1), [[0.5, 1, 2], [1, 2, 3]], rtol=1e-6)


def test_steps_that_go_back_replace_what_was_logged_before(tmp_path, providers):
    log_events(
        tmp_path,
        [values_event("back", step, VALUES) for step in (0, 1, 2, 3, 4, 2, 3)]
        + [values_event("repeated", 0, VALUES * factor) for factor in (1, 2, 3)],
    )
    batch = read_both(tmp_path, providers)
    assert batch.step.tolist() == [0, 1, 2, 3, 0]
    assert batch.maximum[-1] == 6.0
    assert batch.stepped_back.tolist() == [1, 2]  # as the multiplexer tells; the data server does not let it be seen
    assert batch.back_at.tolist() == [2, 0]


def test_a_restart_in_a_second_file_is_one_series(tmp_path, providers):
    log_events(tmp_path, [values_event("tensor", step, VALUES) for step in (0, 1, 2, 3)])
    log_events(tmp_path, [values_event("tensor", step, VALUES) for step in (2, 3, 4)], name="1")
    batch = read_both(tmp_path, providers)
    assert batch.step.tolist() == [0, 1, 2, 3, 4]
    assert batch.wall_time[2] == pytest.approx(1.7e9 + 1000)


def test_both_encodings_in_one_series(tmp_path, providers):
    old = legacy_event("tensor", 1, limits=[0.0, 1.0, 2.0], counts=[0, 5, 5], least=0.5, most=2.0)
    log_events(tmp_path, [values_event("tensor", 0, VALUES), old, values_event("tensor", 2, VALUES)])
    batch = read_both(tmp_path, providers)
    assert np.diff(batch.start).tolist() == [EXPECTED_ROWS, 2, EXPECTED_ROWS]


def test_a_file_without_a_version_and_negative_steps(tmp_path, providers):
    log_events(tmp_path, [values_event("tensor", step, VALUES) for step in (-1, 0, 5)], version="")
    assert read_both(tmp_path, providers).step.tolist() == [-1, 0, 5]


def test_images_that_share_a_tag_with_histograms_are_left_out(tmp_path, providers):
    log_events(
        tmp_path,
        [
            event
            for step in (0, 2, 4)
            for event in (values_event("kernel", step, VALUES), image_event("kernel", step + 1))
        ],
    )
    batch = read_both(tmp_path, providers)
    assert batch.step.tolist() == [0, 2, 4]
    assert batch.stepped_back.tolist() == [0]


def test_series_without_a_histogram_are_left_out(tmp_path, providers):
    log_events(
        tmp_path,
        [
            rows_event("null", 0, np.zeros(0, np.float32)),
            rows_event("text", 0, np.array([b"no", b"histogram"], dtype=object)),
            rows_event("four columns", 0, np.zeros((2, 4))),
            rows_event("newer", 0, np.ones((2, 3)), content=b"\x08\x01"),
            rows_event("damaged", 0, np.ones((2, 3)), content=b"\xff\xff"),
            rows_event("old json", 0, [[0.0, 2.0, 1.0]], content=b"{}"),
            rows_event("no content", 0, [[0.0, 2.0, 1.0]], content=b""),
        ],
    )
    batch = read_both(tmp_path, providers)
    assert [one.tag for one in batch.series] == ["no content", "old json"]
    for source in providers(tmp_path).values():
        assert not source.foreign
        list(source.batches())
        assert {one.tag for one in source.foreign} == {"null", "text", "four columns"}


def test_a_tensor_that_cannot_be_decoded_spares_the_others(tmp_path, providers):
    unknown = tensor_pb2.TensorProto(dtype=types_pb2.DT_RESOURCE)
    unknown.tensor_shape.dim.add().size = 3
    log_events(tmp_path, [rows_event("b", 0, unknown), *(values_event(tag, 0, VALUES) for tag in "acd")])
    for source in providers(tmp_path).values():
        found = [one.tag for batch in source.batches() for one in batch.series]
        assert found == ["a", "c", "d"]
        assert source.unreadable == {Series(".", "b")}


HOSTILE = [
    "",
    " ",
    "a\nb",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "[red]x",
    "\x1b[31m",
    "\x00",
    "ü/☃/👾",
    "%s{0}",
    "x" * 5000,
]


def test_hostile_tags_and_runs_are_only_names(tmp_path, providers):
    for run in ("<b>&", "a b\n", "☃"):
        log_events(tmp_path / run, [values_event(tag, 0, VALUES) for tag in HOSTILE])
    batch = read_both(tmp_path, providers)
    assert {one.tag for one in batch.series} == set(HOSTILE)
    assert {one.run for one in batch.series} == {"<b>&", "a b\n", "☃"}


def test_truncated_and_header_only_files_keep_what_is_whole(tmp_path, providers):
    log_events(tmp_path / "whole", [values_event("tensor", step, VALUES) for step in (0, 1, 2)])
    path = log_events(tmp_path / "cut", [values_event("tensor", step, VALUES) for step in (0, 1, 2)])
    os.truncate(path, path.stat().st_size - 100)
    os.truncate(log_events(tmp_path / "torn", [values_event("tensor", 0, VALUES)]), 7)
    log_events(tmp_path / "header", [])
    log_events(tmp_path / "nothing", []).write_bytes(b"")
    batch = read_both(tmp_path, providers)
    assert [one.run for one in batch.series] == ["cut", "whole"]
    assert batch.step.tolist() == [0, 1, 0, 1, 2]


def test_a_server_that_is_gone_is_told_in_one_sentence():
    provider = ExistingServerDataIngester("localhost:1", channel_creds_type=ChannelCredsType.LOCAL).data_provider
    with pytest.raises(SourceError, match=r"data server does not answer; it may have stopped\.$"):
        Source(provider).list_series()


class Recording:
    """A provider that notes the context and the experiment of each call and passes it on."""

    def __init__(self, provider) -> None:
        self._provider = provider
        self.seen: set[tuple[object, str]] = set()

    def __getattr__(self, name):
        def call(ctx, *, experiment_id, **arguments):
            self.seen.add((ctx, experiment_id))
            return getattr(self._provider, name)(ctx, experiment_id=experiment_id, **arguments)

        return call


def test_the_context_and_the_experiment_are_passed_through(tmp_path):
    log_events(tmp_path, [values_event("tensor", 0, VALUES), scalar_event("loss", 0, 1.0)])
    recording = Recording(load_multiplexer(tmp_path))
    own, given = RequestContext(remote_ip="own"), RequestContext(remote_ip="given")
    source = Source(recording, experiment="e1", ctx=own)
    for ctx, expected in ((None, own), (given, given)):
        recording.seen.clear()
        assert list(source.list_series(ctx))
        assert list(source.batches(ctx=ctx))
        assert source.scalars(".", ctx)
        assert recording.seen == {(expected, "e1")}


def test_how_many_records_are_kept_serves_the_estimate_only(tmp_path):
    log_events(tmp_path, [values_event("tensor", step, VALUES) for step in range(9)])
    (batch,) = Source(load_multiplexer(tmp_path), keep=2).batches()
    assert len(batch) == 9


def test_a_log_has_the_same_name_whoever_reads_it_and_whatever_is_added(tmp_path, providers):
    log_events(tmp_path / "z", [values_event("w", step, VALUES) for step in range(5)])
    names = {source.log_id() for source in providers(tmp_path).values()}
    later = [values_event("w", step, VALUES) for step in range(1000, 1600)]  # more than are kept
    log_events(tmp_path / "z", later, name="1")
    log_events(tmp_path / "a", later, version="")
    names |= {source.log_id() for source in providers(tmp_path).values()}
    assert len(names) == 1
    assert names != {""}


def test_logs_of_other_experiments_or_runs_have_other_names(tmp_path, providers):
    for run in ("one/z", "other/y"):
        log_events(tmp_path / run, [values_event("w", 0, VALUES)])
    for one, other in zip(*(providers(tmp_path / log).values() for log in ("one", "other")), strict=True):
        assert one.log_id() != other.log_id()
    experiments = [Source(RunsAlone(), experiment=experiment).log_id() for experiment in ("a", "a", "b")]
    assert experiments[0] == experiments[1] != experiments[2]


class RunsAlone:
    def list_runs(self, ctx, *, experiment_id):
        return [Run("2", "late", 20.0), Run("1", "early", 10.0), Run("0", "not begun", None)]


def test_a_log_without_runs_has_no_name(tmp_path):
    (tmp_path / "log").mkdir()
    assert Source(load_multiplexer(tmp_path / "log")).log_id() == ""

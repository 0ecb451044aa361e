"""What people's writers log comes out as what was in the tensors, whichever provider reads it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import writers
from conftest import Providers
from reading import assert_equal_batches, read

from tensorboard_plugin_histdiag.histogram import HistogramBatch

TENSORS = writers.sample()


def assert_holds(batch: HistogramBatch, index: int, values: np.ndarray) -> None:
    """The buckets of one histogram prove what they say of the values that were logged."""
    own = slice(batch.start[index], batch.start[index + 1])
    left, right, count = batch.left[own], batch.right[own], batch.count[own]
    values = np.sort(values.ravel().astype(np.float64))
    assert left[0] == values[0]
    assert right[-1] == values[-1]
    assert count.sum() == len(values)
    below = np.concatenate([[0], np.cumsum(count)])
    slack = 1e-12 * (values[-1] - values[0])  # TensorFlow's bucket borders are rounded
    assert (np.searchsorted(values, left - slack, side="left")[1:] <= below[1:-1]).all()
    assert (below[1:] <= np.searchsorted(values, right + slack, side="right")).all()


def check(logdir: Path, providers: Providers) -> None:
    sources = providers(logdir)
    batches = {name: read(source) for name, source in sources.items()}
    assert_equal_batches(batches["rust"], batches["multiplexer"])
    for batch in batches.values():
        assert [one.tag for one in batch.series] == sorted(TENSORS)
        assert not batch.stepped_back.any()
        for number, series in enumerate(batch.series):
            first, last = batch.series_start[number : number + 2]
            assert batch.step[first:last].tolist() == list(writers.STEPS)
            for index, values in zip(range(first, last), TENSORS[series.tag], strict=True):
                assert_holds(batch, index, values)


def test_tensorflow_2(tensorflow_logs, providers):
    check(tensorflow_logs / "tf2", providers)


def test_tensorflow_1_in_graph_mode(tensorflow_logs, providers):
    check(tensorflow_logs / "tf1", providers)


def test_histogram_pb(tmp_path, providers):
    writers.log_histogram_pb(tmp_path, TENSORS)
    check(tmp_path, providers)


def test_tensorboardx(tmp_path, providers):
    pytest.importorskip("tensorboardX")
    writers.log_tensorboardx(tmp_path, TENSORS)
    check(tmp_path, providers)


def test_pytorch(tmp_path, providers):
    pytest.importorskip("torch")
    writers.log_torch(tmp_path, TENSORS)
    check(tmp_path, providers)


def test_the_keras_callback(tensorflow_logs, providers):
    for source in providers(tensorflow_logs / "keras").values():
        batch = read(source)
        assert [(one.run, one.tag) for one in batch.series] == [
            ("train", "sequential/dense/bias/histogram"),
            ("train", "sequential/dense/kernel/histogram"),
        ]
        assert batch.step.tolist() == [0, 1, 0, 1]
        for index in (2, 3):
            assert_holds(batch, index, TENSORS["dense/kernel"][0])
        scalars = {(scalar.run, scalar.tag): scalar for scalar in source.scalars("train")}
        assert {key: scalar.kind for key, scalar in scalars.items()} == {
            ("train", "epoch_loss"): "loss",
            ("train", "epoch_learning_rate"): "learning-rate",
            ("validation", "epoch_loss"): "validation-loss",
            ("validation", "evaluation_loss_vs_iterations"): "validation-loss",
        }
        assert scalars["train", "epoch_learning_rate"].value.tolist() == [0.0, 0.0]


def test_the_corpus_reads_the_same_with_both_providers(corpus, providers):
    sources = providers(corpus)
    rust, multiplexer = (
        {
            series: batch.slice_series(number, number + 1)
            for batch in sources[name].batches()
            for number, series in enumerate(batch.series)
        }
        for name in ("rust", "multiplexer")
    )
    assert list(rust) == list(multiplexer) == list(sources["rust"].list_series())
    assert sum(len(batch) for batch in rust.values()) > 1000
    for series, batch in rust.items():
        assert_equal_batches(batch, multiplexer[series])


def test_one_valued_tensors_of_the_corpus_are_constants(corpus, providers):
    source = providers(corpus / "tensorboard-review" / "logs_grad")["rust"]
    lone = [one for one in source.list_series() if "bias" in one.tag]
    assert lone
    batch = read(source, *lone)
    single = np.diff(batch.start) == 1
    assert single.any()
    assert (batch.minimum[single] == batch.maximum[single]).all()

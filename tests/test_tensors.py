"""Values of tensors of any library, and histograms of them."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from tensorboard.plugins.histogram.summary import histogram_pb
from tensorboard.util import tensor_util

from tensorboard_plugin_histdiag.histogram import HistogramBatch
from tensorboard_plugin_histdiag.metrics import BY_NAME, METRICS
from tensorboard_plugin_histdiag.recording.exact import equal_buckets, gathered, single_values
from tensorboard_plugin_histdiag.recording.tensors import NoTensor, values_of

RNG = np.random.default_rng(0)


def needs(library: str):
    return pytest.mark.skipif(importlib.util.find_spec(library) is None, reason=f"{library} is not installed")


def values(tensor) -> list[float]:
    return values_of(tensor, "fc/kernel").tolist()


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "longdouble", "int64", "uint8"])
def test_numbers_of_any_type_are_read(dtype: str):
    assert values(np.array([[1, 2], [3, 0]], dtype)) == [1, 2, 3, 0]


def test_lists_scalars_booleans_and_nothing_are_read():
    assert values([[1.5, 2], [3, 4]]) == [1.5, 2, 3, 4]
    assert values(3) == [3]
    assert values([True, False]) == [1, 0]
    assert values(np.zeros((0, 7))) == []


def test_what_is_masked_is_no_value():
    assert values(np.ma.masked_array([[1.0, 1e20], [2.0, 3.0]], [[0, 1], [0, 0]])) == [1, 2, 3]


def test_numbers_beyond_float64_are_infinite():
    wide = np.array(["1e400", "1"], np.longdouble)
    assert values(wide)[1] == 1
    assert np.isinf(values(wide)[0]) or wide.dtype.itemsize == 8


class OnGpu:
    """As CuPy and PyTorch refuse to move what lies elsewhere, and with as many words as some libraries make."""

    def __array__(self, *_: object, **__: object) -> np.ndarray:
        raise TypeError("Implicit conversion to a NumPy array is not allowed." + 100 * " Not at all." + "\nat 0x1")


def test_why_values_cannot_be_read_is_one_short_message():
    with pytest.raises(NoTensor) as raised:
        values_of(OnGpu(), "fc/kernel")
    assert str(raised.value).startswith(
        "'fc/kernel' is a OnGpu whose values cannot be read (Implicit conversion to a NumPy array is not allowed. Not"
    )
    assert len(str(raised.value)) < 400
    assert raised.value.__suppress_context__


@pytest.mark.parametrize(
    ("tensor", "message"),
    [
        (np.ones(3, complex), "'fc/kernel' holds complex numbers: give their real and imaginary parts"),
        (np.array(["a"]), "'fc/kernel' is a ndarray of <U1, not of numbers."),
        (np.array([object()]), "'fc/kernel' is a ndarray of object, not of numbers."),
        ({"a": 1}, "'fc/kernel' is a dict of object, not of numbers."),
        (np.zeros(2, [("a", float)]), "'fc/kernel' is a ndarray of .*, not of numbers."),
        (np.zeros(2, "V4"), "'fc/kernel' is a ndarray of .V4, not of numbers."),
        (np.array(["2020-01-01"], "M8[D]"), "'fc/kernel' is a ndarray of .*, not of numbers."),
        ([[1, 2], [3]], "'fc/kernel' is a list whose values cannot be read .*inhomogeneous"),
        (SimpleNamespace(dense_shape=None, indices=[0], values=[1.0]), "'fc/kernel' is a sparse gradient without a sh"),
    ],
)
def test_what_holds_no_real_numbers_is_told(tensor, message: str):
    with pytest.raises(NoTensor, match=f"^{message}"):
        values_of(tensor, "fc/kernel")


def test_sparse_rows_are_added_up_and_filled_with_zeros():
    """As TensorFlow gives the gradient of an embedding, eagerly or out of a session."""
    rows = SimpleNamespace(values=np.array([[1.0, 2], [3, 4], [5, 6]]), indices=np.array([2, 0, 2]), dense_shape=(4, 2))
    assert values(rows) == [3, 4, 0, 0, 6, 8, 0, 0]
    single = SimpleNamespace(values=np.array([1.0, 2]), indices=np.array([[0, 1], [1, 0]]), dense_shape=(2, 2))
    assert values(single) == [0, 1, 2, 0]


TORCH = """
import warnings
import torch
from tensorboard_plugin_histdiag import Recorder
from tensorboard_plugin_histdiag.recording.tensors import NoTensor, values_of

def values(tensor):
    return values_of(tensor, "x").tolist()

assert values(torch.tensor([1.0, 2.0], requires_grad=True)) == [1, 2]
with warnings.catch_warnings():
    warnings.simplefilter("error")  # torch warns where it is not detached
    Recorder().scalar(0, "loss", torch.tensor(1.0, requires_grad=True).square())
assert values(torch.nn.Parameter(torch.ones(2, 2))) == [1] * 4
assert values(torch.tensor([1.5, 2], dtype=torch.bfloat16, requires_grad=True)) == [1.5, 2]
assert values(torch.tensor([1.5, 2], dtype=torch.float8_e4m3fn)) == [1.5, 2]
assert values(torch.tensor([1.5, 2], dtype=torch.float16)) == [1.5, 2]
assert values(torch.tensor([True, False])) == [1, 0]
assert values(torch.arange(3)) == [0, 1, 2]
assert values(torch.empty(0, 3)) == []
assert values(torch.arange(4).reshape(2, 2).T) == [0, 2, 1, 3]
table = torch.nn.Embedding(4, 2, sparse=True)
table(torch.tensor([2, 0, 2])).sum().backward()
assert table.weight.grad.is_sparse
assert values(table.weight.grad) == [1, 1, 0, 0, 2, 2, 0, 0]
assert values(torch.eye(2).to_sparse_csr()) == [1, 0, 0, 1]
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # torch no longer likes these itself
    assert values(torch.quantize_per_tensor(torch.tensor([0.5, 1.0]), 0.5, 0, torch.qint8)) == [0.5, 1]
for bad, word in ((torch.ones(2, dtype=torch.complex64), "complex"), (torch.ones(2, device="meta"), "cannot be read")):
    try:
        values(bad)
    except NoTensor as error:
        assert word in str(error), error
    else:
        raise AssertionError(word)
"""

JAX = """
import jax
import jax.numpy as jnp
from jax.experimental import sparse
from tensorboard_plugin_histdiag.recording.tensors import NoTensor, values_of

def values(tensor):
    return values_of(tensor, "x").tolist()

assert values(jnp.array([[1.0, 2], [3, 4]])) == [1, 2, 3, 4]
assert values(jnp.array([1.5, 2], jnp.bfloat16)) == [1.5, 2]
assert values(jnp.array([1.5, 2], jnp.float8_e4m3fn)) == [1.5, 2]
assert values(jnp.array([True, False])) == [1, 0]
assert values(sparse.BCOO.fromdense(jnp.eye(2))) == [1, 0, 0, 1]

@jax.jit
def traced(x):
    try:
        values(x)
    except NoTensor as error:
        assert "symbolic" in str(error)
        return x
    raise AssertionError

traced(jnp.ones(2))
"""

TENSORFLOW = """
import numpy as np
import tensorflow as tf
from tensorboard_plugin_histdiag.recording.tensors import NoTensor, values_of

def values(tensor):
    return values_of(tensor, "x").tolist()

assert values(tf.constant([[1.0, 2], [3, 4]])) == [1, 2, 3, 4]
assert values(tf.Variable([1.0, 2])) == [1, 2]
assert values(tf.constant([1.5, 2], tf.bfloat16)) == [1.5, 2]
assert values(tf.constant([True, False])) == [1, 0]
assert values(tf.ragged.constant([[1.0], [2, 3]])) == [1, 2, 3]
table = tf.Variable(np.ones((4, 2), np.float32))
with tf.GradientTape() as tape:
    loss = tf.reduce_sum(tf.nn.embedding_lookup(table, [2, 0, 2]))
gradient = tape.gradient(loss, table)
assert isinstance(gradient, tf.IndexedSlices)
assert values(gradient) == [1, 1, 0, 0, 2, 2, 0, 0]
assert values(tf.sparse.from_dense([[0.0, 1], [2, 0]])) == [0, 1, 2, 0]
try:
    values(tf.constant(["a"]))
except NoTensor as error:
    assert "not of numbers" in str(error)
else:
    raise AssertionError

v1 = tf.compat.v1
with tf.Graph().as_default(), v1.Session() as session:
    table = v1.get_variable("table", initializer=np.ones((4, 2), np.float32))
    loss = tf.reduce_sum(tf.nn.embedding_lookup(table, [2, 0, 2]))
    [gradient] = v1.gradients(loss, [table])
    session.run(v1.global_variables_initializer())
    fetched, weights = session.run([gradient, table])
    assert values(fetched) == [1, 1, 0, 0, 2, 2, 0, 0]
    assert values(weights) == [1] * 8
    try:
        values(table + 1)
    except NoTensor as error:
        assert "symbolic" in str(error)
    else:
        raise AssertionError
"""


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(TORCH, marks=needs("torch"), id="torch"),
        pytest.param(JAX, marks=needs("jax"), id="jax"),
        pytest.param(TENSORFLOW, marks=needs("tensorflow"), id="tensorflow"),
    ],
)
def test_tensors_of_a_library_are_read(script: str):
    """In a process of its own: these libraries are slow to import, and warn."""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]


# Histograms of values


def samples() -> dict[str, np.ndarray]:
    normal = RNG.normal(0.1, 0.5, 3000)
    return {
        "normal": normal.astype(np.float32),
        "relu": np.maximum(normal - 0.3, 0),
        "negative": np.minimum(normal, 0),
        "tanh": np.tanh(5 * normal),
        "sigmoid": 1 / (1 + np.exp(-20 * normal)),
        "tiny": normal * 1e-30,
        "huge": normal * 1e30,
        "far": normal * 9 + 20,
        "sparse": np.where(RNG.random(3000) < 0.9, 0, normal) * 1e-13,
        "whole": RNG.integers(-3, 4, 500),
        "boolean": RNG.random(500) < 0.2,
        "constant": np.full(40, 0.25),
        "zero": np.zeros(40),
        "one": np.array([-2.5]),
    }


@pytest.mark.parametrize("name", samples())
def test_shown_buckets_are_those_that_tensorboard_would_log(name: str):
    given = samples()[name]
    proto = histogram_pb("tag", given).value[0].tensor
    logged = HistogramBatch.of(tensor_util.make_ndarray(proto))
    shown = HistogramBatch.of(equal_buckets(single_values(given)))
    for one in ("left", "right", "count"):
        np.testing.assert_array_equal(getattr(shown, one), getattr(logged, one), err_msg=one)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_marks_the_record(bad: float):
    for rows in (single_values(np.array([1, bad, 2])), equal_buckets(single_values(np.array([1, bad, 2])))):
        batch = HistogramBatch.of(rows)
        assert batch.nonfinite.tolist() == [True]
        assert batch.empty.tolist() == [True]


def truth(name: str, x: np.ndarray) -> float:
    """Compute a metric of the values themselves."""
    quantiles = {
        "q07": 0.0668,
        "q16": 0.1587,
        "q31": 0.3085,
        "median": 0.5,
        "q69": 0.6915,
        "q84": 0.8413,
        "q93": 0.9332,
    }

    def quantile(level: float) -> float:
        return float(np.quantile(x, level, method="inverted_cdf"))

    largest, near = np.abs(x).max(), np.clip(x, 0, 1)
    formulas = {
        "mean": lambda: x.mean(),
        "spread": lambda: x.std(),
        "zeros": lambda: (x == 0).mean(),
        "near_zeros": lambda: (np.abs(x) <= 0.01 * largest).mean(),
        "minimum": lambda: x.min(),
        "maximum": lambda: x.max(),
        "mean_abs": lambda: np.abs(x).mean(),
        "rms": lambda: largest * np.sqrt(((x / largest) ** 2).mean()) if largest else 0.0,
        "l2_norm": lambda: largest * np.sqrt(((x / largest) ** 2).sum()) if largest else 0.0,
        "iqr": lambda: quantile(0.75) - quantile(0.25),
        "tanh_slope": lambda: (1 - x**2).mean() if largest <= 1 else np.nan,
        "sigmoid_slope": lambda: 4 * (near * (1 - near)).mean() if np.abs(near - x).max() <= 1e-6 else np.nan,
        "beyond_five": lambda: (np.abs(x) > 5).mean(),
    }
    return quantile(quantiles[name]) if name in quantiles else float(formulas[name]())


@pytest.mark.parametrize("name", samples())
@pytest.mark.parametrize("metric", [metric.name for metric in METRICS if metric.bounded and not metric.history])
def test_what_buckets_bound_is_exact_of_single_values(name: str, metric: str):
    given = samples()[name]
    bounded = BY_NAME[metric](HistogramBatch.of(single_values(given)))
    np.testing.assert_allclose(bounded.low, bounded.high, rtol=1e-12, atol=0, err_msg="bounds")
    expected = truth(metric, given.astype(np.float64))
    np.testing.assert_allclose(bounded.value, [expected], rtol=1e-9, atol=1e-15 * np.abs(given).max())


def test_more_values_than_wanted_share_buckets_but_for_exact_zeros():
    given = np.concatenate([RNG.normal(size=5000), np.zeros(300)])
    rows = single_values(given)
    few = gathered(rows, 100)
    assert len(few) <= 102
    assert few[:, 2].sum() == rows[:, 2].sum()
    assert (few[0, 0], few[-1, 1]) == (given.min(), given.max())
    assert (few[1:, 0] > few[:-1, 1]).all()
    assert [0.0, 0.0, 300.0] in few.tolist()
    assert gathered(rows, len(rows)) is rows

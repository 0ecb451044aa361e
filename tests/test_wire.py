"""The bytes that the browser reads."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tensorboard_plugin_histdiag.server.wire import encode

DTYPES = {"F64": "<f8", "I32": "<i4", "U8": "u1"}

arrays = st.sampled_from(["<f8", ">f8", "<i4", ">i4", "u1"]).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=1, max_dims=2, min_side=0, max_side=9))
)


def decode(data: bytes) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Read by the published description, sharing nothing with the writer."""
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    buffers = data[8 + length :]
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        tensors[name] = np.frombuffer(buffers[begin:end], DTYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors, metadata


@given(st.dictionaries(st.text().filter(lambda name: name != "__metadata__"), arrays, max_size=6), st.text())
def test_what_is_encoded_can_be_read_back_to_the_bit(tensors, text):
    read, metadata = decode(encode(tensors, {"tag": text}))
    assert metadata == {"tag": text}
    assert read.keys() == tensors.keys()
    for name, array in tensors.items():
        assert read[name].shape == array.shape
        assert read[name].tobytes() == array.astype(array.dtype.newbyteorder("<")).tobytes()


@given(st.dictionaries(st.text(min_size=1, max_size=5), arrays, max_size=6))
def test_buffers_are_aligned_and_leave_no_gap(tensors):
    data = encode(tensors)
    (length,) = struct.unpack_from("<Q", data)
    assert length % 8 == 0
    header = json.loads(data[8 : 8 + length])
    expected = 0
    for entry in sorted(header.values(), key=lambda entry: entry["data_offsets"]):
        begin, end = entry["data_offsets"]
        assert begin == expected
        assert begin % np.dtype(DTYPES[entry["dtype"]]).itemsize == 0
        expected = end
    assert len(data) == 8 + length + expected


def test_the_layout_is_the_published_one_byte_for_byte():
    data = encode({"flag": np.array([1], np.uint8), "step": np.array([2.5], np.float64)}, {"a": "b"})
    header = (
        b'{"__metadata__":{"a":"b"},"step":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},'
        b'"flag":{"dtype":"U8","shape":[1],"data_offsets":[8,9]}}'
    )
    header += b" " * (-len(header) % 8)
    assert data == struct.pack("<Q", len(header)) + header + struct.pack("<d", 2.5) + b"\x01"


def test_views_and_empty_arrays_are_sent_as_they_read():
    table = np.arange(6, dtype=np.int32).reshape(2, 3)
    read, _ = decode(encode({"column": table[:, 1], "none": np.empty(0)}))
    assert read["column"].tolist() == [1, 4]
    assert read["none"].shape == (0,)


@pytest.mark.parametrize("dtype", ["int64", "float32", "bool"])
def test_other_types_are_refused_by_name(dtype):
    with pytest.raises(TypeError, match="'step'"):
        encode({"step": np.zeros(1, dtype)})

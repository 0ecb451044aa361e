"""Arrays to bytes, in the layout of safetensors.

Eight bytes hold the length of the header (unsigned, little-endian); then the header, JSON padded with spaces so that
the buffers start on a multiple of eight; then the raw little-endian buffers without gaps. The header maps each name to
``{"dtype": "F64", "shape": [n], "data_offsets": [begin, end]}``, offsets counted from the first buffer, and
``"__metadata__"`` to strings. Buffers stand widest items first, so that each is aligned to its own item size and a
browser can lay a typed array over it without a copy.

References
----------
https://github.com/huggingface/safetensors#format
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

_CODES = {np.dtype("<f8"): "F64", np.dtype("<i4"): "I32", np.dtype("u1"): "U8"}
_ALIGNMENT = 8


def encode(tensors: Mapping[str, NDArray[np.generic]], metadata: Mapping[str, str] | None = None) -> bytes:
    """Lay out named arrays of float64, int32 or uint8 one after the other.

    Raises
    ------
    TypeError
        An array has another type: narrowing is the caller's decision.
    """
    header: dict[str, object] = {"__metadata__": dict(metadata)} if metadata else {}
    buffers: list[bytes] = []
    offset = 0
    for name, array in sorted(tensors.items(), key=lambda item: -item[1].dtype.itemsize):
        little = array.dtype.newbyteorder("<")
        if little not in _CODES:
            raise TypeError(f"{name!r} is {array.dtype}; only float64, int32 and uint8 can be sent")
        buffer = array.astype(little, copy=False).tobytes()
        end = offset + len(buffer)
        header[name] = {"dtype": _CODES[little], "shape": list(array.shape), "data_offsets": [offset, end]}
        buffers.append(buffer)
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode("ascii")
    text += b" " * (-len(text) % _ALIGNMENT)
    return b"".join([len(text).to_bytes(8, "little"), text, *buffers])

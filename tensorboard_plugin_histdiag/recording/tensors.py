"""Values of a tensor, whichever library it is of: told by what it can do, so that none of them is imported."""

from __future__ import annotations

from textwrap import shorten
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.generic]

_WHY = 200
"""Letters of what a library says; some tell where to report that, and what else there is."""


class NoTensor(TypeError):
    """What was given holds no real numbers that can be read; the message says why."""


def values_of(tensor: Any, name: str) -> Values:
    """Return the values as a flat array of booleans, whole or floating numbers.

    Sparse tensors and gradients are filled up with the zeros that they leave out; what is masked is left out.

    Raises
    ------
    NoTensor
        For complex numbers, text, symbolic tensors and whatever else holds no real numbers.
    """
    try:
        array = _array(tensor)
    except NoTensor as error:
        raise NoTensor(f"{name!r} {error}") from None
    except Exception as error:  # each library has its own
        why = shorten((str(error).strip() or type(error).__name__).splitlines()[0], _WHY, placeholder=" ...")
        raise NoTensor(
            f"{name!r} is a {type(tensor).__name__} whose values cannot be read ({why}); where it is symbolic, as in a"
            " graph or a traced function, give what running that returns."
        ) from None
    if array.dtype.kind == "c":
        raise NoTensor(
            f"{name!r} holds complex numbers: give their real and imaginary parts, or their magnitude, under names of"
            " their own."
        )
    if array.dtype.kind == "V" and not issubclass(array.dtype.type, np.void):
        array = array.astype(np.float32)  # bfloat16 and smaller, which numpy knows only by extension
    if array.dtype.kind not in "biuf":
        raise NoTensor(f"{name!r} is a {type(tensor).__name__} of {array.dtype}, not of numbers.")
    if array.dtype.kind == "f" and array.dtype.itemsize < 4:
        array = array.astype(np.float32)  # sorted much faster
    elif array.dtype.kind == "f" and array.dtype.itemsize > 8:
        with np.errstate(over="ignore"):
            array = array.astype(np.float64)
    return array.reshape(-1)


def _array(tensor: Any) -> Values:
    if hasattr(tensor, "detach"):
        return _of_torch(tensor.detach())
    if hasattr(tensor, "dense_shape") and hasattr(tensor, "indices"):
        return _of_slices(tensor)
    for dense in ("toarray", "todense"):  # of scipy and of JAX
        if hasattr(tensor, dense):
            return np.asarray(getattr(tensor, dense)())
    if hasattr(tensor, "flat_values"):  # ragged
        return _array(tensor.flat_values)
    if isinstance(tensor, np.ma.MaskedArray):
        return np.asarray(tensor.compressed())
    return np.asarray(tensor)


def _of_torch(tensor: Any) -> Values:
    if str(tensor.layout) != "torch.strided":
        tensor = tensor.to_dense()
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    if str(tensor.dtype) == "torch.bfloat16" or str(tensor.dtype).startswith("torch.float8"):
        tensor = tensor.float()  # numpy has no such type
    return np.asarray(tensor.numpy(force=True))


def _of_slices(tensor: Any) -> Values:
    """Fill up TensorFlow's gradient of a lookup (rows, some of them twice) or sparse tensor (single values)."""
    if tensor.dense_shape is None:
        raise NoTensor("is a sparse gradient without a shape, so that its zeros cannot be counted: make it dense.")
    indices, values = np.asarray(tensor.indices), _array(tensor.values)
    if values.dtype.kind == "V":
        values = values.astype(np.float32)
    dense = np.zeros(tuple(np.asarray(tensor.dense_shape).tolist()), values.dtype)
    np.add.at(dense, indices if indices.ndim == 1 else tuple(indices.T), values)
    return dense

"""Diagnose tensors without a log: those at hand, or those of a training as it goes."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from textwrap import shorten
from typing import Any, NamedTuple

import msgspec

from ..config import Config
from ..diagnose import Examined, judge
from ..histogram import Record, Series
from ..provider.scalars import scalar_kind, to_scalar
from ..recording.exact import single_values
from ..recording.recorded import Recorded
from ..recording.tensors import values_of
from ..scalar import Scalar
from ..words import counted
from .diagnosis import Diagnosis
from .opening import configured

_ABOUT_LOGS = "coarse-buckets"
"""The rule that has no say here, where the values themselves are measured."""


_SHOWN = 100
"""Letters of what is no step, as an array may be."""


class _Datum(NamedTuple):
    step: int
    wall_time: float
    value: float


class Recorder:
    """Collects tensors of a training in memory, to be diagnosed without a log.

    Takes arrays of numpy, TensorFlow, PyTorch and JAX (sparse gradients, bfloat16 and what lies on a GPU as well), and
    whatever else numpy makes an array of. Values are measured when they come, and not kept: what stays of a record is
    its metrics and the thirty buckets that TensorFlow would log. So metrics are exact, not bounded, but for tensors of
    more than a million different values, and drifts of those of more than 65,536, whose bounds are close. Threads may
    share a recorder, and it can be pickled, with a checkpoint say.

    Parameters
    ----------
    run
        What to call the training.
    config
        By what to judge: the path of a ``histdiag.toml``, or a `Config`; the defaults if not given.

    Examples
    --------
    >>> import numpy as np
    >>> import tensorboard_plugin_histdiag as histdiag
    >>> recorder, rng = histdiag.Recorder("least squares"), np.random.default_rng(0)
    >>> inputs, weights = rng.normal(size=(200, 50)), rng.normal(size=(50, 4))
    >>> fitted = np.zeros_like(weights)
    >>> for step in range(10):
    ...     error = inputs @ (fitted - weights)
    ...     gradient = inputs.T @ error / len(inputs)
    ...     recorder.add(step, "linear/kernel", fitted)
    ...     recorder.add(step, "linear/kernel_gradient", gradient)
    ...     recorder.scalar(step, "loss", (error**2).mean())
    ...     fitted = fitted - 0.3 * gradient
    >>> diagnosis = recorder.diagnose()
    >>> diagnosis["least squares"]["linear/kernel_gradient"]
    linear/kernel_gradient of least squares: ... its spread shrank to 7 %, to 0.0766; ... Usual while training ...
    >>> bounded = diagnosis["least squares"]["linear/kernel"]["spread"]
    >>> bool((bounded.low == bounded.high).all())
    True
    """

    def __init__(self, run: str = "recorded", config: Config | str | os.PathLike[str] | None = None) -> None:
        self.run = _encodable(run)
        self._config = configured(config)
        self._recorded = Recorded()
        self._scalars: dict[str, list[_Datum]] = {}
        self._none: dict[str, list[int]] = {}
        self._lock = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _lock=threading.Lock())

    def add(self, step: int, name: str, tensor: Any) -> None:
        """Record a tensor at a step.

        Parameters
        ----------
        step
            Larger than that of the record before.
        name
            As a tag in a log: layer, then what it is, such as ``dense_1/kernel_gradient`` or ``fc1.weight.grad``.
        tensor
            Its values; None where there are none, as where nothing flows back, which the diagnosis then says.

        Raises
        ------
        ValueError
            Where the step is no whole number, or not larger than the one before: record another training with another
            recorder.
        TypeError
            Where the tensor holds no real numbers.
        """
        series = Series(self.run, _encodable(name))
        step = _whole(step, series.tag)
        rows = None if tensor is None else single_values(values_of(tensor, series.tag))
        with self._lock:
            self._check_order(step, series.tag)
            if rows is None:
                self._recorded.begin(series)
                self._none.setdefault(series.tag, []).append(step)
            else:
                self._recorded.add(series, Record(step, time.time(), rows))

    def add_all(self, step: int, tensors: Mapping[str, Any]) -> None:
        """Record several tensors at a step, by name; names within mappings, and numbers within lists, follow a slash.

        So ``recorder.add_all(step, dict(model.named_parameters()))`` records all parameters of a PyTorch model, and
        ``recorder.add_all(step, params)`` those of a JAX model.
        """
        for name, tensor in _flat(tensors):
            self.add(step, name, tensor)

    def scalar(self, step: int, name: str, value: Any) -> None:
        """Record the loss, an accuracy or the learning rate, told by its name, that the tensors are judged beside.

        Where steps go back, what was recorded from there on is replaced.
        """
        tag = _encodable(name)
        step, values = _whole(step, tag), values_of(value, tag)
        if len(values) != 1:
            raise ValueError(f"{tag!r} holds {len(values):,} values, and a scalar is one.")
        with self._lock:
            self._scalars.setdefault(tag, []).append(_Datum(step, time.time(), float(values[0])))

    def diagnose(self) -> Diagnosis:
        """Judge what is recorded so far; recording may go on.

        Raises
        ------
        ValueError
            Where nothing is.
        """
        with self._lock:
            if not self._recorded:
                raise ValueError("There is no tensor to diagnose yet: recorder.add(step, name, tensor) comes first.")
            metrics, shown = self._recorded.metrics().arranged(), self._recorded.shown()
            scalars: dict[str, tuple[Scalar, ...]] = {
                self.run: tuple(
                    to_scalar(self.run, name, kind, data)
                    for name, data in sorted(self._scalars.items())
                    if (kind := scalar_kind(self.run, name)) != "other"
                )
            }
            absent = tuple(self._absent())
        rules = [rule for rule in self._config.rules if rule.name != _ABOUT_LOGS]
        report = judge(metrics, scalars, self._config, rules=rules)
        report = msgspec.structs.replace(report, messages=(*report.messages, *absent))
        return Diagnosis(Examined(report, metrics, scalars), shown, config=self._config)

    def __repr__(self) -> str:
        with self._lock:
            return f"<Recorder of {self.run!r} with {counted(len(self._recorded), 'tensor')}>"

    def _check_order(self, step: int, tag: str) -> None:
        before = max(self._recorded.last_step(tag), *self._none.get(tag, [-1])[-1:])
        if step <= before:
            raise ValueError(
                f"{tag!r} cannot be recorded at step {step}, as it was at step {before} already: steps have to"
                " increase. Record another training with another Recorder."
            )

    def _absent(self) -> Iterator[str]:
        """Say where there was None."""
        for tag, steps in sorted(self._none.items()):
            when = "at every record" if self._recorded.last_step(tag) < 0 else f"at {counted(len(steps), 'record')}"
            yield (
                f"{tag!r} was None {when}, first at step {steps[0]:,}: there is no such gradient where nothing flows"
                " back from the loss."
            )


def diagnose_tensors(
    tensors: Mapping[str, Any],
    *,
    step: int = 0,
    run: str = "tensors",
    config: Config | str | os.PathLike[str] | None = None,
) -> Diagnosis:
    """Measure and judge tensors at hand: what their values say without any history.

    Parameters
    ----------
    tensors
        By name, as `Recorder.add` takes them; within mappings and lists of them, as `Recorder.add_all` does.
    step
        At which training is.
    run
        What to call them together.
    config
        By what to judge: the path of a ``histdiag.toml``, or a `Config`; the defaults if not given.

    Examples
    --------
    >>> import numpy as np
    >>> import tensorboard_plugin_histdiag as histdiag
    >>> rng = np.random.default_rng(0)
    >>> diagnosis = histdiag.diagnose_tensors(
    ...     {
    ...         "layer1/kernel": rng.normal(0, 0.05, (64, 32)),
    ...         "layer1/activations": np.maximum(rng.normal(-1, 1, (100, 32)), 0),
    ...         "layer1/kernel_gradient": np.full((64, 32), np.nan),
    ...     }
    ... )
    >>> diagnosis
    1 note on 1 of 3 tensors in 1 run.
      note     tensors  layer1/kernel_gradient  Non-finite values
    >>> for reading in diagnosis.readings:
    ...     print(f"{reading.tag}: {reading.text}")
    layer1/activations: About 83 % of the values are 0, the rest between 0 and 2.26. ... An ordinary share for a ReLU.
    layer1/kernel: Bell-shaped around 0, between -0.195 and 0.153. ...
    layer1/kernel_gradient: Every record holds NaN or infinity.
    """
    recorder = Recorder(run, config)
    recorder.add_all(step, tensors)
    if not recorder._recorded:
        raise ValueError("There is no tensor to diagnose: none is in what was given.")
    return recorder.diagnose()


def _whole(step: Any, tag: str) -> int:
    """Return a step as Python counts; whichever library's whole number it is."""
    try:
        number = int(step)
        if number == step and 0 <= number < 2**63:
            return number
    except (TypeError, ValueError, OverflowError):
        pass
    order = "; the order is step, name, tensor" if isinstance(step, str) else ""
    where = f"{shorten(tag, _SHOWN)!r} cannot be recorded at step {shorten(repr(step), _SHOWN)}"
    raise ValueError(f"{where}: steps are whole numbers, and count from 0{order}.")


def _encodable(name: Any) -> str:
    """Return a name as text that can be written to a file, which half a character cannot."""
    return str(name).encode("utf-8", "replace").decode("utf-8")


def _flat(tensors: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(tensors, Mapping) and not hasattr(tensors, "items"):  # as PyTorch's ParameterDict has
        raise TypeError(
            f"A {type(tensors).__name__} has no names: tensors are given by name, as in {{'dense_1/kernel': array}},"
            " dict(model.named_parameters()) or {one.path: one for one in model.variables}."
        )
    for name, tensor in tensors.items():
        yield from _within(str(name), tensor)


def _within(name: str, tensor: Any) -> Iterator[tuple[str, Any]]:
    """Yield what is in a part of a tree; a list of numbers, and a sparse gradient out of a session, is one tensor."""
    parts: Iterable[tuple[Any, Any]]
    if isinstance(tensor, Mapping):
        parts = tensor.items()
    elif isinstance(tensor, (list, tuple)) and not hasattr(tensor, "dense_shape") and (not tensor or _is_part(tensor)):
        parts = zip(getattr(tensor, "_fields", range(len(tensor))), tensor, strict=True)
    else:
        yield name, tensor
        return
    for part, inner in parts:
        yield from _within(f"{name}/{part}", inner)


def _is_part(tensor: Any) -> bool:
    """Tell what stands in a tree from numbers, and lists of numbers, that make a tensor."""
    if isinstance(tensor, (list, tuple)):
        return any(map(_is_part, tensor))
    return tensor is None or isinstance(tensor, Mapping) or bool(getattr(tensor, "shape", ()))

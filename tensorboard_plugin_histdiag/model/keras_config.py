"""Read a model from the configuration that the Keras callback logs beside the histograms."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from .model import LAYERS, Layer, Model, arranged, function_named

_INSIDE = ("layer", "backward_layer", "cell", "cells")
"""Settings of wrappers that hold layers themselves."""
_DEEPEST = 30
"""Models within models; what lies deeper is taken for one layer."""
_RECURRENT = re.compile(r"lstm|gru|rnn")
_FACTORS = ("mean", "stddev", "minval", "maxval", "value", "gain", "scale", "mode", "distribution")
_CLASS = re.compile(r"\w{1,60}")


@dataclass
class _Net:
    """The layers found so far, and by their numbers which feeds which."""

    layers: list[Layer] = field(default_factory=list)
    feeds: list[dict[int, None]] = field(default_factory=list)

    def add(self, layer: Layer) -> int:
        if len(self.layers) >= LAYERS:
            raise ValueError(f"it lists more than {LAYERS:,} layers")
        self.layers.append(layer)
        self.feeds.append({})
        return len(self.layers) - 1

    def join(self, sources: list[int], targets: list[int]) -> None:
        for source in sources:
            self.feeds[source].update(dict.fromkeys(target for target in targets if target != source))


@dataclass(frozen=True)
class _Part:
    """A layer or a nested model: the layers that take what comes in, and those that give what goes out."""

    first: list[int]
    last: list[int]


def read_keras_config(data: bytes) -> Model | None:
    """Read the layers of a sequential or functional model, of Keras 2 or 3.

    Parameters
    ----------
    data
        What ``model.to_json()`` wrote; it is not trusted.

    Returns
    -------
    Model or None
        None where it lists no layers, as for a subclassed model.

    Raises
    ------
    ValueError
        If it is no JSON, or there are too many layers.
    """
    try:
        # Keras writes NaN and Infinity, which msgspec does not read.
        settings = _mapping(_mapping(json.loads(data)).get("config"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"it is no JSON ({error})") from error
    net = _Net()
    _read_model(net, settings, ())
    if not net.layers:
        return None
    layers, _ = arranged(
        [replace(layer, feeds=tuple(feeds)) for layer, feeds in zip(net.layers, net.feeds, strict=True)]
    )
    return Model(layers, _text(settings.get("name")))


def _read_model(net: _Net, settings: dict[str, Any], path: tuple[str, ...]) -> _Part:
    parts: dict[str, _Part] = {}
    sources: dict[str, list[str]] = {}
    listed = [entry for entry in _sequence(settings.get("layers")) if isinstance(entry, dict)]
    chained = not any(entry.get("inbound_nodes") for entry in listed)
    before = ""
    for entry in listed:
        name = _text(_mapping(entry.get("config")).get("name")) or _text(entry.get("name"))
        if not name or name in parts:
            continue
        parts[name] = _read_layer(net, entry, (*path, name))
        sources[name] = [before] * bool(before) if chained else list(_names(entry.get("inbound_nodes")))
        before = name
    for name, part in parts.items():
        for source in sources[name]:
            if source in parts:
                net.join(parts[source].last, part.first)
    fed = {source for name in sources for source in sources[name]}
    outputs = [name for name in _names(settings.get("output_layers")) if name in parts]
    outputs = outputs or [name for name in parts if name not in fed]
    return _Part(
        [number for name in parts if not sources[name] for number in parts[name].first],
        [number for name in outputs for number in parts[name].last],
    )


def _read_layer(net: _Net, entry: dict[str, Any], path: tuple[str, ...]) -> _Part:
    settings = _mapping(entry.get("config"))
    if len(path) < _DEEPEST and _sequence(settings.get("layers")):
        return _read_model(net, settings, path)
    held = [inner for key in _INSIDE for inner in _layers_in(settings.get(key))] if len(path) < _DEEPEST else []
    inside = [_read_layer(net, inner, (*path, _text(_mapping(inner.get("config")).get("name")))) for inner in held]
    kind = _text(entry.get("class_name")).rpartition(">")[2].lower()
    function = _function(kind, settings)
    if len(inside) == 1 and len(inside[0].last) == 1 and kind != "bidirectional":  # that one joins two outputs
        function = function or net.layers[inside[0].last[0]].function  # TimeDistributed
    initialisers = {
        key.removesuffix("_initializer"): _in_words(value)
        for key, value in settings.items()
        if key.endswith("_initializer") and value is not None
    }
    module = _text(entry.get("module"))
    own = net.add(
        Layer(
            path,
            kind,
            function,
            _units(kind, settings, entry),
            initialisers,
            # A layer of the user's own may hold weights that its settings do not show.
            trained=bool(initialisers) or (module != "" and not module.startswith("keras")),
        )
    )
    for part in inside:
        net.join(part.last, [own])
    return _Part([number for part in inside for number in part.first] or [own], [own])


def _function(kind: str, settings: dict[str, Any]) -> str:
    """Return the activation function of a layer, "" for layers that have several or none to speak of."""
    if _RECURRENT.search(kind) and not kind.startswith("simplernn"):
        return ""
    given = settings.get("activation", kind)
    if given is None:
        return "linear"
    if isinstance(given, dict):
        own = given.get("config")
        name = _text(own) or _text(given.get("class_name"))  # a function by its name, or a layer
        return _function(name.rpartition(">")[2].lower(), _mapping(own))
    named = function_named(_text(given))
    if named == "relu" and given == kind:
        if settings.get("negative_slope") or settings.get("alpha"):
            return "leakyrelu"
        return "relu" if settings.get("max_value") is None else "relu6"
    return named


def _units(kind: str, settings: dict[str, Any], entry: dict[str, Any]) -> int:
    """Return the number of outputs of the layer's weight matrices, 0 where that is not plain."""
    if kind == "depthwiseconv2d":
        shape = _sequence(_mapping(entry.get("build_config")).get("input_shape"))
        channel = 1 if settings.get("data_format") == "channels_first" else -1
        return _count(settings.get("depth_multiplier")) * (_count(shape[channel]) if len(shape) == 4 else 0)
    if kind == "dense" or _RECURRENT.search(kind):
        gates = 4 if "lstm" in kind else 3 if "gru" in kind else 1
        return gates * _count(settings.get("units"))
    if re.fullmatch(r"conv[123]d", kind):  # how many inputs meet in a transposed one depends on its stride
        return _count(settings.get("filters"))
    return 0


def _in_words(initialiser: Any) -> str:
    """Return "RandomNormal (stddev 1)"."""
    if not isinstance(initialiser, dict):
        return name if _CLASS.fullmatch(name := _text(initialiser)) else ""
    name = _text(initialiser.get("class_name")).rpartition(">")[2]
    settings = _mapping(initialiser.get("config"))
    factors = [f"{factor} {text}" for factor in _FACTORS if (text := _factor(settings.get(factor)))]
    return (f"{name} ({', '.join(factors)})" if factors else name) if _CLASS.fullmatch(name) else ""


def _factor(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    text = str(value) if isinstance(value, int) and abs(value) < 10**15 else _text(value)
    return text if _CLASS.fullmatch(text.lstrip("-")) else ""


def _names(value: Any) -> Iterator[str]:
    """Yield the layers whose outputs are named anywhere in it: ``["dense", 0, 0]``, and Keras 3's ``keras_history``."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, list):
            if len(one) >= 3 and isinstance(one[0], str) and isinstance(one[1], int) and isinstance(one[2], int):
                yield one[0]
            waiting += [part for part in one if isinstance(part, dict | list)]


def _layers_in(value: Any) -> list[dict[str, Any]]:
    held = value if isinstance(value, list) else [value]
    return [
        one for one in held if isinstance(one, dict) and "class_name" in one and isinstance(one.get("config"), dict)
    ]


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _sequence(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _count(value: Any) -> int:
    return value if isinstance(value, int) and 0 < value < 2**31 else 0

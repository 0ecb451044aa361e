"""Models for the tests: settings of Keras, events that hold them, runs whose tags name their layers."""

from __future__ import annotations

import json

from runs import measured_of, normal, walk
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.util import tensor_util

from tensorboard_plugin_histdiag.context import RunContext
from tensorboard_plugin_histdiag.model.keras_config import read_keras_config
from tensorboard_plugin_histdiag.model.model import Layer, Model
from tensorboard_plugin_histdiag.tags.naming import Naming

RANDOM = {"class_name": "GlorotUniform", "config": {"seed": None}}


def keras_event(settings: object, *, tag: str = "keras", tensor: object = None) -> event_pb2.Event:
    text = settings if isinstance(settings, bytes) else json.dumps(settings).encode()
    value = summary_pb2.Summary.Value(tag=tag)
    value.metadata.plugin_data.plugin_name = "graph_keras_model"
    value.metadata.plugin_data.content = b"1"
    value.tensor.CopyFrom(tensor_util.make_tensor_proto(text if tensor is None else tensor))
    return event_pb2.Event(summary=summary_pb2.Summary(value=[value]))


def dense(name: str, units: int = 4, **settings: object) -> dict[str, object]:
    return {"class_name": "Dense", "config": {"name": name, "units": units, "kernel_initializer": RANDOM, **settings}}


def chain(*layers: dict[str, object], name: str = "stack") -> dict[str, object]:
    return {"class_name": "Sequential", "config": {"name": name, "layers": list(layers)}}


ZETA_ALPHA = chain(dense("zeta", activation="tanh"), dense("alpha"))


def config(settings: object) -> bytes:
    return json.dumps(settings).encode()


def model_of(*names: str, **settings: object) -> Model:
    return read_keras_config(config(chain(*(dense(name, **settings) for name in names))))


def layers_of(model: Model) -> list[str]:
    return ["/".join(layer.path) for layer in model.layers]


def the_layer(model: Model, path: str) -> Layer:
    return model.layers[layers_of(model).index(path)]


def context_of(model: Model | None, *tags: str, naming: Naming = Naming()) -> RunContext:  # noqa: B008 (frozen)
    metrics = measured_of({tag: walk(normal(240), rate=0.01, records=3) for tag in tags}).arranged()
    return RunContext(metrics, naming=naming, model=model)


def order_of(context: RunContext) -> list[str]:
    return list(dict.fromkeys(series.layer for series in context.having("weight")))

"""Find the models that a log holds beside its histograms, through TensorBoard's data provider."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Protocol

from tensorboard.compat.proto import config_pb2, graph_pb2, types_pb2
from tensorboard.data.provider import RunTagFilter
from tensorboard.plugins.graph import metadata

from ..model.keras_config import read_keras_config
from ..model.model import Model
from ..model.op_graph import BACKWARD, Node, read_graph

LARGEST = 32 * 2**20
"""Bytes of a model or graph. A provider does not tell the size before it is read; what is larger is not parsed."""
MOST_NODES = 200_000
_AT_ONCE = 8
"""Blobs asked for at the same time: one after the other the data server takes 44 ms for each."""


class Call(Protocol):
    """Call a method of the data provider."""

    def __call__(self, method: str, **arguments: Any) -> Any:
        """Return its answer, or raise what the source raises."""


class Models:
    """Read the models of runs, each blob once.

    Attributes
    ----------
    complaints
        By run, a sentence for each model that could not be read.
    """

    def __init__(self) -> None:
        self.complaints: dict[str, str] = {}
        self._read: dict[tuple[object, ...], Model | None] = {}

    def of(self, runs: Sequence[str], listed: Call, blob: Call) -> dict[str, Model]:
        """Return the model of each run that has one: what the Keras callback logged, else a graph of operations.

        The Keras callback logs to ``.../train``; runs at and above that place may be other writers' for the same model.

        Parameters
        ----------
        runs
            Of which runs.
        listed, blob
            Call a method of the provider, with and without the experiment.
        """
        places = {run: _places(run) for run in runs}
        wanted = RunTagFilter(sorted({place for several in places.values() for place in several}), None)
        logged: dict[str, list[tuple[str, str, Any]]] = {}
        for plugin in _READERS:
            answer = listed("read_blob_sequences", plugin_name=plugin, downsample=1, run_tag_filter=wanted)
            for run, tags in sorted((answer or {}).items()):
                logged.setdefault(run, []).extend((plugin, tag, data[-1]) for tag, data in sorted(tags.items()) if data)

        def find(run: str) -> Model | None:
            for place in places[run]:
                for plugin, tag, datum in logged.get(place, ()):
                    if datum.values and (model := self._model(place, plugin, tag, datum, blob)) is not None:
                        return model
            return None

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            found = dict(zip(runs, pool.map(find, runs), strict=True))
        return {run: model for run, model in found.items() if model is not None}

    def _model(self, run: str, plugin: str, tag: str, datum: Any, blob: Call) -> Model | None:
        key = (run, plugin, tag, datum.step, datum.wall_time)
        if key not in self._read:
            self.complaints.pop(run, None)
            try:
                data = blob("read_blob", blob_key=datum.values[0].blob_key)
                self._read[key] = None  # what is broken is so for ever, what is not given may be given later
                self._read[key] = _parse(plugin, data)
            except Exception as error:  # protobuf's DecodeError lives in another place from version to version
                self.complaints[run] = f"The model that is logged in run {run!r} is not read: {_in_words(error)}."
        return self._read.get(key)


def _parse(plugin: str, data: Any) -> Model | None:
    if not isinstance(data, bytes):  # what was logged under the plugin's name may be any tensor
        raise ValueError("it is no string of bytes")
    if len(data) > LARGEST:
        raise ValueError(f"it is larger than {LARGEST >> 20} MB")
    model = _READERS[plugin](data)
    return replace(model, origin=hashlib.sha256(data).hexdigest()) if model is not None else None


def _in_words(error: Exception) -> str:
    return " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__


def _places(run: str) -> list[str]:
    """Return the runs that may hold a run's model, the likeliest first."""
    parent = run.rpartition("/")[0]
    return list(dict.fromkeys((run, f"{run}/train".lstrip("/"), f"{parent}/train".lstrip("/"))))


def _read_run_graph(data: bytes) -> Model | None:
    return _of_graphs([graph_pb2.GraphDef.FromString(data)])


def _read_traced_graph(data: bytes) -> Model | None:
    traced = config_pb2.RunMetadata.FromString(data)
    return _of_graphs([function.pre_optimization_graph for function in traced.function_graphs])


# By the plugin under whose name it is logged, the best first. Both providers give the same of each. Where a run was
# started again in its directory, the data server keeps the last model, the Python reader the first.
_READERS: Mapping[str, Callable[[bytes], Model | None]] = {
    metadata.PLUGIN_NAME_KERAS_MODEL: read_keras_config,
    metadata.PLUGIN_NAME: _read_run_graph,  # FileWriter(graph=), tf.summary.graph, PyTorch's add_graph
    metadata.PLUGIN_NAME_RUN_METADATA_WITH_GRAPH: _read_traced_graph,  # tf.summary.trace_export
    metadata.PLUGIN_NAME_RUN_METADATA: _read_traced_graph,  # the same with a profile
}


def _of_graphs(graphs: Iterable[Any]) -> Model | None:
    """Return the model of the graph or function that holds most layers: the others are parts of it or beside it."""
    models = [model for nodes in _node_lists(graphs) if (model := read_graph(nodes)) is not None]
    return max(models, key=lambda model: sum(layer.trained for layer in model.layers), default=None)


def _node_lists(graphs: Iterable[Any]) -> Iterator[list[Node]]:
    total = 0
    for graph in graphs:
        functions = graph.library.function
        total += len(graph.node) + sum(len(function.node_def) for function in functions)
        if total > MOST_NODES:
            raise ValueError(f"it holds more than {MOST_NODES:,} operations")
        yield _nodes(graph.node)
        for function in functions:
            yield [
                Node(argument.name, "_Arg", resource=argument.type == types_pb2.DT_RESOURCE)
                for argument in function.signature.input_arg
            ] + _nodes(function.node_def)


def _nodes(listed: Iterable[Any]) -> list[Node]:
    return [_node(node, node.op) for node in listed if not BACKWARD.search(node.name)]


def _node(node: Any, op: str) -> Node:
    attributes = node.attr  # asked for a name that is not there, it makes one
    text, resource = "", False
    shape: tuple[int, ...] = ()
    if op == "Const":
        strings = list(attributes["value"].tensor.string_val) if "value" in attributes else []
        text = strings[0].decode(errors="replace") if len(strings) == 1 else ""
    elif op in ("Placeholder", "_Arg"):
        resource = any(name in attributes and attributes[name].type == types_pb2.DT_RESOURCE for name in ("dtype", "T"))
    elif "shape" in attributes:
        shape = _sizes(attributes["shape"].shape)
    elif "::" in op and "_output_shapes" in attributes:  # PyTorch does not log those of weights
        shape = next(map(_sizes, attributes["_output_shapes"].list.shape), ())
    inputs = tuple(name.partition(":")[0] for name in node.input if name[:1] != "^")
    transposed = "transpose_b" in attributes and attributes["transpose_b"].b
    return Node(node.name, op, inputs, shape, text, resource, transposed)


def _sizes(shape: Any) -> tuple[int, ...]:
    """Return the sizes of a tensor but for the first as logged, () where another is open."""
    sizes = tuple(dimension.size for dimension in shape.dim)
    return sizes if all(size > 0 for size in sizes[1:]) else ()

"""Read a model from the graph of operations that TensorFlow's and PyTorch's writers log."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from ..tags.parsing import parse
from .model import LAYERS, Layer, Model, arranged, function_named

_VARIABLES = frozenset(("VarHandleOp", "VariableV2", "Variable", "prim::GetAttr"))
_INPUTS = frozenset(("Placeholder", "PlaceholderWithDefault", "_Arg", "IO Node", "IteratorGetNext", "IteratorV2"))
# What multiplies data with weights, or looks them up: op without its number -> kind. Other operations make no layer.
_KINDS = {
    "matmul": "dense",
    "batchmatmul": "dense",
    "einsum": "einsumdense",
    "conv1d": "conv1d",
    "conv2d": "conv2d",
    "conv3d": "conv3d",
    "depthwiseconv2dnative": "depthwiseconv2d",
    "conv2dbackpropinput": "conv2dtranspose",
    "fusedbatchnorm": "batchnormalization",
    "gather": "embedding",
    "resourcegather": "embedding",
    "linear": "dense",
    "addmm": "dense",
    "mm": "dense",
    "convolution": "conv",
    "batchnorm": "batchnormalization",
    "layernorm": "layernormalization",
    "groupnorm": "groupnormalization",
    "instancenorm": "instancenormalization",
    "rmsnorm": "rmsnormalization",
    "embedding": "embedding",
    "lstm": "lstm",
    "gru": "gru",
    "rnntanh": "rnn",
    "rnnrelu": "rnn",
}
_JOINTS = frozenset(("add", "addn", "sub", "mul", "concat", "cat"))
_BIASED = frozenset(("BiasAdd", "Add", "AddV2"))
_READ = frozenset(("Identity", "ReadVariableOp"))
BACKWARD = re.compile(r"(?:^|/)gradient(?:s|_tape)(?:_\d+)?/|_grad/")
"""Names of operations of the backward pass: they tell nothing of the layers' order."""
_MODULE = re.compile(r"([\w.]+)\[([^\]]*)\]")
_REACH = 64
"""Layers whose outputs meet in one operation; where there are more, what feeds what is not followed."""


@dataclass(frozen=True)
class Node:
    """An operation.

    Attributes
    ----------
    inputs
        The names of the nodes whose outputs it takes.
    shape
        Of a variable; of the first output elsewhere, as far as logged; () where not known.
    text
        The value of a constant that is one string.
    resource
        Whether it is a handle to a variable that was made elsewhere.
    transposed
        Whether it transposes its second factor.
    """

    name: str
    op: str
    inputs: tuple[str, ...] = ()
    shape: tuple[int, ...] = ()
    text: str = ""
    resource: bool = False
    transposed: bool = False


@dataclass
class _Found:
    """A layer in the making."""

    scope: str
    path: tuple[str, ...]
    kind: str
    units: int = 0
    functions: set[str] = field(default_factory=set)
    feeds: dict[int, None] = field(default_factory=dict)
    trained: bool = True


def read_graph(nodes: Sequence[Node]) -> Model | None:
    """Find the layers of a graph: whatever multiplies data with variables, and the functions behind.

    Parameters
    ----------
    nodes
        As they were logged, without those of the backward pass; they are not trusted.

    Returns
    -------
    Model or None
        None where there are no variables in it, or none that meet data.

    Raises
    ------
    ValueError
        If there are too many layers.
    """
    reader = _Reader(nodes)
    for node in _in_order(nodes):
        reader.take(node)
        if len(reader.found) > LAYERS:
            raise ValueError(f"it holds more than {LAYERS:,} layers")
    if not any(layer.trained for layer in reader.found):
        return None
    layers, places = arranged(
        [
            Layer(
                layer.path,
                layer.kind,
                next(iter(layer.functions)) if len(layer.functions) == 1 else "",
                layer.units,
                feeds=tuple(layer.feeds),
                trained=layer.trained,
            )
            for layer in reader.found
        ]
    )
    logged = {tag: (places[number] if number >= 0 else -1, function) for tag, (number, function) in reader.logged()}
    return Model(layers, logged=logged)


class _Reader:
    """Follow data and variables through the operations, in the order in which they run."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self.found: list[_Found] = []
        self._nodes = {node.name: node for node in nodes}
        self._number: dict[str, int] = {}  # layers by name
        # For each node: the variables that it was made of alone, or the layers that its data last came through.
        self._made_of: dict[str, frozenset[str]] = {}
        self._came_through: dict[str, frozenset[int]] = {}

    def take(self, node: Node) -> None:
        if node.op in _VARIABLES or node.resource:
            self._made_of[node.name] = frozenset((node.name,))
            return
        if node.op in _INPUTS:
            self._came_through[node.name] = frozenset()
            return
        data = [self._came_through[name] for name in node.inputs if name in self._came_through]
        variables = frozenset().union(*(self._made_of.get(name, frozenset()) for name in node.inputs))
        kind = _KINDS.get(_plain(node.op), "")
        if not data and (not variables or kind != "embedding"):  # positions are looked up by constants
            if variables:
                self._made_of[node.name] = variables
            return
        sources: frozenset[int] = frozenset().union(*data)
        if len(sources) > _REACH:
            sources = frozenset()
        if variables and kind:
            sources = self._through(self._layer(node, kind, variables), sources)
        elif function := _function(node.op):
            sources = self._function(node, function, sources)
        elif len({source for source in data if source}) > 1 and _plain(node.op) in _JOINTS:
            sources = self._through(self._beside(node, _plain(node.op)), sources)
        elif len(data) > 1 and _plain(node.op) == "mul":
            for layer in self._of_scope(node, sources):  # SiLU is x times its sigmoid: that is not all
                layer.functions.update({"mul"} if layer.functions else ())
        self._came_through[node.name] = sources

    def _layer(self, node: Node, kind: str, variables: frozenset[str]) -> int:
        variable = self._nodes[min(variables)]
        scope = node.name.rpartition("/")[0]
        path, module = _module(variable.name)
        if not path:
            path = tuple((scope if variable.resource else _layer_of(variable.name)).split("/"))
        number = self._of(path, scope, module or kind)
        units = _units(node, kind, module, variable)
        found = self.found[number]
        found.units = units if found.units in (0, units) else 0
        return number

    def _of(self, path: tuple[str, ...], scope: str, kind: str, *, trained: bool = True) -> int:
        name = "/".join(path)
        if name not in self._number:
            self._number[name] = len(self.found)
            self.found.append(_Found(scope, path, kind, trained=trained))
        return self._number[name]

    def _through(self, number: int, sources: frozenset[int]) -> frozenset[int]:
        for source in sources:
            if source != number:
                self.found[source].feeds[number] = None
        return frozenset((number,))

    def _function(self, node: Node, function: str, sources: frozenset[int]) -> frozenset[int]:
        for layer in self._of_scope(node, sources):
            layer.functions.add(function)
            return sources
        path, module = _module(node.name)
        number = self._of(path, node.name, module, trained=False) if path else self._beside(node, function)
        self.found[number].functions.add(function_named(module) or function)  # PyTorch's ReLU6 is a hardtanh from 0
        return self._through(number, sources)

    def _of_scope(self, node: Node, sources: frozenset[int]) -> list[_Found]:
        """Return the one trained layer whose outputs a node takes, if the node stands in its scope."""
        scope = node.name.rpartition("/")[0]
        layers = [self.found[source] for source in sources]
        return [one for one in layers if len(layers) == 1 and one.trained and scope in (one.scope, "/".join(one.path))]

    def _beside(self, node: Node, kind: str) -> int:
        """Make a layer of a single operation without weights."""
        return self._of(tuple(node.name.split("/")), node.name, kind, trained=False)

    def logged(self) -> Iterable[tuple[str, tuple[int, str]]]:
        """Yield the tags of TensorFlow 1's histograms, with the layer and the function of what they show."""
        for node in self._nodes.values():
            if node.op != "HistogramSummary" or len(node.inputs) != 2:
                continue
            tag = self._nodes.get(node.inputs[0])
            if tag is None or not tag.text:
                continue
            shown = self._nodes.get(node.inputs[1])
            for _ in range(4):
                if shown is None or shown.op not in _READ or not shown.inputs:
                    break
                shown = self._nodes.get(shown.inputs[0])
            if shown is None:
                continue
            layers = self._came_through.get(shown.name, frozenset())
            if shown.op in _VARIABLES:
                yield tag.text, (self._number.get(_layer_of(shown.name), -1), "")
            elif shown.name in self._came_through:
                yield tag.text, (next(iter(layers)) if len(layers) == 1 else -1, self._made_by(shown))

    def _made_by(self, node: Node) -> str:
        """Return the function that gave a tensor: "linear" for a product with weights, a bias added or not."""
        if function := _function(node.op):
            return function
        parts = [self._nodes[name] for name in node.inputs if name in self._came_through]
        if _plain(node.op) in _KINDS and any(name in self._made_of for name in node.inputs):
            return "linear"
        biased = node.op in _BIASED and any(name in self._made_of for name in node.inputs)
        return self._made_by(parts[0]) if biased and len(parts) == 1 and _plain(parts[0].op) in _KINDS else ""


def _in_order(nodes: Sequence[Node]) -> Iterator[Node]:
    """Yield nodes behind those whose outputs they take; where they stand in a circle, as they are listed."""
    # What a loop of TensorFlow 1 hands to its next round closes the circle.
    by_name = {node.name: replace(node, inputs=()) if node.op == "NextIteration" else node for node in nodes}
    begun: set[str] = set()
    for listed in by_name.values():
        waiting = [(listed, iter(listed.inputs))] if listed.name not in begun else []
        begun.add(listed.name)
        while waiting:
            node, inputs = waiting[-1]
            before = next((name for name in inputs if name in by_name and name not in begun), None)
            if before is None:
                yield node
                waiting.pop()
            else:
                begun.add(before)
                waiting.append((by_name[before], iter(by_name[before].inputs)))


def _module(name: str) -> tuple[tuple[str, ...], str]:
    """Return the path and the class of the PyTorch module that a node stands in: ``Net/Sequential[fc]/Linear[0]/7``."""
    scopes = _MODULE.findall(name)
    return tuple(part for _, own in scopes for part in own.split(".") if part), scopes[-1][0].lower() if scopes else ""


def _layer_of(variable: str) -> str:
    """Return the layer of a variable, by its name as by a tag's: of one without any, the variable stands for it."""
    return parse(variable).layer or variable


def _plain(op: str) -> str:
    return re.sub(r"V\d+$", "", op.rpartition("::")[2]).replace("_", "").lower()


def _function(op: str) -> str:
    function = function_named(_plain(op))
    return function if function != "linear" else ""  # Identity is everywhere


def _units(node: Node, kind: str, module: str, variable: Node) -> int:
    """Return the outputs of a weight matrix, from its own shape or that of what comes out."""
    shape = variable.shape
    if node.op.startswith("aten::"):
        # A module of several products has several matrices in one.
        at = {"dense": -1, "conv": 1}.get(kind) if re.search(r"linear|conv(?!transpose)", module) else None
        return 0 if at is None or len(node.shape) < 2 else node.shape[at]
    if kind == "depthwiseconv2d":
        return shape[2] * shape[3] if len(shape) == 4 else 0
    plain = kind in ("dense", "conv1d", "conv2d", "conv3d") and len(shape) > 1
    return shape[0 if node.transposed else -1] if plain else 0

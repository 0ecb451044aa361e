"""What a log says of the model itself: its layers in depth order, their functions, and how weights are drawn."""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

LAYERS = 20_000
"""A model of more layers is not read."""
CUT = frozenset(("relu", "relu6"))
"""Functions that give exactly 0 for all that is negative, so that a unit can die."""
MAY_CUT = CUT | {"", "prelu", "hardsilu"}
"""These, functions that may have learned to, and what is not known."""
WITHIN_ONE = frozenset(("tanh", "hardtanh", "softsign"))
"""Functions that end at -1 and 1."""
FROM_ZERO = frozenset(("sigmoid", "hardsigmoid"))
"""Functions that end at 0 and 1."""
LIMITED = WITHIN_ONE | FROM_ZERO
"""Functions that are flat at both ends, or all but flat, so that a unit can saturate."""
SHARES = frozenset(("softmax", "logsoftmax"))
"""Functions that give probabilities, of which most may be next to none."""
UNLIMITED = frozenset(
    ["linear", "relu", "gelu", "silu", "elu", "selu", "celu", "leakyrelu", "softplus", "mish", "prelu", "hardsilu"]
) | {"exponential"}
"""Functions without an upper limit."""
_FUNCTIONS = CUT | LIMITED | SHARES | UNLIMITED
_SAME = {"swish": "silu", "identity": "linear", "hardswish": "hardsilu", "gelunew": "gelu", "gelutanh": "gelu"}
_SEPARATOR = re.compile(r"[/.|\\>]")
_NORM = re.compile(r"(?:batch|layer|group|instance|rms|unit)_?norm")
_SHAPES = re.compile(r"dropout|pool|padding|flatten|reshape|permute|cropping")


@dataclass(frozen=True)
class Layer:
    """One layer of a model.

    Attributes
    ----------
    path
        The names of the models or modules it stands in, but for the outermost, and its own.
    kind
        Its class, or that of its operation, in lower case: "dense", "conv2d", "batchnormalization".
    function
        Its activation function, "linear" for none, "" where that is not known.
    units
        Outputs of its weight matrix, 0 where that is not known: one of N weights has N / units inputs.
    initialisers
        How its variables are drawn, in words, by the names of the variables.
    feeds
        The places of the layers that take its outputs.
    trained
        Whether it has weights.
    """

    path: tuple[str, ...]
    kind: str
    function: str = ""
    units: int = 0
    initialisers: Mapping[str, str] = field(default_factory=dict)
    feeds: tuple[int, ...] = ()
    trained: bool = False

    @property
    def is_norm(self) -> bool:
        """Whether it normalises, so that the scale of what comes in has no effect."""
        return bool(_NORM.search(self.kind))

    @property
    def is_embedding(self) -> bool:
        """Whether it looks up rows of a table."""
        return "embedding" in self.kind

    @property
    def keeps_scale(self) -> bool:
        """Whether what comes in twice as large goes out twice as large."""
        if self.function:
            return self.function in ("linear", "relu") and not self.trained
        return bool(_SHAPES.search(self.kind))


@dataclass(frozen=True)
class Model:
    """Layers in depth order.

    Attributes
    ----------
    layers
        Each in front of those that it feeds, as far as they stand in no circle.
    name
        The model's own name, with which tags may begin; "" where it has none.
    logged
        For tags of which the log says what tensor they show: the place of its layer (-1 for none), and the function
        that made it, "" for none.
    origin
        Tells what it was read from: equal only where that is equal.
    """

    layers: tuple[Layer, ...]
    name: str = ""
    logged: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    origin: str = ""

    def match(self, named: Mapping[str, Iterable[str]]) -> dict[str, int]:
        """Find the layers that tags name among the model's.

        Parameters
        ----------
        named
            The layers that tags name, each with its tags.

        Returns
        -------
        dict
            The place of each layer found. A name that fits several is left out, and so are several names that fit one
            where the model does not say whose it is: ``generator/dense`` and ``discriminator/dense``.
        """
        places: dict[str, int] = {}
        fits: dict[str, tuple[int, tuple[str, ...]]] = {}
        for name, tags in named.items():
            logged = {self.logged[tag][0] for tag in tags if tag in self.logged} - {-1}
            if len(logged) == 1:
                places[name] = logged.pop()
            elif (fit := self._fit(name)) is not None:
                fits[name] = fit
        before: dict[int, set[tuple[str, ...]]] = {}
        for place, outer in fits.values():
            before.setdefault(place, set()).add(outer)
        for name, (place, outer) in fits.items():
            own = before[place] & {(), (self.name,)}
            if outer in own or (not own and len(before[place]) == 1):
                places[name] = place
        return places

    def _fit(self, name: str) -> tuple[int, tuple[str, ...]] | None:
        """Return the layer that a name names, and what stands before it in the name: rather nothing, else the least."""
        parts = tuple(_SEPARATOR.split(name))
        fits = []
        for end in range(len(parts), 0, -1):
            fitting: dict[int, list[int]] = {}
            for place in self._by_name.get(parts[end - 1], ()):
                path = self.layers[place].path
                shared = next((n for n in range(1, min(len(path), end)) if path[-1 - n] != parts[end - 1 - n]), None)
                shared = min(len(path), end) if shared is None else shared
                # Keras 2 leaves out the nested model that a layer stands in; a bare number would fit anything then.
                bare = parts[: end - shared] in ((), (self.name,)) and not parts[end - 1].isdigit()
                if shared == len(path) or bare:
                    fitting.setdefault(shared, []).append(place)
            if fitting:
                most = max(fitting)
                fits.append((fitting[most], parts[: end - most]))
        # The innermost of equals: a layer of the user's own may hold others whose names fit elsewhere, too.
        own = [fit for fit in fits if fit[1] in ((), (self.name,))]
        for places, before in (own or fits)[:1]:
            return (places[0], before) if len(places) == 1 else None
        return None

    @cached_property
    def _by_name(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for place, layer in enumerate(self.layers):
            found.setdefault(layer.path[-1], []).append(place)
        return found

    def is_own(self, name: str, place: int) -> bool:
        """Tell whether a name is the layer's own, not that of something inside of it."""
        return _SEPARATOR.split(name)[-1] == self.layers[place].path[-1]

    @cached_property
    def connected(self) -> bool:
        """Whether it is known which layer feeds which."""
        return any(layer.feeds for layer in self.layers)

    def is_output(self, place: int) -> bool:
        """Tell whether no layer that is trained comes after this one."""
        return self.connected and not self._before_trained[place]

    @cached_property
    def _before_trained(self) -> list[bool]:
        return self._from_behind(lambda found, layer: any(self.layers[n].trained or found[n] for n in layer.feeds))

    def feeds_norm(self, place: int) -> bool:
        """Tell whether all that takes a layer's outputs normalises them, be it behind what keeps their scale."""
        return self.layers[place].function in ("", "linear", "relu") and self._before_norm[place]

    @cached_property
    def _before_norm(self) -> list[bool]:
        return self._from_behind(
            lambda found, layer: (
                bool(layer.feeds)
                and all(self.layers[n].is_norm or (self.layers[n].keeps_scale and found[n]) for n in layer.feeds)
            )
        )

    def _from_behind(self, find: Callable[[list[bool], Layer], bool]) -> list[bool]:
        """Decide something of each layer by what was decided of those that it feeds."""
        found = [False] * len(self.layers)
        for place in range(len(found) - 1, -1, -1):
            found[place] = find(found, self.layers[place])
        return found

    def function(self, place: int) -> str:
        """Return the function that gave what is logged as a layer's outputs, "" where that is not certain.

        A function behind a layer that has none of its own may be named with it; layers that have weights are not.
        """
        layer = self.layers[place]
        behind = [self.layers[other] for other in layer.feeds]
        plain = bool(behind) and all(other.trained and not other.is_norm for other in behind)
        return layer.function if layer.function != "linear" or plain else ""

    def function_of_product(self, place: int) -> str:
        """Return the function that takes a layer's product with its weights, its own or all of the next layer."""
        behind = [self.layers[other] for other in self.layers[place].feeds]
        if self.layers[place].function == "linear" and len(behind) == 1 and not behind[0].trained:
            return behind[0].function
        return self.function(place)

    def is_gate(self, place: int) -> bool:
        """Tell whether the outputs are multiplied with others."""
        return any(self.layers[other].kind in ("multiply", "mul") for other in self.layers[place].feeds)


def function_named(name: str) -> str:
    """Return the function that a class, an operation or a setting names, "" for one that is not known."""
    plain = name.rpartition("::")[2].rpartition(">")[2].replace("_", "").lower()
    plain = _SAME.get(plain, plain)
    return plain if plain in _FUNCTIONS else ""


def arranged(layers: Sequence[Layer]) -> tuple[tuple[Layer, ...], list[int]]:
    """Put each layer in front of those that it feeds, and leave the rest as it is listed.

    Returns
    -------
    tuple
        The layers, and the new place of each that was given.
    """
    waiting = [0] * len(layers)
    for layer in layers:
        for other in layer.feeds:
            waiting[other] += 1
    ready = [number for number, others in enumerate(waiting) if not others]
    listed = iter(range(len(layers)))
    place = [-1] * len(layers)
    order: list[int] = []
    while len(order) < len(layers):
        # Where only layers that feed each other in a circle are left, the one listed first goes first.
        taken = heapq.heappop(ready) if ready else next(number for number in listed if place[number] < 0)
        if place[taken] >= 0:
            continue
        place[taken] = len(order)
        order.append(taken)
        for other in layers[taken].feeds:
            waiting[other] -= 1
            if not waiting[other] and place[other] < 0:
                heapq.heappush(ready, other)
    moved = (replace(layers[number], feeds=tuple(place[other] for other in layers[number].feeds)) for number in order)
    return tuple(moved), place

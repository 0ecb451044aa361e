"""What the model that a log holds says of the layers that a run's tags name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..measured import SeriesMetrics
from ..tags.parsing import Ordering, TagInfo
from ..tags.words import BESIDE
from .model import Layer, Model, function_named

_WEIGHTS = ("weight", "embedding", "weight-gradient", "embedding-gradient")
OF_NORM = {
    "weight": "norm-scale",
    "bias": "norm-shift",
    "weight-gradient": "norm-gradient",
    "bias-gradient": "norm-gradient",
}
_OF_EMBEDDING = {"weight": "embedding", "weight-gradient": "embedding-gradient"}


class Modelled:
    """The layers of a run as its model knows them; it knows nothing where no model is logged or none that fits.

    Parameters
    ----------
    model
        What was logged beside the histograms.
    tags, infos
        Of the run's series.
    """

    def __init__(self, model: Model | None, tags: Sequence[str], infos: Sequence[TagInfo]) -> None:
        self._model = model or Model(())
        named: dict[str, list[str]] = {}
        for tag, info in zip(tags, infos, strict=True) if model else ():
            if info.layer:
                named.setdefault(info.layer, []).append(tag)
        self._found = self._model.match(named)

    def correct(self, info: TagInfo) -> TagInfo:
        """Return what a tag says, with the parts of normalisations and embeddings called what they are."""
        layer = self._layer(info)
        roles = {} if layer is None else OF_NORM if layer.is_norm else _OF_EMBEDDING if layer.is_embedding else {}
        return replace(info, role=roles[info.role]) if info.role in roles else info

    def reorder(self, ordering: Ordering, infos: Sequence[TagInfo]) -> Ordering:
        """Put the layers of each network in the model's order."""
        return order_by_model(ordering, infos, self._found) if self._found else ordering

    def layer(self, series: SeriesMetrics) -> Layer | None:
        """Return the layer that a series belongs to."""
        return self._layer(series.info)

    def _layer(self, info: TagInfo) -> Layer | None:
        place = self._found.get(info.layer)
        return None if place is None else self._model.layers[place]

    def function(self, series: SeriesMetrics) -> str:
        """Return the function that gave an activation, or that takes a pre-activation; "" where that is not certain."""
        if series.tag in self._model.logged and series.role == "activation":
            return self._model.logged[series.tag][1]
        layer = self.layer(series)
        if layer is None or series.role not in ("activation", "pre-activation") or not self._is_own(series):
            return ""
        of = self._model.function if series.role == "activation" else self._model.function_of_product
        function = of(self._found[series.layer])
        return function if function_named(series.info.hint) in ("", function) else ""

    def _is_own(self, series: SeriesMetrics) -> bool:
        """Tell whether a series shows what the layer gives, not something inside of it."""
        return self._model.is_own(series.layer, self._found[series.layer])

    def initialiser(self, series: SeriesMetrics) -> str:
        """Return how a weight is drawn, in words, "" where that is not known."""
        layer = self.layer(series)
        if layer is None:
            return ""
        names = [name for name in layer.initialisers if name in series.tag]
        return layer.initialisers[max(names, key=len)] if names else ""

    def inputs(self, series: SeriesMetrics) -> float:
        """Return the number of inputs of each unit that a weight matrix belongs to, NaN where that is not known."""
        layer = self.layer(series)
        if layer is None or not layer.units or series.role != "weight" or not len(series):
            return float("nan")
        inputs = float(series.size[0]) / layer.units
        return inputs if inputs.is_integer() and inputs > 0 else float("nan")

    def is_output(self, series: SeriesMetrics) -> bool | None:
        """Tell whether these are outputs of the model, None where that is not known."""
        place = self._found.get(series.layer)
        return None if place is None or not self._model.connected else self._model.is_output(place)

    def feeds_norm(self, series: SeriesMetrics) -> bool | None:
        """Tell whether all that takes the outputs of a layer normalises them, None where that is not known."""
        place = self._found.get(series.layer)
        return None if place is None or not self._model.connected else self._model.feeds_norm(place)

    def is_gate(self, series: SeriesMetrics) -> bool:
        """Tell whether the outputs of a layer are multiplied with others."""
        place = self._found.get(series.layer)
        return place is not None and self._is_own(series) and self._model.is_gate(place)


def order_by_model(ordering: Ordering, infos: Sequence[TagInfo], found: Mapping[str, int]) -> Ordering:
    """Order the layers of each network as the model does, where it knows all of them that have weights.

    Parameters
    ----------
    ordering
        What their names tell.
    infos
        What the tags of a run say.
    found
        The places of layers in the model.
    """
    deep: dict[str, set[str]] = {}
    weights: dict[str, set[str]] = {}
    network_of: dict[str, str] = {}
    for info in infos:
        network_of[info.layer] = info.network
        if info.layer and info.role not in BESIDE:
            deep.setdefault(info.network, set()).add(info.layer)
            if info.role in _WEIGHTS:
                weights.setdefault(info.network, set()).add(info.layer)
    known = {network for network, layers in deep.items() if weights.get(network, layers) <= found.keys()}
    if not known:
        return ordering
    networks: dict[str, list[str]] = {}
    for layer in ordering.places:
        networks.setdefault(network_of[layer], []).append(layer)
    ordered: list[str] = []
    for network, layers in networks.items():
        place, last = {}, -1
        for layer in layers:
            # What the model does not know stays behind what its name puts it behind.
            place[layer] = last = found.get(layer, last)
        ordered += sorted(layers, key=place.__getitem__) if network in known else layers
    return Ordering({layer: n for n, layer in enumerate(ordered)}, ordering.known or known >= deep.keys())

"""What the user says about tags and layers where their names do not tell, or tell something untrue."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import msgspec

from .parsing import Ordering, TagInfo
from .words import BESIDE, GRADIENT_OF

ROLES = tuple(
    dict.fromkeys(
        (
            *("weight", "bias", "norm-scale", "norm-shift", "embedding", "activation", "pre-activation", "attention"),
            *("gradient", *GRADIENT_OF.values()),
            *("moving-statistic", "optimizer", "mask", "unknown"),
        )
    )
)
"""Every role that a tensor may have."""


class Naming(msgspec.Struct, frozen=True):
    """Roles by patterns of tags, and layers in the order in which data pass through them.

    A role's pattern is searched for in the tag, and the first that is found holds; its group ``layer``, if it has one,
    names the layer. An entry of ``layers`` is a layer's whole name, or a regular expression for whole names.
    """

    roles: tuple[tuple[str, str], ...] = ()
    layers: tuple[str, ...] = ()

    def correct(self, tag: str, info: TagInfo) -> TagInfo:
        """Return what a tag says, corrected by what the user says of it."""
        for pattern, role in self.roles:
            if found := re.search(pattern, tag):
                # A layer of its own rather than none: what has no name would count as one layer with its like.
                layer = found.groupdict().get("layer") or info.layer or tag.rpartition("/")[0] or tag
                return replace(info, role=role, layer=layer)
        return info

    def reorder(self, ordering: Ordering, infos: Sequence[TagInfo]) -> Ordering:
        """Put the layers that the user lists in that order and in front of the others.

        The order is known where every layer of a network is listed, or none is and it was known before.
        """
        listed = {layer: place for layer in ordering.places if (place := self._place(layer)) is not None}
        if not listed:
            return ordering
        last = len(self.layers)
        ordered = sorted(ordering.places, key=lambda layer: (listed.get(layer, last), ordering.places[layer]))
        networks: dict[str, set[str]] = {}
        for info in infos:
            if info.layer and info.role not in BESIDE:
                networks.setdefault(info.network, set()).add(info.layer)
        known = all(
            layers <= listed.keys() or (ordering.known and layers.isdisjoint(listed)) for layers in networks.values()
        )
        return Ordering({layer: place for place, layer in enumerate(ordered)}, known)

    def _place(self, layer: str) -> int | None:
        fits = (place for place, name in enumerate(self.layers) if name == layer or re.fullmatch(name, layer))
        return next(fits, None)

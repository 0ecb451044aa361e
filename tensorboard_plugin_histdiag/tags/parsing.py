"""Tag names: which tensor of which layer a histogram shows, as far as its name says.

Nothing in a log says what a histogram was made of, so the tag must. Names are read in whole words (``upgrade`` holds no
``grad``), and a name that says nothing stays ``unknown``: a wrong role does more harm than none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from .depth import natural_key, sort_layers
from .segments import FUNCTION, Segment, split
from .words import (
    ATTENTION_OF,
    AUTOMATIC,
    BEFORE,
    BESIDE,
    DECORATION,
    EMBEDDING,
    FINAL,
    GRADIENT,
    GRADIENT_OF,
    HEAD,
    LAYER,
    LORA,
    MOTION,
    NETWORK,
    OPTIMIZERS,
    OUTER,
    PART,
    SLOTS,
    WRAPPERS,
    ending,
    is_figure,
    is_norm,
    is_statistic,
    kind_of,
)

# No name of a tensor is longer; whatever is, was not made to be read, and would only cost time.
_LONGEST = 500


@dataclass(frozen=True)
class TagInfo:
    """What a tag says: the tensor's role, its layer, the network the layer stands in, and a hint about its function.

    ``layer`` and ``network`` are "" where the tag names none. A layer's name begins with its network's, so that it
    is unique in a run.
    ``hint`` is "relu", "tanh", "softmax", ... for activations, "output" for a network's output, "logits" for scores
    before a softmax, "lora-a" and "lora-b" for the two halves of an adapter, else "".
    """

    role: str
    layer: str
    network: str
    hint: str


@dataclass(frozen=True)
class Ordering:
    """Places of layers in depth: ``places[layer]`` counts up within a network, network after network.

    ``known`` is False where the names do not tell the order of at least one network.
    """

    places: dict[str, int]
    known: bool


def _yields(role: str, wrapper: str, gradient: bool, leaf: Segment) -> bool:
    """Whether the last segment is only a layer's name, although it looks like a role: ``weights/output``."""
    if role == "embedding":
        return wrapper == "activation"
    if wrapper == "activation" and leaf.words[-1].text in ("w", "b"):
        return True  # activations/block1b
    return role == "activation" and bool(HEAD.search(leaf.name)) and (wrapper in ("weight", "bias") or gradient)


def _network(layer: Sequence[Segment]) -> int:
    """Return how many leading segments of a layer's name make its network."""
    start = 0
    while start < len(layer) - 1 and layer[start].name in OUTER:
        start += 1
    if len(layer) - start < 2:
        return 0
    first, second = layer[start], layer[start + 1]
    words = {word.text for word in first.words}
    named = words & NETWORK or first.text.lower() in NETWORK or first.text.split("_")[0] in ("G", "D")
    if named or first.name in AUTOMATIC or (len(first.words) > 1 and first.words[-1].text in ("net", "network")):
        return start + 1
    # In names joined by "/" a first segment without a number that is no known part is a scope: ``gan_b/hidden/kernel``.
    scope = second.before == "/" and not first.numbered and not words & PART and not is_norm([first])
    return start + 1 if scope and second.name and first.name not in ("", second.name) else 0


def _join(segments: Sequence[Segment]) -> str:
    """Write a layer's name as the tag wrote it."""
    kept = [segment for segment in segments if segment.text]
    return "".join((segment.before or "/") * bool(place) + segment.text for place, segment in enumerate(kept))


def _peel(segments: list[Segment]) -> bool:
    """Take decorations and the word gradient off the end of a tag, in place; return whether it was there."""
    gradient = False
    while segments:
        leaf = segments[-1]
        end = len(leaf.words)
        while end:
            numbers = next((n for n in range(end) if leaf.words[end - 1 - n].text), end)  # ``:0``, ``_2`` of duplicates
            word = leaf.words[end - 1 - numbers].text if numbers < end else ""
            if word not in GRADIENT and word not in DECORATION:
                break
            gradient |= word in GRADIENT
            end -= numbers + 1
        segments[-1] = leaf.cut(0, end)
        if end or not leaf.words or len(segments) == 1:
            break
        segments.pop()
    return gradient


def _front(segment: Segment) -> tuple[Segment, bool]:
    """Take the word gradient off the front: ``grad_fc1``, ``GRAD_encoder``, not ``gradient_reversal``."""
    first, rest = segment.words[0].text, segment.cut(1, len(segment.words))
    if first in GRADIENT and (rest.numbered or (rest.words and ending(rest, ())[0])):
        return rest, True
    if segment.text.startswith(("GRAD_", "WEIGHT_", "WEIGHTS_")) and rest.words:
        return rest, first in GRADIENT
    if segment.words[-1].text in ("grads", "gradients") and len(segment.words) > 1 and first != "policy":
        return segment.cut(0, len(segment.words) - 1), True  # actor_grads/fc1.weight
    return segment, False


def _side(leaf: Segment) -> str:
    """Return the role where it stands in front of the layer, as in ``W_conv1``; "" where it does not."""
    texts = [word.text for word in leaf.words]
    layer = [text for text in texts[1:] if text]
    return BEFORE.get(texts[0], "") if layer and LAYER.issuperset(layer) else ""


def _sort_out(segments: Sequence[Segment]) -> tuple[list[Segment], set[str]]:
    """Part the segments before the last into those that name a layer, and the kinds that the others sort by."""
    parents, kinds = list[Segment](), set[str]()
    for place, segment in enumerate(segments[:-1]):
        kind = kind_of(segment) if place or not segment.numbered else None  # the layer activation_1 is no kind
        if kind is None:
            parents.append(segment)
        else:
            kinds.add(kind)
    leaf = segments[-1]
    # Adam's ``m`` of a parameter; a layer may be called ``v``.
    slot = leaf.name in SLOTS and (
        not kinds.isdisjoint(("weight", "bias")) or bool(parents and ending(parents[-1], ())[0])
    )
    slots = [segment for segment in parents if segment.name in SLOTS or segment.name in OPTIMIZERS]
    if slot or len(slots) > 1:
        kinds.add("optimizer")
    if "optimizer" in kinds:
        parents = [segment for segment in parents if segment not in slots and segment.name]
    return parents, kinds


def _hint(role: str, leaf: Segment, layer: Sequence[Segment], own: bool) -> str:
    """Return what the name says about the function; ``own`` is whether the last segment itself names the layer."""
    if lora := LORA.search("_".join(segment.name for segment in layer[-2:])):
        return "lora-a" if lora[1] in ("a", "down") else "lora-b"
    near = "_".join((layer[-1].name if layer else "", leaf.name)).replace("leaky_relu", "leakyrelu")
    if role == "attention":
        return "logits" if re.search(r"logit|score", leaf.name) else "softmax"
    if role in ("activation", "pre-activation"):
        if functions := [word for word in near.split("_") if word in FUNCTION]:
            return functions[-1]
        if FINAL.search(leaf.name) or (own and HEAD.search(leaf.name)) or (layer and HEAD.search(layer[-1].name)):
            return "output"
    return ""


def _role(role: str, leaf: Segment, layer: Sequence[Segment], gradient: bool) -> str:
    """Refine a role by the layer that the tensor belongs to, and by whether it is a gradient."""
    if role in ("weight", "bias") and is_norm(layer):
        role = "norm-scale" if role == "weight" else "norm-shift"
    elif role == "weight" and layer and EMBEDDING.search(layer[-1].name):
        # Patches are embedded by a convolution, which Flax's ViT calls embedding/kernel.
        convolution = "patch" in layer[-1].name or (layer[-1].name, leaf.name) == ("embedding", "kernel")
        role = "weight" if convolution else "embedding"
    if not gradient or role == "optimizer":
        return role or "unknown"
    return GRADIENT_OF.get(role, "gradient")


@lru_cache(maxsize=65536)
def parse(tag: str) -> TagInfo:
    """Read a tag's name.

    Parameters
    ----------
    tag
        Any text; it is not trusted.

    Returns
    -------
    TagInfo
        With the role ``unknown`` where the name does not say what the tensor is.

    Notes
    -----
    A name is read from its end: first decorations (``/histogram``, ``:0``) and the word gradient are taken off, then
    the last words tell the role, and all that is left is the layer, but for segments that only sort tags by kind
    (``Parameters/``, ``grads/``, ``layer1/weights/summaries``). Where the last words tell no role, such a segment does.
    """
    segments = split(tag) if len(tag) <= _LONGEST else []
    gradient = _peel(segments)
    segments = [segment for segment in segments if segment.words]
    if not segments:
        return TagInfo("gradient" if gradient else "unknown", "", "", "")
    for place in {0, len(segments) - 1}:
        segments[place], front = _front(segments[place])
        gradient |= front
    if is_figure(segments):
        return TagInfo("unknown", "", "", "")
    leaf = segments[-1]
    parents, kinds = _sort_out(segments)
    gradient |= "gradient" in kinds
    wrapper = next((kind for kind in WRAPPERS if kind in kinds), "")

    role, kept = ending(leaf, parents)
    own = leaf.cut(0, kept)
    if (side := _side(leaf)) and not (parents and role in ("weight", "bias")):
        role, own = side, leaf.cut(1, len(leaf.words))
    elif wrapper in ("optimizer", "moving-statistic"):
        role = wrapper
    elif not role or _yields(role, wrapper, gradient, leaf):
        if is_statistic(leaf) or (leaf.text == "norm" and wrapper != "activation" and (kinds or gradient)):
            return TagInfo("unknown", "", "", "")
        role, own = wrapper, leaf
        if not role and any(ATTENTION_OF.search(segment.name) for segment in parents):
            role = "attention"

    if role in ("optimizer", "moving-statistic"):
        if MOTION.search(leaf.name) and not (wrapper or ending(own, ())[0]):
            return TagInfo("unknown", "", "", "")
        own = own.cut(0, ending(own, ())[1]) if ending(own, ())[0] in ("weight", "bias") else own
        parents = [segment for segment in parents if segment.name not in OPTIMIZERS]
    layer = [*parents, own] if own.words else parents
    named = bool(layer)
    if not layer and role in ("activation", "pre-activation", "embedding"):
        layer = [leaf]
    role = _role(role, leaf, layer, gradient)
    if role == "unknown" and not kinds and leaf.words[-1].text not in LAYER:
        return TagInfo(role, "", "", "")
    count = next((word.number for word in leaf.words if word.number), "")  # W1 and b1 are of the layer 1
    name = _join(layer) or ("" if role in ("optimizer", "moving-statistic") else count)
    return TagInfo(role, name, _join(layer[: _network(layer)]), _hint(role, leaf, layer, not named or own is leaf))


def order_layers(tags: Iterable[str]) -> Ordering:
    """Order the layers that tags name by depth, each network by itself.

    Parameters
    ----------
    tags
        The tags of one run.

    Returns
    -------
    Ordering
        Places counted through, network after network; tags without a layer have none.
    """
    return order_infos(map(parse, tags))


def order_infos(infos: Iterable[TagInfo]) -> Ordering:
    """Order layers by depth from what the tags of one run say."""
    networks: dict[str, dict[str, bool]] = {}
    for info in infos:
        if info.layer:
            layers = networks.setdefault(info.network, {})
            layers[info.layer] = layers.get(info.layer, False) or info.role not in BESIDE
    places: dict[str, int] = {}
    known = True
    for network in sorted(networks, key=natural_key):
        layers = networks[network]
        ordered, credible = sort_layers(layers)
        places.update(zip(ordered, range(len(places), len(places) + len(ordered)), strict=True))
        deep = [layer for layer, counts in layers.items() if counts]
        known = known and (credible if len(deep) == len(layers) else sort_layers(deep)[1])
    return Ordering(places, known and bool(places))

"""Depth order of layers, from their names alone, and whether the names are to be believed."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

_PIECE = re.compile(r"([0-9]+)")
_SEPARATOR = re.compile(r"[/.|\\>]")

NaturalKey = tuple[tuple[int, int, str], ...]


def natural_key(name: str) -> NaturalKey:
    """Sort numbers in names as numbers: ``dense`` < ``dense_1`` < ``dense_2`` < ``dense_10``."""
    pieces = _PIECE.split(name)
    # A number's length and then its digits compare as the number does, however long an untrusted name makes it.
    return tuple(
        (1, len(piece.lstrip("0")), piece.lstrip("0")) if place % 2 else (0, 0, piece.lower().rstrip("_- "))
        for place, piece in enumerate(pieces)
    )


# Kinds of layers in the order in which they follow each other in nearly every network: a level of names that holds
# several kinds is sorted by these first. Bare names fit whole; a number may follow.
_RANKS: tuple[tuple[int, re.Pattern[str]], ...] = tuple(
    (rank, re.compile(rf"^(?:{pattern})$"))
    for rank, pattern in (
        (
            0,
            r"inputs?|input_layer|in|stem|conv_stem|conv_in|\w*embed(?:dings?|ding|der|s|_tokens|_positions)?|emb|wte|wpe|"
            r"cls_token|patch_embed\w*|pos_embed\w*|from_rgb|shared",
        ),
        (
            1,
            r"model|module|net|network|backbone|base|base_model|trunk|body|features|feature_extractor|encoder|transformer|"
            r"bert|roberta|gpt|vit|resnet",
        ),
        (2, r"(?:\w*_)?conv(?:olution)?(?:_transpose)?|conv_?layers?|cnn"),
        (
            3,
            r"(?:(?:res|residual|conv|transformer)_?)?(?:layers?|blocks?|stages?|h)|hidden(?:_?layers?)?|fire|inception|"
            r"mixed",
        ),
        (4, r"(?:bi)?(?:lstm|gru|rnn)|bidirectional|simple_rnn"),
        (5, r"pooler|neck|bottleneck|decoder"),
        (6, r"fc|fcs|dense|linear|lin|fully_connected|mlp"),
        (
            8,
            r"(?:\w*_)?(?:heads?|outputs?|out|logits?|classifier|predictions?|pred|qpred|score|final|last)"
            r"(?:_?layer|_proj|_conv)?|to_rgb|softmax|final_\w+",
        ),
    )
)
_MIDDLE, _HEAD = 3, 8
# What has no depth of its own but goes with another layer: ``bn1`` and ``relu1`` with ``conv1``.
_COMPANION = re.compile(
    r"^(?:\w*_)?(?:bn|ln|gn|norm|(?:batch|layer|group|instance|rms)_?norm(?:alization)?|relu|tanh|sigmoid|gelu|elu|act|"
    r"activation|(?:max|avg)?_?pool(?:ing)?|dropout|flatten)(?:_f)?$"
)


@dataclass
class _Level:
    """Layers that share a beginning: the names that may follow it, each with its own level below."""

    below: dict[str, _Level] = field(default_factory=dict)
    layer: str | None = None


def _plain(name: str) -> str:
    """Take out numbers that count nothing: the 2 of ``conv2d``."""
    return re.sub(r"(?i)(conv(?:olution)?(?:_transpose)?|pool(?:ing)?|norm)[123]d", r"\1", name)


@lru_cache(maxsize=16384)
def _stem(name: str) -> str:
    """Return a name without the number at its end: ``conv2d_1`` and ``conv1_2`` are ``conv``."""
    bare = re.sub(r"[0-9]+[a-z]?(?:[_-][0-9a-z]{1,3})*$", "", _plain(name))
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", bare).lower().strip("_- ")


@lru_cache(maxsize=16384)
def _rank(name: str) -> int | None:
    """Return where a kind of layer stands, None for a kind that tells nothing."""
    stem = _stem(name)
    return next((rank for rank, pattern in _RANKS if pattern.match(stem)), None)


def _numbers(name: str) -> tuple[int, ...]:
    """Return the numbers in a name, shortened where they are absurdly long."""
    return tuple(int(number[:9]) for number in re.findall(r"[0-9]+", _plain(name)))


def _caffe_style(names: Sequence[str]) -> bool:
    """Whether one count goes through all kinds, as in ``conv1, fire2, ..., conv10`` or ``conv1, ..., conv5, fc6``.

    Not so for ``conv2d_4, dense_2``: Keras counts each kind by itself, and writes the count with an underscore.
    """
    if len({_stem(name) for name in names}) < 2 or not all(
        re.fullmatch(r"[A-Za-z]+[0-9]+(?:_[0-9]+)?", n) for n in names
    ):
        return False
    owners: dict[int, set[str]] = {}
    for name in names:
        owners.setdefault(_numbers(name)[0], set()).add(_stem(name))
    return all(len(stems) == 1 for stems in owners.values()) and max(owners) - min(owners) + 1 == len(owners)


def _sort_middle(names: list[str], counted: Container[str]) -> tuple[list[str], bool]:
    """Sort what stands between inputs and heads; also return whether that order is to be believed."""
    if _caffe_style(names):
        return sorted(names, key=lambda name: (_numbers(name), natural_key(name))), True
    kinds: dict[int | None, list[str]] = {}
    for name in names:
        kinds.setdefault(_rank(name), []).append(name)
    # Within a kind a count tells the order; two kinds of the same place do not tell theirs.
    credible = all(len({_stem(name) for name in kind}) == 1 for kind in kinds.values())
    # ``hidden`` may stand anywhere, ``hidden_1`` may not; kinds with a place of their own (``conv``) need no count.
    credible &= all(any(name in counted for name in kinds[rank]) for rank in (None, _MIDDLE) if rank in kinds)
    credible &= not (None in kinds and _MIDDLE in kinds)
    return sorted(names, key=lambda n: (_MIDDLE if (rank := _rank(n)) is None else rank, natural_key(n))), credible


def _sort_level(level: _Level) -> tuple[list[str], bool]:
    """Sort the names of one level; also return whether that order is to be believed."""
    names = sorted(level.below, key=natural_key)
    companions = [name for name in names if _COMPANION.match(_stem(name))]
    if len(companions) == len(names):
        companions = []
    others = [name for name in names if name not in companions]
    first = [name for name in others if _rank(name) == 0]
    last = [name for name in others if _rank(name) == _HEAD]
    # A bare ``fc`` beside other layers is the classifier of ResNets, wherever the alphabet puts it.
    if not last and len(others) > 1 and "fc" in others and [_stem(name) for name in others].count("fc") == 1:
        last = ["fc"]
    middle = [name for name in others if name not in first and name not in last]
    counted = {name for name in names if _numbers(name) or any(map(_numbers, level.below[name].below))}
    middle, credible = _sort_middle(middle, counted) if middle else (middle, True)

    ordered, loose = first + middle, list[str]()
    for place, name in reversed(list(enumerate(companions))):
        numbers = _numbers(name)
        partner = next((other for other in middle if _numbers(other) == numbers), None) if numbers else None
        if _stem(name).endswith("normalization"):
            partner = middle[place] if place < len(middle) else None  # Keras counts each kind by itself
        if partner is not None:
            ordered.insert(ordered.index(partner) + 1, name)  # conv1, bn1
        elif numbers and 1 <= numbers[0] <= len(middle):
            ordered.insert(ordered.index(middle[numbers[0] - 1]), name)  # ln_1, attn, ln_2, mlp
        else:
            loose.insert(0, name)  # the last ``norm`` or ``ln_f`` in front of the head
    return ordered + loose + last, credible or len(names) == 1


def _walk(level: _Level, judged: bool) -> tuple[list[str], bool]:
    """List the layers below a level, depth first; within a numbered block the names are no longer judged."""
    layers = [level.layer] if level.layer is not None else []
    names, credible = _sort_level(level) if level.below else ([], True)
    credible = credible or not judged
    for name in names:
        below, sure = _walk(level.below[name], judged and not _numbers(name))
        layers += below
        credible = credible and sure
    return layers, credible


def sort_layers(layers: Iterable[str]) -> tuple[list[str], bool]:
    """Sort the names of one network's layers by depth.

    Parameters
    ----------
    layers
        Names, their parts joined by ``/`` or ``.``.

    Returns
    -------
    tuple
        The names in order, and whether that order is credible: at each level the layers are counted, or of kinds
        whose order is settled (inputs, convolutions, blocks, dense layers, heads). What stands inside a numbered
        block is not asked, as its number already says how deep it lies.
    """
    root = _Level()
    for layer in layers:
        level = root
        for part in _SEPARATOR.split(layer):
            level = level.below.setdefault(part, _Level())
        level.layer = layer
    return _walk(root, True)

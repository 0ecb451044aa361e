"""How a tag's name falls into segments, and these into words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache


def word_set(words: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(words.split())


FUNCTION = word_set(
    "relu relu6 leakyrelu prelu elu selu celu gelu silu swish mish tanh hardtanh sigmoid hardsigmoid softmax softplus "
    "softsign"
)
# Words that keep their capitals or digits together; all others are split at capitals (LayerNorm is layer, norm).
_WHOLE = FUNCTION | word_set(
    "rmsprop rmsnorm batchnorm layernorm groupnorm instancenorm conv1d conv2d conv3d lstm gru wx"
)
# What libraries write in ways of their own, and how everybody else does.
_REWRITTEN = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"\[([0-9]+)\](?=.*\[['\"])", r"/\1"),  # .opt_state[0].mu['params']['Dense_0']['bias'] of JAX
        (r"\[['\"]([^][]+?)['\"]\]", r"/\1"),
        (r":\s+", "/"),  # weights: dense
        (r":0(?=$|[/_.])", ""),  # kernel:0_grad of TensorFlow
        (r"/part_[0-9]+(?=$|/)", ""),  # a variable in parts of TensorFlow's estimators
        (r"^((?:[^/]*/)?grad)_(?:inf|[0-9.]+)_norm(?=[/_])", r"\1_norm"),  # grad_2.0_norm/fc1.weight of Lightning
        (r"(\bh\.[0-9]+\.attn\.(?:attention\.)?)bias$", r"\1mask"),  # GPT-2 keeps its causal mask so
        (r"parametrizations[./](\w+)[./]original0$", r"\1_g"),  # PyTorch's weight norm, by its older name
        (r"parametrizations[./](\w+)[./][0-9]+[./](?:_[uv]|base)$", r"\1_u"),  # its spectral and orthogonal norms
    )
)
_SEGMENTS = re.compile(r"([/.|\\>]*)([^/.|\\>]+)")
_TOKENS = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[^A-Z0-9]+[0-9]*|[0-9]+")
_NUMBER = re.compile(r"[0-9]*$")
_PLACE = re.compile(r"[0-9]+(?:[a-z]|x[0-9]+)")


@dataclass(frozen=True)
class Word:
    """A word of a tag in lower case and without its number, and where it stands in its segment."""

    text: str
    number: str
    start: int
    end: int


@dataclass(frozen=True)
class Segment:
    """A piece of a tag between separators; ``before`` is the separator that precedes it."""

    before: str
    text: str
    words: tuple[Word, ...]

    @property
    def name(self) -> str:
        """The words joined by ``_``, numbers left out: ``kernel:0_grad`` is ``kernel_grad``."""
        return "_".join(word.text for word in self.words if word.text)

    @property
    def numbered(self) -> bool:
        """Whether a number stands in it."""
        return any(word.number for word in self.words)

    def cut(self, first: int, last: int) -> Segment:
        """Return only the words from ``first`` up to but without ``last``."""
        words = self.words[first:last]
        if not words:
            return Segment(self.before, "", ())
        origin = words[0].start
        moved = tuple(Word(word.text, word.number, word.start - origin, word.end - origin) for word in words)
        return Segment(self.before, self.text[origin : words[-1].end], moved)


@lru_cache(maxsize=16384)
def _split_words(text: str) -> tuple[Word, ...]:
    """Split a segment at ``_``, ``-``, spaces, colons and capitals, and numbers off the ends of words."""
    found = []
    for token in _TOKENS.finditer(text):
        if _PLACE.fullmatch(token.group()):  # Mixed_5b, Conv2d_1a_3x3
            found.append(Word("", token.group(), token.start(), token.end()))
            continue
        pieces = [(token.group(), token.start())]
        if token.group().rstrip("0123456789").lower() not in _WHOLE and token.group().lower() not in _WHOLE:
            pieces = [(piece.group(), token.start() + piece.start()) for piece in _CAMEL.finditer(token.group())]
        for piece, start in pieces:
            stem = piece if piece.lower() in _WHOLE else _NUMBER.sub("", piece)
            found.append(Word(stem.lower(), piece[len(stem) :], start, start + len(piece)))
    return tuple(found)


def split(tag: str) -> list[Segment]:
    """Split a tag at ``/`` and ``.`` and the like, and keys from each other."""
    name = tag.strip()
    for pattern, replacement in _REWRITTEN:
        name = pattern.sub(replacement, name)
    return [Segment(before[:1], text, _split_words(text)) for before, text in _SEGMENTS.findall(name)]

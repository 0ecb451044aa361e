"""The PyTorch networks of the gallery; modules stand in the order in which the data goes through them."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

Make = Callable[[], nn.Module]


class SquaredReLU(nn.Module):
    """ReLU, squared: sparse and heavy-tailed."""

    def forward(self, x: Tensor) -> Tensor:
        return x.relu().square()


class TopK(nn.Module):
    """Keep the largest quarter of each example's values."""

    def forward(self, x: Tensor) -> Tensor:
        least = x.topk(max(1, x.shape[-1] // 4), dim=-1).values[..., -1:]
        return torch.where(x >= least, x, torch.zeros_like(x)).relu()


class Detach(nn.Module):
    """Let no gradient through."""

    def forward(self, x: Tensor) -> Tensor:
        return x.detach()


class Round(nn.Module):
    """Round: the gradient is exactly 0."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.round(x * 4.0) / 4.0


class Probabilities(nn.Softmax):
    """A softmax over the last axis."""

    def __init__(self) -> None:
        super().__init__(dim=-1)


NORMS: dict[str, Callable[[int], nn.Module]] = {"ln": nn.LayerNorm, "bn": nn.BatchNorm1d, "bn2d": nn.BatchNorm2d}
# Layers whose outputs are logged.
FUNCTIONS = (
    *(nn.ReLU, nn.LeakyReLU, nn.GELU, nn.SiLU, nn.Tanh, nn.Sigmoid),
    *(SquaredReLU, TopK, Probabilities, nn.RNN, nn.LSTM, nn.GRU),
)


def mlp(
    widths: Sequence[int],
    function: Make = nn.ReLU,
    *,
    norm: str = "",
    dropout: float = 0.0,
    output: Make | None = None,
    bias: bool = True,
    before_last: Make | None = None,
    behind: bool = False,
) -> Callable[[], nn.Module]:
    """Return what makes layers fc1, act1, fc2, ... between the widths; ``behind`` puts norms behind the functions."""

    def make() -> nn.Module:
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        for number, (inputs, outputs) in enumerate(pairwise(widths), start=1):
            last = number == len(widths) - 1
            if last and before_last is not None:
                layers["cut"] = before_last()
            layers[f"fc{number}"] = nn.Linear(inputs, outputs, bias=bias)
            if last:
                break
            if norm and not behind:
                layers[f"norm{number}"] = NORMS[norm](outputs)
            layers[f"act{number}"] = function()
            if norm and behind:
                layers[f"norm{number}"] = NORMS[norm](outputs)
            if dropout:
                layers[f"drop{number}"] = nn.Dropout(dropout)
        if output is not None:
            layers["out"] = output()
        return nn.Sequential(layers)

    return make


def cnn(
    channels: Sequence[int] = (8, 12),
    function: Make = nn.ReLU,
    *,
    norm: bool = False,
    side: int = 8,
    after: bool = False,
    before_last: Make | None = None,
    output: Make | None = None,
) -> Callable[[], nn.Module]:
    """Return what makes convolutions conv1, ... and a last layer fc; ``after`` puts the norm behind the function."""

    def make() -> nn.Module:
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        for number, (inputs, outputs) in enumerate(pairwise((1, *channels)), start=1):
            layers[f"conv{number}"] = nn.Conv2d(inputs, outputs, 3, stride=2, padding=1, bias=not norm or after)
            if norm and not after:
                layers[f"bn{number}"] = nn.BatchNorm2d(outputs)
            layers[f"act{number}"] = function()
            if norm and after:
                layers[f"bn{number}"] = nn.BatchNorm2d(outputs)
        layers["flatten"] = nn.Flatten()
        if before_last is not None:
            layers["cut"] = before_last()
        layers["fc"] = nn.Linear(channels[-1] * math.ceil(side / 2 ** len(channels)) ** 2, 10)
        if output is not None:
            layers["out"] = output()
        return nn.Sequential(layers)

    return make


class Recurrent(nn.Module):
    """A recurrent layer that reads a series, and a last layer on its last state."""

    def __init__(self, kind: str, inputs: int, width: int, outputs: int, *, cut: bool = False) -> None:
        super().__init__()
        self.rnn = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[kind](inputs, width, batch_first=True)
        self.cut = Detach() if cut else nn.Identity()
        self.head = nn.Linear(width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.cut(self.rnn(x)[0][:, -1]))


def recurrent(
    kind: str, inputs: int = 2, width: int = 20, outputs: int = 4, *, cut: bool = False
) -> Callable[[], nn.Module]:
    return lambda: Recurrent(kind, inputs, width, outputs, cut=cut)


class Attention(nn.Module):
    """Attention of one or more heads."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v = nn.Linear(width, width), nn.Linear(width, width), nn.Linear(width, width)
        self.probabilities = Probabilities()
        self.proj = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        batch, length, width = x.shape
        q, k, v = (one(x).view(batch, length, self.heads, -1).transpose(1, 2) for one in (self.q, self.k, self.v))
        logits = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
        ahead = torch.ones(length, length, dtype=torch.bool).triu(1)
        return self.proj(
            (self.probabilities(logits.masked_fill(ahead, -torch.inf)) @ v)
            .transpose(1, 2)
            .reshape(batch, length, width)
        )


class Block(nn.Module):
    """Attention and two layers, each behind a norm and beside a shortcut."""

    def __init__(self, width: int, heads: int, function: Make) -> None:
        super().__init__()
        self.ln1 = nn.LayerNorm(width)
        self.attn = Attention(width, heads)
        self.ln2 = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, 2 * width)
        self.act = function()
        self.fc2 = nn.Linear(2 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.ln1(x))
        return x + self.fc2(self.act(self.fc1(self.ln2(x))))


class Transformer(nn.Module):
    """A small causal language model."""

    def __init__(self, words: int, width: int, blocks: int, heads: int, function: Make, *, cut: bool) -> None:
        super().__init__()
        self.embed = nn.Embedding(words, width)
        self.position = nn.Embedding(32, width)
        for number in range(1, blocks + 1):
            self.add_module(f"block{number}", Block(width, heads, function))
        self.ln = nn.LayerNorm(width)
        self.cut = Detach() if cut else nn.Identity()
        self.head = nn.Linear(width, words)

    def forward(self, rows: Tensor) -> Tensor:
        x = self.embed(rows) + self.position(torch.arange(rows.shape[1]))
        for block in self.children():
            if isinstance(block, Block):
                x = block(x)
        return self.head(self.cut(self.ln(x)))


def transformer(
    width: int = 16, blocks: int = 1, heads: int = 2, function: Make = nn.GELU, *, words: int = 16, cut: bool = False
) -> Callable[[], nn.Module]:
    return lambda: Transformer(words, width, blocks, heads, function, cut=cut)


class Branch(nn.Module):
    """Two layers beside a shortcut, behind a norm where there is one."""

    def __init__(self, width: int, function: Make, norm: str) -> None:
        super().__init__()
        self.norm = NORMS[norm](width) if norm else nn.Identity()
        self.fc1 = nn.Linear(width, width)
        self.act = function()
        self.fc2 = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.fc2(self.act(self.fc1(self.norm(x))))


def residual(
    blocks: int = 3,
    width: int = 24,
    function: Make = nn.ReLU,
    *,
    norm: str = "ln",
    inputs: int = 64,
    outputs: int = 10,
    zero: bool = False,
) -> Callable[[], nn.Module]:
    """Return what makes a residual net; ``zero`` starts every branch at 0."""

    def make() -> nn.Module:
        layers: OrderedDict[str, nn.Module] = OrderedDict(stem=nn.Linear(inputs, width))
        for number in range(1, blocks + 1):
            block = layers[f"block{number}"] = Branch(width, function, norm)
            if zero:
                nn.init.zeros_(block.fc2.weight)
                nn.init.zeros_(block.fc2.bias)
        layers["head"] = nn.Linear(width, outputs)
        return nn.Sequential(layers)

    return make


class Bag(nn.Module):
    """Embedded words, averaged, and two layers."""

    def __init__(self, words: int, width: int, outputs: int, *, sparse: bool) -> None:
        super().__init__()
        self.embedding = nn.EmbeddingBag(words, width, mode="mean", sparse=sparse)
        self.fc1 = nn.Linear(width, 24)
        self.act1 = nn.ReLU()
        self.head = nn.Linear(24, outputs)

    def forward(self, rows: Tensor) -> Tensor:
        return self.head(self.act1(self.fc1(self.embedding(rows))))


def bag(words: int = 300, width: int = 8, outputs: int = 3, *, sparse: bool = False) -> Callable[[], nn.Module]:
    return lambda: Bag(words, width, outputs, sparse=sparse)

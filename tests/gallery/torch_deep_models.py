"""Deep PyTorch networks without shortcuts or norms, through which signals fade or grow."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch_models import Attention


class Stacked(nn.Module):
    """Recurrent layers, each on the states of the one below, and a last layer on the last state."""

    def __init__(self, layers: int, width: int, function: str) -> None:
        super().__init__()
        for number in range(1, layers + 1):
            inputs = 2 if number == 1 else width
            self.add_module(f"rnn{number}", nn.RNN(inputs, width, nonlinearity=function, batch_first=True))
        self.head = nn.Linear(width, 4)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.children():
            if isinstance(layer, nn.RNN):
                x = layer(x)[0]
        return self.head(x[:, -1])


def stacked(layers: int = 6, width: int = 14, function: str = "tanh") -> Callable[[], nn.Module]:
    return lambda: Stacked(layers, width, function)


class Straight(nn.Module):
    """Attention and two layers, one behind the other."""

    def __init__(self, width: int, function: Callable[[], nn.Module]) -> None:
        super().__init__()
        self.attn = Attention(width, 2)
        self.fc1 = nn.Linear(width, 2 * width)
        self.act = function()
        self.fc2 = nn.Linear(2 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(self.act(self.fc1(self.attn(x))))


class Unbridged(nn.Module):
    """A causal language model that lacks its shortcuts and norms."""

    def __init__(self, blocks: int, width: int, function: Callable[[], nn.Module], words: int = 16) -> None:
        super().__init__()
        self.embed = nn.Embedding(words, width)
        self.position = nn.Embedding(32, width)
        for number in range(1, blocks + 1):
            self.add_module(f"block{number}", Straight(width, function))
        self.head = nn.Linear(width, words)

    def forward(self, rows: Tensor) -> Tensor:
        x = self.embed(rows) + self.position(torch.arange(rows.shape[1]))
        for block in self.children():
            if isinstance(block, Straight):
                x = block(x)
        return self.head(x)


def unbridged(blocks: int = 4, width: int = 16, function: Callable[[], nn.Module] = nn.Tanh) -> Callable[[], nn.Module]:
    return lambda: Unbridged(blocks, width, function)

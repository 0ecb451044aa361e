"""A transformer whose queries and values learn by low-rank matrices beside frozen ones."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch_hooks import frozen, pretrained, thawed
from torch_models import Attention, transformer
from torch_recipe import Training


class Adapted(nn.Module):
    """A linear layer and, beside it, two narrow ones of which the second starts at 0."""

    def __init__(self, base: nn.Linear, rank: int = 4) -> None:
        super().__init__()
        self.base = base
        self.lora_A = nn.Linear(base.in_features, rank, bias=False)
        self.lora_B = nn.Linear(rank, base.out_features, bias=False)
        nn.init.kaiming_uniform_(self.lora_A.weight, a=math.sqrt(5))
        nn.init.zeros_(self.lora_B.weight)

    def forward(self, x: Tensor) -> Tensor:
        return self.base(x) + 2.0 * self.lora_B(self.lora_A(x))


def lora_transformer() -> nn.Module:
    net = transformer(width=20)()
    for module in [*net.modules()]:
        if isinstance(module, Attention):
            module.q, module.v = Adapted(module.q), Adapted(module.v)
    for block in ("block1.fc1", "block1.fc2"):
        parent, name = net.get_submodule(block.split(".")[0]), block.split(".")[1]
        layer = net.get_submodule(block)
        assert isinstance(layer, nn.Linear)
        setattr(parent, name, Adapted(layer))
    return net


def pretrained_base(t: Training) -> None:
    """Train the layers themselves for a while, then freeze them and leave the rest to the narrow ones."""
    frozen("*lora*")(t)
    pretrained(90)(t)
    frozen("*")(t)
    thawed("*lora*")(t)
    torch.manual_seed(int(t.rng.integers(2**31)))

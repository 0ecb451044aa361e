"""Healthy PyTorch runs that differ from a faulty one by one fact."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch_faulty import ADAMS, BASES, biased, normal
from torch_hooks import frozen, gain, loss_scaled, warm_up_cosine
from torch_models import mlp
from torch_recipe import ALL, Hook, Recipe, Training
from torch_tasks import digits, reconstruction


def twin(what: str, base: str, **changes: Any) -> Recipe:
    """Return a base's recipe, changed but healthy."""
    return replace(BASES[base], name=f"{what} {base}", **{"draws": 3} | changes)


def averaged_in(record: int) -> Hook:
    """Average the weights over ten records, then go on from the average."""

    def hook(t: Training) -> None:
        if t.starts(record - 10):
            t.memory["average"] = copy.deepcopy(t.net.state_dict())
        if "average" in t.memory and t.step <= record * t.interval:
            for name, value in t.net.state_dict().items():
                t.memory["average"][name].lerp_(value, 0.5 / t.interval)
        if t.starts(record):
            t.net.load_state_dict(t.memory["average"])

    return hook


def paused(first: int, last: int, *patterns: str) -> Hook:
    """Do not log some tensors for a few records."""

    def hook(t: Training) -> None:
        t.unlogged = patterns if first <= t.record < last else ()

    return hook


class Joined(nn.Module):
    """Two branches, of which the second counts only after a while."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.act1 = nn.Linear(64, 32), nn.ReLU()
        self.branch = mlp((32, 24, 10))()
        self.head = nn.Linear(32, 10)
        self.weight_of_branch = 0.0

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.act1(self.fc1(x))
        return self.head(hidden) + self.weight_of_branch * self.branch(hidden)


def joins(t: Training) -> None:
    """Count the second branch from the third record on."""
    assert isinstance(t.net, Joined)
    t.net.weight_of_branch = 1.0 if t.record >= 2 else 0.0


def noisier(t: Training) -> None:
    """Draw from noisier pictures since midway."""
    if t.record >= 20:
        t.inputs = t.inputs + 0.3 * torch.randn_like(t.inputs)


RECIPES = (
    twin("a few units dead", "mlp", prepare=biased("fc2.bias", -30.0, 0.25), kinds=(ALL,), traps=(37,)),
    twin("a few units dead", "cnn", prepare=biased("conv2.bias", -30.0, 0.25), kinds=(ALL,), traps=(37,)),
    twin("somewhat wide", "mlp tanh", prepare=gain(1.3), kinds=(ALL,)),
    twin("wide by three", "mlp", prepare=normal("*.weight", 0.3), kinds=(ALL, ("weight",))),
    twin("average swapped in", "mlp", before=averaged_in(20), paces=("tenth", "epoch"), traps=(35,)),
    twin("average swapped in", "lstm", before=averaged_in(20), paces=("tenth", "epoch"), traps=(35,)),
    twin("log paused", "cnn", before=paused(20, 22, "*.grad"), kinds=(("weight", "gradient"), ALL), traps=(16,)),
    twin("branch joins later", "mlp", model=Joined, before=joins, kinds=(ALL, ("weight", "gradient")), traps=(4,)),
    twin("noisier since midway", "mlp silu", before=noisier, kinds=(ALL, ("weight", "gradient"))),
    twin("positions fixed", "transformer", prepare=frozen("position.*"), paces=("tenth", "epoch"), traps=(5,)),
    twin(
        "gradients logged before unscaling",
        "mlp",
        family="mixed-precision",
        optimisers=ADAMS,
        graded=loss_scaled(scaled_as_logged=True),
        kinds=(ALL, ("weight", "gradient")),
        traps=(32, 33),
    ),
    twin(
        "relu on an output that is never negative",
        "autoencoder",
        model=mlp((64, 32, 12, 32, 64), output=nn.ReLU),
        task=lambda: reconstruction(enough=0.3, centred=False),
        prepare=biased("fc4.bias", 0.4),
        rate=2.0,
        kinds=(ALL,),
        traps=(7, 37),
    ),
    *(
        twin(
            "high rate that falls",
            base,
            optimisers=("adam", "adamw"),
            rate=rate,
            schedule=warm_up_cosine,
            paces=("each", "third", "fifth"),
        )
        for base, rate in (("mlp", 8.0), ("mlp silu", 6.0), ("cnn", 8.0), ("gru", 8.0), ("transformer", 12.0))
    ),
    twin("high rate", "regression", optimisers=("adam",), rate=6.0, paces=("each", "third")),
    twin("one in ten labels wrong", "cnn", task=lambda: digits((1, 8, 8), noise=0.1, enough=0.7), traps=(40,)),
)

"""How a PyTorch network of the gallery is trained and logged, and what chance chooses of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch_naming import NAMINGS
from torch_tasks import Task

RATES = {"sgd": 0.1, "momentum": 0.03, "adam": 3e-3, "adamw": 3e-3, "rmsprop": 1e-3}
EPOCH = 8  # steps
MOST = 4096  # values that are logged of an output
ALL = ("weight", "gradient", "activation")
MIXED = (ALL, ("weight", "gradient"), ("weight",), ALL)
PACES = ("each", "tenth", "epoch")
INTERVALS = {"each": 1, "third": 3, "fifth": 5, "tenth": 10, "epoch": EPOCH}  # steps between two records
SCALARS = ("", "loss", "Loss/train Loss/val", "train_loss val_loss lr", "loss learning_rate")


@dataclass
class Training:
    """A training as it goes on: what hooks see and may change.

    Attributes
    ----------
    interval
        Optimiser steps from one record to the next.
    record
        How many records were made before this step.
    rate
        Learning rate at the beginning; a schedule multiplies it.
    skip
        Whether to leave out the update of this step.
    unlogged
        Names of tensors that are not logged at present, by the gallery's names.
    also
        More tensors to be logged, by tag.
    memory
        What hooks keep from one step to the next.
    """

    net: nn.Module
    task: Task
    optimiser: torch.optim.Optimizer
    rng: np.random.Generator
    steps: int
    interval: int
    rate: float
    step: int = 0
    skip: bool = False
    inputs: Tensor = field(default_factory=lambda: torch.zeros(0))
    targets: Tensor = field(default_factory=lambda: torch.zeros(0))
    loss: Tensor = field(default_factory=lambda: torch.zeros(()))
    unlogged: tuple[str, ...] = ()
    also: dict[str, Tensor] = field(default_factory=dict)
    memory: dict[str, Any] = field(default_factory=dict)

    @property
    def record(self) -> int:
        return self.step // self.interval

    def starts(self, record: int) -> bool:
        """Tell whether this is the step of that record."""
        return self.step == record * self.interval

    def parameters(self, pattern: str = "*") -> Iterator[nn.Parameter]:
        """Yield the parameters whose names match."""
        return (value for name, value in self.net.named_parameters() if fnmatch(name, pattern))


Hook = Callable[[Training], None]


def supervised(t: Training) -> None:
    """Fill in the gradients of a batch's loss."""
    t.net.zero_grad()
    loss = t.task.loss(t.net, t.inputs, t.targets)
    if loss.requires_grad:
        loss.backward()
    t.loss = loss.detach()


@dataclass(frozen=True)
class Fault:
    """A rule that is right, on tensors by the gallery's names (patterns), from a record on."""

    rule: str
    names: tuple[str, ...] = ()
    onset: int | None = None


@dataclass(frozen=True)
class Recipe:
    """How a network is trained and logged.

    Attributes
    ----------
    rate
        Factor to the optimiser's usual learning rate.
    schedule
        Factor to the learning rate by the share of the training that is over.
    paces
        Of these a draw chooses: a record at each step, each third, fifth or tenth, or each epoch (then epochs are
        counted).
    kinds
        Of these a draw chooses what is logged.
    prepare
        Called once; may change the network's values, or train it beforehand.
    before, graded, after
        Called at every step: before the batch is seen, after its gradients are there, and after the update.
    learn
        Fills in the gradients.
    outputs
        More modules whose outputs are logged.
    step_of
        The number under which a step, or an epoch where these are counted, is logged.
    logged_after
        Whether records are made after the update instead of before it, when gradients are there.
    scored
        How well the trained network does, and what is enough, where the task does not say it.
    """

    name: str
    family: str
    model: Callable[[], nn.Module]
    task: Callable[[], Task]
    optimisers: tuple[str, ...] = tuple(RATES)
    rate: float = 1.0
    decay: float = 0.0
    schedule: Callable[[float], float] = lambda over: 1.0
    records: int = 40
    paces: tuple[str, ...] = PACES
    kinds: tuple[tuple[str, ...], ...] = MIXED
    scalars: tuple[str, ...] = SCALARS
    prepare: Hook = lambda t: None
    before: Hook = lambda t: None
    learn: Hook = supervised
    graded: Hook = lambda t: None
    after: Hook = lambda t: None
    step_of: Callable[[int], int] = lambda step: step
    outputs: tuple[str, ...] = ()
    logged_after: bool = False
    scored: Callable[[Training], tuple[float, float]] | None = None
    draws: int = 4
    faults: tuple[Fault, ...] = ()
    allowed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    traps: tuple[int, ...] = ()
    severity: str = ""


@dataclass(frozen=True)
class Draw:
    """What chance chose for one run of a recipe."""

    seed: int
    writer: str
    naming: str
    optimiser: str
    pace: str
    kinds: tuple[str, ...]
    scalars: tuple[str, ...]
    jitter: float


def drawn(recipe: Recipe, seed: int, draw: int) -> Draw:
    digest = hashlib.sha256(f"{seed} {recipe.name} {draw}".encode()).digest()
    rng = np.random.default_rng(list(digest))

    def one_of(choices: tuple[Any, ...]) -> Any:
        return choices[int(rng.integers(len(choices)))]

    return Draw(
        seed=int(rng.integers(2**31)),
        writer=one_of(("torch", "tensorboardx", "histogram-pb")),
        naming=one_of(NAMINGS),
        optimiser=one_of(recipe.optimisers),
        pace=one_of(recipe.paces),
        kinds=one_of(recipe.kinds),
        scalars=tuple(one_of(recipe.scalars).split()),
        jitter=float(np.exp(rng.uniform(-0.3, 0.3))),
    )

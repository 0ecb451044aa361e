"""Recipes of runs, and what each draw of one picks: optimiser, writer, names of tags, interval, what is logged."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from math import cos, pi
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from label import Expected, Label, Run, name_of
from log import Log
from tf_data import Array, Batch, Data, as_it_is
from tf_models import STATISTICS, Network, Pass, Tensor
from tf_names import STYLES, in_graph, naming

BATCH = 64
Schedule = Callable[[float], float]
Alter = Callable[[dict[str, Tensor], Tensor], dict[str, Tensor]]


class State(Protocol):
    """A network in training, as hooks see it."""

    memory: dict[str, Any]

    def read(self, tag: str) -> Array:
        """Return a parameter's values."""

    def assign(self, tag: str, values: Array) -> None:
        """Give a parameter other values."""


Hook = Callable[[int, State], None]


@dataclass(frozen=True)
class Cadence:
    """How long a run is and how often it logs; ``unit`` is the number of updates that a logged step stands for."""

    name: str
    steps: int
    interval: int
    unit: int = 1


CADENCES = {
    one.name: one
    for one in (
        Cadence("step", 59, 1),
        Cadence("each", 120, 1),
        Cadence("third", 240, 3),
        Cadence("fifth", 300, 5),
        Cadence("tenth", 400, 10),
        Cadence("epoch", 525, 15, 15),
        Cadence("epoch of steps", 525, 15),
    )
}


@dataclass(frozen=True)
class Fault:
    """A right diagnosis: a rule, the parameters and activations it must speak of, and the update it shows from.

    Tags are of the form "fc1/kernel", "fc1/kernel/gradient" or "fc1/activation", whatever the log calls them; in those
    of parameters and gradients "*" stands for any text.
    """

    rule: str
    tags: tuple[str, ...] = ()
    onset: int | None = 0


def nothing(step: int, state: State) -> None:
    """Leave the parameters alone."""


def unaltered(gradients: dict[str, Tensor], step: Tensor) -> dict[str, Tensor]:
    return gradients


# Learning rates over a run, from 0 to 1.


def constant(progress: float) -> float:
    return 1.0


def cosine(progress: float) -> float:
    """Warm up for a tenth, then go down to zero."""
    return min(1.0, (progress + 0.005) / 0.1) * 0.5 * (1.0 + cos(pi * progress))


def decay_in_steps(progress: float) -> float:
    return 0.2 ** int(progress * 3.999)


def restarts(progress: float) -> float:
    return 0.01 + 0.99 * 0.5 * (1.0 + cos(pi * (progress * 4 % 1.0)))


RATES = (("sgd", 0.1), ("momentum", 0.03), ("adam", 3e-3), ("adamw", 3e-3), ("rmsprop", 1e-3))
ADAPTIVE = (("adam", 3e-3), ("adamw", 3e-3), ("rmsprop", 1e-3))
WITHOUT_DECAY = (("sgd", 0.1), ("momentum", 0.03), ("adam", 3e-3), ("rmsprop", 1e-3))
CLASSIC = (("sgd", 0.1), ("momentum", 0.03))


@dataclass(frozen=True)
class Recipe:
    """How runs of a kind are trained and logged; where several values stand, each draw picks one.

    Attributes
    ----------
    frozen
        Parameters, by the beginnings of their tags, that are left out of the optimiser.
    alter
        What is done to the gradients before they are logged and used.
    scale
        The loss is multiplied by it, and the gradients are divided by it after they were logged; updates that are not
        finite are skipped.
    clip
        Largest global norm of the gradients in the update; 0 for none.
    penalty
        Added to the loss.
    before, batch
        Called before each update, to change the parameters or the examples.
    extra
        Other tensors to be logged.
    watch
        Kinds of tensors that are logged: see `watched`.
    until
        The update from which on tags that begin so are not logged any more.
    back
        The update at which the logged steps go back, and by how many.
    then
        The update from which on another network is trained in the same folder; it takes over what fits.
    learns
        The score from which on a run has learned.
    """

    name: str
    family: str
    network: Network
    data: Callable[[], Data]
    optimisers: tuple[tuple[str, float], ...] = RATES
    writers: tuple[str, ...] = ("tf2", "tf2", "tf1", "histogram-pb", "tensorboardx")
    cadences: tuple[str, ...] = ("tenth", "tenth", "epoch", "epoch of steps", "step")
    watch: tuple[str, ...] = ("all", "all", "weights", "weights gradients", "kernels gradients activations")
    scalars: tuple[str, ...] = ("loss", "loss rate", "loss validation", "")
    schedule: Schedule = constant
    decay: float = 1e-3
    frozen: tuple[str, ...] = ()
    alter: Alter = unaltered
    scale: float = 1.0
    clip: float = 0.0
    penalty: Callable[[Pass], Tensor] | None = None
    before: Hook = nothing
    batch: Batch = as_it_is
    partial: bool = False
    extra: Callable[[State], dict[str, Array]] = field(default=lambda state: {})
    until: tuple[tuple[str, int], ...] = ()
    back: tuple[int, int] = (10**9, 0)
    then: tuple[int, Network] | None = None
    learns: float = 0.8
    faults: tuple[Fault, ...] = ()
    allowed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    traps: tuple[int, ...] = ()
    severity: str = ""

    @property
    def plain(self) -> bool:
        """Whether nothing but the network and the optimiser matters to what is compiled."""
        changed = self.penalty or self.clip or self.frozen or self.decay != 1e-3 or self.scale != 1.0
        return self.alter is unaltered and not changed


def watched(watch: str, tag: str) -> bool:
    """Tell whether a tensor is of the kinds that are logged: "all", or some of weights, kernels, gradients, ..."""
    kinds = watch.split()
    if watch == "all":
        return True
    if tag.endswith("/gradient"):
        return "gradients" in kinds and ("weights" in kinds or tag.endswith("kernel/gradient"))
    last = tag.rpartition("/")[2]
    if last in ("activation", "logits", "softmax"):
        return "activations" in kinds
    return "weights" in kinds or ("kernels" in kinds and last.endswith("kernel"))


@dataclass(frozen=True)
class Plan:
    """A draw of a recipe: all that is left open there is settled."""

    recipe: Recipe
    seed: tuple[int, int, int]
    writer: str
    style: str
    optimiser: str
    rate: float
    cadence: Cadence
    watch: str
    scalars: str
    name: Callable[[str], str]


SCALARS = {"loss": "loss", "rate": "learning_rate", "validation": "validation/error", "apart": "validation/loss"}

Train = Callable[[Plan, Log, Path], tuple[float, bool]]


def draw(recipe: Recipe, train: Train, number: int, seed: int) -> Run:
    """Settle what a recipe leaves open, and label the run."""
    seeds = (seed, zlib.crc32(recipe.name.encode()), number)
    rng = np.random.default_rng(seeds)

    def pick(choices: Sequence[Any]) -> Any:
        return choices[rng.integers(len(choices))]

    # Writers by turns, the rest by lot, so that few draws are enough to see several writers.
    writer = recipe.writers[(number + seeds[1]) % len(recipe.writers)]
    optimiser, rate = pick(recipe.optimisers)
    cadence, style = CADENCES[pick(recipe.cadences)], pick(STYLES[writer])
    if cadence.name == "step" and not recipe.faults:
        rate *= 3.0  # the runs that log every step are short
    watch, scalars = pick(recipe.watch), pick(recipe.scalars)
    parameters = list(recipe.network.draw(np.random.default_rng(0)))
    name = naming(style, parameters, int(pick((0, 0, 1, 24))))
    if writer == "tf1":
        name = in_graph(name, parameters)
    plan = Plan(recipe, seeds, writer, style, optimiser, rate, cadence, watch, scalars, name)
    known = parameters + [f"{tag}/gradient" for tag in parameters if not tag.endswith(STATISTICS)]

    def expected(fault: Fault) -> Expected:
        tags = [tag for pattern in fault.tags for tag in (_matching(pattern, known) if "*" in pattern else [pattern])]
        onset = None if fault.onset is None else -(-fault.onset // cadence.interval) * cadence.interval // cadence.unit
        return Expected(fault.rule, tuple(name(tag) for tag in tags if watched(watch, tag)), onset)

    faults = [(fault, expected(fault)) for fault in recipe.faults]
    label = Label(
        name=name_of(("tf", recipe.name), number),
        family=recipe.family,
        writer=writer,
        optimiser=optimiser,
        naming=style,
        interval=cadence.interval // cadence.unit,
        draw=number,
        expected=tuple(one for fault, one in faults if one.tags or not fault.tags),
        allowed=recipe.allowed,
        notes=recipe.notes,
        traps=(*recipe.traps, *([30] if cadence.unit > 1 else []), *([12] if style == "keras" else [])),
        severity=recipe.severity,
    )
    return Run(label, lambda log, folder: train(plan, log, folder))


def _matching(pattern: str, tags: Iterable[str]) -> list[str]:
    """Return the tags that fit; "*/kernel" means no gradients."""
    return [tag for tag in tags if fnmatch(tag, pattern)]

"""The runs of the gallery that are trained in numpy alone: the small gallery's recipes, each drawn several times."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from label import Expected, Label, Run, name_of
from labelled import FAULTY, HEALTHY, Labelled
from log import Log
from nets import Recipe, train

WRITERS = ("histogram-pb", "tensorboardx")
DRAWS = 3
SICK_DRAWS = 2
# By words in the recipe's name.
FAMILIES = {
    "residual": "residual",
    "block left out": "residual",
    "autoencoder": "autoencoder",
    "recurrent": "rnn",
    "gated": "gru",
    "words": "embedding",
    "backbone": "finetune",
}
OPTIMISERS = {"sgd": "sgd", "momentum": "momentum", "adam": "adam"}
ENOUGH = 0.3  # of the first loss is gone, which every healthy recipe reaches; noisy labels set the limit
GRADUAL = ("weight-collapse", "weight-explosion")
# What may be said besides, as its consequence or as another name for it.
ALSO = {
    "weight-explosion": ("large-updates", "loss-diverging", "dead-units", "exploding-gradients", "gradient-spikes"),
    "only-last-layer-learns": ("no-gradient", "frozen-weights"),
    "saturated-activations": ("vanishing-gradients", "poor-initialisation"),
    "vanishing-gradients": ("small-updates", "saturated-activations", "loss-flat"),
    "exploding-gradients": ("activation-explosion", "gradient-spikes", "poor-initialisation"),
    "poor-initialisation": ("loss-flat",),
    "non-finite-values": ("loss-not-finite",),
    "gradient-spikes": ("sudden-shift",),
    "weight-collapse": ("loss-diverging", "loss-flat", "activation-collapse", "vanishing-gradients"),
    "sudden-shift": ("gradient-spikes",),
    "small-updates": ("loss-flat",),
}


def runs(seed: int) -> list[Run]:
    """Return the runs of all recipes, draw by draw."""
    return [_run(one, seed, draw) for one in HEALTHY for draw in range(DRAWS)] + [
        _run(one, seed, draw) for one in FAULTY for draw in range(SICK_DRAWS)
    ]


def _run(one: Labelled, seed: int, draw: int) -> Run:
    words = one.name.partition(":")[0].replace(",", "").lower()
    digest = hashlib.sha256(f"{seed} {words} {draw}".encode()).digest()
    recipe = replace(one.recipe, seed=int.from_bytes(digest[:4], "big"))
    label = Label(
        name=name_of(["numpy", words], draw),
        family=next((family for word, family in FAMILIES.items() if word in one.name), "mlp"),
        writer=WRITERS[digest[4] % len(WRITERS)],
        optimiser=OPTIMISERS.get(recipe.update.__name__, "adamw"),
        naming="kernel",
        interval=recipe.interval,
        draw=draw,
        expected=tuple(_expected(one)),
        allowed=ALSO.get(one.rule, ()),
        severity="clear" if one.rule else "",
    )
    return Run(label, partial(_train, recipe))


def _expected(one: Labelled) -> Iterator[Expected]:
    """Yield the rules that are right; the onset is the first record at or after the fault."""
    if not one.rule:
        return
    interval = one.recipe.interval
    onset = -(-one.onset // interval) * interval
    yield Expected(one.rule, one.tags, None if one.rule in GRADUAL else onset)
    if "drawn ten times too wide" in one.name:
        yield Expected("poor-initialisation", tuple(f"fc{number}/kernel" for number in range(1, 5)), onset)
    if one.rule == "non-finite-values":
        yield Expected("loss-not-finite", (), onset)
        yield Expected("series-stopped", one.tags, onset)  # where the writer refuses what is NaN throughout


def _train(recipe: Recipe, log: Log, folder: Path) -> tuple[float, bool]:
    """Train and log; the score is the share of the first loss that is gone in the end."""
    losses = []
    for step, tensors, scalars in train(recipe):
        for tag, values in tensors.items():
            log.histogram(tag, values, step)
        for tag, value in scalars.items():
            log.scalar(tag, value, step)
        losses.append(scalars["loss"])
    gain = 1.0 - float(np.median(losses[-3:])) / losses[0]
    return (gain, gain >= ENOUGH) if np.isfinite(gain) else (0.0, False)

"""The runs of the gallery that are trained in PyTorch."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatch

import torch_gradient_faults
import torch_healthy
import torch_healthy_kinds
import torch_layer_faults
import torch_learning_faults
import torch_log_faults
import torch_notable
import torch_number_faults
import torch_signal_faults
import torch_twins
import torch_update_faults
import torch_weight_faults
from label import Expected, Label, Run, name_of
from torch_naming import tags
from torch_recipe import INTERVALS, Draw, Recipe, drawn
from torch_train import train

HEALTHY = (*torch_healthy.RECIPES, *torch_healthy_kinds.RECIPES, *torch_twins.RECIPES, *torch_notable.RECIPES)
FAULTY = (
    *(*torch_number_faults.RECIPES, *torch_gradient_faults.RECIPES, *torch_layer_faults.RECIPES),
    *(*torch_weight_faults.RECIPES, *torch_learning_faults.RECIPES, *torch_log_faults.RECIPES),
    *(*torch_signal_faults.RECIPES, *torch_update_faults.RECIPES),
)


def runs(seed: int) -> list[Run]:
    """Return the runs of all recipes, draw by draw."""
    return made((*HEALTHY, *FAULTY), seed)


def made(recipes: Iterable[Recipe], seed: int) -> list[Run]:
    return [_run(recipe, drawn(recipe, seed, draw), draw) for recipe in recipes for draw in range(recipe.draws)]


def _run(recipe: Recipe, choice: Draw, draw: int) -> Run:
    interval = 1 if choice.pace == "epoch" else INTERVALS[choice.pace]
    named = tags(recipe.model(), choice.naming, choice.kinds, recipe.outputs) if recipe.faults else {}
    expected = []
    for fault in recipe.faults:
        found = tuple(tag for name, tag in named.items() if any(fnmatch(name, one) for one in fault.names))
        if found or not fault.names:
            onset = None if fault.onset is None else recipe.step_of(fault.onset * interval)
            expected.append(Expected(fault.rule, found, onset))
    if recipe.faults and not expected:
        raise ValueError(f"{recipe.name}: nothing that is logged can show the fault")
    label = Label(
        name=name_of(["torch", recipe.name], draw),
        family=recipe.family,
        writer=choice.writer,
        optimiser=choice.optimiser,
        naming=choice.naming,
        interval=interval,
        draw=draw,
        expected=tuple(expected),
        allowed=recipe.allowed,
        notes=recipe.notes,
        traps=recipe.traps,
        severity=recipe.severity,
    )
    return Run(label, lambda log, folder: train(recipe, choice, log, folder))

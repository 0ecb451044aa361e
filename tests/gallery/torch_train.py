"""Train PyTorch networks by recipes, and log what happens."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import numpy as np
import torch
from log import Log
from torch import Tensor, nn
from torch_naming import tags
from torch_recipe import EPOCH, INTERVALS, MOST, RATES, Draw, Recipe, Training

torch.set_num_threads(1)


def optimiser_of(kind: str, parameters: Iterable[Any], rate: float, decay: float) -> torch.optim.Optimizer:
    optim = torch.optim
    made: dict[str, Callable[[], torch.optim.Optimizer]] = {
        "sgd": lambda: optim.SGD(parameters, rate, weight_decay=decay),
        "momentum": lambda: optim.SGD(parameters, rate, momentum=0.9, weight_decay=decay),
        "adam": lambda: optim.Adam(parameters, rate, weight_decay=decay),
        "adamw": lambda: optim.AdamW(parameters, rate, weight_decay=decay or 0.01),
        "rmsprop": lambda: optim.RMSprop(parameters, rate, weight_decay=decay),
    }
    return made[kind]()


def train(recipe: Recipe, choice: Draw, log: Log, folder: Path) -> tuple[float, bool]:
    """Train by a recipe, log, and return the score and whether it is enough."""
    torch.manual_seed(choice.seed)
    net, task = recipe.model(), recipe.task()
    interval = INTERVALS[choice.pace]
    steps = recipe.records * (3 if choice.pace == "each" else interval)
    rate = recipe.rate * RATES[choice.optimiser] * choice.jitter
    optimiser = optimiser_of(choice.optimiser, net.parameters(), rate, recipe.decay)
    t = Training(net, task, optimiser, np.random.default_rng(choice.seed), steps, interval, rate)
    recipe.prepare(t)
    outputs: dict[str, Tensor] = {}
    for path, module in net.named_modules():
        module.register_forward_hook(_keeper(outputs, f"{path}.out"))
    named = tags(net, choice.naming, choice.kinds, recipe.outputs)
    for t.step in range(steps + 1):
        t.skip = False
        t.inputs, t.targets = task.batch(t.rng)
        recipe.before(t)
        factor = recipe.schedule(t.step / steps)
        for group in t.optimiser.param_groups:
            group["lr"] = t.rate * factor
        recipe.learn(t)
        recipe.graded(t)
        due = t.step % interval == 0
        number = recipe.step_of(t.step // EPOCH if choice.pace == "epoch" else t.step)
        if due and not recipe.logged_after:
            _record(t, log, named, outputs, choice, number)
        if not t.skip:
            t.optimiser.step()
        recipe.after(t)
        if due and recipe.logged_after:
            _record(t, log, named, outputs, choice, number)
    net.eval()
    with torch.no_grad():
        score, enough = recipe.scored(t) if recipe.scored else (task.score(net, *task.held_out), task.enough)
    return (score, score >= enough) if math.isfinite(score) else (0.0, False)


def _keeper(outputs: dict[str, Tensor], name: str) -> Callable[..., None]:
    def keep(module: nn.Module, inputs: Any, output: Any) -> None:
        outputs[name] = (output[0] if isinstance(output, tuple) else output).detach()

    return keep


def _record(
    t: Training, log: Log, named: dict[str, str], outputs: dict[str, Tensor], choice: Draw, number: int
) -> None:
    """Log what the draw chose of this step."""
    parameters, kept = dict(t.net.named_parameters()), dict(t.net.named_buffers())
    for name, tag in named.items():
        if any(fnmatch(name, one) for one in t.unlogged):
            continue
        if name.endswith(".out"):
            value = outputs[name].flatten()[:MOST]
        elif name.endswith(".grad"):
            gradient = parameters[name.removesuffix(".grad")].grad
            if gradient is None:
                continue
            value = gradient.to_dense() if gradient.is_sparse else gradient
        else:
            value = (parameters[name] if name in parameters else kept[name]).detach()
        log.histogram(tag, value.detach().float().numpy(), number)
    for tag, value in t.also.items():
        log.histogram(tag, value.detach().float().numpy(), number)
    _scalars(t, log, choice.scalars, number)


def _scalars(t: Training, log: Log, scalars: tuple[str, ...], number: int) -> None:
    for tag in scalars:
        if "val" in tag:
            t.net.eval()
            with torch.no_grad():
                log.scalar(tag, float(t.task.loss(t.net, *t.task.held_out)), number)
            t.net.train()
        elif "loss" in tag.lower():
            log.scalar(tag, float(t.loss), number)
        else:
            log.scalar(tag, t.optimiser.param_groups[0]["lr"], number)

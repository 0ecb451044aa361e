"""Healthy PyTorch runs of which there is something to note: how weights are kept, clipped or shaped, how losses run.

Which notes are true of a run the tensors tell (noted.py); each recipe is made so that one of them should be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from torch_faulty import ADAMS
from torch_hooks import clipped, pretrained, pruned, rounded
from torch_models import mlp
from torch_recipe import ALL, Hook, Recipe, Training
from torch_tasks import Task, curve, digits, sampled
from torch_twins import Joined, twin

WEIGHTS = (("weight",), ("weight", "gradient"), ALL)
GRADIENTS = (("weight", "gradient"), ALL)
LONG = ("tenth", "epoch")
VALIDATED = ("Loss/train Loss/val", "train_loss val_loss lr")


def kept_in(format: torch.dtype) -> Hook:
    """Keep the parameters in a format of 16 bits."""

    def hook(t: Training) -> None:
        for one in t.net.parameters():
            one.data = one.data.to(format).float()

    return hook


def gathered(pattern: str, size: float, pull: float = 0.02) -> Hook:
    """Draw weights towards two values, as training for binary weights does."""

    def hook(t: Training) -> None:
        for one in t.parameters(pattern):
            one.data -= pull * (one.data - size * one.data.sign())

    return hook


def outlier(pattern: str, value: float) -> Hook:
    """Set one weight far off, at an input that never changes."""

    def hook(t: Training) -> None:
        for one in t.parameters(pattern):
            one.data[0, 0] = value

    return hook


def slowed(pattern: str, factor: float) -> Hook:
    """Give some parameters a learning rate of their own."""

    def hook(t: Training) -> None:
        for one in t.parameters(pattern):
            if one.grad is not None:
                one.grad *= factor

    return hook


def pushed(pattern: str, slope: float) -> Hook:
    """Reward larger values of a bias, by a term that the loss as logged leaves out."""

    def hook(t: Training) -> None:
        for one in t.parameters(pattern):
            assert one.grad is not None
            one.grad -= slope

    return hook


def handed_over(above: str, below: str, per_record: float) -> Hook:
    """Let one layer grow as the next shrinks, which leaves a ReLU network's function as it is."""

    def hook(t: Training) -> None:
        factor = per_record ** (1.0 / t.interval)
        for one in t.parameters(f"{above}.*"):
            one.data *= factor
        for one in t.parameters(f"{below}.weight"):
            one.data /= factor

    return hook


def all_at_once() -> Task:
    """Fit inputs that are not centred, all examples in each batch."""
    plain = curve(shift=1.0, enough=0.1)
    everything = plain.batch(np.random.default_rng(9))
    return replace(plain, batch=lambda rng: everything)


def at_the_edge(t: Training) -> None:
    """Fit a linear layer, leave the best values a little and choose the highest rate that does not diverge."""
    pretrained(600)(t)
    inputs = torch.cat([t.inputs, torch.ones(len(t.inputs), 1)], dim=1)
    curvature = torch.linalg.eigvalsh(2.0 * inputs.T @ inputs / len(inputs))[-1]
    t.rate = 1.9995 / float(curvature)
    for one in t.net.parameters():
        one.data += 0.03


def few(task: Callable[[], Task], examples: int, enough: float) -> Task:
    """Learn from so many examples only."""
    plain = task()
    inputs, targets = plain.batch(np.random.default_rng(9))
    batch, _ = sampled(inputs[:examples], targets[:examples], min(32, examples), kept=0)
    return replace(plain, batch=batch, enough=enough)


def hardly_counted(t: Training) -> None:
    """Add the second branch at a millionth, as layer scale does in the beginning."""
    assert isinstance(t.net, Joined)
    t.net.weight_of_branch = 1e-6


ROUNDED = (
    *(
        twin("kept in bfloat16", base, prepare=kept_in(torch.bfloat16), after=kept_in(torch.bfloat16), kinds=WEIGHTS)
        for base in ("mlp", "cnn", "transformer")
    ),
    twin("kept in float16", "lstm", prepare=kept_in(torch.float16), after=kept_in(torch.float16), kinds=WEIGHTS),
    twin("on seven levels", "mlp", after=rounded(3, 0), optimisers=ADAMS, kinds=WEIGHTS, paces=LONG, traps=(15,)),
    twin("on seven levels", "cnn", after=rounded(3, 0), optimisers=ADAMS, kinds=WEIGHTS, paces=LONG, traps=(15,)),
)
PRUNED = (
    twin(
        "pruned to a twenty-fifth",
        "mlp",
        model=mlp((64, 160, 80, 10)),
        after=pruned(0.96, 12),
        optimisers=ADAMS,
        kinds=WEIGHTS,
        paces=LONG,
        traps=(15,),
    ),
    twin(
        "sparse from the start",
        "mlp",
        after=pruned(0.7, 0),
        optimisers=ADAMS,
        kinds=WEIGHTS,
        paces=LONG,
        traps=(15,),
    ),
)
SHAPED = (
    twin("gathered at two values", "mlp", after=gathered("fc[12].weight", 0.15), kinds=WEIGHTS, paces=LONG),
    twin("gathered at two values", "autoencoder", after=gathered("fc1.weight", 0.1), kinds=WEIGHTS, paces=LONG),
    twin("one weight far off", "mlp", prepare=outlier("fc1.weight", 30.0), kinds=WEIGHTS, optimisers=ADAMS),
    twin("one weight far off", "mlp tanh", prepare=outlier("fc1.weight", 25.0), kinds=WEIGHTS, optimisers=ADAMS),
)
GRADED = (
    twin("always clipped", "cnn", graded=clipped(0.05), optimisers=ADAMS, kinds=GRADIENTS, traps=(9,)),
    twin("branch of a millionth", "mlp", model=Joined, prepare=hardly_counted, optimisers=ADAMS, kinds=GRADIENTS),
    twin("first layer slow", "mlp", graded=slowed("fc1.*", 1e-5), optimisers=("sgd",), kinds=WEIGHTS, paces=LONG),
    twin("pixels from 0 to 255", "mlp", task=lambda: digits(scale="raw"), optimisers=ADAMS, kinds=GRADIENTS),
    twin("pixels from 0 to 255", "cnn", task=lambda: digits((1, 8, 8), scale="raw"), optimisers=ADAMS, kinds=GRADIENTS),
)
COURSES = (
    twin(
        "few examples",
        "mlp",
        task=lambda: few(digits, 60, 0.5),
        optimisers=ADAMS,
        rate=2.0,
        scalars=VALIDATED,
        paces=LONG,
    ),
    twin(
        "few examples",
        "regression",
        task=lambda: few(curve, 24, 0.05),
        optimisers=ADAMS,
        rate=3.0,
        scalars=VALIDATED,
        paces=LONG,
    ),
    *(
        twin(
            "trained already",
            base,
            task=task,
            prepare=pretrained(500),
            optimisers=("sgd", "adam"),
            rate=0.02,
            scalars=("loss", "Loss/train Loss/val"),
            paces=LONG,
        )
        for base, task in (
            ("mlp silu", lambda: digits(noise=0.2, size=256, enough=0.6)),
            ("cnn", lambda: digits((1, 8, 8), noise=0.2, size=256, enough=0.6)),
        )
    ),
    *(
        twin(
            what,
            "mlp",
            prepare=pretrained(500),
            graded=graded,
            after=after,
            optimisers=("sgd",),
            rate=0.1,
            scalars=("loss", "loss learning_rate"),
            kinds=WEIGHTS,
            paces=LONG,
        )
        for what, graded, after in (
            ("logits shift together", pushed("fc3.bias", 0.1), lambda t: None),
            ("scale handed on", lambda t: None, handed_over("fc1", "fc2", 1.03)),
        )
    ),
    twin(
        "at the edge of what the curvature bears",
        "regression",
        model=mlp((10, 1)),
        task=all_at_once,
        prepare=at_the_edge,
        optimisers=("sgd",),
        kinds=WEIGHTS,
        paces=("each", "third", "fifth"),
    ),
)

RECIPES: tuple[Recipe, ...] = (*ROUNDED, *PRUNED, *SHAPED, *GRADED, *COURSES)

"""Faulty PyTorch runs: logs that break off, steps that go back, and losses that rise or are not a number."""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch
from torch_faulty import ADAMS, SAID, STARVED, UNSTABLE, graded_by, sick
from torch_hooks import at, since
from torch_recipe import ALL, Fault, Hook, Recipe, Training

ANY = (ALL, ("weight", "gradient"), ("weight",))


def not_logged(*patterns: str) -> Hook:
    """Cease to log tensors."""

    def hook(t: Training) -> None:
        t.unlogged = patterns

    return hook


BROKEN_OFF = tuple(
    sick(
        what,
        base,
        Fault("series-stopped", patterns, onset),
        before=at(onset, not_logged(*patterns)),
        kinds=(kinds,),
        severity=severity,
        draws=2 if base == "mlp" else 1,
    )
    for what, base, patterns, onset, kinds, severity in (
        ("gradients no longer logged", "mlp", ("*.grad",), 20, ("weight", "gradient"), "clear"),
        ("gradients no longer logged", "lstm", ("*.grad",), 10, ("weight", "gradient"), "clear"),
        ("a layer no longer logged", "cnn", ("conv2.*",), 25, ALL, "mild"),
        ("a layer no longer logged", "transformer", ("block1.fc1.*",), 20, ALL, "mild"),
        ("gradients no longer logged", "gru", ("*.grad",), 3, ("weight", "gradient"), "severe"),
        ("a layer no longer logged", "residual", ("block2.*",), 30, ALL, "mild"),
        ("activations no longer logged", "autoencoder", ("*.out",), 15, ALL, "clear"),
    )
)


def again_from(record: int, back_to: int) -> tuple[Hook, Callable[[int], int], Callable[[int], int]]:
    """Resume at a record from an older one: the weights of then, and for two paces the numbers of then."""

    def hook(t: Training) -> None:
        if t.starts(back_to):
            t.memory["kept"] = copy.deepcopy(t.net.state_dict())
        if t.starts(record):
            t.net.load_state_dict(t.memory["kept"])

    def by_steps(step: int) -> int:
        return step - 10 * (record - back_to) if step >= 10 * record else step

    def by_epochs(epoch: int) -> int:
        return epoch - (record - back_to) if epoch >= record else epoch

    return hook, by_steps, by_epochs


def resumed(base: str, pace: str, record: int, back_to: int, severity: str) -> Recipe:
    hook, by_steps, by_epochs = again_from(record, back_to)
    return sick(
        f"resumed from record {back_to}",
        base,
        Fault("steps-go-back", ("*",)),
        before=hook,
        paces=(pace,),
        step_of=by_steps if pace == "tenth" else by_epochs,
        kinds=ANY,
        severity=severity,
        allowed=("sudden-shift", "gradient-spikes"),
    )


WENT_BACK = (
    resumed("mlp", "tenth", 25, 15, "mild"),
    resumed("cnn", "epoch", 25, 20, "mild"),
    resumed("lstm", "tenth", 20, 0, "clear"),
    resumed("transformer", "epoch", 24, 12, "clear"),
    resumed("autoencoder", "tenth", 22, 0, "clear"),
    resumed("residual", "epoch", 20, 0, "clear"),
)

RISING = tuple(
    sick(
        "loss rises since midway",
        base,
        Fault("loss-diverging"),
        Fault("weight-explosion", ("*weight*",)),
        Fault("exploding-gradients", ("*.grad",)),
        graded=since(onset, graded_by(-1.0)),
        optimisers=ADAMS,
        rate=rate,
        scalars=SAID,
        kinds=ANY,
        allowed=(*UNSTABLE, *STARVED),
    )
    for base, onset, rate in (
        ("mlp", 10, 1.0),
        ("regression", 5, 0.5),
        ("gru", 12, 1.0),
        ("cnn", 20, 0.3),
        ("transformer", 15, 1.0),
        ("autoencoder", 10, 0.3),
    )
)


def lost(t: Training) -> None:
    """The loss is not a number from here on, and the loop leaves the updates out."""
    t.loss = torch.tensor(torch.nan)
    t.skip = True


NOT_A_NUMBER = tuple(
    sick(
        "loss not a number",
        base,
        Fault("loss-not-finite", (), onset),
        graded=since(onset, lost),
        scalars=("loss", "loss learning_rate", "Loss/train"),
        kinds=ANY,
        severity="severe",
        allowed=("stopped-learning", "frozen-weights"),
    )
    for base, onset in (
        ("mlp silu", 20),
        ("gru", 15),
        ("cnn", 25),
        ("transformer", 0),
        ("autoencoder", 30),
        ("residual", 0),
    )
)

RECIPES: tuple[Recipe, ...] = (*BROKEN_OFF, *WENT_BACK, *RISING, *NOT_A_NUMBER)

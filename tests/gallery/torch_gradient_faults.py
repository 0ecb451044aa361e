"""Faulty PyTorch runs: gradients that vanish, explode, jump or are not there."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

from torch import Tensor, nn
from torch_faulty import (
    ADAMS,
    GRADIENTS,
    STARVED,
    UNSTABLE,
    biased,
    deep,
    fill_in,
    graded_by,
    sick,
    silent_since,
)
from torch_hooks import at, gain
from torch_models import Detach, Round, cnn, mlp, recurrent, residual, transformer
from torch_recipe import Fault, Hook, Recipe, Training


def trunk(*layers: str) -> tuple[str, ...]:
    return tuple(f"{layer}.grad" for layer in layers)


def no_gradient(*names: str, onset: int = 0) -> Fault:
    return Fault("no-gradient", trunk(*names), onset)


def beside() -> nn.Module:
    """A branch that takes part in the sum at weight 0."""

    class Beside(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc1, self.act1 = nn.Linear(64, 32), nn.ReLU()
            self.branch = nn.Sequential(OrderedDict(fc1=nn.Linear(32, 24), act1=nn.ReLU(), fc2=nn.Linear(24, 10)))
            self.head = nn.Linear(32, 10)

        def forward(self, x: Tensor) -> Tensor:
            hidden = self.act1(self.fc1(x))
            return self.head(hidden) + 0.0 * self.branch(hidden)

    return Beside()


def zeroed(t: Training) -> None:
    """Set the gradients to 0 for the next step, before they are logged."""
    t.net.zero_grad(set_to_none=False)


MISSING = (
    sick(
        "rounded below the head",
        "mlp",
        no_gradient("fc1.*", "fc2.*"),
        model=mlp((64, 40, 24, 10), before_last=Round),
        kinds=GRADIENTS,
        allowed=STARVED,
    ),
    sick(
        "rounded below the head",
        "cnn",
        no_gradient("conv1.*", "conv2.*"),
        model=cnn(before_last=Round),
        kinds=GRADIENTS,
        allowed=STARVED,
    ),
    *(
        sick(
            "detached trunk",
            base,
            no_gradient(*names),
            Fault("only-last-layer-learns", ("*.weight*",)),
            model=model,
            graded=fill_in,
            kinds=GRADIENTS,
            allowed=STARVED,
        )
        for base, model, names in (
            ("mlp tanh", mlp((64, 40, 32, 24, 10), nn.Tanh, before_last=Detach), ("fc1.*", "fc2.*", "fc3.*")),
            ("lstm", recurrent("lstm", width=16, cut=True), ("rnn.*",)),
            ("transformer", transformer(function=nn.ReLU, cut=True), ("block1.*",)),
        )
    ),
    sick(
        "unused branch",
        "mlp",
        no_gradient("branch.*"),
        model=beside,
        kinds=GRADIENTS,
        allowed=STARVED,
        severity="mild",
        draws=2,
    ),
    *(
        sick(
            "dead layer above",
            base,
            no_gradient(*names),
            Fault("dead-units", dead, 0),
            Fault("activation-collapse", (dead[0],), 0),
            prepare=biased(bias, -40.0),
            kinds=GRADIENTS,
            allowed=STARVED,
            severity="severe",
        )
        for base, bias, names, dead in (
            ("mlp", "fc2.bias", ("fc1.*", "fc2.*"), ("act2.out", "fc2.bias.grad")),
            ("cnn", "conv2.bias", ("conv1.*", "conv2.*"), ("act2.out", "conv2.bias.grad")),
            ("autoencoder", "fc3.bias", ("fc1.*", "fc2.*", "fc3.*"), ("act3.out", "fc3.bias.grad")),
        )
    ),
    *(
        sick(
            "gradient cut midway",
            base,
            no_gradient(*names, onset=18),
            Fault("stopped-learning", tuple(names), 18),
            graded=silent_since(18, *names),
            optimisers=("sgd", "adam", "rmsprop"),
            kinds=GRADIENTS,
            allowed=STARVED,
        )
        for base, names in (("mlp", ("fc1.*", "fc2.*")), ("gru", ("rnn.*",)), ("residual", ("stem.*", "block1.*")))
    ),
    *(
        sick(
            "logged after zero_grad",
            base,
            no_gradient("*"),
            after=zeroed,
            logged_after=True,
            kinds=GRADIENTS,
            allowed=("gradient-underflow",),
        )
        for base in ("mlp", "cnn", "transformer", "lstm")
    ),
)


def vanishing(*layers: str) -> Fault:
    return Fault("vanishing-gradients", tuple(f"{one}.*.grad" for one in layers), 0)


CHAIN = tuple(f"fc{number}" for number in range(1, 6))
SLOW = ("sgd", "momentum")  # Adam would lift what has vanished
VANISHING = (
    sick("deep sigmoid", "mlp", vanishing(*CHAIN), model=deep(nn.Sigmoid, 9), severity="severe", draws=2),
    sick("seven sigmoid layers", "mlp", vanishing(*CHAIN), model=deep(nn.Sigmoid, 8), severity="mild", draws=2),
    sick("small tanh", "mlp", vanishing(*CHAIN), model=deep(nn.Tanh, 8), prepare=gain(0.15), optimisers=SLOW, draws=2),
    sick("small relu", "mlp", vanishing(*CHAIN), model=deep(nn.ReLU, 8), prepare=gain(0.2), optimisers=SLOW, draws=2),
    sick(
        "deep sigmoid",
        "autoencoder",
        vanishing(*CHAIN),
        model=mlp((64, 32, 24, 16, 12, 16, 24, 32, 64), nn.Sigmoid),
        draws=2,
    ),
    sick("deep sigmoid", "cnn", vanishing("conv1", "conv2", "conv3"), model=cnn((6,) * 7, nn.Sigmoid), draws=2),
)
VANISHING = tuple(
    replace(one, kinds=GRADIENTS, allowed=(*STARVED, "loss-flat", "poor-initialisation")) for one in VANISHING
)

EXPLODING = (
    sick("wide relu", "mlp", model=deep(nn.ReLU, 10, 18), prepare=gain(3.0), draws=2),
    sick("wide leaky", "mlp", model=deep(nn.LeakyReLU, 9, 18), prepare=gain(4.0), severity="severe", draws=2),
    sick("wide branches", "residual", model=residual(8, 16, norm=""), prepare=gain(2.2, "block*"), draws=2),
    sick("wide relu", "autoencoder", model=mlp((64, 24, 20, 16, 12, 16, 20, 24, 64)), prepare=gain(4.0), draws=2),
)
EXPLODING = tuple(
    replace(
        one,
        faults=(
            Fault("exploding-gradients", ("*.grad",), 0),
            Fault("activation-explosion", ("*.out",), 0),
        ),
        optimisers=ADAMS,
        rate=0.05,
        kinds=GRADIENTS,
        allowed=(*UNSTABLE, "poor-initialisation", "small-updates"),
    )
    for one in EXPLODING
)


def bad_batch(factor: float) -> Hook:
    """Multiply the inputs; labels of classes are moved to the next class."""

    def hook(t: Training) -> None:
        t.inputs = t.inputs * factor
        if not t.targets.is_floating_point():
            t.targets = (t.targets + 1) % 10

    return hook


def loud_targets(factor: float) -> Hook:
    def hook(t: Training) -> None:
        t.targets = t.targets * factor

    return hook


SPIKE = Fault("gradient-spikes", ("*.grad",), 22)
SPIKES = tuple(
    sick(
        "bad batch",
        base,
        SPIKE,
        before=at(22, bad_batch(factor)),
        optimisers=ADAMS,
        kinds=GRADIENTS,
        severity=severity,
        allowed=UNSTABLE,
    )
    for base, factor, severity in (
        ("mlp", 1000.0, "severe"),
        ("mlp silu", 100.0, "clear"),
        ("cnn", 300.0, "clear"),
        ("autoencoder", 100.0, "clear"),
        ("autoencoder", 1000.0, "severe"),
    )
)
SPIKES = (
    *(replace(one, name=f"{one.name} {number}") for number, one in enumerate(SPIKES)),
    sick(
        "wrong unit in the targets",
        "regression",
        SPIKE,
        before=at(22, loud_targets(100.0)),
        optimisers=ADAMS,
        kinds=GRADIENTS,
        allowed=UNSTABLE,
        draws=2,
    ),
    sick(
        "one huge gradient",
        "lstm",
        SPIKE,
        graded=at(22, graded_by(300.0)),
        kinds=GRADIENTS,
        allowed=UNSTABLE,
    ),
    sick(
        "one huge gradient",
        "transformer",
        SPIKE,
        graded=at(22, graded_by(1000.0)),
        kinds=GRADIENTS,
        allowed=UNSTABLE,
    ),
)


RECIPES: tuple[Recipe, ...] = (*MISSING, *VANISHING, *EXPLODING, *SPIKES)

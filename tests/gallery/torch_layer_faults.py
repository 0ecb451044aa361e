"""Faulty PyTorch runs: units that are dead or saturated, activations that collapse or explode, norms that fade."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from torch import nn
from torch_faulty import ADAMS, STARVED, UNSTABLE, biased, deep, sick
from torch_hooks import at, brighter, gain, since
from torch_models import cnn, mlp, residual
from torch_recipe import ALL, Fault, Hook, Recipe, Training
from torch_tasks import curve, digits

OUTPUTS = (ALL,)


def dead(outputs: str, bias: str, onset: int | None = 0, *, every: bool = False) -> tuple[Fault, ...]:
    """The rules that are right about dead units; where all are dead nothing else comes out of the layer."""
    all_of_them = (Fault("no-gradient", (bias,), onset), Fault("activation-collapse", (outputs,), onset))
    return (Fault("dead-units", (outputs, bias), onset), *(all_of_them if every else ()))


LAYERS = {
    "mlp": ("fc2.bias", "act2.out", "fc2.bias.grad"),
    "cnn": ("conv2.bias", "act2.out", "conv2.bias.grad"),
    "autoencoder": ("fc3.bias", "act3.out", "fc3.bias.grad"),
    "transformer": ("block1.fc1.bias", "block1.act.out", "block1.fc1.bias.grad"),
    "residual": ("block2.fc1.bias", "block2.act.out", "block2.fc1.bias.grad"),
}
DEAD = (
    *(
        sick(
            what,
            base,
            *dead(LAYERS[base][1], LAYERS[base][2], every=share == 1.0),
            prepare=biased(LAYERS[base][0], -30.0, share),
            kinds=OUTPUTS,
            severity=severity,
            allowed=STARVED,
        )
        for what, share, severity in (("units born dead", 0.8, "mild"), ("layer born dead", 1.0, "severe"))
        for base in LAYERS
    ),
    *(
        sick(
            "units killed midway",
            base,
            *dead(LAYERS[base][1], LAYERS[base][2], 18),
            before=at(18, biased(LAYERS[base][0], -50.0, 0.9)),
            kinds=OUTPUTS,
            allowed=(*STARVED, *UNSTABLE),
        )
        for base in ("mlp", "cnn", "transformer")
    ),
    *(
        sick(
            "killed by the rate",
            base,
            *dead(outputs, bias, None),
            Fault("no-gradient", ("*.grad",)),
            optimisers=("sgd",),
            rate=rate,
            kinds=OUTPUTS,
            severity="severe",
            allowed=(*STARVED, *UNSTABLE),
        )
        for base, rate, outputs, bias in (
            ("mlp", 40.0, "act*.out", "fc*.bias.grad"),
            ("cnn", 40.0, "act*.out", "conv*.bias.grad"),
        )
    ),
)


def relu_at_the_end() -> tuple[Fault, ...]:
    return (Fault("dead-units", ("out.out", "fc*.bias.grad")),)


OUTPUT = (
    sick("relu on the output", "regression", model=mlp((10, 32, 24, 1), nn.Tanh, output=nn.ReLU), draws=2),
    sick("relu on the output", "autoencoder", model=mlp((64, 32, 12, 32, 64), output=nn.ReLU), draws=2),
    sick("relu on the output", "mlp", model=mlp((64, 40, 24, 10), nn.Tanh, output=nn.ReLU), severity="mild", draws=2),
    sick("relu on the output", "cnn", model=cnn(output=nn.ReLU), severity="mild"),
)
OUTPUT = tuple(
    replace(one, faults=relu_at_the_end(), kinds=OUTPUTS, allowed=("no-gradient", "activation-collapse"))
    for one in OUTPUT
)

TANH, SIGMOID = mlp((64, 40, 32, 10), nn.Tanh), mlp((64, 40, 32, 10), nn.Sigmoid)
SATURATED = (
    sick("wide tanh", "mlp", model=TANH, prepare=gain(10.0), severity="severe", draws=2),
    sick("wide tanh", "autoencoder", model=mlp((64, 32, 12, 32, 64), nn.Tanh), prepare=gain(8.0), draws=2),
    sick("wide sigmoid", "mlp", model=SIGMOID, prepare=gain(25.0), draws=2),
    sick("raw pixels into tanh", "mlp", model=TANH, task=partial(digits, scale="raw"), draws=2),
    sick("raw features into tanh", "regression", task=partial(curve, shift=80.0, factor=100.0), severity="severe"),
    sick("wide tanh", "cnn", model=cnn((8, 12), nn.Tanh), prepare=gain(10.0)),
    sick("wide tanh state", "mlp", model=mlp((64, 40, 32, 24, 10), nn.Tanh), prepare=gain(15.0), severity="severe"),
    sick("wide tanh", "regression", prepare=gain(12.0)),
)
SATURATED = tuple(
    replace(
        one,
        faults=(
            Fault("saturated-activations", ("act*.out",), 0),
            Fault("unnormalised-inputs", ("act1.out", "fc1.*", "conv1.*"), 0),
        )
        if "raw" in one.name
        else (
            Fault("saturated-activations", ("act*.out",), 0),
            Fault("poor-initialisation", ("fc*.weight", "conv*.weight"), 0),
        ),
        optimisers=ADAMS,
        rate=0.3,
        kinds=OUTPUTS,
        allowed=(*STARVED, *UNSTABLE, "poor-initialisation", "unnormalised-inputs"),
    )
    for one in SATURATED
) + tuple(
    sick(
        "not normalised since midway",
        base,
        Fault("saturated-activations", ("act1.out", "act2.out"), 20),
        model=model,
        before=since(20, brighter(60.0)),
        optimisers=ADAMS,
        kinds=OUTPUTS,
        allowed=(*STARVED, *UNSTABLE, "unnormalised-inputs"),
    )
    for base, model in (("mlp", TANH), ("cnn", cnn((8, 12), nn.Tanh)))
)

COLLAPSED = tuple(
    replace(
        one,
        faults=(Fault("activation-collapse", ("act*.out",), 0), Fault("vanishing-gradients", ("fc[1-5].*.grad",), 0)),
        kinds=(ALL, ("weight", "activation")),
        allowed=(*STARVED, "poor-initialisation"),
    )
    for one in (
        sick("fading tanh", "mlp", model=deep(nn.Tanh, 8), prepare=gain(0.1), severity="severe", draws=2),
        sick("fading relu", "mlp", model=deep(nn.ReLU, 7), prepare=gain(0.2), draws=2),
        sick(
            "fading gelu", "autoencoder", model=mlp((64, 32, 20, 12, 20, 32, 64), nn.GELU), prepare=gain(0.15), draws=2
        ),
    )
)

EXPLODED = tuple(
    replace(
        one,
        faults=(Fault("activation-explosion", ("*.out",), 0),),
        kinds=(("weight", "activation"),),
        optimisers=ADAMS,
        rate=0.03,
        allowed=(*UNSTABLE, "poor-initialisation", "small-updates"),
    )
    for one in (
        sick("growing relu", "mlp", model=deep(nn.ReLU, 9, 18), prepare=gain(3.0), draws=2),
        sick(
            "growing leaky",
            "autoencoder",
            model=mlp((64, 24, 20, 16, 12, 16, 20, 24, 64), nn.LeakyReLU),
            prepare=gain(4.0),
            severity="severe",
        ),
        sick("growing branches", "residual", model=residual(8, 16, norm=""), prepare=gain(2.5, "block*"), draws=2),
    )
)


def shrunk(pattern: str, per_record: float) -> Hook:
    """Draw scales to 0 by an amount a record."""

    def hook(t: Training) -> None:
        for one in t.parameters(pattern):
            one.data = one.data.sign() * (one.data.abs() - per_record / t.interval).clamp(min=0.0)

    return hook


NORMS = tuple(
    sick(
        "scales drawn to zero",
        base,
        Fault("norm-scale-collapse", (pattern,)),
        after=shrunk(pattern, per_record),
        rate=0.1,
        allowed=(*STARVED, "weight-collapse", "dead-channels"),
        severity=severity,
        kinds=(ALL, ("weight", "gradient"), ("weight",)),
        draws=2,
        **changes,
    )
    for base, pattern, per_record, severity, changes in (
        ("cnn batchnorm", "bn*.weight", 0.06, "severe", {}),
        ("transformer", "block1.ln*.weight", 0.06, "clear", {}),
        ("residual", "block*.norm.weight", 0.05, "clear", {}),
    )
)

CHANNELS = (
    *(
        sick(
            what,
            "cnn batchnorm",
            Fault("dead-channels", (f"bn{layer}.running_var",), onset),
            *dead(f"act{layer}.out", f"conv{layer}.bias.grad", 0 if onset is None else onset),
            model=cnn((8, 12), norm=True, after=True),
            before=at(onset or 0, biased(f"conv{layer}.bias", -30.0, share)),
            kinds=(ALL, ("weight",)),
            allowed=(*STARVED, "outlier-dominated"),
            draws=2,
            severity=severity,
        )
        for what, layer, share, onset, severity in (
            ("dead channels", 1, 0.75, None, "clear"),
            ("channels die midway", 2, 0.75, 15, "clear"),
        )
    ),
    sick(
        "dead units before the norm",
        "mlp",
        Fault("dead-channels", ("norm1.running_var",)),
        *dead("act1.out", "fc1.bias.grad"),
        model=mlp((64, 40, 24, 10), norm="bn", behind=True),
        prepare=biased("fc1.bias", -30.0, 0.75),
        kinds=(ALL, ("weight",)),
        allowed=(*STARVED, "outlier-dominated"),
        draws=2,
    ),
)

RECIPES: tuple[Recipe, ...] = (*DEAD, *OUTPUT, *SATURATED, *COLLAPSED, *EXPLODED, *NORMS, *CHANNELS)

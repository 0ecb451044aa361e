"""Faulty PyTorch runs: signals that fade, grow or stick on their way through nets of many kinds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from torch import nn
from torch_deep_models import stacked, unbridged
from torch_faulty import ADAMS, GRADIENTS, SAID, STARVED, UNSTABLE, biased, grown, sick
from torch_hooks import at, filled, gain, since, together
from torch_layer_faults import dead, shrunk
from torch_models import cnn, mlp, recurrent
from torch_recipe import ALL, Fault, Hook, Recipe, Training
from torch_tasks import Task, curve, digits, series

OUTPUTS = (ALL,)
TANH = mlp((64, 40, 32, 10), nn.Tanh)

FADING = tuple(
    sick(
        "fading",
        base,
        Fault("activation-collapse", ("act*.out", "rnn*.out"), 0),
        Fault("vanishing-gradients", (*(f"{one}.*.grad" for one in layers),), 0),
        model=model,
        prepare=prepare,
        optimisers=optimisers,
        kinds=(ALL, ("weight", "activation")),
        allowed=(*STARVED, "poor-initialisation"),
        severity=severity,
        draws=2,
    )
    for base, model, prepare, layers, severity, optimisers in (
        ("cnn", cnn((6,) * 7, nn.Tanh), gain(0.3), ("conv1", "conv2", "conv3"), "severe", ADAMS),
        (
            "rnn",
            stacked(),
            together(gain(0.2, "*weight*"), filled("rnn*bias*", 0.0)),
            ("rnn1", "rnn2"),
            "clear",
            ("sgd", "momentum"),
        ),
    )
)

STUCK = tuple(
    sick(
        "stuck at a limit since midway",
        base,
        Fault("activation-collapse", (f"act{number}.out",), 18),
        Fault("saturated-activations", (f"act{number}.out",), 18),
        Fault("no-gradient", (f"{layer}.bias.grad", f"{layer}.weight.grad"), 18),
        model=model,
        before=at(18, biased(f"{layer}.bias", 60.0)),
        optimisers=("sgd", "adam"),
        kinds=OUTPUTS,
        allowed=(*STARVED, *UNSTABLE),
        severity="severe",
    )
    for base, model, layer, number in (
        ("mlp", TANH, "fc2", 2),
        ("cnn", cnn((8, 12), nn.Sigmoid), "conv2", 2),
        ("autoencoder", mlp((64, 32, 12, 32, 64), nn.Sigmoid), "fc3", 3),
    )
)

VANISHING = tuple(
    sick(
        what,
        base,
        Fault("vanishing-gradients", names, 0),
        model=model,
        kinds=GRADIENTS,
        allowed=(*STARVED, "loss-flat", "poor-initialisation"),
        severity=severity,
        draws=2,
        **changes,
    )
    for what, base, model, names, severity, changes in (
        (
            "many recurrent layers",
            "rnn",
            stacked(10),
            ("rnn1.*.grad", "rnn2.*.grad"),
            "clear",
            {"prepare": together(gain(0.3, "*weight*"), filled("rnn*bias*", 0.0)), "optimisers": ("sgd", "momentum")},
        ),
        (
            "no shortcuts",
            "transformer",
            unbridged(6, function=nn.Sigmoid),
            ("block1.fc*.grad", "block1.attn.v.*.grad", "block1.attn.proj.*.grad"),
            "severe",
            {},
        ),
    )
)


def swollen(per_record: float) -> Hook:
    """Let weights grow at every step, as weight decay of the wrong sign does."""

    def hook(t: Training) -> None:
        grown(per_record ** (1.0 / t.interval), "*.weight")(t)

    return hook


GROWING = (
    *(
        sick(
            "growing",
            base,
            Fault("activation-explosion", ("*.out",), 0),
            model=model,
            prepare=prepare,
            optimisers=ADAMS,
            rate=0.03,
            kinds=(("weight", "activation"),),
            allowed=(*UNSTABLE, "small-updates"),
            severity=severity,
            draws=2,
        )
        for base, model, prepare, severity in (
            ("cnn", cnn((6,) * 7), gain(9.0), "severe"),
            ("rnn", stacked(5, function="relu"), together(gain(5.0, "*weight_ih*"), gain(0.3, "*weight_hh*")), "clear"),
        )
    ),
    *(
        sick(
            "growing since midway",
            base,
            Fault("activation-explosion", ("*.out",)),
            Fault("weight-explosion", ("*.weight",)),
            Fault("loss-diverging"),
            model=model,
            after=since(10, swollen(1.08)),
            optimisers=("sgd", "adam"),
            rate=0.02,
            kinds=OUTPUTS,
            scalars=SAID,
            allowed=UNSTABLE,
        )
        for base, model in (
            ("mlp", mlp((64, 40, 32, 24, 10))),
            ("cnn", cnn((8, 12, 16))),
            ("autoencoder", mlp((64, 32, 12, 32, 64))),
        )
    ),
)

NORMS = tuple(
    sick(
        "scales drawn to zero since midway",
        base,
        Fault("norm-scale-collapse", (pattern,)),
        after=since(12, shrunk(pattern, 0.1)),
        rate=0.1,
        allowed=(*STARVED, "weight-collapse", "dead-channels"),
        kinds=(ALL, ("weight", "gradient"), ("weight",)),
        **changes,
    )
    for base, pattern, changes in (
        ("mlp", "norm*.weight", {"model": mlp((64, 40, 24, 10), norm="ln"), "draws": 2}),
        ("cnn batchnorm", "bn*.weight", {}),
        ("transformer", "block1.ln*.weight", {"severity": "mild"}),
    )
)

CHANNELS = tuple(
    sick(
        what,
        base,
        Fault("dead-channels", (f"norm{layer}.running_var",), onset),
        *dead(f"act{layer}.out", f"fc{layer}.bias.grad", onset or 0),
        model=mlp(widths, norm="bn", behind=True),
        before=at(onset or 0, biased(f"fc{layer}.bias", -30.0, share)),
        kinds=(ALL, ("weight",)),
        allowed=(*STARVED, "outlier-dominated"),
        severity=severity,
        draws=2,
    )
    for what, base, widths, layer, share, onset, severity in (
        ("dead channels", "autoencoder", (64, 32, 12, 32, 64), 1, 0.75, None, "clear"),
        ("channels die midway", "autoencoder", (64, 32, 16, 32, 64), 3, 0.9, 15, "severe"),
        ("channels die midway", "mlp", (64, 40, 24, 10), 1, 0.65, 15, "mild"),
    )
)


def louder(task: Callable[[], Task], factor: float) -> Task:
    """Take the inputs in a unit that makes them large."""
    plain = task()

    def batch(rng: object) -> tuple[object, object]:
        inputs, targets = plain.batch(rng)  # type: ignore[arg-type]
        return inputs * factor, targets

    return replace(plain, batch=batch, held_out=(plain.held_out[0] * factor, plain.held_out[1]))  # type: ignore[arg-type]


RAW = tuple(
    sick(
        what,
        base,
        Fault("unnormalised-inputs", ("act1.out", "rnn.out", "fc1.weight.grad", "conv1.weight.grad", "rnn.w*.grad"), 0),
        Fault("saturated-activations", ("act1.out", "act2.out", "rnn.out"), 0),
        model=model,
        task=task,
        optimisers=ADAMS,
        rate=0.3,
        kinds=OUTPUTS,
        paces=("each", "tenth"),
        allowed=(*STARVED, *UNSTABLE),
        severity=severity,
        draws=2,
    )
    for what, base, model, task, severity in (
        ("pixels to 255", "mlp", mlp((64, 40, 32, 10), nn.Sigmoid), partial(digits, scale="raw"), "mild"),
        ("pixels to 255", "mlp tanh", mlp((64, 40, 32, 24, 10), nn.Tanh), partial(digits, scale="raw"), "clear"),
        ("pixels to 255", "cnn", cnn((8, 12), nn.Tanh), partial(digits, (1, 8, 8), scale="raw"), "clear"),
        ("features to 1000", "regression", mlp((10, 32, 24, 1), nn.Tanh), partial(curve, factor=300.0), "severe"),
        ("series to 200", "rnn", recurrent("rnn"), partial(louder, series, 200.0), "clear"),
    )
)

RECIPES: tuple[Recipe, ...] = (*FADING, *STUCK, *VANISHING, *GROWING, *NORMS, *CHANNELS, *RAW)

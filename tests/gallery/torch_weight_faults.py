"""Faulty PyTorch runs: weights that start badly, explode, collapse, jump or change their size."""

from __future__ import annotations

from torch import nn
from torch_faulty import ADAMS, SAID, STARVED, UNSTABLE, graded_by, grown, normal, sick
from torch_hooks import at, filled, rebuilt
from torch_recipe import ALL, Fault, Hook, Recipe, Training

FROM_THE_FIRST = ("each", "tenth")  # the first record is the initialisation
ANY = (ALL, ("weight", "gradient"), ("weight",))

INITIALISED = tuple(
    sick(
        what,
        base,
        Fault("poor-initialisation", patterns, 0),
        *also,
        prepare=prepare,
        paces=FROM_THE_FIRST,
        kinds=ANY,
        severity=severity,
        allowed=(*STARVED, *UNSTABLE),
        draws=draws,
        optimisers=ADAMS,
        rate=rate,
    )
    for what, base, patterns, also, prepare, severity, rate, draws in (
        (
            "all zero",
            "mlp",
            ("fc*.weight",),
            (Fault("no-gradient", ("fc*.grad",), 0),),
            filled("*", 0.0),
            "severe",
            1.0,
            2,
        ),
        ("all zero", "lstm", ("*weight*",), (), filled("*", 0.0), "severe", 1.0, 1),
        (
            "one layer zero",
            "cnn",
            ("conv2.weight",),
            (Fault("no-gradient", ("conv*.grad",), 0),),
            filled("conv2.*", 0.0),
            "clear",
            1.0,
            1,
        ),
        ("one constant", "mlp", ("fc*.weight",), (), filled("*", 0.05), "clear", 1.0, 2),
        ("one constant", "cnn", ("conv*.weight", "fc.weight"), (), filled("*.weight", 0.1), "mild", 1.0, 1),
        ("one constant", "transformer", ("block1.fc*.weight",), (), filled("block1.fc*.weight", 0.02), "mild", 1.0, 1),
        ("too wide", "mlp", ("fc*.weight",), (), normal("*.weight", 4.0), "clear", 0.3, 2),
        ("too wide", "autoencoder", ("fc*.weight",), (), normal("*.weight", 6.0), "severe", 0.3, 1),
        ("too wide", "cnn", ("conv2.weight", "fc.weight"), (), normal("*.weight", 5.0), "clear", 0.3, 1),
        ("too wide", "transformer", ("block1.*.weight",), (), normal("block1.*.weight", 6.0), "clear", 0.3, 1),
    )
)


RISING = (
    Fault("weight-explosion", ("*weight*",)),
    Fault("loss-diverging"),
    Fault("exploding-gradients", ("*.grad",)),
    Fault("activation-explosion", ("*.out",)),
    Fault("non-finite-values", ("*",)),
    Fault("loss-not-finite"),
)
EXPLODED = (
    *(
        sick(
            "gradient ascent",
            base,
            *RISING,
            graded=graded_by(-1.0),
            optimisers=optimisers,
            rate=rate,
            kinds=ANY,
            scalars=SAID,
            severity="severe",
            allowed=(*UNSTABLE, *STARVED),
        )
        for base, optimisers, rate in (
            ("mlp", ("adam", "adamw"), 3.0),
            ("mlp silu", ("momentum", "sgd"), 3.0),
            ("cnn", ("adam", "adamw"), 3.0),
            ("lstm", ("adam",), 10.0),
            ("transformer", ("adam",), 6.0),
        )
    ),
    *(
        sick(
            "rate too high",
            base,
            *RISING,
            Fault("large-updates", ("*weight*",)),
            Fault("dead-units", ("*.out",)),
            Fault("saturated-activations", ("*.out",)),
            optimisers=optimisers,
            rate=rate,
            paces=("each", "tenth"),
            kinds=ANY,
            scalars=SAID,
            allowed=(*UNSTABLE, *STARVED),
            draws=draws,
        )
        for base, optimisers, rate, draws in (
            ("mlp silu", ("sgd",), 40.0, 2),
            ("mlp tanh", ("adam", "adamw"), 300.0, 2),
            ("autoencoder", ("adam",), 300.0, 1),
            ("lstm", ("adam",), 300.0, 1),
        )
    ),
)

COLLAPSED = tuple(
    sick(
        "decay too strong",
        base,
        Fault("weight-collapse", ("*weight*",)),
        optimisers=optimisers,
        rate=rate,
        decay=decay,
        kinds=ANY,
        allowed=(*STARVED, "norm-scale-collapse"),
        severity=severity,
        draws=draws,
    )
    for base, optimisers, rate, decay, severity, draws in (
        ("mlp", ("sgd", "momentum"), 0.7, 0.3, "severe", 2),
        ("mlp tanh", ("adamw",), 0.1, 200.0, "clear", 2),
        ("cnn", ("sgd", "momentum"), 0.5, 0.4, "clear", 2),
        ("autoencoder", ("adamw",), 0.1, 200.0, "clear", 1),
        ("lstm", ("adamw",), 0.1, 200.0, "clear", 2),
        ("transformer", ("adamw",), 0.1, 200.0, "clear", 1),
    )
)

SHIFTED = tuple(
    sick(
        what,
        base,
        Fault("sudden-shift", patterns, 20),
        before=at(20, hook),
        rate=0.3,
        kinds=ANY,
        severity=severity,
        allowed=UNSTABLE,
        draws=draws,
        optimisers=("adam", "adamw", "sgd"),
    )
    for what, base, patterns, hook, severity, draws in (
        ("wrong checkpoint", "mlp", ("fc2.weight",), normal("fc2.weight", 0.6), "clear", 2),
        ("wrong checkpoint", "cnn", ("conv2.weight",), normal("conv2.weight", 0.5), "clear", 2),
        ("wrong checkpoint", "residual", ("block2.fc*.weight",), normal("block2.fc*", 0.5), "clear", 1),
        ("weights multiplied", "mlp tanh", ("fc*.weight",), grown(2.0), "mild", 1),
        ("weights multiplied", "autoencoder", ("fc2.weight",), grown(3.0, "fc2.*"), "clear", 1),
    )
) + tuple(
    sick(
        "wrong checkpoint",
        base,
        Fault("sudden-shift", patterns, 20),
        before=at(20, hook),
        rate=0.5,
        kinds=ANY,
        allowed=UNSTABLE,
        optimisers=ADAMS,
    )
    for base, patterns, hook in (
        ("lstm", ("rnn.weight_hh_l0",), normal("rnn.weight_hh_l0", 0.8)),
        ("transformer", ("block1.fc1.weight",), normal("block1.fc1.weight", 0.8)),
    )
)


def more_classes(name: str, outputs: int, inputs: int) -> Hook:
    """Put a last layer in that has more outputs, as when classes or words are added."""

    def hook(t: Training) -> None:
        setattr(t.net, name, nn.Linear(inputs, outputs))
        rebuilt(t)

    return hook


SIZES = tuple(
    sick(
        "head replaced by a wider one",
        base,
        Fault("size-changed", (f"{name}.*",), onset),
        before=at(onset, more_classes(name, outputs, inputs)),
        kinds=ANY,
        allowed=("sudden-shift", "gradient-spikes"),
        severity=severity,
    )
    for base, name, outputs, inputs, onset, severity in (
        ("mlp", "fc3", 14, 24, 20, "mild"),
        ("cnn", "fc", 16, 48, 20, "mild"),
        ("transformer", "head", 24, 16, 20, "mild"),
        ("lstm", "head", 9, 16, 20, "mild"),
        ("mlp tanh", "fc4", 11, 24, 30, "mild"),
        ("gru", "head", 40, 18, 10, "clear"),
        ("residual", "head", 100, 24, 5, "severe"),
        ("cnn batchnorm", "fc", 12, 48, 35, "mild"),
    )
)

RECIPES: tuple[Recipe, ...] = (*(*INITIALISED, *EXPLODED, *COLLAPSED, *SHIFTED, *SIZES),)

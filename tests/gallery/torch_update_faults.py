"""Faulty PyTorch runs: updates so large that the loss does not settle.

That updates are large makes no fault: truth.py asks for them step by step, and that the run has not learned.
"""

from __future__ import annotations

from torch_faulty import SAID, STARVED, UNSTABLE, sick
from torch_hooks import at
from torch_recipe import ALL, Fault, Hook, Recipe, Training

ANY = (ALL, ("weight", "gradient"), ("weight",))
STEPS = ("each", "third", "fifth")


def faults(onset: int | None = None) -> tuple[Fault, ...]:
    """What is right to say of them: that, and what the tensors show besides."""
    return (
        Fault("large-updates", ("*weight*",), onset),
        Fault("weight-explosion", ("*weight*",)),
        Fault("exploding-gradients", ("*.grad",)),
        Fault("dead-units", ("act*.out", "*.act.out", "*.bias.grad")),
        Fault("saturated-activations", ("*.out",)),
    )


TOO_LARGE = tuple(
    sick(
        "updates too large",
        base,
        *faults(),
        optimisers=optimisers,
        rate=rate,
        decay=decay,
        paces=STEPS,
        kinds=ANY,
        scalars=SAID,
        severity=severity,
        allowed=(*UNSTABLE, *STARVED),
        draws=draws,
    )
    for base, optimisers, rate, decay, severity, draws in (
        ("mlp tanh", ("adam",), 60.0, 0.0, "severe", 1),
        # Decay bounds the weights, so that they are thrown about rather than grow.
        ("mlp", ("sgd",), 20.0, 0.02, "clear", 2),
        ("mlp silu", ("adamw",), 400.0, 0.05, "clear", 2),
        ("cnn", ("adamw",), 300.0, 0.1, "clear", 2),
        ("lstm", ("adamw",), 500.0, 0.1, "clear", 2),
        ("transformer", ("adamw",), 300.0, 0.1, "severe", 2),
        ("residual", ("adamw",), 2000.0, 0.05, "severe", 1),
        ("autoencoder", ("adamw",), 20.0, 0.5, "mild", 2),
    )
)


def faster(factor: float) -> Hook:
    """Raise the learning rate, as a slip in a schedule does."""

    def hook(t: Training) -> None:
        t.rate *= factor

    return hook


RAISED = tuple(
    sick(
        "rate raised midway",
        base,
        *faults(20),
        before=at(20, faster(factor)),
        optimisers=("adam", "adamw"),
        paces=("third", "fifth"),
        kinds=ANY,
        scalars=SAID,
        allowed=(*UNSTABLE, *STARVED),
    )
    for base, factor in (("mlp tanh", 100.0), ("cnn", 200.0), ("gru", 200.0), ("transformer", 200.0))
)

RECIPES: tuple[Recipe, ...] = (*TOO_LARGE, *RAISED)

"""What is known of a run of the gallery: healthy, or which rules are right, on which tags, since which step."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from log import Log


class Expected(msgspec.Struct, frozen=True):
    """A rule that is right about a faulty run.

    Attributes
    ----------
    tags
        It must speak of at least one of these; none given: of any.
    onset
        The first logged step at which the fault can show; None where that is not known.
    """

    rule: str
    tags: tuple[str, ...] = ()
    onset: int | None = None


class Label(msgspec.Struct, frozen=True):
    """One run and what is right about it.

    Attributes
    ----------
    name
        Name of its folder below the gallery's ``logs``; the Keras callback logs into ``train`` and ``validation``
        folders below it.
    family, writer, optimiser, naming
        How it was made: mlp, cnn, cnn-batchnorm, rnn, lstm, gru, transformer, autoencoder, gan, rl, embedding,
        residual, lora, finetune, pruned, quantised, mixed-precision, ...; tf2, keras, tf1, histogram-pb, tensorboardx,
        torch; sgd, momentum, adam, adamw, rmsprop.
    interval
        Steps between two records.
    expected
        The rules any one of which is the right diagnosis; none: the run is healthy, and a warning is a false alarm.
    allowed
        Rules that are also true of a faulty run, as consequences; never given for healthy runs.
    notes
        Rules of severity "info" that are true of the run, healthy or not.
    traps
        Numbers of the known traps that the run holds.
    severity
        "mild", "clear" or "severe" for a fault, else "".
    draw
        Which draw of its recipe it is.
    score, learned
        Accuracy (or gain of the loss, from 0 to 1) on data kept apart, filled in after training; whether that is
        what a healthy run of this kind reaches.
    """

    name: str
    family: str
    writer: str
    optimiser: str
    naming: str
    interval: int
    draw: int
    expected: tuple[Expected, ...] = ()
    allowed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    traps: tuple[int, ...] = ()
    severity: str = ""
    score: float | None = None
    learned: bool = False

    @property
    def healthy(self) -> bool:
        """Whether nothing ails the run."""
        return not self.expected

    @property
    def part(self) -> str:
        """The part of the gallery: thresholds are set on "calibration", figures quoted on "validation"."""
        return "validation" if hashlib.sha256(f"parts of {self.name}".encode()).digest()[0] % 2 else "calibration"


@dataclass(frozen=True)
class Run:
    """A run to be trained.

    ``train`` logs and returns the score and whether the run learned what a healthy run of its kind learns. Runs that
    log by themselves, as with the Keras callback, get the folder beside the log and may leave the log unused.
    """

    label: Label
    train: Callable[[Log, Path], tuple[float, bool]]


def name_of(parts: Sequence[str], draw: int) -> str:
    """Return a run's name: its recipe, then the number of the draw."""
    return "-".join(part.replace(" ", "-").replace("_", "-") for part in parts) + f"-{draw}"

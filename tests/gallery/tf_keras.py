"""Train a draw of a recipe with Keras' `fit`, logged by its own callback, which knows weights and losses by epoch."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from label import Expected, Label, Run, name_of
from log import Log, compile_buckets
from tf_data import Data
from tf_keras_models import Build, Names
from tf_names import counted
from tf_recipe import Fault, Schedule, constant

EPOCHS = 32
RATES = (("sgd", 0.1), ("momentum", 0.03), ("adam", 3e-3), ("adamw", 3e-3), ("rmsprop", 1e-3))
ADAPTIVE = (("adam", 4e-3), ("adamw", 4e-3), ("rmsprop", 2e-3))
Act = Callable[[keras.Model, Names], None]


def unchanged(data: Data) -> Data:
    return data


@dataclass(frozen=True)
class Recipe:
    """How models of a kind are trained; where several values stand, each draw picks one.

    Attributes
    ----------
    layers
        Names of the layers that have parameters, in order.
    first
        What is done to the model before training.
    halfway
        What is done to it, and to its data, before ``half``; the training goes on in the same folder.
    each
        What is done to it before each epoch.
    back
        How many epochs the second half begins too early.
    scope
        What Keras writes in front of the layers' names: models of the functional interface have nothing there.
    images
        Let the callback log weights as images, too.
    faults
        With tags of the form "fc1/kernel", whatever the draw calls the layer.
    """

    name: str
    family: str
    layers: str
    build: Build
    data: Callable[[], Data]
    optimisers: tuple[tuple[str, float], ...] = RATES
    schedule: Schedule = constant
    decay: float = 1e-3
    first: Act | None = None
    halfway: Act | None = None
    half: int = 16
    later: Callable[[Data], Data] = unchanged
    each: Act | None = None
    back: int = 0
    scope: str = "net/"
    images: bool = False
    learns: float = 0.8
    faults: tuple[Fault, ...] = ()
    allowed: tuple[str, ...] = ()
    traps: tuple[int, ...] = ()
    severity: str = ""


class Keeper(keras.callbacks.Callback):
    """Keep what the TensorBoard callback logs."""

    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        for layer in self.model.layers:
            for weight in layer.weights:
                self._log.histogram(f"{weight.path.replace(':', '_')}/histogram", np.array(weight), epoch)
        self._log.scalar("epoch_loss", logs["loss"], epoch)


def optimiser_of(name: str, rate: float, decay: float) -> keras.optimizers.Optimizer:
    return {
        "sgd": lambda: keras.optimizers.SGD(rate),
        "momentum": lambda: keras.optimizers.SGD(rate, momentum=0.9),
        "adam": lambda: keras.optimizers.Adam(rate),
        "adamw": lambda: keras.optimizers.AdamW(rate, weight_decay=decay),
        "rmsprop": lambda: keras.optimizers.RMSprop(rate),
    }[name]()


def fit(
    recipe: Recipe, optimiser: str, rate: float, names: Names, seed: int, graph: bool, log: Log, folder: Path
) -> tuple[float, bool]:
    """Build, train, log and judge a model."""
    compile_buckets()
    keras.utils.set_random_seed(seed)
    data = recipe.data()
    model = recipe.build(names)
    if recipe.first:
        recipe.first(model, names)
    loss: Any = keras.losses.SparseCategoricalCrossentropy(from_logits=True) if data.classes else "mse"

    def callbacks() -> list[keras.callbacks.Callback]:
        made: list[keras.callbacks.Callback] = [
            keras.callbacks.TensorBoard(
                str(folder), histogram_freq=1, write_graph=graph, write_images=recipe.images, profile_batch=0
            ),
            Keeper(log),
        ]
        if recipe.schedule is not constant:
            made.append(keras.callbacks.LearningRateScheduler(lambda epoch: rate * recipe.schedule(epoch / EPOCHS)))
        if recipe.each:
            act = recipe.each
            made.append(keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: act(model, names)))
        return made

    def compiled() -> None:
        given = optimiser_of(optimiser, rate, recipe.decay)
        model.compile(given, loss, jit_compile=False, steps_per_execution=16)

    def train(data: Data, first: int, last: int) -> None:
        rows = slice(0, 1024)
        model.fit(
            data.inputs[rows], data.targets[rows], batch_size=64, epochs=last, initial_epoch=first, verbose=0,
            validation_data=(data.test_inputs, data.test_targets), validation_batch_size=512, validation_freq=4,
            callbacks=callbacks(),
        )  # fmt: skip

    compiled()
    if recipe.halfway or recipe.back:
        train(data, 0, recipe.half)
        if recipe.halfway:
            recipe.halfway(model, names)
        compiled()
        train(recipe.later(data), recipe.half - recipe.back, EPOCHS - recipe.back)
    else:
        train(data, 0, EPOCHS)
    reached = score(model, data)
    keras.backend.clear_session()
    return reached, reached >= recipe.learns


def score(model: keras.Model, data: Data) -> float:
    """Return the accuracy, or the share of the targets' variance that is explained; 0 where that is no number."""
    output = np.array(model(tf.constant(data.test_inputs), training=False))
    if not np.isfinite(output).all():
        return 0.0
    if data.classes:
        return float((output.argmax(-1) == data.test_targets).mean())
    return max(0.0, 1.0 - float(np.square(output - data.test_targets).mean() / data.test_targets.var()))


def draw(recipe: Recipe, number: int, seed: int) -> Run:
    """Settle what a recipe leaves open, and label the run."""
    rng = np.random.default_rng((seed, zlib.crc32(recipe.name.encode()), number))
    optimiser, rate = recipe.optimisers[rng.integers(len(recipe.optimisers))]
    style = ("keras", "own", "counted on")[rng.integers(3)]
    graph, drawn = bool(rng.random() < 0.7), int(rng.integers(2**31))
    before = int(rng.integers(2, 30)) if style == "counted on" else 0
    shown = {} if style == "own" else counted(recipe.layers.split(), before)

    def names(layer: str) -> str:
        return shown.get(layer, layer)

    def tag(of: str) -> str:
        layer, _, parameter = of.partition("/")
        return f"{recipe.scope}{names(layer)}/{parameter}/histogram"

    label = Label(
        name=name_of(("keras", recipe.name), number),
        family=recipe.family,
        writer="keras",
        optimiser=optimiser,
        naming=style,
        interval=1,
        draw=number,
        expected=tuple(Expected(one.rule, tuple(map(tag, one.tags)), one.onset) for one in recipe.faults),
        allowed=recipe.allowed,
        traps=(*recipe.traps, 20, 30, *([12] if style == "counted on" else [])),
        severity=recipe.severity,
    )
    return Run(label, partial(fit, recipe, optimiser, rate, names, drawn, graph))

"""Train a draw of a recipe and log it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import tensorflow as tf
from log import Log
from tf_data import Array, Data
from tf_engines import Eager, Graph
from tf_models import Values
from tf_recipe import BATCH, SCALARS, Plan, nothing, watched


def train(plan: Plan, log: Log, folder: Path) -> tuple[float, bool]:
    """Train and log; return the score on examples kept apart, and whether it is that of a run that has learned."""
    recipe = plan.recipe
    tf.random.set_seed(plan.seed[-1])
    rng = np.random.default_rng((*plan.seed, 1))
    values = recipe.network.draw(rng)
    shown = Named(log, plan)
    engine = _engine(plan, values, folder, log)
    data, cadence = recipe.data(), plan.cadence
    batches = _batches(data, rng, partial=recipe.partial)
    # Several updates at once are quicker, where nothing happens in between.
    at_once = 1 if recipe.partial or recipe.before is not nothing else cadence.interval
    for first in range(0, cadence.steps + 1, at_once):
        if recipe.then and first == recipe.then[0]:
            engine = _changed(plan, engine, rng, folder, log)
        scalar = engine.scalar if isinstance(engine, Graph) else shown.scalar
        recipe.before(first, engine)
        steps = range(first, min(first + at_once, cadence.steps + 1))
        drawn = [recipe.batch(step, *next(batches), rng) for step in steps]
        inputs, targets = (np.stack(one) for one in zip(*drawn, strict=True))
        rates = np.array([plan.rate * recipe.schedule(step / cadence.steps) for step in steps])
        try:
            if first % cadence.interval == 0:
                place = (first - recipe.back[1] * (first >= recipe.back[0])) // cadence.unit
                shown.over = tuple(tag for tag, until in recipe.until if first >= until)
                scalar("rate", rates[0], place)
                if "validation" in plan.scalars:
                    scalar("validation", 1.0 - score(engine, data), place)
                if "apart" in plan.scalars:
                    scalar("apart", loss_apart(engine, data), place)
                for tag, value in recipe.extra(engine).items():
                    shown.histogram(tag, value, place)
                engine.observe(inputs[0], targets[0], first, shown, place)
            engine.train(inputs, targets, first, rates)
        except tf.errors.InvalidArgumentError:  # TensorFlow 1 refuses to summarise NaN: the training ends there
            break
    reached = score(engine, data)
    engine.close()
    return reached, reached >= recipe.learns


def _engine(plan: Plan, values: Values, folder: Path, log: Log) -> Eager | Graph:
    return Graph(plan, values, folder, log) if plan.writer == "tf1" else Eager.of(plan, values)


def _changed(plan: Plan, engine: Eager | Graph, rng: np.random.Generator, folder: Path, log: Log) -> Eager | Graph:
    """Go on with another network, as from a checkpoint of which not all fits."""
    at, network = plan.recipe.then or (0, plan.recipe.network)
    values = network.draw(rng)
    for tag, value in values.items():
        trained = engine.read(tag)
        values[tag] = trained if trained.shape == value.shape else value
    engine.close()
    recipe = replace(plan.recipe, network=network, name=f"{plan.recipe.name} from {at}")
    return _engine(replace(plan, recipe=recipe), values, folder, log)


class Named:
    """A log that gives tensors the names of a plan's style, and leaves out those that are not watched."""

    def __init__(self, log: Log, plan: Plan) -> None:
        self._log = log
        self._plan = plan
        self.over: tuple[str, ...] = ()

    def histogram(self, tag: str, values: Array, step: int) -> None:
        if watched(self._plan.watch, tag) and not tag.startswith(self.over or "\0"):
            self._log.histogram(self._plan.name(tag), values, step)

    def scalar(self, tag: str, value: float, step: int) -> None:
        if tag in self._plan.scalars.split():
            self._log.scalar(SCALARS[tag], value, step)

    def close(self) -> None:
        self._log.close()


def score(engine: Eager | Graph, data: Data) -> float:
    """Return the accuracy, or the share of the targets' variance that is explained; 0 where that is no number."""
    output = engine.predict(data.test_inputs)
    if data.classes:
        return float((output.argmax(-1) == data.test_targets).mean()) if np.isfinite(output).all() else 0.0
    error = float(np.square(output - data.test_targets).mean() / data.test_targets.var())
    return max(0.0, 1.0 - error) if np.isfinite(error) else 0.0


def loss_apart(engine: Eager | Graph, data: Data) -> float:
    """Return the cross entropy on examples kept apart."""
    output = engine.predict(data.test_inputs).astype(np.float64)
    shifted = output - output.max(-1, keepdims=True)
    chances = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    return float(-np.take_along_axis(chances, data.test_targets[:, None], -1).mean())


def _batches(data: Data, rng: np.random.Generator, *, partial: bool) -> Iterator[tuple[Array, Array]]:
    """Draw examples at random, or all in turn, where the last batch of an epoch may be smaller."""
    count = len(data.inputs)
    while True:
        order = rng.permutation(count)
        for first in range(0, count if partial else count - BATCH + 1, BATCH):
            rows = order[first : first + BATCH]
            yield data.inputs[rows], data.targets[rows]

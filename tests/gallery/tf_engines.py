"""What trains a network: a gradient tape in a compiled function of TensorFlow 2, or a graph of TensorFlow 1."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import keras
import numpy as np
import tensorflow as tf
from log import Log
from tf_data import Array
from tf_models import STATISTICS, Pass, Tensor, Values
from tf_recipe import SCALARS, Plan, Recipe, watched

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)

v1: Any = tf.compat.v1


def loss_of(recipe: Recipe, p: Pass, output: Tensor, targets: Tensor) -> Tensor:
    """Return the mean cross entropy of classes, or the mean square error of numbers."""
    if recipe.data().classes:
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(targets, output))
    else:
        loss = tf.reduce_mean(tf.square(output - targets))
    return loss + recipe.penalty(p) if recipe.penalty else loss


def learning(recipe: Recipe, tags: Any) -> list[str]:
    """Return the parameters that the optimiser is given."""
    return [tag for tag in tags if not tag.endswith(STATISTICS) and not tag.startswith(recipe.frozen or "\0")]


def backward(recipe: Recipe, values: dict[str, Tensor], p: Pass, loss: Tensor, tape: Any, step: Tensor) -> Any:
    """Return the gradients as they are logged; 0 where the loss does not depend on a parameter."""
    tags = [tag for tag in values if not tag.endswith(STATISTICS)]
    sources = [values[tag] for tag in tags]
    found = tape.gradient(loss, sources) if tape else tf.gradients(loss, sources)
    dense = [
        tf.zeros_like(value) if gradient is None else tf.convert_to_tensor(gradient)
        for gradient, value in zip(found, sources, strict=True)
    ]
    gradients = dict(zip(tags, dense, strict=True))
    return recipe.alter({tag: gradient * recipe.scale for tag, gradient in gradients.items()}, step)


def used(recipe: Recipe, gradients: dict[str, Tensor]) -> list[Tensor]:
    """Return the gradients as the optimiser gets them: unscaled, clipped, and none where they overflowed."""
    given = [gradients[tag] / recipe.scale for tag in learning(recipe, gradients)]
    if recipe.scale != 1.0:
        finite = tf.reduce_all([tf.reduce_all(tf.math.is_finite(one)) for one in given])
        given = [tf.where(finite, one, tf.zeros_like(one)) for one in given]
    return tf.clip_by_global_norm(given, recipe.clip)[0] if recipe.clip else given


class Eager:
    """TensorFlow 2. What was compiled serves all draws of a recipe: only values are set anew."""

    _compiled: ClassVar[dict[Any, Eager]] = {}

    @classmethod
    def of(cls, plan: Plan, values: Values) -> Eager:
        recipe = plan.recipe
        own = "" if recipe.plain else recipe.name
        key = (own, recipe.network.key, recipe.data().classes, plan.optimiser)
        if key not in cls._compiled:
            cls._compiled[key] = cls(recipe, plan.optimiser, values)
        self = cls._compiled[key]
        self.memory = {}
        for variable in self._optimiser.variables:
            variable.assign(tf.zeros_like(variable))
        for tag, value in values.items():
            self.assign(tag, value)
        return self

    def __init__(self, recipe: Recipe, optimiser: str, values: Values) -> None:
        self.memory: dict[str, Any] = {}
        self._variables = {tag: tf.Variable(value, name=tag) for tag, value in values.items()}
        self._optimiser = {
            "sgd": lambda: keras.optimizers.SGD(),
            "momentum": lambda: keras.optimizers.SGD(momentum=0.9),
            "adam": lambda: keras.optimizers.Adam(),
            "adamw": lambda: keras.optimizers.AdamW(weight_decay=recipe.decay),
            "rmsprop": lambda: keras.optimizers.RMSprop(),
        }[optimiser]()
        variables = [self._variables[tag] for tag in learning(recipe, values)]
        self._optimiser.build(variables)

        def forward(inputs: Tensor, targets: Tensor, step: Tensor) -> tuple[Tensor, dict[str, Tensor], Pass]:
            with tf.GradientTape() as tape:
                p = Pass(self._variables, training=True)
                loss = loss_of(recipe, p, recipe.network.forward(p, inputs), targets)
            return loss, backward(recipe, self._variables, p, loss, tape, step), p

        def observe(inputs: Tensor, targets: Tensor, step: Tensor) -> tuple[Tensor, Values, Values]:
            loss, gradients, p = forward(inputs, targets, step)
            return loss, {f"{tag}/gradient": value for tag, value in gradients.items()}, p.shown

        def update(inputs: Tensor, targets: Tensor, step: Tensor, rate: Tensor) -> None:
            _, gradients, p = forward(inputs, targets, step)
            self._optimiser.learning_rate.assign(rate)
            self._optimiser.apply_gradients(zip(used(recipe, gradients), variables, strict=True))
            for tag, value in p.updates.items():
                self._variables[tag].assign(value)

        def train(inputs: Tensor, targets: Tensor, steps: Tensor, rates: Tensor) -> None:
            def one(at: Tensor) -> Tensor:
                update(inputs[at], targets[at], steps[at], rates[at])
                return at + 1

            tf.while_loop(lambda at: at < tf.shape(steps)[0], one, [0])

        def predict(inputs: Tensor) -> Tensor:
            return recipe.network.forward(Pass(self._variables, training=False), inputs)

        data = recipe.data()
        examples, targets = (
            tf.TensorSpec([None, None, *values.shape[1:]], values.dtype) for values in (data.inputs, data.targets)
        )
        some = [examples, targets, tf.TensorSpec([None], tf.int64), tf.TensorSpec([None], tf.float32)]
        self._observe: Callable[..., Any] = tf.function(observe, autograph=False, reduce_retracing=True)
        self._train: Callable[..., Any] = tf.function(train, autograph=False, input_signature=some)
        self._predict: Callable[..., Any] = tf.function(predict, autograph=False)

    def read(self, tag: str) -> Array:
        return np.array(self._variables[tag])

    def assign(self, tag: str, values: Array) -> None:
        self._variables[tag].assign(values)

    def predict(self, inputs: Array) -> Array:
        return np.array(self._predict(inputs))

    def observe(self, inputs: Array, targets: Array, step: int, log: Log, place: int) -> None:
        """Log what the next update on these examples would be made of."""
        loss, gradients, shown = self._observe(inputs, targets, np.int64(step))
        for tag, value in (self._variables | gradients | shown).items():
            log.histogram(tag, value, place)
        log.scalar("loss", float(loss), place)

    def train(self, inputs: Array, targets: Array, first: int, rates: Array) -> None:
        """Do one update for each of the batches."""
        self._train(inputs, targets, np.arange(first, first + len(rates)), np.float32(rates))

    def close(self) -> None:
        """Keep everything for the next draw."""


class Graph:
    """TensorFlow 1: the network, its optimiser and its summaries are operations of one graph, which is logged too."""

    def __init__(self, plan: Plan, values: Values, folder: Path, keep: Log) -> None:
        recipe = plan.recipe
        self.memory: dict[str, Any] = {}
        self._plan, self._keep = plan, keep
        data = recipe.data()
        graph = tf.Graph()
        with graph.as_default():
            v1.set_random_seed(plan.seed[-1])
            kind = tf.int64 if data.inputs.dtype.kind == "i" else tf.float32
            self._inputs = v1.placeholder(kind, [None, *data.inputs.shape[1:]], "inputs")
            self._targets = v1.placeholder(data.targets.dtype, [None, *data.targets.shape[1:]], "targets")
            self._rate = v1.placeholder(tf.float32, [], "learning_rate")
            self._step = v1.placeholder(tf.int64, [], "step")
            self._variables = {
                tag: v1.get_variable(tag, initializer=value, trainable=not tag.endswith(STATISTICS))
                for tag, value in values.items()
            }
            p = Pass(self._variables, training=True)
            self._loss = loss_of(recipe, p, recipe.network.forward(p, self._inputs), self._targets)
            gradients = backward(recipe, self._variables, p, self._loss, None, self._step)
            update = self._updates(recipe, gradients, p.updates)
            self._output = recipe.network.forward(Pass(self._variables, training=False), self._inputs)
            tensors = self._variables | {f"{tag}/gradient": value for tag, value in gradients.items()} | p.shown
            self._tensors = {tag: value for tag, value in tensors.items() if watched(plan.watch, tag)}
            self._summaries = {tag: v1.summary.histogram(plan.name(tag), value) for tag, value in self._tensors.items()}
            for tag, summary in self._summaries.items():
                if tf.get_static_value(summary.op.inputs[0]).item().decode() != plan.name(tag):
                    raise ValueError(f"the graph does not call a tensor {plan.name(tag)}")
            self._new = {tag: v1.placeholder(tf.float32, value.shape) for tag, value in values.items()}
            self._set = {tag: v1.assign(self._variables[tag], new) for tag, new in self._new.items()}
            options = v1.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
            self._session = v1.Session(config=options)
            self._session.run(v1.global_variables_initializer())
            fed = [self._inputs, self._targets, self._rate, self._step]
            self._update = self._session.make_callable(update, fed)
            parts = len(list(folder.glob("*"))) if folder.exists() else 0
            self._writer = v1.summary.FileWriter(str(folder), graph, filename_suffix=f".{parts}")

    def _updates(self, recipe: Recipe, gradients: dict[str, Tensor], statistics: dict[str, Tensor]) -> Tensor:
        """Return the operation that changes the parameters."""
        optimiser = {
            "sgd": v1.train.GradientDescentOptimizer,
            "momentum": lambda rate: v1.train.MomentumOptimizer(rate, 0.9),
            "adam": v1.train.AdamOptimizer,
            "adamw": v1.train.AdamOptimizer,
            "rmsprop": v1.train.RMSPropOptimizer,
        }[self._plan.optimiser](self._rate)
        variables = [self._variables[tag] for tag in learning(recipe, self._variables)]
        before = []
        if self._plan.optimiser == "adamw":
            before = [v1.assign(one, one * (1.0 - self._rate * recipe.decay)) for one in variables]
        with tf.control_dependencies(before + [gradients[tag] for tag in gradients]):
            step = optimiser.apply_gradients(zip(used(recipe, gradients), variables, strict=True))
        return tf.group(step, *(v1.assign(self._variables[tag], value) for tag, value in statistics.items()))

    def read(self, tag: str) -> Array:
        return np.array(self._session.run(self._variables[tag]))

    def assign(self, tag: str, values: Array) -> None:
        self._session.run(self._set[tag], {self._new[tag]: values})

    def predict(self, inputs: Array) -> Array:
        return np.array(self._session.run(self._output, {self._inputs: inputs}))

    def observe(self, inputs: Array, targets: Array, step: int, log: Log, place: int) -> None:
        """Log what the next update on these examples would be made of; NaN in a summary is an error, as ever."""
        fed = {self._inputs: inputs, self._targets: targets, self._rate: 0.0, self._step: step}
        over = tuple(tag for tag, until in self._plan.recipe.until if step >= until)
        alive = [tag for tag in self._tensors if not tag.startswith(over or "\0")]
        wanted = [self._summaries[tag] for tag in alive], [self._tensors[tag] for tag in alive], self._loss
        summaries, tensors, loss = self._session.run(wanted, fed)
        for tag, summary, tensor in zip(alive, summaries, tensors, strict=True):
            self._writer.add_summary(summary, place)
            self._keep.histogram(self._plan.name(tag), tensor, place)
        self.scalar("loss", loss, place)

    def train(self, inputs: Array, targets: Array, first: int, rates: Array) -> None:
        """Do one update for each of the batches."""
        for step, (examples, labels, rate) in enumerate(zip(inputs, targets, rates, strict=True), start=first):
            self._update(examples, labels, rate, step)

    def scalar(self, tag: str, value: float, place: int) -> None:
        if tag in self._plan.scalars.split():
            summary = v1.Summary(value=[v1.Summary.Value(tag=SCALARS[tag], simple_value=value)])
            self._writer.add_summary(summary, place)
            self._keep.scalar(SCALARS[tag], value, place)

    def close(self) -> None:
        self._writer.close()
        self._session.close()

"""Healthy runs of TensorFlow that train two things by turns: adversaries, and an agent with a copy of its network."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from label import Label, Run, name_of
from log import Log
from tf_data import Array
from tf_models import Pass, Values, mlp

DRAWS = 5
WRITERS = ("tf2", "tf2", "histogram-pb", "tensorboardx")
SIDE = 5
MOVES = np.array([[0, 1], [0, -1], [1, 0], [-1, 0]])

NETWORKS = {
    "generator": mlp((4, 32, 32, 2), "relu"),
    "discriminator": mlp((2, 32, 32, 1), "leaky_relu", init="he"),
    "online": mlp((2 * SIDE, 40, 24, 4), "relu"),
    "target": mlp((2 * SIDE, 40, 24, 4), "relu"),
}


class Half:
    """One of two networks, with its optimiser."""

    def __init__(self, name: str, rng: np.random.Generator, optimiser: keras.optimizers.Optimizer) -> None:
        self.name = name
        drawn: Values = NETWORKS[name].draw(rng)
        self.variables = {tag: tf.Variable(value) for tag, value in drawn.items()}
        self._optimiser = optimiser
        optimiser.build(list(self.variables.values()))

    def __call__(self, inputs: Any) -> tuple[Any, dict[str, Any]]:
        p = Pass(self.variables, training=True)
        return NETWORKS[self.name].forward(p, inputs), p.shown

    def update(self, tape: tf.GradientTape, loss: Any) -> dict[str, Any]:
        gradients = tape.gradient(loss, self.variables)
        self._optimiser.apply_gradients([(gradients[tag], self.variables[tag]) for tag in self.variables])
        return gradients

    def log(self, log: Log, step: int, style: str, others: dict[str, Any] | None = None) -> None:
        """Log the weights, and gradients and activations if given."""
        for tag, variable in self.variables.items():
            log.histogram(f"weights/{self.name}/{tag}" if style == "kinds" else f"{self.name}/{tag}", variable, step)
        for tag, value in (others or {}).items():
            gradient = "gradients" if style == "kinds" else "gradient"
            name = f"{self.name}/{tag}"
            if not tag.endswith("activation"):
                name = f"{gradient}/{name}" if style == "kinds" else f"{name}/{gradient}"
            log.histogram(name, value, step)


def adversaries(draw: dict[str, Any], log: Log, folder: Path) -> tuple[float, bool]:
    """Learn to draw points on a ring; the score is how far the radii have come towards it."""
    rng = np.random.default_rng(draw["seed"])
    tf.random.set_seed(draw["seed"])
    rate, interval, style = draw["rate"], draw["interval"], draw["style"]
    maker = Half("generator", rng, keras.optimizers.Adam(rate, beta_1=0.5))
    judge = Half("discriminator", rng, keras.optimizers.Adam(rate, beta_1=0.5))
    entropy = tf.nn.sigmoid_cross_entropy_with_logits

    @tf.function(autograph=False)
    def judged(real: Any, noise: Any) -> Any:
        with tf.GradientTape() as tape:
            made, _ = maker(noise)
            on_real, shown = judge(real)
            on_made, _ = judge(made)
            loss = tf.reduce_mean(entropy(tf.ones_like(on_real), on_real) + entropy(tf.zeros_like(on_made), on_made))
        return loss, judge.update(tape, loss), shown

    @tf.function(autograph=False)
    def made(noise: Any) -> Any:
        with tf.GradientTape() as tape:
            points, shown = maker(noise)
            verdict, _ = judge(points)
            loss = tf.reduce_mean(entropy(tf.ones_like(verdict), verdict))
        return loss, maker.update(tape, loss), shown

    def distance() -> float:
        points = np.array(maker(np.random.default_rng(0).normal(size=(512, 4)).astype(np.float32))[0])
        return float(abs(np.linalg.norm(points, axis=1) - 1.5).mean())

    before = distance()
    for step in range(40 * interval):
        angle = rng.uniform(0, 2 * np.pi, 128)
        real = 1.5 * np.stack([np.cos(angle), np.sin(angle)], 1) + 0.05 * rng.normal(size=(128, 2))
        noise = [np.float32(rng.normal(size=(128, 4))) for _ in range(2)]
        loss, gradients, shown = judged(np.float32(real), noise[0])
        if step % interval == 0:
            judge.log(log, step, style, gradients | shown)
            log.scalar("discriminator_loss", float(loss), step)
        loss, gradients, shown = made(noise[1])
        if step % interval == draw["shift"]:  # the two need not be logged at the same steps
            maker.log(log, step, style, gradients | shown)
            log.scalar("generator_loss", float(loss), step)
    score = 1.0 - distance() / before
    return score, score >= 0.6


def agent(draw: dict[str, Any], log: Log, folder: Path) -> tuple[float, bool]:
    """Learn to walk to the middle of a grid; the score is the share of places from which it gets there."""
    rng = np.random.default_rng(draw["seed"])
    rate, interval, style = draw["rate"], draw["interval"], draw["style"]
    online = Half("online", rng, keras.optimizers.Adam(rate))
    target = Half("target", rng, keras.optimizers.Adam(rate))
    follow = draw["follow"]

    @tf.function(autograph=False)
    def learn(seen: Any, move: Any, reward: Any, then: Any, over: Any) -> Any:
        best = tf.reduce_max(target(then)[0], 1)
        goal = reward + 0.9 * best * (1.0 - over)
        with tf.GradientTape() as tape:
            values, shown = online(seen)
            loss = tf.reduce_mean(tf.square(tf.reduce_sum(values * tf.one_hot(move, 4), 1) - goal))
        return loss, online.update(tape, loss), shown

    places = rng.integers(SIDE, size=(4000, 2))
    moves = rng.integers(4, size=4000)
    nexts = np.clip(places + MOVES[moves], 0, SIDE - 1)
    over = np.float32((nexts == SIDE // 2).all(1))
    for step in range(40 * interval):
        if follow or step % draw["copied"] == 0:
            for tag, variable in target.variables.items():
                share = follow or 1.0
                variable.assign(variable * (1 - share) + online.variables[tag] * share)
        rows = rng.integers(min(4000, 64 + 8 * step), size=64)
        loss, gradients, shown = learn(
            _seen(places[rows]), moves[rows], over[rows], _seen(nexts[rows]), over[rows]
        )  # fmt: skip
        if step % interval == 0:
            online.log(log, step, style, gradients | shown)
            target.log(log, step, style)
            log.scalar("loss", float(loss), step)
    starts = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE)), -1).reshape(-1, 2)
    arrived = np.zeros(len(starts), bool)
    for _ in range(2 * SIDE):
        starts = np.clip(starts + MOVES[np.array(online(_seen(starts))[0]).argmax(1)], 0, SIDE - 1)
        arrived |= (starts == SIDE // 2).all(1)
    return float(arrived.mean()), bool(arrived.mean() >= 0.8)


def _seen(places: Array) -> Array:
    """Write places as two numbers of one bit in five each."""
    return np.float32(np.eye(SIDE)[places].reshape(-1, 2 * SIDE))


Train = Callable[[dict[str, Any], Log, Path], tuple[float, bool]]


def _run(
    name: str, family: str, train: Train, intervals: list[int], traps: tuple[int, ...], number: int, seed: int
) -> Run:
    rng = np.random.default_rng((seed, zlib.crc32(name.encode()), number))
    interval = int(rng.choice(intervals))
    draw = {
        "seed": int(rng.integers(2**31)),
        "rate": float(rng.choice([1e-3, 2e-3])),
        "interval": interval,
        "shift": int(rng.choice([0, interval // 2])),
        "style": str(rng.choice(["kinds", "plain"])),
        "copied": int(rng.choice([50, 100])),
        "follow": float(rng.choice([0.0, 0.0, 0.02])),
    }
    label = Label(
        name_of(("tf", name), number), family, WRITERS[number % len(WRITERS)], "adam", draw["style"], interval, number,
        traps=traps,
    )  # fmt: skip
    return Run(label, partial(train, draw))


def runs(seed: int) -> list[Run]:
    """Make the draws of both."""
    return [
        _run(*one, number, seed)
        for one in (
            ("adversaries", "gan", adversaries, [50, 60, 80], (16,)),
            ("agent", "rl", agent, [10, 20, 25], (16, 35)),
        )
        for number in range(DRAWS)
    ]

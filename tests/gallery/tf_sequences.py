"""Recurrent networks, a transformer, a bag of words, experts and adapters out of TensorFlow's plain operations."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf
from tf_data import WORDS
from tf_models import FUNCTIONS, Network, Pass, Tensor, Values, dense, kernel, layer_norm, mlp, named, norm

GATES = {"simple": 1, "gru": 3, "lstm": 4}


def recurrent(
    cell: str = "lstm",
    units: int = 24,
    function: str = "tanh",
    *,
    gain: float = 1.0,
    change: Callable[[Values], None] = lambda values: None,
) -> Network:
    """A cell ("simple", "gru" or "lstm") that reads a picture line by line, and a head."""
    name = "rnn" if cell == "simple" else cell

    def draw(rng: np.random.Generator) -> Values:
        values = named(name, kernel(rng, 8, GATES[cell] * units))
        turned = np.linalg.qr(rng.normal(size=(GATES[cell] * units, units)))[0].T
        values[f"{name}/recurrent_kernel"] = np.float32(gain * turned)
        if cell == "lstm":
            values[f"{name}/bias"][units : 2 * units] = 1.0
        values |= named("head", kernel(rng, units, 10))
        change(values)
        return values

    def forward(p: Pass, x: Tensor) -> Tensor:
        state = carry = tf.zeros_like(tf.matmul(x[:, 0], p[f"{name}/kernel"]))[:, :units]
        gates = []
        for line in tf.unstack(x, 8, axis=1):
            past = tf.matmul(state, p[f"{name}/recurrent_kernel"])
            now = dense(p, name, line)
            if cell == "simple":
                state = FUNCTIONS[function](now + past)
            elif cell == "gru":
                (update, reset, new), (past_update, past_reset, past_new) = tf.split(now, 3, 1), tf.split(past, 3, 1)
                update = tf.sigmoid(update + past_update)
                new = tf.tanh(new + tf.sigmoid(reset + past_reset) * past_new)
                state = update * state + (1 - update) * new
                gates.append(update)
            else:
                enter, forget, new, leave = tf.split(now + past, 4, axis=-1)
                carry = tf.sigmoid(forget) * carry + tf.sigmoid(enter) * tf.tanh(new)
                state = tf.sigmoid(leave) * tf.tanh(carry)
                gates.append(tf.sigmoid(forget))
        if gates:
            p.show(f"{name}/gate", tf.concat(gates, 0))
        return dense(p, "head", p.show(name, state))

    return Network(f"recurrent {cell} {units} {function}", draw, forward)


def transformer(
    width: int = 16, heads: int = 2, blocks: int = 2, *, causal: bool = False, logits: bool = False, gain: float = 1.0
) -> Network:
    """Attention over the lines of a picture.

    Parameters
    ----------
    causal
        A line sees only those above it; the others' attention logits are -inf.
    logits
        Show the attention logits, and the weights made of them.
    """

    def draw(rng: np.random.Generator) -> Values:
        values = named("embed", kernel(rng, 8, width))
        values["position/embeddings"] = np.float32(rng.normal(0, 0.1, (8, width)))
        for block in range(1, blocks + 1):
            values |= named(f"block{block}/norm1", norm(width, moving=False))
            for part in ("query", "key", "value", "out"):
                values |= named(f"block{block}/attention/{part}", kernel(rng, width, width, gain=gain))
            values |= named(f"block{block}/norm2", norm(width, moving=False))
            values |= named(f"block{block}/mlp1", kernel(rng, width, 2 * width, gain=gain))
            values |= named(f"block{block}/mlp2", kernel(rng, 2 * width, width, gain=gain))
        return values | named("norm", norm(width, moving=False)) | named("head", kernel(rng, width, 10))

    def attend(p: Pass, layer: str, x: Tensor) -> Tensor:
        parted = [tf.reshape(dense(p, f"{layer}/{part}", x), [-1, 8, heads, width // heads]) for part in _THREE]
        query, key, value = (tf.transpose(part, [0, 2, 1, 3]) for part in parted)
        scores = tf.matmul(query, key, transpose_b=True) / (width // heads) ** 0.5
        if causal:
            scores += np.triu(np.full((8, 8), -np.inf, np.float32), 1)
        weights = tf.nn.softmax(scores)
        if logits:
            p.shown |= {f"{layer}/logits": scores, f"{layer}/softmax": weights}
        mixed = tf.transpose(tf.matmul(weights, value), [0, 2, 1, 3])
        return dense(p, f"{layer}/out", tf.reshape(mixed, [-1, 8, width]))

    def forward(p: Pass, x: Tensor) -> Tensor:
        x = dense(p, "embed", x) + p["position/embeddings"]
        for block in range(1, blocks + 1):
            x = x + attend(p, f"block{block}/attention", layer_norm(p, f"block{block}/norm1", x))
            inner = tf.nn.gelu(dense(p, f"block{block}/mlp1", layer_norm(p, f"block{block}/norm2", x)))
            x = x + dense(p, f"block{block}/mlp2", p.show(f"block{block}/mlp1", inner))
        return dense(p, "head", layer_norm(p, "norm", tf.reduce_mean(x, 1)))

    return Network(f"transformer {width} {heads} {blocks} {causal} {logits}", draw, forward)


_THREE = ("query", "key", "value")


def bag_of_words(width: int = 12, hidden: int = 24) -> Network:
    """Embedded words, averaged, and two layers; a word that is not in the batch has no gradient."""

    def draw(rng: np.random.Generator) -> Values:
        table = {"words/embeddings": np.float32(rng.uniform(-0.5, 0.5, (WORDS, width)))}
        return table | named("fc1", kernel(rng, width, hidden)) | named("head", kernel(rng, hidden, 4))

    def forward(p: Pass, x: Tensor) -> Tensor:
        mean = tf.reduce_mean(tf.gather(p["words/embeddings"], x), 1)
        return dense(p, "head", p.show("fc1", tf.nn.relu(dense(p, "fc1", mean))))

    return Network(f"bag {width} {hidden}", draw, forward)


def experts(count: int = 6, width: int = 16) -> Network:
    """Each example goes to the expert that the router likes best; the others get no gradient from it."""

    def draw(rng: np.random.Generator) -> Values:
        values = named("stem", kernel(rng, 64, width)) | named("router", kernel(rng, width, count))
        for number in range(count):
            values |= named(f"experts/{number}", kernel(rng, width, width, init="he"))
        return values | named("head", kernel(rng, width, 10))

    def forward(p: Pass, x: Tensor) -> Tensor:
        x = tf.nn.relu(dense(p, "stem", x))
        scores = dense(p, "router", x)
        chances = tf.nn.softmax(scores)
        if p.training:  # noise, so that no expert is forgotten
            scores += tf.random.normal(tf.shape(scores), stddev=3.0)
        chosen = tf.one_hot(tf.argmax(scores, -1), count) * chances
        mixed = sum(chosen[:, n, None] * tf.nn.relu(dense(p, f"experts/{n}", x)) for n in range(count))
        return dense(p, "head", p.show("mixed", x + mixed))

    return Network(f"experts {count} {width}", draw, forward)


def gated(width: int = 24, hidden: int = 32) -> Network:
    """A layer whose outputs are multiplied by a gate's, behind a layer norm."""

    def draw(rng: np.random.Generator) -> Values:
        values = named("stem", kernel(rng, 64, width)) | named("norm", norm(width, moving=False))
        values |= named("gate", kernel(rng, width, hidden)) | named("up", kernel(rng, width, hidden))
        return values | named("down", kernel(rng, hidden, width)) | named("head", kernel(rng, width, 10))

    def forward(p: Pass, x: Tensor) -> Tensor:
        x = dense(p, "stem", x)
        inner = layer_norm(p, "norm", x)
        gate = p.show("gate", tf.sigmoid(dense(p, "gate", inner)))
        return dense(p, "head", x + dense(p, "down", gate * dense(p, "up", inner)))

    return Network(f"gated {width} {hidden}", draw, forward)


def adapted(trained: Callable[[], Values], widths: tuple[int, ...], rank: int = 4) -> Network:
    """Layers that were trained before and stay as they are, each with an adapter of low rank that starts at 0."""
    plain = mlp(widths)
    depth = len(widths) - 1

    def draw(rng: np.random.Generator) -> Values:
        values = dict(trained())
        for number in range(1, depth + 1):
            inputs, outputs = values[f"fc{number}/kernel"].shape
            values[f"fc{number}/lora_a"] = np.float32(rng.normal(0, inputs**-0.5, (inputs, rank)))
            values[f"fc{number}/lora_b"] = np.zeros((rank, outputs), np.float32)
        return values

    def forward(p: Pass, x: Tensor) -> Tensor:
        for number in range(1, depth + 1):
            low = tf.matmul(tf.matmul(x, p[f"fc{number}/lora_a"]), p[f"fc{number}/lora_b"])
            x = dense(p, f"fc{number}", x) + low
            x = p.show(f"fc{number}", tf.nn.relu(x)) if number < depth else x
        return x

    return Network(f"adapted {rank} {plain.key}", draw, forward)

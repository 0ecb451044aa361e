"""Train and log as people do, in one process that has TensorFlow; run as a script.

Beside their logs the scenarios leave the tensors themselves in ``.npz`` files.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import writers

Tensors = dict[str, list[np.ndarray]]

EPOCHS = 10
CLASSES = 4


def save(path: Path, tensors: Tensors, steps: list[int]) -> None:
    """Keep tensors by tag, one array a step."""
    named = {f"{index} {tag}": array for tag, arrays in tensors.items() for index, array in enumerate(arrays)}
    np.savez(path, **named, steps=np.array(steps))


def load(path: Path) -> tuple[Tensors, list[int]]:
    """Return what `save` has kept."""
    tensors: Tensors = {}
    with np.load(path) as archive:
        for name in archive.files:
            if name != "steps":
                tensors.setdefault(name.partition(" ")[2], []).append(archive[name])
        return tensors, archive["steps"].tolist()


def batches(rng: np.random.Generator, inputs: int, count: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield states and the best of four actions in each, by a rule that a linear layer cannot learn."""
    towards = np.random.default_rng(0).normal(0, 1, (2, inputs, CLASSES))
    for _ in range(count):
        states = rng.normal(0, 1, (256, inputs)).astype(np.float32)
        yield states, np.maximum(states @ towards[0], states @ towards[1]).argmax(axis=1)


def train_qpred(root: Path) -> None:
    """Three tanh layers and a softmax in TensorFlow 1's graph mode, of which only the softmax layer is trained."""
    import tensorflow as tf

    v1 = tf.compat.v1
    rng = np.random.default_rng(1)
    widths = [32, 64, 64, 64, CLASSES]
    with tf.Graph().as_default(), v1.Session() as session:
        v1.set_random_seed(1)
        states, actions = v1.placeholder(tf.float32, (None, widths[0])), v1.placeholder(tf.int64, (None,))
        layer = states
        for number, (inputs, outputs) in enumerate(pairwise(widths), start=1):
            with v1.name_scope(f"layer{number}"):
                weights = v1.Variable(tf.random.uniform((inputs, outputs), -0.15, 0.15))
                biases = v1.Variable(tf.zeros((outputs,)))
                activations = tf.matmul(layer, weights) + biases
                last = number == len(widths) - 1
                layer = tf.nn.softmax(activations) if last else tf.nn.tanh(activations)
                v1.summary.histogram("weights", weights)
                v1.summary.histogram("activations", activations)
                v1.summary.histogram("Qpred" if last else "layer", layer)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=actions, logits=activations))
        v1.summary.scalar("loss", loss)
        train = v1.train.AdamOptimizer(0.01).minimize(loss, var_list=[weights, biases])
        merged = v1.summary.merge_all()
        session.run(v1.global_variables_initializer())
        writer = v1.summary.FileWriter(str(root / "qpred"), session.graph)
        for step, (some_states, best) in enumerate(batches(rng, widths[0], 201)):
            given = {states: some_states, actions: best}
            if step % 10 == 0:
                writer.add_summary(session.run(merged, given), step)
            session.run(train, given)
        writer.close()


def train_loop(root: Path) -> None:
    """A net of two layers in a loop of one's own in TensorFlow 2, logged once an epoch."""
    import tensorflow as tf

    rng = np.random.default_rng(2)
    tf.random.set_seed(2)
    variables = {
        "layer1_weights": tf.Variable(tf.random.normal((32, 64), stddev=0.1)),
        "layer1_biases": tf.Variable(tf.zeros((64,))),
        "layer2_weights": tf.Variable(tf.random.uniform((64, CLASSES), -0.1, 0.1)),
        "layer2_biases": tf.Variable(tf.zeros((CLASSES,))),
    }
    kept: Tensors = {}
    optimizer = tf.keras.optimizers.Adam(0.003)
    with tf.summary.create_file_writer(str(root / "loop")).as_default():
        for epoch in range(EPOCHS):
            for states, best in batches(rng, 32, 20):
                with tf.GradientTape() as tape:
                    hidden = tf.nn.relu(states @ variables["layer1_weights"] + variables["layer1_biases"])
                    logits = hidden @ variables["layer2_weights"] + variables["layer2_biases"]
                    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(best, logits))
                gradients = tape.gradient(loss, list(variables.values()))
                optimizer.apply_gradients(zip(gradients, variables.values(), strict=True))
            logged = {tag: variable.numpy() for tag, variable in variables.items()}
            logged |= {"layer1_gradients": gradients[0].numpy(), "layer2_gradients": gradients[2].numpy()}
            for tag, values in logged.items():
                tf.summary.histogram(tag, values, step=epoch)
                kept.setdefault(tag, []).append(values)
    save(root / "loop.npz", kept, list(range(EPOCHS)))


def train_keras(root: Path) -> None:
    """A net whose second layer is not trainable, logged by the Keras callback; the same weights by TensorFlow 2."""
    import keras

    keras.utils.set_random_seed(3)
    layers = [keras.layers.Dense(32, "relu", name=f"layer{number}") for number in (1, 2, 3)]
    layers[1].trainable = False
    model = keras.Sequential([keras.Input((32,)), *layers, keras.layers.Dense(CLASSES, name="head")], name="net")
    model.compile(keras.optimizers.Adam(0.003), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    kept: Tensors = {}

    class Keep(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_end(self, epoch: int, logs: object = None) -> None:
            for weight in model.weights:
                kept.setdefault(f"{weight.path}/histogram", []).append(weight.numpy())

    board = keras.callbacks.TensorBoard(str(root / "keras"), histogram_freq=1, write_graph=False)
    states, best = next(batches(np.random.default_rng(3), 32, 1))
    model.fit(states, best, epochs=EPOCHS, batch_size=32, callbacks=[board, Keep()], verbose=0)
    save(root / "keras.npz", kept, list(range(EPOCHS)))
    writers.log_tf2(root / "keras-again" / "tf2", kept, list(range(EPOCHS)))
    writers.log_tf1(root / "keras-again" / "tf1", kept, list(range(EPOCHS)))


def main(root: Path) -> None:
    train_qpred(root)
    train_loop(root)
    train_keras(root)
    for given in sorted((root / "given").glob("*.npz")):
        tensors, steps = load(given)
        writers.log_tf2(root / "twins" / given.stem / "tf2", tensors, steps)
        writers.log_tf1(root / "twins" / given.stem / "tf1", tensors, steps)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

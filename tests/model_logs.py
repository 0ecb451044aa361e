"""Log models with the writers that people use, their layers named so that names tell no order."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

ZETA, MIDDLE, ALPHA = 16, 12, 1
"""Units of the layers, the first one first."""


def _train(model, folder: Path, features: np.ndarray, targets: np.ndarray) -> None:
    import keras

    model.compile("sgd", "mse")
    board = keras.callbacks.TensorBoard(str(folder), histogram_freq=1, write_graph=True)
    model.fit(features, targets, epochs=3, callbacks=[board], verbose=0)


def log_keras(root: Path) -> None:
    """Train a sequential, a functional, a nested, a convolutional, a recurrent and a subclassed model."""
    import keras
    from keras import layers

    generator = np.random.default_rng(0)
    features, targets = generator.normal(size=(64, 8)), generator.normal(size=(64, 1))
    stack = [
        keras.Input((8,)),
        layers.Dense(ZETA, activation="relu", kernel_initializer="he_normal", name="zeta"),
        layers.BatchNormalization(name="norm"),
        layers.Dense(MIDDLE, activation="tanh", name="middle"),
        layers.Dense(ALPHA, activation="sigmoid", name="alpha"),
    ]
    _train(keras.Sequential(stack, name="stack"), root / "sequential", features, targets)

    given = keras.Input((8,))
    zeta = layers.Dense(ZETA, activation=layers.LeakyReLU(), name="zeta")(given)
    wide = keras.initializers.RandomNormal(stddev=0.5)
    middle = layers.Dense(ZETA, name="middle", kernel_initializer=wide)(zeta)
    joined = layers.LayerNormalization(name="norm")(layers.Add(name="sum")([zeta, middle]))
    _train(keras.Model(given, layers.Dense(ALPHA, name="alpha")(joined)), root / "functional", features, targets)

    encoder = keras.Sequential(
        [layers.Dense(8, activation="gelu", name="zeta"), layers.Dense(4, name="beta")], name="e"
    )
    given = keras.Input((8,))
    _train(keras.Model(given, layers.Dense(ALPHA, name="alpha")(encoder(given))), root / "nested", features, targets)

    pictures = generator.normal(size=(16, 8, 8, 2))
    stack = [
        keras.Input((8, 8, 2)),
        layers.Conv2D(4, 3, use_bias=False, name="zeta"),
        layers.BatchNormalization(name="norm"),
        layers.ReLU(name="cut"),
        layers.DepthwiseConv2D(3, depth_multiplier=2, name="middle"),
        layers.Flatten(name="flat"),
        layers.Dense(1, name="alpha"),
    ]
    _train(keras.Sequential(stack), root / "convolutional", pictures, targets[:16])

    stack = [
        keras.Input((6,)),
        layers.Embedding(20, 8, name="words"),
        layers.Bidirectional(layers.LSTM(8, return_sequences=True), name="both"),
        layers.GRU(4, name="again"),
        layers.Dense(1, name="alpha"),
    ]
    _train(keras.Sequential(stack), root / "recurrent", generator.integers(0, 20, (16, 6)), targets[:16])

    class Own(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.zeta, self.alpha = layers.Dense(ZETA, name="zeta"), layers.Dense(ALPHA, name="alpha")

        def call(self, inputs):
            return self.alpha(self.zeta(inputs))

    _train(Own(), root / "subclassed", features, targets)


def log_tensorflow_1(folder: Path) -> None:
    """Train in graph mode and log the session's graph, gradients and all."""
    import tensorflow as tf

    v1 = tf.compat.v1
    generator = np.random.default_rng(0)
    features, targets = generator.normal(size=(64, 8)), generator.normal(size=(64, 1))
    with tf.Graph().as_default(), v1.Session() as session:
        outputs = given = v1.placeholder(tf.float32, (None, 8))
        for name, units, function in (("zeta", ZETA, tf.nn.relu), ("middle", MIDDLE, tf.tanh), ("alpha", ALPHA, None)):
            with v1.variable_scope(name):
                kernel = v1.get_variable("kernel", (outputs.shape[1], units))
                bias = v1.get_variable("bias", (units,), initializer=v1.zeros_initializer())
                product = tf.matmul(outputs, kernel) + bias
                outputs = function(product) if function else product
                for tag, tensor in (("weights", kernel), ("bias", bias), ("activation", outputs)):
                    v1.summary.histogram(tag, tensor)
        wanted = v1.placeholder(tf.float32, (None, 1))
        loss = tf.reduce_mean((outputs - wanted) ** 2) + 1e-4 * tf.nn.l2_loss(kernel)
        train = v1.train.AdamOptimizer(0.01).minimize(loss)
        merged = v1.summary.merge_all()
        writer = v1.summary.FileWriter(str(folder), session.graph)
        session.run(v1.global_variables_initializer())
        for step in range(5):
            logged, _ = session.run([merged, train], {given: features, wanted: targets})
            writer.add_summary(logged, step)
        writer.close()


def log_tensorflow_2(root: Path) -> None:
    """Log one function's graph with `tf.summary.graph`, and with `trace_export`."""
    import tensorflow as tf

    generator = np.random.default_rng(0)
    zeta = tf.Variable(generator.normal(size=(8, ZETA)).astype(np.float32), name="zeta/kernel")
    alpha = tf.Variable(generator.normal(size=(ZETA, ALPHA)).astype(np.float32), name="alpha/kernel")

    @tf.function
    def run(inputs):
        with tf.name_scope("zeta"):
            hidden = tf.nn.relu(inputs @ zeta)
        with tf.name_scope("alpha"):
            return tf.tanh(hidden @ alpha)

    for name in ("graph", "trace"):
        writer = tf.summary.create_file_writer(str(root / name))
        with writer.as_default():
            if name == "graph":
                tf.summary.graph(run.get_concrete_function(tf.TensorSpec((None, 8))).graph)
            else:
                tf.summary.trace_on(graph=True, profiler=False)
                run(tf.ones((2, 8)))
                tf.summary.trace_export("one call", step=0)
            for step in range(3):
                tf.summary.histogram("zeta/kernel", zeta, step)
                tf.summary.histogram("alpha/kernel", alpha, step)
        writer.close()


def log_torch(folder: Path) -> None:
    """Log a module's graph with `add_graph`."""
    import torch
    from torch import nn
    from torch.utils.tensorboard import SummaryWriter

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.alpha = nn.Linear(MIDDLE, ALPHA)
            self.zeta = nn.Sequential(nn.Conv2d(1, 4, 3, bias=False), nn.BatchNorm2d(4), nn.ReLU())
            self.middle = nn.Linear(4 * 36, MIDDLE)

        def forward(self, inputs):
            return self.alpha(torch.tanh(self.middle(self.zeta(inputs).flatten(1))))

    torch.manual_seed(0)
    net = Net()
    with SummaryWriter(str(folder)) as writer:
        writer.add_graph(net, torch.randn(2, 1, 8, 8))
        for step in range(3):
            for name, parameter in net.named_parameters():
                writer.add_histogram(name, parameter, step)


def main(root: Path) -> None:
    log_keras(root / "keras")
    log_tensorflow_1(root / "tensorflow_1")
    log_tensorflow_2(root / "tensorflow_2")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

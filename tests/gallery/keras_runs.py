"""Train small networks in Keras, logged once an epoch by its callback; run as a script with TensorFlow."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from tensorboard_plugin_histdiag.demo.digits import draw_digits

EPOCHS = 8


def main(root: Path) -> None:
    import keras

    keras.utils.set_random_seed(1)
    drawn = draw_digits(seed=0, count=1088, validation=64)
    images = drawn.images.reshape(-1, 8, 8, 1).astype(np.float32)
    layers = keras.layers

    def convolutional(rate: float = 0.003, **first: bool) -> keras.Model:
        model = keras.Sequential(
            [
                keras.Input((8, 8, 1)),
                layers.Conv2D(32, 3, activation="relu", name="conv1", **first),
                layers.Conv2D(16, 3, use_bias=False, name="conv2"),
                layers.BatchNormalization(name="norm"),
                layers.ReLU(),
                layers.Flatten(),
                layers.Dense(10, name="head"),
            ],
            name="net",
        )
        return compiled(model, rate)

    def recurrent() -> keras.Model:
        model = keras.Sequential(
            [keras.Input((8, 8)), layers.LSTM(24, name="lstm"), layers.Dense(10, name="head")], name="net"
        )
        return compiled(model, 0.01)

    def compiled(model: keras.Model, rate: float) -> keras.Model:
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"])
        return model

    made = {
        "keras-cnn": convolutional(),
        "keras-lstm": recurrent(),
        "keras-cnn-frozen": convolutional(trainable=False),
        "keras-cnn-idle": convolutional(rate=1e-8),
    }
    for name, model in made.items():
        board = keras.callbacks.TensorBoard(str(root / name), histogram_freq=1, write_graph=False)
        shaped = images.reshape(-1, 8, 8) if name == "keras-lstm" else images
        model.fit(shaped, drawn.labels, batch_size=64, epochs=EPOCHS, callbacks=[board], verbose=0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""The lines that the tab offers for pasting log what the rules need."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tensorboard_plugin_histdiag.provider.sources import open_logdir
from tensorboard_plugin_histdiag.tags.parsing import parse

SNIPPETS = Path(__file__).resolve().parent.parent / "frontend" / "src" / "snippets"
ALL = {"weight", "bias", "weight-gradient", "bias-gradient", "activation"}

KERAS = """
import keras
import numpy as np
import tensorflow as tf
x = np.random.default_rng(0).normal(size=(64, 8)).astype("float32")
y = x[:, :1] ** 2
layers = [keras.layers.Dense(16, "relu", name="dense_1"), keras.layers.Dense(1, name="dense_2")]
model = keras.Sequential([keras.Input((8,)), *layers])
model.compile("sgd", "mse")
"""

# What stands around each snippet: (the package it needs, what comes before, what comes after, the roles it logs).
AROUND = {
    "keras": ("tensorflow", KERAS, "", {"weight", "bias"}),
    "tf2": (
        "tensorflow",
        KERAS,
        """
for step in range(3):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x) - y) ** 2)
    log_histograms(model, x, tape.gradient(loss, model.trainable_variables), step)
writer.close()
""",
        ALL,
    ),
    "pytorch": (
        "torch",
        """
import torch
from torch.utils.tensorboard import SummaryWriter
x = torch.randn(64, 8)
model = torch.nn.Sequential()
model.add_module("fc1", torch.nn.Linear(8, 16))
model.add_module("fc2", torch.nn.Linear(16, 1))
""",
        """
for step in range(3):
    model.zero_grad()
    model(x).square().mean().backward()
    log_histograms(step)
writer.close()
""",
        ALL,
    ),
    "jax": (
        "jax",
        """
import jax
import jax.numpy as jnp
import numpy
from tensorboardX import SummaryWriter
params = {name: {"kernel": jnp.ones((8, 8)), "bias": jnp.zeros(8)} for name in ("layer1", "layer2")}
""",
        """
for step in range(3):
    log_histograms(params, params, step)
writer.close()
""",
        ALL - {"activation"},
    ),
}


def test_every_snippet_is_tested():
    assert {path.stem for path in SNIPPETS.glob("*.py")} == {*AROUND}


@pytest.mark.parametrize("name", AROUND)
def test_a_snippet_logs_what_the_rules_need(name: str, tmp_path: Path):
    package, before, after, roles = AROUND[name]
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"needs {package}")
    program = before + (SNIPPETS / f"{name}.py").read_text(encoding="utf-8") + after
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "2"}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    with open_logdir(tmp_path / "logs") as source:
        tags = [parse(series.tag) for series in source.list_series()]
    layers = {tag.layer for tag in tags if tag.role == "weight"}
    assert len(layers) == 2
    assert {tag.role for tag in tags} == roles
    assert all({tag.layer for tag in tags if tag.role == role} == layers for role in roles)

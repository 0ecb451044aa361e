"""What all tests share."""

from __future__ import annotations

import importlib.util
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import hypothesis
import pytest
import writers

from tensorboard_plugin_histdiag.provider.logdir import NoServer, data_server, load_multiplexer
from tensorboard_plugin_histdiag.provider.sources import Source

# TensorBoard's own switch: its Python reader and PyTorch's writer then do without TensorFlow, slow to import.
sys.modules.setdefault("tensorboard.compat.notf", types.ModuleType("tensorboard.compat.notf"))

# The same examples in every run, and no verdict by the clock.
hypothesis.settings.register_profile("histdiag", deadline=None, derandomize=True)
hypothesis.settings.load_profile("histdiag")

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"

Providers = Callable[[Path], dict[str, Source]]


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Event files logged by other people's training."""
    if not CORPUS.is_dir():
        pytest.skip("the corpus of real event files is not beside the project (../shared/corpus)")
    return CORPUS


@pytest.fixture(autouse=True)
def _no_figure_stays() -> Iterator[None]:
    """Close what a test has drawn, so that none is the current figure of the next."""
    yield
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")


@pytest.fixture
def providers() -> Iterator[Providers]:
    """Open a log directory with each of TensorBoard's providers, every step kept: ``providers(logdir)["rust"]``."""
    with ExitStack() as stack:

        def open_both(logdir: Path) -> dict[str, Source]:
            sources = [Source(load_multiplexer(logdir))]
            try:
                sources.append(Source(stack.enter_context(data_server(logdir))))
            except NoServer:
                pytest.skip("TensorBoard has no data server for this platform")
            return {source.name: source for source in sources}

        yield open_both


@pytest.fixture(scope="session")
def tensorflow_logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample tensors, logged by TensorFlow 2, TensorFlow 1 and Keras in the folders tf2, tf1 and keras."""
    if importlib.util.find_spec("tensorflow") is None:
        pytest.skip("TensorFlow is not installed")
    root = tmp_path_factory.mktemp("tensorflow")
    writers.log_with_tensorflow(root, writers.sample())
    return root


@pytest.fixture
def grid(tmp_path: Path) -> Path:
    """Three runs: two with the same ten tags, one with others."""
    for run, tags in {"a": range(10), "b": range(10), "c": range(5, 12)}.items():
        writers.log_events(
            tmp_path / run,
            [writers.values_event(f"t{tag:02}", step, writers.VALUES) for step in range(6) for tag in tags],
        )
    return tmp_path

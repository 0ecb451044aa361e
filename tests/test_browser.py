"""The Diagnostics tab in a real Chromium on a real TensorBoard; the walks are in browser/walks and browser/alone."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import hostile
import numpy as np
import pytest
from large_logs import transformer
from large_logs import write_run as write_large_run
from served import Event, EventFileWriter, histogram_pb, write_run
from test_frontend import FRONTEND, TOOLS, UNREACHABLE, WINDOWS, installed, npm

from tensorboard_plugin_histdiag.demo import serve
from tensorboard_plugin_histdiag.demo.runs import RUNS
from tensorboard_plugin_histdiag.demo.write import write_run as train

SHOWN = ("vanishing-gradients", "nan-midway", "healthy-tanh")
HOSTILE = "<img src=x onerror=alert(1)>"
BROWSER = Path(__file__).parent / "browser"


def walks(folder: str) -> list[str]:
    """Name the walks that the scripts of a folder have."""
    export = re.compile(r"^export (?:async function|const) (\w+)", re.MULTILINE)
    return [
        f"{folder}/{file.stem}/{name}"
        for file in sorted((BROWSER / folder).glob("*.mjs"))
        for name in export.findall(file.read_text(encoding="utf-8"))
    ]


def chromium() -> str:
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if not found:
        pytest.skip("there is no Chromium on this machine")
    return found


@pytest.fixture(scope="module")
def _packages() -> None:
    if not installed():
        done = npm("ci", "--no-audit", "--no-fund")
        if done.returncode and any(code in done.stderr for code in UNREACHABLE):
            pytest.skip("npm reaches no registry")
        assert done.returncode == 0, done.stderr


def own_port() -> int:
    """Return a free port that tests of another process, beside this, do not find: TensorBoard is slow to take one."""
    return serve.free_port(6106 + 100 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")))


def serving(logdir: Path, port: int, prefix: str = "") -> list[str]:
    where = ["--logdir", str(logdir), "--port", str(port), f"--path_prefix={prefix}"]
    return [sys.executable, "-m", "tensorboard.main", *where]


@contextmanager
def tensorboard(logdir: Path, prefix: str = "", *flags: str) -> Iterator[str]:
    """Serve a log directory; yields the address once TensorBoard answers."""
    port = own_port()
    command = [*serving(logdir, port, prefix), *flags]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        address = f"http://localhost:{port}{prefix}/"
        try:
            for _ in range(600):
                try:
                    urllib.request.urlopen(f"{address}data/plugins_listing", timeout=10).read()
                    break
                except OSError:
                    assert server.poll() is None, "TensorBoard ended"
                    time.sleep(0.1)
            yield address
        finally:
            server.terminate()
            server.wait()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    logdir = tmp_path_factory.mktemp("browser")
    for run in RUNS:
        if run.name in SHOWN:
            for _ in train(run, logdir / run.name):
                pass
    write_run(logdir / HOSTILE, range(5), tags=(f"{HOSTILE}/kernel", "\u202edense/kernel", "a\"b'c&amp;/bias"))
    with tensorboard(logdir) as served:
        yield served


def node(script: str, *arguments: str) -> list[str]:
    return [str(TOOLS / ("node.exe" if WINDOWS else "node")), str(BROWSER / script), *arguments]


def surroundings(**more: str) -> dict[str, str]:
    return {**os.environ, "HISTDIAG_CHROMIUM": chromium(), "NO_COLOR": "1", **more}


def run_node(script: str, *arguments: str, **environment: str) -> str:
    """Run a script of tests/browser and return what it prints; what it complains about is the failure's text."""
    done = subprocess.run(
        node(script, *arguments),
        cwd=FRONTEND,
        env=surroundings(**environment),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=180,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def browser(_packages: None) -> Iterator[str]:
    """The address of a Chromium that the walks share, each in a context of its own."""
    command = node("serve.mjs")
    with subprocess.Popen(
        command, cwd=FRONTEND, env=surroundings(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout
        yield server.stdout.readline().strip()


@pytest.fixture
def walk(browser: str, pictures: Path) -> Callable[..., object]:
    """Takes the walk of this name through the log at this address; what else it is told is in its environment."""
    environment = {"HISTDIAG_BROWSER": browser}
    return lambda name, address, **more: run_node("tab.mjs", name, address, str(pictures), **environment, **more)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the walks leave their screenshots; HISTDIAG_PICTURES keeps them."""
    kept = os.environ.get("HISTDIAG_PICTURES")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.mark.parametrize("name", walks("walks"))
def test_the_tab_stands_the_walk(name: str, address: str, walk: Callable[[str, str], object]):
    walk(name, address)


@pytest.mark.parametrize("name", walks("states"))
def test_every_state_of_the_tab_stands_the_walk(name: str, walk: Callable[..., object]):
    walk(name, "http://tab.test/")  # recorded answers: nothing is asked of a server


def test_a_log_without_histograms_gets_a_page_that_says_how_to_log_them(
    tmp_path: Path, walk: Callable[[str, str], object]
):
    write_run(tmp_path / "logs" / "run", range(3), tags=())
    with tensorboard(tmp_path / "logs") as address:
        walk("alone/empty/empty", address)


def test_names_chosen_to_break_the_page_are_shown_as_text(tmp_path: Path, walk: Callable[..., object]):
    hostile.write(tmp_path / "logs")
    names = json.dumps({"runs": hostile.RUNS, "tags": hostile.TAGS})
    with tensorboard(tmp_path / "logs") as address:
        for name in ("names", "files", "stock"):
            walk(f"alone/names/{name}", address, HISTDIAG_NAMES=names)


def test_the_stock_tabs_are_opened_at_just_the_tag(tmp_path: Path, walk: Callable[..., object]):
    tags = ["<img src=x onerror=alert(1)>/kernel", "\"q'\\&amp;%41%#/kernel", "a.b+c(d)[e]{2}|^$*?/kernel"]
    write_run(tmp_path / "run", range(3), tags=(*tags, "axb+c(d)[e]{2}|^$*?/kernel", "kernel"))
    with tensorboard(tmp_path) as address:
        walk("alone/stock/filters", address, HISTDIAG_TAGS=json.dumps(tags))


def write_layers(folder: Path, steps: Iterable[int], layers: Iterable[int], broken: int = 0) -> None:
    """Log the weights of layers with these numbers, one of them not finite, into a file of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    writer = EventFileWriter(str(folder), filename_suffix=f".{min(steps)}")
    for step in steps:
        for layer in layers:
            scale = 0.1 + 0.001 * step if layer != broken else np.nan
            with np.errstate(invalid="ignore"):
                values = np.random.default_rng([layer, step]).normal(size=200) * scale
                summary = histogram_pb(f"layer{layer:02}/kernel", values)
            writer.add_event(Event(step=step, wall_time=1000.0 + step, summary=summary))
    writer.close()


def test_the_tab_keeps_up_with_a_training(tmp_path: Path, walk: Callable[..., object]):
    layers = range(1, 13)
    write_layers(tmp_path / "log" / "train", range(20), layers)
    write_layers(tmp_path / "one grows" / "train", range(20, 25), [1])
    write_layers(tmp_path / "one breaks" / "train", range(25, 30), layers, broken=2)
    write_layers(tmp_path / "unseen" / "train", range(30, 33), layers)
    write_layers(tmp_path / "another run" / "later", range(20), layers)
    write_layers(tmp_path / "another log" / "fresh", range(20), range(21, 33), broken=25)
    with tensorboard(tmp_path / "log", "", "--reload_interval=1") as address:
        for name in ("grows", "unseen", "vanishes", "replaced"):
            walk(f"alone/live/{name}", address, HISTDIAG_GROWING=str(tmp_path))
        walk("alone/hidden/behind", address)


def test_an_open_tab_outlives_its_tensorboard(tmp_path: Path, walk: Callable[..., object]):
    write_layers(tmp_path / "train", range(20), range(1, 13))
    port = own_port()
    command = json.dumps(serving(tmp_path, port))
    walk("alone/again/restarted", f"http://localhost:{port}/", HISTDIAG_SERVER=command)


def test_a_link_leads_where_it_says(tmp_path: Path, walk: Callable[..., object]):
    write_layers(tmp_path / "train", range(20), range(1, 13))
    write_layers(tmp_path / "other", range(20), range(1, 13), broken=2)
    with tensorboard(tmp_path, "/pre/fix") as address:
        for name in ("cold", "vain"):
            walk(f"alone/links/{name}", address)


def test_thousands_of_tensors_are_made_only_where_somebody_looks(tmp_path: Path, walk: Callable[..., object]):
    write_large_run(tmp_path / "log" / "run", transformer(40), 3)
    with tensorboard(tmp_path / "log") as address:
        for name in ("scrolled", "chosen", "tabled"):
            walk(f"alone/many/{name}", address)

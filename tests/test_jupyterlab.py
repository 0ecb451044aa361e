"""What a notebook shows in a real JupyterLab: a diagnosis, and TensorBoard, by jupyter-server-proxy and without."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from served import wait_for
from test_browser import _packages, browser, pictures, walk

from tensorboard_plugin_histdiag.demo import serve
from tensorboard_plugin_histdiag.demo.runs import RUNS
from tensorboard_plugin_histdiag.demo.write import write_run as train

nbformat = pytest.importorskip("nbformat")
psutil = pytest.importorskip("psutil")
pytest.importorskip("jupyterlab")
pytest.importorskip("jupyter_server_proxy")

__all__ = ["_packages", "browser", "pictures", "walk"]

SICK = "vanishing-gradients"
CELLS = (
    'import tensorboard_plugin_histdiag as histdiag\nhistdiag.diagnose("logs", progress=False)',
    'histdiag.open_tab("logs")',
)
BASE = "/user/ada/"  # as under a JupyterHub
WITHOUT_NEWS = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}


@contextmanager
def jupyterlab(folder: Path, home: Path) -> Iterator[str]:
    """Serve a folder's notebooks as to somebody new to Jupyter; yields the address, ends all that was started."""
    homes = {name: home / name.lower() for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")}
    homes |= {"IPYTHONDIR": home / "ipython", "TMPDIR": home / "temporary"}  # there TensorBoard lists those that run
    settings = homes["JUPYTER_CONFIG_DIR"] / "labconfig"
    for made in (settings, homes["TMPDIR"]):
        made.mkdir(parents=True)
    (settings / "page_config.json").write_text(json.dumps(WITHOUT_NEWS), encoding="utf-8")
    port = serve.free_port(8899)
    own = [f"--ServerApp.root_dir={folder}", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    options = ["--no-browser", "--allow-root", "--IdentityProvider.token=", f"--ServerApp.base_url={BASE}", *own]
    environment = {**os.environ, **{name: str(path) for name, path in homes.items()}}
    log = home / "log"
    address = f"http://localhost:{port}{BASE}"
    with log.open("wb") as file:
        command = [sys.executable, "-m", "jupyterlab", *options]
        server = psutil.Popen(command, env=environment, stdout=file, stderr=subprocess.STDOUT)

    def answers() -> bool:
        assert server.poll() is None, log.read_text(encoding="utf-8")
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}api", timeout=10):
            return True
        return False

    try:
        wait_for(answers)
        yield address
    finally:
        started = [*server.children(recursive=True), server]  # kernels, and the TensorBoard that one of them started
        for process in started:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.terminate()
        _, left = psutil.wait_procs(started, timeout=20)
        for process in left:
            process.kill()
        psutil.wait_procs(left)


def test_a_notebook_shows_a_diagnosis_and_tensorboard(tmp_path: Path, walk: Callable[..., Any]):
    folder = tmp_path / "notebooks"
    [run] = [run for run in RUNS if run.name == SICK]
    for _ in train(run, folder / "logs" / run.name):
        pass
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    book.metadata["kernelspec"] = {"display_name": "Python", "language": "python", "name": "python3"}
    nbformat.write(book, folder / "notebook.ipynb")
    with jupyterlab(folder, tmp_path / "home") as address:
        walk("alone/lab/shown", address)

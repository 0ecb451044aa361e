"""A real TensorBoard in a process of its own: the tab is there, and whatever is broken in it, TensorBoard runs."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from served import wait_for, write_run
from test_wire import decode

PACKAGE = Path(__file__).resolve().parent.parent / "tensorboard_plugin_histdiag"
ADDRESS = re.compile(r"TensorBoard \S+ at (http://\S+)")

# TensorBoard's own switch to do without TensorFlow, which takes long to import; and a module that is not there.
SITE = """
import sys, types
sys.modules["tensorboard.compat.notf"] = types.ModuleType("tensorboard.compat.notf")
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == {missing!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Missing())
"""


class Server:
    """A running TensorBoard."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.lines: list[str] = []
        self._process = process
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        self.address = wait_for(self._address).rstrip("/")

    def _read(self) -> None:
        assert self._process.stderr is not None
        self.lines.extend(self._process.stderr)

    def _address(self) -> str | None:
        assert self._process.poll() is None, self.log
        found = ADDRESS.search(self.log)
        return found and found[1]

    @property
    def log(self) -> str:
        return "".join(self.lines)

    def get(self, route: str) -> bytes:
        with urllib.request.urlopen(f"{self.address}/data/{route}", timeout=60) as answer:
            return answer.read()

    def json(self, route: str) -> dict:
        return json.loads(self.get(route))

    def report(self) -> dict | None:
        """Return the report once everything there is has been measured."""
        report = self.json("plugin/histdiag/report")
        return report if 0 < report["progress"]["total"] == report["progress"]["judged"] else None

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(60)
        self._reader.join(60)
        assert self._process.stderr is not None
        self._process.stderr.close()


@contextlib.contextmanager
def tensorboard(place: Path, *flags: str, missing: str = "", package: Path = PACKAGE) -> Iterator[Server]:
    """Start TensorBoard on ``place/log`` with the plugin's entry point registered, installed or not."""
    shim = place / "shim"
    info = shim / "tensorboard_plugin_histdiag-0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tensorboard-plugin-histdiag\nVersion: 0\n")
    (info / "entry_points.txt").write_text(
        "[tensorboard_plugins]\nhistdiag = tensorboard_plugin_histdiag.loader:Loader\n"
    )
    (shim / "sitecustomize.py").write_text(SITE.format(missing=missing))
    process = subprocess.Popen(
        [sys.executable, "-m", "tensorboard.main", f"--logdir={place / 'log'}", "--port=0", "--host=localhost", *flags],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(shim), str(package.parent)])},
        cwd=place,  # Python puts the working directory before everything else
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    server = Server(process)
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def place(tmp_path):
    write_run(tmp_path / "log" / "run", range(8))
    return tmp_path


def copy(place: Path) -> Path:
    """Return a copy of the package that can be damaged."""
    target = place / "damaged" / PACKAGE.name
    shutil.copytree(PACKAGE, target, ignore=shutil.ignore_patterns("static", "__pycache__"))
    return target


@pytest.mark.parametrize("fast", ["true", "false"])
def test_the_tab_is_enabled_and_answers_under_a_path_prefix_while_the_log_grows(place, fast):
    with tensorboard(place, "--path_prefix=/pre/fix", "--reload_interval=1", f"--load_fast={fast}") as server:
        assert server.address.endswith("/pre/fix")
        listing = wait_for(lambda: (found := server.json("plugins_listing"))["histdiag"]["enabled"] and found)
        assert listing["histdiag"]["tab_name"] == "Diagnostics"
        entry = server.get("plugin_entry.html?name=histdiag").decode()
        assert "./static/index.js" in entry
        report = wait_for(server.report)
        assert report["series"]
        assert b"render" in server.get("plugin/histdiag/static/index.js")
        assert server.json("plugin/histdiag/rules")["metrics"]
        tensors, _ = decode(server.get("plugin/histdiag/histograms?series=0&steps=51"))
        assert tensors["step"].tolist() == list(range(8))

        write_run(place / "log" / "run", range(8, 12))
        wait_for(lambda: (found := server.report()) and found["runs"][0]["last_step"] == 11)
        assert "Traceback" not in server.log


def test_tensorboard_runs_without_msgspec_and_says_why_the_tab_is_off(place):
    with tensorboard(place, missing="msgspec") as server:
        assert "histdiag" not in server.json("plugins_listing")
        wait_for(lambda: "msgspec" in server.log)
        assert "Traceback" not in server.log


def test_without_a_bundle_the_tab_says_how_to_build_it_and_the_report_works(place):
    with tensorboard(place, package=copy(place)) as server:
        assert "pip install ." in server.get("plugin/histdiag/static/index.js").decode()
        assert wait_for(server.report)["series"]


def test_a_configuration_that_is_wrong_is_named_in_the_tab_and_takes_nothing_down(place):
    (place / "my.toml").write_text("[thresholds]\nvanishing_ration = 1\n")
    with tensorboard(place, f"--histdiag_config={place / 'my.toml'}") as server:
        report = wait_for(server.report)
        assert report["series"]
        assert "did you mean vanishing_ratio?" in report["messages"][0]
        assert "Traceback" not in server.log


@pytest.mark.parametrize("damage", ["raise RuntimeError('damaged')", "def ("])
@pytest.mark.parametrize("module", ["server/plugin.py", "metrics/__init__.py"])
def test_tensorboard_runs_though_a_module_is_damaged(place, module, damage):
    package = copy(place)
    (package / module).write_text(damage)
    with tensorboard(place, package=package) as server:
        assert "histdiag" not in server.json("plugins_listing")

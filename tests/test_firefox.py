"""The Diagnostics tab in a real Firefox on a real TensorBoard, driven by Firefox's own protocol, Marionette."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from served import wait_for
from test_browser import tensorboard

from tensorboard_plugin_histdiag.demo.runs import RUNS
from tensorboard_plugin_histdiag.demo.write import write_run as train

RUN = "nan-midway"
TENSOR = "dense1/kernel"
# Finds elements in the tab by selectors, each within the tree of what the one before found.
FIND = """const app = (...path) => ["histdiag-app", ...path].reduce(
  (found, selector) => (found?.shadowRoot ?? found)?.querySelector(selector),
  document.querySelector("iframe")?.contentDocument);
"""


class Marionette:
    """A connection to Firefox: messages are JSON behind their length."""

    def __init__(self, stream: BinaryIO):
        self.stream = stream
        self._receive()
        self.ask("WebDriver:NewSession")

    def _receive(self) -> Any:
        length = b""
        while (digit := self.stream.read(1)) != b":":
            assert digit, "Firefox ended"
            length += digit
        return json.loads(self.stream.read(int(length)))

    def ask(self, command: str, **parameters: Any) -> Any:
        message = json.dumps([0, 1, command, parameters]).encode()
        self.stream.write(b"%d:%b" % (len(message), message))
        self.stream.flush()
        _, _, error, answer = self._receive()
        assert error is None, error
        return answer

    def run(self, script: str, *arguments: Any) -> Any:
        return self.ask("WebDriver:ExecuteScript", script=FIND + script, args=list(arguments))["value"]

    def complaints(self, address: str) -> list[str]:
        """Return what Firefox's console has about an address.

        But for what TensorBoard's own script says, and that sizes were asked for while a page was loading.
        """
        self.ask("Marionette:SetContext", value="chrome")
        told: list[str] = self.run("return Services.console.getMessageArray().map((one) => `${one}`)")
        self.ask("Marionette:SetContext", value="content")
        known = (f"{address}index.js", "Layout was forced before the page was fully loaded")
        return [one for one in told if address in one and not any(text in one for text in known)]


@pytest.fixture
def firefox(tmp_path: Path) -> Iterator[Marionette]:
    """Start Firefox with a profile of its own, which saves to ``tmp_path / "saved"``."""
    program = shutil.which("firefox") or shutil.which("firefox-esr")
    if not program:
        pytest.skip("there is no Firefox on this machine")
    profile = tmp_path / "profile"
    profile.mkdir()
    (tmp_path / "saved").mkdir()
    settings = {
        "marionette.port": 0,
        "browser.download.folderList": 2,
        "browser.download.dir": str(tmp_path / "saved"),
        "browser.shell.checkDefaultBrowser": False,
    }
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in settings.items()]
    (profile / "user.js").write_text("".join(lines), encoding="utf-8")
    command = [program, "--headless", "--marionette", "--remote-allow-system-access", "--profile", str(profile)]
    port = profile / "MarionetteActivePort"
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(lambda: port.exists() and port.read_text())
            with (
                socket.create_connection(("localhost", int(port.read_text())), timeout=60) as connection,
                connection.makefile("rwb") as stream,
            ):
                yield Marionette(stream)
        finally:
            process.terminate()


def saved(folder: Path, ending: str) -> Callable[[], Path | None]:
    """Return what finds the file once all of it is there; until then it has a second name."""
    return lambda: next((one for one in folder.glob(f"*{ending}") if not list(folder.glob("*.part"))), None)


def test_firefox_shows_the_tab_and_saves_its_pictures(tmp_path: Path, firefox: Marionette):
    for _ in train(next(run for run in RUNS if run.name == RUN), tmp_path / "logs" / RUN):
        pass
    with tensorboard(tmp_path / "logs") as address:
        firefox.ask("WebDriver:Navigate", url=f"{address}#histdiag")
        verdict = 'return app("histdiag-verdict", ".say")?.textContent ?? ""'
        wait_for(lambda: "non-finite values" in firefox.run(verdict))
        assert "error" in firefox.run(verdict)

        choose = """const list = app("histdiag-pictures", "select");
          if (![...(list?.options ?? [])].some((one) => one.value === arguments[0])) return false;
          list.value = arguments[0]; list.dispatchEvent(new Event("change", { bubbles: true })); return true"""
        wait_for(lambda: firefox.run(choose, TENSOR))
        wait_for(lambda: TENSOR in firefox.run("return decodeURIComponent(location.hash)"))
        colours = """const canvas = app("histdiag-pictures", "histdiag-twin", "canvas");
          if (!canvas?.width) return 0;
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return new Set(new Uint32Array(data.buffer)).size"""
        wait_for(lambda: firefox.run(colours) > 20)

        firefox.run("""app("histdiag-export", "[aria-label='Picture as PNG']").click()""")
        picture = wait_for(saved(tmp_path / "saved", ".png"))
        assert picture.read_bytes().startswith(b"\x89PNG")
        assert "dense1-kernel" in picture.name
        assert firefox.complaints(address) == []

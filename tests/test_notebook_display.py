"""How a notebook shows a diagnosis, also as HTML and where no script runs."""

from __future__ import annotations

import base64
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import hostile
import msgspec
import nbclient
import nbconvert
import nbformat
import psutil
import pytest
from served import write_run
from test_html import blocks, static

import tensorboard_plugin_histdiag as histdiag
from tensorboard_plugin_histdiag.api import notebook
from tensorboard_plugin_histdiag.formats import html
from tensorboard_plugin_histdiag.report import Report

__all__ = ["static"]

pytestmark = pytest.mark.usefixtures("static")

PNG = b"\x89PNG\r\n\x1a\n"
SHOW = """
import functools
from pathlib import Path
import tensorboard_plugin_histdiag as histdiag
from tensorboard_plugin_histdiag.server import bundle
bundle.read = functools.partial(bundle.read, folder=Path({static!r}))
diagnosis = histdiag.diagnose({logs!r}, progress=False)
diagnosis
"""


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("notebook") / "logs"
    write_run(folder / "run", range(300))
    return folder


class Shown(HTMLParser):
    """The elements of what is shown, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def one(self, tag: str) -> dict[str, str | None]:
        [found] = [attrs for name, attrs in self.elements if name == tag]
        return found


@pytest.fixture(scope="module")
def executed(logs: Path, static: Path) -> Any:
    """A notebook of one cell, run by a kernel of its own."""
    cell = nbformat.v4.new_code_cell(SHOW.format(static=str(static), logs=str(logs)))
    made = nbformat.v4.new_notebook(cells=[cell])
    spec = {"display_name": "Python", "language": "python", "name": "python3"}
    made.metadata["kernelspec"] = spec
    nbclient.NotebookClient(made, timeout=120, kernel_name="python3").execute()
    return made


def test_a_notebook_holds_the_page_a_picture_and_words(executed: Any):
    [shown] = executed.cells[0].outputs
    assert shown.output_type == "execute_result"
    assert set(shown.data) == {"text/plain", "text/html", "text/markdown", "image/png"}
    assert shown.data["text/plain"].startswith("1 warning on 1 of 2 tensors in 1 run.")
    assert base64.b64decode(shown.data["image/png"]).startswith(PNG)
    parsed = Shown(shown.data["text/html"])
    frame = parsed.one("iframe")
    assert (frame["sandbox"] or "").split() == ["allow-scripts", "allow-downloads", "allow-popups", "allow-modals"]
    assert "display: none" in (frame["style"] or ""), "until its script says that it runs"
    assert (frame["srcdoc"] or "").startswith("<!doctype html>")
    assert (parsed.one("img")["src"] or "").startswith("data:image/png;base64,")
    assert "Large updates" in parsed.text


def test_a_run_is_shown_as_its_page_alone(tmp_path: Path):
    write_run(
        tmp_path / "another", range(300), tags=["dense/kernel", *(f"layer{one}/bias" for one in range(9))], seed=1
    )
    write_run(tmp_path / "small", range(300))
    with histdiag.diagnose(tmp_path, progress=False) as diagnosis:
        run = diagnosis["small"]
        held = blocks(Shown(run._repr_html_()).one("iframe")["srcdoc"] or "")
        whole = blocks(html.page(diagnosis))
        report = msgspec.json.decode(held["report"], type=Report)
        assert [one.run for one in report.runs] == ["small"]
        assert report.findings == run.findings != diagnosis.findings
        assert [(one.id, one.tag) for one in report.series] == list(enumerate(sorted(run)))
        assert {name for name in held if name.startswith(("records", "histograms"))} == {
            *("records-0", "histograms-0", "histograms-1")
        }
        assert held["histograms-1"] == whole["histograms-11"]
        assert held["metric-0-spread"] == whole["metric-1-spread"]
        assert "layer" not in Shown(run._repr_html_()).text
        assert "another" not in run._repr_markdown_()
        assert (run._repr_png_() or b"").startswith(PNG)
    assert "closed before" in run._repr_html_()


def test_the_notebook_as_html_keeps_what_stands_without_scripts(executed: Any):
    exported, _ = nbconvert.HTMLExporter(template_name="classic").from_notebook_node(executed)
    parsed = Shown(exported)
    assert "Large updates" in parsed.text
    assert [attrs for tag, attrs in parsed.elements if tag == "iframe"]


def test_nothing_of_a_name_is_markup_in_a_notebook(tmp_path: Path):
    hostile.write(tmp_path / "logs", steps=5)
    with histdiag.diagnose(tmp_path / "logs", runs=list(hostile.RUNS.values())[:3], progress=False) as diagnosis:
        shown = notebook.html_of(diagnosis, None)
    parsed = Shown(shown)
    names = {tag for tag, _ in parsed.elements}
    assert names <= {"div", "script", "iframe", "p", "b", "br", "code", "table", "thead", "tbody", "tr", "th", "td"}
    assert "<img src=x onerror=alert(1)>" in parsed.text
    assert set(parsed.one("iframe")) == {"title", "sandbox", "allow", "style", "srcdoc"}


def test_where_no_page_can_be_made_the_table_stands_alone(logs: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(html, "CELL_BYTES", 10_000)
    with histdiag.diagnose(logs, progress=False) as diagnosis:
        shown = Shown(diagnosis._repr_html_())
    assert "iframe" not in {tag for tag, _ in shown.elements}
    assert "Large updates" in shown.text
    assert "choose some of the runs" in shown.text


def test_without_matplotlib_there_is_no_picture(logs: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with histdiag.diagnose(logs, progress=False) as diagnosis:
        assert diagnosis._repr_png_() is None
        shown = Shown(diagnosis._repr_html_())
    assert {"iframe", "table"} <= {tag for tag, _ in shown.elements}
    assert "img" not in {tag for tag, _ in shown.elements}


def test_where_the_data_server_is_gone_the_table_stands_alone(logs: Path):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    with histdiag.diagnose(logs, progress=False) as diagnosis:
        for one in psutil.Process().children():
            if "server" in one.name():
                one.kill()
                one.wait()
        assert diagnosis._repr_png_() is None
        shown = Shown(diagnosis._repr_html_())
    assert not pyplot.get_fignums()
    assert "Large updates" in shown.text
    assert "TensorBoard's data server does not answer" in shown.text


def test_a_closed_diagnosis_is_shown_without_histograms(logs: Path):
    with histdiag.diagnose(logs, progress=False) as diagnosis:
        pass
    assert diagnosis._repr_png_() is None
    assert "Large updates" in Shown(diagnosis._repr_html_()).text

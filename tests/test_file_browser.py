"""The page that holds its own data in a real Chromium: from the disk, without a network, and beside the tab."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hostile
import pytest
from served import wait_for
from test_browser import _packages, browser, pictures, tensorboard, walk

import tensorboard_plugin_histdiag as histdiag
from tensorboard_plugin_histdiag.demo.runs import RUNS
from tensorboard_plugin_histdiag.demo.write import write_run as train

__all__ = ["_packages", "browser", "pictures", "walk"]

SHOWN = ("vanishing-gradients", "nan-midway", "healthy-tanh")
Walk = Callable[..., Any]


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    for run in RUNS:
        if run.name in SHOWN:
            for _ in train(run, folder / run.name):
                pass
    return folder


@pytest.fixture(scope="module")
def page(logs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    with histdiag.diagnose(logs, progress=False) as diagnosis:
        diagnosis.to_html(path)
    return path


def test_the_page_says_and_marks_what_the_tab_does(logs: Path, page: Path, walk: Walk):
    with histdiag.diagnose(logs, progress=False) as diagnosis:
        expected = [entry.records for entry in diagnosis.report.series]

    def loaded(address: str) -> bool:
        with urllib.request.urlopen(f"{address}data/plugin/histdiag/report") as answer:
            report = json.load(answer)
        return report["progress"]["total"] > 0 and [entry["records"] for entry in report["series"]] == expected

    with tensorboard(logs, "", "--samples_per_plugin=histograms=0", "--reload_interval=1") as address:
        wait_for(lambda: loaded(address))
        walk("alone/file/shown", address, HISTDIAG_PAGE=str(page), HISTDIAG_RUNS=json.dumps(SHOWN))


def test_the_page_is_used_without_a_network(page: Path, walk: Walk):
    walk("alone/file/used", "http://none.test/", HISTDIAG_PAGE=str(page), HISTDIAG_RUNS=json.dumps(SHOWN))


def test_a_notebook_frames_the_page_and_stands_without_scripts(logs: Path, tmp_path: Path, walk: Walk):
    pytest.importorskip("matplotlib")
    with histdiag.diagnose(logs, runs=SHOWN[0], progress=False) as diagnosis:
        shown = f"<!doctype html><meta charset=utf-8><title>notebook</title><body>{diagnosis._repr_html_()}"
    (tmp_path / "notebook.html").write_text(shown, encoding="utf-8")
    walk("alone/file/framed", "http://none.test/", HISTDIAG_PAGE=str(tmp_path / "notebook.html"))


def test_names_are_text_in_the_page(tmp_path: Path, walk: Walk):
    hostile.write(tmp_path / "logs")
    with histdiag.diagnose(tmp_path / "logs", progress=False) as diagnosis:
        diagnosis.to_html(tmp_path / "report.html")
    names = json.dumps({"runs": hostile.RUNS, "tags": hostile.TAGS})
    walk("alone/file/names", "http://none.test/", HISTDIAG_PAGE=str(tmp_path / "report.html"), HISTDIAG_NAMES=names)

"""The notebooks that the README links to run as they are, and what they show is stored in them for who only reads.

``python tests/test_notebooks.py [NAME ...]`` executes them and stores what they show.
"""

from __future__ import annotations

import base64
import importlib.util
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("ipykernel")

FOLDER = Path(__file__).parent / "notebooks"
README = FOLDER.parent.parent / "README.md"
BOOKS = sorted(FOLDER.glob("*.ipynb"))
PATIENCE = 600
"""Seconds after which a cell hangs."""
LARGEST = 1_000_000
"""Bytes of a stored notebook: they are kept in the repository."""


def execute(path: Path, folder: Path) -> Any:
    """Run a notebook as Jupyter would, in a folder of its own."""
    from nbclient import NotebookClient

    book = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(folder)}}
    return NotebookClient(book, timeout=PATIENCE, kernel_name="python3", resources=resources).execute()


def lasting(cell: Any) -> list[Any]:
    """What a cell shows, but for what a progress bar leaves behind: nothing to be seen."""
    return [out for out in cell.get("outputs", ()) if out.get("data", {}).get("text/plain") != ""]


def outputs(book: Any) -> Iterator[Any]:
    for cell in book.cells:
        yield from lasting(cell)


def kinds(book: Any) -> list[list[str]]:
    """What each cell shows at best; the words of a stream may come in several pieces."""
    ranked = ("text/html", "image/png", "text/plain")
    best = [
        [next((kind for kind in ranked if kind in out.get("data", ())), out.output_type) for out in lasting(cell)]
        for cell in book.cells
        if cell.cell_type == "code"
    ]
    return [list(dict.fromkeys(shown)) for shown in best]


def smaller(picture: str) -> str:
    """Draw a PNG with 64 colours: a third of the bytes, and nobody sees it."""
    from PIL import Image

    drawn = io.BytesIO()
    Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB").quantize(64).save(drawn, "PNG", optimize=True)
    return base64.b64encode(drawn.getvalue()).decode("ascii")


def still(book: Any) -> Any:
    """Leave out the interactive pages: no site that only shows notebooks runs them, and each has a whole tab inside."""
    for cell in book.cells:
        cell.get("metadata", {}).pop("execution", None)  # the time of day
        if cell.cell_type == "code":
            cell.outputs = lasting(cell)
        for out in cell.get("outputs", ()):
            data = out.get("data", {})
            page = data.get("text/html", "")
            if "<iframe" in page:
                unmoved = re.sub(r"<(script|iframe)\b.*?</\1>\n?", "", page, flags=re.DOTALL)
                unmoved = re.sub(r"(?<=;base64,)[\w+/=]+", lambda found: smaller(found[0]), unmoved)
                out["data"] = {"text/html": unmoved, "text/plain": data["text/plain"]}  # the picture is within
            elif "image/png" in data:
                data["image/png"] = smaller(data["image/png"])
    return book


def needs(path: Path) -> str:
    """Name what a notebook imports and this environment has not."""
    imported = re.findall(r"^(?:import|from) (\w+)", "\n".join(code(path)), re.M)
    return next((name for name in imported if importlib.util.find_spec(name) is None), "")


def code(path: Path) -> list[str]:
    return [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_shows_what_is_stored_in_it(path: Path, tmp_path: Path):
    if missing := needs(path):
        pytest.skip(f"{missing} is not installed")
    shown = execute(path, tmp_path)
    assert not [out.text for out in outputs(shown) if out.get("name") == "stderr"]
    assert any("<iframe" in out.get("data", {}).get("text/html", "") for out in outputs(shown))
    assert kinds(shown) == kinds(nbformat.read(path, as_version=4)), "python tests/test_notebooks.py stores it anew"


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_a_stored_notebook_shows_pictures_and_words_without_scripts(path: Path):
    html_of = pytest.importorskip("nbconvert").HTMLExporter(template_name="basic").from_filename
    page = html_of(str(path))[0]
    assert "data:image/png;base64," in page
    assert "<table" in page or "Nothing was found" in page or "No problem" in page
    assert "<iframe" not in page
    assert path.stat().st_size < LARGEST


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_the_readme_links_a_notebook(path: Path):
    assert f"(tests/notebooks/{path.name})" in README.read_text(encoding="utf-8")


def main(names: list[str]) -> None:
    import tempfile

    for path in BOOKS:
        if not names or path.stem in names:
            with tempfile.TemporaryDirectory() as folder:
                nbformat.write(still(execute(path, Path(folder))), path)
            print(f"{path.name}: {path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])

"""The built frontend, or a page that says how to build it."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent.parent / "static"
ENTRY = "index.js"

# Not `mimetypes`: on Windows the registry may call JavaScript plain text, which browsers refuse as a module.
_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".json": "application/json",
    ".map": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
    ".txt": "text/plain",
}

_NOT_BUILT = """\
export function render() {
  const add = (name, text) => {
    const element = document.createElement(name);
    element.textContent = text;
    document.body.append(element);
  };
  document.body.style.cssText = "font: 14px/1.5 system-ui, sans-serif; max-width: 42em; margin: 3em auto";
  add("h1", "The Diagnostics tab is not built");
  add("p", "This installation of histdiag lacks its frontend. Install a released wheel, or build it from a checkout:");
  add("pre", "pip install .");
  add("p", "That runs npm once and needs its registry. Then start TensorBoard again.");
  add("p", "histdiag check LOGDIR says the same in a terminal, without the frontend.");
}
"""


def read(name: str, folder: Path = FOLDER) -> tuple[bytes, str] | None:
    """Return the contents and the content type of a file of the bundle, None where there is no such file."""
    try:
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()):
            return None
        return path.read_bytes(), _TYPES.get(path.suffix.lower(), "application/octet-stream")
    except (OSError, ValueError):  # no such file, or a name that can be none
        return (_NOT_BUILT.encode(), _TYPES[".js"]) if name == ENTRY else None

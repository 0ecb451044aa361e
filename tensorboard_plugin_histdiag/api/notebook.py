"""How a notebook shows a diagnosis: the page itself; where no script runs, a picture and a table."""

from __future__ import annotations

import base64
import io
import secrets
from html import escape
from typing import TYPE_CHECKING

from ..formats import html, still
from ..provider.source import SourceError
from .scrolling import SCROLL_ON

if TYPE_CHECKING:
    from .diagnosis import Diagnosis

HEIGHT = 720
"""Pixels of the page in a notebook."""
_DPI = 80

# The page within may ask nothing of the notebook, nor reach it: its tags and runs may be anybody's. It says when it
# runs; only then it takes the place of what stands still. Whether the notebook is dark is told by its letters: their
# colour is the one thing that all notebooks set.
_FRAMED = """\
<div id="%(name)s" class="tex2jax_ignore mathjax_ignore">
<script>
(() => {
  const within = (what) => document.querySelector("#%(name)s > " + what);
  const tell = () => {
    const [red, green, blue] = getComputedStyle(within("div").parentNode).color.match(/[\\d.]+/g).map(Number);
    const dark = red + green + blue > 382;
    within("iframe").contentWindow.postMessage({ histdiag: dark ? "dark" : "light" }, "*");
  };
  const change = () => {
    if (!within("iframe")) return;
    tell();
    setTimeout(() => within("iframe") && tell(), 500); // styles of a new theme may come later
  };
  addEventListener("message", ({ source, data }) => {
    if (!data || !within("iframe") || source !== within("iframe").contentWindow) return;
    (%(scroll_on)s)(within("iframe"), data);
    if (data.histdiag !== "ready") return;
    within("iframe").style.display = "block";
    within("div").style.display = "none";
    tell();
  });
  const seen = new MutationObserver(change);
  for (const one of [document.documentElement, document.body]) seen.observe(one, { attributes: true });
})();
</script>
<iframe title="Diagnostics" sandbox="allow-scripts allow-downloads allow-popups allow-modals" allow="clipboard-write" \
style="display: none; width: 100%%; height: %(height)dpx; border: 1px solid #80868b" srcdoc="%(page)s"></iframe>
%(still)s</div>
"""


def html_of(diagnosis: Diagnosis, picture: bytes | None) -> str:
    """Return the page in a frame, and what stands in its place where no script runs."""
    image = ""
    if picture:
        data = base64.b64encode(picture).decode("ascii")
        image = f'<img alt="Pictures of the worst run" style="max-width: 100%" src="data:image/png;base64,{data}">\n'
    unmoved = f"<div>\n{image}{still.render(diagnosis.report)}</div>\n"
    try:
        page = html.page(diagnosis, limit_bytes=html.CELL_BYTES)
    except (html.PageError, SourceError) as error:
        return f"{unmoved}<p>{escape(str(error))}</p>\n"
    name = f"histdiag-{secrets.token_hex(4)}"
    return _FRAMED % {"name": name, "height": HEIGHT, "page": escape(page), "still": unmoved, "scroll_on": SCROLL_ON}


def picture_of(diagnosis: Diagnosis) -> bytes | None:
    """Draw the worst run as a PNG; None where matplotlib is not there, or histograms are not to be read."""
    if diagnosis.closed or not diagnosis.report.series:
        return None
    try:
        import matplotlib.pyplot as plt

        from ..plots import plot
    except ModuleNotFoundError:
        return None
    try:
        figure = plot(diagnosis)
    except SourceError:
        plt.close()  # what was begun
        return None
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=_DPI)
    plt.close(figure)  # or a notebook would show it once more
    return drawn.getvalue()

"""What the page around a diagnosis in a notebook does at the word of the page within."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import numpy as np
import pytest
from test_html import static
from test_tab import NODE

import tensorboard_plugin_histdiag as histdiag

__all__ = ["static"]

pytestmark = pytest.mark.usefixtures("static")

# The script in a notebook whose body has such a data set; prints what came of each message.
NOTEBOOK = """
const [dataset, messages] = JSON.parse(process.argv[1]);
const said = [], turned = [], heard = [];
const inner = {postMessage: (what) => said.push(what)};
const within = {contentWindow: inner, style: {}, dispatchEvent: (event) => turned.push(event)};
const still = {parentNode: {}, style: {}};
globalThis.WheelEvent = class { constructor(type, how) { Object.assign(this, {type}, how); } };
globalThis.MutationObserver = class { observe() {} };
globalThis.getComputedStyle = () => ({color: "rgb(204, 204, 204)"});
globalThis.document = {body: {dataset}, querySelector: (what) => what.endsWith("iframe") ? within : still};
globalThis.addEventListener = (type, listener) => heard.push(listener);
eval(process.argv[2]);
for (const {own, data} of messages) for (const one of heard) one({source: own ? within.contentWindow : {}, data});
console.log(JSON.stringify({said, turned, frame: within.style, still: still.style}));
"""
TURN = {"histdiag": "wheel", "deltaY": 90, "deltaMode": 0, "view": 1}
SCROLLED = {"type": "wheel", "bubbles": True, "deltaY": 90, "deltaMode": 0, "wheelDeltaY": -90}


@pytest.fixture(scope="module")
def script() -> str:
    diagnosis = histdiag.diagnose_tensors({"dense/kernel": np.ones(9)}, step=0)
    return diagnosis._repr_html_().partition("<script>")[2].partition("</script>")[0]


def come(script: str, *messages: Any, editor: bool = False, own: bool = True) -> dict[str, Any]:
    """Return what comes of messages in a notebook."""
    given = [{"vscodeThemeKind": "vscode-dark"} if editor else {}, [{"own": own, "data": data} for data in messages]]
    command = [str(NODE), "--input-type=module", "-e", NOTEBOOK, json.dumps(given), script]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_the_page_takes_its_place_when_it_runs(script: str):
    came = come(script, None, {"histdiag": "ready"})
    assert came["said"] == [{"histdiag": "dark"}]
    assert (came["frame"], came["still"]) == ({"display": "block"}, {"display": "none"})


def test_an_editor_scrolls_where_the_page_can_no_further(script: str):
    assert come(script, TURN, editor=True)["turned"] == [SCROLLED]
    assert not come(script, TURN)["turned"], "other notebooks scroll by themselves"


def test_another_page_is_not_listened_to(script: str):
    came = come(script, TURN, {"histdiag": "ready"}, editor=True, own=False)
    assert came == {"said": [], "turned": [], "frame": {}, "still": {}}

"""The tab looks as in its snapshots, in a real Chromium."""

from __future__ import annotations

import pytest
from test_browser import _packages, run_node
from test_frontend import FRONTEND

__all__ = ["_packages"]


@pytest.mark.usefixtures("_packages")
def test_the_tab_looks_as_in_its_snapshots():
    """Without its letters, which differ from machine to machine; `npm run snapshots` keeps what is meant to be new."""
    run_node(str(FRONTEND / "dev" / "snapshots.mjs"), "--check")

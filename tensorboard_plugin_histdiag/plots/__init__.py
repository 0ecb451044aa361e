"""Pictures of a diagnosis with matplotlib: every function draws on axes that it is given, and returns them."""

from __future__ import annotations

from ..extras import needed

needed("matplotlib")  # else said in one sentence, with what to install

from .distribution import plot_distribution  # noqa: E402
from .heatmap import plot_heatmap  # noqa: E402
from .histogram import plot_histogram  # noqa: E402
from .metric import plot_metric  # noqa: E402
from .ridges import plot_ridges  # noqa: E402
from .story import plot  # noqa: E402

__all__ = ["plot", "plot_distribution", "plot_heatmap", "plot_histogram", "plot_metric", "plot_ridges"]

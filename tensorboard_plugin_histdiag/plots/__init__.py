"""Pictures of a diagnosis with matplotlib: every function draws on axes that it is given, and returns them."""

from __future__ import annotations

from .distribution import plot_distribution
from .heatmap import plot_heatmap
from .histogram import plot_histogram
from .metric import plot_metric
from .ridges import plot_ridges
from .story import plot

__all__ = ["plot", "plot_distribution", "plot_heatmap", "plot_histogram", "plot_metric", "plot_ridges"]

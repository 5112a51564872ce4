"""Figures from results. Each function returns a matplotlib ``Figure``; ``save`` writes it."""

from mlsearch.plots.correlation import correlation, correlations
from mlsearch.plots.heatmaps import heatmaps
from mlsearch.plots.style import save
from mlsearch.plots.training import training_curves

__all__ = [
    "correlation",
    "correlations",
    "heatmaps",
    "save",
    "training_curves",
]

"""Figures from results. Each function returns a matplotlib ``Figure``; ``save`` writes it."""

from mlsearch.plots.comparison import (
    comparison,
    expansions_by_distance,
    solved_by_budget,
    solved_by_distance,
)
from mlsearch.plots.correlation import correlation, correlations
from mlsearch.plots.heatmaps import heatmaps
from mlsearch.plots.style import save
from mlsearch.plots.training import training_curves

__all__ = [
    "comparison",
    "correlation",
    "correlations",
    "expansions_by_distance",
    "heatmaps",
    "save",
    "solved_by_budget",
    "solved_by_distance",
    "training_curves",
]

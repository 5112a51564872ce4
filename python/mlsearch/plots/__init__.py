"""Figures from results. Each function returns a matplotlib ``Figure``; ``save`` writes it."""

from mlsearch.plots.curves import training_curves
from mlsearch.plots.density import correlation, correlations
from mlsearch.plots.effort import Effort, effort
from mlsearch.plots.fields import has_fields, heatmaps
from mlsearch.plots.scores import (
    comparison,
    expansions_by_distance,
    solved_by_budget,
    solved_by_distance,
)
from mlsearch.plots.solution import solution
from mlsearch.plots.states import states_of_path
from mlsearch.plots.style import save

__all__ = [
    "Effort",
    "comparison",
    "correlation",
    "correlations",
    "effort",
    "expansions_by_distance",
    "has_fields",
    "heatmaps",
    "save",
    "solution",
    "solved_by_budget",
    "solved_by_distance",
    "states_of_path",
    "training_curves",
]

"""Figures from results. Each function returns a matplotlib ``Figure``; ``save`` writes it."""

from mlsearch.plots.curves import has_curves, training_curves
from mlsearch.plots.density import correlation, correlations
from mlsearch.plots.effort import Effort, effort
from mlsearch.plots.fields import has_fields, heatmaps
from mlsearch.plots.saving import COLUMN_WIDTH, figure_format, save
from mlsearch.plots.scores import (
    comparison,
    expansions_by_distance,
    solved_by_budget,
    solved_by_distance,
)
from mlsearch.plots.solution import solution
from mlsearch.plots.states import states_of_path
from mlsearch.plots.style import PAGE_WIDTH
from mlsearch.plots.trajectories import trajectories

__all__ = [
    "COLUMN_WIDTH",
    "PAGE_WIDTH",
    "Effort",
    "comparison",
    "correlation",
    "correlations",
    "effort",
    "expansions_by_distance",
    "figure_format",
    "has_curves",
    "has_fields",
    "heatmaps",
    "save",
    "solution",
    "solved_by_budget",
    "solved_by_distance",
    "states_of_path",
    "training_curves",
    "trajectories",
]

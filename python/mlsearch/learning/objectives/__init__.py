"""Objectives: pure functions of what a model outputs, to be minimised."""

from mlsearch.learning.objectives.contrastive import info_nce
from mlsearch.learning.objectives.descent import local_descent
from mlsearch.learning.objectives.supervised import (
    bellman_target,
    classification,
    distance_regression,
    squared_error,
)

__all__ = [
    "bellman_target",
    "classification",
    "distance_regression",
    "info_nce",
    "local_descent",
    "squared_error",
]

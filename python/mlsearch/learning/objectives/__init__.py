"""Objectives: pure functions of what a model outputs, to be minimised."""

from mlsearch.learning.objectives.contrastive import info_nce
from mlsearch.learning.objectives.descent import local_descent
from mlsearch.learning.objectives.supervised import classification, distance_regression

__all__ = ["classification", "distance_regression", "info_nce", "local_descent"]

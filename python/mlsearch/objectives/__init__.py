"""Objectives: pure functions of what a model outputs, to be minimised."""

from mlsearch.objectives.contrastive import info_nce
from mlsearch.objectives.descent import local_descent
from mlsearch.objectives.supervised import classification, distance_regression

__all__ = ["classification", "distance_regression", "info_nce", "local_descent"]

"""mlsearch learns a distance between states from trajectories and searches with it.

Examples:
    >>> import mlsearch as ml
    >>> mazes = ml.Mazes.generate(1000, seed=0)
    >>> problems = ml.Problems.sample(mazes)
    >>> metric = ml.load()
    >>> ml.solve(mazes, problems.starts, problems.goals, metric).expansions.mean()

Names are imported when first used, so that importing the package costs nothing.
"""

from __future__ import annotations

import importlib
from importlib import metadata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlsearch.config import RunConfig
    from mlsearch.domain_metric import DomainMetric
    from mlsearch.domains import Domain, ScalarDomain
    from mlsearch.errors import (
        CheckpointError,
        DomainError,
        HeuristicError,
        MazeFormatError,
        MlsearchError,
        TrainingError,
    )
    from mlsearch.evaluation import Evaluation, evaluate
    from mlsearch.heuristics import LearnedMetric, load
    from mlsearch.mazes import Mazes, Problems
    from mlsearch.methods import METHODS
    from mlsearch.pairs import PairSampler
    from mlsearch.search import SearchResult, solve
    from mlsearch.training import Trainer
    from mlsearch.trajectories import Trajectories

try:
    __version__ = metadata.version("mlsearch")
except metadata.PackageNotFoundError:  # imported from a source tree that is not installed
    __version__ = "0+unknown"

_HOME = {
    "CheckpointError": "errors",
    "Domain": "domains",
    "DomainError": "errors",
    "DomainMetric": "domain_metric",
    "Evaluation": "evaluation",
    "HeuristicError": "errors",
    "LearnedMetric": "heuristics",
    "METHODS": "methods",
    "MazeFormatError": "errors",
    "Mazes": "mazes",
    "MlsearchError": "errors",
    "PairSampler": "pairs",
    "Problems": "mazes",
    "RunConfig": "config",
    "ScalarDomain": "domains",
    "SearchResult": "search",
    "Trainer": "training",
    "TrainingError": "errors",
    "Trajectories": "trajectories",
    "evaluate": "evaluation",
    "load": "heuristics",
    "solve": "search",
}

__all__ = [
    "METHODS",
    "CheckpointError",
    "Domain",
    "DomainError",
    "DomainMetric",
    "Evaluation",
    "HeuristicError",
    "LearnedMetric",
    "MazeFormatError",
    "Mazes",
    "MlsearchError",
    "PairSampler",
    "Problems",
    "RunConfig",
    "ScalarDomain",
    "SearchResult",
    "Trainer",
    "TrainingError",
    "Trajectories",
    "__version__",
    "evaluate",
    "load",
    "solve",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'mlsearch' has no attribute {name!r}")
    try:
        value = getattr(importlib.import_module(f"mlsearch.{_HOME[name]}"), name)
    except ImportError as error:
        if "_core" in str(error):
            raise ImportError(
                "the compiled part of mlsearch is missing; build it with 'pip install .' "
                "in the source tree"
            ) from error
        raise
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)

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
    from mlsearch.base.errors import (
        CheckpointError,
        DomainError,
        HeuristicError,
        MazeFormatError,
        MlsearchError,
        TrainingError,
    )
    from mlsearch.config import RunConfig
    from mlsearch.data.pairs import PairSampler
    from mlsearch.data.trajectories import Trajectories
    from mlsearch.domains.check import check_domain
    from mlsearch.domains.contract import Domain, States
    from mlsearch.domains.maze.mazes import Mazes
    from mlsearch.domains.one_way.mazes import OneWayMazes
    from mlsearch.domains.own import ScalarDomain
    from mlsearch.domains.problems import Problems
    from mlsearch.domains.puzzles.cube import Cube
    from mlsearch.domains.puzzles.lights_out import LightsOut
    from mlsearch.domains.puzzles.line_puzzles import Pancake, TopSpin
    from mlsearch.domains.puzzles.permutation import Permutation
    from mlsearch.domains.puzzles.sokoban import Sokoban
    from mlsearch.domains.puzzles.tiles import Tiles
    from mlsearch.domains.registry import DOMAINS
    from mlsearch.evaluation.evaluation import Evaluation, evaluate
    from mlsearch.learning.methods import METHODS
    from mlsearch.learning.training import Trainer
    from mlsearch.metrics.learned import LearnedMetric, load
    from mlsearch.search.at_least import AtLeast
    from mlsearch.search.goal_sets import AnyOf
    from mlsearch.search.result import SearchResult
    from mlsearch.search.solve import solve

try:
    __version__ = metadata.version("mlsearch")
except metadata.PackageNotFoundError:  # imported from a source tree that is not installed
    __version__ = "0+unknown"

_HOME = {
    "AnyOf": "search.goal_sets",
    "AtLeast": "search.at_least",
    "CheckpointError": "base.errors",
    "Cube": "domains.puzzles.cube",
    "DOMAINS": "domains.registry",
    "Domain": "domains.contract",
    "DomainError": "base.errors",
    "Evaluation": "evaluation.evaluation",
    "HeuristicError": "base.errors",
    "LearnedMetric": "metrics.learned",
    "LightsOut": "domains.puzzles.lights_out",
    "METHODS": "learning.methods",
    "MazeFormatError": "base.errors",
    "Mazes": "domains.maze.mazes",
    "MlsearchError": "base.errors",
    "OneWayMazes": "domains.one_way.mazes",
    "PairSampler": "data.pairs",
    "Pancake": "domains.puzzles.line_puzzles",
    "Permutation": "domains.puzzles.permutation",
    "Problems": "domains.problems",
    "RunConfig": "config",
    "ScalarDomain": "domains.own",
    "SearchResult": "search.result",
    "Sokoban": "domains.puzzles.sokoban",
    "States": "domains.contract",
    "Tiles": "domains.puzzles.tiles",
    "TopSpin": "domains.puzzles.line_puzzles",
    "Trainer": "learning.training",
    "TrainingError": "base.errors",
    "Trajectories": "data.trajectories",
    "check_domain": "domains.check",
    "evaluate": "evaluation.evaluation",
    "load": "metrics.learned",
    "solve": "search.solve",
}

__all__ = [
    "DOMAINS",
    "METHODS",
    "AnyOf",
    "AtLeast",
    "CheckpointError",
    "Cube",
    "Domain",
    "DomainError",
    "Evaluation",
    "HeuristicError",
    "LearnedMetric",
    "LightsOut",
    "MazeFormatError",
    "Mazes",
    "MlsearchError",
    "OneWayMazes",
    "PairSampler",
    "Pancake",
    "Permutation",
    "Problems",
    "RunConfig",
    "ScalarDomain",
    "SearchResult",
    "Sokoban",
    "States",
    "Tiles",
    "TopSpin",
    "Trainer",
    "TrainingError",
    "Trajectories",
    "__version__",
    "check_domain",
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

"""Scores of a heuristic on problems: with and without search, ranking and accuracy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from mlsearch.config import RunConfig
from mlsearch.domains.maze.baselines import BASELINES
from mlsearch.domains.problems import Problems, sample_problems
from mlsearch.evaluation.scores import Score, score, spearman
from mlsearch.metrics.learned import LearnedMetric
from mlsearch.models import DistanceModel
from mlsearch.search.heuristics import resolved
from mlsearch.search.result import SearchResult
from mlsearch.search.solve import solve


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What a heuristic did on problems.

    Attributes:
        name: what to call the heuristic in tables and figures.
        problems: N problems.
        table: float32 [N, H, W], predicted distance of every cell to the problem's goal.
        search: best-first search with the table.
        no_search: greedy descent with the table.
    """

    name: str
    problems: Problems
    table: NDArray[np.float32]
    search: SearchResult
    no_search: SearchResult

    @cached_property
    def paths(self) -> list[NDArray[np.int32]]:
        """A shortest path of each problem, int32 cells from start to goal; empty without one."""
        perfect = solve(
            self.problems.domain, self.problems.starts, self.problems.goals, heuristic="perfect"
        )
        nothing = np.empty(0, np.int32)
        return [
            perfect.path(i) if is_solved else nothing for i, is_solved in enumerate(perfect.solved)
        ]

    @cached_property
    def along_paths(self) -> list[NDArray[np.float32]]:
        """Predicted distance to the goal from each state of ``paths``, the goal left out.

        State j of a path with L steps is L - j steps from the goal.
        """
        flat = self.table.reshape(len(self.table), -1)
        return [flat[i, path[:-1]] for i, path in enumerate(self.paths)]

    @cached_property
    def rank_correlations(self) -> NDArray[np.float64]:
        """Spearman's rho between predicted and true distance along each path.

        Paths of fewer than two steps have none and are left out; constant predictions
        rank nothing and give 0.
        """
        return np.array([spearman(p) for p in self.along_paths if len(p) >= 2])

    @cached_property
    def errors(self) -> NDArray[np.float64]:
        """Predicted minus true distance from each reachable start to its goal, in steps."""
        optimal = self.problems.optimal
        index = np.flatnonzero(optimal >= 0)
        flat = self.table.reshape(len(self.table), -1)
        return flat[index, self.problems.starts[index]].astype(np.float64) - optimal[index]

    def slope(self) -> float:
        """Least-squares factor from true to predicted distances; 1 when calibrated."""
        known = self.problems.optimal[self.problems.optimal >= 0].astype(np.float64)
        return float(known @ (known + self.errors)) / max(float(known @ known), 1.0)

    def scores(self) -> dict[str, Score]:
        """All scores by name."""
        solved = self.search.solved
        optimal = self.problems.optimal
        moved = solved & (optimal > 0)
        return {
            "no_search.solved_rate": score(self.no_search.solved),
            "no_search.expansions": score(self.no_search.expansions),
            "search.solved_rate": score(solved),
            "search.expansions": score(self.search.expansions),
            "search.generated": score(self.search.generated),
            "search.suboptimality": score(self.search.cost[moved] / optimal[moved]),
            "rank_correlation": score(self.rank_correlations),
            "mean_error": score(self.errors),
            "absolute_error": score(np.abs(self.errors)),
        }


def evaluate(heuristic: Any, problems: Problems, name: str | None = None) -> Evaluation:
    """Run a heuristic on problems, with and without search.

    Args:
        heuristic: a baseline's name, a float array [N, H, W], or a metric (anything with a
            method ``table(mazes, goals)``).
        problems: N problems.
        name: what to call it; by default the baseline's name or the class of the metric.

    Raises:
        ValueError: the baseline is unknown, or the array has another shape.
        TypeError: ``heuristic`` is none of these.
    """
    table = _table(heuristic, problems)
    results = [
        solve(problems.domain, problems.starts, problems.goals, heuristic=table, search=search)
        for search in (True, False)
    ]
    label = name or (heuristic if isinstance(heuristic, str) else type(heuristic).__name__)
    return Evaluation(label, problems, table, *results)


def _table(heuristic: Any, problems: Problems) -> NDArray[np.float32]:
    if hasattr(heuristic, "table"):
        heuristic = heuristic.table(problems.domain, problems.goals)
    if callable(heuristic):
        raise TypeError(
            "heuristic: expected a baseline's name, a table or an object with a method "
            f"table(mazes, goals), got {type(heuristic).__name__}"
        )
    table = resolved(heuristic, problems.domain, problems.goals)
    return cast(NDArray[np.float32], table)


def evaluate_baselines(problems: Problems) -> list[Evaluation]:
    """Every baseline on the same problems, in the order of ``BASELINES``."""
    return [evaluate(name, problems) for name in BASELINES]


def scores_as_json(evaluations: Sequence[Evaluation]) -> dict[str, Any]:
    """Scores by heuristic and name, with intervals: plain values for ``files.write_json``."""
    return {
        e.name: {name: s._asdict() for name, s in e.scores().items()} | {"slope": e.slope()}
        for e in evaluations
    }


def validation(config: RunConfig) -> Callable[[DistanceModel], dict[str, float]]:
    """What to give a ``Trainer`` as ``evaluate``: the mean scores on validation problems."""
    number = config.training.num_validation
    problems = sample_problems(config.domain, number, config.seed, "validation")

    def scores(model: DistanceModel) -> dict[str, float]:
        device = str(next(model.parameters()).device)
        found = evaluate(LearnedMetric(model, config, device), problems).scores()
        return {name: value.mean for name, value in found.items()}

    return scores


FRAGMENT_LENGTH = 16


def split_by_distance(
    evaluation: Evaluation, length: int = FRAGMENT_LENGTH
) -> dict[str, Evaluation]:
    """The evaluation of near and of far problems; a part without problems is left out.

    Args:
        evaluation: what to split.
        length: steps; by default those of the fragments that "stitching" learns from.

    Returns:
        "within" for problems whose goal is at most ``length`` steps away, "longer" for all
        others, those whose goal cannot be reached among them.
    """
    optimal = evaluation.problems.optimal
    is_within = (optimal >= 0) & (optimal <= length)
    return {
        part: evaluate(evaluation.table[chosen], evaluation.problems[chosen], evaluation.name)
        for part, chosen in (("within", is_within), ("longer", ~is_within))
        if chosen.any()
    }

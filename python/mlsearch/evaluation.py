"""Scores of a heuristic on problems: with and without search, ranking and accuracy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, rankdata

from mlsearch.baselines import BASELINES, BaselineMetric
from mlsearch.config import MazeConfig, RunConfig
from mlsearch.datasets import generate_mazes
from mlsearch.heuristics import LearnedMetric
from mlsearch.mazes import Mazes, Problems
from mlsearch.models import DistanceModel
from mlsearch.predictions import resolved
from mlsearch.search import SearchResult, solve
from mlsearch.seeding import child_seed


class Score(NamedTuple):
    """A mean over problems with its 95 % interval, and over how many problems it is.

    The interval is Wilson's for rates (Wilson 1927) and normal for other means.
    """

    mean: float
    low: float
    high: float
    num: int


def score(values: NDArray[Any]) -> Score:
    """The mean of float or bool [N] with its interval; NaN when there are no values."""
    num = len(values)
    if num == 0:
        return Score(np.nan, np.nan, np.nan, 0)
    mean = float(np.mean(values))
    if values.dtype == np.bool_:
        interval = binomtest(int(values.sum()), num).proportion_ci(method="wilson")
        return Score(mean, float(interval.low), float(interval.high), num)
    half = 1.96 * float(np.std(values, ddof=1)) / num**0.5 if num > 1 else np.nan
    return Score(mean, mean - half, mean + half, num)


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
            self.problems.mazes, self.problems.starts, self.problems.goals, heuristic="perfect"
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
        return np.array([_spearman(p) for p in self.along_paths if len(p) >= 2])

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


def _spearman(predicted: NDArray[np.float32]) -> float:
    ranks = rankdata(predicted)
    truth = np.arange(len(predicted), 0, -1)
    if np.ptp(ranks) == 0:
        return 0.0
    return float(np.corrcoef(ranks, truth)[0, 1])


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
        solve(problems.mazes, problems.starts, problems.goals, heuristic=table, search=search)
        for search in (True, False)
    ]
    label = name or (heuristic if isinstance(heuristic, str) else type(heuristic).__name__)
    return Evaluation(label, problems, table, *results)


def _table(heuristic: Any, problems: Problems) -> NDArray[np.float32]:
    if hasattr(heuristic, "table"):
        heuristic = heuristic.table(problems.mazes, problems.goals)
    if callable(heuristic):
        raise TypeError(
            "heuristic: expected a baseline's name, a table or an object with a method "
            f"table(mazes, goals), got {type(heuristic).__name__}"
        )
    table = resolved(heuristic, problems.mazes, problems.goals)
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


def sample_problems(mazes: MazeConfig, num: int, seed: int, part: str) -> Problems:
    """``num`` problems on as many mazes, of a named part of the data.

    Args:
        mazes: which mazes.
        num: number of problems.
        seed: 0 to 2**64 - 1.
        part: "validation" or "test"; parts share no random stream with each other or with
            the mazes of training, whatever their seeds.
    """
    walls = generate_mazes(mazes, num, child_seed(seed, part, "mazes"))
    return Problems.sample(walls, seed=child_seed(seed, part, "problems"))


def validation(config: RunConfig) -> Callable[[DistanceModel], dict[str, float]]:
    """What to give a ``Trainer`` as ``evaluate``: the mean scores on validation problems."""
    number = config.training.num_validation
    problems = sample_problems(config.mazes, number, config.seed, "validation")

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


class Axioms(NamedTuple):
    """How far predicted distances are from those of a metric.

    Attributes:
        triangle_violations: share of the triples (a, b, c) of a maze for which the way from a
            to c is predicted to be longer than by way of b.
        asymmetry: absolute difference between the two directions, in steps.
    """

    triangle_violations: Score
    asymmetry: Score


def axiom_violations(
    metric: LearnedMetric | BaselineMetric, mazes: Mazes, num: int, seed: int
) -> Axioms:
    """How often a metric breaks the triangle inequality, and how asymmetric it is.

    A violation counts when it exceeds a thousandth of the mean predicted distance, far more
    than rounding makes.

    Args:
        metric: anything with a method ``distance(mazes, states, goals)``.
        mazes: B mazes.
        num: triples of free cells for each maze, drawn uniformly and with replacement.
        seed: 0 to 2**64 - 1.
    """
    first, middle, last = sample_triples(mazes, num, seed)
    each = mazes[np.repeat(np.arange(len(mazes)), num)]
    whole = metric.distance(each, first, last).astype(np.float64)
    detour = metric.distance(each, first, middle) + metric.distance(each, middle, last)
    back = metric.distance(each, last, first)
    slack = 1e-3 * float(whole.mean())
    return Axioms(score(whole > detour + slack), score(np.abs(whole - back)))


def sample_triples(mazes: Mazes, num: int, seed: int) -> NDArray[np.int32]:
    """Free cells of each maze, ``num`` triples one after the other: int32 [3, B * num]."""
    random = np.random.default_rng(child_seed(seed, "triples"))
    free = [np.flatnonzero(walls.reshape(-1) == 0) for walls in mazes.walls]
    cells = np.concatenate([random.choice(cells, (3, num)) for cells in free], axis=1)
    return cells.astype(np.int32)

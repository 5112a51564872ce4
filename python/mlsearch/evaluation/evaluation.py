"""Scores of a heuristic on problems: with and without search, ranking and accuracy."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlsearch.base.checks import read_only
from mlsearch.config import RunConfig
from mlsearch.domains.contract import Int32s, Rows
from mlsearch.domains.costs import Costs, is_above
from mlsearch.domains.extras import extra
from mlsearch.domains.problems import Problems, sample_problems
from mlsearch.evaluation.predictions import InParts, Source, predicted, source_of
from mlsearch.evaluation.scores import Score, calibration, score, spearman
from mlsearch.metrics.learned import LearnedMetric
from mlsearch.models import DistanceModel
from mlsearch.search.budget import bounded
from mlsearch.search.heuristics import baselines_of
from mlsearch.search.result import SearchResult
from mlsearch.search.solve import solve

_log = logging.getLogger("mlsearch")


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What a heuristic did on problems.

    Attributes:
        name: what to call the heuristic in tables and figures.
        problems: N problems.
        source: where predicted distances come from: a table, or a callable ``f(problem, state)``.
        search: best-first search led by it.
        no_search: greedy descent led by it.
        options: of ``search``, the arguments of :func:`mlsearch.solve`.
    """

    name: str
    problems: Problems
    source: Source
    search: SearchResult
    no_search: SearchResult
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def table(self) -> NDArray[np.float32] | None:
        """Predicted distances of all states of each problem, such as float32 ``[N, H, W]``.

        None where the heuristic is a callable, or the table would take more than
        ``mlsearch.evaluation.predictions.MAX_TABLE_BYTES``.
        """
        return self.source if isinstance(self.source, np.ndarray) else None

    @property
    def is_baseline(self) -> bool:
        """Whether it has the name of a baseline of its domain."""
        return self.name in baselines_of(self.problems.domain)

    def predicted(self, problems: Int32s, states: Rows) -> NDArray[np.float32]:
        """Predicted distances: problems int32 ``[M]``, states ``[M, *S]`` to float32 ``[M]``."""
        return predicted(self.source, self.problems.domain, problems, states)

    def __getitem__(self, chosen: NDArray[Any]) -> Evaluation:
        """The evaluation of the problems at a mask or an index array; nothing is searched again.

        Counts and times of whole searches, such as ``search.seconds``, stay as they are.
        """
        index = np.arange(len(self.problems), dtype=np.int32)[chosen]

        def asked(problem: Int32s, state: Rows) -> NDArray[np.float32]:
            return self.predicted(index[problem], state)

        source = asked if self.table is None else self.table[index]
        search, no_search = (_part(result, index) for result in (self.search, self.no_search))
        part = self.problems[index]
        return Evaluation(self.name, part, source, search, no_search, self.options)

    @cached_property
    def paths(self) -> list[Rows]:
        """A shortest path of each problem, ``[L + 1, *S]`` from start to goal; empty without one.

        The "perfect" baseline gives them where the domain has it. Elsewhere they are those that
        the two searches found with the known optimum as their cost.
        """
        if "perfect" in baselines_of(self.problems.domain):
            results = [solve(self.problems, heuristic="perfect", weight=1)]
            is_shortest = [results[0].solved]
        else:
            results = [self.search, self.no_search]
            optimal = self.problems.optimal
            is_shortest = [r.solved & (optimal >= 0) & ~is_above(r.cost, optimal) for r in results]
        spec = self.problems.domain.states
        paths = [np.empty((0, *spec.shape), spec.dtype) for _ in range(len(self.problems))]
        for result, known in zip(reversed(results), reversed(is_shortest), strict=True):
            for i in np.flatnonzero(known).tolist():
                paths[i] = result.path(i)
        return paths

    @cached_property
    def along_paths(self) -> list[NDArray[np.float32]]:
        """Predicted distance to the goal from each state of ``paths``, the goal left out.

        State j of a path with L steps is L - j steps from the goal.
        """
        lengths = [max(len(path) - 1, 0) for path in self.paths]
        problems = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
        found = self.predicted(problems, np.concatenate([path[:-1] for path in self.paths]))
        return np.split(found, np.cumsum(lengths)[:-1])

    @cached_property
    def rank_correlations(self) -> NDArray[np.float64]:
        """Spearman's rho between predicted and true distance along each path.

        Paths of fewer than two steps have none and are left out; constant predictions
        rank nothing and give 0.
        """
        return np.array([spearman(p) for p in self.along_paths if len(p) >= 2])

    @cached_property
    def at_starts(self) -> NDArray[np.float32]:
        """Predicted distance from each start whose optimum is known to its goal, in steps."""
        index = np.flatnonzero(self.problems.optimal >= 0).astype(np.int32)
        return self.predicted(index, self.problems.starts[index])

    @property
    def errors(self) -> NDArray[np.float64]:
        """Predicted minus true distance from each start whose optimum is known, in steps."""
        return self.at_starts.astype(np.float64) - self._known

    @property
    def _known(self) -> Costs:
        return self.problems.optimal[self.problems.optimal >= 0]

    def calibration(self) -> float:
        """Least-squares factor from true to predicted distances; 1 when calibrated."""
        return calibration(self.errors, self._known)

    def scores(self) -> dict[str, Score]:
        """All scores by name.

        Suboptimality, rank correlation and errors are over the problems whose optimum is known;
        ``Score.num`` says how many these are.
        """
        search, optimal = self.search, self.problems.optimal
        moved = search.solved & (optimal > 0)
        return {
            "no_search.solved_rate": score(self.no_search.solved),
            "no_search.expansions": score(self.no_search.expansions),
            "search.solved_rate": score(search.solved),
            "search.expansions": score(search.expansions),
            "search.generated": score(search.generated),
            "search.suboptimality": score(search.cost[moved] / optimal[moved]),
            "rank_correlation": score(self.rank_correlations),
            "mean_error": score(self.errors),
            "absolute_error": score(np.abs(self.errors)),
        }


def _part(result: SearchResult, index: Int32s) -> SearchResult:
    """The outcome of some of the problems."""
    names = ("status", "expansions", "generated", "steps", "cost", "path_begin")
    columns: dict[str, Any] = {name: read_only(getattr(result, name)[index]) for name in names}
    return replace(result, **columns)


def evaluate(
    heuristic: Any, problems: Problems, name: str | None = None, **options: Any
) -> Evaluation:
    """Runs a heuristic on problems of any domain, with and without search.

    Where states are too many to see them all, a search without a budget among the options ends
    after as many expansions as :func:`mlsearch.search.budget.bounded` says, and the descent after
    those of the domain's ``budget``, see :mod:`mlsearch.domains.extras`.

    Args:
        heuristic: a baseline's name, a table of floats, such as ``[N, H, W]`` in mazes, a
            metric (anything with a method ``heuristic(domain, goals)``), or a callable
            ``f(problem, state)``.
        problems: N problems.
        name: what to call it; by default the baseline's name or the class of the metric.
        options: ``max_expansions`` of both, and of the search ``beam_width``, ``max_generated``,
            ``weight`` and the others of :func:`mlsearch.solve`.

    Raises:
        TypeError: ``heuristic`` is none of these, or was trained in another domain.
        ValueError: the baseline is unknown, or the table has another shape.
    """
    if not isinstance(problems, Problems):
        raise TypeError(
            f"problems: expected Problems, got {type(problems).__name__}; they come second, after "
            "the heuristic"
        )
    source = source_of(heuristic, problems.domain, problems.goals)
    leading = heuristic if isinstance(source, InParts) else source
    budget = options.get("max_expansions", extra(problems.domain, "budget"))
    of_search = bounded(options, problems.domain)
    search = solve(problems, heuristic=leading, **of_search)
    no_search = solve(problems, heuristic=leading, search=False, max_expansions=budget)
    label = name or (heuristic if isinstance(heuristic, str) else type(heuristic).__name__)
    return Evaluation(label, problems, source, search, no_search, of_search)


def evaluate_baselines(problems: Problems, **options: Any) -> list[Evaluation]:
    """Every baseline of the domain on the same problems, in the order of the domain.

    Args:
        problems: N problems.
        options: as of ``evaluate``.
    """
    names, found = list(baselines_of(problems.domain)), []
    for number, name in enumerate(names, 1):
        _log.info("Scoring %s (baseline %d of %d)", name, number, len(names))
        found.append(evaluate(name, problems, **options))
    return found


VALIDATION_BUDGET = 1000
"""Expansions of a search during training, in domains that have a budget."""


def validation(config: RunConfig) -> Callable[[DistanceModel], dict[str, float]]:
    """What to give a ``Trainer`` as ``evaluate``: the mean scores on validation problems.

    Where the domain has a budget, a search ends after ``VALIDATION_BUDGET`` expansions.
    """
    number = config.training.num_validation
    problems = sample_problems(config.domain, number, config.seed, "validation")

    def scores(model: DistanceModel) -> dict[str, float]:
        device = str(next(model.parameters()).device)
        budget = None if extra(problems.domain, "budget") is None else VALIDATION_BUDGET
        metric = LearnedMetric(model, config, device)
        found = evaluate(metric, problems, max_expansions=budget).scores()
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
        "within" for problems whose goal is known to be at most ``length`` steps away, "longer"
        for all others, also those whose optimum is unknown or whose goal cannot be reached.
    """
    optimal = evaluation.problems.optimal
    is_within = (optimal >= 0) & (optimal <= length)
    return {
        part: evaluation[chosen]
        for part, chosen in (("within", is_within), ("longer", ~is_within))
        if chosen.any()
    }

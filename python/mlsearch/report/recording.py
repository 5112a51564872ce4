"""How searches grow, noted while they run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlsearch.domains.contract import Int32s, Rows
from mlsearch.domains.extras import extra
from mlsearch.domains.problems import Problems
from mlsearch.evaluation.evaluation import Evaluation
from mlsearch.search.result import SearchResult
from mlsearch.search.solve import solve


class Growth(NamedTuple):
    """How far a search has come.

    Attributes:
        expansions: states expanded.
        generated: states generated, each counted when its predicted distance was asked for.
        closest: the smallest predicted distance of a state so far, the start included.
    """

    expansions: int
    generated: int
    closest: float


def recorded(evaluation: Evaluation) -> tuple[SearchResult, list[list[Growth]]]:
    """Searches once more, with the options of an evaluation, and notes how the searches grow.

    The domain is asked for neighbours and the heuristic for distances by an ordinary
    :func:`mlsearch.solve`, so what it finds is what the evaluation found.

    Args:
        evaluation: of N problems, a few.

    Returns:
        The result, and for each problem its growth from the start on, after every round. The last
        is that of the result.
    """
    problems, recorder = evaluation.problems, Recorder(evaluation)
    asked = Problems(recorder, problems.starts, problems.goals)
    result = solve(asked, heuristic=recorder.predicted, **evaluation.options)
    counts = zip(result.expansions.tolist(), result.generated.tolist(), strict=True)
    for growth, ends in zip(recorder.growth, counts, strict=True):
        growth.append(Growth(*ends, growth[-1].closest))
    return replace(result, domain=problems.domain), recorder.growth


class Recorder:
    """The domain of an evaluation with a world for each problem; it notes what a search asks for.

    Args:
        evaluation: of N problems.

    Attributes:
        growth: of each problem so far.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        problems = evaluation.problems
        self._evaluation, self._domain = evaluation, problems.domain
        self._worlds = problems.worlds
        self.states, self.num_moves = self._domain.states, int(self._domain.num_moves)
        self.move_costs = extra(self._domain, "move_costs")
        self.entry_costs = self._entered if extra(self._domain, "entry_costs") else None
        self._expanded = np.zeros(len(problems), np.int64)
        every = np.arange(len(problems), dtype=np.int32)
        at_starts = evaluation.predicted(every, problems.starts)
        self.growth = [[Growth(0, 0, float(closest))] for closest in at_starts]

    def __len__(self) -> int:
        return len(self._worlds)

    def __getitem__(self, worlds: Any) -> Recorder:
        return self

    def neighbours(self, states: Rows, worlds: Int32s) -> Rows:
        """Where the moves lead; each state counts as expanded."""
        self._expanded += np.bincount(worlds, minlength=len(self))
        return np.asarray(self._domain.neighbours(states, self._worlds[worlds]))

    def predicted(self, problem: Int32s, state: Rows) -> NDArray[np.float32]:
        """Predicted distances of a round: int32 ``[M]``, ``[M, *S]`` to float32 ``[M]``."""
        found = self._evaluation.predicted(problem, state)
        for number in np.unique(problem).tolist():
            of_it, growth = found[problem == number], self.growth[number]
            closest = min(growth[-1].closest, float(of_it.min()))
            counts = int(self._expanded[number]), growth[-1].generated + len(of_it)
            growth.append(Growth(*counts, closest))
        return found

    def _entered(self, states: Rows, worlds: Int32s) -> Any:
        return self._domain.entry_costs(states, self._worlds[worlds])

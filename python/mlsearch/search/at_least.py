"""A heuristic that never says less than a lower bound."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlsearch.domains.contract import Rows
from mlsearch.search.heuristics import (
    Callback,
    CheckedCallback,
    Heuristic,
    Table,
    looked_up,
    resolved,
)


class AtLeast:
    """The larger of two predictions in each state: of a metric, and of a bound that it lacks.

    What walks never meet, a learned metric has not seen: in Sokoban, boxes that are stuck. A
    classical lower bound knows some of it, and is too small elsewhere. Where both never say more
    than the true distance, neither does this, so that A* still finds shortest paths.

    Args:
        heuristic: a learned metric, or any other heuristic.
        bound: what predictions must not fall below, for example the name of a baseline.

    Source: that the largest of several lower bounds is one, and leads to no more expansions, is
    in Pearl, "Heuristics" (1984), and Holte et al., "Maximizing over multiple pattern databases
    speeds up heuristic search" (Artificial Intelligence 170, 2006).
    """

    def __init__(self, heuristic: Heuristic, bound: Heuristic) -> None:
        self.heuristics = (heuristic, bound)

    def heuristic(self, domain: Any, goals: Rows) -> Table | Callback:
        """Predicted distances to the goals of N problems.

        Args:
            domain: one world for all problems, or one for each.
            goals: ``[N, *S]``, states.

        Returns:
            float32: a table where both are tables, else a callback, see
            :class:`~mlsearch.search.heuristics.Metric`.

        Raises:
            TypeError, ValueError, HeuristicError: one of the two does not fit the domain.
        """
        first, second = (resolved(one, domain, goals) for one in self.heuristics)
        if isinstance(first, np.ndarray) and isinstance(second, np.ndarray):
            return np.maximum(first, second)
        one, other = _asked(first, domain), _asked(second, domain)
        return lambda problem, state: np.maximum(one(problem, state), other(problem, state))


def _asked(found: NDArray[np.float32] | CheckedCallback, domain: Any) -> CheckedCallback:
    if isinstance(found, CheckedCallback):
        return found
    return looked_up(found.reshape(len(found), -1), domain)

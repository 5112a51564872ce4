"""Puzzles that have all their states in a table where these are few."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from mlsearch.domains.contract import Int32s, Rows
from mlsearch.domains.costs import Costs, cheapest_costs, cost_dtype, has_costs
from mlsearch.domains.puzzles.exact.checks import groups_of_rows
from mlsearch.domains.puzzles.one_world import OneWorld

MAX_GOALS = 64
"""Different goals for which distances are looked up; each takes about a second."""


class Tabled(OneWorld):
    """A puzzle that is :class:`~mlsearch.domains.contract.Enumerable` if it is small.

    Its number of states is known at once. The table is made when it is first asked, once a
    process; those of the four puzzles that were used last are kept.

    Attributes:
        num_states: the number of states; a large puzzle lacks it, and so is not enumerable.
    """

    num_states: int

    def count_states(self, num: int | None) -> None:
        """Says how many states there are, for ``__post_init__``; None for too many."""
        if num is not None:
            object.__setattr__(self, "num_states", num)

    def make_table(self) -> Any:
        """All states: what ``index``, ``all_states`` and ``distances`` are asked of."""
        raise NotImplementedError

    def index(self, states: Rows) -> Int32s:
        """The number of each state: uint8 ``[M, n]`` to int32 ``[M]``."""
        return np.asarray(table_of(self).index(states))

    def all_states(self) -> Rows:
        """uint8 ``[num_states, n]``."""
        return np.asarray(table_of(self).all_states())

    def distances(self, goals: Rows) -> Costs:
        """The fewest moves from every state: uint8 ``[1, n]`` to int32 ``[1, num_states]``.

        Where moves have costs, the least costs, float64.
        """
        if has_costs(self):
            return cheapest_costs(self, goals)
        return np.asarray(table_of(self).distances(goals))

    def optimal(self, starts: Rows, goals: Rows, worlds: Int32s) -> Costs:
        """The fewest moves, int32 ``[N]``, -1 where there is no way or it is not known.

        All are known in a small puzzle, and none where there are more than 64 different goals.
        Where moves have costs, the least costs, float64, of small puzzles alone.
        """
        groups = groups_of_rows(goals)
        found: Any = np.full(len(starts), -1, cost_dtype(self))
        if len(groups) > MAX_GOALS:
            return found
        if not hasattr(self, "num_states"):
            return found if has_costs(self) else self.optimal_of_large(starts, goals)
        numbers = self.index(starts)
        for chosen in groups:
            found[chosen] = self.distances(goals[chosen[:1]])[0, numbers[chosen]]
        return found

    def optimal_of_large(self, starts: Rows, goals: Rows) -> Int32s:
        """As :meth:`optimal`, for a puzzle whose states are too many for a table."""
        return np.full(len(starts), -1, np.int32)


@lru_cache(maxsize=4)
def table_of(puzzle: Tabled) -> Any:
    """The table of a puzzle."""
    return puzzle.make_table()

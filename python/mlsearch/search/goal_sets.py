"""Several goals a problem: which states they are, and how far the nearest one seems to be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch.base.protocols import offers
from mlsearch.domains.contract import Int32s, Rows
from mlsearch.domains.extras import extra, worlds_of
from mlsearch.domains.rows import given_rows, keys
from mlsearch.search.heuristics import CheckedCallback, Heuristic, Metric, looked_up, resolved

AT_ONCE = 2**16
"""Pairs of a state and a goal for which a heuristic is asked together."""


class AnyOf:
    """Several goals, of which any will do; the nearest leads the search.

    Args:
        goals: ``[G, *S]``, at least one state; in mazes also pairs (row, column), ``[G, 2]``.

    Examples:
        >>> import numpy as np
        >>> walls = np.zeros((4, 4), int)
        >>> ml.solve(walls, [(0, 0)], ml.AnyOf([(3, 0), (0, 2)]), "manhattan").path(0)
        array([0, 1, 2], dtype=int32)
    """

    def __init__(self, goals: ArrayLike) -> None:
        self.goals = goals

    def __array__(self, *form: Any, **options: Any) -> Any:
        raise TypeError("goals: several goals a problem are for mlsearch.solve alone, got AnyOf")

    def __repr__(self) -> str:
        return f"AnyOf({self.goals!r})"


IsGoal: TypeAlias = Callable[[Int32s, Rows], Any]
"""``f(problem, state)`` from int32 ``[M]`` and ``[M, *S]`` to bool ``[M]``, the same every time."""

Several: TypeAlias = AnyOf | Sequence[AnyOf] | IsGoal


@dataclass(frozen=True, eq=False)
class GoalSets:
    """The goals of N problems.

    Attributes:
        domain: one world for all problems, or one for each.
        goals: ``[T, *S]``, the goals of all sets, one set after the other.
        set_of: int32 ``[N]``, the set of each problem.
        begin: int64 ``[number of sets + 1]``, where each set begins, and the last ends.
    """

    domain: Any
    goals: Rows
    set_of: Int32s
    begin: NDArray[np.int64]

    @classmethod
    def of(cls, domain: Any, given: AnyOf | Sequence[AnyOf], num: int) -> GoalSets:
        """Checks goals that a user gave for ``num`` problems.

        Raises:
            TypeError: one of a list is no ``AnyOf``, or goals are no integers.
            ValueError: a set is empty, or a goal is no state of its world.
        """
        every = np.arange(num, dtype=np.int32)
        if isinstance(given, AnyOf):
            is_shared = len(domain) == 1
            parts, set_of = [given] * (1 if is_shared else num), every * (not is_shared)
        else:
            parts, set_of = list(given), every
        sets = [_rows(domain, part) for part in parts]
        spec = domain.states
        goals = np.concatenate([np.empty((0, *spec.shape), spec.dtype), *sets])
        begin = np.cumsum([0, *map(len, sets)], dtype=np.int64)
        found = cls(domain, goals, set_of.astype(np.int32), begin)
        if check := extra(domain, "check_states"):
            worlds = worlds_of(domain, num) if len(domain) > 1 else np.zeros(len(sets), np.int32)
            check("goals, counted through", goals, worlds[found.set_of_goal])
        return found

    @property
    def set_of_goal(self) -> Int32s:
        """The set of each goal, int32 ``[T]``."""
        return np.repeat(np.arange(len(self.begin) - 1, dtype=np.int32), np.diff(self.begin))

    def are_goals(self, problem: Int32s, state: Rows) -> NDArray[np.bool_]:
        """Whether states are goals: problems int32 ``[M]``, ``[M, *S]`` to bool ``[M]``."""
        asked = keys(self._masked(state), self.domain.states, self.set_of[problem])
        return np.isin(asked, self._known)

    @cached_property
    def _known(self) -> NDArray[Any]:
        """The goals and their sets as sortable values, ``[T]``."""
        return keys(self._masked(self.goals), self.domain.states, self.set_of_goal)

    def _masked(self, rows: Rows) -> Rows:
        """States, with what does not count in a goal left out."""
        mask = self.domain.states.goal_mask
        return rows if mask is None else np.where(mask, rows, np.zeros(1, rows.dtype))

    def nearest(self, heuristic: Heuristic | None) -> Callable[[Int32s, Rows], Any]:
        """What leads to the nearest goal.

        Args:
            heuristic: a baseline or a metric, which is asked for each goal; or a table or a
                callable of the problems, which is taken as it is.
        """
        if not (isinstance(heuristic, str) or offers(heuristic, Metric)):
            return for_problems(heuristic, self.domain, self.goals[self.begin[self.set_of]])
        is_one = len(self.domain) == 1
        worlds = self.domain if is_one else self.domain[self.set_of_goal]
        ask = _asked(resolved(heuristic, worlds, self.goals), worlds)
        size = max(1, AT_ONCE // int(np.diff(self.begin).max(initial=1)))

        def least(problem: Int32s, state: Rows) -> NDArray[np.float32]:
            parts = [slice(at, at + size) for at in range(0, len(state), size)]
            return np.concatenate([self._least(ask, problem[p], state[p]) for p in parts])

        return least

    def _least(self, ask: CheckedCallback, problem: Int32s, state: Rows) -> NDArray[np.float32]:
        """The least prediction for a goal of each problem."""
        begin = self.begin[self.set_of[problem]]
        sizes = self.begin[self.set_of[problem] + 1] - begin
        first = np.cumsum(sizes) - sizes
        which = np.repeat(np.arange(len(state)), sizes)
        goal = (begin - first)[which] + np.arange(len(which))
        found = ask(goal.astype(np.int32), state[which])
        return np.asarray(np.minimum.reduceat(found, first))


def for_problems(
    heuristic: Heuristic | None, domain: Any, goals: Rows
) -> Callable[[Int32s, Rows], Any]:
    """A heuristic as a callable of problems, given as many goals as there are problems."""
    return _asked(resolved(heuristic, domain, goals), domain)


def _asked(source: NDArray[np.float32] | CheckedCallback, domain: Any) -> CheckedCallback:
    if isinstance(source, CheckedCallback):
        return source
    return looked_up(source.reshape(len(source), -1), domain)


def _rows(domain: Any, given: AnyOf) -> Rows:
    if not isinstance(given, AnyOf):
        raise TypeError(f"goals: expected AnyOf for each problem, got {type(given).__name__}")
    rows = given_rows("goals", given.goals, domain)
    if len(rows) == 0:
        raise ValueError("goals: expected at least one in AnyOf, got none")
    return rows

"""Searches with several goals, or with a test for goals: whichever is reached first counts.

They are searches in another domain, whose states are those of the given one and a flag that says
whether a state counts as a goal of its problem. So every kind of search serves them unchanged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from mlsearch.base.checks import answered
from mlsearch.base.protocols import offers
from mlsearch.domains.contract import Int32s, Rows, States
from mlsearch.domains.extras import extra, worlds_of
from mlsearch.domains.problems import Problems
from mlsearch.domains.rows import checked_neighbours, given_rows
from mlsearch.search.goal_sets import AnyOf, GoalSets, IsGoal, for_problems
from mlsearch.search.heuristics import Heuristic, Metric
from mlsearch.search.result import SearchResult

NEEDS_NO_GOAL = ("zero", "random")


def are_several(goals: Any) -> bool:
    """Whether goals are an ``AnyOf``, a list of them or a test, and not one state a problem."""
    is_list = isinstance(goals, list | tuple) and any(isinstance(each, AnyOf) for each in goals)
    return isinstance(goals, AnyOf) or callable(goals) or is_list


class Task(NamedTuple):
    """A search with one goal a problem that stands for one with several.

    Attributes:
        domain: the domain that was asked about.
        problems: in the domain with flags.
        heuristic: a callable for states with flags.
    """

    domain: Any
    problems: Problems
    heuristic: Callable[[Int32s, Rows], Any]

    def result(self, found: SearchResult, seconds: float) -> SearchResult:
        """What was found, in states without flags; ``seconds`` were needed to make the task."""
        paths = _rows(found.path_states, self.domain.states)
        paths.flags.writeable = False
        return replace(
            found,
            path_states=paths,
            domain=self.domain,
            seconds=found.seconds + seconds,
            seconds_heuristic=found.seconds_heuristic + seconds,
        )


def task_of(domain: Any, starts: Any, goals: Any, heuristic: Heuristic | None) -> Task:
    """The search that stands for one with several goals.

    Args:
        domain: one world for all N problems, or one for each.
        starts: ``[N, *S]``.
        goals: goals of all problems, or a list of N; or a test.
        heuristic: as of :func:`mlsearch.solve`. Of a baseline or a metric, the least prediction
            for a goal of the problem counts; a table and a callable are for the problem as it is.

    Raises:
        TypeError, ValueError: as of ``solve``; or a baseline or a metric is asked about a test.
    """
    num = len(goals) if isinstance(goals, list | tuple) else None
    first = given_rows("starts", starts, domain, num)
    Problems(domain, first, first)  # checks the starts
    if callable(goals):
        is_goal, leading = goals, _led_by(heuristic, domain, first)
    else:
        known = GoalSets.of(domain, goals, len(first))
        is_goal, leading = known.are_goals, known.nearest(heuristic)
    flagged = _Flagged(domain, is_goal, len(first))
    every = np.arange(len(first), dtype=np.int32)
    ends = np.zeros((len(first), *flagged.states.shape), flagged.states.dtype)
    ends[:, -1] = 1
    problems = Problems(flagged, flagged.flagged(first, every), ends)
    return Task(domain, problems, lambda problem, state: leading(problem, flagged.rows(state)))


def _led_by(heuristic: Heuristic | None, domain: Any, starts: Rows) -> IsGoal:
    """What leads to goals that only a test knows.

    Raises:
        TypeError: it measures distances to states.
    """
    is_named = isinstance(heuristic, str) and heuristic not in NEEDS_NO_GOAL
    if is_named or offers(heuristic, Metric):
        raise TypeError(
            "heuristic: expected a table or a callable, as a test for goals has no state to "
            f"measure to, got {heuristic!r}"
        )
    return for_problems(heuristic, domain, starts)


class _Flagged:
    """A domain with a flag for goals, and a world for each of N problems."""

    def __init__(self, domain: Any, is_goal: IsGoal, num: int) -> None:
        spec = domain.states
        self.states = States(spec.dtype, (spec.size + 1,), np.arange(spec.size + 1) == spec.size)
        self.num_moves = domain.num_moves
        self.move_costs = extra(domain, "move_costs")
        self.entry_costs = None if extra(domain, "entry_costs") is None else self._entry_costs
        self._domain, self._is_goal = domain, is_goal
        self._worlds = worlds_of(domain, num)

    def __len__(self) -> int:
        return len(self._worlds)

    def __getitem__(self, worlds: Any) -> Any:
        raise IndexError("a search with several goals is done as a whole")

    def neighbours(self, states: Rows, worlds: Int32s) -> Rows:
        found = checked_neighbours(self._domain, self.rows(states), self._worlds[worlds])
        flat = found.reshape(-1, *self._domain.states.shape)
        moved = self.flagged(flat, np.repeat(worlds, self.num_moves))
        return moved.reshape(len(states), self.num_moves, -1)

    def _entry_costs(self, states: Rows, worlds: Int32s) -> Any:
        return extra(self._domain, "entry_costs")(self.rows(states), self._worlds[worlds])

    def rows(self, flagged: Rows) -> Rows:
        """States without their flags: ``[M, size + 1]`` to ``[M, *S]``."""
        return _rows(flagged, self._domain.states)

    def flagged(self, rows: Rows, problems: Int32s) -> Rows:
        """States with their flags: ``[M, *S]``, int32 ``[M]`` to ``[M, size + 1]``."""
        flags = answered("goals", self._is_goal(problems, rows.copy()))
        if flags.dtype != np.bool_ or flags.shape != (len(rows),):
            raise ValueError(
                f"goals: expected bool of shape [{len(rows)}] of a test for goals, got "
                f"{flags.dtype} of shape {list(flags.shape)}"
            )
        flat = rows.reshape(len(rows), self._domain.states.size)
        return np.hstack([flat, flags[:, None].astype(flat.dtype)])


def _rows(flagged: Rows, spec: States) -> Rows:
    return np.ascontiguousarray(flagged[:, :-1]).reshape(len(flagged), *spec.shape)

"""Predicted distances of any heuristic: a table where there is room for one, else a callable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch.base.protocols import offers
from mlsearch.domains.contract import Enumerable, Int32s, Mapped, Rows
from mlsearch.domains.extras import extra, name_of, settings_of, worlds_of
from mlsearch.domains.registry import is_registered, registered_name
from mlsearch.domains.rows import given_rows
from mlsearch.search.heuristics import resolved

Source: TypeAlias = NDArray[np.float32] | Callable[[Int32s, Rows], NDArray[Any]]
"""A table, ``num_states`` numbers for each of N problems, or a callable ``f(problem, state)``."""

MAX_TABLE_BYTES = 2**26
"""Of a table of all states for all problems; a larger one is not made."""

MAX_STATES_ASKED = 2**14
"""Of a puzzle, for a table of a metric; of a larger one a search meets few states."""

STATES_AT_ONCE = 2**16  # that a callable is asked for together


def source_of(heuristic: Any, domain: Any, goals: Rows) -> Source:
    """The predicted distances of a heuristic, in the form that serves searches and scores alike.

    Args:
        heuristic: a baseline's name, a table, a metric or a callable ``f(problem, state)``.
        domain: one world for all goals, or N worlds.
        goals: ``[N, *S]``.

    Returns:
        A table where the heuristic is one or can make one of at most ``MAX_TABLE_BYTES``;
        otherwise a callable.

    Raises:
        TypeError: ``heuristic`` is none of these, or was trained in another domain.
        ValueError: the baseline is unknown, or the table has another shape.
        HeuristicError: a metric answered with a wrong shape or dtype.
    """
    check_trained_in(heuristic, domain)
    size = _goals_at_once(domain, len(goals))
    if len(goals) > size and _makes_tables(heuristic, domain, goals):
        return InParts(heuristic, domain, goals, size)
    if len(goals) <= size and hasattr(heuristic, "table") and _asks_for_all(domain):
        heuristic = heuristic.table(domain, goals)
    return resolved(heuristic, domain, goals)


def _asks_for_all(domain: Any) -> bool:
    """Whether a metric is asked for a table of all states, of which a search may meet few."""
    if not offers(domain, Enumerable):
        return False
    return offers(domain, Mapped) or domain.num_states <= MAX_STATES_ASKED


def _goals_at_once(domain: Any, num: int) -> int:
    """For how many goals a table of all states may be made."""
    if not offers(domain, Enumerable):
        return num
    return max(1, MAX_TABLE_BYTES // (4 * domain.num_states))


def _makes_tables(heuristic: Any, domain: Any, goals: Rows) -> bool:
    """Whether it is a baseline or a metric that answers with a table."""
    if not (isinstance(heuristic, str) or hasattr(heuristic, "heuristic")):
        return False
    return isinstance(resolved(heuristic, domain[:1], goals[:1]), np.ndarray)


class InParts:
    """A callable that asks a heuristic for some problems at a time, so that no table is large.

    Args:
        heuristic: a baseline's name or a metric.
        domain: one world for all problems, or N.
        goals: ``[N, *S]``.
        size: for how many goals to ask at a time.
    """

    def __init__(self, heuristic: Any, domain: Any, goals: Rows, size: int) -> None:
        self.heuristic, self.domain, self.goals, self.size = heuristic, domain, goals, size

    def __call__(self, problem: Int32s, state: Rows) -> NDArray[np.float32]:
        """Predicted distances: int32 ``[M]``, ``[M, *S]`` to float32 ``[M]``."""
        found = np.empty(len(problem), np.float32)
        for part in np.unique(problem // self.size):
            first, chosen = part * self.size, np.flatnonzero(problem // self.size == part)
            numbers = slice(first, first + self.size)
            domain = self.domain if len(self.domain) == 1 else self.domain[numbers]
            source = source_of(self.heuristic, domain, self.goals[numbers])
            found[chosen] = predicted(source, domain, problem[chosen] - first, state[chosen])
        return found


def predicted(source: Source, domain: Any, problem: Int32s, state: Rows) -> NDArray[np.float32]:
    """Predicted distances from states to the goals of problems.

    Args:
        source: as ``source_of`` returns it.
        domain: where the states are.
        problem: int32 ``[M]``, indices of problems.
        state: ``[M, *S]``.

    Returns:
        float32 ``[M]``.
    """
    if isinstance(source, np.ndarray):
        return source.reshape(len(source), -1)[problem, domain.index(state)]
    parts = [slice(at, at + STATES_AT_ONCE) for at in range(0, len(state), STATES_AT_ONCE)]
    answers = [np.asarray(source(problem[part], state[part]), np.float32) for part in parts]
    return np.concatenate([np.empty(0, np.float32), *answers])


class BaselineMetric:
    """A baseline as a distance between any two states, as a learned metric is one.

    Args:
        name: of a baseline of the domain.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def distance(self, domain: Any, states: ArrayLike, goals: ArrayLike) -> NDArray[np.float32]:
        """Predicted distances.

        Args:
            domain: N worlds, or one for all pairs.
            states: ``[N, *S]``.
            goals: ``[N, *S]``.

        Returns:
            float32 ``[N]``.

        Raises:
            TypeError: states are not integers.
            ValueError: the name is unknown, a state is none of its world, or the shapes do not
                fit.
        """
        last = given_rows("goals", goals, domain)
        first = given_rows("states", states, domain, len(last))
        worlds = worlds_of(domain, len(last))
        if check := extra(domain, "check_states"):
            check("goals", last, worlds)
            check("states", first, worlds)
        source = source_of(self.name, domain, last)
        return predicted(source, domain, np.arange(len(last), dtype=np.int32), first)


def check_trained_in(heuristic: Any, domain: Any) -> None:
    """Checks that a learned metric is asked about the kind of domain that it was trained in.

    Domains that are not registered are left to the model, which knows its sizes.

    Raises:
        TypeError: it was trained in another one.
    """
    trained = getattr(getattr(heuristic, "config", None), "domain", None)
    is_same = type(trained) is type(settings_of(domain))
    if trained is None or is_same or not is_registered(domain):
        return
    raise TypeError(
        f"heuristic: the metric was trained in domain {registered_name(trained)!r}, "
        f"the problems are of domain {name_of(domain)!r}"
    )

"""Search on many problems at once, led by predicted distances."""

from __future__ import annotations

import operator
import time
from dataclasses import replace
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch import _core
from mlsearch.base.errors import HeuristicError
from mlsearch.domains import checked
from mlsearch.domains.checked import CheckedNeighbours, GraphDomain, checked_states
from mlsearch.domains.maze.cells import checked_cells
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.domains.problems import Problems
from mlsearch.search.heuristics import (
    CheckedCallback,
    DomainHeuristic,
    Heuristic,
    Metric,
    StateCallback,
    resolved,
    resolved_in,
)
from mlsearch.search.result import SearchResult

MAX_ACTIVE = 4096
MAX_ACTIVE_BYTES = 2**30
BYTES_PER_CELL = 32  # of one active problem, at most
MAX_TABLE_BYTES = 2**28  # of the tables that are made for a search


@overload
def solve(
    mazes: Problems,
    *,
    heuristic: Heuristic,
    search: bool = True,
    max_expansions: int | None = None,
    weight: float | None = None,
    expansions_per_round: int = 1,
    max_active: int | None = None,
    num_threads: int = 0,
) -> SearchResult: ...
@overload
def solve(
    mazes: Mazes | ArrayLike,
    starts: ArrayLike,
    goals: ArrayLike,
    heuristic: Heuristic,
    search: bool = True,
    max_expansions: int | None = None,
    *,
    weight: float | None = None,
    expansions_per_round: int = 1,
    max_active: int | None = None,
    num_threads: int = 0,
) -> SearchResult: ...
@overload
def solve(
    mazes: GraphDomain,
    starts: ArrayLike,
    goals: ArrayLike,
    heuristic: DomainHeuristic | StateCallback,
    search: bool = True,
    max_expansions: int | None = None,
    *,
    weight: float | None = None,
    expansions_per_round: int = 1,
    max_active: int | None = None,
    num_threads: int = 0,
) -> SearchResult: ...
def solve(
    mazes: Mazes | Problems | GraphDomain | ArrayLike,
    starts: ArrayLike | None = None,
    goals: ArrayLike | None = None,
    heuristic: Any = None,
    search: bool = True,
    max_expansions: int | None = None,
    *,
    weight: float | None = None,
    expansions_per_round: int = 1,
    max_active: int | None = None,
    num_threads: int = 0,
) -> SearchResult:
    r"""Searches a path from start to goal for each of N problems.

    **With search** (greedy best-first) a priority queue holds states by (predicted distance,
    insertion number), smallest first. It begins with the start, at priority 0. A state is
    popped; if it is the goal, the problem is solved; otherwise this is one *expansion*, and
    each neighbour not seen before (up, down, left, right) is seen and pushed.

    **Without search** (greedy descent) only one of the unseen neighbours is seen and pushed:
    the one with the smallest predicted distance, the first among equals. All of them are
    evaluated. Where there is none, the problem is not solved.

    **With a weight** (weighted A\*, A\* for ``weight=1``) the priority of a state that is g
    steps from the start and h predicted steps from the goal is g + weight * h: ``weight`` is
    rounded to float32, the sum is computed in float64 and then rounded to the nearest finite
    float32. The start has priority 0. A state is pushed again, with its new priority and a new
    insertion number, whenever an expansion finds a shorter way to it, also after it was
    expanded; h is remembered and not evaluated again. Entries that a later push of the same
    state has outdated are dropped when they come up: they are no expansions, though they
    were counted as generated.

    **With k = expansions_per_round > 1** up to k states are popped in a round before the
    neighbours that they found are evaluated together; these are pushed in the order of pops,
    then of moves. When the goal comes up the search ends at once, and what the round has
    found is neither evaluated nor counted as generated.

    All active problems advance together and a problem that ends makes place for the next, so
    that callback batches stay full. The result of a problem depends only on the predicted
    values, not on other problems, ``max_active`` or ``num_threads``.

    **In a domain** of one's own all of this holds with the neighbours that the domain gives, in
    their order. Starts and goals are its states. The heuristic is a callable or an object that
    makes one, and gets states as int64.

    Args:
        mazes: N mazes, or one for all problems, or their walls [N, H, W] or [H, W]; or
            :class:`Problems`, and then no ``starts`` and ``goals``; or a
            :class:`~mlsearch.domains.contract.Domain`.
        starts: integers [N], free cells; a single one for a single problem.
        goals: integers [N], free cells; in a domain, a single one for all problems will do.
        heuristic: where predicted distances (in steps, from a state to the goal) come from:

            - the name of a baseline, see :func:`mlsearch.domains.maze.baselines.baseline_table`;
            - a table, floats [N, H, W] or [N, H * W]; cells that no search asks for may hold
              anything;
            - a callable ``f(problem, state)`` from int32 [M] and int32 [M], the indices of
              problems and cells, to floats [M]; called once a round;
            - a :class:`~mlsearch.search.heuristics.Metric`.

            Values are rounded to float32.
        search: False for greedy descent.
        max_expansions: the budget of each problem; None for none. A problem ends out of
            budget when it would need one more.
        weight: at least 0, for weighted A\*; None for greedy best-first search.
        expansions_per_round: k, at least 1.
        max_active: problems searched at the same time with a callable, at least 1. None
            stands for 4096, or fewer on large mazes so that their states fit into 1 GiB.
        num_threads: 0 for all cores.

    Returns:
        The outcome of every problem.

    Raises:
        TypeError: an argument is of the wrong type.
        ValueError: an argument is out of range or does not fit the others; the message names
            the first bad problem.
        HeuristicError: the heuristic answered with a wrong shape or dtype, or a predicted
            distance that was asked for is NaN or infinite.
        DomainError: a domain answered with a wrong shape or dtype, or with what is no state.
        MemoryError: the states of a domain that active problems have seen take more than
            ``mlsearch.domains.checked.MAX_BYTES``; a budget or fewer active problems prevent it.
        Exception: what a callable raises surfaces unchanged.

    Source: best-first search as in Pearl, "Heuristics" (1984); A\*: Hart, Nilsson & Raphael
    (1968); weighted A\*: Pohl (1970).
    """
    begin = time.perf_counter()
    options: dict[str, Any] = {
        "search": bool(search),
        "weight": None if weight is None else float(weight),
        "expansions_per_round": _counted(expansions_per_round),
        "max_expansions": None if max_expansions is None else _counted(max_expansions),
        "num_threads": _counted(num_threads),
    }
    if not isinstance(mazes, Mazes) and isinstance(mazes, GraphDomain):
        options["max_active"] = MAX_ACTIVE if max_active is None else _counted(max_active)
        return _run_domain(mazes, starts, goals, heuristic, options)
    grid, first, last = _checked_problems(mazes, starts, goals)
    active = _default_active(grid) if max_active is None else _counted(max_active)
    # What is made for the search is made for some problems at a time, to bound its memory.
    is_given = isinstance(heuristic, np.ndarray)
    is_made_here = not is_given and isinstance(heuristic, str | Metric)
    size = max(1, MAX_TABLE_BYTES // (4 * grid.num_cells)) if is_made_here else max(len(last), 1)
    results = []
    for at in range(0, max(len(last), 1), size):
        part = slice(at, at + size)
        owned = grid if len(grid) == 1 or size >= len(last) else grid[part]
        try:
            results.append(_run(owned, first[part], last[part], heuristic, active, options))
        except HeuristicError as error:
            if at == 0:
                raise
            raise HeuristicError(f"counting problems from {at}: {error}") from error
    return _joined(results, begin)


def _run(
    grid: Mazes,
    first: NDArray[np.int32],
    last: NDArray[np.int32],
    heuristic: Heuristic | None,
    max_active: int,
    options: dict[str, Any],
) -> SearchResult:
    begin = time.perf_counter()
    source = resolved(heuristic, grid, last)
    seconds_heuristic = time.perf_counter() - begin
    if isinstance(source, CheckedCallback):
        found = _core.search_rounds(
            grid.walls, first, last, source, max_active=max_active, **options
        )
        seconds_heuristic += source.seconds
    else:
        found = _core.search_tables(grid.walls, first, last, source, **options)
    return _result(found, begin, seconds_heuristic)


def _run_domain(
    domain: GraphDomain,
    starts: ArrayLike | None,
    goals: ArrayLike | None,
    heuristic: Any,
    options: dict[str, Any],
) -> SearchResult:
    begin = time.perf_counter()
    if starts is None or goals is None:
        raise TypeError("starts, goals: expected both, as a domain has none")
    first = checked_states("starts", starts)
    last = checked_states("goals", goals, len(first))
    source = resolved_in(domain, heuristic, last)
    seconds_heuristic = time.perf_counter() - begin
    neighbours = CheckedNeighbours(domain)
    found = _core.search_graph(
        first, last, neighbours, source, max_bytes=checked.MAX_BYTES, **options
    )
    result = _result(found, begin, seconds_heuristic + source.seconds)
    return replace(result, seconds_domain=neighbours.seconds)


def _checked_problems(
    mazes: Mazes | Problems | ArrayLike, starts: ArrayLike | None, goals: ArrayLike | None
) -> tuple[Mazes, NDArray[np.int32], NDArray[np.int32]]:
    if isinstance(mazes, Problems):
        if starts is not None or goals is not None:
            raise TypeError("starts, goals: expected none, since problems have their own")
        return mazes.domain, mazes.starts, mazes.goals
    if starts is None or goals is None:
        raise TypeError("starts, goals: expected both, unless problems are given")
    grid = mazes if isinstance(mazes, Mazes) else Mazes(mazes)
    first, last = checked_cells("starts", starts, grid), checked_cells("goals", goals, grid)
    if len(first) != len(last):
        raise ValueError(f"goals: expected {len(first)}, one for each start, got {len(last)}")
    return grid, first, last


def _counted(number: int) -> int:
    """``number`` as the kernels take it: what is larger than they can count to is no limit."""
    return max(-1, min(operator.index(number), 2**31 - 1))


def _default_active(mazes: Mazes) -> int:
    return max(1, min(MAX_ACTIVE, MAX_ACTIVE_BYTES // (BYTES_PER_CELL * mazes.num_cells)))


def _joined(results: list[SearchResult], begin: float) -> SearchResult:
    """One result of all problems, given those of consecutive parts of them."""
    if len(results) == 1:
        return replace(results[0], seconds=time.perf_counter() - begin)
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(result, name) for result in results])
        for name in ("status", "expansions", "generated", "cost", "path_cells")
    }
    for name in ("evaluations", "rounds", "seconds_heuristic"):
        joined[name] = sum(getattr(result, name) for result in results)
    ends = np.cumsum([0, *(len(result.path_cells) for result in results)])
    begins = [r.path_begin + end for r, end in zip(results, ends[:-1], strict=True)]
    return SearchResult(
        **joined, path_begin=np.concatenate(begins), seconds=time.perf_counter() - begin
    )


def _result(
    found: _core._SearchOutcome | _core._StateSearchOutcome, begin: float, seconds_heuristic: float
) -> SearchResult:
    status, expansions, generated, cost, path_begin, path_cells, rounds, evaluations = found
    for array in (status, expansions, generated, cost, path_begin, path_cells):
        array.flags.writeable = False
    return SearchResult(
        status=status,
        expansions=expansions,
        generated=generated,
        cost=cost,
        evaluations=evaluations,
        rounds=rounds,
        seconds=time.perf_counter() - begin,
        seconds_heuristic=seconds_heuristic,
        path_begin=path_begin,
        path_cells=path_cells,
    )

"""Search on many problems at once, led by predicted distances."""

from __future__ import annotations

import operator
import time
from dataclasses import replace
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike

from mlsearch.base.errors import HeuristicError
from mlsearch.base.protocols import offers
from mlsearch.domains.contract import Domain
from mlsearch.domains.extras import Searcher, extra
from mlsearch.domains.maze.mazes import domain_of
from mlsearch.domains.problems import Problems
from mlsearch.domains.rows import given_rows
from mlsearch.search.asked import AskedSearcher
from mlsearch.search.budget import LEAST_BYTES, MAX_BYTES
from mlsearch.search.goal_sets import Several
from mlsearch.search.heuristics import (
    Callback,
    CheckedCallback,
    Heuristic,
    Metric,
    looked_up,
    resolved,
)
from mlsearch.search.result import SearchResult, joined, result_of
from mlsearch.search.several import are_several, task_of

MAX_ACTIVE_BYTES = 2**30
BYTES_PER_MOVE = 24  # beside the row of the neighbour: its cost, and what a search keeps room for
MAX_TABLE_BYTES = 2**25  # of tables made for a search; memory is slow when first touched


@overload
def solve(
    problems: Problems,
    *,
    heuristic: Heuristic,
    search: bool = True,
    max_expansions: int | None = None,
    weight: float | None = None,
    expansions_per_round: int = 1,
    beam_width: int | None = None,
    max_generated: int | None = None,
    max_bytes: int = MAX_BYTES,
    max_active: int | None = None,
    num_threads: int = 0,
) -> SearchResult: ...
@overload
def solve(
    problems: Problems,
    heuristic: str | Metric | Callback,
    /,
    *,
    search: bool = True,
    max_expansions: int | None = None,
    weight: float | None = None,
    expansions_per_round: int = 1,
    beam_width: int | None = None,
    max_generated: int | None = None,
    max_bytes: int = MAX_BYTES,
    max_active: int | None = None,
    num_threads: int = 0,
) -> SearchResult: ...
@overload
def solve(
    problems: Domain | ArrayLike,
    starts: ArrayLike,
    goals: ArrayLike | Several,
    heuristic: Heuristic,
    search: bool = True,
    max_expansions: int | None = None,
    *,
    weight: float | None = None,
    expansions_per_round: int = 1,
    beam_width: int | None = None,
    max_generated: int | None = None,
    max_bytes: int = MAX_BYTES,
    max_active: int | None = None,
    num_threads: int = 0,
) -> SearchResult: ...
def solve(
    problems: Problems | Domain | ArrayLike,
    starts: ArrayLike | Metric | Callback | None = None,
    goals: ArrayLike | Several | None = None,
    heuristic: Heuristic | None = None,
    search: bool = True,
    max_expansions: int | None = None,
    *,
    weight: float | None = None,
    expansions_per_round: int = 1,
    beam_width: int | None = None,
    max_generated: int | None = None,
    max_bytes: int = MAX_BYTES,
    max_active: int | None = None,
    num_threads: int = 0,
) -> SearchResult:
    r"""Searches a path from start to goal for each of N problems.

    **With search** (greedy best-first) a priority queue holds states by (predicted distance,
    insertion number), smallest first. It begins with the start, at priority 0. A state is
    popped; if it is the goal, the problem is solved; otherwise this is one *expansion*, and
    each neighbour not seen before is seen and pushed, in the order of the moves (in a maze:
    up, down, left, right).

    **Without search** (greedy descent) only one of the unseen neighbours is seen and pushed:
    the one with the smallest predicted distance, the first among equals. All of them are
    evaluated. Where there is none, the problem is not solved.

    **With a weight** (weighted A\*, A\* for ``weight=1``) the priority of a state that is g
    steps from the start and h predicted steps from the goal is g + weight * h: ``weight`` is
    rounded to float32, the sum is computed in float64 and then rounded to the nearest finite
    float32. Where moves have costs, g is the sum of the costs. The start has priority 0. Among
    equal priorities the smaller h comes first, then the first that was pushed. A state is pushed
    again, with its new priority and a new insertion number, whenever an expansion finds a
    cheaper way to it, also after it was expanded; h is remembered and not evaluated again.
    Entries that a later push of the same state has outdated are dropped when they come up: they
    are no expansions, though they were counted as generated.

    **With k = expansions_per_round > 1** up to k states are popped in a round before the
    neighbours that they found are evaluated together; these are pushed in the order of pops,
    then of moves. When the goal comes up the search ends at once, and what the round has
    found is neither evaluated nor counted as generated.

    **With W = beam_width** (beam search) the search goes from layer to layer; the first one is
    the start, and if that is the goal, the problem is solved. The states of a layer are
    expanded in order, and each is one expansion: of its neighbours, in the order of the moves,
    those are dropped that are in a layer so far or were generated from this layer already;
    the others are *generated*. The first that is the goal solves the problem at once: the goal
    is looked for when a state is generated, not when it is popped. Otherwise all states
    generated from the layer are evaluated together, and the W with the smallest predicted
    distances, the first generated among equals, are the next layer, in this order. The others
    are forgotten and may be generated again. Where none is generated, the problem is not solved.

    All active problems advance together and a problem that ends makes place for the next, so
    that callback batches stay full. The result of a problem depends only on the predicted
    values and the budgets, not on other problems, ``max_active`` or ``num_threads``.

    Args:
        problems: :class:`Problems`, and then no ``starts`` and ``goals``: the heuristic may
            come second; or a :class:`~mlsearch.domains.contract.Domain`, such as
            :class:`Mazes`, with N worlds or one for all problems; or the walls of mazes,
            [N, H, W] or [H, W].
        starts: ``[N, *S]``, states; a single one for a single problem. In mazes integers [N],
            free cells, each row * width + column, or pairs (row, column), [N, 2]. A plain tuple
            of two numbers could be either and is refused.
        goals: ``[N, *S]``, states; a single one serves all problems. Several goals a problem:
            an :class:`AnyOf` for all problems, or a list of N. Or a test for goals, a callable
            ``f(problem, state)`` as the heuristic is, to bool [M]. What the path ends at says
            which goal it was; with ``weight=1`` and a heuristic that is never too large it is a
            nearest one. Their searches ask for ``neighbours``, also where there is compiled code.
        heuristic: where predicted distances (in steps, from a state to the goal) come from:

            - the name of a baseline, see :func:`mlsearch.search.heuristics.baselines_of`;
            - a table of all states, floats: [N, H, W] or [N, H * W] in mazes, elsewhere
              [N, num_states]; states that no search asks for may have anything;
            - a callable ``f(problem, state)`` from int32 [M] and ``[M, *S]``, the numbers of
              problems and states, to real numbers [M], also as a list or a tensor; called once a
              round;
            - a :class:`~mlsearch.search.heuristics.Metric`.

            Values are rounded to float32.
        search: False for greedy descent.
        max_expansions: the budget of each problem; None for none. A problem ends out of
            budget when it would need one more.
        weight: at least 0, for weighted A\*; None for greedy best-first search.
        expansions_per_round: k, at least 1.
        beam_width: W, at least 1, for beam search; None for the other searches. It goes with
            neither ``search=False`` nor ``weight`` nor ``expansions_per_round`` > 1.
        max_generated: a budget in generated states; None for none. A problem ends out of budget
            when it would need one more expansion and has generated so many or more; the last
            expansion, or round of them, may go beyond.
        max_bytes: a budget in memory, at least 65536: for the states that a problem has seen, its
            queue included. A problem that needs more ends out of budget. The problems that are
            searched at the same time share it: where it does not suffice for all, some begin
            again later. Tables of a process that grow may take twice as much for a moment. Mazes
            do not look at it: a search there has a few bytes for each cell.
        max_active: problems searched at the same time with a callable, at least 1. None
            stands for 4096, or fewer on large mazes so that their states fit into 1 GiB.
        num_threads: 0 for all cores.

    Returns:
        The outcome of every problem.

    Raises:
        TypeError: an argument is of the wrong type, or the domain lacks what the heuristic needs.
        ValueError: an argument is out of range or does not fit the others; the message names
            the first bad problem.
        HeuristicError: the heuristic answered with a wrong shape or dtype, or a predicted
            distance that was asked for is NaN or infinite.
        DomainError: the domain answered with a wrong shape or dtype.
        Exception: what a callable raises surfaces unchanged.

    Source: best-first search as in Pearl, "Heuristics" (1984); A\*: Hart, Nilsson & Raphael
    (1968); weighted A\*: Pohl (1970); beam search: Lowerre (1976).
    """
    begin = time.perf_counter()
    options: dict[str, Any] = {
        "search": bool(search),
        "weight": None if weight is None else float(weight),
        "expansions_per_round": _counted(expansions_per_round),
        "max_expansions": _limit(max_expansions),
        "beam_width": _limit(beam_width),
        "max_generated": _limit(max_generated),
        "max_bytes": _bytes(max_bytes),
        "num_threads": _counted(num_threads),
    }
    active = _limit(max_active)
    if are_several(goals) and not isinstance(problems, Problems):
        task = task_of(domain_of("problems", problems), starts, goals, heuristic)
        made = time.perf_counter() - begin
        found = _in_parts(task.problems, task.heuristic, active, options, begin + made)
        return task.result(found, made)
    if heuristic is None and goals is None and _is_second_heuristic(problems, starts):
        starts, heuristic = None, starts
    given = _checked_problems(problems, starts, goals)
    return _in_parts(given, heuristic, active, options, begin)


def _is_second_heuristic(problems: Any, second: Any) -> bool:
    """Whether what comes after problems with starts of their own can only be the heuristic."""
    is_heuristic = isinstance(second, str) or callable(second) or offers(second, Metric)
    return isinstance(problems, Problems) and is_heuristic


def _checked_problems(problems: Problems | Domain | ArrayLike, starts: Any, goals: Any) -> Problems:
    if isinstance(problems, Problems):
        if starts is not None or goals is not None:
            raise TypeError(
                "starts, goals: expected none, since problems have their own; name a table "
                "as heuristic="
            )
        return problems
    if starts is None or goals is None:
        raise TypeError("starts, goals: expected both, unless problems are given")
    domain = domain_of("problems", problems)
    first = given_rows("starts", starts, domain)
    return Problems(domain, first, given_rows("goals", goals, domain, len(first)))


def _in_parts(
    problems: Problems,
    heuristic: Heuristic | None,
    max_active: int | None,
    options: dict[str, Any],
    begin: float,
) -> SearchResult:
    """Searches as many problems at one time as tables have room for.

    Args:
        problems: all of them.
        heuristic: as of ``solve``.
        max_active, options: as the searchers take them.
        begin: when the search began, as of ``time.perf_counter``.
    """
    size = _at_once(problems, heuristic)
    results = []
    for at in range(0, max(len(problems), 1), size):
        part = problems if size >= len(problems) else problems[at : at + size]
        try:
            results.append(_run(part, heuristic, max_active, options))
        except HeuristicError as error:
            if at == 0:
                raise
            raise HeuristicError(f"counting problems from {at}: {error}") from error
    return replace(joined(results, begin), domain=problems.domain)


def _at_once(problems: Problems, heuristic: Heuristic | None) -> int:
    """For how many problems a table may be made at one time, to bound its memory."""
    is_made_here = isinstance(heuristic, str) or (
        not isinstance(heuristic, np.ndarray) and offers(heuristic, Metric)
    )
    searcher: Searcher | None = extra(problems.domain, "compiled")
    if not is_made_here or searcher is None or searcher.table_shape is None:
        return max(len(problems), 1)
    return max(1, MAX_TABLE_BYTES // (4 * int(np.prod(searcher.table_shape))))


def _run(
    problems: Problems,
    heuristic: Heuristic | None,
    max_active: int | None,
    options: dict[str, Any],
) -> SearchResult:
    begin = time.perf_counter()
    domain = problems.domain
    source = resolved(heuristic, domain, problems.goals)
    seconds_heuristic = time.perf_counter() - begin
    searcher: Searcher = extra(domain, "compiled") or AskedSearcher(domain)
    if isinstance(source, np.ndarray) and searcher.table_shape is None:
        source = looked_up(source, domain)
    active = min(searcher.max_active, _most_active(domain)) if max_active is None else max_active
    found = searcher.search(problems.starts, problems.goals, source, active, options)
    if isinstance(source, CheckedCallback):
        seconds_heuristic += source.seconds
    return result_of(found, problems, begin, seconds_heuristic, searcher.seconds)


def _most_active(domain: Domain) -> int:
    """As many problems as fit with all neighbours of a state of each; at least one."""
    row = domain.states.num_bytes + BYTES_PER_MOVE
    return max(1, MAX_ACTIVE_BYTES // (row * domain.num_moves))


def _counted(number: int) -> int:
    """``number`` as the kernels take it: what is larger than they can count to is no limit."""
    return max(-1, min(operator.index(number), 2**31 - 1))


def _bytes(number: int) -> int:
    if (given := operator.index(number)) < LEAST_BYTES:
        raise ValueError(f"max_bytes: expected at least {LEAST_BYTES}, got {given}")
    return min(given, 2**63 - 1)


def _limit(number: int | None) -> int | None:
    return None if number is None else _counted(number)

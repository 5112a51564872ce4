"""What moves cost: 1 each, or what a domain says under ``move_costs`` and ``entry_costs``.

A move costs ``move_costs[k]`` times ``entry_costs`` of the state that it enters; where a domain has
one of the two alone, the other is 1. See :mod:`mlsearch.domains.extras`.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mlsearch.base.checks import answered
from mlsearch.base.errors import DomainError
from mlsearch.domains.contract import Domain, Enumerable, Int32s, Rows
from mlsearch.domains.extras import extra
from mlsearch.domains.rows import checked_neighbours, same

Costs: TypeAlias = NDArray[np.int32] | NDArray[np.float64]
"""Numbers of moves, int32, where each costs 1; else sums of costs, float64."""

ROUNDING = 1e-9
"""Relative difference of two sums of the same costs in another order, at most."""


def has_costs(domain: Any) -> bool:
    """Whether the moves of a domain cost anything else than 1."""
    return extra(domain, "move_costs") is not None or extra(domain, "entry_costs") is not None


def cost_dtype(domain: Any) -> type[np.int32] | type[np.float64]:
    """The dtype of path costs: int32 numbers of moves, or float64 where moves have costs."""
    return np.float64 if has_costs(domain) else np.int32


def costs_of_moves(domain: Any, entered: Rows, worlds: Int32s) -> NDArray[np.float64]:
    """What all moves from some states cost.

    Args:
        domain: any domain.
        entered: ``[M, K, *S]``, where the moves lead.
        worlds: int32 ``[M]``.

    Returns:
        float64 ``[M, K]``.

    Raises:
        DomainError: the costs of the domain have another shape, or are not finite and above 0.
    """
    num, num_moves = entered.shape[:2]
    costs = np.ones((num, num_moves))
    if (by_move := extra(domain, "move_costs")) is not None:
        costs *= _checked("move_costs", by_move, (num_moves,))
    if (by_state := extra(domain, "entry_costs")) is not None:
        rows = entered.reshape(num * num_moves, *domain.states.shape).copy()
        found = _checked("entry_costs", by_state(rows, np.repeat(worlds, num_moves)), (len(rows),))
        with np.errstate(over="ignore"):
            costs *= found.reshape(costs.shape)
        if not np.isfinite(costs).all():
            raise DomainError("entry_costs: expected finite products with move_costs, got inf")
    return costs


def _checked(name: str, values: Any, shape: tuple[int, ...]) -> NDArray[np.float64]:
    costs = answered(name, values)
    if costs.dtype.kind not in "fiu" or costs.shape != shape:
        raise DomainError(
            f"{name}: expected numbers of shape {list(shape)}, got {costs.dtype} of shape "
            f"{list(costs.shape)}"
        )
    good = np.isfinite(costs) & (costs > 0)
    if not good.all():
        raise DomainError(f"{name}: expected finite numbers above 0, got {costs[~good][0]}")
    return costs.astype(np.float64)


def costs_of_paths(
    domain: Any, states: Rows, begin: NDArray[np.int64], steps: Int32s, worlds: Int32s
) -> Costs:
    """What paths cost: int32 or float64 ``[N]``, see :func:`cost_dtype`.

    Where several moves lead to the next state of a path, the cheapest counts.

    Args:
        domain: any domain.
        states: ``[M, *S]``, the states of all paths.
        begin: int64 ``[N]``, where each path begins in them.
        steps: int32 ``[N]``, its number of moves, or -1 for no path, which costs -1.
        worlds: int32 ``[N]``.

    Raises:
        DomainError: as of :func:`costs_of_moves`; or the neighbours are others than when the paths
            were found.
    """
    if not has_costs(domain):
        return steps
    costs = np.where(steps < 0, -1.0, 0.0)
    moved = np.flatnonzero(steps > 0)
    if len(moved) == 0:
        return costs
    path = np.repeat(moved, steps[moved])
    first = np.cumsum(steps[moved]) - steps[moved]
    at = np.repeat(begin[moved] - first, steps[moved]) + np.arange(len(path))
    found = checked_neighbours(domain, states[at], worlds[path])
    each = costs_of_moves(domain, found, worlds[path])
    leads = same(found, states[at + 1][:, np.newaxis], domain.states)
    lost = np.flatnonzero(~leads.any(axis=1))
    if len(lost) > 0:
        here, after = (states[at[lost[0]] + more].tolist() for more in (0, 1))
        raise DomainError(f"neighbours: of {here}: expected {after} as before, got another answer")
    np.add.at(costs, path, np.where(leads, each, np.inf).min(axis=1))
    return costs


def cheapest_costs(domain: Any, goals: Rows) -> NDArray[np.float64]:
    """The least cost of a way from every state to a goal, by Dijkstra's algorithm.

    What a domain of your own with costs may answer to ``distances``. It asks for the neighbours of
    all states, so it is meant for domains with up to some millions of moves in all.

    Args:
        domain: an :class:`~mlsearch.domains.contract.Enumerable` domain.
        goals: ``[B, *S]``, one for each world.

    Returns:
        float64 ``[B, num_states]``; -1 where the goal cannot be reached.

    Raises:
        DomainError: the domain answered with a wrong shape or dtype, or with bad costs.

    Source: Dijkstra (1959).
    """
    rows, index = domain.all_states(), domain.index(goals)
    fields = [
        _field(domain, rows, np.int32(world), int(index[world])) for world in range(len(domain))
    ]
    return np.stack(fields)


def _field(domain: Enumerable, rows: Rows, world: np.int32, goal: int) -> NDArray[np.float64]:
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import dijkstra

    num, worlds = len(rows), np.full(len(rows), world, np.int32)
    found = checked_neighbours(domain, rows, worlds)
    costs = costs_of_moves(domain, found, worlds).reshape(-1)
    to = domain.index(found.reshape(-1, *domain.states.shape))
    edges = to.astype(np.int64) * num + np.repeat(np.arange(num), domain.num_moves)
    order = np.lexsort((costs, edges))  # of moves between the same states the cheapest counts
    chosen = order[np.unique(edges[order], return_index=True)[1]]
    backwards = csr_matrix((costs[chosen], np.divmod(edges[chosen], num)), shape=(num, num))
    field = np.asarray(dijkstra(backwards, indices=goal))
    return np.where(np.isinf(field), -1.0, field)


def cost_of_path(domain: Any, path: Rows, world: int = 0) -> int | float:
    """What one path ``[L + 1, *S]`` costs, as a number for JSON."""
    steps, begin = np.array([len(path) - 1], np.int32), np.zeros(1, np.int64)
    return plain_cost(domain, costs_of_paths(domain, path, begin, steps, np.array([world]))[0])


def is_above(cost: Any, optimal: Any) -> Any:
    """Whether costs are above others, beyond the rounding of sums: numbers or arrays to bool."""
    return cost > optimal * (1 + ROUNDING)


def plain_cost(domain: Domain, cost: Any) -> int | float:
    """One cost or optimum as a number for JSON."""
    return float(cost) if has_costs(domain) else int(cost)


def cost_words(domain: Domain, cost: Any, moves: str = "steps") -> str:
    """A cost in a text: "12 steps", or "cost 12.49" where moves have costs."""
    return f"cost {float(cost):.2f}" if has_costs(domain) else f"{int(cost)} {moves}"

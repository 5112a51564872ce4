"""Sokoban: the pushes that boxes need, if none were in the way of another."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlsearch.domains.contract import Int32s, Rows
from mlsearch.domains.extras import worlds_of
from mlsearch.domains.puzzles.baselines import Estimate

SIDES = ((-1, 0), (1, 0), (0, -1), (0, 1))


def matching(domain: Any, goals: Rows, seed: int) -> Estimate:
    """The fewest pushes of a matching of boxes to targets: a lower bound of the moves.

    Each pair costs the pushes that the box would need alone, with the player wherever it has to
    be. Where no matching is possible the level is lost, and the answer is more than any other.

    Args:
        domain: a :class:`~mlsearch.domains.puzzles.sokoban.Sokoban`.
        goals: uint8 ``[N, H * W + 2]``; the boxes are on the targets.
        seed: not used.

    Source: Junghanns & Schaeffer, "Sokoban: enhancing general single-agent search methods using
    domain knowledge" (2001).
    """
    worlds = worlds_of(domain, len(goals))
    of_problem, targets = np.nonzero(goals[:, :-2])
    tables = push_distances(domain.walls[worlds[of_problem]], targets)
    first = np.searchsorted(of_problem, np.arange(len(goals) + 1))
    lost = float(len(SIDES) * domain.num_cells**2)

    def estimate(problem: Int32s, states: Rows) -> NDArray[np.float32]:
        answers = np.empty(len(states), np.float32)
        for i, (p, state) in enumerate(zip(problem.tolist(), states, strict=True)):
            costs = tables[first[p] : first[p + 1], np.flatnonzero(state[:-2])]
            answers[i] = _assigned(costs, lost)
        return answers

    return estimate


def push_distances(walls: NDArray[np.uint8], targets: NDArray[np.int64]) -> Int32s:
    """The pushes that take a box alone to a target, from every cell.

    Args:
        walls: uint8 ``[T, H, W]``, of the level of each target.
        targets: integers ``[T]``, cells.

    Returns:
        int32 ``[T, H * W]``, -1 from where it cannot be pushed there.
    """
    num, height, width = walls.shape
    is_free = np.zeros((num, height + 4, width + 4), bool)
    is_free[:, 2:-2, 2:-2] = walls == 0
    table = np.full((num, height, width), -1, np.int32)
    table.reshape(num, -1)[np.arange(num), targets] = 0
    front, steps = table == 0, 0
    while front.any():
        steps += 1
        found = np.zeros_like(front)
        padded = np.pad(front, ((0, 0), (1, 1), (1, 1)))
        for down, right in SIDES:  # a box at c goes to c + side, pushed from c - side
            ahead = _moved(padded, 1, down, right, height, width)
            behind = _moved(is_free, 2, -down, -right, height, width)
            found |= ahead & behind
        front = found & (table < 0) & (walls == 0)
        table[front] = steps
    return table.reshape(num, -1)


def _moved(
    padded: NDArray[np.bool_], edge: int, down: int, right: int, height: int, width: int
) -> NDArray[np.bool_]:
    """What is beside each cell."""
    rows, columns = slice(edge + down, edge + down + height), slice(edge + right, None)
    return padded[:, rows, columns][:, :, :width]


def _assigned(costs: Int32s, lost: float) -> float:
    from scipy.optimize import linear_sum_assignment

    if costs.shape[0] != costs.shape[1]:
        return lost
    weights = np.where(costs < 0, lost, costs.astype(np.float64))
    return float(min(weights[linear_sum_assignment(weights)].sum(), lost))

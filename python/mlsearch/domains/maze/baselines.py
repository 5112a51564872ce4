"""Heuristics that are not learned, as tables of distances to the goal."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch.base.plugins import find
from mlsearch.base.seeding import checked_seed
from mlsearch.domains.maze.cells import checked_cells
from mlsearch.domains.maze.landmarks import landmark_table
from mlsearch.domains.maze.mazes import Mazes


def baseline_table(name: str, mazes: Mazes, goals: ArrayLike, seed: int = 0) -> NDArray[np.float32]:
    """The distances that a baseline predicts from every cell to the goals.

    - ``"zero"``: 0 everywhere, so that search order is the order of discovery.
    - ``"random"``: uniform over [0, 1); problem i draws from (``seed``, i) alone.
    - ``"manhattan"``: rows plus columns between cell and goal; not with eight moves.
    - ``"octile"``: the same where diagonals count the square root of 2; only with eight moves.
    - ``"euclidean"``: the length of the straight line between cell and goal.
    - ``"landmarks"``: the largest lower bound that exact distances to a few cells give, see
      :mod:`mlsearch.domains.maze.landmarks`.
    - ``"perfect"``: the ground-truth distance; more than any path, where the goal cannot be
      reached.

    Where cells have costs, manhattan, octile and euclidean are times the least cost of the maze,
    so that they are never above the true cost.

    Args:
        name: one of the names above, or one that was added to ``BASELINES``.
        mazes: N mazes, or one for all goals.
        goals: integers [N], a cell for each problem.
        seed: 0 to 2**64 - 1; used by ``"random"`` alone.

    Returns:
        float32 [N, H, W], in steps, or costs.

    Raises:
        TypeError: ``goals`` is not of integers.
        ValueError: the name is unknown, or ``goals`` does not fit ``mazes``.
    """
    table = find(mazes.baselines, name, "heuristic")
    return table(mazes, checked_cells("goals", goals, mazes), checked_seed(seed))


def _zero(mazes: Mazes, goals: NDArray[np.int32], seed: int) -> NDArray[np.float32]:
    return np.zeros((len(goals), *mazes.shape), np.float32)


def _random(mazes: Mazes, goals: NDArray[np.int32], seed: int) -> NDArray[np.float32]:
    table = np.empty((len(goals), *mazes.shape), np.float32)
    for problem, values in enumerate(table):
        np.random.default_rng((seed, problem)).random(out=values, dtype=np.float32)
    return table


def _manhattan(mazes: Mazes, goals: NDArray[np.int32], seed: int) -> NDArray[np.float32]:
    rows, columns = _offsets(mazes, goals)
    return _scaled(mazes, np.abs(rows) + np.abs(columns))


def _octile(mazes: Mazes, goals: NDArray[np.int32], seed: int) -> NDArray[np.float32]:
    rows, columns = map(np.abs, _offsets(mazes, goals))
    diagonal = np.float32(np.sqrt(2) - 1) * np.minimum(rows, columns)
    return _scaled(mazes, np.maximum(rows, columns) + diagonal)


def _euclidean(mazes: Mazes, goals: NDArray[np.int32], seed: int) -> NDArray[np.float32]:
    rows, columns = _offsets(mazes, goals)
    return _scaled(mazes, np.sqrt(rows * rows + columns * columns))


def _scaled(mazes: Mazes, distances: NDArray[np.float32]) -> NDArray[np.float32]:
    """Times the least cost of a cell of each maze."""
    return np.multiply(mazes.least_costs, distances, out=distances, casting="same_kind")


def _offsets(
    mazes: Mazes, goals: NDArray[np.int32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """From the goals to every row [N, H, 1] and to every column [N, 1, W]."""
    height, width = mazes.shape
    rows = np.arange(height)[:, np.newaxis] - (goals // width)[:, np.newaxis, np.newaxis]
    columns = np.arange(width) - (goals % width)[:, np.newaxis, np.newaxis]
    return rows.astype(np.float32), columns.astype(np.float32)


def _perfect(mazes: Mazes, goals: NDArray[np.int32], seed: int) -> NDArray[np.float32]:
    grouped = goals.reshape(len(mazes), -1)
    distances = mazes.distances(grouped).reshape(len(goals), *mazes.shape)
    no_way = max(mazes.num_cells, float(distances.max(initial=0)) + 1)
    return np.where(distances < 0, no_way, distances).astype(np.float32)


BASELINES: dict[str, Callable[[Mazes, NDArray[np.int32], int], NDArray[np.float32]]] = {
    "zero": _zero,
    "random": _random,
    "manhattan": _manhattan,
    "euclidean": _euclidean,
    "landmarks": landmark_table,
    "perfect": _perfect,
}
"""Baselines by name. Add to it to make a table of your own known to ``solve`` by its name."""


def baselines_of_moves(
    has_diagonals: bool,
) -> Mapping[str, Callable[[Mazes, NDArray[np.int32], int], NDArray[np.float32]]]:
    """``BASELINES``; where there are diagonals, with "octile" in the place of "manhattan"."""
    if not has_diagonals:
        return BASELINES
    tables = {**BASELINES, "manhattan": _octile}
    return {"octile" if name == "manhattan" else name: table for name, table in tables.items()}

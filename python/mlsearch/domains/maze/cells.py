"""Checks of cells, with messages that name the argument and the problem."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch.base.checks import checked_array

if TYPE_CHECKING:
    from mlsearch.domains.maze.worlds import MazeWorlds


def flat_cells(name: str, cells: ArrayLike, shape: tuple[int, int]) -> ArrayLike:
    """What a user gave as cells, where pairs (row, column) become flat indices.

    Args:
        name: what messages call the argument.
        cells: integers [N] or a single one, which are returned as they are; or [N, 2], N pairs.
        shape: (height, width).

    Raises:
        ValueError: a pair is not on the map. Or it is a plain tuple of two numbers, which may
            mean one pair or two cells.
    """
    if is_pair(cells):
        raise ValueError(
            f"{name}: a tuple of two numbers is ambiguous, got {cells}: write [{cells}] for a "
            f"cell by its row and column, or {list(cells)} for two cells, row * width + column"
        )
    array = checked_array(name, cells)
    if array.ndim != 2 or array.shape[1] != 2 or array.dtype.kind not in "iu":
        return array
    outside = np.flatnonzero(((array < 0) | (array >= shape)).any(axis=1))
    for pair in array[outside[:1]].tolist():
        raise ValueError(
            f"{name}: problem {outside[0]}: expected (row, column) in {shape[0]} rows and "
            f"{shape[1]} columns, got {tuple(pair)}"
        )
    return np.ravel_multi_index(tuple(array.T.astype(np.int64)), shape)


def is_pair(cells: object) -> TypeGuard[tuple[Any, Any]]:
    """Whether it is a plain tuple of two numbers."""
    return isinstance(cells, tuple) and len(cells) == 2 and not any(map(np.ndim, cells))


def checked_cells(name: str, cells: ArrayLike, mazes: MazeWorlds) -> NDArray[np.int32]:
    """``cells`` as one cell for each problem: N where ``mazes`` has N mazes or one.

    Args:
        name: what messages call the argument.
        cells: integers [N], or a single one; or pairs (row, column), [N, 2].
        mazes: the mazes they are on.

    Returns:
        int32 [N].

    Raises:
        TypeError: ``cells`` is not of integers.
        ValueError: the number does not fit, or a cell is not on the map; or as of
            :func:`flat_cells`.
    """
    array = np.atleast_1d(np.asarray(flat_cells(name, cells, mazes.shape)))
    if array.dtype.kind not in "iu":
        raise TypeError(f"{name}: expected integers, got dtype {array.dtype}")
    if array.ndim != 1 or len(mazes) not in (1, len(array)):
        wanted = "[N]" if len(mazes) == 1 else f"[{len(mazes)}], one for each maze"
        raise ValueError(f"{name}: expected shape {wanted}, got {list(array.shape)}")
    check_on_map(name, array, mazes)
    return np.array(array, np.int32)


def check_on_map(name: str, cells: NDArray[np.int32], mazes: MazeWorlds) -> None:
    """Raises ValueError unless all cells [N] are on the map."""
    outside = np.flatnonzero((cells < 0) | (cells >= mazes.num_cells))
    if len(outside) > 0:
        first = int(outside[0])
        raise ValueError(
            f"{name}: problem {first}: cell {cells[first]} is outside 0 .. {mazes.num_cells - 1}"
        )


def check_free(
    name: str, cells: NDArray[np.int32], worlds: NDArray[np.int32], mazes: MazeWorlds
) -> None:
    """Raises ValueError unless all cells int32 [N] are free in their mazes, int32 [N]."""
    check_on_map(name, cells, mazes)
    walls = np.flatnonzero(mazes.walls.reshape(len(mazes), -1)[worlds, cells])
    if len(walls) > 0:
        first = int(walls[0])
        raise ValueError(
            f"{name}: cell {cells[first]} of problem {first} is a wall (1 is wall, 0 is free)"
        )
